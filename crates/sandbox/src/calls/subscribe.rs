//! `POST` and `DELETE /{waba}/subscribed_apps`: subscribes the app to the account's webhooks, or
//! unsubscribes it.

use serde_json::Value;

use super::success;
use crate::params::Params;
use crate::refusals as r;
use crate::reply::Outcome;
use crate::scenario::account::Oddity;
use crate::world::World;

impl World {
    pub(crate) fn subscribe(&mut self, waba: &str, params: &Params) -> Outcome {
        let account = self.account(waba);
        if account.is(Oddity::CannotSubscribe) {
            return Err(r::CALLBACK_REFUSED.into());
        }
        account.app = Some(params.text("override_callback_uri").unwrap_or_default());
        Ok(success())
    }

    pub(crate) fn unsubscribe(&mut self, waba: &str) -> Value {
        self.account(waba).app = None;
        success()
    }
}
