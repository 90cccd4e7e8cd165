//! The form of a number that the add call sends: the one that the source shows, where it was read.

use domain::{GraphCall, Write};

use super::harness::MachineHarness;

/// What the add call of a migration of `asked` sends, where the source showed `display`.
fn added(asked: &str, display: Option<&str>) -> (String, String) {
    let mut harness =
        MachineHarness::of(|start| start.request.phone_number = asked.parse().unwrap());
    while harness.migration.findings.before.is_none() {
        assert!(harness.step());
    }
    match display {
        Some(display) => {
            let before = harness.migration.findings.before.as_mut().unwrap();
            before.display_phone_number = display.to_owned();
        }
        None => harness.migration.findings.before = None,
    }
    loop {
        let write = harness.run_to_write();
        if let Write::AddNumber { number } = &write {
            assert_eq!(write.call(), GraphCall::AddNumber);
            return (
                number.calling_code().to_owned(),
                number.national().to_owned(),
            );
        }
        harness.step();
    }
}

#[test]
fn the_add_call_sends_the_form_that_the_source_shows() {
    for (asked, display, cc, national) in [
        ("+225 07 68 12 34 56", "+225 68 12 34 56", "225", "68123456"),
        ("+229 01 97 12 34 56", "+229 97 12 34 56", "229", "97123456"),
        (
            "+52 55 4132 0000",
            "+52 1 55 4132 0000",
            "52",
            "15541320000",
        ),
        ("+55 31 98422-1234", "+55 31 8422-1234", "55", "3184221234"),
        ("+54 9 11 5555 1234", "+54 11 5555 1234", "54", "1155551234"),
        (
            "+54 11 5555 1234",
            "+54 9 11 5555 1234",
            "54",
            "91155551234",
        ),
        (
            "+225 68 12 34 56",
            "+225 07 68 12 34 56",
            "225",
            "0768123456",
        ),
        ("+1 202 555 0123", "+1 202-555-0123", "1", "2025550123"),
    ] {
        let sent = added(asked, Some(display));
        assert_eq!(
            sent,
            (cc.to_owned(), national.to_owned()),
            "{asked} {display}"
        );
    }
}

#[test]
fn the_add_call_sends_the_present_form_where_the_source_was_not_read() {
    for display in [None, Some(""), Some("+225 05 68 12 34 56"), Some("hidden")] {
        let (_, national) = added("+225 68 12 34 56", display);
        assert_eq!(national, "0768123456", "{display:?}");
    }
}
