//! `[docs]`: the address of the pages for people.

use super::{Reader, url};
use crate::api::DocsBase;

/// The default if no address is set.
pub(super) fn base(reader: &mut Reader<'_>) -> DocsBase {
    let key = "docs.base_url";
    let text = reader.text(key);
    if text.is_empty() {
        return DocsBase::default();
    }
    if !url::is_base(&text) {
        let must =
            "must be a URL such as https://migrator.example.com/docs, without a user, ? or #";
        reader.wrong(key, must, &text);
    }
    DocsBase::at(text.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use crate::api::DocsBase;
    use crate::config::{Config, Layers};

    #[test]
    fn the_address_of_the_pages_is_a_url_without_a_slash_at_its_end() {
        let load = |url: &str| Config::load(&Layers::new().set("the test", "docs.base_url", url));
        assert_eq!(load("").unwrap().docs, DocsBase::default());
        let docs = load("https://migrator.example.com/docs/").unwrap().docs;
        assert_eq!(docs, DocsBase::at("https://migrator.example.com/docs"));
        for wrong in [
            "migrator.example.com/docs",
            "ftp://migrator.example.com",
            "https://migrator.example.com/docs?a=b",
            "https://user:canary@migrator.example.com/docs",
        ] {
            let error = load(wrong).unwrap_err();
            let error = format!("{error} {error:?}");
            assert!(
                error.contains("docs.base_url") && !error.contains("canary"),
                "{error}"
            );
        }
    }
}
