//! Findings: the results of rules.

use crate::{Fault, GraphError, Remedy, Verdict};

/// The result of a rule.
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) text: String,
    pub(super) remedies: Vec<Remedy>,
    /// Meta's error, if the finding is due to one.
    pub(super) graph_error: Option<Box<GraphError>>,
}

impl Finding {
    /// Adds Meta's error of the fault that kept the facts from being read.
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

/// The rule holds.
pub(super) fn pass(text: impl Into<String>) -> Finding {
    finding(Verdict::Pass, text, &[])
}

/// It may cause a problem.
pub(super) fn warn(text: impl Into<String>, remedies: &[Remedy]) -> Finding {
    finding(Verdict::Warn, text, remedies)
}

/// The rule does not hold.
pub(super) fn fail(text: impl Into<String>, remedies: &[Remedy]) -> Finding {
    finding(Verdict::Fail, text, remedies)
}

/// It could not be read: `question` is what to ask, and the remedies' actors are whom to ask.
pub(super) fn unknown(question: impl Into<String>, remedies: &[Remedy]) -> Finding {
    finding(Verdict::Unknown, question, remedies)
}

/// Whether a value of one of Meta's open enums is `wanted`, in upper or lower case.
pub(super) fn is(value: &str, wanted: &str) -> bool {
    value.eq_ignore_ascii_case(wanted)
}
