//! The sandbox's state: accounts, numbers and their nodes.
//!
//! Owns the maps between them and keeps them consistent. `calls` changes them, `reads` shows them,
//! `perform` applies obstacles. No call may iterate over all numbers: load tests have many.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::Account;
use super::account_shape::AccountShape;
use super::app::App;
use super::dice::Dice;
use super::fault::Fault;
use super::invalid::Invalid;
use super::ledger::Ledger;
use super::node::{Node, Profile, Standing};
use super::number::Number;
use super::options::Options;
use super::scenario::account::{self as table, Oddity};
use super::scenario::{self, Quirk};
use super::tally::Tally;
use super::template::Template;

/// Maximum numbers in an account.
const ROOM: u64 = 20;

/// The whole state.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) options: Arc<Options>,
    pub(crate) dice: Dice,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Vec<Fault>,
    pub(crate) accounts: HashMap<String, Account>,
    pub(crate) numbers: HashMap<String, Number>,
    pub(crate) nodes: HashMap<u64, Node>,
    pub(crate) app: App,
    pub(crate) tally: Tally,
    pub(crate) tallies: HashMap<String, Tally>,
    /// Additional field names that a shape introduced. Then every number has them.
    pub(crate) more_fields: HashSet<String>,
    /// Other digits of a line, by its main digits.
    pub(crate) lines: HashMap<String, String>,
    last_id: u64,
}

impl World {
    /// The initial state: the source account with its hundred numbers, and the full account.
    pub(crate) fn new(options: Arc<Options>) -> Self {
        let mut world = Self {
            dice: Dice::new(options.seed),
            options,
            ledger: Ledger::default(),
            faults: Vec::new(),
            accounts: HashMap::new(),
            numbers: HashMap::new(),
            nodes: HashMap::new(),
            app: App::default(),
            tally: Tally::default(),
            tallies: HashMap::new(),
            more_fields: HashSet::new(),
            lines: HashMap::new(),
            last_id: 506_540_352_000_000,
        };
        for digits in scenario::source_digits() {
            world.place(&digits, table::SOURCE);
        }
        let templates = Template::seeds(|| world.next_id());
        let source = world.account(table::SOURCE);
        source.app = Some(String::new());
        source.templates = templates;
        for full in table::ALL.iter().filter(|row| row.oddity == Oddity::Full) {
            for n in 0..ROOM {
                world.place(&format!("141555501{n:02}"), full.id);
            }
        }
        world
    }

    /// A new id. Ids grow, so that lists keep the order in which numbers were added.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1 + self.dice.roll() % 997;
        self.last_id
    }

    /// Whether one more number, node or account may be kept.
    pub(crate) fn has_room(&self) -> Result<(), Invalid> {
        let kept = self.numbers.len() + self.nodes.len() + self.accounts.len();
        let most = self.options.most_objects;
        if kept < most {
            return Ok(());
        }
        Err(Invalid::new(format!(
            "the sandbox keeps at most {most} numbers, phone number ids and accounts: POST /sandbox/reset clears them"
        )))
    }

    /// Whether this account may be kept, or is kept already.
    pub(crate) fn has_room_for(&self, waba: &str) -> Result<(), Invalid> {
        if self.accounts.contains_key(waba) {
            Ok(())
        } else {
            self.has_room()
        }
    }

    /// The account of this id; created if needed.
    pub(crate) fn account(&mut self, id: &str) -> &mut Account {
        self.accounts
            .entry(id.to_owned())
            .or_insert_with(|| Account::new(id))
    }

    /// The number of these digits; created if needed.
    pub(crate) fn number(&mut self, digits: &str) -> &mut Number {
        self.numbers
            .entry(digits.to_owned())
            .or_insert_with(|| Number::new(digits))
    }

    /// The main digits of the line of these digits.
    pub(crate) fn line<'a>(&'a self, digits: &'a str) -> &'a str {
        // Empty in a load test.
        if self.lines.is_empty() {
            return digits;
        }
        self.lines.get(digits).map_or(digits, String::as_str)
    }

    /// Whether a number still has this quirk.
    pub(crate) fn has(&self, digits: &str, quirk: Quirk) -> bool {
        self.numbers
            .get(digits)
            .is_some_and(|number| number.has(quirk))
    }

    /// The node at which a number is registered now.
    pub(crate) fn home(&self, digits: &str) -> Option<&Node> {
        self.nodes.get(&self.numbers.get(digits)?.home?)
    }

    /// Adds a number to an account, as pending.
    pub(crate) fn add_node(&mut self, digits: &str, waba: &str) -> &mut Node {
        let id = self.next_id();
        let profile = self
            .home(digits)
            .map_or_else(|| Profile::usual(digits), |home| home.profile.clone());
        self.account(waba).numbers.insert(id);
        self.number(digits).nodes.push((waba.to_owned(), id));
        self.nodes
            .entry(id)
            .or_insert_with(|| Node::new(id, waba, digits, profile))
    }

    /// Registers a number in an account, unless it is registered somewhere.
    pub(crate) fn place(&mut self, digits: &str, waba: &str) {
        if self.number(digits).home.is_some() || self.number(digits).node_in(waba).is_some() {
            return;
        }
        let now = (self.options.clock)();
        let node = self.add_node(digits, waba);
        node.standing = Standing::Connected;
        node.verified_at = Some(now);
        node.registered_at = Some(now);
        let id = node.id;
        self.number(digits).home = Some(id);
    }

    /// Fixes a number; false if it is unknown.
    pub(crate) fn fix_number(&mut self, digits: &str) -> bool {
        let Some(number) = self.numbers.get_mut(digits) else {
            return false;
        };
        number.fix();
        for (_, id) in &number.nodes {
            if let Some(node) = self.nodes.get_mut(id) {
                node.fix();
            }
        }
        true
    }

    /// Fixes an account. A full one loses a number.
    pub(crate) fn fix_account(&mut self, id: &str) {
        let account = self.account(id);
        let full = account.is(Oddity::Full);
        account.fixed = true;
        account.shape = AccountShape::default();
        if full && let Some(gone) = account.numbers.pop_last() {
            self.nodes.remove(&gone);
        }
    }

    /// Adds the source's numbers that an account which shares them lacks.
    pub(crate) fn share(&mut self, waba: &str) {
        let account = self.account(waba);
        let on_app = account.is(Oddity::HasAllNumbersOnApp);
        if !on_app && !account.is(Oddity::HasAllNumbers) {
            return;
        }
        let now = (self.options.clock)();
        let ids: Vec<u64> = self
            .account(table::SOURCE)
            .numbers
            .iter()
            .copied()
            .collect();
        for id in ids {
            let digits = match self.nodes.get(&id) {
                Some(node) if !node.is_dead => node.digits.clone(),
                _ => continue,
            };
            if self.number(&digits).node_in(waba).is_none() {
                let node = self.add_node(&digits, waba);
                node.standing = Standing::Connected;
                node.verified_at = Some(now);
                node.registered_at = Some(now);
                if on_app {
                    node.own.insert("is_on_biz_app".to_owned(), json!(true));
                }
            }
        }
    }

    /// The state of an account, for the control API.
    pub(crate) fn account_state(&mut self, id: &str) -> Value {
        let account = self.account(id);
        json!({
            "id": account.id,
            "scenario": table::find(id).map(|row| row.name),
            "subscribed": account.app.is_some(),
            "override_callback_uri": account.app.as_ref().filter(|uri| !uri.is_empty()),
            "numbers": account.numbers.len(),
            "calls_this_hour": account.calls(),
            "shape": account.shape,
        })
    }

    /// The state of a number, for the control API.
    pub(crate) fn number_state(&self, digits: &str, now: Timestamp) -> Option<Value> {
        let digits = self.line(digits);
        let number = self.numbers.get(digits)?;
        let nodes: Vec<Value> = number
            .nodes
            .iter()
            .filter_map(|(_, id)| self.nodes.get(id))
            .map(|node| node.summary(now))
            .collect();
        Some(json!({
            "number": number.digits,
            "scenario": number.scenario.map(|row| row.name),
            "fixed": number.fixed,
            "lives_in": self.home(digits).map(|node| node.waba.clone()),
            "register_attempts": number.register_attempts(),
            "messages": number.inbox.len(),
            "accounts": nodes,
            "display": number.display,
            "forms": self.lines.iter().filter(|(_, own)| *own == digits).map(|(form, _)| form).collect::<BTreeSet<_>>(),
            "shapes": number.shapes(),
        }))
    }
}
