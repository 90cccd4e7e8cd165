//! The command line: one file a subcommand.
//!
//! All but `serve`, `sandbox`, `demo`, `health`, `config`, `openapi`, `encryption-key`, `tenant` and `key` are clients of the service
//! and know nothing but its contract. The last three are an operator's and work on the store itself, whether the service runs or not. Only
//! `out` writes to standard output; `exit` says what the exit codes mean.

mod api_key;
mod args;
mod cancel;
mod check;
mod client;
mod code;
mod config;
mod core_dumps;
mod delete;
mod demo;
mod directory;
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
mod json;
mod key;
mod list;
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
mod tenant;
#[cfg(test)]
mod tests;
mod time;
mod watch;

use std::io;

use clap::{Args, Parser, Subcommand};

pub use core_dumps::forbid_core_dumps;
pub use exit::Exit;
pub use failure::Failure;
pub use out::{Out, Output};

use client::ServiceClient;

/// Moves WhatsApp phone numbers between WhatsApp Business Accounts.
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
    " (commit ",
    env!("WABA_MIGRATOR_COMMIT"),
    ")"
);

/// What every command takes.
#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    address: client::Address,
    /// What the answer looks like.
    #[arg(
        long,
        global = true,
        display_order = 1010,
        help_heading = "For every command",
        value_enum,
        default_value_t
    )]
    output: Output,
    /// No colours. `NO_COLOR` in the environment says the same.
    #[arg(
        long,
        global = true,
        display_order = 1011,
        help_heading = "For every command"
    )]
    no_color: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the service.
    Serve(serve::ServeArgs),
    /// Runs a stand-in for Meta's Graph API alone.
    Sandbox(sandbox::SandboxArgs),
    /// Moves one number from start to finish on this machine, against a stand-in for Meta's Graph API.
    Demo(demo::DemoArgs),
    /// Starts the migration of a number.
    Migrate(migrate::MigrateArgs),
    /// Shows a migration as it stands.
    Status(status::StatusArgs),
    /// Hands in the 6 digits that the number's owner received.
    Code(code::CodeArgs),
    /// Asks Meta for another code.
    Resend(resend::ResendArgs),
    /// Goes on after a remedy was applied, or releases a migration that is held for its cutover.
    Resume(resume::ResumeArgs),
    /// Stops a migration before the number is registered.
    Cancel(cancel::CancelArgs),
    /// Lists migrations, newest first.
    List(list::ListArgs),
    /// Shows a migration's events as they happen, until it ends.
    Watch(watch::WatchArgs),
    /// Checks whether a number can be moved. Changes nothing.
    Check(check::CheckArgs),
    /// Shows the two-step verification PIN that the number was registered with.
    RevealPin(reveal_pin::RevealPinArgs),
    /// Shows a migration's history.
    Events(events::EventsArgs),
    /// Removes a migration that has ended, with its history and its PIN.
    Delete(delete::DeleteArgs),
    /// Removes every migration of a number, with its history and its PIN.
    Forget(forget::ForgetArgs),
    /// Asks the service on this machine whether it takes work.
    Health(health::HealthArgs),
    /// Moves a made-up number through a service that runs, in the sandbox.
    SmokeTest(smoke_test::SmokeTestArgs),
    /// Looks at the configuration.
    Config(config::ConfigArgs),
    /// Prints the description of the REST API (OpenAPI 3.1), as the service serves it at /openapi.json.
    Openapi,
    /// Makes and configures tenants: the worlds of those who call, apart from each other.
    ///
    /// A tenant has its migrations, its API keys, its credentials at Meta and its defaults. Only the tenant `default` takes the
    /// credentials that it lacks from the service's configuration. Whoever calls without authentication acts for the tenant `default`, which is always there.
    ///
    /// These commands work on the store itself, whether the service runs or not.
    #[command(after_help = tenant::EXAMPLES)]
    Tenant(tenant::TenantArgs),
    /// Makes and withdraws API keys: what a caller shows. The key that secrets are sealed with is `encryption-key`'s.
    ///
    /// An API key says for which tenant its holder acts, and what it may do there. It is shown once, when it is made: what is kept
    /// of it is a hash.
    ///
    /// These commands work on the store itself, whether the service runs or not.
    #[command(after_help = key::EXAMPLES)]
    Key(key::KeyArgs),
    /// Makes, shows and exchanges the keys that tokens, apps' secrets, PINs and codes are sealed with.
    EncryptionKey(encryption_key::EncryptionKeyArgs),
}

/// A client of the service and where its answer goes.
struct Session {
    client: ServiceClient,
    out: Out,
}

impl Cli {
    /// Runs the command. Errors are told, here and nowhere else.
    pub async fn run(self) -> Exit {
        let plain = self.common.no_color || crate::config::environment::no_color();
        let out = Out::new(self.common.output, plain);
        let json = out.is_json() && self.command.is_client();
        match self.command.run(&self.common.address, out, plain).await {
            Ok(exit) => exit,
            Err(error) => tell(&error, json),
        }
    }
}

impl Command {
    /// Whether it talks to a service elsewhere, so that a script may read what it says.
    const fn is_client(&self) -> bool {
        !matches!(
            self,
            Self::Serve(_) | Self::Sandbox(_) | Self::Demo(_) | Self::SmokeTest(_)
        )
    }

    async fn run(self, address: &client::Address, out: Out, plain: bool) -> anyhow::Result<Exit> {
        let connect = async || {
            anyhow::Ok(Session {
                client: client::connect(address).await?,
                out: out.clone(),
            })
        };
        match self {
            Self::Serve(command) => command.run(&Out::for_people(plain)).await,
            Self::Sandbox(command) => command.run(&Out::for_people(plain)).await,
            Self::Demo(command) => command.run(&Out::for_people(plain)).await,
            Self::Health(command) => command.run(&out).await,
            Self::SmokeTest(command) => command.run(address, &Out::for_people(plain)).await,
            Self::Config(command) => command.run(&out),
            Self::Openapi => openapi::run(&out),
            Self::Tenant(command) => command.run(&out).await,
            Self::Key(command) => command.run(&out).await,
            Self::EncryptionKey(command) => command.run(&out).await,
            Self::Migrate(command) => command.run(connect).await,
            Self::Status(command) => command.run(connect().await?).await,
            Self::Code(command) => command.run(connect).await,
            Self::Resend(command) => command.run(connect().await?).await,
            Self::Resume(command) => command.run(connect).await,
            Self::Cancel(command) => command.run(connect().await?).await,
            Self::List(command) => command.run(connect().await?).await,
            Self::Watch(command) => command.run(connect().await?).await,
            Self::Check(command) => command.run(connect).await,
            Self::RevealPin(command) => command.run(connect().await?).await,
            Self::Events(command) => command.run(connect().await?).await,
            Self::Delete(command) => command.run(connect).await,
            Self::Forget(command) => command.run(connect).await,
        }
    }
}

impl Session {
    /// Shows a migration.
    fn show(
        &self,
        migration: Option<crate::proto::v1::Migration>,
    ) -> anyhow::Result<crate::proto::v1::Migration> {
        let migration = client::migration(migration)?;
        self.out.show(
            || json::migration(&migration),
            |style| render::migration(style, &migration),
        )?;
        Ok(migration)
    }
}

/// Tells an error, and how the program ends on it.
fn tell(error: &anyhow::Error, json: bool) -> Exit {
    let broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    // Whoever read the output has seen enough: `list | head`.
    if error.chain().any(broken_pipe) {
        return Exit::Done;
    }
    let text = whole(error.as_ref());
    match error.downcast_ref::<Failure>() {
        Some(failure) if json => out::note_object(&failure.json()),
        None if json => out::note_object(&Failure::failed(text).json()),
        _ => out::note(&format!("error: {text}")),
    }
    match error.downcast_ref::<Failure>() {
        Some(failure) => failure.exit(),
        None if error.is::<crate::config::Error>() || error.is::<crate::telemetry::Error>() => {
            Exit::Usage
        }
        None => Exit::Failed,
    }
}

/// An error and its causes, without those that were told already: many errors repeat the one below them.
fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.fold(String::new(), |told, cause| {
        let cause = cause.to_string();
        match told.as_str() {
            "" => cause,
            _ if told.contains(&cause) => told,
            _ => format!("{told}: {cause}"),
        }
    })
}
