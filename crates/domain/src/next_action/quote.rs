//! Meta's own text for a person, quoted unchanged, because only it is complete.

use super::moment;
use crate::Fault;

/// Maximum length of a quotation, characters. The whole text is in the fault.
const LONGEST: usize = 300;

/// What went wrong, since when it has failed for all migrations if it does, and Meta's own text.
pub(super) fn explained(fault: &Fault) -> String {
    let since = fault.failing_since.map(|since| {
        format!(
            " This has been failing for all since {}.",
            moment::until(since)
        )
    });
    format!(
        "{}{}{}",
        fault.message(),
        since.unwrap_or_default(),
        quoted(fault)
    )
}

/// ` Meta says: "…" (code 100, subcode 2388103, trace id A…).`; empty if there is no text of
/// Meta's.
pub(super) fn quoted(fault: &Fault) -> String {
    let Some(error) = fault.graph_error.as_deref().filter(|it| it.is_of_meta()) else {
        return String::new();
    };
    let mut texts: Vec<&str> = Vec::new();
    // The explanation first: the title is a headline over many of them.
    for text in [&error.details, &error.user_message, &error.user_title]
        .into_iter()
        .flatten()
    {
        let text = text.trim();
        if !text.is_empty() && !texts.iter().any(|kept| kept.contains(text)) {
            texts.push(text);
        }
    }
    // Beside those, the message only repeats the code.
    if texts.is_empty() {
        texts.push(error.message.trim());
    }
    let mut words = texts.join(" / ");
    if let Some((end, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(end);
        words.push('…');
    }
    let mut names = vec![format!("code {}", error.code)];
    names.extend(error.subcode.map(|subcode| format!("subcode {subcode}")));
    names.extend(
        error
            .fbtrace_id
            .as_ref()
            .map(|trace| format!("trace id {trace}")),
    );
    format!(" Meta says: \"{words}\" ({}).", names.join(", "))
}
