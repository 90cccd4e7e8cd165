//! Control from tests: faults, shapes, the app, and call counts.
//!
//! Complex values are the JSON of the control API, so that they are described once.

use serde_json::{Value, json};

use super::account_shape::AccountShape;
use super::app::App;
use super::fault::Fault;
use super::invalid::{self, Invalid};
use super::placing::Placing;
use super::tally::{Calls, Tally};
use super::{Sandbox, fault_form};

/// Maximum injected faults: each call is compared with all of them.
const MOST_FAULTS: usize = 1000;

impl Sandbox {
    /// Injects a fault. Faults apply in the order of injection.
    pub fn inject(&self, mut fault: Fault) {
        let now = (self.options.clock)();
        if let Some(time) = fault.lasts {
            fault.until = now.checked_add(time).ok();
        }
        self.lock().faults.push(fault);
    }

    /// Injects faults from the JSON of `PUT /sandbox/faults`: one fault or a list.
    ///
    /// # Errors
    ///
    /// If a key or value is invalid. Then no fault is injected.
    pub fn inject_json(&self, faults: &Value) -> Result<(), Invalid> {
        for fault in fault_form::read(&faults.to_string())? {
            self.inject(fault);
        }
        Ok(())
    }

    /// The faults that are still active.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let now = (self.options.clock)();
        let mut world = self.lock();
        world.faults.retain(|fault| !fault.is_over(now));
        world.faults.clone()
    }

    /// Fails if `more` faults would exceed the maximum.
    pub(super) fn has_room_for_faults(&self, more: usize) -> Result<(), Invalid> {
        if self.faults().len().saturating_add(more) <= MOST_FAULTS {
            return Ok(());
        }
        Err(Invalid::new(format!(
            "at most {MOST_FAULTS} faults can be active: DELETE /sandbox/faults removes them"
        )))
    }

    /// Removes all injected faults.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Places a number and sets its shape, from the JSON of `PUT /sandbox/numbers/{digits}`.
    /// Returns the number's state as `GET` shows it. The number may be in any form.
    ///
    /// # Errors
    ///
    /// If a key or value is invalid. Then nothing is changed.
    pub fn put_number(&self, number: &str, placing: &Value) -> Result<Value, Invalid> {
        self.place_as(number, &placing.to_string())
    }

    /// Replaces the overrides of an account, from the JSON of `PUT /sandbox/accounts/{id}`. Returns
    /// the account's state as `GET` shows it.
    ///
    /// # Errors
    ///
    /// If a key or value is invalid. Then nothing is changed.
    pub fn put_account(&self, id: &str, shape: &Value) -> Result<Value, Invalid> {
        self.shape_account(id, &shape.to_string())
    }

    /// Sets what is wrong with the app and with Meta as a whole, from the JSON of `PUT
    /// /sandbox/app`. Missing keys have their defaults. Returns the app as `GET` shows it.
    ///
    /// # Errors
    ///
    /// If a key or value is invalid. Then nothing is changed.
    pub fn put_app(&self, app: &Value) -> Result<Value, Invalid> {
        self.shape_app(&app.to_string())
    }

    /// Counts of each call, including reads, since the start or [`Sandbox::forget_calls`].
    #[must_use]
    pub fn call_counts(&self) -> Calls {
        self.lock().tally.shown()
    }

    /// Counts of each call to one account and its numbers.
    #[must_use]
    pub fn call_counts_of(&self, account: &str) -> Calls {
        let world = self.lock();
        world
            .tallies
            .get(account)
            .map(Tally::shown)
            .unwrap_or_default()
    }

    /// Resets the call counts. The ledger stays.
    pub fn forget_calls(&self) {
        let mut world = self.lock();
        world.tally = Tally::default();
        world.tallies.clear();
    }

    /// The main digits of a number in any form.
    pub(super) fn line_of(&self, number: &str) -> String {
        let digits = super::digits_of(number);
        self.lock().line(&digits).to_owned()
    }

    pub(super) fn place_as(&self, number: &str, placing: &str) -> Result<Value, Invalid> {
        let digits = invalid::digits("number", number)?;
        let placing: Placing = invalid::read(placing)?;
        let now = (self.options.clock)();
        let mut world = self.lock();
        world.put(&digits, placing)?;
        Ok(world.number_state(&digits, now).unwrap_or_default())
    }

    pub(super) fn shape_account(&self, id: &str, shape: &str) -> Result<Value, Invalid> {
        invalid::account(id)?;
        let shape: AccountShape = invalid::read(shape)?;
        shape.check()?;
        let mut world = self.lock();
        world.has_room_for(id)?;
        world.account(id).shape = shape;
        Ok(world.account_state(id))
    }

    pub(super) fn account(&self, id: &str) -> Result<Value, Invalid> {
        invalid::account(id)?;
        let mut world = self.lock();
        world.has_room_for(id)?;
        Ok(world.account_state(id))
    }

    pub(super) fn shape_app(&self, app: &str) -> Result<Value, Invalid> {
        let app: App = invalid::read(app)?;
        app.check()?;
        self.lock().app = app;
        self.app()
    }

    pub(super) fn app(&self) -> Result<Value, Invalid> {
        Ok(serde_json::to_value(&self.lock().app)?)
    }

    /// Call counts by account.
    pub(super) fn calls_by_account(&self) -> Value {
        let world = self.lock();
        let tallies = world.tallies.iter();
        let counted = tallies.map(|(id, tally)| (id.clone(), json!(tally.counts())));
        Value::Object(counted.collect())
    }
}
