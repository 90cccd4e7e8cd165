//! Reads that take several calls: the input of the checks, and of the confirmation.

use tokio::join;

use super::account::subscribed;
use super::client::Session;
use super::number_choice::choose;
use domain::facts::{Confirmation, Facts, Side};
use domain::{Disposition, Fault, PhoneNumber, PhoneNumberId, Reason, WabaId};

impl Session<'_> {
    /// The input of the checks.
    ///
    /// What the token may not read is unknown in the result. It is a fault only if Meta is
    /// unavailable for now: then the read is to be repeated later.
    pub async fn facts(
        &self,
        destination: &WabaId,
        source: Option<&WabaId>,
        phone: &PhoneNumber,
    ) -> Result<Facts, Fault> {
        let source = async {
            match source {
                Some(source) => Some(Box::pin(self.side(source, phone)).await),
                None => None,
            }
        };
        let (token, destination, apps, source) = join!(
            self.debug_token(),
            // Boxed, since nine concurrent calls make a large future.
            Box::pin(self.side(destination, phone)),
            self.apps(destination),
            source
        );
        let destination = destination?;
        // Without the list it is unknown whether the number already works there.
        let unread = match &destination.account {
            Err(fault) => Some(fault),
            Ok(_) => destination.numbers_unread.as_ref(),
        };
        let is_passing =
            |fault: &&Fault| matches!(fault.disposition, Disposition::Retry | Disposition::Wait);
        let of_the_app = |fault: &&Fault| fault.reason.is_of_the_app();
        let refused = [
            apps.as_ref().err(),
            source.as_ref().and_then(|side| side.as_ref().err()),
        ];
        let stops = unread.filter(is_passing);
        if let Some(fault) = stops.or_else(|| refused.into_iter().flatten().find(of_the_app)) {
            return Err(fault.clone());
        }
        let named = token.as_ref().ok().and_then(|token| token.app_id.as_ref());
        let ours = named.or(self.access().app_id.as_ref());
        Ok(Facts {
            read_at: self.client().now(),
            subscribed_apps: apps.map(|apps| subscribed(&apps, ours)),
            token,
            destination,
            source: source.map(|side| side.unwrap_or_else(unread_side)),
        })
    }

    /// One WABA, as far as the token may read it. A fault if its limit is reached part-way, or if
    /// Meta refuses the app as a whole: then the rest is unread, not unknown.
    async fn side(&self, waba: &WabaId, phone: &PhoneNumber) -> Result<Side, Fault> {
        let (account, numbers, templates) =
            join!(self.account(waba), self.numbers(waba), self.templates(waba));
        let faults = [
            account.as_ref().err(),
            numbers.as_ref().err(),
            templates.as_ref().err(),
        ];
        let is_for_all = |fault: &&Fault| {
            fault.reason == Reason::AccountRateLimited || fault.reason.is_of_the_app()
        };
        if let Some(fault) = faults.into_iter().flatten().find(is_for_all) {
            return Err(fault.clone());
        }
        let numbers_unread = numbers.as_ref().err().cloned();
        let numbers = numbers.ok();
        Ok(Side {
            account,
            numbers_unread,
            number_count: numbers
                .as_ref()
                .map(|numbers| u64::try_from(numbers.len()).unwrap_or(u64::MAX)),
            number: choose(phone, numbers.into_iter().flatten().map(|it| (it, ())))
                .map(|(number, ())| number),
            templates: templates.ok(),
        })
    }

    /// Whether the number `id` has moved to `destination`.
    ///
    /// This is polled, and a new WABA has 200 calls an hour. So until the number works, one call
    /// reads nothing else; then the list and the templates are read. In the list it is identified
    /// by its id, since Meta may show it in an older form.
    pub async fn confirmation(
        &self,
        id: &PhoneNumberId,
        destination: &WabaId,
    ) -> Result<Confirmation, Fault> {
        let number = self.number_briefly(id).await?;
        if !number.works() {
            return Ok(Confirmation {
                number,
                listed: false,
                templates: None,
            });
        }
        let client = self.client();
        client.limiter().has_number(destination, client.now());
        let (whole, listed, templates) = join!(
            self.number(id),
            self.lists(destination, id),
            self.templates(destination)
        );
        Ok(Confirmation {
            number: whole.unwrap_or(number),
            listed: listed?,
            templates: templates.ok(),
        })
    }
}

/// A WABA that could not be read at all.
fn unread_side(fault: Fault) -> Side {
    Side {
        account: Err(fault.clone()),
        numbers_unread: Some(fault),
        number_count: None,
        number: None,
        templates: None,
    }
}
