//! `smoke-test`: moves a fictional number through a running service, in the sandbox.

use super::client::{self, Address};
use super::demo::{Phone, move_number};
use super::failure::Failure;
use super::{Exit, Out, render};
use crate::proto::v1::{CancelRequest, State};
use crate::util::random;

#[derive(Debug, clap::Args)]
pub(super) struct SmokeTestArgs {
    /// URL of the sandbox that the service calls (its setting `sandbox.base_url`). Codes are read
    /// from it.
    #[arg(
        long,
        value_name = "URL",
        env = "WABA_MIGRATOR_SANDBOX",
        default_value = "http://127.0.0.1:8089"
    )]
    sandbox: String,
}

impl SmokeTestArgs {
    pub(super) async fn run(self, address: &Address, out: &Out) -> anyhow::Result<Exit> {
        let mut client = client::connect(address).await?;
        let (number, account) = (number(), account());
        out.text(&format!("Moving {number} to account {account}."))?;
        let mut phone = Phone::new(&self.sandbox, &number, false);
        let migration = move_number(&mut client, out, [&number, "", &account], &mut phone).await?;
        let state = migration.state();
        if state == State::Succeeded {
            out.text(render::state(state))?;
            return Ok(Exit::Done);
        }
        out.text(&render::next_action(&out.style, &migration))?;
        out.text(render::state(state))?;
        // Frees the number for the next run. Fails if the migration has ended, which is fine.
        let request = CancelRequest {
            migration_id: migration.id,
            ..CancelRequest::default()
        };
        let _ = client.cancel(request).await;
        Err(Failure::failed("the number was not moved").into())
    }
}

/// One of 2000 numbers that are reserved for fiction and have no special meaning in the sandbox:
/// seldom the same twice within a minute, which is too soon for a second code.
fn number() -> String {
    const AREAS: [&str; 20] = [
        "201", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216",
        "217", "218", "219", "224", "225", "228", "229",
    ];
    let chosen = usize::try_from(random()).unwrap_or_default() % AREAS.len();
    let area = AREAS.get(chosen).unwrap_or(&"201");
    format!("+1{area}55501{:02}", random() % 100)
}

/// A new account, so that the same number can be moved repeatedly.
fn account() -> String {
    format!("2{:014}", random() % 100_000_000_000_000)
}

fn random() -> u64 {
    u64::from_le_bytes(*random::bytes().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PhoneNumber, WabaId};

    #[test]
    fn random_numbers_and_accounts_are_valid() {
        for _ in 0..1000 {
            let number = number();
            assert!(number.parse::<PhoneNumber>().is_ok(), "{number}");
            assert!(account().parse::<WabaId>().is_ok());
        }
    }
}
