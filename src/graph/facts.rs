//! Readings that take several calls: what the checks look at, and what confirms a move.

use tokio::join;

use super::choice::choose;
use super::client::Session;
use crate::migration::facts::{Confirmation, Facts, Side};
use crate::migration::{Disposition, Fault, PhoneNumber, PhoneNumberId, Reason, WabaId};

impl Session<'_> {
    /// Everything that the checks look at.
    ///
    /// What the token may not read is unknown in the answer. It is a fault only where Meta cannot be asked at all for
    /// now: then the reading is to be repeated later.
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
        let (token, destination, subscribed_apps, source) = join!(
            self.debug_token(),
            // In boxes, since nine calls at once make a large future.
            Box::pin(self.side(destination, phone)),
            self.subscribed_apps(destination),
            source
        );
        let destination = destination?;
        if let Err(fault) = &destination.account
            && matches!(fault.disposition, Disposition::Retry | Disposition::Wait)
        {
            return Err(fault.clone());
        }
        Ok(Facts {
            read_at: self.client().now(),
            token,
            destination,
            subscribed_apps: subscribed_apps.ok(),
            source: source.map(|side| side.unwrap_or_else(unread)),
        })
    }

    /// One WABA, as far as the token may read it. A fault where its limit was met half-way: what was not read then is
    /// unread, and not unknown.
    async fn side(&self, waba: &WabaId, phone: &PhoneNumber) -> Result<Side, Fault> {
        let (account, numbers, templates) =
            join!(self.account(waba), self.numbers(waba), self.templates(waba));
        let faults = [
            account.as_ref().err(),
            numbers.as_ref().err(),
            templates.as_ref().err(),
        ];
        let limit = |fault: &&Fault| fault.reason == Reason::AccountRateLimited;
        if let Some(fault) = faults.into_iter().flatten().find(limit) {
            return Err(fault.clone());
        }
        let numbers = numbers.ok();
        Ok(Side {
            account,
            numbers_listed: numbers.is_some(),
            number_count: numbers
                .as_ref()
                .map(|numbers| u64::try_from(numbers.len()).unwrap_or(u64::MAX)),
            number: choose(phone, numbers.into_iter().flatten().map(|it| (it, ())))
                .map(|(number, ())| number),
            templates: templates.ok(),
        })
    }

    /// What confirms that the number `id` has moved to `destination`.
    ///
    /// This is read again and again, and a new WABA has 200 calls an hour. So while the number is not connected it is
    /// all that is read, by one call; the list and the templates are read once it is. In the list it is known by its id:
    /// Meta may show it in an older form.
    pub async fn confirmation(
        &self,
        id: &PhoneNumberId,
        destination: &WabaId,
    ) -> Result<Confirmation, Fault> {
        let number = self.number_briefly(id).await?;
        if !number.is_connected() {
            return Ok(Confirmation {
                number,
                listed: false,
                templates: None,
            });
        }
        let client = self.client();
        client.gate().has_number(destination, client.now());
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

/// A WABA of which nothing could be read.
fn unread(fault: Fault) -> Side {
    Side {
        account: Err(fault),
        numbers_listed: false,
        number_count: None,
        number: None,
        templates: None,
    }
}
