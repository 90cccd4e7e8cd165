//! `POST /{number}/register`: moves the number and copies templates of high quality.

use jiff::Timestamp;

use serde_json::json;

use super::success;
use crate::error::GraphError;
use crate::node::Standing;
use crate::params::Params;
use crate::refusals as r;
use crate::reply::Outcome;
use crate::scenario::Quirk;
use crate::scenario::account::{Oddity, SOURCE};
use crate::template::Template;
use crate::world::World;

impl World {
    pub(crate) fn register(&mut self, now: Timestamp, id: u64, params: &Params) -> Outcome {
        if params.needed("messaging_product")? != "whatsapp" {
            return Err(GraphError::parameter(
                "Param messaging_product must be one of {WHATSAPP}.",
            ));
        }
        let pin = params.needed("pin")?;
        if pin.len() != 6 || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(
                GraphError::from(r::BAD_VALUE).with_details("pin must be 6 digits.".to_owned())
            );
        }
        let Self {
            nodes,
            numbers,
            accounts,
            options,
            ..
        } = self;
        let Some(node) = nodes.get_mut(&id) else {
            return Err(GraphError::no_object("POST", &id.to_string()));
        };
        let Some(number) = numbers.get_mut(&node.digits) else {
            return Err(r::NUMBER_DELETED.into());
        };
        let passes = |waba| {
            let account = accounts.get(waba);
            account.is_some_and(|account| account.is(Oddity::PassesSilently))
        };
        if node.standing == Standing::Connected && passes(&node.waba) {
            // The account model of 2026. Meta has not published the format of this response.
            return Ok(json!({"success": true, "pin_reset": false}));
        }
        if node.standing == Standing::Migrated {
            return Err(GraphError::no_object("POST", &id.to_string()));
        }
        if number.has(Quirk::HalfDeregistered) {
            return Err(r::DEREGISTRATION_FAILED.into());
        }
        if !node.is_verified(now) {
            return Err(r::NEEDS_VERIFYING.into());
        }
        let right = !number.has(Quirk::OtherPin) && node.pin.as_ref().is_none_or(|own| *own == pin);
        number.guess_pin(right, now, options)?;
        let fresh = node.standing != Standing::Connected;
        node.pin = Some(pin);
        node.past.registered = true;
        node.standing = Standing::Connected;
        if fresh {
            node.registered_at = Some(now);
            node.late_reads = if number.has(Quirk::ConnectsLate) {
                options.late_reads
            } else {
                0
            };
            node.hidden_lists = if number.has(Quirk::ListedLate) {
                options.late_reads
            } else {
                0
            };
        }
        let destination = node.waba.clone();
        let left = number.home.replace(id).filter(|old| *old != id);
        let source = left.and_then(|old| self.leave(old));
        if fresh {
            self.copy_templates(source.as_deref().unwrap_or(SOURCE), &destination);
        }
        Ok(success())
    }

    /// Removes a number from the account that it left, and returns that account.
    pub(crate) fn leave(&mut self, old: u64) -> Option<String> {
        let node = self.nodes.get_mut(&old)?;
        node.standing = Standing::Migrated;
        node.pin = None;
        let (waba, digits) = (node.waba.clone(), node.digits.clone());
        self.account(&waba).numbers.remove(&old);
        // The number may return to that account later, as a new node.
        self.number(&digits).nodes.retain(|(_, id)| *id != old);
        Some(waba)
    }

    fn copy_templates(&mut self, source: &str, destination: &str) {
        let carried: Vec<Template> = self
            .account(source)
            .templates
            .iter()
            .filter(|template| template.is_carried())
            .cloned()
            .collect();
        for template in carried {
            if !self
                .account(destination)
                .templates
                .iter()
                .any(|own| own.is_twin_of(&template))
            {
                let copy = template.copied(self.next_id());
                self.account(destination).templates.push(copy);
            }
        }
    }
}
