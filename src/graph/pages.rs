//! Reads Meta's lists to the end, page by page.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Url;
use serde_json::Value;

use super::call::Call;
use super::client::Session;
use super::json::{Object, text_of};
use super::response::unreadable;
use domain::{Fault, WabaId};

/// Maximum number of pages. No list is longer (6000 templates, a few dozen numbers), so beyond this
/// the paging loops.
const MAX_PAGES: usize = 100;
/// Maximum size of all pages of a list, bytes. 6000 templates have less than 2 MiB.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The total size that the pages of a list may have.
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

    /// The whole budget.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes some of it, or returns `false` if less is left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let less = |left: usize| left.checked_sub(bytes);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.left.fetch_update(set, fetch, less).is_ok()
    }
}

/// A request for a list of a WABA.
#[derive(Debug, Clone)]
pub(super) struct ListRequest<'a> {
    /// The call's name in traces.
    pub(super) name: &'static str,
    /// The path, with a name in braces instead of the id.
    pub(super) template: &'static str,
    /// The WABA.
    pub(super) waba: &'a WabaId,
    /// The fields of each item; `None`: Meta's default.
    pub(super) fields: Option<&'a str>,
    /// Items for each page; `None`: Meta's default.
    pub(super) limit: Option<u32>,
}

impl Session<'_> {
    /// Every item of `list`. A partial list is a fault: the unread items must not count as missing.
    pub(super) async fn items(&self, list: &ListRequest<'_>) -> Result<Vec<Object>, Fault> {
        let mut items = Vec::new();
        self.each(list, |item| {
            items.push(item);
            ControlFlow::Continue(())
        })
        .await?;
        Ok(items)
    }

    /// Passes the items of `list` to `visit` until it breaks. No page is read after that.
    pub(super) async fn each(
        &self,
        list: &ListRequest<'_>,
        mut visit: impl FnMut(Object) -> ControlFlow<()> + Send,
    ) -> Result<(), Fault> {
        // A list of one page may be as large as one response.
        let max = MAX_BYTES.max(self.client().settings().max_response_bytes);
        let budget = SizeBudget::of(max);
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

/// The position in the pages of a list. Pure.
#[derive(Debug, Default)]
pub(super) struct Pagination {
    /// The cursor of the current page; `None` for the first.
    after: Option<String>,
    /// The cursor of the next page.
    next: Option<String>,
    /// Number of pages so far.
    pages: usize,
}

impl Pagination {
    /// The cursor of the current page.
    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The items of the current page.
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

    /// Advances to the next page, or returns `false` if the current one is the last.
    pub(super) fn goes_on(&mut self) -> Result<bool, Fault> {
        let Some(next) = self.next.take() else {
            return Ok(false);
        };
        if self.after.as_ref() == Some(&next) {
            return Err(unreadable("the list's pages loop", false));
        }
        if self.pages == MAX_PAGES {
            return Err(unreadable("the list has too many pages", false));
        }
        self.after = Some(next);
        Ok(true)
    }
}

/// The cursor of the next page, if there is one.
///
/// Meta's `next` is a URL that contains the token and may lead anywhere. Only its cursor is used.
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
    fn a_page_without_next_is_the_last() {
        assert_eq!(cursor(&json!({"data": []})), Ok(None));
        assert_eq!(
            cursor(&json!({"paging": {"cursors": {"after": "QVFI"}}})),
            Ok(None)
        );
        assert_eq!(cursor(&json!({"paging": []})), Ok(None));
    }

    #[test]
    fn the_cursor_is_used_and_never_the_url() {
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
