//! Moves one number of the sandbox as far as possible, with mistakes on the way, and records all
//! responses.

use std::time::Duration;

use prost::Message;
use tokio::time::{Instant, sleep};
use tonic::Code;
use waba_migrator::proto::v1::{
    CancelRequest, CheckEligibilityRequest, CreateApiKeyRequest, CreateApiKeyResponse,
    CreateTenantRequest, GetStatusRequest, GetStatusResponse, GetTenantRequest, ListApiKeysRequest,
    ListEventsRequest, ListMigrationsRequest, ListTenantsRequest, MigrateRequest, MigrateResponse,
    Migration, ResendCodeRequest, ResumeRequest, RevealTwoStepPinRequest, RevealTwoStepPinResponse,
    RevokeApiKeyRequest, RotateApiKeyRequest, RotateApiKeyResponse, State, SubmitCodeRequest,
    UpdateTenantRequest, WatchRequest,
};

use super::callers::{Caller, bytes, new_key, read, secret_of};
use super::canaries::Canaries;
use super::harness::{ProcessHarness, random, secret};
use crate::access::raw::Answer;
use crate::support::service::{digits, request};

/// A text that the store keeps unencrypted, to prove that the search finds it.
const MARK: &str = "a reference in the clear";

/// Limit per number: some wait for a code that never arrives.
const LIMIT: Duration = Duration::from_secs(8);

/// Pause between two polls.
const PAUSE: Duration = Duration::from_millis(100);

/// Maximum pause before a retry: some budgets are free again only after days.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// All responses, and the secrets that were sent or received.
#[derive(Default)]
pub struct Transcript {
    pub number: String,
    pub secrets: Canaries,
    /// Each RPC with the bytes of its response.
    pub answers: Vec<(String, Vec<u8>)>,
    pub was_revealed: bool,
}

/// Whether these bytes contain the mark.
pub fn is_marked(bytes: &[u8]) -> bool {
    bytes
        .windows(MARK.len())
        .any(|part| part == MARK.as_bytes())
}

/// Six random digits.
fn six_digits() -> String {
    (100_000 + random() % 900_000).to_string()
}

impl Transcript {
    /// Calls, and records the response. A program that logs everything is slow: a call that it
    /// cannot take is repeated after the delay that it asks for.
    async fn ask(&mut self, caller: &Caller, rpc: &str, message: &impl Message) -> Answer {
        for _ in 0..30 {
            let answer = caller.call(rpc, message).await;
            self.answers.push((rpc.to_owned(), bytes(&answer)));
            if answer.code != Code::Unavailable {
                return answer;
            }
            sleep(answer.retry_delay().unwrap_or(PAUSE).min(LONGEST_PAUSE)).await;
        }
        panic!("{rpc} is unavailable")
    }

    fn token(&mut self) -> String {
        let token = secret("EAAB");
        self.secrets.text("a token of a migration", &token);
        token
    }

    fn app_secret(&mut self) -> String {
        let app_secret = secret("app");
        self.secrets.text("an app secret of a tenant", &app_secret);
        app_secret
    }

    fn pin(&mut self) -> String {
        let pin = six_digits();
        self.secrets.digits("a PIN", &pin);
        pin
    }

    async fn status(&mut self, caller: &Caller, id: &str) -> Migration {
        let migration_id = id.to_owned();
        let status = GetStatusRequest { migration_id };
        let answer = self.ask(caller, "GetStatus", &status).await;
        read::<GetStatusResponse>(&answer).migration.unwrap()
    }
}

/// Moves a number as far as possible.
pub async fn of_migration(harness: &ProcessHarness, caller: &Caller, number: &str) -> Transcript {
    let mut transcript = Transcript {
        number: number.to_owned(),
        ..Transcript::default()
    };
    // Its own account: an account at its limit would delay the others.
    let destination = format!("3{}", digits(number));
    let ask = CheckEligibilityRequest {
        phone_number: number.to_owned(),
        destination_waba_id: destination.clone(),
        access_token: transcript.token(),
        ..CheckEligibilityRequest::default()
    };
    transcript.ask(caller, "CheckEligibility", &ask).await;
    let migrate = MigrateRequest {
        access_token: transcript.token(),
        destination_waba_id: destination,
        reference: MARK.to_owned(),
        two_step_pin: transcript.pin(),
        ..request(number)
    };
    let answer = transcript.ask(caller, "Migrate", &migrate).await;
    let started: MigrateResponse = read(&answer);
    let id = started.migration.unwrap().id;
    drive(&mut transcript, harness, caller, &id).await;
    for code in harness.sandbox.messages(digits(number)) {
        transcript.secrets.digits("a code", &code.code);
    }
    read_all(&mut transcript, caller, id).await;
    transcript
}

/// Submits codes, wrong ones first, and does what the next action asks for.
async fn drive(transcript: &mut Transcript, harness: &ProcessHarness, caller: &Caller, id: &str) {
    let (until, mut wrong) = (Instant::now() + LIMIT, false);
    let migration_id = id.to_owned();
    while Instant::now() < until {
        let found = transcript.status(caller, id).await;
        match found.state() {
            State::WaitingForCode => {
                let newest = harness.sandbox.messages(digits(&transcript.number));
                let newest = newest.last().map(|message| message.code.clone());
                let code = match newest {
                    Some(code) if wrong => code,
                    _ => six_digits(),
                };
                wrong = !wrong;
                transcript.secrets.digits("a submitted code", &code);
                let (migration_id, wait) = (migration_id.clone(), None);
                let submit = SubmitCodeRequest {
                    migration_id: migration_id.clone(),
                    code,
                    wait,
                };
                if transcript.ask(caller, "SubmitCode", &submit).await.code != Code::Ok {
                    let resend = ResendCodeRequest {
                        migration_id,
                        ..ResendCodeRequest::default()
                    };
                    let response = transcript.ask(caller, "ResendCode", &resend).await;
                    let pause = response.retry_delay().unwrap_or(PAUSE);
                    sleep(pause.min(LONGEST_PAUSE)).await;
                }
            }
            State::ActionRequired => {
                harness.sandbox.fix_number(digits(&transcript.number));
                let resume = ResumeRequest {
                    migration_id: migration_id.clone(),
                    access_token: transcript.token(),
                    two_step_pin: transcript.pin(),
                    wait: None,
                };
                transcript.ask(caller, "Resume", &resume).await;
            }
            State::Running => sleep(PAUSE).await,
            _ => return,
        }
    }
}

/// Reads everything about the migration, and ends it.
async fn read_all(transcript: &mut Transcript, caller: &Caller, migration_id: String) {
    let reveal = RevealTwoStepPinRequest {
        migration_id: migration_id.clone(),
    };
    // The only response that may contain a PIN.
    let revealed = caller.call("RevealTwoStepPin", &reveal).await;
    if revealed.code == Code::Ok {
        let RevealTwoStepPinResponse { two_step_pin } = read(&revealed);
        transcript
            .secrets
            .digits("a PIN that was revealed", &two_step_pin);
        transcript.was_revealed = true;
    }
    let cancel = CancelRequest {
        migration_id: migration_id.clone(),
        wait: None,
    };
    transcript.ask(caller, "Cancel", &cancel).await;
    let events = ListEventsRequest {
        migration_id: migration_id.clone(),
        ..ListEventsRequest::default()
    };
    transcript.ask(caller, "ListEvents", &events).await;
    // A short page: the log contains the size of a response, and six digits would look like a code.
    let list = ListMigrationsRequest {
        page_size: 5,
        ..ListMigrationsRequest::default()
    };
    transcript.ask(caller, "ListMigrations", &list).await;
    let found = transcript.status(caller, &migration_id).await;
    let has_ended = !matches!(
        found.state(),
        State::Running | State::WaitingForCode | State::ActionRequired | State::WaitingForCutover
    );
    if has_ended {
        let watch = WatchRequest {
            migration_id,
            after_sequence: 0,
        };
        transcript.ask(caller, "Watch", &watch).await;
    }
}

/// Administers a tenant with secrets of its own, and its keys.
pub async fn of_administration(admin: &Caller) -> Transcript {
    let mut transcript = Transcript::default();
    let tenant_id = "cafe".to_owned();
    let create = CreateTenantRequest {
        tenant_id: tenant_id.clone(),
        access_token: transcript.token(),
        app_id: "138483919580949".to_owned(),
        app_secret: transcript.app_secret(),
        ..CreateTenantRequest::default()
    };
    let created = transcript.ask(admin, "CreateTenant", &create).await;
    assert_eq!(created.code, Code::Ok, "{created:?}");
    let update = UpdateTenantRequest {
        tenant_id: tenant_id.clone(),
        access_token: Some(transcript.token()),
        app_secret: Some(transcript.app_secret()),
        ..UpdateTenantRequest::default()
    };
    transcript.ask(admin, "UpdateTenant", &update).await;
    // Refused, with secrets in it.
    let spaced = UpdateTenantRequest {
        access_token: Some(format!("{} with words", transcript.token())),
        app_secret: Some(format!("{} with words", transcript.app_secret())),
        ..update
    };
    let refused = transcript.ask(admin, "UpdateTenant", &spaced).await;
    assert_ne!(refused.code, Code::Ok);
    let key = CreateApiKeyRequest {
        tenant_id: tenant_id.clone(),
        label: "billing".to_owned(),
        ..CreateApiKeyRequest::default()
    };
    // The only responses that may contain the text of a key.
    let created: CreateApiKeyResponse = read(&admin.call("CreateApiKey", &key).await);
    transcript
        .secrets
        .text("a new key", secret_of(&created.key));
    let rotate = RotateApiKeyRequest {
        tenant_id: tenant_id.clone(),
        key_id: created.api_key.unwrap().id,
        ..RotateApiKeyRequest::default()
    };
    let rotated: RotateApiKeyResponse = read(&admin.call("RotateApiKey", &rotate).await);
    transcript
        .secrets
        .text("a rotated key", secret_of(&rotated.key));
    // A whole key in the place of its id.
    let pasted = RevokeApiKeyRequest {
        tenant_id: tenant_id.clone(),
        key_id: rotated.key,
    };
    let refused = transcript.ask(admin, "RevokeApiKey", &pasted).await;
    assert_ne!(refused.code, Code::Ok);
    let list = ListApiKeysRequest {
        tenant_id: tenant_id.clone(),
    };
    transcript.ask(admin, "ListApiKeys", &list).await;
    transcript
        .ask(admin, "GetTenant", &GetTenantRequest { tenant_id })
        .await;
    transcript
        .ask(admin, "ListTenants", &ListTenantsRequest::default())
        .await;
    transcript
}

/// Calls with invalid credentials and values, which error messages might repeat.
pub async fn of_rejected_calls(harness: &ProcessHarness, caller: &Caller) -> Transcript {
    let mut transcript = Transcript::default();
    for key in [
        new_key().expose().to_owned(),
        format!("{}x", new_key().expose()),
        format!("eyJhbGciOiJub25lIn0.{}.", secret("claims")),
        secret("any"),
    ] {
        let part = secret_of(&key)
            .trim_end_matches('.')
            .rsplit('.')
            .next()
            .unwrap();
        transcript.secrets.text("an invalid credential", part);
        let unauthenticated = caller.with_key(&key);
        let list = ListMigrationsRequest::default();
        let refused = transcript
            .ask(&unauthenticated, "ListMigrations", &list)
            .await;
        assert_ne!(refused.code, Code::Ok);
    }
    let spaced = format!("{} with words", transcript.token());
    for wrong in [
        MigrateRequest {
            access_token: spaced,
            ..request("+12025550100")
        },
        MigrateRequest {
            two_step_pin: secret("pin"),
            access_token: transcript.token(),
            ..request("+12025550100")
        },
    ] {
        if !wrong.two_step_pin.is_empty() {
            let pin = &wrong.two_step_pin;
            transcript.secrets.text("an invalid PIN", pin);
        }
        let refused = transcript.ask(caller, "Migrate", &wrong).await;
        assert_ne!(refused.code, Code::Ok);
    }
    let code = secret("code");
    transcript.secrets.text("an invalid code", &code);
    let submit = SubmitCodeRequest {
        migration_id: "mig_01935f00000070008000000000000001".to_owned(),
        code,
        wait: None,
    };
    let refused = transcript.ask(caller, "SubmitCode", &submit).await;
    assert_ne!(refused.code, Code::Ok);
    assert!(!harness.token.is_empty());
    transcript
}
