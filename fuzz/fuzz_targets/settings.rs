//! Configuration files with secrets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use waba_migrator::config::{Config, Layers};

const CANARY: &str = "c4n4ry";

fuzz_target!(|text: &str| {
    let _ = said(text);
    if text.contains(CANARY) {
        return;
    }
    let secret = format!("{CANARY}{text}").escape_debug().to_string();
    for file in [
        format!("graph.access_token.{text} = \"{secret}\""),
        format!("graph.app_secret = [\"{secret}\"]\nsecrets.keys = \"{secret}\""),
        format!("{text}\ngraph.access_token = \"{CANARY}"),
        format!("store.url = \"postgres://a:{secret}@db/m\""),
        format!("graph.base_url = \"https://a:{secret}@b\""),
    ] {
        let said = said(&file);
        assert!(!said.contains(CANARY), "a secret is shown: {said}");
    }
});

/// All errors and output of a file.
fn said(file: &str) -> String {
    let layers = Layers::new().toml("my.toml", file);
    match Config::load(&layers) {
        Ok(config) => format!("{config:?}\n{:?}", layers.settings()),
        Err(error) => error.to_string(),
    }
}
