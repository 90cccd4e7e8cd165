//! What a rule found, and how it says so.

use crate::{Fault, GraphError, Remedy, Verdict};

/// What a rule found.
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) text: String,
    pub(super) remedies: Vec<Remedy>,
    /// Meta's answer, where the finding rests on a refusal of Meta's.
    pub(super) graph_error: Option<Box<GraphError>>,
}

impl Finding {
    /// The same, resting on what Meta answered instead of what was asked for.
    pub(super) fn because(self, fault: Option<&Fault>) -> Self {
        let graph_error = fault.and_then(|fault| fault.graph_error.clone());
        Self {
            graph_error: graph_error.or(self.graph_error),
            ..self
        }
    }

    /// Whether it is worse than `other`.
    pub(super) fn outweighs(&self, other: &Self) -> bool {
        let weight = |finding: &Self| match finding.verdict {
            Verdict::Pass => 0,
            Verdict::Unknown => 1,
            Verdict::Warn => 2,
            Verdict::Fail => 3,
        };
        weight(self) > weight(other)
    }
}

fn finding(verdict: Verdict, text: impl Into<String>, remedies: &[Remedy]) -> Finding {
    Finding {
        verdict,
        text: text.into(),
        remedies: remedies.to_vec(),
        graph_error: None,
    }
}

/// As it must be.
pub(super) fn pass(text: impl Into<String>) -> Finding {
    finding(Verdict::Pass, text, &[])
}

/// It may cause trouble.
pub(super) fn warn(text: impl Into<String>, remedies: &[Remedy]) -> Finding {
    finding(Verdict::Warn, text, remedies)
}

/// Not as it must be.
pub(super) fn fail(text: impl Into<String>, remedies: &[Remedy]) -> Finding {
    finding(Verdict::Fail, text, remedies)
}

/// Could not be read: `question` is what to ask, and the remedy names who can tell.
pub(super) fn unknown(question: impl Into<String>, remedies: &[Remedy]) -> Finding {
    finding(Verdict::Unknown, question, remedies)
}

/// Whether an open value of Meta's is this one, in whatever case it came.
pub(super) fn is(value: &str, wanted: &str) -> bool {
    value.eq_ignore_ascii_case(wanted)
}
