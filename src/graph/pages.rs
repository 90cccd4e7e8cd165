//! Reads lists of Meta's to the end, page by page.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Url;
use serde_json::Value;

use super::client::Session;
use super::json::{Object, text_of};
use super::response::unreadable;
use super::send::Call;
use domain::{Fault, WabaId};

/// No list of Meta's is longer: 6000 templates, a few dozen numbers. Beyond this the pages run in a circle.
const MOST_PAGES: usize = 100;
/// Maximum size of all pages of a list, bytes. 6000 templates have less than 2 MiB.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The bytes that the pages of a list may have together.
#[derive(Debug)]
pub(super) struct SizeBudget {
    bytes: usize,
    left: AtomicUsize,
}

impl SizeBudget {
    fn of(bytes: usize) -> Self {
        let left = AtomicUsize::new(bytes);
        Self { bytes, left }
    }

    /// All of it.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Uses some of it; or returns `false` where less is left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let less = |left: usize| left.checked_sub(bytes);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.left.fetch_update(set, fetch, less).is_ok()
    }
}

/// A list of a WABA's.
#[derive(Debug, Clone)]
pub(super) struct ListRequest<'a> {
    /// The call's name in traces.
    pub(super) name: &'static str,
    /// The path, with a name in braces where the id stands.
    pub(super) template: &'static str,
    /// LimitScope list it is.
    pub(super) waba: &'a WabaId,
    /// The fields of each item; nothing: those that Meta chooses.
    pub(super) fields: Option<&'a str>,
    /// Items a page; nothing: as many as Meta chooses.
    pub(super) limit: Option<u32>,
}

impl Session<'_> {
    /// Every item of `list`. Half a list is a fault: what stands in the other half must not pass for missing.
    pub(super) async fn items(&self, list: &ListRequest<'_>) -> Result<Vec<Object>, Fault> {
        let mut items = Vec::new();
        self.each(list, |item| {
            items.push(item);
            ControlFlow::Continue(())
        })
        .await?;
        Ok(items)
    }

    /// Hands the items of `list` to `visit` until it breaks; no page is read after that.
    pub(super) async fn each(
        &self,
        list: &ListRequest<'_>,
        mut visit: impl FnMut(Object) -> ControlFlow<()> + Send,
    ) -> Result<(), Fault> {
        // Where one answer may be larger than that, a list of one page is no larger.
        let most = MOST_BYTES.max(self.client().settings().max_response_bytes);
        let budget = SizeBudget::of(most);
        let mut walk = Pagination::default();
        loop {
            let page = self.page(list, walk.after(), &budget).await?;
            for item in walk.items(page)? {
                if visit(item).is_break() {
                    return Ok(());
                }
            }
            if !walk.goes_on()? {
                return Ok(());
            }
        }
    }

    async fn page(
        &self,
        list: &ListRequest<'_>,
        after: Option<&str>,
        budget: &SizeBudget,
    ) -> Result<Object, Fault> {
        let mut call = Call::read(list.name, list.template, list.waba.as_str())
            .of(list.waba)
            .within(budget);
        if let Some(fields) = list.fields {
            call = call.with("fields", fields);
        }
        if let Some(limit) = list.limit {
            call = call.with("limit", limit.to_string());
        }
        if let Some(after) = after {
            call = call.with("after", after);
        }
        self.call(call).await
    }
}

/// A walk through the pages of a list. Pure.
#[derive(Debug, Default)]
pub(super) struct Pagination {
    /// The cursor that the present page was asked for with; nothing at the first.
    after: Option<String>,
    /// That of the page behind it.
    next: Option<String>,
    /// The pages so far.
    pages: usize,
}

impl Pagination {
    /// The cursor to ask for the present page with.
    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The items of the present page.
    pub(super) fn items(&mut self, page: Object) -> Result<impl Iterator<Item = Object>, Fault> {
        self.pages += 1;
        self.next = next(&page).map_err(|message| unreadable(message, false))?;
        let data = page.into_iter().find(|(name, _)| name == "data");
        let Some((_, Value::Array(items))) = data else {
            return Err(unreadable("the list has no data", false));
        };
        Ok(items.into_iter().filter_map(|item| match item {
            Value::Object(item) => Some(item),
            _ => None,
        }))
    }

    /// Goes on to the next page; `false` where the present one is the last.
    pub(super) fn goes_on(&mut self) -> Result<bool, Fault> {
        let Some(next) = self.next.take() else {
            return Ok(false);
        };
        if self.after.as_ref() == Some(&next) {
            return Err(unreadable("the list runs in a circle", false));
        }
        if self.pages == MOST_PAGES {
            return Err(unreadable("the list has too many pages", false));
        }
        self.after = Some(next);
        Ok(true)
    }
}

/// The cursor of the next page, if there is one.
///
/// Meta's `next` is an address that holds the token and may lead anywhere: it only tells that there is a page, and
/// which.
pub(super) fn next(page: &Object) -> Result<Option<String>, &'static str> {
    let Some(paging) = page.get("paging").and_then(Value::as_object) else {
        return Ok(None);
    };
    let Some(next) = text_of(paging, "next") else {
        return Ok(None);
    };
    let cursor = paging
        .get("cursors")
        .and_then(Value::as_object)
        .and_then(|cursors| text_of(cursors, "after"));
    let cursor = cursor.or_else(|| {
        let next = Url::parse(&next).ok()?;
        next.query_pairs()
            .find(|(name, _)| name == "after")
            .map(|(_, value)| value.into_owned())
    });
    cursor
        .map(Some)
        .ok_or("the list has a next page but no cursor")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cursor(page: &Value) -> Result<Option<String>, &'static str> {
        next(page.as_object().unwrap())
    }

    #[test]
    fn a_page_is_the_last_once_it_names_no_next() {
        assert_eq!(cursor(&json!({"data": []})), Ok(None));
        assert_eq!(
            cursor(&json!({"paging": {"cursors": {"after": "QVFI"}}})),
            Ok(None)
        );
        assert_eq!(cursor(&json!({"paging": []})), Ok(None));
    }

    #[test]
    fn the_cursor_is_taken_and_never_the_address() {
        let next = "https://elsewhere.example/v27.0/1/phone_numbers?access_token=x&after=QVFI%3D";
        let both = json!({"paging": {"next": next, "cursors": {"after": "abc"}}});
        assert_eq!(cursor(&both), Ok(Some("abc".to_owned())));
        assert_eq!(
            cursor(&json!({"paging": {"next": next}})),
            Ok(Some("QVFI=".to_owned()))
        );
        assert!(cursor(&json!({"paging": {"next": "nonsense"}})).is_err());
    }
}
