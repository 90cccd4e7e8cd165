//! The migration that a command is about: named by its id, by its number, or by the last digits of
//! its number.

use std::collections::BTreeSet;

use tonic::Status;

use super::client::ServiceClient;
use super::failure::{Failure, LocalReason};
use super::out::note;
use super::render;
use crate::proto::v1::{ListMigrationsRequest, Migration, MigrationView, State};
use domain::PhoneNumber;

/// The migration that a command is about.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct MigrationTarget {
    /// The migration: its id (mig_…), its number, or the last 4 or more digits of its number.
    #[arg(value_name = "MIGRATION")]
    text: String,
}

/// Which migration of a number a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The live one, or else the newest one: to read it.
    Newest,
    /// The only live one: to change it.
    Live,
    /// The only ended one: to remove it.
    Ended,
}

/// A number to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberFilter {
    /// A whole number, in any form that the service reads.
    Whole(String),
    /// The last digits of a number.
    EndsWith(String),
}

/// Minimum number of digits to search for: fewer match by accident.
const MIN_DIGITS: usize = 4;
/// Maximum number of digits of a phone number.
const MAX_DIGITS: usize = 15;
/// Maximum number of migrations in a list of choices.
const SHOWN: usize = 10;
/// Page size, migrations.
const PAGE: i32 = 200;
/// Maximum number of pages to read: a few digits can match many ended migrations.
const PAGES: usize = 10;

const LIVE: [State; 4] = [
    State::Running,
    State::WaitingForCode,
    State::WaitingForCutover,
    State::ActionRequired,
];
const ENDED: [State; 4] = [
    State::Succeeded,
    State::Failed,
    State::Canceled,
    State::Expired,
];

impl NumberFilter {
    /// Reads a number, or at least [`MIN_DIGITS`] last digits of one.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let only_digits = text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || "-./()".contains(c));
        if text.parse::<PhoneNumber>().is_ok() || !only_digits {
            return Ok(Self::Whole(text.to_owned()));
        }
        match digits.len() {
            MIN_DIGITS..=MAX_DIGITS => Ok(Self::EndsWith(digits)),
            0..MIN_DIGITS => Err(Failure::usage(format!(
                "\"{text}\" is too short: use the last {MIN_DIGITS} or more digits of the number, \
                 for example 0151"
            ))),
            _ => Ok(Self::Whole(text.to_owned())),
        }
    }

    /// Adds the filter to a request.
    pub(super) fn apply(self, request: &mut ListMigrationsRequest) {
        match self {
            Self::Whole(number) => request.phone_number = number,
            Self::EndsWith(digits) => request.phone_number_ends_with = digits,
        }
    }

    /// Whether a migration matches: a service that is older than the filter ignores it.
    fn matches(&self, migration: &Migration) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::EndsWith(digits) => migration.phone_number.ends_with(digits),
        }
    }

    /// Migrations in these states that match, newest first; in any state if there are none given.
    /// Stops when there are more than [`SHOWN`] numbers.
    async fn migrations(
        &self,
        client: &mut ServiceClient,
        states: &[State],
    ) -> Result<Vec<Migration>, Status> {
        let mut request = ListMigrationsRequest {
            states: states.iter().map(|state| (*state).into()).collect(),
            page_size: PAGE,
            view: MigrationView::Basic.into(),
            ..ListMigrationsRequest::default()
        };
        self.clone().apply(&mut request);
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let page = client.list_migrations(request.clone()).await?.into_inner();
            let matching = page.migrations.into_iter().filter(|it| self.matches(it));
            found.extend(matching);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() || newest_of_each_number(&found).len() > SHOWN {
                break;
            }
        }
        Ok(found)
    }
}

impl std::fmt::Display for NumberFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "the number {number}"),
            Self::EndsWith(digits) => write!(f, "a number that ends with {digits}"),
        }
    }
}

impl MigrationTarget {
    /// The text, as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The id of the migration. A number is looked up, and the migration that was found is printed.
    pub(super) async fn id(
        &self,
        client: &mut ServiceClient,
        choice: Choice,
    ) -> anyhow::Result<String> {
        // An id, or something that the service refuses with an explanation.
        if self.text.chars().any(|c| c.is_ascii_alphabetic()) {
            return Ok(self.text.clone());
        }
        let number = NumberFilter::read(&self.text)?;
        let found = match choice {
            Choice::Newest => newest(client, &number).await?,
            Choice::Live => only(client, &number, &LIVE, "is live").await?,
            Choice::Ended => only(client, &number, &ENDED, "has ended").await?,
        };
        note(&format!("migration: {}", line(&found)));
        Ok(found.id)
    }
}

/// The live migration, or else the newest one. Refused if several numbers match.
async fn newest(client: &mut ServiceClient, number: &NumberFilter) -> anyhow::Result<Migration> {
    for states in [&LIVE[..], &[]] {
        let found = number.migrations(client, states).await?;
        let found = newest_of_each_number(&found);
        match found.as_slice() {
            [] => {}
            [one] => return Ok((*one).clone()),
            several => return Err(ambiguous(number, several).into()),
        }
    }
    Err(Failure::local(
        LocalReason::NoMatch,
        format!("there is no migration of {number}: `waba-migrator list` shows all"),
    )
    .into())
}

/// The only migration in one of these states.
async fn only(
    client: &mut ServiceClient,
    number: &NumberFilter,
    states: &[State],
    condition: &str,
) -> anyhow::Result<Migration> {
    let found = number.migrations(client, states).await?;
    let found: Vec<&Migration> = found.iter().collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let others = number.migrations(client, &[]).await?;
            let newest = others.first().map_or(String::new(), |newest| {
                format!(". The newest one is {}", line(newest))
            });
            Err(Failure::local(
                LocalReason::NoMatch,
                format!("no migration of {number} {condition}{newest}"),
            )
            .into())
        }
        several => Err(ambiguous(number, several).into()),
    }
}

/// The first migration of each number.
fn newest_of_each_number(migrations: &[Migration]) -> Vec<&Migration> {
    let mut seen = BTreeSet::new();
    let mut newest = Vec::new();
    for migration in migrations {
        if seen.insert(&migration.phone_number) {
            newest.push(migration);
        }
    }
    newest
}

fn ambiguous(number: &NumberFilter, several: &[&Migration]) -> Failure {
    let mut text = format!("several migrations are of {number}; name one by its id:");
    for migration in several.iter().take(SHOWN) {
        text.push_str("\n  ");
        text.push_str(&line(migration));
    }
    if several.len() > SHOWN {
        text.push_str("\n  and more: use more digits");
    }
    Failure::local(LocalReason::SeveralMatch, text)
}

fn line(migration: &Migration) -> String {
    let state = render::state(migration.state());
    format!("{}  {}  {state}", migration.id, migration.phone_number)
}

#[cfg(test)]
mod tests {
    use super::super::client::{self, Address};
    use super::super::exit::Exit;
    use super::super::fake_service::{FakeService, migration_of};
    use super::*;

    #[test]
    fn a_number_is_whole_or_the_end_of_one() {
        let whole = |text: &str| NumberFilter::Whole(text.to_owned());
        let end = |text: &str| NumberFilter::EndsWith(text.to_owned());
        for (text, read) in [
            ("+12025550151", whole("+12025550151")),
            ("+1 (202) 555-0151", whole("+1 (202) 555-0151")),
            ("0044 20 7946 0958", whole("0044 20 7946 0958")),
            ("+1", whole("+1")),
            ("0151", end("0151")),
            (" 555-0151 ", end("5550151")),
            ("(202) 555 0151", end("2025550151")),
        ] {
            assert_eq!(NumberFilter::read(text).unwrap(), read, "{text}");
        }
        for short in ["", "151", "1-5"] {
            let refused = NumberFilter::read(short).unwrap_err();
            assert_eq!(refused.exit(), Exit::Usage, "{short}");
        }
    }

    /// The id that a command takes, or its exit code and error.
    async fn chosen(
        migrations: &[(&str, State)],
        target: &str,
        choice: Choice,
    ) -> Result<String, (Exit, String)> {
        let migrations = migrations.iter().zip(1..);
        let migrations = migrations.map(|((number, state), n)| migration_of(n, number, *state));
        let (_, address) = FakeService::with(migrations.collect()).await;
        let mut client = client::connect(&Address::of(&address)).await.unwrap();
        let target = MigrationTarget {
            text: target.to_owned(),
        };
        target.id(&mut client, choice).await.map_err(|error| {
            let failure: Failure = error.downcast().unwrap();
            (failure.exit(), failure.to_string())
        })
    }

    const A: &str = "+12025550151";
    const B: &str = "+13035550151";

    #[tokio::test]
    async fn an_id_is_not_looked_up() {
        for choice in [Choice::Newest, Choice::Live, Choice::Ended] {
            assert_eq!(chosen(&[], "mig_9", choice).await.unwrap(), "mig_9");
        }
    }

    #[tokio::test]
    async fn a_reading_command_takes_the_live_migration_or_the_newest() {
        let live = [(A, State::Running), (A, State::Failed), (B, State::Expired)];
        for target in [A, "1 202 555 0151", "0151"] {
            assert_eq!(
                chosen(&live, target, Choice::Newest).await.unwrap(),
                "mig_1"
            );
        }
        let ended = [(A, State::Canceled), (A, State::Failed)];
        assert_eq!(
            chosen(&ended, "0151", Choice::Newest).await.unwrap(),
            "mig_1"
        );
    }

    #[tokio::test]
    async fn several_numbers_are_listed_and_refused() {
        let both = [
            (A, State::Failed),
            (B, State::Succeeded),
            (B, State::Failed),
        ];
        let (exit, text) = chosen(&both, "0151", Choice::Newest).await.unwrap_err();
        assert_eq!(exit, Exit::Usage);
        insta::assert_snapshot!(text, @r#"
        several migrations are of a number that ends with 0151; name one by its id:
          mig_1  +12025550151  FAILED
          mig_2  +13035550151  SUCCEEDED
        "#);
    }

    #[tokio::test]
    async fn a_changing_command_takes_only_a_single_live_migration() {
        let live = [
            (A, State::Failed),
            (A, State::WaitingForCode),
            (B, State::Expired),
        ];
        assert_eq!(chosen(&live, "0151", Choice::Live).await.unwrap(), "mig_2");
        let two = [(A, State::Running), (B, State::ActionRequired)];
        let (exit, _) = chosen(&two, "0151", Choice::Live).await.unwrap_err();
        assert_eq!(exit, Exit::Usage);
        let ended = [(A, State::Succeeded)];
        let (exit, text) = chosen(&ended, A, Choice::Live).await.unwrap_err();
        assert_eq!(exit, Exit::NotFound);
        insta::assert_snapshot!(text, @"no migration of the number +12025550151 is live. The newest one is mig_1  +12025550151  SUCCEEDED");
    }

    #[tokio::test]
    async fn only_a_single_ended_migration_is_removed() {
        let one = [(A, State::Running), (A, State::Failed)];
        assert_eq!(chosen(&one, "0151", Choice::Ended).await.unwrap(), "mig_2");
        let two = [(A, State::Succeeded), (A, State::Failed)];
        let (exit, _) = chosen(&two, A, Choice::Ended).await.unwrap_err();
        assert_eq!(exit, Exit::Usage);
    }

    #[tokio::test]
    async fn a_number_without_migrations_is_not_found() {
        for choice in [Choice::Newest, Choice::Live, Choice::Ended] {
            let (exit, text) = chosen(&[], "4711", choice).await.unwrap_err();
            assert_eq!(exit, Exit::NotFound);
            assert!(text.contains("a number that ends with 4711"), "{text}");
        }
    }
}
