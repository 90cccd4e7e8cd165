//! `smoke-test`: one made-up number from start to finish through a service that runs, in the sandbox.

use super::client::{self, Address};
use super::demo::{Phone, moved};
use super::failure::Failure;
use super::{Exit, Out, render};
use crate::proto::v1::{CancelRequest, State};
use crate::util::random;

/// Moves a made-up number through a service that runs, and says whether that worked. Whoever calls must be of a tenant of the
/// sandbox: `tenant create smoke --sandbox`, and `key create --tenant smoke`. Each call moves a number that nobody has, to an
/// account of its own.
#[derive(Debug, clap::Args)]
pub(super) struct SmokeTestArgs {
    /// The sandbox that the service knows as `sandbox.base_url`. Its phones are read here.
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
        let migration = moved(&mut client, out, [&number, "", &account], &mut phone).await?;
        let state = migration.state();
        if state == State::Succeeded {
            out.text(render::state(state))?;
            return Ok(Exit::Done);
        }
        out.text(&render::next_action(&out.style, &migration))?;
        out.text(render::state(state))?;
        // So that the next one finds the number free. One that has ended needs no more.
        let request = CancelRequest {
            migration_id: migration.id,
            ..CancelRequest::default()
        };
        let _ = client.cancel(request).await;
        Err(Failure::failed("the number was not moved").into())
    }
}

/// One of two thousand that are kept for fiction, so that nobody has them, and that stand for nothing special in the sandbox. Seldom
/// the same twice within a minute: Meta would let it have no second code so soon.
fn number() -> String {
    const AREAS: [&str; 20] = [
        "201", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216",
        "217", "218", "219", "224", "225", "228", "229",
    ];
    let chosen = usize::try_from(random()).unwrap_or_default() % AREAS.len();
    let area = AREAS.get(chosen).unwrap_or(&"201");
    format!("+1{area}55501{:02}", random() % 100)
}

/// An account that was never used, so that the same number can be moved again and again.
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
    fn what_is_made_up_could_be() {
        for _ in 0..1000 {
            let number = number();
            assert!(number.parse::<PhoneNumber>().is_ok(), "{number}");
            assert!(account().parse::<WabaId>().is_ok());
        }
    }
}
