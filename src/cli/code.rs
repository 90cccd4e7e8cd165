//! `code`: hands in the 6 digits that the number's owner received. They are asked for, or piped, and never an argument.

use super::args::{READABLE, WaitArg};
use super::failure::Failure;
use super::{Exit, Session, input};
use crate::proto::v1::SubmitCodeRequest;

/// Hands in the 6 digits that the number's owner received.
#[derive(Debug, clap::Args)]
pub(super) struct CodeArgs {
    /// The migration.
    id: String,
    /// `-` reads the 6 digits, with or without a dash, from standard input. Without it they are asked for.
    #[arg(value_name = "-")]
    from: Option<String>,
    #[command(flatten)]
    wait: WaitArg,
}

impl CodeArgs {
    pub(super) async fn run(
        self,
        connect: impl AsyncFnOnce() -> anyhow::Result<Session>,
    ) -> anyhow::Result<Exit> {
        let code = read(self.from.as_deref())?;
        let mut session = connect().await?;
        let request = SubmitCodeRequest {
            migration_id: self.id,
            code,
            wait: self.wait.for_request(),
        };
        let answer = session
            .client
            .submit_code(request)
            .await
            .map_err(Failure::from)?;
        let migration = session.show(answer.into_inner().migration)?;
        Ok(Exit::of_state(migration.state()))
    }
}

/// The code, from the keyboard or from standard input.
fn read(from: Option<&str>) -> anyhow::Result<String> {
    match from {
        Some("-") => Ok(input::line("Code: ")?),
        None if input::is_terminal() => Ok(input::line("Code: ")?),
        None => {
            let what = "there is no terminal to ask for the code: pipe it to `waba-migrator code MIGRATION_ID -`";
            Err(Failure::usage(what).into())
        }
        // Not repeated: with `--use-code-as-pin` it is the two-step verification PIN as well.
        Some(_) => Err(Failure::usage(format!(
            "a code is not taken from the command line, where {READABLE}: leave it out to be asked for it, or write - and pipe it"
        ))
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_not_taken_from_the_command_line() {
        for code in ["123830", "123-830", "--", ""] {
            let refused = read(Some(code)).unwrap_err().to_string();
            assert!(refused.contains("leave it out") && !refused.contains("830"));
        }
    }
}
