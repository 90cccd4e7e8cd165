//! `GET /{waba}/message_templates`: an account's templates, in pages.

use super::list::{after, page};
use super::pick;
use crate::reply::Outcome;
use crate::request::Request;
use crate::shape::Shown;
use crate::template::Template;
use crate::world::World;

const DEFAULT: [&str; 7] = [
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "id",
];
const FILTERS: [&str; 4] = ["name", "language", "category", "status"];

impl World {
    pub(crate) fn list_templates(&mut self, waba: &str, request: &Request) -> Outcome {
        let (limit, start) = (request.params.limit()?, after(request)?.unwrap_or(0));
        let fields = request
            .params
            .fields()
            .unwrap_or_else(|| DEFAULT.map(str::to_owned).to_vec());
        let wanted: Vec<&Template> = self
            .account(waba)
            .templates
            .iter()
            .filter(|template| template.id > start && passes(template, request))
            .take(limit + 1)
            .collect();
        let shown = wanted.get(..limit.min(wanted.len())).unwrap_or_default();
        let ends = shown
            .first()
            .zip(shown.last())
            .map(|(first, last)| (first.id, last.id));
        let mut rows = Vec::with_capacity(shown.len());
        for template in shown {
            rows.push(pick("MessageTemplate", &fields, |name| {
                template.field(name).map(Shown::from)
            })?);
        }
        Ok(page(request, rows, ends, wanted.len() > limit).into())
    }
}

/// Whether a template matches the filters. A filter is one value or a JSON list of values.
fn passes(template: &Template, request: &Request) -> bool {
    FILTERS.iter().all(|filter| {
        let Some(wanted) = request.params.text(filter) else {
            return true;
        };
        let own = template.field(filter);
        let own = own.as_ref().and_then(|value| value.as_str()).unwrap_or("");
        serde_json::from_str::<Vec<String>>(&wanted).map_or_else(
            |_| wanted == own,
            |list| list.iter().any(|value| value == own),
        )
    })
}
