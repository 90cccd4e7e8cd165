//! Reads message templates.

use super::client::Session;
use super::json::{Object, text_of, text_within};
use super::pages::ListRequest;
use domain::facts::Template;
use domain::{Fault, WabaId};

const FIELDS: &str = "name,language,category,status,quality_score";
/// Page size, templates. A WABA may have 6000, and a new WABA has 200 calls an hour.
const PAGE: u32 = 500;
/// Meta's value for an unrated template.
const UNKNOWN: &str = "UNKNOWN";

impl Session<'_> {
    /// The templates of `waba`.
    pub async fn templates(&self, waba: &WabaId) -> Result<Vec<Template>, Fault> {
        let template = "/{waba_id}/message_templates";
        let list = ListRequest {
            name: "templates",
            template,
            waba,
            fields: Some(FIELDS),
            limit: Some(PAGE),
        };
        Ok(self.items(&list).await?.iter().filter_map(read).collect())
    }
}

/// A template. One without a name or language cannot be identified, and is left out.
pub(super) fn read(fields: &Object) -> Option<Template> {
    Some(Template {
        name: text_of(fields, "name")?,
        language: text_of(fields, "language")?,
        category: text_of(fields, "category").unwrap_or_else(|| UNKNOWN.to_owned()),
        status: text_of(fields, "status").unwrap_or_else(|| UNKNOWN.to_owned()),
        quality: text_within(fields, "quality_score", "score")
            .unwrap_or_else(|| UNKNOWN.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_quality_may_be_an_object_a_text_or_missing() {
        for (quality, expected) in [
            (json!({"score": "GREEN", "date": 1_758_754_645}), "GREEN"),
            (json!("RED"), "RED"),
            (json!(null), UNKNOWN),
        ] {
            let fields = json!({"name": "order_confirmation", "language": "en_US", "quality_score": quality});
            assert_eq!(read(fields.as_object().unwrap()).unwrap().quality, expected);
        }
        assert_eq!(read(&Object::new()), None);
    }
}
