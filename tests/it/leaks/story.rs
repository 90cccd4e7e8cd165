//! One number of the sandbox, from Migrate to wherever it comes, by somebody who makes mistakes on the way.

use std::time::Duration;

use prost::Message;
use tokio::time::{Instant, sleep};
use tonic::Code;
use waba_migrator::proto::v1::migrate_request::TwoStepPin;
use waba_migrator::proto::v1::{
    CancelRequest, CheckEligibilityRequest, GetStatusRequest, GetStatusResponse, ListEventsRequest,
    ListMigrationsRequest, MigrateRequest, MigrateResponse, Migration, ResendCodeRequest,
    ResumeRequest, RevealTwoStepPinRequest, RevealTwoStepPinResponse, State, SubmitCodeRequest,
    WatchRequest,
};

use super::house::{House, canary, random};
use super::needles::Needles;
use super::people::{Person, new_key, read, said, secret_of};
use crate::access::raw::Answer;
use crate::e2e::stack::{digits, request};

/// What a row holds in the clear, so that the search is seen to find.
const MARK: &str = "a reference in the clear";

/// No number takes longer: some wait for what does not come.
const PATIENCE: Duration = Duration::from_secs(8);

/// What was said, and what must not be found.
#[derive(Default)]
pub struct Story {
    pub number: String,
    pub secrets: Needles,
    /// Each RPC and all that it answered.
    pub answers: Vec<(String, Vec<u8>)>,
    pub was_revealed: bool,
}

/// Whether the mark is in there.
pub fn is_marked(bytes: &[u8]) -> bool {
    bytes
        .windows(MARK.len())
        .any(|part| part == MARK.as_bytes())
}

/// Six digits that are nobody else's.
fn six_digits() -> String {
    (100_000 + random() % 900_000).to_string()
}

impl Story {
    /// Calls, and keeps what is answered. A program that tells everything is slow, so what is not to be had is asked for again.
    async fn ask(&mut self, person: &Person, rpc: &str, message: &impl Message) -> Answer {
        for _ in 0..30 {
            let answer = person.call(rpc, message).await;
            self.answers.push((rpc.to_owned(), said(&answer)));
            if answer.code != Code::Unavailable {
                return answer;
            }
            sleep(Duration::from_secs(1)).await;
        }
        panic!("{rpc} is not to be had")
    }

    fn token(&mut self) -> String {
        let token = canary("EAAB");
        self.secrets.text("a migration's token", &token);
        token
    }

    fn pin(&mut self) -> String {
        let pin = six_digits();
        self.secrets.digits("a PIN", &pin);
        pin
    }

    async fn status(&mut self, person: &Person, id: &str) -> Migration {
        let migration_id = id.to_owned();
        let status = GetStatusRequest { migration_id };
        let answer = self.ask(person, "GetStatus", &status).await;
        read::<GetStatusResponse>(&answer).migration.unwrap()
    }
}

/// Moves a number as far as it comes.
pub async fn of(house: &House, person: &Person, number: &str) -> Story {
    let mut story = Story {
        number: number.to_owned(),
        ..Story::default()
    };
    // An account of its own: one that is at its limits would hold up the others.
    let destination = format!("3{}", digits(number));
    let ask = CheckEligibilityRequest {
        phone_number: number.to_owned(),
        destination_waba_id: destination.clone(),
        access_token: story.token(),
        ..CheckEligibilityRequest::default()
    };
    story.ask(person, "CheckEligibility", &ask).await;
    let migrate = MigrateRequest {
        access_token: story.token(),
        destination_waba_id: destination,
        reference: MARK.to_owned(),
        two_step_pin: Some(TwoStepPin::Provided(story.pin())),
        ..request(number)
    };
    let answer = story.ask(person, "Migrate", &migrate).await;
    let started: MigrateResponse = read(&answer);
    let id = started.migration.unwrap().id;
    go_on(&mut story, house, person, &id).await;
    for code in house.sandbox.messages(digits(number)) {
        story.secrets.digits("a code", &code.code);
    }
    look_back(&mut story, person, id).await;
    story
}

/// Hands in codes, wrong ones first, and does what helps.
async fn go_on(story: &mut Story, house: &House, person: &Person, id: &str) {
    let (until, mut wrong) = (Instant::now() + PATIENCE, false);
    let migration_id = id.to_owned();
    while Instant::now() < until {
        let found = story.status(person, id).await;
        match found.state() {
            State::WaitingForCode => {
                let newest = house.sandbox.messages(digits(&story.number));
                let newest = newest.last().map(|message| message.code.clone());
                let code = match newest {
                    Some(code) if wrong => code,
                    _ => six_digits(),
                };
                wrong = !wrong;
                story.secrets.digits("a code that was handed in", &code);
                let (migration_id, wait) = (migration_id.clone(), None);
                let submit = SubmitCodeRequest {
                    migration_id: migration_id.clone(),
                    code,
                    wait,
                };
                if story.ask(person, "SubmitCode", &submit).await.code != Code::Ok {
                    let resend = ResendCodeRequest {
                        migration_id,
                        ..ResendCodeRequest::default()
                    };
                    story.ask(person, "ResendCode", &resend).await;
                    sleep(Duration::from_millis(300)).await;
                }
            }
            State::ActionRequired => {
                house.sandbox.fix_number(digits(&story.number));
                let resume = ResumeRequest {
                    migration_id: migration_id.clone(),
                    access_token: story.token(),
                    two_step_pin: story.pin(),
                    wait: None,
                };
                story.ask(person, "Resume", &resume).await;
            }
            State::Running => sleep(Duration::from_millis(100)).await,
            _ => return,
        }
    }
}

/// Asks for all that there is to see of it, and ends it.
async fn look_back(story: &mut Story, person: &Person, migration_id: String) {
    let reveal = RevealTwoStepPinRequest {
        migration_id: migration_id.clone(),
    };
    // The one answer that a PIN belongs in.
    let revealed = person.call("RevealTwoStepPin", &reveal).await;
    if revealed.code == Code::Ok {
        let RevealTwoStepPinResponse { two_step_pin } = read(&revealed);
        story
            .secrets
            .digits("a PIN that was revealed", &two_step_pin);
        story.was_revealed = true;
    }
    let cancel = CancelRequest {
        migration_id: migration_id.clone(),
        wait: None,
    };
    story.ask(person, "Cancel", &cancel).await;
    let events = ListEventsRequest {
        migration_id: migration_id.clone(),
        ..ListEventsRequest::default()
    };
    story.ask(person, "ListEvents", &events).await;
    // A short page: the log names an answer's size, and one of six digits could be taken for a code.
    let list = ListMigrationsRequest {
        page_size: 5,
        ..ListMigrationsRequest::default()
    };
    story.ask(person, "ListMigrations", &list).await;
    let found = story.status(person, &migration_id).await;
    let has_ended = !matches!(
        found.state(),
        State::Running | State::WaitingForCode | State::ActionRequired | State::WaitingForCutover
    );
    if has_ended {
        let watch = WatchRequest {
            migration_id,
            after_sequence: 0,
        };
        story.ask(person, "Watch", &watch).await;
    }
}

/// Callers whose mistakes are of the kind that are told back.
pub async fn of_strangers(house: &House, somebody: &Person) -> Story {
    let mut story = Story::default();
    for key in [
        new_key().expose().to_owned(),
        format!("{}x", new_key().expose()),
        format!("eyJhbGciOiJub25lIn0.{}.", canary("claims")),
        canary("something"),
    ] {
        let secret = secret_of(&key)
            .trim_end_matches('.')
            .rsplit('.')
            .next()
            .unwrap();
        story.secrets.text("what a stranger showed", secret);
        let stranger = somebody.showing(&key);
        let list = ListMigrationsRequest::default();
        let refused = story.ask(&stranger, "ListMigrations", &list).await;
        assert_ne!(refused.code, Code::Ok);
    }
    let spaced = format!("{} with words", story.token());
    for wrong in [
        MigrateRequest {
            access_token: spaced,
            ..request("+12025550100")
        },
        MigrateRequest {
            two_step_pin: Some(TwoStepPin::Provided(canary("pin"))),
            access_token: story.token(),
            ..request("+12025550100")
        },
    ] {
        if let Some(TwoStepPin::Provided(pin)) = &wrong.two_step_pin {
            story.secrets.text("a PIN that is none", pin);
        }
        let refused = story.ask(somebody, "Migrate", &wrong).await;
        assert_ne!(refused.code, Code::Ok);
    }
    let code = canary("code");
    story.secrets.text("a code that is none", &code);
    let submit = SubmitCodeRequest {
        migration_id: "mig_01935f00000070008000000000000001".to_owned(),
        code,
        wait: None,
    };
    let refused = story.ask(somebody, "SubmitCode", &submit).await;
    assert_ne!(refused.code, Code::Ok);
    assert!(!house.token.is_empty());
    story
}
