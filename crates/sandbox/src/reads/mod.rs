//! The reads, one file each. A read changes nothing visible, except that late scenarios count
//! reads.

mod account;
mod list;
mod number;
mod templates;
pub(crate) mod token;

use serde_json::{Map, Value, json};

use super::account::{APP, BUSINESS};
use super::error::GraphError;
use super::shape::Shown;
use super::world::World;

impl World {
    /// `GET /{waba}/subscribed_apps`
    pub(crate) fn list_apps(&mut self, waba: &str) -> Value {
        let account = self.account(waba);
        let own = account.app.iter().map(|callback| {
            let app = json!({"id": APP, "name": "Sandbox app", "link": "https://www.example.com/"});
            if callback.is_empty() {
                json!({ "whatsapp_business_api_data": app })
            } else {
                json!({"whatsapp_business_api_data": app, "override_callback_uri": callback})
            }
        });
        let apps: Vec<Value> = account.shape.apps().chain(own).collect();
        json!({ "data": apps })
    }
}

/// `GET /{business}/extendedcredits`: one credit line for the business of the healthy accounts,
/// none for others.
pub(crate) fn credit_lines(business: &str) -> Value {
    if business == BUSINESS {
        json!({"data": [{"id": "1972385232742146", "legal_entity_name": "Sandbox Ltd"}]})
    } else {
        json!({"data": []})
    }
}

/// The requested fields of an object. Graph always adds the id, and refuses the whole read for an
/// unknown field.
fn pick(
    node_type: &str,
    names: &[impl AsRef<str>],
    mut field: impl FnMut(&str) -> Option<Shown>,
) -> Result<Value, GraphError> {
    let mut object = Map::new();
    for name in names.iter().map(AsRef::as_ref).chain(["id"]) {
        let value = field(name).ok_or_else(|| {
            let what =
                format!("Tried accessing nonexisting field ({name}) on node type ({node_type})");
            GraphError::parameter(&what)
        })?;
        if let Shown::As(value) = value {
            object.insert(name.to_owned(), value);
        }
    }
    Ok(Value::Object(object))
}
