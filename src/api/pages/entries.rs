//! The reasons of faults and of errors, each as a section with an anchor: its name.

use axum::http::StatusCode;

use super::html::{code, escaped, link, prose};
use super::layout::{Heading, Root};
use super::markdown::{self, Generated};
use super::site;
use crate::api::{Reason, status};
use domain::{Actor, Disposition, Reason as FaultReason, Remedy};

/// The reasons of faults: what each means, what the service does, and what people can do.
pub(super) fn faults(root: Root) -> Generated {
    let guide = markdown::render(site::GUIDE, root, None).headings;
    let sections = FaultReason::ALL.iter().map(|reason| {
        let remedies = reason.remedies().iter();
        let remedies: String = remedies.map(|it| remedy(*it, root, &guide)).collect();
        let remedies = match remedies.as_str() {
            "" => "<p>The failed checks name their remedies.</p>\n".to_owned(),
            items => format!("<ul>\n{items}</ul>\n"),
        };
        let text = format!(
            "<p>{}</p>\n<p class=\"meta\">{}: {}</p>\n{remedies}",
            escaped(reason.sentence()),
            code(disposition_name(reason.disposition())),
            disposition(reason.disposition()),
        );
        (reason.as_str(), text)
    });
    generated(sections)
}

/// The reasons of errors: what each means, and what the caller can do.
pub(super) fn errors(_: Root) -> Generated {
    let sections = Reason::ALL.iter().map(|reason| {
        let text = format!(
            "<p class=\"meta\">{} over gRPC, HTTP {} over REST</p>\n<p>{}</p>\n<p>{}</p>\n",
            code(status::code_name(reason.code())),
            http(reason.http()),
            prose(reason.meaning()),
            prose(reason.action()),
        );
        (reason.as_str(), text)
    });
    generated(sections)
}

/// The page that explains a reason or a remedy with this name. `None` for other names, and for a
/// name that is a fault and an error.
pub(super) fn target(name: &str, root: Root) -> Option<String> {
    let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let is_fault = FaultReason::ALL.iter().any(|it| it.as_str() == name);
    let is_error = Reason::ALL.iter().any(|it| it.as_str() == name);
    match (is_fault, is_error) {
        (true, false) => Some(format!("{}#{name}", root.page("faults"))),
        (false, true) => Some(error(name, root)),
        (true, true) => None,
        (false, false) => {
            let remedy = Remedy::ALL.iter().find(|it| it.as_str() == name)?;
            Some(guide(*remedy, root))
        }
    }
}

/// The link to the section of an error reason.
pub(super) fn error(name: &str, root: Root) -> String {
    format!("{}#{name}", root.page("errors"))
}

/// The link to the section of the guide about a remedy.
fn guide(remedy: Remedy, root: Root) -> String {
    format!("{}#{}", root.page("preparing-a-number"), remedy.anchor())
}

fn generated<'a>(sections: impl Iterator<Item = (&'a str, String)>) -> Generated {
    let (mut html, mut headings) = (String::new(), Vec::new());
    for (name, text) in sections {
        let heading = Heading {
            is_minor: true,
            id: name.to_owned(),
            html: code(name),
        };
        html.push_str(&heading.section());
        html.push_str(&text);
        headings.push(heading);
    }
    Generated { html, headings }
}

/// A remedy: who acts, what to do, and the section of the guide.
fn remedy(remedy: Remedy, root: Root, sections: &[Heading]) -> String {
    let section = sections.iter().find(|it| it.id == remedy.anchor());
    let title = section.map_or("how to do it", |it| it.html.as_str());
    format!(
        "<li><strong>{}</strong>: {} {}</li>\n",
        actor(remedy.actor()),
        escaped(remedy.instruction()),
        link(&guide(remedy, root), &format!("Guide: {title}")),
    )
}

fn http(status: StatusCode) -> String {
    let name = status.canonical_reason().unwrap_or_default();
    format!("{} {name}", status.as_u16())
}

/// Who acts, in words.
const fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::Caller => "Your own system or team",
        Actor::NumberOwner => "The owner of the number",
        Actor::SourceProvider => "The provider of the source account",
        Actor::DestinationAdmin => "An admin of the destination account",
        Actor::Meta => "Meta",
        Actor::Operator => "The operator of this service",
    }
}

const fn disposition_name(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Retry => "RETRY",
        Disposition::Wait => "WAIT",
        Disposition::Ask => "ASK",
        Disposition::GiveUp => "GIVE_UP",
    }
}

/// What the service does, in words.
const fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Retry => "the service retries a few times by itself, and then asks for help.",
        Disposition::Wait => "the service continues by itself when Meta allows it.",
        Disposition::Ask => {
            "the migration stops until a remedy was applied and it was resumed. Nothing is lost."
        }
        Disposition::GiveUp => "the migration ends.",
    }
}
