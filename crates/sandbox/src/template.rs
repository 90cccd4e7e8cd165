//! Message templates of an account, and which of them a migration copies.

use serde_json::{Value, json};

/// A message template of an account.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    pub(crate) language: &'static str,
    pub(crate) category: &'static str,
    pub(crate) status: &'static str,
    pub(crate) quality: &'static str,
    pub(crate) rejected_reason: &'static str,
}

/// The template that Meta recategorises when it is copied.
const RECATEGORISED: &str = "delivery_update";

const SEEDS: [(&str, &str, &str, &str, &str, &str); 8] = [
    (
        "order_confirmation",
        "en_US",
        "UTILITY",
        "APPROVED",
        "GREEN",
        "NONE",
    ),
    (
        "order_confirmation",
        "de",
        "UTILITY",
        "APPROVED",
        "GREEN",
        "NONE",
    ),
    (
        RECATEGORISED,
        "en_US",
        "UTILITY",
        "APPROVED",
        "GREEN",
        "NONE",
    ),
    (
        "login_code",
        "en_US",
        "AUTHENTICATION",
        "APPROVED",
        "GREEN",
        "NONE",
    ),
    (
        "summer_sale",
        "en_US",
        "MARKETING",
        "APPROVED",
        "YELLOW",
        "NONE",
    ),
    ("summer_sale", "de", "MARKETING", "APPROVED", "RED", "NONE"),
    (
        "flash_offer",
        "en_US",
        "MARKETING",
        "REJECTED",
        "UNKNOWN",
        "INVALID_FORMAT",
    ),
    (
        "feedback_request",
        "de",
        "MARKETING",
        "PENDING",
        "UNKNOWN",
        "NONE",
    ),
];

impl Template {
    /// The initial templates of the source account.
    pub(crate) fn seeds(mut next_id: impl FnMut() -> u64) -> Vec<Self> {
        SEEDS
            .into_iter()
            .map(
                |(name, language, category, status, quality, rejected_reason)| Self {
                    id: next_id(),
                    name,
                    language,
                    category,
                    status,
                    quality,
                    rejected_reason,
                },
            )
            .collect()
    }

    /// Whether Meta copies it with a number: only approved templates of high quality.
    pub(crate) fn is_carried(&self) -> bool {
        self.status == "APPROVED" && self.quality == "GREEN"
    }

    /// The copy in another account: unknown quality, category checked again.
    pub(crate) fn copied(&self, id: u64) -> Self {
        let category = if self.name == RECATEGORISED {
            "MARKETING"
        } else {
            self.category
        };
        Self {
            id,
            category,
            quality: "UNKNOWN",
            ..self.clone()
        }
    }

    /// Whether it is the same template in the same language.
    pub(crate) fn is_twin_of(&self, other: &Self) -> bool {
        self.name == other.name && self.language == other.language
    }

    /// One field; `None` if templates do not have it.
    pub(crate) fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "id" => json!(self.id.to_string()),
            "name" => json!(self.name),
            "language" => json!(self.language),
            "category" => json!(self.category),
            "status" => json!(self.status),
            "quality_score" => json!({"score": self.quality, "date": 1_758_754_645}),
            "rejected_reason" => json!(self.rejected_reason),
            "parameter_format" => json!("POSITIONAL"),
            "sub_category" => Value::Null,
            "components" => {
                json!([{"type": "BODY", "text": "Hello {{1}}, thank you for your message."}])
            }
            _ => return None,
        })
    }
}
