//! Why a command failed, for a person and for a program. Details of the service's error are kept.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;

use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::exit::Exit;
use crate::api;
use crate::config::environment::API_KEY;
use crate::util::error_chain::root_cause;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    status: Box<Status>,
    origin: FailureOrigin,
}

/// Where a failure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FailureOrigin {
    /// The service returned it.
    Service,
    /// The connection to the service broke. The message is its root cause.
    Connection,
    /// The command line itself.
    Local(LocalReason),
}

/// Why a command failed without an answer of the service. Stable names for scripts; `docs/cli.md`
/// explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalReason {
    /// An argument, a flag or an input file is invalid. Nothing was sent.
    Usage,
    /// A setting is invalid.
    Configuration,
    /// Several migrations match a number.
    SeveralMatch,
    /// No migration matches a number.
    NoMatch,
    /// No service answers, or the connection broke.
    NoService,
    /// The TLS connection was refused by one of the two sides.
    Tls,
    /// The program, the store or the system failed.
    Failed,
}

impl LocalReason {
    /// Every reason, in the order of `docs/cli.md`.
    #[cfg(test)]
    pub(super) const ALL: [Self; 7] = [
        Self::Usage,
        Self::Configuration,
        Self::SeveralMatch,
        Self::NoMatch,
        Self::NoService,
        Self::Tls,
        Self::Failed,
    ];

    /// The name, as `reason` in JSON.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "USAGE",
            Self::Configuration => "CONFIGURATION",
            Self::SeveralMatch => "SEVERAL_MATCH",
            Self::NoMatch => "NO_MATCH",
            Self::NoService => "NO_SERVICE",
            Self::Tls => "TLS",
            Self::Failed => "FAILED",
        }
    }

    /// The code, which decides the exit code as the code of a service's error does.
    const fn code(self) -> Code {
        match self {
            Self::Usage | Self::Configuration | Self::SeveralMatch => Code::InvalidArgument,
            Self::NoMatch => Code::NotFound,
            Self::NoService | Self::Tls => Code::Unavailable,
            Self::Failed => Code::Unknown,
        }
    }

    /// The HTTP status that fits best: `code` in JSON.
    const fn http_status(self) -> u16 {
        match self {
            Self::Usage | Self::Configuration | Self::SeveralMatch => 400,
            Self::NoMatch => 404,
            Self::NoService | Self::Tls => 503,
            Self::Failed => 500,
        }
    }
}

impl Failure {
    /// A failure without an answer of the service.
    pub(super) fn local(reason: LocalReason, message: impl fmt::Display) -> Self {
        let details = ErrorDetails::with_error_info(reason.as_str(), api::DOMAIN, []);
        let status = Status::with_error_details(reason.code(), message.to_string(), details);
        Self {
            status: Box::new(status),
            origin: FailureOrigin::Local(reason),
        }
    }

    /// The input is invalid and was not sent.
    pub(super) fn usage(message: impl fmt::Display) -> Self {
        Self::local(LocalReason::Usage, message)
    }

    /// The program or the system failed.
    pub(super) fn failed(message: impl fmt::Display) -> Self {
        Self::local(LocalReason::Failed, message)
    }

    /// The exit code of the program.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::of_refusal(self.status.code())
    }

    /// The root cause, if the connection to the service broke.
    pub(super) fn broken_connection(&self) -> Option<&str> {
        (self.origin == FailureOrigin::Connection).then(|| self.status.message())
    }

    /// The failure for a program, as REST returns errors.
    pub(super) fn json(&self) -> Value {
        let error = api::error_json(&self.status);
        let mut error =
            error.unwrap_or_else(|| json!({ "error": { "message": self.status.message() } }));
        if let FailureOrigin::Local(reason) = self.origin
            && let Some(fields) = error.get_mut("error").and_then(Value::as_object_mut)
        {
            fields.insert("code".to_owned(), json!(reason.http_status()));
        }
        error
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        // The status of a broken connection is a bare "transport error". Its root cause explains
        // it.
        let (status, origin) = match status.source().map(root_cause) {
            Some(cause) => (Status::new(status.code(), cause), FailureOrigin::Connection),
            None => (status, FailureOrigin::Service),
        };
        Self {
            status: Box::new(status),
            origin,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, origin } = self;
        let message = status.message();
        f.write_str(message)?;
        if matches!(origin, FailureOrigin::Local(_)) {
            return Ok(());
        }
        let details = status.get_error_details();
        let info = details.error_info();
        let reason = info.map_or(api::code_name(status.code()), |info| &info.reason);
        write!(f, " ({reason})")?;
        let fields = details.bad_request().map(|bad| &bad.field_violations);
        let fields = fields.into_iter().flatten();
        let state = details.precondition_failure().map(|it| &it.violations);
        let state = state.into_iter().flatten();
        let quota = details.quota_failure().map(|it| &it.violations);
        let quota = quota.into_iter().flatten();
        let violations = fields
            .map(|it| (&it.field, &it.description))
            .chain(state.map(|it| (&it.subject, &it.description)))
            .chain(quota.map(|it| (&it.subject, &it.description)));
        for (subject, description) in violations {
            // The message is not repeated.
            if !message.contains(description.as_str()) {
                write!(f, "\n  {subject}: {description}")?;
            }
        }
        let metadata: BTreeMap<_, _> = info.into_iter().flat_map(|info| &info.metadata).collect();
        for (key, value) in metadata {
            if value.len() < 4 || !message.contains(value.as_str()) {
                write!(f, "\n  {key}: {value}")?;
            }
        }
        if let Some(after) = details.retry_info().and_then(|info| info.retry_delay) {
            write!(f, "\n  try again in {} s", after.as_secs_f64().ceil())?;
        }
        match advice(reason) {
            Some(advice) => write!(f, "\n  {advice}"),
            None => Ok(()),
        }
    }
}

/// What to do on the command line about an error of the service.
fn advice(reason: &str) -> Option<String> {
    match reason {
        "CREDENTIALS_MISSING" => Some(format!(
            "name a file that contains an API key with --api-key-file, or put the key into {API_KEY}"
        )),
        _ => None,
    }
}

impl std::error::Error for Failure {}
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn refused() -> Failure {
        let mut details = ErrorDetails::with_error_info(
            "INVALID_FIELDS",
            "waba-migrator",
            [("limit".to_owned(), "60".to_owned())],
        );
        details.add_bad_request_violation("phone_number", "is too short for its country");
        details.add_bad_request_violation("wait", "must be at most 60 s");
        details.set_retry_info(Some(Duration::from_millis(41_200)));
        Status::with_error_details(Code::InvalidArgument, "2 fields are wrong", details).into()
    }

    #[test]
    fn every_detail_of_a_rich_error_is_printed() {
        insta::assert_snapshot!(refused(), @r#"
        2 fields are wrong (INVALID_FIELDS)
          phone_number: is too short for its country
          wait: must be at most 60 s
          limit: 60
          try again in 42 s
        "#);
        assert_eq!(refused().exit(), Exit::Usage);
    }

    #[test]
    fn details_that_repeat_the_message_are_left_out() {
        let metadata = [
            ("migration_id".to_owned(), "mig_1".to_owned()),
            ("limit".to_owned(), "1".to_owned()),
        ];
        let mut details = ErrorDetails::with_error_info("ANY", "waba-migrator", metadata);
        details.add_precondition_failure_violation("STATE", "mig_1", "mig_1 is under way");
        let status = Status::with_error_details(Code::AlreadyExists, "mig_1 is under way", details);
        assert_eq!(
            Failure::from(status).to_string(),
            "mig_1 is under way (ANY)\n  limit: 1"
        );
    }

    #[test]
    fn a_program_reads_the_error_that_rest_returns() {
        let error = &refused().json()["error"];
        assert_eq!(error["code"], 400);
        assert_eq!(error["status"], "INVALID_ARGUMENT");
        assert_eq!(error["message"], "2 fields are wrong");
        let details = error["details"].as_array().unwrap();
        let detail = |name: &str| {
            let is = |it: &&Value| it["@type"].as_str().unwrap().ends_with(name);
            details.iter().find(is).unwrap()
        };
        assert_eq!(detail("ErrorInfo")["reason"], "INVALID_FIELDS");
        assert_eq!(detail("ErrorInfo")["metadata"]["limit"], "60");
        let violations = &detail("BadRequest")["fieldViolations"];
        assert_eq!(violations[1]["field"], "wait");
        assert_eq!(detail("RetryInfo")["retryDelay"], "41.200s");
    }

    #[test]
    fn an_error_without_details_is_printed_with_its_code() {
        let failure = Failure::from(Status::not_found("no such migration"));
        assert_eq!(
            (failure.to_string().as_str(), failure.exit()),
            ("no such migration (NOT_FOUND)", Exit::NotFound)
        );
        assert_eq!(failure.json()["error"]["status"], "NOT_FOUND");
    }

    #[test]
    fn a_local_failure_has_the_shape_of_a_services_error() {
        let failure = Failure::usage("no such file");
        assert_eq!(failure.to_string(), "no such file");
        let error = &failure.json()["error"];
        assert_eq!(error["code"], 400);
        assert_eq!(error["status"], "INVALID_ARGUMENT");
        assert_eq!(error["message"], "no such file");
        assert_eq!(error["details"][0]["reason"], "USAGE");
        assert_eq!(error["details"][0]["domain"], api::DOMAIN);
    }

    #[test]
    fn every_local_reason_is_documented() {
        let page = include_str!("../../docs/cli.md");
        for reason in LocalReason::ALL {
            let exit = Failure::local(reason, "").exit() as u8;
            let row = format!("| `{}` | {exit} |", reason.as_str());
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn a_missing_api_key_is_answered_with_the_flag() {
        let details = ErrorDetails::with_error_info("CREDENTIALS_MISSING", api::DOMAIN, []);
        let status = Status::with_error_details(Code::Unauthenticated, "No credentials.", details);
        let text = Failure::from(status).to_string();
        assert!(
            text.contains("--api-key-file") && text.contains("WABA_MIGRATOR_API_KEY"),
            "{text}"
        );
    }
}
