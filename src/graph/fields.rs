//! Reads the fields of a node, though the token may not be allowed some of them.
//!
//! Meta refuses a whole read for one field that the token may not see or that the version does not know. So all fields
//! are asked for at once, which costs one call where nothing is forbidden: a new WABA has 200 an hour. Only where that
//! is refused are the safe fields read alone, and then each risky group by itself.

use futures_util::future::join_all;

use super::client::Session;
use super::json::Object;
use super::send::Call;
use crate::migration::{Fault, Reason, WabaId};

/// The fields of a kind of node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// Those that every token may read which may read the node at all.
    pub(super) safe: &'static str,
    /// Groups of those that may be forbidden or unknown.
    pub(super) risky: &'static [&'static str],
}

/// What was read of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Its fields. Meta leaves out those that hold nothing.
    pub(super) fields: Object,
    /// The groups that could not be read.
    unread: Vec<&'static str>,
}

/// A node to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The call's name in traces.
    pub(super) name: &'static str,
    /// The path, with a name in braces where the id stands.
    pub(super) template: &'static str,
    /// The node's id.
    pub(super) id: &'a str,
    /// The WABA whose limits it counts against, where that is known.
    pub(super) waba: Option<&'a WabaId>,
}

impl Fields {
    /// All of them, as Meta wants them.
    pub(super) fn all(&self) -> String {
        let mut all = self.safe.to_owned();
        for group in self.risky {
            all.push(',');
            all.push_str(group);
        }
        all
    }
}

impl Node {
    /// A node of which all that was asked for was read.
    pub(super) const fn whole(fields: Object) -> Self {
        Self {
            fields,
            unread: Vec::new(),
        }
    }

    /// Whether `group` was read: then a field that is absent holds nothing.
    pub(super) fn has_read(&self, group: &str) -> bool {
        !self.unread.contains(&group)
    }

    /// Adds what was read of `group`.
    pub(super) fn add(&mut self, group: &'static str, fields: Option<Object>) {
        match fields {
            Some(fields) => self.fields.extend(fields),
            None => self.unread.push(group),
        }
    }
}

/// Whether a read was refused in a way that fewer fields may mend.
pub(super) fn may_be_a_field(fault: &Fault) -> bool {
    matches!(
        fault.reason,
        Reason::InvalidRequest
            | Reason::PermissionMissing
            | Reason::AppMisconfigured
            | Reason::UnknownGraphError
    )
}

impl Session<'_> {
    /// Reads `fields` of the node at `place`, as many as the token may.
    pub(super) async fn node(&self, place: Place<'_>, fields: Fields) -> Result<Node, Fault> {
        match self.some(place, &fields.all()).await {
            Ok(object) => return Ok(Node::whole(object)),
            Err(fault) if !may_be_a_field(&fault) => return Err(fault),
            Err(_) => {}
        }
        let mut node = Node::whole(self.some(place, fields.safe).await?);
        self.supplement(&mut node, place, fields.risky).await;
        Ok(node)
    }

    /// Adds the risky `groups` to `node`, each by a call of its own.
    pub(super) async fn supplement(
        &self,
        node: &mut Node,
        place: Place<'_>,
        groups: &[&'static str],
    ) {
        let reads = groups
            .iter()
            .map(|group| async move { (*group, self.some(place, group).await.ok()) });
        for (group, fields) in join_all(reads).await {
            node.add(group, fields);
        }
    }

    /// Reads exactly `fields`.
    pub(super) async fn some(&self, place: Place<'_>, fields: &str) -> Result<Object, Fault> {
        let call = Call::read(place.name, place.template, place.id).with("fields", fields);
        self.call(match place.waba {
            Some(waba) => call.of(waba),
            None => call,
        })
        .await
    }
}
