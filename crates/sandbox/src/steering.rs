//! What a test can do with a sandbox beside calling it: faults, shapes, the app, and the counts of calls.
//!
//! What has many settings is given as the JSON that the control surface takes, so that there is one description of it.

use serde_json::{Value, json};

use super::account_shape::AccountShape;
use super::app::App;
use super::fault::Fault;
use super::invalid::{self, Invalid};
use super::placing::Placing;
use super::tally::{Calls, Tally};
use super::{Sandbox, fault_form};

/// So many faults may be in the way of calls.
const MOST_FAULTS: usize = 1000;

impl Sandbox {
    /// Puts a fault in the way of calls. Faults strike in the order in which they came.
    pub fn inject(&self, mut fault: Fault) {
        let now = (self.options.clock)();
        if let Some(time) = fault.lasts {
            fault.until = now.checked_add(time).ok();
        }
        self.lock().faults.push(fault);
    }

    /// Puts faults in the way of calls, from JSON as `PUT /sandbox/faults` takes it: one fault, or a list of them.
    ///
    /// # Errors
    ///
    /// When a key or a value is not known. Then no fault is injected.
    pub fn inject_json(&self, faults: &Value) -> Result<(), Invalid> {
        for fault in fault_form::read(&faults.to_string())? {
            self.inject(fault);
        }
        Ok(())
    }

    /// The faults that have not struck yet as often, or as long, as they should.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let now = (self.options.clock)();
        let mut world = self.lock();
        world.faults.retain(|fault| !fault.is_over(now));
        world.faults.clone()
    }

    /// Whether so many more faults may be in the way of calls: each call looks through them.
    pub(super) fn has_room_for_faults(&self, more: usize) -> Result<(), Invalid> {
        if self.faults().len().saturating_add(more) <= MOST_FAULTS {
            return Ok(());
        }
        Err(Invalid::new(format!(
            "there are {MOST_FAULTS} faults at most: DELETE /sandbox/faults takes them away"
        )))
    }

    /// Takes all injected faults away.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Places a number and gives its nodes a shape, from JSON as `PUT /sandbox/numbers/{digits}` takes it. Returns the number's
    /// state as `GET` shows it. The number may be written in any way.
    ///
    /// # Errors
    ///
    /// When a key or a value is not known. Then nothing is changed.
    pub fn put_number(&self, number: &str, placing: &Value) -> Result<Value, Invalid> {
        self.place_as(number, &placing.to_string())
    }

    /// Gives an account a shape in place of the one that it was given, from JSON as `PUT /sandbox/accounts/{id}` takes it.
    /// Returns the account's state as `GET` shows it.
    ///
    /// # Errors
    ///
    /// When a key or a value is not known. Then nothing is changed.
    pub fn put_account(&self, id: &str, shape: &Value) -> Result<Value, Invalid> {
        self.shape_account(id, &shape.to_string())
    }

    /// Says what is wrong with the app of all tokens, and with Meta as a whole, from JSON as `PUT /sandbox/app` takes it. What is
    /// not named is as usual. Returns the whole as `GET` shows it.
    ///
    /// # Errors
    ///
    /// When a key or a value is not known. Then nothing is changed.
    pub fn put_app(&self, app: &Value) -> Result<Value, Invalid> {
        self.shape_app(&app.to_string())
    }

    /// How often each call was made, reads too, since the sandbox began or [`Sandbox::forget_calls`].
    #[must_use]
    pub fn call_counts(&self) -> Calls {
        self.lock().tally.shown()
    }

    /// The same for the calls to one account and to its numbers.
    #[must_use]
    pub fn call_counts_of(&self, account: &str) -> Calls {
        let world = self.lock();
        world
            .tallies
            .get(account)
            .map(Tally::shown)
            .unwrap_or_default()
    }

    /// Counts calls from nothing again. The ledger stays.
    pub fn forget_calls(&self) {
        let mut world = self.lock();
        world.tally = Tally::default();
        world.tallies.clear();
    }

    /// The digits that a number is known by, however it is written.
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

    /// How often calls were made to each account.
    pub(super) fn calls_by_account(&self) -> Value {
        let world = self.lock();
        let tallies = world.tallies.iter();
        let counted = tallies.map(|(id, tally)| (id.clone(), json!(tally.counts())));
        Value::Object(counted.collect())
    }
}
