//! Page tokens: a byte with the length of a search, that search and another one, each an encoded
//! `ListMigrationsRequest`, and the 16 bytes of a migration id.

#![no_main]

use domain::TenantId;
use libfuzzer_sys::fuzz_target;
use waba_migrator::api::fuzzing::{page_after, page_token};
use waba_migrator_fuzz::fits_in_headers;

fuzz_target!(|input: &[u8]| {
    let Some((length, rest)) = input.split_first() else {
        return;
    };
    let Some((rest, id)) = rest.split_last_chunk::<16>() else {
        return;
    };
    let (one, another) = rest.split_at(usize::from(*length).min(rest.len()));
    let tenant = TenantId::default_tenant();
    let other: TenantId = "other".parse().expect("an id of a tenant");
    match page_after(&tenant, one, None) {
        // Its token is one that this search could have returned.
        Ok(Some((start, token))) => {
            let given = page_token(&tenant, one, start).expect("it was read before");
            assert!(token.eq_ignore_ascii_case(&given), "{token} is no token");
        }
        Ok(None) => {}
        Err(status) => fits_in_headers(&status),
    }
    let Ok(token) = page_token(&tenant, one, *id) else {
        return;
    };
    let start = |tenant: &TenantId, search| page_after(tenant, search, Some(&token));
    let back = start(&tenant, one).expect("a token of this search is one");
    assert_eq!(back.map(|(start, _)| start), Some(*id));
    assert!(start(&other, one).is_err(), "another tenant's token");
    if start(&tenant, another).is_ok() {
        let same = page_token(&tenant, another, *id).expect("it was read before");
        assert_eq!(same, token, "a token of other filters was taken");
    }
});
