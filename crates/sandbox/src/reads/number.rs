//! `GET /{number}`: the fields of a number in an account.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::pick;
use crate::account::{APP, BUSINESS};
use crate::error::GraphError;
use crate::node::{Node, Standing};
use crate::params::Params;
use crate::reply::Outcome;
use crate::scenario::Quirk;
use crate::shape::Shown;
use crate::world::World;

const DEFAULT: [&str; 9] = [
    "id",
    "display_phone_number",
    "verified_name",
    "quality_rating",
    "code_verification_status",
    "platform_type",
    "throughput",
    "webhook_configuration",
    "last_onboarded_time",
];

impl World {
    pub(crate) fn read_number(&mut self, now: Timestamp, id: u64, params: &Params) -> Outcome {
        let fields = params.fields();
        let shown = match &fields {
            Some(fields) => self.show(now, id, fields),
            None => self.show(now, id, &DEFAULT),
        };
        if shown.is_ok() {
            self.was_read(id);
        }
        shown
    }

    /// Counts a read: late scenarios show what was done only after a few reads.
    pub(super) fn was_read(&mut self, id: u64) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.late_reads = node.late_reads.saturating_sub(1);
        }
    }

    /// The fields of a number in its account.
    pub(super) fn show(&self, now: Timestamp, id: u64, fields: &[impl AsRef<str>]) -> Outcome {
        let Some(node) = self.nodes.get(&id) else {
            return Err(GraphError::no_object("GET", &id.to_string()));
        };
        let number = self.numbers.get(&node.digits);
        pick("WhatsAppBusinessPhoneNumber", fields, |name| {
            if let Some(own) = node.own.get(name) {
                return Some(Shown::As(own.clone()));
            }
            let shaped = number.filter(|_| !node.is_dead);
            shaped
                .and_then(|number| number.shown(node, name))
                .or_else(|| self.field(now, node, name).map(Shown::from))
                .or_else(|| self.more_fields.contains(name).then_some(Shown::Absent))
        })
    }

    /// One field; `None` if numbers do not have it.
    fn field(&self, now: Timestamp, node: &Node, name: &str) -> Option<Value> {
        let at_home = node.standing == Standing::Connected;
        // Quirks show only at the account where the number is registered.
        let odd = |quirk| at_home && self.has(&node.digits, quirk);
        let connected = at_home && !self.seems_pending(now, node.id);
        Some(match name {
            "id" => json!(node.id.to_string()),
            "display_phone_number" => {
                let said = self.numbers.get(&node.digits);
                let said = said.and_then(|number| number.display.clone());
                json!(said.unwrap_or_else(|| node.display()))
            }
            "verified_name" => json!(node.profile.name),
            "name_status" if odd(Quirk::NameInReview) => json!("PENDING_REVIEW"),
            "name_status" => json!("APPROVED"),
            "new_name_status" => json!("NONE"),
            "status" if at_home && !connected => json!("PENDING"),
            "status" => json!(node.standing.name()),
            "quality_rating" if !connected => json!("NA"),
            "quality_rating" => json!(node.profile.quality),
            "quality_score" => {
                json!({"score": if connected { node.profile.quality } else { "UNKNOWN" }})
            }
            "code_verification_status" => json!(node.verification(now)),
            "platform_type" | "host_platform" if connected => json!("CLOUD_API"),
            "platform_type" | "host_platform" => json!("NOT_APPLICABLE"),
            "throughput" => json!({"level": if connected { "STANDARD" } else { "NOT_APPLICABLE" }}),
            "account_mode" if odd(Quirk::TestNumber) => json!("SANDBOX"),
            "account_mode" => json!("LIVE"),
            "is_official_business_account" => json!(connected && node.profile.official),
            "is_pin_enabled" => json!(node.pin.is_some() || odd(Quirk::TwoStepOn)),
            "is_on_biz_app" => json!(odd(Quirk::OnBusinessApp)),
            "is_preverified_number" => json!(false),
            "whatsapp_business_manager_messaging_limit" => json!(node.profile.limit),
            "health_status" => health(node, connected),
            "last_onboarded_time" => node.registered_at.map_or(Value::Null, |at| {
                json!(at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string())
            }),
            "webhook_configuration" => json!({"application": "https://www.example.com/webhooks"}),
            "country_dial_code" => json!(node.cc),
            "country_code" if node.cc.as_deref() == Some("1") => json!("US"),
            "new_display_name"
            | "certificate"
            | "new_certificate"
            | "country_code"
            | "messaging_limit_tier"
            | "username" => Value::Null,
            _ => return None,
        })
    }
}

fn health(node: &Node, connected: bool) -> Value {
    let can = if connected { "AVAILABLE" } else { "BLOCKED" };
    let errors = [json!({
        "error_code": 141_000,
        "error_description": "The phone number is not registered.",
        "possible_solution": "Register the phone number.",
    })];
    let number = json!({
        "entity_type": "PHONE_NUMBER",
        "id": node.id.to_string(),
        "can_send_message": can,
        "errors": if connected { &[] } else { errors.as_slice() },
    });
    json!({"can_send_message": can, "entities": [
        number,
        {"entity_type": "WABA", "id": node.waba, "can_send_message": "AVAILABLE"},
        {"entity_type": "BUSINESS", "id": BUSINESS, "can_send_message": "AVAILABLE"},
        {"entity_type": "APP", "id": APP, "can_send_message": "AVAILABLE"},
    ]})
}
