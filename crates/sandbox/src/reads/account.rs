//! `GET /{waba}`: the fields of an account.

use serde_json::{Value, json};

use super::pick;
use crate::account::{APP, Account, OTHER_BUSINESS};
use crate::account_shape::forbidden_field;
use crate::params::Params;
use crate::reply::Outcome;
use crate::scenario::account::{Oddity, SOURCE};
use crate::shape::Shown;
use crate::world::World;

const DEFAULT: [&str; 5] = [
    "id",
    "name",
    "currency",
    "timezone_id",
    "message_template_namespace",
];
const RISKY: [&str; 3] = ["primary_funding_id", "owner_business_info", "health_status"];

impl World {
    pub(crate) fn read_account(&mut self, waba: &str, params: &Params) -> Outcome {
        let account = self.account(waba);
        let Some(fields) = params.fields() else {
            return pick("WhatsAppBusinessAccount", &DEFAULT, |name| {
                account.shown(name)
            });
        };
        if let Some(error) = account.shape.forbids(&fields) {
            return Err(error);
        }
        for name in &fields {
            if account.is(Oddity::RiskyFieldsForbidden) && RISKY.contains(&name.as_str()) {
                return Err(forbidden_field(200, name));
            }
            if account.is(Oddity::FundingForbidden) && name == "primary_funding_id" {
                return Err(forbidden_field(10, name));
            }
        }
        pick("WhatsAppBusinessAccount", &fields, |name| {
            account.shown(name)
        })
    }
}

impl Account {
    /// One field with overrides; `None` if accounts do not have it.
    fn shown(&self, name: &str) -> Option<Shown> {
        self.shape
            .shown(name)
            .or_else(|| self.field(name).map(Shown::from))
    }

    /// One field; `None` if accounts do not have it.
    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "id" => json!(self.id),
            "name" if self.id == SOURCE => json!("Sandbox source account"),
            "name" => json!(format!("Sandbox account {}", self.id)),
            "currency" => json!("USD"),
            "timezone_id" => json!("1"),
            "country" | "primary_business_location" => json!("US"),
            "creation_time" => json!(1_700_000_000),
            "message_template_namespace" => json!(format!("sandbox_{}", self.id)),
            "account_review_status" if self.is(Oddity::InReview) => json!("PENDING"),
            "account_review_status" => json!("APPROVED"),
            "business_verification_status" => json!(self.verification()),
            "status" => json!("ACTIVE"),
            "ownership_type" => json!("CLIENT_OWNED"),
            "owner_business" | "owner_business_info" => {
                json!({"id": self.business(), "name": if self.business() == OTHER_BUSINESS { "Other Ltd" } else { "Sandbox Ltd" }})
            }
            "primary_funding_id"
                if self.is(Oddity::NoPayment) || self.is(Oddity::PaymentBlocked) =>
            {
                Value::Null
            }
            "primary_funding_id" => json!("1972385232742147"),
            "is_shared_with_partners" => json!(false),
            "whatsapp_business_manager_messaging_limit" => json!("TIER_10K"),
            "health_status" => self.health(),
            "on_behalf_of_business_info" | "purchase_order_number" => Value::Null,
            _ => return None,
        })
    }

    fn verification(&self) -> String {
        let status = if self.is(Oddity::NotVerified) {
            "not_verified"
        } else {
            "verified"
        };
        if self.shouts() {
            status.to_uppercase()
        } else {
            status.to_owned()
        }
    }

    fn health(&self) -> Value {
        let (can, errors) = if self.is(Oddity::Restricted) {
            ("BLOCKED", vec![RESTRICTED.json()])
        } else if self.is(Oddity::PaymentBlocked) {
            ("BLOCKED", vec![PAYMENT.json()])
        } else if self.is(Oddity::CallingOnly) {
            ("LIMITED", vec![CALLING.json()])
        } else {
            ("AVAILABLE", Vec::new())
        };
        let account = json!({
            "entity_type": "WABA",
            "id": self.id,
            "can_send_message": can,
            "errors": errors,
        });
        let mut business = json!({"entity_type": "BUSINESS", "id": self.business(), "can_send_message": "AVAILABLE"});
        if self.is(Oddity::PaymentBlocked) {
            business = json!({
                "entity_type": "BUSINESS",
                "id": self.business(),
                "can_send_message": "LIMITED",
                "errors": [UNVERIFIED.json()],
            });
        }
        json!({"can_send_message": can, "entities": [
            account,
            business,
            {"entity_type": "APP", "id": APP, "can_send_message": "AVAILABLE"},
        ]})
    }
}

/// A problem in an entity's health.
struct Ailment {
    code: u32,
    description: &'static str,
    solution: &'static str,
}

const RESTRICTED: Ailment = Ailment {
    code: 141_002,
    description: "The WhatsApp Business Account has been restricted.",
    solution: "Visit Business Support Home to appeal.",
};
const PAYMENT: Ailment = Ailment {
    code: 141_006,
    description: "There is an error with the payment method.",
    solution: "Add or update the payment method of the WhatsApp Business Account.",
};
const UNVERIFIED: Ailment = Ailment {
    code: 141_010,
    description: "The business has not been verified.",
    solution: "Verify the business in the security center.",
};
const CALLING: Ailment = Ailment {
    code: 138_024,
    description: "The SIP settings for calls are incomplete.",
    solution: "Complete the SIP settings, or turn calls off.",
};

impl Ailment {
    fn json(&self) -> Value {
        json!({
            "error_code": self.code,
            "error_description": self.description,
            "possible_solution": self.solution,
        })
    }
}
