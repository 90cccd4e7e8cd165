//! Short values of a request: codes, PINs, ids, languages, names, durations.

#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use domain::tenancy::{ApiKeyId, Name, Role};
use domain::{
    AccessToken, AppId, AppSecret, Language, MigrationId, PhoneNumberId, Pin, RequestId, TenantId,
    VerificationCode, WabaId,
};
use libfuzzer_sys::fuzz_target;
use waba_migrator::config::{parse_duration, print_duration};

fuzz_target!(|text: &str| {
    let six_digits = |kept: &str| kept.len() == 6 && kept.bytes().all(|b| b.is_ascii_digit());
    if let Ok(code) = text.parse::<VerificationCode>() {
        assert!(six_digits(code.expose()) && hides(&code, code.expose()));
    }
    if let Ok(pin) = text.parse::<Pin>() {
        assert!(six_digits(pin.expose()) && hides(&pin, pin.expose()));
    }
    // These are put into headers and URLs.
    let graphic = |kept: &str| !kept.is_empty() && kept.bytes().all(|b| b.is_ascii_graphic());
    if let Ok(token) = text.parse::<AccessToken>() {
        assert!(graphic(token.expose()));
    }
    if let Ok(secret) = text.parse::<AppSecret>() {
        assert!(graphic(secret.expose()));
    }
    for id in [
        kept::<AppId>(text),
        kept::<MigrationId>(text),
        kept::<PhoneNumberId>(text),
        kept::<TenantId>(text),
        kept::<WabaId>(text),
        kept::<ApiKeyId>(text),
        kept::<Language>(text),
        kept::<Role>(text),
    ] {
        assert!(id.is_none_or(|id| graphic(&id)));
    }
    if let Ok(id) = text.parse::<RequestId>() {
        assert_eq!(id.as_str().parse(), Ok(id));
    }
    if let Ok(name) = text.parse::<Name>() {
        assert!(!name.as_str().contains(char::is_control));
    }
    // Every setting and field has a maximum duration far below a century.
    if let Ok(duration) = parse_duration(text)
        && duration.as_hours() < 100 * 365 * 24
    {
        let printed = print_duration(duration);
        assert_eq!(parse_duration(&printed).ok(), Some(duration), "{printed}");
    }
});

/// Whether the printed form of a secret hides it.
fn hides(secret: &impl std::fmt::Debug, exposed: &str) -> bool {
    !format!("{secret:?}").contains(exposed)
}

/// The printed form of a value, if the text is valid. Read again, it is the same.
fn kept<T: FromStr + Display>(text: &str) -> Option<String> {
    let written = text.parse::<T>().ok()?.to_string();
    let again = written.parse::<T>().ok().map(|value| value.to_string());
    assert_eq!(
        again.as_ref(),
        Some(&written),
        "written, it is something else"
    );
    Some(written)
}
