//! The metric label for the outcome of a call, from a bounded set of values.

use std::borrow::Cow;

use super::catalogue;
use domain::{Fault, Reason};

/// `ok`, Meta's error code if it is in the catalogue, or why there is none.
pub(super) fn code(fault: Option<&Fault>) -> Cow<'static, str> {
    let Some(fault) = fault else {
        return "ok".into();
    };
    let Some(error) = fault.graph_error.as_deref() else {
        return "transport".into();
    };
    match (error.code, error.http_status) {
        (0, _) if fault.reason == Reason::GraphTimeout => "timeout".into(),
        (0, 0) => "transport".into(),
        (0, status) if status >= 500 => "http_5xx".into(),
        (0, _) => "unreadable".into(),
        (code, _) if catalogue::is_known(code) => code.to_string().into(),
        // The number of unknown codes is unbounded.
        _ => "other".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::GraphError;

    #[test]
    fn the_labels_are_a_bounded_set() {
        let label = |reason, code, http_status| {
            let error = GraphError {
                http_status,
                code,
                ..GraphError::default()
            };
            code_of(&Fault::of(reason).with_graph_error(error))
        };
        for (reason, code, status, expected) in [
            (Reason::GraphTimeout, 0, 0, "timeout"),
            (Reason::GraphUnreachable, 0, 0, "transport"),
            (Reason::GraphUnavailable, 0, 502, "http_5xx"),
            (Reason::GraphUnreadable, 0, 200, "unreadable"),
            (Reason::TwoStepEnabled, 100, 400, "100"),
            (Reason::NotVerified, 133_006, 400, "133006"),
            (Reason::UnknownGraphError, 987_654_321, 400, "other"),
        ] {
            assert_eq!(label(reason, code, status), expected);
        }
        assert_eq!(code(None), "ok");
    }

    fn code_of(fault: &Fault) -> String {
        code(Some(fault)).into_owned()
    }
}
