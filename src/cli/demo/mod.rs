//! `demo`: one number from start to finish on this machine, through the real gRPC door, against the sandbox.

mod environment;
mod phone;

use anyhow::Context as _;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::environment::DemoFolder;
use super::client::{self, ServiceClient};
use super::failure::Failure;
use super::follow::follow;
use super::reconnecting_watch::is_terminal;
use super::style::Tone;
use super::{Exit, Out, input, render};
use crate::config::Config;
use crate::lifecycle::{Server, StopSignals};
use crate::proto::v1::{MigrateRequest, Migration, State};
use crate::telemetry::Telemetry;
use crate::util::clock::{self, Clock};

pub(super) use self::phone::Phone;

/// Moves one number from start to finish on this machine, against a stand-in for Meta's Graph API. Nothing leaves the
/// machine, and nothing stays on it.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// The number to move. Some numbers stand for something that goes wrong: docs/sandbox.md lists them.
    #[arg(long, default_value = "+12025550100")]
    number: String,
    /// The WABA that the number leaves.
    #[arg(long, value_name = "WABA", default_value = "104996122399160")]
    from: String,
    /// The WABA that the number moves to.
    #[arg(long, value_name = "WABA", default_value = "215589313241560")]
    to: String,
    /// Takes the code from the phone by itself rather than asking for it. So does a demo without a terminal.
    #[arg(long)]
    yes: bool,
}

/// What Meta makes wait for longer, nobody waits for in a demo.
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);

impl DemoArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let place = DemoFolder::new()?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no port is free on loopback")?;
        let graph = format!("http://{}", listener.local_addr()?);
        let config = Config::load(&place.layers(&graph))?;
        // There are no traces to send.
        let _ = Telemetry::start(&config.log.in_force(), None)?;
        let stand_in = ::sandbox::Sandbox::new(environment::sandbox());
        let server = Server::start(&config, Clock::default()).await?;
        let door = format!("http://{}", server.local_addr());

        let over = CancellationToken::new();
        let answered = CancellationToken::new();
        let mut stops = StopSignals::listen();
        let journey = async {
            let result = tokio::select! {
                result = self.journey(out, &door, &graph) => result,
                () = stops.next() => Err(Failure::failed("stopped").into()),
                // The service or the sandbox went away: its own error says why.
                () = over.cancelled() => Ok(Exit::Failed),
            };
            over.cancel();
            result
        };
        let service = async {
            let result = server.run_until(over.clone().cancelled_owned()).await;
            over.cancel();
            answered.cancel();
            result
        };
        let sandbox = async {
            let result = stand_in.serve(listener, answered.clone()).await;
            over.cancel();
            result
        };
        let (exit, service, sandbox) = tokio::join!(journey, service, sandbox);
        service?;
        sandbox?;
        exit
    }

    async fn journey(&self, out: &Out, door: &str, graph: &str) -> anyhow::Result<Exit> {
        let Self {
            number, from, to, ..
        } = self;
        out.text(&format!(
            "Moving {} from account {from} to account {to}.\n  the service, gRPC    {door}\n  a stand-in for Graph {graph}\n",
            out.style.paint(Tone::Strong, number)
        ))?;
        let mut client = client::connect(&client::Address::of(door)).await?;
        let mut phone = Phone::new(graph, number, !self.yes && input::is_terminal());
        let migration = moved(&mut client, out, [number, from, to], &mut phone).await?;
        out.text(&self.ending(out, &migration))?;
        Ok(match migration.state() {
            State::Succeeded => Exit::Done,
            state if is_terminal(state) => Exit::NotMoved,
            _ => Exit::ActionRequired,
        })
    }

    /// The report, or whose turn it is; what to do next; and the state on a line of its own.
    fn ending(&self, out: &Out, migration: &Migration) -> String {
        let style = &out.style;
        let mut text = String::new();
        if let Some(report) = &migration.report {
            text.push_str(&render::report(style, report));
        }
        text.push_str(&style.heading("What to do next"));
        if migration.state() == State::Succeeded {
            text.push_str(&style.item(
                "Run `waba-migrator serve --sandbox` and start one with `waba-migrator migrate`.",
            ));
            text.push_str(
                &style
                    .item("Read docs/preparing-a-number.md before you move a number of your own."),
            );
        } else {
            text.push_str(&render::next_action(style, migration));
            text.push_str(&style.heading("The demo ends here, and its service with it. To go on:"));
            text.push_str(&self.how_to_go_on(out, migration.state()));
        }
        text.push('\n');
        text.push_str(render::state(migration.state()));
        text
    }

    /// The same against a service that stays.
    fn how_to_go_on(&self, out: &Out, state: State) -> String {
        let Self {
            number, from, to, ..
        } = self;
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let mend = format!("curl -X POST http://127.0.0.1:8089/sandbox/numbers/{digits}/fix");
        let mut commands = vec![
            "waba-migrator serve --sandbox     # in a terminal of its own".to_owned(),
            format!("waba-migrator migrate {number} --from {from} --to {to}"),
        ];
        match state {
            State::ActionRequired => commands.extend([
                format!("{mend}     # as whoever must act would"),
                "waba-migrator resume MIGRATION_ID".to_owned(),
            ]),
            State::WaitingForCode => commands.extend([
                format!("{mend}     # then codes arrive and count"),
                "waba-migrator resend MIGRATION_ID --voice".to_owned(),
            ]),
            _ => {}
        }
        let line = |command: String| format!("  {}\n", out.style.paint(Tone::Faint, &command));
        commands.into_iter().map(line).collect()
    }
}

/// The migration of a number from one account to another, as it stands when nothing more comes of it by itself. The phone's
/// owner hands in the code.
pub(super) async fn moved(
    client: &mut ServiceClient,
    out: &Out,
    [number, from, to]: [&str; 3],
    phone: &mut Phone,
) -> anyhow::Result<Migration> {
    let request = MigrateRequest {
        request_id: clock::new_id().to_string(),
        phone_number: number.to_owned(),
        destination_waba_id: to.to_owned(),
        source_waba_id: from.to_owned(),
        // What comes of it is seen in the events.
        wait: Some(prost_types::Duration::default()),
        ..MigrateRequest::default()
    };
    let answer = client.migrate(request).await.map_err(Failure::from)?;
    let id = client::migration(answer.into_inner().migration)?.id;
    follow(client, out, &id, phone, Some(PATIENCE)).await
}
