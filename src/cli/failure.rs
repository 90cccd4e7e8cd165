//! Why a command failed, for a person and for a program. Details of the service's error are kept.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;

use serde_json::{Value, json};
use tonic::Status;
use tonic_types::StatusExt as _;

use super::exit::Exit;
use crate::api;
use crate::util::error_chain::root_cause;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
    /// The service's error, where the service refused the call.
    status: Option<Box<Status>>,
}

impl Failure {
    fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self {
            exit,
            message: message.to_string(),
            status: None,
        }
    }

    /// The input is invalid and was not sent.
    pub(super) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The current state does not allow the command.
    pub(super) fn refused(message: impl fmt::Display) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// The migration, tenant or key does not exist.
    pub(super) fn not_found(message: impl fmt::Display) -> Self {
        Self::new(Exit::NotFound, message)
    }

    /// The program or the connection failed.
    pub(super) fn failed(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The exit code of the program.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// The failure for a program: the service's error as REST returns it, and otherwise a message.
    pub(super) fn json(&self) -> Value {
        let error = self.status.as_deref().and_then(api::error_json);
        error.unwrap_or_else(|| json!({ "error": { "message": self.message } }))
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        // The status of a broken connection is a bare "transport error". Its root cause explains
        // it.
        let status = match status.source().map(root_cause) {
            Some(cause) => Status::new(status.code(), cause),
            None => status,
        };
        Self {
            status: Some(Box::new(status.clone())),
            ..Self::new(Exit::of_refusal(status.code()), status.message())
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let Some(status) = &self.status else {
            return Ok(());
        };
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
            if *description != self.message {
                write!(f, "\n  {subject}: {description}")?;
            }
        }
        let metadata: BTreeMap<_, _> = info.into_iter().flat_map(|info| &info.metadata).collect();
        for (key, value) in metadata {
            if value.len() < 4 || !self.message.contains(value.as_str()) {
                write!(f, "\n  {key}: {value}")?;
            }
        }
        match details.retry_info().and_then(|info| info.retry_delay) {
            Some(after) => write!(f, "\n  try again in {} s", after.as_secs_f64().ceil()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    fn a_failure_before_any_call_has_a_message_and_no_status() {
        let json = Failure::usage("no such file").json();
        assert_eq!(json, json!({ "error": { "message": "no such file" } }));
    }
}
