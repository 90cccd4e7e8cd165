//! What went wrong, for a person and for a script. The service's rich errors are told whole.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tonic::Status;
use tonic_types::StatusExt as _;

use super::exit::Exit;
use crate::api::code_name;
use crate::util::error_chain::root_cause;

/// Why a command did not do what it should.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
    /// What the service said, where it did.
    refusal: Option<Box<Refusal>>,
}

/// The details of the service's answer.
#[derive(Debug)]
struct Refusal {
    /// The gRPC code's name.
    code: String,
    reason: String,
    /// Field and what is wrong with it; subject and what is in the way.
    violations: Vec<(String, String)>,
    metadata: Vec<(String, String)>,
    retry_after: Option<Duration>,
}

impl Failure {
    /// The input is wrong, and was not sent.
    pub(super) fn usage(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
            refusal: None,
        }
    }

    /// What was asked for is not to be done as things stand.
    pub(super) fn refused(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Refused,
            message: message.to_string(),
            refusal: None,
        }
    }

    /// What was asked for is not there.
    pub(super) fn not_found(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::NotFound,
            message: message.to_string(),
            refusal: None,
        }
    }

    /// The program or the connection failed.
    pub(super) fn failed(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.to_string(),
            refusal: None,
        }
    }

    /// How the program ends on it.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// The same for a script. `code` is null where the service did not answer.
    pub(super) fn json(&self) -> Value {
        let refusal = self.refusal.as_deref();
        let violations: Vec<Value> = refusal
            .into_iter()
            .flat_map(|refusal| &refusal.violations)
            .map(|(field, description)| json!({ "field": field, "description": description }))
            .collect();
        let metadata: Map<String, Value> = refusal
            .into_iter()
            .flat_map(|refusal| &refusal.metadata)
            .map(|(key, value)| (key.clone(), json!(value)))
            .collect();
        let retry_after = refusal.and_then(|refusal| refusal.retry_after);
        json!({ "error": {
            "code": refusal.map(|refusal| &refusal.code),
            "reason": refusal.map(|refusal| &refusal.reason),
            "message": self.message,
            "violations": violations,
            "metadata": metadata,
            "retry_after": retry_after.map(|after| format!("{}s", after.as_secs_f64())),
        }})
    }
}

impl From<Status> for Failure {
    fn from(answer: Status) -> Self {
        let details = answer.get_error_details();
        let info = details.error_info();
        let fields = details
            .bad_request()
            .into_iter()
            .flat_map(|bad| &bad.field_violations);
        let state = details
            .precondition_failure()
            .into_iter()
            .flat_map(|failure| &failure.violations);
        let quota = details
            .quota_failure()
            .into_iter()
            .flat_map(|failure| &failure.violations);
        let violations = fields
            .map(|violation| (violation.field.clone(), violation.description.clone()))
            .chain(
                state.map(|violation| (violation.subject.clone(), violation.description.clone())),
            )
            .chain(
                quota.map(|violation| (violation.subject.clone(), violation.description.clone())),
            )
            .collect();
        let mut metadata: Vec<(String, String)> = info
            .into_iter()
            .flat_map(|info| &info.metadata)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        metadata.sort();
        let broken = answer.source().map(root_cause);
        Self {
            exit: Exit::of_refusal(answer.code()),
            message: broken.unwrap_or_else(|| answer.message().to_owned()),
            refusal: Some(Box::new(Refusal {
                code: code_name(answer.code()).to_owned(),
                reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
                violations,
                metadata,
                retry_after: details.retry_info().and_then(|info| info.retry_delay),
            })),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let Some(refusal) = &self.refusal else {
            return Ok(());
        };
        let reason = if refusal.reason.is_empty() {
            &refusal.code
        } else {
            &refusal.reason
        };
        write!(f, " ({reason})")?;
        for (subject, description) in &refusal.violations {
            // What the message says is not said again.
            if *description != self.message {
                write!(f, "\n  {subject}: {description}")?;
            }
        }
        for (key, value) in &refusal.metadata {
            if value.len() < 4 || !self.message.contains(value.as_str()) {
                write!(f, "\n  {key}: {value}")?;
            }
        }
        match refusal.retry_after {
            Some(after) => write!(f, "\n  try again in {} s", after.as_secs_f64().ceil()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;
    use tonic_types::ErrorDetails;

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
    fn a_rich_error_is_told_whole() {
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
    fn what_the_message_says_is_not_said_again() {
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
    fn a_script_reads_the_same() {
        let json = refused().json();
        assert_eq!(json["error"]["code"], "INVALID_ARGUMENT");
        assert_eq!(json["error"]["reason"], "INVALID_FIELDS");
        assert_eq!(json["error"]["violations"][1]["field"], "wait");
        assert_eq!(json["error"]["retry_after"], "41.2s");
        assert_eq!(json["error"]["metadata"]["limit"], "60");
    }

    #[test]
    fn an_error_without_details_is_told_too() {
        let failure = Failure::from(Status::not_found("no such migration"));
        assert_eq!(
            (failure.to_string().as_str(), failure.exit()),
            ("no such migration (NOT_FOUND)", Exit::NotFound)
        );
    }
}
