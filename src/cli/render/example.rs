//! Example migrations for tests.

use prost_types::{Duration, Timestamp};

use crate::proto::v1::*;

#[expect(
    clippy::unnecessary_wraps,
    reason = "the contract's fields are optional"
)]
fn at(second: i64) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: 1_795_382_890 + second,
        nanos: 0,
    })
}

fn remedy(kind: &str, actor: Actor, instruction: &str) -> Remedy {
    Remedy {
        kind: kind.to_owned(),
        actor: actor.into(),
        instruction: instruction.to_owned(),
        documentation: format!(
            "https://migrator.example/docs/preparing-a-number#{}",
            kind.to_lowercase().replace('_', "-")
        ),
    }
}

/// Waits for another code, since Meta refused one.
pub(in crate::cli) fn waiting() -> Migration {
    let fault = Fault {
        reason: "CODE_REJECTED".to_owned(),
        disposition: Disposition::Ask.into(),
        message: "Meta refused the code.".to_owned(),
        remedies: vec![remedy(
            "SUBMIT_NEW_CODE",
            Actor::NumberOwner,
            "Read the newest code and submit it.",
        )],
        retry_after: None,
        graph_error: Some(GraphError {
            http_status: 400,
            code: 136_025,
            message: "Verify code error".to_owned(),
            user_message: "The code is wrong.".to_owned(),
            fbtrace_id: "AbCdEf".to_owned(),
            ..GraphError::default()
        }),
        documentation: "https://migrator.example/docs/faults#CODE_REJECTED".to_owned(),
    };
    let step = |step: Step, started: Option<i64>, finished: Option<i64>| StepProgress {
        step: step.into(),
        started_at: started.and_then(at),
        finished_at: finished.and_then(at),
        attempts: 1,
        last_fault: None,
    };
    Migration {
        id: "mig_01935f00000070008000000000000001".to_owned(),
        request_id: "order-7".to_owned(),
        phone_number: "+12025550100".to_owned(),
        destination_waba_id: "215589313241560".to_owned(),
        source_waba_id: "104996122399160".to_owned(),
        route: Route::Otp.into(),
        code_method: CodeMethod::Sms.into(),
        language: "en_US".to_owned(),
        two_step_pin_source: TwoStepPinSource::Generated.into(),
        reference: "customer 7".to_owned(),
        labels: [("team".to_owned(), "blue".to_owned()), ("batch".to_owned(), "3".to_owned())].into(),
        state: State::WaitingForCode.into(),
        step: Step::VerifyCode.into(),
        steps: vec![
            step(Step::Check, Some(0), Some(1)),
            step(Step::AddNumber, Some(1), Some(2)),
            StepProgress {
                attempts: 2,
                last_fault: Some(fault.clone()),
                ..step(Step::VerifyCode, Some(2), None)
            },
            step(Step::Register, None, None),
        ],
        next_action: Some(NextAction {
            actor: Actor::NumberOwner.into(),
            kind: NextActionKind::SubmitCode.into(),
            instruction: "Ask the owner of +12025550100 for the newest code and submit it with SubmitCode, or ask for \
                          another with ResendCode."
                .to_owned(),
            deadline: at(600),
            remedies: fault.remedies.clone(),
            since: at(0),
        }),
        fault: Some(fault),
        budgets: vec![Budget {
            call: GraphCall::Register.into(),
            used: 1,
            limit: 8,
            window: Some(Duration { seconds: 259_200, nanos: 0 }),
            next_allowed_at: at(60),
        }],
        created_at: at(0),
        ..Migration::default()
    }
}

/// Succeeded. Every field is set, including the fault.
pub(in crate::cli) fn moved() -> Migration {
    let line = |subject: &str, before: &str, after: &str, outcome: ReportOutcome| ReportLine {
        subject: subject.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        outcome: outcome.into(),
    };
    let mut migration = waiting();
    migration.state = State::Succeeded.into();
    migration.next_action = Some(NextAction {
        kind: NextActionKind::None.into(),
        instruction: "Nothing: the number is connected in the destination.".to_owned(),
        ..NextAction::default()
    });
    migration.cutover = Some(Cutover {
        when: Some(cutover::When::Hold(true)),
    });
    migration.ended_at = at(15).map(|at| Timestamp {
        nanos: 500_000_000,
        ..at
    });
    migration.before = Some(Snapshot::default());
    migration.after = Some(Snapshot::default());
    migration.checks = vec![Check {
        id: "PAYMENT_METHOD".to_owned(),
        verdict: Verdict::Warn.into(),
        title: "A payment method is attached".to_owned(),
        finding: "The source account has none.".to_owned(),
        remedies: vec![remedy(
            "ADD_PAYMENT_METHOD",
            Actor::DestinationAdmin,
            "Attach a payment method.",
        )],
        ..Check::default()
    }];
    migration.report = Some(Report {
        as_of: at(15),
        lines: vec![
            line(
                "display name",
                "Lucky Shrub",
                "Lucky Shrub",
                ReportOutcome::Kept,
            ),
            line("quality rating", "GREEN", "UNKNOWN", ReportOutcome::Changed),
            line("throughput", "", "STANDARD", ReportOutcome::Unknown),
        ],
        templates: vec![TemplateLine {
            name: "order_update".to_owned(),
            language: "en_US".to_owned(),
            category_before: "UTILITY".to_owned(),
            category_after: "MARKETING".to_owned(),
            outcome: TemplateOutcome::Recategorised.into(),
            why: String::new(),
        }],
        templates_not_listed: 120,
        to_do_anew: vec!["Webhook overrides of the number.".to_owned()],
        unregistered_for: Some(prost_types::Duration {
            seconds: 192,
            nanos: 0,
        }),
    });
    migration
}
