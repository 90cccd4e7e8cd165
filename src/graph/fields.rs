//! Reads the fields of a node, though the token may not be allowed some of them.
//!
//! Meta refuses a whole read for one field that the token may not see or that the version does not know. So all fields
//! are asked for at once, which costs one call where nothing is forbidden: a new WABA has 200 an hour. Where that is
//! refused and Meta names the field, the rest is asked for without it. Where it names none, the safe fields are read alone,
//! and only if that works each risky group by itself. What was refused is remembered, and not asked for again for a while.

use std::future::Future;

use futures_util::future::join_all;

use super::client::Session;
use super::json::Object;
use super::send::Call;
use super::token_cache::FieldReader;
use domain::{Disposition, Fault, GraphError, Reason, WabaId};

/// The fields of a kind of node.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldGroups {
    /// The kind of node.
    pub(super) kind: &'static str,
    /// Those that every token may read which may read the node at all.
    pub(super) safe: &'static str,
    /// Groups of those that may be forbidden or unknown.
    pub(super) risky: &'static [&'static str],
}

/// What reading as many fields as possible at once brought.
#[derive(Debug)]
pub(super) struct CombinedRead<T> {
    /// What was read; `None` where Meta refused without naming a field: the groups are to be read one by one.
    pub(super) read: Option<T>,
    /// The groups that the token may not read, as far as that is known.
    pub(super) refused: Vec<&'static str>,
}

/// What was read of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NodeFields {
    /// Its fields. Meta leaves out those that hold nothing.
    pub(super) fields: Object,
    /// The groups that could not be read.
    unread: Vec<&'static str>,
}

/// A node to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeRequest<'a> {
    /// The call's name in traces.
    pub(super) name: &'static str,
    /// The path, with a name in braces where the id stands.
    pub(super) template: &'static str,
    /// The node's id.
    pub(super) id: &'a str,
    /// The WABA whose limits it counts against, where that is known.
    pub(super) waba: Option<&'a WabaId>,
}

impl FieldGroups {
    /// All but those of the groups `refused`, as Meta wants them.
    fn without(&self, refused: &[&str]) -> String {
        let mut fields = self.safe.to_owned();
        for group in self.but(refused) {
            fields.push(',');
            fields.push_str(group);
        }
        fields
    }

    /// The risky groups but those `refused`.
    fn but<'a>(&self, refused: &'a [&str]) -> impl Iterator<Item = &'static str> + use<'a> {
        let groups = self.risky.iter().copied();
        groups.filter(move |group| !refused.contains(group))
    }
}

impl NodeFields {
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

    /// The same, where these groups were left out.
    pub(super) fn without(self, unread: Vec<&'static str>) -> Self {
        Self { unread, ..self }
    }

    /// Adds what was read of `group`.
    pub(super) fn add(&mut self, group: &'static str, fields: Option<Object>) {
        match fields {
            Some(fields) => self.fields.extend(fields),
            None => self.unread.push(group),
        }
    }
}

/// Whether a read was refused in a way that fewer fields may change. What concerns the app, the token or a limit refuses every
/// read, and asking again would only use up more calls.
pub(super) fn may_be_a_field(fault: &Fault) -> bool {
    let may_be = matches!(
        fault.reason,
        Reason::InvalidRequest
            | Reason::PermissionMissing
            | Reason::AppMisconfigured
            | Reason::UnknownGraphError
    );
    // A proof by the wrong secret is refused whatever is read, and what Meta calls transient is worth asking again.
    let is_for_all = words(fault).any(|word| word == "appsecret_proof");
    may_be && fault.disposition == Disposition::Ask && !is_for_all
}

/// The words of what Meta said; a field's name is one.
fn words(fault: &Fault) -> impl Iterator<Item = &str> {
    let error = fault.graph_error.as_deref();
    let texts = error.map(texts).into_iter().flatten().flatten();
    texts.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
}

fn texts(error: &GraphError) -> [Option<&str>; 4] {
    [
        Some(error.message.as_str()),
        error.user_title.as_deref(),
        error.user_message.as_deref(),
        error.details.as_deref(),
    ]
}

/// Whether Meta named a field of `group`.
fn names(fault: &Fault, group: &str) -> bool {
    group
        .split(',')
        .any(|field| words(fault).any(|word| word == field))
}

impl Session<'_> {
    /// Reads `fields` of the node at `place`, as many as the token may.
    pub(super) async fn node(
        &self,
        place: NodeRequest<'_>,
        fields: FieldGroups,
    ) -> Result<NodeFields, Fault> {
        let read = |fields: String| async move { self.some(place, &fields).await };
        let CombinedRead { read, refused } = self.at_once(fields, place.waba, read).await?;
        if let Some(object) = read {
            return Ok(NodeFields::whole(object).without(refused));
        }
        let mut node = NodeFields::whole(self.some(place, fields.safe).await?).without(refused);
        self.supplement(&mut node, place, fields).await?;
        Ok(node)
    }

    /// What `read` brings with as many of `fields` at once as the token may read of the nodes of `waba`.
    pub(super) async fn at_once<T, F: Future<Output = Result<T, Fault>>>(
        &self,
        fields: FieldGroups,
        waba: Option<&WabaId>,
        read: impl Fn(String) -> F,
    ) -> Result<CombinedRead<T>, Fault> {
        let mut refused = self.refused(fields, waba);
        let remembered = refused.len();
        loop {
            let fault = match read(fields.without(&refused)).await {
                Ok(read) => {
                    if refused.len() > remembered {
                        self.remember(fields, waba, &refused);
                    }
                    let read = Some(read);
                    return Ok(CombinedRead { read, refused });
                }
                Err(fault) => fault,
            };
            if !may_be_a_field(&fault) || fields.but(&refused).next().is_none() {
                return Err(fault);
            }
            let named: Vec<_> = fields
                .but(&refused)
                .filter(|group| names(&fault, group))
                .collect();
            if named.is_empty() {
                return Ok(CombinedRead {
                    read: None,
                    refused,
                });
            }
            refused.extend(named);
        }
    }

    /// Adds the risky groups of `fields` to `node` that are not known to be refused, each by a call of its own.
    pub(super) async fn supplement(
        &self,
        node: &mut NodeFields,
        place: NodeRequest<'_>,
        fields: FieldGroups,
    ) -> Result<(), Fault> {
        let read = |group| async move { self.some(place, group).await };
        for (group, fields) in self
            .by_group(fields, place.waba, &node.unread.clone(), read)
            .await?
        {
            node.add(group, fields);
        }
        Ok(())
    }

    /// What `read` brings of each risky group of `fields` but those `refused`; nothing where the token may not read it. A fault
    /// where one could not be read for another reason: what it holds is unread then, and not unknown.
    pub(super) async fn by_group<T, F: Future<Output = Result<T, Fault>>>(
        &self,
        fields: FieldGroups,
        waba: Option<&WabaId>,
        refused: &[&'static str],
        read: impl Fn(&'static str) -> F,
    ) -> Result<Vec<(&'static str, Option<T>)>, Fault> {
        let reads = fields.but(refused).map(|group| {
            let read = read(group);
            async move { (group, read.await) }
        });
        let mut refused = refused.to_vec();
        let mut groups = Vec::new();
        for (group, read) in join_all(reads).await {
            match read {
                Ok(read) => groups.push((group, Some(read))),
                Err(fault) if may_be_a_field(&fault) => {
                    refused.push(group);
                    groups.push((group, None));
                }
                Err(fault) => return Err(fault),
            }
        }
        self.remember(fields, waba, &refused);
        Ok(groups)
    }

    fn refused(&self, fields: FieldGroups, waba: Option<&WabaId>) -> Vec<&'static str> {
        let client = self.client();
        client
            .memory()
            .refused(&self.reader(fields, waba), client.now())
    }

    fn remember(&self, fields: FieldGroups, waba: Option<&WabaId>, refused: &[&'static str]) {
        let client = self.client();
        let reader = self.reader(fields, waba);
        client
            .memory()
            .refuses(reader, refused.to_vec(), client.now());
    }

    fn reader(&self, fields: FieldGroups, waba: Option<&WabaId>) -> FieldReader {
        FieldReader::new(&self.access().token, fields.kind, waba.or(self.waba()))
    }

    /// Reads exactly `fields`.
    pub(super) async fn some(&self, place: NodeRequest<'_>, fields: &str) -> Result<Object, Fault> {
        let call = Call::read(place.name, place.template, place.id).with("fields", fields);
        self.call(match place.waba {
            Some(waba) => call.of(waba),
            None => call,
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_trouble_of_the_app_the_token_or_a_limit_is_taken_for_a_field() {
        for reason in Reason::ALL {
            let expected = matches!(
                reason,
                Reason::InvalidRequest
                    | Reason::PermissionMissing
                    | Reason::AppMisconfigured
                    | Reason::UnknownGraphError
            );
            assert_eq!(may_be_a_field(&Fault::of(*reason)), expected, "{reason:?}");
        }
        let said = |message: &str| {
            let message = message.to_owned();
            let error = GraphError {
                message,
                ..GraphError::default()
            };
            Fault::of(Reason::AppMisconfigured).with_graph_error(error)
        };
        assert!(!may_be_a_field(&said(
            "Invalid appsecret_proof provided in the API argument"
        )));
        assert!(names(
            &said("(#100) Tried accessing nonexisting field (is_on_biz_app) on node type (X)"),
            "is_on_biz_app"
        ));
        assert!(names(
            &said("(#10) no access to 'ownership_type'"),
            "owner_business_info,ownership_type"
        ));
        assert!(!names(&said("(#200) Permissions error"), "health_status"));
    }
}
