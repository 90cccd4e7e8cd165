//! Credentials: one header a line; those that begin with `x` as `x-api-key`, the others as
//! `authorization`.

#![no_main]

use domain::tenancy::KeyText;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use libfuzzer_sys::fuzz_target;
use waba_migrator::auth::fuzzing::shown;

fuzz_target!(|input: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(4) {
        let (name, value) = match line {
            [b'x', value @ ..] => (HeaderName::from_static("x-api-key"), value),
            value => (header::AUTHORIZATION, value),
        };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    if let Ok(something) = shown(&headers) {
        assert!(something != headers.is_empty() && headers.len() <= 1);
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(key) = text.parse::<KeyText>()
    {
        assert!(key.hash().is_of(&key) && key.expose().starts_with("wam_"));
        assert!(!format!("{key:?}").contains(key.expose()));
    }
});
