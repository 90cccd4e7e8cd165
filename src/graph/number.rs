//! Reads phone numbers: by id, in a WABA's list, and the number to move.

use std::ops::ControlFlow;

use super::client::Session;
use super::fields::{CombinedRead, FieldGroups, NodeFields, NodeRequest};
use super::json::{Object, flag_of, text_of, text_within};
use super::number_choice::{choose, is_gone};
use super::pages::ListRequest;
use super::response::unreadable;
use domain::facts::NumberFacts;
use domain::{Fault, PhoneNumber, PhoneNumberId, WabaId};

const FIELDS: FieldGroups = FieldGroups {
    kind: "number",
    safe: "id,display_phone_number,verified_name,name_status,status,quality_rating,code_verification_status,\
           platform_type,throughput,account_mode,is_official_business_account",
    risky: &[
        "new_name_status",
        "whatsapp_business_manager_messaging_limit",
        "is_pin_enabled",
        "is_on_biz_app",
        "health_status",
    ],
};

/// The field that identifies a number in a list.
const ID: &str = "id";
/// The fields that an item of the list always has, according to Meta's documentation.
const BRIEF: &str = "id,display_phone_number,status";
/// Meta's maximum page size, numbers.
const PAGE: u32 = 100;

fn place(id: &PhoneNumberId) -> NodeRequest<'_> {
    NodeRequest {
        name: "number",
        template: "/{phone_number_id}",
        id: id.as_str(),
        waba: None,
    }
}

fn list<'a>(waba: &'a WabaId, fields: &'a str) -> ListRequest<'a> {
    ListRequest {
        name: "numbers",
        template: "/{waba_id}/phone_numbers",
        waba,
        fields: Some(fields),
        limit: Some(PAGE),
    }
}

impl Session<'_> {
    /// The number `id`, with every field that the token may read.
    pub async fn number(&self, id: &PhoneNumberId) -> Result<NumberFacts, Fault> {
        let node = self.node(place(id), FIELDS).await?;
        facts_of(&node, id)
    }

    /// The number `id` with its safe fields only: one call, whatever the token may read.
    pub(super) async fn number_briefly(&self, id: &PhoneNumberId) -> Result<NumberFacts, Fault> {
        let fields = self.some(place(id), FIELDS.safe).await?;
        facts_of(&NodeFields::whole(fields), id)
    }

    /// Every number of `waba`.
    pub async fn numbers(&self, waba: &WabaId) -> Result<Vec<NumberFacts>, Fault> {
        let read = |fields: String| async move { self.items(&list(waba, &fields)).await };
        let CombinedRead { read, refused } = self.at_once(FIELDS, Some(waba), read).await?;
        let numbers = match read {
            Some(numbers) => numbers.into_iter().map(NodeFields::whole).collect(),
            None => self.numbers_by_group(waba, &refused).await?,
        };
        let numbers: Vec<NumberFacts> = numbers.iter().filter_map(listed).collect();
        if numbers.iter().any(NumberFacts::is_connected) {
            let client = self.client();
            client.limiter().has_number(waba, client.now());
        }
        Ok(numbers)
    }

    /// Every number of `waba`: the safe fields, then one listing for each risky group that the
    /// token may read.
    async fn numbers_by_group(
        &self,
        waba: &WabaId,
        refused: &[&'static str],
    ) -> Result<Vec<NodeFields>, Fault> {
        let safe = self.items(&list(waba, FIELDS.safe)).await?;
        let mut nodes: Vec<NodeFields> = safe.into_iter().map(NodeFields::whole).collect();
        let read = |group| async move {
            let fields = format!("{ID},{group}");
            self.items(&list(waba, &fields)).await
        };
        for (group, items) in self.by_group(FIELDS, Some(waba), refused, read).await? {
            for node in &mut nodes {
                let id = text_of(&node.fields, ID);
                let of_node = |item: &&Object| text_of(item, ID) == id;
                node.add(
                    group,
                    items
                        .as_ref()
                        .and_then(|items| items.iter().find(of_node))
                        .cloned(),
                );
            }
        }
        Ok(nodes)
    }

    /// The number `phone` in the list of `waba`, in any form. The node of a number that was deleted
    /// or has moved away does not count.
    pub async fn find_number(
        &self,
        waba: &WabaId,
        phone: &PhoneNumber,
    ) -> Result<Option<NumberFacts>, Fault> {
        let read = |fields: String| async move { self.find_with(waba, phone, &fields).await };
        let CombinedRead { read, refused } = self.at_once(FIELDS, Some(waba), read).await?;
        if let Some(found) = read {
            return Ok(found.and_then(|node| listed(&node)));
        }
        let Some(node) = self.find_with(waba, phone, FIELDS.safe).await? else {
            return Ok(None);
        };
        let Some(facts) = listed(&node) else {
            return Ok(None);
        };
        let waba = Some(waba);
        let place = NodeRequest {
            waba,
            ..place(&facts.id)
        };
        let mut node = node.without(refused);
        self.supplement(&mut node, place, FIELDS).await?;
        Ok(listed(&node))
    }

    async fn find_with(
        &self,
        waba: &WabaId,
        phone: &PhoneNumber,
        fields: &str,
    ) -> Result<Option<NodeFields>, Fault> {
        // The whole list: the first match may be a dead node of the number.
        let items = self.items(&list(waba, fields)).await?;
        let nodes = items.into_iter().map(NodeFields::whole);
        let nodes = nodes.filter_map(|node| Some((listed(&node)?, node)));
        let found = choose(phone, nodes.filter(|(number, _)| !is_gone(number)));
        Ok(found.map(|(_, node)| node))
    }

    /// Whether the number `id` is in the list of `waba`.
    pub(super) async fn lists(&self, waba: &WabaId, id: &PhoneNumberId) -> Result<bool, Fault> {
        let mut found = false;
        self.each(&list(waba, BRIEF), |item| {
            found = text_of(&item, ID).is_some_and(|listed| listed == id.as_str());
            if found {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .await?;
        Ok(found)
    }
}

/// A number of a list. One without an id cannot be used, and is left out.
pub(super) fn listed(node: &NodeFields) -> Option<NumberFacts> {
    let id = text_of(&node.fields, ID)?.parse().ok()?;
    Some(read(&node.fields, id))
}

/// The number `id`. Its node must have an id or a number at least: an empty object would look like
/// an unregistered number.
fn facts_of(node: &NodeFields, id: &PhoneNumberId) -> Result<NumberFacts, Fault> {
    let names_it = ["id", "display_phone_number"]
        .iter()
        .any(|field| text_of(&node.fields, field).is_some());
    if names_it {
        Ok(read(&node.fields, id.clone()))
    } else {
        Err(unreadable(
            "the number has neither id nor display_phone_number",
            false,
        ))
    }
}

fn read(fields: &Object, id: PhoneNumberId) -> NumberFacts {
    let text = |field| text_of(fields, field);
    NumberFacts {
        id,
        display_phone_number: text("display_phone_number").unwrap_or_default(),
        verified_name: text("verified_name"),
        name_status: text("name_status"),
        new_name_status: text("new_name_status"),
        status: text("status"),
        code_verification_status: text("code_verification_status"),
        platform_type: text("platform_type"),
        quality_rating: text("quality_rating")
            .or_else(|| text_within(fields, "quality_score", "score")),
        // The second is its name in older versions of the API.
        messaging_limit: text("whatsapp_business_manager_messaging_limit")
            .or_else(|| text("messaging_limit_tier")),
        throughput: text_within(fields, "throughput", "level"),
        account_mode: text("account_mode"),
        health: text_within(fields, "health_status", "can_send_message"),
        official_business_account: flag_of(fields, "is_official_business_account"),
        pin_enabled: flag_of(fields, "is_pin_enabled"),
        on_business_app: flag_of(fields, "is_on_biz_app"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_parsed_in_every_shape() {
        let fields = json!({
            "id": 106_540_352_242_922_u64, "display_phone_number": "+1 202-555-0123", "status": "SOMETHING_NEW",
            "quality_score": {"score": "GREEN"}, "throughput": {"level": "STANDARD"}, "is_pin_enabled": false,
            "is_on_biz_app": null, "health_status": {"can_send_message": "AVAILABLE"}, "unheard_of": [{}],
        });
        let number = listed(&NodeFields::whole(fields.as_object().cloned().unwrap())).unwrap();
        assert_eq!(number.id.as_str(), "106540352242922");
        assert_eq!(number.status.as_deref(), Some("SOMETHING_NEW"));
        assert_eq!(number.quality_rating.as_deref(), Some("GREEN"));
        assert_eq!(number.throughput.as_deref(), Some("STANDARD"));
        assert_eq!(number.health.as_deref(), Some("AVAILABLE"));
        assert_eq!(
            (number.pin_enabled, number.on_business_app),
            (Some(false), None)
        );
    }

    #[test]
    fn an_empty_object_is_not_a_number() {
        let id: PhoneNumberId = "106540352242922".parse().unwrap();
        assert!(facts_of(&NodeFields::default(), &id).is_err());
        assert_eq!(listed(&NodeFields::default()), None);
    }
}
