//! Rules about the access token.

use super::finding::{Finding, fail, is, pass, unknown, warn};
use super::{CheckContext, Facts};
use crate::{Fault, Reason, Remedy};

const MANAGEMENT: &str = "whatsapp_business_management";
const MESSAGING: &str = "whatsapp_business_messaging";

pub(super) fn valid(_: CheckContext<'_>, facts: &Facts) -> Finding {
    match &facts.token {
        Ok(token) if token.is_valid => match token.expires_at {
            Some(at) => pass(format!("Valid until {at}.")),
            None => pass("Valid, and does not expire."),
        },
        Ok(token) => Finding {
            graph_error: token.error.clone(),
            ..fail(
                "Meta reports that the token is not valid.",
                &[Remedy::RenewToken],
            )
        },
        Err(fault) if fault.reason == Reason::TokenRefused => refused(fault),
        // A token that reads the destination works, whatever the reason that Meta did not describe
        // it.
        Err(_) if facts.destination.account.is_ok() => pass("It reads the destination account."),
        Err(undescribed) => match &facts.destination.account {
            Err(fault) if fault.reason == Reason::TokenRefused => refused(fault),
            _ => unknown(
                "Meta did not describe the token. Is it a system user token of an app of this business?",
                &[Remedy::RenewToken],
            )
            .because(Some(undescribed)),
        },
    }
}

fn refused(fault: &Fault) -> Finding {
    fail(fault.message(), &[Remedy::RenewToken]).because(Some(fault))
}

/// The permissions that Meta lists for the token.
///
/// Reading with a token proves what it can do. The list may lack permissions that it has, for
/// example those of a partner's user, or those granted by account. So a missing one only warns.
pub(super) fn scopes(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let token = match &facts.token {
        Ok(token) => token,
        Err(fault) => {
            return unknown(
                "Does the token have the permissions whatsapp_business_management and \
                 whatsapp_business_messaging?",
                &[Remedy::GrantAccess],
            )
            .because(Some(fault));
        }
    };
    let has = |scope: &str| token.scopes.iter().any(|other| is(other, scope));
    let reads = facts.destination.account.is_ok();
    match (has(MANAGEMENT), has(MESSAGING)) {
        (true, true) => pass("It has both."),
        (true, false) => warn(
            format!("{MESSAGING} is not listed; Meta requires it from partners for register."),
            &[Remedy::GrantAccess],
        ),
        (false, _) if reads => warn(
            format!("{MANAGEMENT} is not listed, yet the token reads the destination account."),
            &[Remedy::GrantAccess],
        ),
        (false, _) => warn(
            format!("{MANAGEMENT} is not listed."),
            &[Remedy::GrantAccess],
        ),
    }
}

pub(super) fn reaches_destination(context: CheckContext<'_>, facts: &Facts) -> Finding {
    match &facts.destination.account {
        Ok(account) => pass(match &account.name {
            Some(name) => format!("It reads the account \"{name}\"."),
            None => "It reads the account.".to_owned(),
        }),
        Err(fault) => {
            let why = why_not(context, facts);
            let text = format!("The account could not be read. {}{why}", fault.message());
            let mut remedies = fault.remedies.clone();
            if !why.is_empty() && !remedies.contains(&Remedy::GrantAccess) {
                remedies.insert(0, Remedy::GrantAccess);
            }
            fail(text, &remedies).because(Some(fault))
        }
    }
}

/// Why the account cannot be read, according to Meta's description of the token.
fn why_not(context: CheckContext<'_>, facts: &Facts) -> String {
    let Ok(token) = &facts.token else {
        return String::new();
    };
    let limited = &token.limited_to;
    let destination = context.destination.as_str();
    if !limited.is_empty() && !limited.iter().any(|waba| waba == destination) {
        return " The token is limited to other accounts.".to_owned();
    }
    if token.is_valid && !token.scopes.iter().any(|scope| is(scope, MANAGEMENT)) {
        return format!(" The token lacks the permission {MANAGEMENT}.");
    }
    String::new()
}
