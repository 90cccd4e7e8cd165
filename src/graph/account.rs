//! Reads WhatsApp Business Accounts and their subscribed apps.

use serde_json::Value;

use super::client::Session;
use super::fields::{FieldGroups, NodeFields, NodeRequest};
use super::health;
use super::json::{Object, text_of, text_within};
use super::pages::ListRequest;
use super::response::unreadable;
use domain::facts::{AccountFacts, SubscribedApps};
use domain::{AppId, Fault, WabaId};

const PAYMENT: &str = "primary_funding_id";
const HEALTH: &str = "health_status";
const FIELDS: FieldGroups = FieldGroups {
    kind: "account",
    safe: "id,name,status,account_review_status,business_verification_status",
    risky: &[
        PAYMENT,
        "owner_business_info,on_behalf_of_business_info,ownership_type",
        HEALTH,
    ],
};

/// Meta's name for the restriction that forbids adding numbers.
const ADDING_RESTRICTED: &str = "restricted_add_phone_number";

impl Session<'_> {
    /// The account `waba`, with every field that the token may read.
    pub async fn account(&self, waba: &WabaId) -> Result<AccountFacts, Fault> {
        let place = NodeRequest {
            name: "account",
            template: "/{waba_id}",
            id: waba.as_str(),
            waba: Some(waba),
        };
        let node = self.node(place, FIELDS).await?;
        if node.fields.is_empty() {
            return Err(unreadable("the account has no field", false));
        }
        Ok(read(&node, waba))
    }

    /// The apps that are subscribed to the webhooks of `waba`.
    pub async fn subscribed_apps(&self, waba: &WabaId) -> Result<SubscribedApps, Fault> {
        let apps = self.apps(waba).await?;
        let ours = match apps.as_slice() {
            // Our app is not there, whichever it is.
            [] => None,
            _ => self.own_app().await,
        };
        Ok(subscribed(&apps, ours.as_ref()))
    }

    /// The ids of the apps that are subscribed to the webhooks of `waba`; `None` for an app without
    /// an id.
    pub(super) async fn apps(&self, waba: &WabaId) -> Result<Vec<Option<String>>, Fault> {
        let template = "/{waba_id}/subscribed_apps";
        let list = ListRequest {
            name: "subscribed_apps",
            template,
            waba,
            fields: None,
            limit: None,
        };
        Ok(self.items(&list).await?.iter().map(app_id).collect())
    }

    /// The app that `subscribe` subscribes: the one that issued the token, as Meta names it, or
    /// else the configured one.
    async fn own_app(&self) -> Option<AppId> {
        let (client, access) = (self.client(), self.access());
        let named = client.tokens().app(&access.token, client.now());
        if let Some(app) = named.or_else(|| access.app_id.clone()) {
            return Some(app);
        }
        self.debug_token().await.ok()?.app_id
    }
}

/// The id of a subscribed app.
fn app_id(app: &Object) -> Option<String> {
    text_within(app, "whatsapp_business_api_data", "id").or_else(|| text_of(app, "id"))
}

/// The facts about these subscribed apps; `ours` is the app of the token.
pub(super) fn subscribed(apps: &[Option<String>], ours: Option<&AppId>) -> SubscribedApps {
    let is_ours = |ours: &AppId| {
        let ours = ours.as_str();
        let is_there = apps.iter().flatten().any(|app| app == ours);
        // An app without an id may be ours.
        (is_there || apps.iter().all(Option::is_some)).then_some(is_there)
    };
    SubscribedApps {
        count: u64::try_from(apps.len()).unwrap_or(u64::MAX),
        ours: ours.and_then(is_ours),
    }
}

pub(super) fn read(node: &NodeFields, waba: &WabaId) -> AccountFacts {
    let text = |field| text_of(&node.fields, field);
    let on_behalf_of = node
        .fields
        .get("on_behalf_of_business_info")
        .and_then(Value::as_object);
    AccountFacts {
        id: waba.clone(),
        name: text("name"),
        owner_business_id: text_within(&node.fields, "owner_business_info", "id"),
        on_behalf_of_business_id: on_behalf_of.and_then(|business| text_of(business, "id")),
        on_behalf_of_status: on_behalf_of.and_then(|business| text_of(business, "status")),
        business_verification_status: text("business_verification_status"),
        account_review_status: text("account_review_status"),
        status: text("status"),
        // Meta leaves out empty fields: if it could be read and is absent, nothing is attached.
        has_payment_method: node
            .has_read(PAYMENT)
            .then(|| text(PAYMENT).is_some_and(|id| id != "0")),
        health: health::read(&node.fields, HEALTH),
        adding_numbers_restricted: adding_restricted(&node.fields),
    }
}

/// Whether the account's health shows that numbers cannot be added. Meta has no field for it: the
/// restriction is named somewhere in the errors or the additional information.
fn adding_restricted(fields: &Object) -> Option<bool> {
    let health = fields.get(HEALTH).filter(|health| health.is_object())?;
    let text = health.to_string().to_lowercase();
    let in_prose = text.contains("restricted from adding") && text.contains("phone number");
    Some(text.contains(ADDING_RESTRICTED) || in_prose)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use domain::facts::AccountHealth;

    fn account(fields: &Value) -> AccountFacts {
        read(
            &NodeFields::whole(fields.as_object().cloned().unwrap()),
            &"104996122399160".parse().unwrap(),
        )
    }

    #[test]
    fn every_field_of_an_account_is_read() {
        let read = account(&json!({
            "id": "104996122399160", "name": "Lucky Shrub", "status": "ACTIVE", "account_review_status": "APPROVED",
            "business_verification_status": "verified", "primary_funding_id": 1234, "ownership_type": "CLIENT_OWNED",
            "owner_business_info": {"id": 2_729_063_490_586_005_u64, "name": "Wind & Wool"},
            "on_behalf_of_business_info": {"id": "77777", "status": "APPROVED"},
            "health_status": {"can_send_message": "LIMITED", "entities": []},
        }));
        assert_eq!(read.owner_business_id.as_deref(), Some("2729063490586005"));
        assert_eq!(
            (
                read.on_behalf_of_business_id.as_deref(),
                read.on_behalf_of_status.as_deref()
            ),
            (Some("77777"), Some("APPROVED"))
        );
        assert_eq!(
            (read.has_payment_method, read.adding_numbers_restricted),
            (Some(true), Some(false))
        );
        assert_eq!(read.health, Some(AccountHealth::plain("LIMITED")));
    }

    #[test]
    fn an_absent_payment_method_differs_from_an_unreadable_one() {
        assert_eq!(account(&json!({"id": "1"})).has_payment_method, Some(false));
        let mut node = NodeFields::default();
        node.add(PAYMENT, None);
        assert_eq!(
            read(&node, &"104996122399160".parse().unwrap()).has_payment_method,
            None
        );
    }

    #[test]
    fn a_restriction_is_found_anywhere_in_the_health() {
        let restricted = json!({"health_status": {"entities": [{"errors": [
            {"error_code": 1, "error_description": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"}]}]}});
        assert_eq!(account(&restricted).adding_numbers_restricted, Some(true));
        assert_eq!(
            account(&json!({"health_status": "odd"})).adding_numbers_restricted,
            None
        );
    }

    #[test]
    fn ours_is_found_among_the_apps_by_its_id() {
        let ours: AppId = "138483919580948".parse().unwrap();
        let among = |apps: &Value| {
            let apps = apps.as_array().unwrap().iter();
            let apps: Vec<_> = apps.map(|app| app_id(app.as_object().unwrap())).collect();
            let found = subscribed(&apps, Some(&ours));
            (found.count, found.ours, found.are_enough())
        };
        let app = |id: Value| json!({"whatsapp_business_api_data": {"id": id, "name": "App"}});
        let number = json!(138_483_919_580_948_u64);
        assert_eq!(among(&json!([])), (0, Some(false), false));
        assert_eq!(among(&json!([app(number)])), (1, Some(true), true));
        assert_eq!(
            among(&json!([{"id": "138483919580948"}, {}])),
            (2, Some(true), true)
        );
        assert_eq!(
            among(&json!([app(json!("67084"))])),
            (1, Some(false), false)
        );
        assert_eq!(among(&json!([app(json!("67084")), {}])), (2, None, true));
        let unknown = subscribed(&[Some("67084".to_owned())], None);
        assert!(unknown.are_enough(), "Meta asks for any app");
        assert!(!subscribed(&[], None).are_enough());
    }
}
