//! Checks of the number: its name, its state, the app, and remedies that a number that works must
//! never get.

use super::*;

/// Remedies that would end or endanger a number that works, or that its owner uses.
const BREAKING: [Remedy; 6] = [
    Remedy::LeaveBusinessApp,
    Remedy::AddAsNewNumber,
    Remedy::RegisterAtSource,
    Remedy::RestartEmbeddedSignup,
    Remedy::RemovePendingNumber,
    Remedy::UseAccountOfSameBusiness,
];

fn advice(checks: &[Check]) -> Vec<Remedy> {
    checks
        .iter()
        .flat_map(|check| check.remedies.clone())
        .collect()
}

#[test]
fn only_a_pending_change_of_the_name_fails() {
    let new = |word: Option<&str>| {
        let facts = at_source(|number| number.new_name_status = word.map(ToOwned::to_owned));
        check(&facts, CheckId::DisplayNameApproved)
    };
    for word in [None, Some("NONE"), Some("none")] {
        assert_eq!(new(word).verdict, Verdict::Pass, "{word:?}");
    }
    for word in [
        "APPROVED",
        "DECLINED",
        "EXPIRED",
        "SOMETHING_NEW",
        "approved",
    ] {
        assert_eq!(new(Some(word)).verdict, Verdict::Warn, "{word}");
    }
    for word in [
        "PENDING_REVIEW",
        "pending_review",
        "PENDING",
        "PENDING_SECOND_REVIEW",
        "IN_REVIEW",
    ] {
        let check = new(Some(word));
        assert_eq!(check.verdict, Verdict::Fail, "{word}");
        assert_eq!(check.remedies, [Remedy::GetDisplayNameApproved]);
    }
    assert!(
        new(Some("APPROVED"))
            .finding
            .contains("registering the number applies it")
    );
}

#[test]
fn a_name_that_is_not_known_to_be_in_review_never_stops_a_move() {
    for (word, expected) in [
        (Some("APPROVED"), Verdict::Pass),
        (Some("approved"), Verdict::Pass),
        (Some("AVAILABLE_WITHOUT_REVIEW"), Verdict::Warn),
        (Some("DECLINED"), Verdict::Warn),
        (Some("EXPIRED"), Verdict::Warn),
        (Some("NON_EXISTS"), Verdict::Warn),
        (Some("NONE"), Verdict::Warn),
        (Some("SOMETHING_NEW"), Verdict::Warn),
        (Some("PENDING_REVIEW"), Verdict::Fail),
        (None, Verdict::Unknown),
    ] {
        let facts = at_source(|number| number.name_status = word.map(ToOwned::to_owned));
        assert_eq!(
            stands(&facts, CheckId::DisplayNameApproved).0,
            expected,
            "{word:?}"
        );
    }
    // Observed on live numbers: the old name declined and a new one approved.
    let odd = at_source(|number| {
        number.name_status = text("DECLINED");
        number.new_name_status = text("APPROVED");
    });
    assert_eq!(stands(&odd, CheckId::DisplayNameApproved).0, Verdict::Warn);
}

#[test]
fn several_statuses_mean_connected_at_the_source() {
    for (status, platform, expected, remedies) in [
        ("CONNECTED", Some("CLOUD_API"), Verdict::Pass, &[][..]),
        ("connected", Some("cloud_api"), Verdict::Pass, &[]),
        ("CONNECTED", Some("ON_PREMISE"), Verdict::Pass, &[]),
        ("CONNECTED", None, Verdict::Pass, &[]),
        ("FLAGGED", Some("CLOUD_API"), Verdict::Pass, &[]),
        ("RESTRICTED", Some("CLOUD_API"), Verdict::Pass, &[]),
        ("RATE_LIMITED", Some("CLOUD_API"), Verdict::Pass, &[]),
        (
            "MESSAGING_LIMIT_TIER_1",
            Some("CLOUD_API"),
            Verdict::Pass,
            &[],
        ),
        ("CONNECTED", Some("SOMETHING_NEW"), Verdict::Warn, &[]),
        (
            "CONNECTED",
            Some("NOT_APPLICABLE"),
            Verdict::Fail,
            &[Remedy::RegisterAtSource],
        ),
        (
            "DISCONNECTED",
            Some("CLOUD_API"),
            Verdict::Warn,
            &[Remedy::RegisterAtSource],
        ),
        ("PENDING", None, Verdict::Warn, &[Remedy::RegisterAtSource]),
        (
            "SOMETHING_NEW",
            Some("CLOUD_API"),
            Verdict::Warn,
            &[Remedy::RegisterAtSource],
        ),
        (
            "BANNED",
            Some("CLOUD_API"),
            Verdict::Fail,
            &[Remedy::AppealBan],
        ),
        (
            "BANNED",
            Some("NOT_APPLICABLE"),
            Verdict::Fail,
            &[Remedy::AppealBan],
        ),
        (
            "MIGRATED",
            Some("NOT_APPLICABLE"),
            Verdict::Fail,
            &[Remedy::CheckNumber],
        ),
        (
            "migrated",
            Some("CLOUD_API"),
            Verdict::Fail,
            &[Remedy::CheckNumber],
        ),
        ("DELETED", None, Verdict::Fail, &[Remedy::CheckNumber]),
    ] {
        let facts = at_source(|number| {
            number.status = text(status);
            number.platform_type = platform.map(ToOwned::to_owned);
        });
        let expected = (expected, remedies.to_vec());
        assert_eq!(
            stands(&facts, CheckId::RegisteredAtSource),
            expected,
            "{status} {platform:?}"
        );
    }
    let flagged = at_source(|number| number.status = text("FLAGGED"));
    assert!(
        check(&flagged, CheckId::RegisteredAtSource)
            .finding
            .contains("FLAGGED")
    );
}

#[test]
fn an_expired_verification_of_a_live_number_is_not_a_problem() {
    let facts = at_source(|number| number.code_verification_status = text("EXPIRED"));
    assert!(
        checks(&facts)
            .iter()
            .all(|check| check.verdict == Verdict::Pass)
    );
}

#[test]
fn nothing_stops_and_nothing_endangers_a_number_that_works_in_the_destination() {
    let statuses = ["CONNECTED", "FLAGGED", "RESTRICTED", "RATE_LIMITED"];
    let platforms = [
        Some("CLOUD_API"),
        Some("ON_PREMISE"),
        Some("SOMETHING_NEW"),
        None,
    ];
    for (status, platform) in statuses.iter().flat_map(|s| platforms.map(|p| (*s, p))) {
        let facts = with(|facts| {
            facts.destination.number = Some(NumberFacts {
                status: text(status),
                platform_type: platform.map(ToOwned::to_owned),
                on_business_app: Some(true),
                code_verification_status: text("EXPIRED"),
                ..number()
            });
            // The worst values of everything else.
            let source = facts.source.as_mut().unwrap();
            source.number = None;
            let account = source.account.as_mut().unwrap();
            account.owner_business_id = text("1");
            account.business_verification_status = text("not_verified");
            account.account_review_status = text("REJECTED");
            let account = facts.destination.account.as_mut().unwrap();
            account.has_payment_method = Some(false);
            account.status = text("DISABLED");
        });
        for route in [Route::Otp, Route::AddedNumber] {
            for purpose in [Purpose::Preview, Purpose::Migration] {
                let checks = run_for(route, purpose, &facts);
                assert_eq!(fault(&checks), None, "{status} {platform:?} {route:?}");
                let breaking: Vec<Remedy> = advice(&checks)
                    .into_iter()
                    .filter(|remedy| BREAKING.contains(remedy))
                    .collect();
                assert_eq!(breaking, [], "{status} {platform:?} {route:?}");
                let place = one(&checks, CheckId::PlaceInDestination);
                assert_eq!(place.verdict, Verdict::Pass);
                assert_eq!(
                    place.finding,
                    "It is already connected in the destination; there is nothing to move."
                );
                let app = one(&checks, CheckId::NotOnBusinessApp);
                assert_eq!(app.verdict, Verdict::Pass, "coexistence");
            }
        }
        assert!(facts.works_in_destination());
    }
}

#[test]
fn a_number_without_a_platform_does_not_work() {
    let facts = with(|facts| {
        facts.destination.number = Some(NumberFacts {
            platform_type: text("NOT_APPLICABLE"),
            ..number()
        });
    });
    assert!(!facts.works_in_destination());
    assert_eq!(stands(&facts, CheckId::PlaceInDestination).0, Verdict::Warn);
}

#[test]
fn a_number_that_works_and_is_used_in_the_app_is_never_removed_from_the_app() {
    let facts = at_source(|number| number.on_business_app = Some(true));
    let (verdict, remedies) = stands(&facts, CheckId::NotOnBusinessApp);
    assert_eq!(
        (verdict, remedies),
        (Verdict::Fail, vec![Remedy::AddThroughSignup])
    );
    assert_eq!(
        fault(&checks(&facts)).unwrap().remedies,
        [Remedy::AddThroughSignup]
    );

    let unknown = at_source(|number| number.on_business_app = None);
    let (verdict, remedies) = stands(&unknown, CheckId::NotOnBusinessApp);
    assert_eq!(
        (verdict, remedies),
        (Verdict::Unknown, vec![Remedy::AddThroughSignup])
    );
}

#[test]
fn a_number_that_only_the_app_uses_must_leave_it() {
    let held = with(|facts| {
        facts.source = None;
        facts.destination.number = Some(NumberFacts {
            on_business_app: Some(true),
            ..pending()
        });
    });
    let (verdict, remedies) = stands(&held, CheckId::NotOnBusinessApp);
    assert_eq!(verdict, Verdict::Fail);
    assert_eq!(
        remedies,
        [Remedy::LeaveBusinessApp, Remedy::AddThroughSignup]
    );

    let on_premises = with(|facts| {
        facts.source = None;
        facts.destination.number = Some(NumberFacts {
            platform_type: text("ON_PREMISE"),
            on_business_app: None,
            ..pending()
        });
    });
    assert_eq!(
        stands(&on_premises, CheckId::NotOnBusinessApp).0,
        Verdict::Warn
    );

    let contradicted = with(|facts| {
        facts.destination.number = Some(NumberFacts {
            on_business_app: Some(true),
            ..pending()
        });
    });
    let (verdict, remedies) = stands(&contradicted, CheckId::NotOnBusinessApp);
    assert_eq!(
        (verdict, remedies),
        (Verdict::Warn, vec![Remedy::AddThroughSignup])
    );
}

#[test]
fn a_number_that_embedded_signup_will_add_may_be_checked_in_advance() {
    let place = |purpose, facts: &Facts| {
        let checks = run_for(Route::AddedNumber, purpose, facts);
        let place = one(&checks, CheckId::PlaceInDestination);
        (place.verdict, fault(&checks).map(|fault| fault.remedies))
    };
    assert_eq!(place(Purpose::Preview, &facts()), (Verdict::Warn, None));
    let missing = vec![Remedy::RestartEmbeddedSignup, Remedy::CheckNumber];
    assert_eq!(
        place(Purpose::Migration, &facts()),
        (Verdict::Fail, Some(missing))
    );
    let added = with(|facts| facts.destination.number = Some(pending()));
    assert_eq!(place(Purpose::Migration, &added), (Verdict::Pass, None));

    // What register needs is checked in advance: the number may be offline once the signup ends.
    for (edit, remedy) in [
        (
            (|account| account.has_payment_method = Some(false)) as fn(&mut AccountFacts),
            Remedy::AddPaymentMethod,
        ),
        (
            |account| account.business_verification_status = text("pending"),
            Remedy::VerifyBusiness,
        ),
        (
            |account| account.account_review_status = text("PENDING"),
            Remedy::GetAccountApproved,
        ),
    ] {
        let asked = place(Purpose::Preview, &in_destination(edit));
        assert_eq!(asked, (Verdict::Warn, Some(vec![remedy])));
    }
    let unsubscribed = with(|facts| {
        facts.subscribed_apps = Ok(SubscribedApps {
            count: 0,
            ours: None,
        });
    });
    let checks = run_for(Route::AddedNumber, Purpose::Preview, &unsubscribed);
    let apps = one(&checks, CheckId::AppSubscribed);
    assert_eq!(
        (apps.verdict, apps.remedies),
        (Verdict::Warn, vec![Remedy::SubscribeApp])
    );
}

#[test]
fn a_banned_number_in_the_destination_is_not_adopted() {
    let facts = with(|facts| {
        facts.destination.number = Some(NumberFacts {
            status: text("BANNED"),
            ..pending()
        });
    });
    assert_eq!(
        stands(&facts, CheckId::PlaceInDestination),
        (Verdict::Fail, vec![Remedy::LiftRestriction])
    );
}
