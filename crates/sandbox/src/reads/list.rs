//! Lists in pages, and `GET /{waba}/phone_numbers`.

use std::ops::Bound;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::error::GraphError;
use crate::reply::Outcome;
use crate::request::Request;
use crate::world::World;

const DEFAULT: [&str; 9] = [
    "id",
    "display_phone_number",
    "verified_name",
    "status",
    "quality_rating",
    "code_verification_status",
    "platform_type",
    "throughput",
    "last_onboarded_time",
];

/// The entry after which a page starts, if any.
pub(super) fn after(request: &Request) -> Result<Option<u64>, GraphError> {
    let Some(cursor) = request.params.text("after") else {
        return Ok(None);
    };
    let id = cursor
        .strip_prefix("QVFI")
        .and_then(|hex| u64::from_str_radix(hex, 16).ok());
    id.map(Some)
        .ok_or_else(|| GraphError::parameter("Invalid cursor in the parameter after."))
}

/// A page with its cursors, and a link to the next page if there is one.
pub(super) fn page(
    request: &Request,
    rows: Vec<Value>,
    ends: Option<(u64, u64)>,
    more: bool,
) -> Map<String, Value> {
    let cursor = |id: u64| format!("QVFI{id:x}");
    let mut page = Map::from_iter([("data".to_owned(), Value::from(rows))]);
    if let Some((first, last)) = ends {
        let mut paging = Map::new();
        paging.insert(
            "cursors".to_owned(),
            json!({"before": cursor(first), "after": cursor(last)}),
        );
        if more {
            paging.insert(
                "next".to_owned(),
                json!(format!("{}{}", request.next, cursor(last))),
            );
        }
        page.insert("paging".to_owned(), Value::from(paging));
    }
    page
}

impl World {
    pub(crate) fn list_numbers(
        &mut self,
        now: Timestamp,
        waba: &str,
        request: &Request,
    ) -> Outcome {
        let (limit, start) = (request.params.limit()?, after(request)?);
        let fields = request
            .params
            .fields()
            .unwrap_or_else(|| DEFAULT.map(str::to_owned).to_vec());
        let account = self.account(waba);
        let total = account.numbers.len();
        let range = (
            start.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        );
        let mut ids: Vec<u64> = account
            .numbers
            .range(range)
            .take(limit + 1)
            .copied()
            .collect();
        let more = ids.len() > limit;
        ids.truncate(limit);
        let ends = ids.first().copied().zip(ids.last().copied());
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            if self.is_listed(id) {
                rows.push(self.show(now, id, &fields)?);
                self.was_read(id);
            }
        }
        let mut page = page(request, rows, ends, more);
        if request
            .params
            .text("summary")
            .is_some_and(|names| names.contains("total_count"))
        {
            page.insert("summary".to_owned(), json!({ "total_count": total }));
        }
        Ok(Value::from(page))
    }

    /// Whether a list shows the number; counts down the lists that omit it.
    fn is_listed(&mut self, id: u64) -> bool {
        let Some(node) = self.nodes.get_mut(&id) else {
            return false;
        };
        if node.hidden_lists > 0 {
            node.hidden_lists -= 1;
            return false;
        }
        true
    }
}
