//! Placing a number: `PUT /sandbox/numbers/{digits}` and its JSON.
//!
//! Owns the initial account of a number, other forms of its digits, and its dead twins.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::invalid::{self, Invalid};
use super::node::{Node, Standing};
use super::scenario::account::SOURCE;
use super::shape::{Shape, Until, When};
use super::world::World;

/// Longer than a verification is valid.
const LONG_AGO: Duration = Duration::from_hours(15 * 24);

/// The requested state of a number.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Placing {
    account: Option<String>,
    standing: Option<Stand>,
    shared: bool,
    fields: Option<Map<String, Value>>,
    absent: Option<Vec<String>>,
    when: When,
    until: Until,
    twin: Value,
    display: Option<String>,
    forms: Vec<String>,
}

/// Status of a number in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stand {
    Connected,
    Pending,
    Verified,
    Expired,
    Disconnected,
}

/// A dead node of the same number beside the live one.
#[derive(Clone, Debug)]
pub(crate) struct Twin {
    place: Place,
    fields: Map<String, Value>,
}

/// Its position in the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    #[default]
    Before,
    After,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TwinForm {
    place: Place,
    fields: Map<String, Value>,
}

impl Twin {
    /// A deleted node before the live one.
    pub(crate) fn usual() -> Self {
        TwinForm::default().into()
    }

    /// Reads `true`, or an object with details.
    fn read(form: &Value) -> Result<Option<Self>, Invalid> {
        match form {
            Value::Null | Value::Bool(false) => Ok(None),
            Value::Bool(true) => Ok(Some(Self::usual())),
            form => TwinForm::deserialize(form)
                .map(|form| Some(form.into()))
                .map_err(|error| Invalid::new(format!("twin: {error}"))),
        }
    }
}

impl From<TwinForm> for Twin {
    fn from(form: TwinForm) -> Self {
        let mut fields = form.fields;
        fields.entry("status").or_insert_with(|| json!("DELETED"));
        Self {
            place: form.place,
            fields,
        }
    }
}

impl Placing {
    fn check(&self) -> Result<(), Invalid> {
        if let Some(account) = &self.account {
            invalid::account(account)?;
        }
        let is_later = self.when != When::Now;
        if is_later && (self.standing.is_some() || self.shared) {
            return Err(Invalid::new("when: standing and shared apply now"));
        }
        if self.shared
            && self
                .standing
                .is_some_and(|standing| standing != Stand::Connected)
        {
            return Err(Invalid::new(
                "shared: only a connected number is in two accounts",
            ));
        }
        if Twin::read(&self.twin)?.is_some() && is_later && self.when != When::OnceAdded {
            return Err(Invalid::new("twin: when must be now or once_added"));
        }
        let has_id = |fields: &Map<String, Value>| fields.contains_key("id");
        if self.fields.as_ref().is_some_and(has_id) {
            return Err(Invalid::new("fields: an id cannot be changed"));
        }
        Ok(())
    }
}

impl World {
    /// Places a number and sets its shape, atomically.
    pub(crate) fn put(&mut self, digits: &str, placing: Placing) -> Result<(), Invalid> {
        placing.check()?;
        self.has_room()?;
        let digits = self.line(digits).to_owned();
        let forms = self.new_forms(&digits, &placing)?;
        let home = self.home(&digits).map(|node| node.waba.clone());
        let waba = placing
            .account
            .clone()
            .or(home)
            .unwrap_or_else(|| SOURCE.to_owned());
        for form in forms {
            self.lines.insert(form, digits.clone());
        }
        let number = self.number(&digits);
        if let Some(display) = placing.display {
            number.display = Some(display);
        }
        if placing.when == When::Now {
            self.stand(&digits, &waba, placing.standing, placing.shared);
        }
        let account = match placing.when {
            When::Now => Some(waba.clone()),
            _ => placing.account,
        };
        let given = placing.fields.iter().flat_map(Map::keys);
        self.more_fields.extend(given.cloned());
        let number = self.number(&digits);
        if placing.fields.is_some() || placing.absent.is_some() {
            number.shape(Shape {
                account,
                when: placing.when,
                until: placing.until,
                fields: placing.fields.unwrap_or_default(),
                absent: placing.absent.unwrap_or_default(),
            });
        }
        match Twin::read(&placing.twin)? {
            Some(twin) if placing.when == When::Now => self.add_twin(&digits, &waba, &twin),
            Some(twin) => number.twin_once_added = Some(twin),
            None => {}
        }
        Ok(())
    }

    /// Other digits of the same line.
    fn new_forms(&self, digits: &str, placing: &Placing) -> Result<Vec<String>, Invalid> {
        let mut forms = Vec::new();
        let given = placing.forms.iter().map(|form| ("forms", form));
        for (key, form) in given.chain(placing.display.iter().map(|form| ("display", form))) {
            let form = invalid::digits(key, form)?;
            if form == digits {
                continue;
            }
            if self.numbers.contains_key(&form)
                || self.line(&form) != form && self.line(&form) != digits
            {
                return Err(Invalid::new(format!(
                    "{key}: {form} is another number already"
                )));
            }
            forms.push(form);
        }
        Ok(forms)
    }

    /// Sets the status of a number in an account. By default it is connected there, unless it
    /// exists there or is registered elsewhere.
    fn stand(&mut self, digits: &str, waba: &str, standing: Option<Stand>, shared: bool) {
        let Some(standing) = standing.or(shared.then_some(Stand::Connected)) else {
            return self.place(digits, waba);
        };
        let now = (self.options.clock)();
        let id = match self.number(digits).node_in(waba) {
            Some(id) => id,
            None => self.add_node(digits, waba).id,
        };
        if let Some(node) = self.nodes.get_mut(&id) {
            standing.take(node, now);
        }
        let home = self.number(digits).home;
        if standing == Stand::Connected {
            let left = home.filter(|old| *old != id);
            if left.is_none() || !shared {
                self.number(digits).home = Some(id);
            }
            if let Some(left) = left.filter(|_| !shared) {
                self.leave(left);
            }
        } else if home == Some(id) {
            self.number(digits).home = None;
        }
    }

    /// Adds a dead node of a number to an account, beside the live one if any.
    pub(crate) fn add_twin(&mut self, digits: &str, waba: &str, twin: &Twin) {
        let live = self.number(digits).node_in(waba);
        let mut id = self.next_id();
        if let (Some(live), Place::Before) = (live, twin.place) {
            // Lists are ordered by id, and the id just before may be taken.
            id = live.saturating_sub(1);
            while self.nodes.contains_key(&id) {
                id = id.saturating_sub(1);
            }
        }
        let mut node = Node::new(id, waba, digits, super::node::Profile::usual(digits));
        node.cc = live
            .and_then(|live| self.nodes.get(&live))
            .and_then(|live| live.cc.clone())
            .or(node.cc);
        node.standing = Standing::Disconnected;
        node.is_dead = true;
        node.own.clone_from(&twin.fields);
        self.more_fields.extend(twin.fields.keys().cloned());
        self.nodes.insert(id, node);
        self.account(waba).numbers.insert(id);
    }
}

impl Stand {
    fn take(self, node: &mut Node, now: Timestamp) {
        node.verified_at = match self {
            Self::Pending => None,
            Self::Expired => now.checked_sub(LONG_AGO).ok(),
            Self::Connected | Self::Verified | Self::Disconnected => Some(now),
        };
        node.registered_at = matches!(self, Self::Connected | Self::Disconnected).then_some(now);
        node.standing = match self {
            Self::Connected => Standing::Connected,
            Self::Disconnected => Standing::Disconnected,
            Self::Pending | Self::Verified | Self::Expired => Standing::Pending,
        };
    }
}
