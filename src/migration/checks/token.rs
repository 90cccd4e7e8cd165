//! Rules about the access token.

use super::table::{Finding, fail, pass, unknown, warn};
use super::{Facts, Subject};
use crate::migration::{Fault, Reason, Remedy};

const MANAGEMENT: &str = "whatsapp_business_management";
const MESSAGING: &str = "whatsapp_business_messaging";

pub(super) fn valid(_: Subject<'_>, facts: &Facts) -> Finding {
    match &facts.token {
        Ok(token) if token.is_valid => match token.expires_at {
            Some(at) => pass(format!("Valid until {at}.")),
            None => pass("Valid, and does not expire."),
        },
        Ok(_) => fail(
            "Meta says that the token is not valid.",
            &[Remedy::RenewToken],
        ),
        Err(fault) if fault.reason == Reason::TokenRefused => refused(fault),
        // A token that reads the destination works, whatever kept Meta from describing it.
        Err(_) if facts.destination.account.is_ok() => pass("It reads the destination account."),
        Err(_) => match &facts.destination.account {
            Err(fault) if fault.reason == Reason::TokenRefused => refused(fault),
            _ => unknown(
                "Meta did not describe the token. Is it a system user token of an app of this business?",
                &[Remedy::RenewToken],
            ),
        },
    }
}

fn refused(fault: &Fault) -> Finding {
    fail(fault.message(), &[Remedy::RenewToken])
}

pub(super) fn scopes(_: Subject<'_>, facts: &Facts) -> Finding {
    let Ok(token) = &facts.token else {
        return unknown(
            "Does the token have the permissions whatsapp_business_management and \
                        whatsapp_business_messaging?",
            &[Remedy::GrantAccess],
        );
    };
    let has = |scope: &str| token.scopes.iter().any(|other| other == scope);
    match (has(MANAGEMENT), has(MESSAGING)) {
        (true, true) => pass("Both are there."),
        (true, false) => warn(
            format!("{MESSAGING} is missing; Meta asks partners for it at register."),
            &[Remedy::GrantAccess],
        ),
        (false, _) => fail(format!("{MANAGEMENT} is missing."), &[Remedy::GrantAccess]),
    }
}

pub(super) fn reaches_destination(subject: Subject<'_>, facts: &Facts) -> Finding {
    if let Ok(token) = &facts.token
        && !token.limited_to.is_empty()
        && !token
            .limited_to
            .iter()
            .any(|waba| waba == subject.destination.as_str())
    {
        return fail(
            "The token is limited to other accounts.",
            &[Remedy::GrantAccess],
        );
    }
    match &facts.destination.account {
        Ok(account) => pass(match &account.name {
            Some(name) => format!("It reads the account \"{name}\"."),
            None => "It reads the account.".to_owned(),
        }),
        Err(fault) => fail(
            format!("The account could not be read. {}", fault.message()),
            &fault.remedies,
        ),
    }
}
