//! `demo`: moves one number from start to finish on this machine, through the gRPC endpoint,
//! against the sandbox.

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

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// The number to move. Some numbers simulate a failure: docs/sandbox.md lists them.
    #[arg(long, default_value = "+12025550100")]
    number: String,
    /// Id of the WABA that the number leaves.
    #[arg(long, value_name = "WABA", default_value = "104996122399160")]
    from: String,
    /// Id of the WABA that the number moves to.
    #[arg(long, value_name = "WABA", default_value = "215589313241560")]
    to: String,
    /// Submit the code automatically instead of prompting for it. Implied without a terminal.
    #[arg(long)]
    yes: bool,
}

/// Maximum wait for Meta in a demo.
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);

impl DemoArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let folder = DemoFolder::new()?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no port is free on loopback")?;
        let graph = format!("http://{}", listener.local_addr()?);
        let config = Config::load(&folder.layers(&graph))?;
        // Without traces.
        let _ = Telemetry::start(&config.log.in_force(), None)?;
        let sandbox = ::sandbox::Sandbox::new(environment::sandbox());
        let server = Server::start(&config, Clock::default()).await?;
        let url = format!("http://{}", server.local_addr());

        let over = CancellationToken::new();
        let stopped_service = CancellationToken::new();
        let mut stops = StopSignals::listen();
        let demo = async {
            let result = tokio::select! {
                result = self.demo(out, &url, &graph) => result,
                _ = stops.next() => Err(Failure::failed("stopped").into()),
                // The service or the sandbox failed; its error is returned below.
                () = over.cancelled() => Ok(Exit::Failed),
            };
            over.cancel();
            result
        };
        let service = async {
            let result = server.run_until(over.clone().cancelled_owned()).await;
            over.cancel();
            stopped_service.cancel();
            result
        };
        let sandbox = async {
            let result = sandbox.serve(listener, stopped_service.clone()).await;
            over.cancel();
            result
        };
        let (exit, service, sandbox) = tokio::join!(demo, service, sandbox);
        service?;
        sandbox?;
        exit
    }

    async fn demo(&self, out: &Out, url: &str, graph: &str) -> anyhow::Result<Exit> {
        let Self {
            number, from, to, ..
        } = self;
        out.text(&format!(
            "Moving {} from account {from} to account {to}.\n  \
             service (gRPC)             {url}\n  \
             sandbox (Meta's Graph API) {graph}\n",
            out.style.paint(Tone::Strong, number)
        ))?;
        let mut client = client::connect(&client::Address::of(url)).await?;
        let mut phone = Phone::new(graph, number, !self.yes && input::is_terminal());
        let migration = move_number(&mut client, out, [number, from, to], &mut phone).await?;
        out.text(&self.result(out, &migration))?;
        Ok(match migration.state() {
            State::Succeeded => Exit::Done,
            state if is_terminal(state) => Exit::NotMoved,
            _ => Exit::ActionRequired,
        })
    }

    /// The report or the next action, what to do next, and the state on a line of its own.
    fn result(&self, out: &Out, migration: &Migration) -> String {
        let style = &out.style;
        let mut text = String::new();
        if let Some(report) = &migration.report {
            text.push_str(&render::report(style, report));
        }
        text.push_str(&style.heading("What to do next"));
        if migration.state() == State::Succeeded {
            text.push_str(&style.item(
                "Run `waba-migrator serve --sandbox`, and start a migration with `waba-migrator migrate`.",
            ));
            text.push_str(
                &style.item("Read docs/preparing-a-number.md before you move a real number."),
            );
        } else {
            text.push_str(&render::next_action(style, migration));
            text.push_str(&style.heading("The demo and its service end here. To continue:"));
            text.push_str(&self.commands(out, migration.state()));
        }
        text.push('\n');
        text.push_str(render::state(migration.state()));
        text
    }

    /// Commands that repeat the demo against a running service and continue it.
    fn commands(&self, out: &Out, state: State) -> String {
        let Self {
            number, from, to, ..
        } = self;
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let fix = format!("curl -X POST http://127.0.0.1:8089/sandbox/numbers/{digits}/fix");
        let mut commands = vec![
            "waba-migrator serve --sandbox     # in another terminal".to_owned(),
            format!("waba-migrator migrate {number} --from {from} --to {to}"),
        ];
        match state {
            State::ActionRequired => commands.extend([
                format!("{fix}     # simulates the remedy"),
                "waba-migrator resume MIGRATION_ID".to_owned(),
            ]),
            State::WaitingForCode => commands.extend([
                format!("{fix}     # makes codes arrive and work"),
                "waba-migrator resend MIGRATION_ID --voice".to_owned(),
            ]),
            _ => {}
        }
        let line = |command: String| format!("  {}\n", out.style.paint(Tone::Faint, &command));
        commands.into_iter().map(line).collect()
    }
}

/// Moves a number from one account to another. Returns the migration when it has ended, or when it
/// does not continue without a person. `phone` submits the code.
pub(super) async fn move_number(
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
        // The events show the result.
        wait: Some(prost_types::Duration::default()),
        ..MigrateRequest::default()
    };
    let answer = client.migrate(request).await?.into_inner();
    let id = client::present(answer.migration)?.id;
    follow(client, out, &id, phone, Some(PATIENCE)).await
}
