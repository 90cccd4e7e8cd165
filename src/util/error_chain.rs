//! Errors with their causes, as text.

use std::error::Error;
use std::iter::successors;

/// An error and its causes, separated by colons. A cause whose text is already there is left out:
/// many errors repeat the one below them.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    successors(Some(error), |error| (*error).source()).fold(String::new(), |chain, cause| {
        let cause = cause.to_string();
        match chain.as_str() {
            "" => cause,
            _ if chain.contains(&cause) => chain,
            _ => format!("{chain}: {cause}"),
        }
    })
}

/// The last cause of an error: of a broken connection, everything above it only reports that a
/// transport failed.
#[must_use]
pub fn root_cause(error: &dyn Error) -> String {
    let last = successors(Some(error), |error| (*error).source()).last();
    last.map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (text, below) = texts.split_first().unwrap();
        Layer {
            text,
            source: (!below.is_empty()).then(|| Box::new(layers(below))),
        }
    }

    #[test]
    fn each_cause_is_printed_once() {
        let error = layers(&["cannot open a: disk full", "disk full", "quota"]);
        assert_eq!(chain(&error), "cannot open a: disk full: quota");
        assert_eq!(root_cause(&error), "quota");
        assert_eq!(chain(&layers(&["alone"])), "alone");
    }
}
