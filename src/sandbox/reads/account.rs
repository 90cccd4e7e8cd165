//! `GET /{waba}`: what an account says of itself.

use serde_json::{Value, json};

use super::pick;
use crate::sandbox::account::{APP, Account, OTHER_BUSINESS};
use crate::sandbox::error::GraphError;
use crate::sandbox::params::Params;
use crate::sandbox::perform::Outcome;
use crate::sandbox::scenario::account::{Oddity, SOURCE};
use crate::sandbox::world::World;

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
                account.field(name)
            });
        };
        let forbidden = fields.iter().find(|name| RISKY.contains(&name.as_str()));
        if let Some(name) = forbidden.filter(|_| account.is(Oddity::RiskyFieldsForbidden)) {
            let what =
                format!("You do not have permission to access the field '{name}' on this object");
            return Err(GraphError::permission(&what));
        }
        pick("WhatsAppBusinessAccount", &fields, |name| {
            account.field(name)
        })
    }
}

impl Account {
    /// One field; `None` for a field that accounts do not have.
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
            "primary_funding_id" if self.is(Oddity::NoPayment) => Value::Null,
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
        let blocked = self.is(Oddity::Restricted);
        let can = if blocked { "BLOCKED" } else { "AVAILABLE" };
        let errors = [json!({
            "error_code": 141_002,
            "error_description": "The WhatsApp Business Account has been restricted.",
            "possible_solution": "Visit Business Support Home to appeal.",
        })];
        let account = json!({
            "entity_type": "WABA",
            "id": self.id,
            "can_send_message": can,
            "errors": if blocked { errors.as_slice() } else { &[] },
        });
        json!({"can_send_message": can, "entities": [
            account,
            {"entity_type": "BUSINESS", "id": self.business(), "can_send_message": "AVAILABLE"},
            {"entity_type": "APP", "id": APP, "can_send_message": "AVAILABLE"},
        ]})
    }
}
