//! `update`: changes the plan of a live migration.

use anyhow::ensure;
use jiff::SignedDuration;

use super::Exit;
use super::args::{CodeMethodArgs, WaitArg, moment, pair};
use super::client::ServiceSession;
use super::failure::Failure;
use super::target::{Choice, MigrationTarget};
use super::time;
use crate::config::parse_duration;
use crate::proto::v1::{Cutover, UpdateMigrationRequest, cutover};
use jiff::Timestamp;

#[derive(Debug, clap::Args)]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    target: MigrationTarget,
    #[command(flatten)]
    cutover: NewCutover,
    /// Time until the migration expires, from now: 1h to 90d.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_after: Option<SignedDuration>,
    /// Add or change a label. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    /// Remove a label. Can be repeated.
    #[arg(long, value_name = "KEY")]
    remove_label: Vec<String>,
    /// Your own name for this migration; empty removes it.
    #[arg(long)]
    reference: Option<String>,
    #[command(flatten)]
    method: CodeMethodArgs,
    /// Language of the next code message, for example `pt_BR`.
    #[arg(long, default_value_t, hide_default_value = true)]
    language: String,
    #[command(flatten)]
    wait: WaitArg,
}

/// When the number may be registered.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct NewCutover {
    /// Stop before the number is registered, until `resume`.
    #[arg(long)]
    hold: bool,
    /// Do not register the number before this time, for example 2026-12-06T02:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    not_before: Option<Timestamp>,
    /// Register the number as soon as possible.
    #[arg(long)]
    no_cutover: bool,
}

impl NewCutover {
    fn for_request(&self) -> Option<Cutover> {
        let when = match (self.hold, self.not_before) {
            (true, _) => Some(cutover::When::Hold(true)),
            (_, Some(at)) => Some(cutover::When::NotBefore(time::to_moment(at))),
            (false, None) if self.no_cutover => None,
            (false, None) => return None,
        };
        Some(Cutover { when })
    }
}

impl UpdateArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let mut request = UpdateMigrationRequest {
            cutover: self.cutover.for_request(),
            expires_after: self.expires_after.map(time::to_duration),
            labels: self.label.into_iter().collect(),
            remove_labels: self.remove_label,
            reference: self.reference,
            code_method: self.method.for_request().into(),
            language: self.language,
            ..UpdateMigrationRequest::default()
        };
        ensure!(
            request != UpdateMigrationRequest::default(),
            Failure::usage("no option to change: see --help")
        );
        request.wait = self.wait.for_request();
        let mut client = session.client().await?;
        request.migration_id = self.target.id(&mut client, Choice::Live).await?;
        let answer = client.update_migration(request).await?.into_inner();
        session.show(&answer, answer.migration.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cutover_is_kept_changed_or_removed() {
        let of = |hold, not_before, no_cutover| {
            NewCutover {
                hold,
                not_before,
                no_cutover,
            }
            .for_request()
        };
        let at = Timestamp::UNIX_EPOCH;
        let when = |when| Some(Cutover { when });
        assert_eq!(of(false, None, false), None);
        assert_eq!(of(false, None, true), when(None));
        assert_eq!(of(true, None, false), when(Some(cutover::When::Hold(true))));
        let not_before = cutover::When::NotBefore(time::to_moment(at));
        assert_eq!(of(false, Some(at), false), when(Some(not_before)));
    }
}
