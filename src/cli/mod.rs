//! The command line: one file a subcommand.
//!
//! Most commands are clients of the service and know nothing but its contract. `tenant` and `key`
//! are an operator's: they call the service that `--server` names, or the same handlers on the
//! store itself. `encryption-key` works on the store. Only `out` writes to standard output; `exit`
//! defines the exit codes.

mod admin_client;
mod api_key;
mod args;
mod cancel;
mod check;
mod client;
mod code;
mod completions;
mod config;
mod connection;
mod core_dumps;
mod delete;
mod demo;
mod encryption_key;
mod events;
mod exit;
mod failure;
#[cfg(test)]
mod fake_service;
mod follow;
mod forget;
mod health;
mod input;
mod key;
mod list;
mod man;
mod migrate;
mod openapi;
mod out;
mod reconnecting_watch;
mod render;
mod resend;
mod resume;
mod reveal_pin;
mod sandbox;
mod serve;
mod smoke_test;
mod status;
mod style;
mod target;
mod tenant;
#[cfg(test)]
mod tests;
mod time;
mod update;
mod watch;

use std::io;

use clap::{Args, Parser, Subcommand};

pub use core_dumps::forbid_core_dumps;
pub use exit::Exit;
pub use failure::Failure;
pub use out::{Out, Output};

use crate::util::error_chain::chain;
use client::ServiceSession;
use failure::LocalReason;

/// Moves WhatsApp phone numbers between WhatsApp Business Accounts (WABAs).
#[derive(Debug, Parser)]
#[command(version = VERSION, after_help = exit::HELP, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// The release, and the commit that it was built from.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("WABA_MIGRATOR_BUILD"),
    ")"
);

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "For every command")]
struct Common {
    #[command(flatten)]
    address: client::Address,
    /// Output format.
    #[arg(long, global = true, value_enum, default_value_t)]
    output: Output,
    /// Print without colours. The variable `NO_COLOR` has the same effect.
    #[arg(long, global = true)]
    no_color: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    Serve(serve::ServeArgs),
    /// Run the sandbox alone: a local imitation of Meta's Graph API.
    ///
    /// Its state is lost when it stops.
    Sandbox(sandbox::SandboxArgs),
    /// Move one number from start to finish on this machine, against the sandbox.
    ///
    /// Nothing is sent to Meta, and no data remains.
    Demo(demo::DemoArgs),
    /// Start the migration of a number.
    Migrate(migrate::MigrateArgs),
    /// Show the current state of a migration.
    Status(status::StatusArgs),
    /// Submit the 6-digit code that the number's owner received.
    Code(code::CodeArgs),
    /// Ask Meta to send another code.
    Resend(resend::ResendArgs),
    /// Continue a migration after a remedy was applied, or release it from its cutover hold.
    Resume(resume::ResumeArgs),
    /// Cancel a migration before the number is registered.
    Cancel(cancel::CancelArgs),
    /// Change the cutover, the expiry, the labels, the reference or the next code of a live
    /// migration.
    ///
    /// Options that are not given stay unchanged.
    Update(update::UpdateArgs),
    /// List migrations, newest first.
    ///
    /// A migration must match every filter.
    List(list::ListArgs),
    /// Print the events of a migration as they happen, until it ends.
    ///
    /// Without a terminal, until a person must act, unless `--to-end` is given.
    Watch(watch::WatchArgs),
    /// Check whether a number can be moved. Changes nothing at Meta and stores nothing.
    Check(check::CheckArgs),
    /// Show the two-step verification PIN that the number was registered with.
    ///
    /// The service records each use of this command as an event.
    RevealPin(reveal_pin::RevealPinArgs),
    /// Show the history of a migration.
    Events(events::EventsArgs),
    /// Remove an ended migration, with its history and its PIN.
    Delete(delete::DeleteArgs),
    /// Remove every migration of a number, with their histories and PINs.
    ///
    /// All of them must have ended.
    Forget(forget::ForgetArgs),
    /// Check whether the service on this machine is ready.
    ///
    /// For health checks in environments without another HTTP client.
    Health(health::HealthArgs),
    /// Move a fictional number through a running service, in the sandbox.
    ///
    /// The API key must belong to a sandbox tenant: `tenant create smoke --sandbox`, then `key
    /// create --tenant smoke --label smoke-test`. Each run moves another number to another account.
    SmokeTest(smoke_test::SmokeTestArgs),
    /// Check the configuration, or print the default one.
    Config(config::ConfigArgs),
    /// Print the OpenAPI 3.1 description of the REST API, as the service serves it at
    /// /openapi.json.
    Openapi,
    /// Print a script that completes commands and flags in a shell.
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write the pages of all commands into a directory.
    #[command(after_help = man::EXAMPLES)]
    Man(man::ManArgs),
    /// Manage tenants. Each tenant's migrations, keys and credentials are isolated.
    ///
    /// A tenant has its own migrations, API keys, Meta credentials and defaults. Only the tenant
    /// `default` uses the service's configuration for credentials that it does not have. It always
    /// exists, and unauthenticated callers act for it.
    ///
    /// With `--server`, these commands call the service, with an API key that has the role admin.
    /// Otherwise they work on the store itself, whether the service runs or not.
    #[command(after_help = tenant::EXAMPLES)]
    Tenant(tenant::TenantArgs),
    /// Manage API keys, which authenticate callers. For the keys that encrypt stored secrets, see
    /// `encryption-key`.
    ///
    /// An API key belongs to a tenant and has a role. It is shown once, when it is created: the
    /// store keeps only its hash.
    ///
    /// With `--server`, these commands call the service, with an API key that has the role admin.
    /// Otherwise they work on the store itself, whether the service runs or not.
    #[command(after_help = key::EXAMPLES)]
    Key(key::KeyArgs),
    /// Manage the keys that encrypt stored secrets: tokens, app secrets, PINs and codes.
    EncryptionKey(encryption_key::EncryptionKeyArgs),
}

impl Cli {
    /// Reads the command line. Prints its error, as JSON if `--output json` is given, or the help.
    pub fn read() -> Result<Self, Exit> {
        Self::try_parse().map_err(|error| {
            let json = std::env::args_os().any(|argument| argument == "--output=json")
                || std::env::args_os()
                    .zip(std::env::args_os().skip(1))
                    .any(|(flag, value)| flag == "--output" && value == "json");
            if json && error.use_stderr() {
                let text = error.to_string();
                let (text, _) = text
                    .split_once("\n\nFor more information")
                    .unwrap_or((&text, ""));
                let failure = Failure::usage(text.trim_start_matches("error: ").trim_end());
                out::note_object(&failure.json());
            } else {
                // The terminal may be closed.
                let _closed = error.print();
            }
            if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            }
        })
    }

    /// Runs the command and prints its error, if any.
    pub async fn run(self) -> Exit {
        let plain = self.common.no_color || crate::config::environment::no_color();
        let out = Out::new(self.common.output, plain);
        let json = out.is_json() && self.command.is_for_scripts();
        let address = self.common.address;
        let run = Box::pin(self.command.run(&address, out, plain));
        match run.await {
            Ok(exit) => exit,
            Err(error) => report(error, &address, json),
        }
    }
}

impl Command {
    /// Whether scripts read its output. The others print for a person or log.
    const fn is_for_scripts(&self) -> bool {
        !matches!(
            self,
            Self::Serve(_) | Self::Sandbox(_) | Self::Demo(_) | Self::SmokeTest(_)
        )
    }

    async fn run(self, address: &client::Address, out: Out, plain: bool) -> anyhow::Result<Exit> {
        let text = Out::for_people(plain);
        let session = ServiceSession { address, out: &out };
        match self {
            Self::Serve(command) => command.run(&text).await,
            Self::Sandbox(command) => command.run(&text).await,
            Self::Demo(command) => Box::pin(command.run(&text)).await,
            Self::Health(command) => command.run(&out).await,
            Self::SmokeTest(command) => command.run(address, &text).await,
            Self::Config(command) => command.run(&out),
            Self::Openapi => openapi::run(&out),
            Self::Completions(command) => command.run(&out),
            Self::Man(command) => command.run(&out),
            Self::Tenant(command) => command.run(session).await,
            Self::Key(command) => command.run(session).await,
            Self::EncryptionKey(command) => command.run(&out).await,
            Self::Migrate(command) => command.run(session).await,
            Self::Status(command) => command.run(session).await,
            Self::Code(command) => command.run(session).await,
            Self::Resend(command) => command.run(session).await,
            Self::Resume(command) => command.run(session).await,
            Self::Cancel(command) => command.run(session).await,
            Self::Update(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Watch(command) => command.run(session).await,
            Self::Check(command) => command.run(session).await,
            Self::RevealPin(command) => command.run(session).await,
            Self::Events(command) => command.run(session).await,
            Self::Delete(command) => command.run(session).await,
            Self::Forget(command) => command.run(session).await,
        }
    }
}

/// Prints an error and decides the exit code.
fn report(error: anyhow::Error, address: &client::Address, json: bool) -> Exit {
    // The reader of the output has seen enough: `list | head`. A connection to the service that
    // broke is inside a status, and is a failure.
    let output = error.downcast_ref::<io::Error>();
    if output.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return Exit::Done;
    }
    let failure = error
        .downcast::<tonic::Status>()
        .map(Failure::from)
        .or_else(anyhow::Error::downcast)
        .unwrap_or_else(|error| {
            let text = chain(error.as_ref());
            if error.is::<crate::config::Error>() || error.is::<crate::telemetry::Error>() {
                Failure::local(LocalReason::Configuration, text)
            } else {
                Failure::failed(text)
            }
        });
    let failure = match failure.broken_connection() {
        Some(cause) => connection::failure(address, cause),
        None => failure,
    };
    if json {
        out::note_object(&failure.json());
    } else {
        out::note(&format!("error: {failure}"));
    }
    failure.exit()
}
