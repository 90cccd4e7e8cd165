//! The domain: what a migration is and how it moves. Pure.
//!
//! This crate uses no clock, socket, database or runtime: the caller passes `now`, decisions come
//! back as [`Action`]s, and their results are passed in again as [`Outcome`]s. See [`Machine`].

mod action;
mod budget;
mod call;
pub mod checks;
mod event;
pub mod facts;
mod fault;
mod ids;
mod language;
mod machine;
mod migration;
mod named;
mod next_action;
mod phone;
mod policy;
mod principal;
mod report;
mod request;
mod retention;
mod secret;
mod state;
mod string_newtype;
pub mod tenancy;
mod trace_parent;
mod tracked;
mod update;

pub use action::{Action, Outcome, Read, Reading, Written};
pub use budget::{Attempts, Budget, LONGEST_WINDOW, Limit};
pub use call::{GraphCall, Write};
pub use checks::{Check, CheckId, Verdict};
pub use event::{Event, EventKind};
pub use fault::{Actor, Disposition, Effect, Fault, GraphError, Reason, Remedy};
pub use ids::{AppId, InvalidId, MigrationId, PhoneNumberId, RequestId, TenantId, WabaId};
pub use language::{InvalidLanguage, Language};
pub use machine::{Command, CommandError, Machine, Start};
pub use migration::{Findings, Migration};
pub use next_action::{NextAction, NextActionKind};
pub use phone::{InvalidLastDigits, InvalidPhoneNumber, LastDigits, PhoneNumber};
pub use policy::Policy;
pub use principal::Principal;
pub use report::{
    Report, ReportLine, ReportOutcome, Snapshot, TemplateLine, TemplateOutcome, to_set_up_again,
};
pub use request::{
    CodeMethod, Conditions, Cutover, Effective, Objection, PinSource, Request, Route,
};
pub use retention::{REQUEST_IDS_KEPT, Retention};
pub use secret::{AccessToken, AppSecret, InvalidSecret, Pin, Secrets, VerificationCode};
pub use state::{Codes, Phase, Registration, State, Step, StepProgress};
pub use trace_parent::{InvalidTraceParent, TraceParent};
pub use tracked::Tracked;
pub use update::{MAX_LABELS, Tags, Update};
