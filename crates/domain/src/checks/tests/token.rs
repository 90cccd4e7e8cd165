//! Checks of the token: reading with it proves what it can do.

use super::*;

#[test]
fn a_permission_that_is_not_listed_only_warns() {
    for scopes in [
        &[][..],
        &["whatsapp_business_messaging"],
        &["whatsapp_business_management"],
    ] {
        let facts = with(|facts| {
            let token = facts.token.as_mut().unwrap();
            token.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        });
        let (verdict, remedies) = stands(&facts, CheckId::TokenScopes);
        assert_eq!(
            (verdict, remedies),
            (Verdict::Warn, vec![Remedy::GrantAccess])
        );
        assert_eq!(fault(&checks(&facts)), None, "{scopes:?}");
    }
}

#[test]
fn a_token_that_reads_the_account_passes_although_it_is_limited_to_other_accounts() {
    let limited = |facts: &mut Facts| {
        let token = facts.token.as_mut().unwrap();
        token.limited_to = vec!["104996122399299".to_owned()];
    };
    let read = with(limited);
    assert_eq!(
        stands(&read, CheckId::TokenReachesDestination),
        (Verdict::Pass, Vec::new())
    );
    let unread = with(|facts| {
        limited(facts);
        facts.destination.account = Err(refusal(Reason::ObjectNotFound, 100));
    });
    let check = check(&unread, CheckId::TokenReachesDestination);
    assert_eq!(check.verdict, Verdict::Fail);
    assert!(
        check
            .finding
            .ends_with("The token is limited to other accounts."),
        "{check:?}"
    );
    assert!(check.remedies.contains(&Remedy::GrantAccess));
    assert!(check.graph_error.is_some());
}

#[test]
fn a_missing_permission_explains_what_cannot_be_read() {
    let facts = with(|facts| {
        facts.token.as_mut().unwrap().scopes.clear();
        facts.destination.account = Err(refusal(Reason::PermissionMissing, 10));
    });
    let check = check(&facts, CheckId::TokenReachesDestination);
    assert!(
        check
            .finding
            .contains("lacks the permission whatsapp_business_management"),
        "{check:?}"
    );
    assert_eq!(check.remedies, [Remedy::GrantAccess]);
}

#[test]
fn an_invalid_token_fails_with_metas_error() {
    let error = refusal(Reason::TokenRefused, 190).graph_error;
    let facts = with(|facts| {
        let token = facts.token.as_mut().unwrap();
        token.is_valid = false;
        token.error.clone_from(&error);
        facts.destination.account = Err(refusal(Reason::TokenRefused, 190));
    });
    assert_eq!(
        stands(&facts, CheckId::TokenValid),
        (Verdict::Fail, vec![Remedy::RenewToken])
    );
    assert_eq!(fault(&checks(&facts)).unwrap().graph_error, error);
}

#[test]
fn a_token_that_meta_does_not_describe_is_judged_by_what_it_reads() {
    let undescribed = with(|facts| facts.token = Err(refusal(Reason::InvalidRequest, 100)));
    assert_eq!(stands(&undescribed, CheckId::TokenValid).0, Verdict::Pass);
    assert_eq!(
        stands(&undescribed, CheckId::TokenScopes).0,
        Verdict::Unknown
    );
    assert!(
        check(&undescribed, CheckId::TokenScopes)
            .graph_error
            .is_some()
    );
    assert_eq!(fault(&checks(&undescribed)), None);
}
