//! Shapes: overrides of fields in reads and lists of a number's nodes.
//!
//! A shape changes what is shown, never what a call does. Values are not validated: Meta adds enum
//! values without notice, and a client must tolerate values that it does not know.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::node::Node;

/// The override of a field in a read.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// This value, even null.
    As(Value),
    /// The field is omitted.
    Absent,
}

/// Graph omits null fields, unless an override shows them.
impl From<Value> for Shown {
    fn from(value: Value) -> Self {
        if value.is_null() {
            Self::Absent
        } else {
            Self::As(value)
        }
    }
}

/// Overrides of the nodes of one number.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shape {
    /// The account whose node it is; `None` for any.
    pub(crate) account: Option<String>,
    pub(crate) when: When,
    pub(crate) until: Until,
    pub(crate) fields: Map<String, Value>,
    pub(crate) absent: Vec<String>,
}

/// When a shape begins to apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    #[default]
    Now,
    /// Once `add_number` made the node.
    OnceAdded,
    /// Once the node's ownership is verified.
    OnceVerified,
    /// Once `request_code` or `register` of the node was refused.
    OnceRefused,
    /// Once `register` of the node took effect.
    OnceRegistered,
}

/// When a shape ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Until {
    /// The number is fixed.
    #[default]
    Fixed,
    /// The node's ownership is verified.
    Verified,
    /// `register` of the node took effect.
    Registered,
}

/// Overrides of a scenario's number, in any account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FixedShape {
    /// `Now` applies to the registered node; any other to the node that was added.
    pub(crate) when: When,
    pub(crate) fields: &'static [(&'static str, Fixed)],
}

/// A constant value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fixed {
    Text(&'static str),
    Yes,
}

impl Shape {
    /// The override of a field of this node, if any.
    pub(crate) fn shows(&self, node: &Node, field: &str) -> Option<Shown> {
        let is_of_node = self
            .account
            .as_ref()
            .is_none_or(|account| *account == node.waba);
        if !is_of_node || !self.when.has_come(node) || self.until.has_come(node) {
            return None;
        }
        if self.absent.iter().any(|own| own == field) {
            return Some(Shown::Absent);
        }
        self.fields.get(field).cloned().map(Shown::As)
    }
}

impl FixedShape {
    /// The override of a field of this node, if any. `is_home`: whether the number is registered at
    /// this node.
    pub(crate) fn shows(&self, node: &Node, is_home: bool, field: &str) -> Option<Shown> {
        let applies = match self.when {
            When::Now => is_home && !node.past.registered,
            when => when.has_come(node),
        };
        let (_, value) = self.fields.iter().find(|(name, _)| *name == field)?;
        applies.then(|| {
            Shown::As(match value {
                Fixed::Text(text) => Value::from(*text),
                Fixed::Yes => Value::from(true),
            })
        })
    }
}

impl When {
    fn has_come(self, node: &Node) -> bool {
        match self {
            Self::Now => true,
            Self::OnceAdded => node.past.added,
            Self::OnceVerified => node.verified_at.is_some(),
            Self::OnceRefused => node.past.refused,
            Self::OnceRegistered => node.past.registered,
        }
    }
}

impl Until {
    fn has_come(self, node: &Node) -> bool {
        match self {
            Self::Fixed => false,
            Self::Verified => node.verified_at.is_some(),
            Self::Registered => node.past.registered,
        }
    }
}
