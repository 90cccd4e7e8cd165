//! Reads the fields of a node, although some may be forbidden to the token.
//!
//! Meta refuses a whole read for one field that the token may not read or that the version does not
//! have. So all fields are requested at once, which costs one call if nothing is forbidden: a new
//! WABA has 200 an hour. If that is refused and Meta names the field, it is left out. If Meta names
//! none, the safe fields are read alone and, only if that works, each risky group by itself.
//! Refused groups are cached, and not requested again for a while.

use std::future::Future;

use futures_util::future::join_all;

use super::call::Call;
use super::client::Session;
use super::json::Object;
use super::token_cache::FieldReader;
use domain::{Disposition, Fault, GraphError, Reason, WabaId};

/// The fields of a kind of node.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldGroups {
    /// The kind of node.
    pub(super) kind: &'static str,
    /// Fields that every token with access to the node may read.
    pub(super) safe: &'static str,
    /// Groups of fields that may be forbidden or unknown.
    pub(super) risky: &'static [&'static str],
}

/// The result of reading as many fields as possible at once.
#[derive(Debug)]
pub(super) struct CombinedRead<T> {
    /// What was read; `None` if Meta refused without naming a field: then the groups must be read
    /// one by one.
    pub(super) read: Option<T>,
    /// The groups that the token is known not to be allowed to read.
    pub(super) refused: Vec<&'static str>,
}

/// The fields of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NodeFields {
    /// The fields that were read. Meta leaves out empty ones.
    pub(super) fields: Object,
    /// The groups that could not be read.
    unread: Vec<&'static str>,
}

/// A request for a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeRequest<'a> {
    /// The call's name in traces.
    pub(super) name: &'static str,
    /// The path, with a name in braces instead of the id.
    pub(super) template: &'static str,
    /// The node's id.
    pub(super) id: &'a str,
    /// The WABA against whose limits it counts, if known.
    pub(super) waba: Option<&'a WabaId>,
}

impl FieldGroups {
    /// All fields but those of the groups `refused`, as a query parameter.
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
    /// A node whose fields could all be read.
    pub(super) const fn whole(fields: Object) -> Self {
        Self {
            fields,
            unread: Vec::new(),
        }
    }

    /// Whether `group` was read: then an absent field is empty.
    pub(super) fn has_read(&self, group: &str) -> bool {
        !self.unread.contains(&group)
    }

    /// Marks these groups as not read.
    pub(super) fn without(self, unread: Vec<&'static str>) -> Self {
        Self { unread, ..self }
    }

    /// Adds the fields of `group`, or marks it as not read.
    pub(super) fn add(&mut self, group: &'static str, fields: Option<Object>) {
        match fields {
            Some(fields) => self.fields.extend(fields),
            None => self.unread.push(group),
        }
    }
}

/// Whether a read may succeed with fewer fields. A fault of the app, the token or a limit applies
/// to every read, and another one would only waste a call.
pub(super) fn may_be_a_field(fault: &Fault) -> bool {
    let may_be = matches!(
        fault.reason,
        Reason::InvalidRequest
            | Reason::PermissionMissing
            | Reason::AppMisconfigured
            | Reason::UnknownGraphError
    );
    // A signature with the wrong secret is refused whatever is read, and transient faults are
    // retried.
    let is_for_all = words(fault).any(|word| word == "appsecret_proof");
    may_be && fault.disposition == Disposition::Ask && !is_for_all
}

/// The words of Meta's texts; a field's name is one word.
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
    /// Reads `fields` of a node, as many as the token may read.
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

    /// Calls `read` with as many of `fields` at once as the token may read of nodes of `waba`.
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

    /// Adds to `node` the risky groups of `fields` that are not known to be refused, each with a
    /// call of its own.
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

    /// Calls `read` with each risky group of `fields` but those `refused`; `None` if the token may
    /// not read it. A fault if one could not be read for another reason: then it is unread, not
    /// unknown.
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
            .tokens()
            .refused(&self.reader(fields, waba), client.now())
    }

    fn remember(&self, fields: FieldGroups, waba: Option<&WabaId>, refused: &[&'static str]) {
        let client = self.client();
        let reader = self.reader(fields, waba);
        client
            .tokens()
            .refuses(reader, refused.to_vec(), client.now());
    }

    fn reader(&self, fields: FieldGroups, waba: Option<&WabaId>) -> FieldReader {
        FieldReader::new(&self.access().token, fields.kind, waba.or(self.waba()))
    }

    /// Reads exactly these fields.
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
    fn a_fault_of_the_app_the_token_or_a_limit_is_not_due_to_a_field() {
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
