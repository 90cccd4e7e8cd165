//! Times as PostgreSQL's `timestamptz`.

use jiff::{SignedDuration, Timestamp};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres,
};
use sqlx::{Decode, Encode, Type};

/// A time in a statement or a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

/// The fixed object ids of `timestamptz` and its array.
const TIMESTAMPTZ: Oid = Oid(1184);
const TIMESTAMPTZ_ARRAY: Oid = Oid(1185);

/// PostgreSQL's epoch, the beginning of the year 2000, in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;

impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl PgHasArrayType for Time {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ_ARRAY)
    }
}

impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // To the millisecond, as both databases keep times.
        let millis = self.0.as_millisecond();
        let micros = millis.saturating_mul(1000).saturating_sub(EPOCH);
        Encode::<Postgres>::encode(micros, buffer)
    }
}

impl Decode<'_, Postgres> for Time {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() != PgValueFormat::Binary {
            return Err("a time has the text format".into());
        }
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        let since = SignedDuration::from_micros(micros.saturating_add(EPOCH));
        Ok(Self(Timestamp::UNIX_EPOCH.saturating_add(since)?))
    }
}
