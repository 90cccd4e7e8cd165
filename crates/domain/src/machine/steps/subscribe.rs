//! SUBSCRIBE: Meta moves no number to an account that no app listens to.
//!
//! The call is only made where the reading did not show our app: repeated without the override of the callback that an app
//! may have on the account, it would remove that override.

use crate::{EventKind, GraphCall};

use super::{Sent, Transition};

pub(super) fn on_subscription(change: &mut Transition<'_>, subscribed: bool) {
    match (Sent::take(change), subscribed) {
        (Sent::No, true) => change.finish("An app is subscribed to the destination's webhooks."),
        (_, true) => {
            change.record(EventKind::CallSucceeded {
                call: GraphCall::Subscribe,
            });
            change.finish("An app was subscribed to the destination's webhooks.");
        }
        (Sent::Refused(fault), false) => change.fault(fault),
        // The list shows what was written, so the lost call did nothing.
        (Sent::Unsure { .. }, false) => {
            change.record(EventKind::CallUncertain {
                call: GraphCall::Subscribe,
                fault: None,
            });
            change.act();
        }
        (Sent::No, false) => change.act(),
    }
}
