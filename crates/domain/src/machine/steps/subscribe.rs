//! SUBSCRIBE: Meta moves no number to an account that no app is subscribed to.
//!
//! The call is made only if the reading did not show our app: repeated without the app's callback
//! override for the account, the call would remove that override.

use crate::{Phase, Read, Reading, Write};

use super::{CallRules, Rules, Transition, on_other_reading};

pub(super) const RULES: Rules = Rules {
    read: |_| Read::Subscription,
    on_reading,
    call: Some(CallRules {
        write: |_| Some(Write::Subscribe),
        on_missing: |change| change.read_again(),
        on_done: |change, _| on_subscribed(change),
        on_refused: |change, fault| change.refused(fault),
    }),
};

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    let Reading::Subscription(subscribed) = reading else {
        return on_other_reading(change, reading);
    };
    match (change.take_phase(), subscribed) {
        (Phase::Read | Phase::Act, true) => {
            change.finish("An app is subscribed to the destination's webhooks.");
        }
        (Phase::Read | Phase::Act, false) => change.act(),
        (Phase::Sent { call, .. } | Phase::Unconfirmed { call, .. }, true) => {
            change.succeeded(call);
            on_subscribed(change);
        }
        // The list shows what was written, so the lost call did nothing.
        (Phase::Sent { call, .. }, false) => {
            change.not_seen(call);
            change.act();
        }
        (Phase::Unconfirmed { fault, .. }, false) => change.fault(*fault),
    }
}

fn on_subscribed(change: &mut Transition<'_>) {
    change.finish("An app was subscribed to the destination's webhooks.");
}
