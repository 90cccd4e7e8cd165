//! The scenarios: the behaviour of each scenario number, account and token.
//!
//! One table, used by the sandbox, by tests that drive every row to its end, and by a test of the
//! documentation. A row has texts and data; the effect of a strike or a quirk is in `calls`. This
//! module must never keep state.

pub mod account;
mod adding;
mod code;
mod field;
mod registering;
mod rule;
pub mod token;
mod transport;

use std::fmt;

use serde::Serialize;

pub(crate) use rule::{Lasts, Quirk, Rule, Strike};

use super::shape::FixedShape;

/// One number with documented behaviour.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Scenario {
    /// The number in E.164.
    pub number: &'static str,
    /// A short name.
    pub name: &'static str,
    /// The call that it affects.
    pub strikes: &'static str,
    /// How often.
    pub how_often: &'static str,
    /// The effect.
    pub effect: &'static str,
    /// State in which a migration of the number stops if it is not fixed and the owner submits each
    /// code that arrives.
    pub ends_as: End,
    /// Who must act before it continues.
    pub actor: Option<Actor>,
    #[serde(skip)]
    pub(crate) quirks: &'static [Quirk],
    #[serde(skip)]
    pub(crate) rules: &'static [Rule],
    #[serde(skip)]
    pub(crate) shapes: &'static [FixedShape],
}

/// The state in which a migration stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum End {
    /// The number has moved.
    Succeeded,
    /// The service waits until a limit of Meta's ends, then continues.
    Running,
    /// The owner must do something about the code.
    WaitingForCode,
    /// An actor must apply a remedy, then resume.
    ActionRequired,
    /// It cannot succeed.
    Failed,
}

/// Who must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Actor {
    /// The system that requested the migration.
    Caller,
    /// The person who holds the phone.
    NumberOwner,
    /// The provider of the source account.
    SourceProvider,
    /// The administrator of the destination account.
    DestinationAdmin,
    /// Meta.
    Meta,
    /// The operator of the migration service.
    Operator,
}

impl Scenario {
    const fn new(number: &'static str, name: &'static str) -> Self {
        Self {
            number,
            name,
            strikes: "nowhere",
            how_often: "-",
            effect: "",
            ends_as: End::Succeeded,
            actor: None,
            quirks: &[],
            rules: &[],
            shapes: &[],
        }
    }

    /// A number whose call is refused until `actor` has fixed something.
    const fn refused(
        call: &'static str,
        number: &'static str,
        name: &'static str,
        effect: &'static str,
        actor: Actor,
        rules: &'static [Rule],
    ) -> Self {
        Self::new(number, name)
            .strikes(call, "until fixed")
            .effect(effect)
            .ends(End::ActionRequired, actor)
            .rules(rules)
    }

    const fn strikes(mut self, place: &'static str, how_often: &'static str) -> Self {
        self.strikes = place;
        self.how_often = how_often;
        self
    }

    const fn effect(mut self, effect: &'static str) -> Self {
        self.effect = effect;
        self
    }

    const fn ends(mut self, end: End, actor: Actor) -> Self {
        self.ends_as = end;
        self.actor = Some(actor);
        self
    }

    const fn quirks(mut self, quirks: &'static [Quirk]) -> Self {
        self.quirks = quirks;
        self
    }

    const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }

    const fn shapes(mut self, shapes: &'static [FixedShape]) -> Self {
        self.shapes = shapes;
        self
    }

    /// The number without its plus.
    #[must_use]
    pub fn digits(&self) -> &'static str {
        self.number.strip_prefix('+').unwrap_or(self.number)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Succeeded => "SUCCEEDED",
            Self::WaitingForCode => "WAITING_FOR_CODE",
            Self::Running => "RUNNING",
            Self::ActionRequired => "ACTION_REQUIRED",
            Self::Failed => "FAILED",
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caller => "CALLER",
            Self::NumberOwner => "NUMBER_OWNER",
            Self::SourceProvider => "SOURCE_PROVIDER",
            Self::DestinationAdmin => "DESTINATION_ADMIN",
            Self::Meta => "META",
            Self::Operator => "OPERATOR",
        })
    }
}

/// Every scenario, by number.
pub fn all() -> impl Iterator<Item = &'static Scenario> {
    [
        code::TABLE,
        adding::TABLE,
        registering::TABLE,
        transport::TABLE,
        field::TABLE,
        field::SHAPES,
    ]
    .into_iter()
    .flatten()
}

/// The scenario of a number, given by its digits.
#[must_use]
pub fn find(digits: &str) -> Option<&'static Scenario> {
    // The prefix of every scenario number; most numbers of a load test have another.
    if !digits.starts_with("120255501") {
        return None;
    }
    all().find(|scenario| scenario.digits() == digits)
}

/// The digits of the hundred numbers of the source account: scenario numbers, and numbers that just
/// work.
pub(crate) fn source_digits() -> impl Iterator<Item = String> {
    (0..100).map(|n| format!("120255501{n:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_and_names_are_unique_and_within_the_reserved_block() {
        let (mut numbers, mut names) = (HashSet::new(), HashSet::new());
        for row in all() {
            assert!(numbers.insert(row.number), "{}", row.number);
            assert!(names.insert(row.name), "{}", row.name);
            assert!(
                row.number.starts_with("+120255501") && row.number.len() == 12,
                "{}",
                row.number
            );
            assert!(!row.effect.is_empty(), "{}", row.name);
            assert_eq!(find(row.digits()).map(|found| found.name), Some(row.name));
        }
    }

    #[test]
    fn every_row_that_needs_an_actor_names_it() {
        for row in all().filter(|row| row.ends_as != End::Succeeded) {
            assert!(row.actor.is_some(), "{}", row.name);
        }
    }

    #[test]
    fn the_documentation_has_every_row() {
        let page = include_str!("../../../../docs/sandbox.md");
        for row in all() {
            let actor = row
                .actor
                .map_or_else(|| "-".to_owned(), |actor| format!("`{actor}`"));
            let line = format!(
                "| `{}` | {} | {} | {} | {} | `{}` | {actor} |",
                row.number, row.name, row.strikes, row.how_often, row.effect, row.ends_as
            );
            assert!(
                page.contains(&line),
                "docs/sandbox.md lacks this line:\n{line}"
            );
        }
        for row in account::ALL {
            let actor = row
                .actor
                .map_or_else(|| "-".to_owned(), |actor| format!("`{actor}`"));
            let line = format!(
                "| `{}` | {} | {} | `{}` | {actor} |",
                row.id, row.name, row.effect, row.ends_as
            );
            assert!(
                page.contains(&line),
                "docs/sandbox.md lacks this line:\n{line}"
            );
        }
        for row in token::ALL {
            let line = format!("| `{}` | {} |", row.token, row.effect);
            assert!(
                page.contains(&line),
                "docs/sandbox.md lacks this line:\n{line}"
            );
        }
    }
}
