//! The shape of a number's nodes: fields that reads and lists show otherwise than they follow from what was done.
//!
//! A shape changes what is shown and never what a call does. Field values are taken as they are: Meta adds words to its fields
//! without notice, and a caller has to live with words that it does not know.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::node::Node;

/// What a read shows in place of a field.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// This value, also null.
    As(Value),
    /// Nothing: the field is left out.
    Absent,
}

/// Graph leaves out what is null, unless it was said to be shown so.
impl From<Value> for Shown {
    fn from(value: Value) -> Self {
        if value.is_null() {
            Self::Absent
        } else {
            Self::As(value)
        }
    }
}

/// Fields of the nodes of one number.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shape {
    /// The account whose node it is; `None` for any.
    pub(crate) account: Option<String>,
    pub(crate) when: When,
    pub(crate) until: Until,
    pub(crate) fields: Map<String, Value>,
    pub(crate) absent: Vec<String>,
}

/// From when on a shape is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    #[default]
    Now,
    /// Once `add_number` made the node.
    OnceAdded,
    /// Once the node's ownership is proven.
    OnceVerified,
    /// Once `request_code` or `register` of the node was refused.
    OnceRefused,
    /// Once `register` of the node took effect.
    OnceRegistered,
}

/// Up to when a shape is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Until {
    /// The number is put right.
    #[default]
    PutRight,
    /// The node's ownership is proven.
    Verified,
    /// `register` of the node took effect.
    Registered,
}

/// What a scenario shows of the nodes of its number, whose account is not known beforehand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FixedShape {
    /// `Now` is where the number is registered; any other, where it was added.
    pub(crate) when: When,
    pub(crate) fields: &'static [(&'static str, Fixed)],
}

/// A value of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fixed {
    Text(&'static str),
    Yes,
}

impl Shape {
    /// What it shows in place of a field of this node, if anything.
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
    /// The same of a scenario's shape. `is_home` says whether the number is registered at this node.
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
            Self::PutRight => false,
            Self::Verified => node.verified_at.is_some(),
            Self::Registered => node.past.registered,
        }
    }
}
