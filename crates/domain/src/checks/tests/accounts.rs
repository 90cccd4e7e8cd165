//! Checks of the accounts: known values, and the health by its error codes.

use super::*;
use crate::facts::{HealthEntity, HealthError};

/// An entity of a health: its kind, its value, and the codes of its errors.
type Shown<'a> = (&'a str, &'a str, &'a [i64]);

/// A health of this value, with these entities.
fn health(word: &str, entities: &[Shown<'_>]) -> AccountHealth {
    let error = |code: &i64| HealthError {
        code: Some(*code),
        description: Some(format!("Description of {code}.")),
        solution: Some(format!("Solution of {code}.")),
    };
    let entity = |(kind, word, codes): &Shown<'_>| HealthEntity {
        kind: (*kind).to_owned(),
        id: None,
        can_send_message: (!word.is_empty()).then(|| (*word).to_owned()),
        errors: codes.iter().map(error).collect(),
        additional_info: Vec::new(),
    };
    AccountHealth {
        can_send_message: text(word),
        entities: entities.iter().map(entity).collect(),
    }
}

/// The results for payment, verification and restriction of a destination with this health.
fn of_health(health: AccountHealth) -> [(Verdict, Vec<Remedy>); 3] {
    let facts = in_destination(|account| account.health = Some(health));
    [
        CheckId::DestinationPayment,
        CheckId::DestinationBusinessVerified,
        CheckId::NotRestricted,
    ]
    .map(|id| stands(&facts, id))
}

fn passes() -> (Verdict, Vec<Remedy>) {
    (Verdict::Pass, Vec::new())
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table, a row a health")]
fn the_codes_of_a_health_fail_the_right_check() {
    let payment = (Verdict::Fail, vec![Remedy::AddPaymentMethod]);
    let verification = (Verdict::Warn, vec![Remedy::VerifyBusiness]);
    let restricted = (Verdict::Fail, vec![Remedy::LiftRestriction]);
    let limited = (Verdict::Warn, vec![Remedy::LiftRestriction]);
    let of_the_app = (Verdict::Warn, vec![Remedy::Investigate]);
    let field_case = [
        ("PHONE_NUMBER", "LIMITED", &[138_024][..]),
        ("WABA", "BLOCKED", &[141_006]),
        ("BUSINESS", "LIMITED", &[141_010]),
        ("APP", "AVAILABLE", &[]),
    ];
    let cases: &[(&str, &[Shown<'_>], [_; 3])] = &[
        ("AVAILABLE", &[], [passes(), passes(), passes()]),
        // The payment method alone blocks it.
        (
            "BLOCKED",
            &field_case,
            [payment.clone(), verification.clone(), passes()],
        ),
        (
            "blocked",
            &[("waba", "blocked", &[141_006])],
            [payment.clone(), passes(), passes()],
        ),
        // Calling is irrelevant to a move, both of the number and of the account.
        (
            "LIMITED",
            &[("PHONE_NUMBER", "LIMITED", &[138_024])],
            [passes(), passes(), passes()],
        ),
        (
            "BLOCKED",
            &[("APP", "AVAILABLE", &[138_025])],
            [passes(), passes(), passes()],
        ),
        (
            "LIMITED",
            &[("WABA", "LIMITED", &[138_018])],
            [passes(), passes(), passes()],
        ),
        (
            "LIMITED",
            &[("BUSINESS", "LIMITED", &[141_010])],
            [passes(), verification.clone(), passes()],
        ),
        // A number or a template never restricts the account.
        (
            "BLOCKED",
            &[("PHONE_NUMBER", "BLOCKED", &[141_000])],
            [passes(), passes(), passes()],
        ),
        (
            "BLOCKED",
            &[("MESSAGE_TEMPLATE", "BLOCKED", &[141_002])],
            [passes(), passes(), passes()],
        ),
        // Another cause, alone and beside explained ones.
        (
            "BLOCKED",
            &[("WABA", "BLOCKED", &[141_014])],
            [passes(), passes(), restricted.clone()],
        ),
        (
            "BLOCKED",
            &[("WABA", "BLOCKED", &[141_006, 141_014])],
            [payment.clone(), passes(), restricted.clone()],
        ),
        (
            "BLOCKED",
            &[("BUSINESS", "BLOCKED", &[999_999])],
            [passes(), passes(), restricted.clone()],
        ),
        (
            "BLOCKED",
            &[("WABA", "BLOCKED", &[])],
            [passes(), passes(), restricted.clone()],
        ),
        (
            "BLOCKED",
            &[("WABA", "", &[141_014])],
            [passes(), passes(), restricted.clone()],
        ),
        (
            "BLOCKED",
            &[("", "", &[141_006])],
            [payment.clone(), passes(), passes()],
        ),
        ("BLOCKED", &[], [passes(), passes(), restricted.clone()]),
        (
            "BLOCKED",
            &[("WABA", "AVAILABLE", &[])],
            [passes(), passes(), restricted.clone()],
        ),
        (
            "LIMITED",
            &[("WABA", "LIMITED", &[999_999])],
            [passes(), passes(), limited.clone()],
        ),
        ("LIMITED", &[], [passes(), passes(), limited.clone()]),
        // An entity without errors may be explained by the errors of another.
        (
            "BLOCKED",
            &[
                ("WABA", "BLOCKED", &[]),
                ("BUSINESS", "LIMITED", &[141_006]),
            ],
            [payment, passes(), passes()],
        ),
        (
            "LIMITED",
            &[
                ("WABA", "LIMITED", &[]),
                ("BUSINESS", "LIMITED", &[141_010]),
            ],
            [passes(), verification.clone(), passes()],
        ),
        (
            "BLOCKED",
            &[
                ("WABA", "BLOCKED", &[]),
                ("BUSINESS", "LIMITED", &[141_010]),
            ],
            [passes(), verification, restricted],
        ),
        (
            "AVAILABLE",
            &[("APP", "AVAILABLE", &[999_999])],
            [passes(), passes(), of_the_app.clone()],
        ),
        // A problem of the app, and unknown values and kinds.
        (
            "BLOCKED",
            &[("APP", "BLOCKED", &[999_999])],
            [passes(), passes(), of_the_app],
        ),
        ("DEGRADED", &[], [passes(), passes(), limited.clone()]),
        (
            "BLOCKED",
            &[("SOLUTION", "BLOCKED", &[999_999])],
            [passes(), passes(), limited],
        ),
    ];
    for (word, entities, expected) in cases {
        assert_eq!(
            &of_health(health(word, entities)),
            expected,
            "{word} {entities:?}"
        );
    }
}

#[test]
fn metas_description_and_solution_are_quoted() {
    let blocked = health("BLOCKED", &[("WABA", "BLOCKED", &[141_006, 141_014])]);
    let facts = in_destination(|account| account.health = Some(blocked));
    assert_eq!(
        check(&facts, CheckId::DestinationPayment).finding,
        "Meta says: \"Description of 141006.\" (health code 141006), and advises: \"Solution of 141006.\""
    );
    let restricted = check(&facts, CheckId::NotRestricted).finding;
    assert!(
        restricted.contains("\"Description of 141014.\""),
        "{restricted}"
    );
    assert!(!restricted.contains("141006"), "{restricted}");
}

#[test]
fn a_payment_problem_is_recognised_by_its_code_or_its_text_in_every_language() {
    let described = |code, description: &str, word: &str, kind: &str| {
        let mut health = health("BLOCKED", &[(kind, word, &[0])]);
        health.entities[0].errors[0] = HealthError {
            code,
            description: text(description),
            solution: None,
        };
        of_health(health)[0].0
    };
    for text in ["Há um erro na forma de pagamento.", "支払い", ""] {
        assert_eq!(
            described(Some(141_006), text, "BLOCKED", "WABA"),
            Verdict::Fail,
            "{text}"
        );
    }
    for text in [
        "There is an error with the PAYMENT method.",
        "No credit line is attached.",
        "Há um problema com a forma de pagamento.",
        "Hay un error con el método de pago.",
        "Es liegt ein Fehler bei der Zahlungsmethode vor.",
    ] {
        for code in [None, Some(141_099)] {
            assert_eq!(
                described(code, text, "BLOCKED", "WABA"),
                Verdict::Fail,
                "{text}"
            );
            assert_eq!(
                described(code, text, "AVAILABLE", "WABA"),
                Verdict::Warn,
                "{text}"
            );
            assert_eq!(
                described(code, text, "BLOCKED", "PHONE_NUMBER"),
                Verdict::Pass,
                "{text}"
            );
        }
    }
}

#[test]
fn an_unreadable_payment_method_is_unknown_unless_the_health_shows_it() {
    let unreadable = |health| {
        let facts = in_destination(|account| {
            account.has_payment_method = None;
            account.health = health;
        });
        stands(&facts, CheckId::DestinationPayment)
    };
    let add = vec![Remedy::AddPaymentMethod];
    assert_eq!(unreadable(None), (Verdict::Unknown, add.clone()));
    let fine = AccountHealth::plain("AVAILABLE");
    assert_eq!(unreadable(Some(fine)), (Verdict::Unknown, add.clone()));
    let blocked = health("BLOCKED", &[("WABA", "BLOCKED", &[141_006])]);
    assert_eq!(unreadable(Some(blocked)), (Verdict::Fail, add));
}

#[test]
fn a_bad_value_fails_and_an_unknown_one_warns() {
    type Set = fn(&mut AccountFacts, &str);
    let lists: [(CheckId, Set, &[&str], &[&str]); 4] = [
        (
            CheckId::DestinationBusinessVerified,
            |account, word| account.business_verification_status = text(word),
            &["verified", "VERIFIED"],
            &[
                "not_verified",
                "pending",
                "PENDING_NEED_MORE_INFO",
                "rejected",
                "revoked",
                "expired",
            ],
        ),
        (
            CheckId::DestinationApproved,
            |account, word| account.account_review_status = text(word),
            &["APPROVED", "approved"],
            &[
                "PENDING",
                "rejected",
                "LIMIT_REACHED",
                "RESTRICTED",
                "DEFERRED",
            ],
        ),
        (
            CheckId::DestinationApproved,
            |account, word| account.status = text(word),
            &["ACTIVE", "active"],
            &["DISABLED", "banned", "SUSPENDED"],
        ),
        (
            CheckId::MessagingForApproved,
            |account, word| account.on_behalf_of_status = text(word),
            &["APPROVED", "approved"],
            &["PENDING", "declined"],
        ),
    ];
    for (id, set, good, bad) in lists {
        let verdict = |word: &str| stands(&in_destination(|account| set(account, word)), id).0;
        for word in good {
            assert_eq!(verdict(word), Verdict::Pass, "{id:?} {word}");
        }
        for word in bad {
            assert_eq!(verdict(word), Verdict::Fail, "{id:?} {word}");
        }
        assert_eq!(verdict("SOMETHING_NEW"), Verdict::Warn, "{id:?}");
    }
    let both = in_destination(|account| {
        account.status = text("SOMETHING_NEW");
        account.account_review_status = text("REJECTED");
    });
    let finding = check(&both, CheckId::DestinationApproved).finding;
    assert_eq!(
        finding, "The review status is REJECTED.",
        "the worse of both"
    );
}

#[test]
fn a_verified_business_passes_although_its_health_may_show_otherwise() {
    let unverified = health("LIMITED", &[("BUSINESS", "LIMITED", &[141_010])]);
    let verdict = |status: Option<&str>| {
        let facts = in_destination(|account| {
            account.health = Some(unverified.clone());
            account.business_verification_status = status.map(ToOwned::to_owned);
        });
        stands(&facts, CheckId::DestinationBusinessVerified)
    };
    let warns = (Verdict::Warn, vec![Remedy::VerifyBusiness]);
    assert_eq!(verdict(Some("verified")), warns);
    assert_eq!(verdict(None), warns);
    assert_eq!(verdict(Some("not_verified")).0, Verdict::Fail);
}

#[test]
fn only_our_app_counts_as_subscribed_if_it_is_known() {
    let apps = |count, ours| {
        let facts = with(|facts| facts.subscribed_apps = Ok(SubscribedApps { count, ours }));
        check(&facts, CheckId::AppSubscribed)
    };
    for (count, ours, verdict, finding) in [
        (
            2,
            Some(true),
            Verdict::Pass,
            "Our app is subscribed (2 in total).",
        ),
        (
            1,
            None,
            Verdict::Pass,
            "1 subscribed; which app is ours is not known.",
        ),
        (
            0,
            None,
            Verdict::Warn,
            "No app is subscribed; the SUBSCRIBE step subscribes ours.",
        ),
        (
            1,
            Some(false),
            Verdict::Warn,
            "One app is subscribed, but not ours; the SUBSCRIBE step subscribes ours.",
        ),
    ] {
        let check = apps(count, ours);
        assert_eq!((check.verdict, check.finding.as_str()), (verdict, finding));
    }
}
