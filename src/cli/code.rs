//! `code`: submits the 6-digit code that the number's owner received. It is typed or piped, never
//! an argument.

use anyhow::bail;

use super::args::{READABLE, WaitArg};
use super::client::ServiceSession;
use super::failure::Failure;
use super::target::{Choice, MigrationTarget};
use super::{Exit, input};
use crate::proto::v1::SubmitCodeRequest;

#[derive(Debug, clap::Args)]
pub(super) struct CodeArgs {
    #[command(flatten)]
    target: MigrationTarget,
    /// Write `-` to pipe the code, 6 digits with or without a dash, to standard input. Without it
    /// the command prompts for the code.
    #[arg(value_name = "-")]
    from: Option<String>,
    #[command(flatten)]
    wait: WaitArg,
}

impl CodeArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let from = self.from.as_deref();
        let prompts = from.is_none() && input::is_terminal();
        let piped = (!prompts).then(|| read(from)).transpose()?;
        let mut client = session.client().await?;
        let request = SubmitCodeRequest {
            // Looked up before the prompt: a code for no migration is not asked for.
            migration_id: self.target.id(&mut client, Choice::Live).await?,
            code: piped.map_or_else(|| read(None), Ok)?,
            wait: self.wait.for_request(),
        };
        let answer = client.submit_code(request).await?;
        let answer = answer.into_inner();
        session.show(&answer, answer.migration.as_ref())
    }
}

/// Reads the code from the keyboard or from standard input.
fn read(from: Option<&str>) -> anyhow::Result<String> {
    match from {
        Some("-") => Ok(input::line("Code: ")?),
        None if input::is_terminal() => Ok(input::line("Code: ")?),
        None => bail!(Failure::usage(
            "there is no terminal to prompt for the code: pipe it to `waba-migrator code MIGRATION -`"
        )),
        // Not printed: with `--use-code-as-pin` the code is the two-step verification PIN as well.
        Some(_) => bail!(Failure::usage(format!(
            "the code is not accepted on the command line, since {READABLE}: omit it to be \
             prompted, or write - and pipe it"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_not_taken_from_the_command_line() {
        for code in ["123830", "123-830", "--", ""] {
            let refused = read(Some(code)).unwrap_err().to_string();
            assert!(refused.contains("omit it") && !refused.contains("830"));
        }
    }
}
