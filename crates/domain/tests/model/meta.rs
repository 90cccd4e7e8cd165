//! The modelled Meta: the number, the calls that Meta has received, and what it shows.
//!
//! A call takes effect within its settling time, not at once. Its answer may come before the effect
//! is seen, after it, or never.

use domain::facts::{
    AccountFacts, AccountHealth, Confirmation, Facts, NumberFacts, Side, SubscribedApps, TokenFacts,
};
use domain::{PhoneNumberId, Read, Reading, WabaId};
use jiff::Timestamp;

use super::migrations::{Answer, Call, Counts, Refusal, SETTLES};

pub const RIGHT_CODE: &str = "123-830";
pub const WRONG_CODE: &str = "000-000";

/// What Meta shows of the number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own at Meta"
)]
pub struct View {
    pub subscribed: bool,
    pub added: bool,
    pub verified: bool,
    pub connected: bool,
}

/// Meta.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meta {
    pub shows: View,
    /// A code was sent that is still valid.
    pub code_sent: bool,
    /// The calls that have not taken effect, or whose answer has not arrived.
    pub calls: [Option<Received>; 3],
    /// How many of the limited calls it has received within the window.
    pub received: Counts,
    /// No person has acted, and Meta has refused nothing, since a code was requested.
    pub code_request_open: bool,
}

/// A call that Meta has received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Received {
    pub call: Call,
    /// Ticks within which it takes effect.
    pub left: u8,
    /// The worker that waits for the answer.
    pub waiter: Option<u8>,
    /// The answer, once the call has taken effect.
    pub answer: Option<Answer>,
    /// Success was answered before the effect can be seen.
    pub promised: bool,
}

impl Received {
    /// Whether it has not taken effect.
    pub const fn is_open(self) -> bool {
        self.answer.is_none()
    }
}

impl Meta {
    /// Meta receives a call of a worker.
    pub fn receive(&mut self, call: Call, waiter: u8) {
        // The engine settles only REGISTER: another call that takes effect late does no harm.
        let left = match call {
            Call::Register => SETTLES - 1,
            _ => 1,
        };
        if let Some(limited) = call.limited() {
            self.received[limited] += 1;
        }
        let free = self.calls.iter_mut().find(|it| it.is_none());
        *free.expect("never more calls at a time") = Some(Received {
            call,
            left,
            waiter: Some(waiter),
            answer: None,
            promised: false,
        });
    }

    /// Whether an earlier register call may still take effect.
    pub fn registers_late(&self) -> bool {
        let mut open = self.calls.iter().flatten().filter(|it| it.is_open());
        open.any(|it| it.call == Call::Register)
    }

    /// The position of the call whose answer this worker waits for.
    pub fn awaited_by(&self, worker: u8) -> Option<usize> {
        let waits = |it: &Option<Received>| it.is_some_and(|it| it.waiter == Some(worker));
        self.calls.iter().position(waits)
    }

    /// The worker does not wait for its answer any more.
    pub fn abandon(&mut self, worker: u8) {
        if let Some(at) = self.awaited_by(worker)
            && let Some(received) = &mut self.calls[at]
        {
            received.waiter = None;
            if !received.is_open() {
                self.calls[at] = None;
            }
        }
    }

    /// The call at this position takes effect.
    pub fn perform(&mut self, at: usize) {
        let Some(received) = self.calls[at] else {
            return;
        };
        let answer = self.effect(received.call);
        self.calls[at] = received.waiter.map(|_| Received {
            answer: Some(answer),
            left: 0,
            ..received
        });
    }

    fn effect(&mut self, call: Call) -> Answer {
        let shows = &mut self.shows;
        match call {
            Call::Subscribe => shows.subscribed = true,
            Call::AddNumber if shows.added => return Answer::Refused(Refusal::AlreadyAdded),
            Call::AddNumber => shows.added = true,
            Call::RequestCode => self.code_sent = true,
            Call::VerifyCode { .. } if shows.verified => {
                return Answer::Refused(Refusal::AlreadyVerified);
            }
            Call::VerifyCode { right } if right && self.code_sent => shows.verified = true,
            Call::VerifyCode { .. } => return Answer::Refused(Refusal::WrongCode),
            Call::Register if !shows.verified => return Answer::Refused(Refusal::NotVerified),
            Call::Register => shows.connected = true,
        }
        Answer::Done
    }
}

/// What is read of Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadKind {
    Facts,
    Subscription,
    FindNumber,
    Number,
    Confirmation,
}

impl ReadKind {
    pub const fn of(read: &Read) -> Self {
        match read {
            Read::Facts => Self::Facts,
            Read::Subscription => Self::Subscription,
            Read::FindNumber => Self::FindNumber,
            Read::Number(_) => Self::Number,
            Read::Confirmation(_) => Self::Confirmation,
        }
    }
}

pub fn destination() -> WabaId {
    "215589313241560".parse().unwrap()
}

pub fn number_id() -> PhoneNumberId {
    "555000111222".parse().unwrap()
}

impl View {
    /// What the engine reads when Meta shows this.
    pub fn reading(self, read: &Read, now: Timestamp) -> Reading {
        match read {
            Read::Facts => Reading::Facts(Box::new(self.facts(now))),
            Read::Subscription => Reading::Subscription(self.subscribed),
            Read::FindNumber => Reading::FoundNumber(self.added.then(|| Box::new(self.number()))),
            Read::Number(_) => Reading::Number(Box::new(self.number())),
            Read::Confirmation(_) => Reading::Confirmation(Box::new(Confirmation {
                number: self.number(),
                listed: self.added,
                templates: None,
            })),
        }
    }

    fn number(self) -> NumberFacts {
        let either = |yes: bool, one: &str, other: &str| {
            Some(if yes {
                one.to_owned()
            } else {
                other.to_owned()
            })
        };
        NumberFacts {
            id: number_id(),
            display_phone_number: "+1 202-555-0123".to_owned(),
            verified_name: None,
            name_status: None,
            new_name_status: None,
            status: either(self.connected, "CONNECTED", "PENDING"),
            code_verification_status: either(self.verified, "VERIFIED", "NOT_VERIFIED"),
            platform_type: either(self.connected, "CLOUD_API", "NOT_APPLICABLE"),
            quality_rating: None,
            messaging_limit: None,
            throughput: None,
            account_mode: None,
            health: None,
            official_business_account: None,
            pin_enabled: None,
            on_business_app: None,
        }
    }

    fn facts(self, now: Timestamp) -> Facts {
        Facts {
            read_at: now,
            token: Ok(TokenFacts {
                app_id: None,
                is_valid: true,
                error: None,
                expires_at: None,
                scopes: vec![
                    "whatsapp_business_management".to_owned(),
                    "whatsapp_business_messaging".to_owned(),
                ],
                limited_to: Vec::new(),
            }),
            destination: Side {
                account: Ok(AccountFacts {
                    id: destination(),
                    name: None,
                    owner_business_id: None,
                    on_behalf_of_business_id: None,
                    on_behalf_of_status: None,
                    business_verification_status: Some("verified".to_owned()),
                    account_review_status: Some("APPROVED".to_owned()),
                    status: Some("ACTIVE".to_owned()),
                    has_payment_method: Some(true),
                    health: Some(AccountHealth::plain("AVAILABLE")),
                    adding_numbers_restricted: None,
                }),
                numbers_unread: None,
                number_count: Some(1),
                number: self.added.then(|| self.number()),
                templates: Some(Vec::new()),
            },
            subscribed_apps: Ok(SubscribedApps {
                count: u64::from(self.subscribed),
                ours: Some(self.subscribed),
            }),
            source: None,
        }
    }
}
