//! Properties of a parsed number.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<PhoneNumber, InvalidPhoneNumber> {
    text.parse()
}

fn number(text: &str) -> PhoneNumber {
    parse(text).unwrap()
}

#[test]
fn separators_are_tolerated_and_the_parts_are_split() {
    let number = number("+1 (202) 555-0123");
    assert_eq!(
        (number.calling_code(), number.national()),
        ("1", "2025550123")
    );
    assert_eq!(number.to_string(), "+12025550123");
    assert_eq!(format!("{number:?}"), "+1•••••0123");
}

#[test]
fn each_kind_of_invalid_number_has_its_own_error() {
    assert_eq!(
        parse("2025550123"),
        Err(InvalidPhoneNumber::NotInternational)
    );
    assert_eq!(parse("+1 800 FLOWERS"), Err(InvalidPhoneNumber::NotDigits));
    assert!(matches!(
        parse("+999 12345678"),
        Err(InvalidPhoneNumber::UnknownCountry { .. })
    ));
    assert!(matches!(
        parse("+1 202 555"),
        Err(InvalidPhoneNumber::TooShort(_))
    ));
    assert!(matches!(
        parse("+1 202 555 01234567"),
        Err(InvalidPhoneNumber::TooLong(_))
    ));
    assert!(matches!(
        parse("18005551234"),
        Err(InvalidPhoneNumber::Ambiguous { .. })
    ));
    assert!(matches!(
        parse("11987654321"),
        Err(InvalidPhoneNumber::National { .. })
    ));
}

#[test]
fn an_error_states_how_the_number_was_read_and_how_to_write_it() {
    let said = |text| parse(text).unwrap_err().to_string();
    assert_eq!(
        said("+225 6812345"),
        "is too short for its country: it is read as +225 6812345, with 7 digits after +225, where numbers have 10: \
         check the digits"
    );
    assert_eq!(
        said("+228 9123456"),
        "is too short for its country: it is read as +228 9123456, with 7 digits after +228, where numbers have 8; numbers \
         of Togo have had 8 digits since 2011-08-07: write the current form"
    );
    assert_eq!(
        said("13012345678"),
        "can be read as +1 301-234-5678 or as +86 130 1234 5678: write the one that you mean, with its +"
    );
}

/// Errors are logged.
#[test]
fn the_debug_output_of_an_error_shows_no_number() {
    for text in [
        "13012345678",
        "11987654321",
        "+225 6812345",
        "+999 12345678",
        "+1 202 555 01234567",
    ] {
        let shown = format!("{:?}", parse(text).unwrap_err());
        assert!(!shown.contains("234"), "{shown}");
    }
}

#[test]
fn an_unusual_form_has_a_note() {
    let reading = |text: &str| number(text).reading();
    assert_eq!(
        reading("+52 1 55 4132 0000").as_deref(),
        Some(
            "read as +52 55 4132 0000: the 1 after +52, and the prefixes 01, 044 and 045, have not been dialled since 2019-08-03"
        )
    );
    assert_eq!(
        reading("5511987654321").as_deref(),
        Some("read as +55 11 98765-4321: the + was missing")
    );
    assert_eq!(
        reading("+49 030 901820").as_deref(),
        Some("read as +49 30 901820: the 0 after +49 is dialled inside the country only")
    );
}

#[test]
fn a_usual_form_has_no_note() {
    for text in [
        "+1 (202) 555-0123",
        "0044 20 7946 0958",
        "+44 (0)20 7946 0958",
        "tel:+12025550123",
    ] {
        assert_eq!(number(text).reading(), None, "{text}");
    }
}

#[test]
fn the_forms_of_a_line_are_one_number() {
    for (one, other) in [
        ("+52 1 55 4132 0000", "5215541320000"),
        ("+52 1 55 4132 0000", "+52 55 4132 0000"),
        ("+55 31 8422-1234", "+55 31 98422-1234"),
        ("+54 11 5555 1234", "+54 9 11 5555 1234"),
        ("+225 68 12 34 56", "+225 07 68 12 34 56"),
        ("+229 97 12 34 56", "+229 01 97 12 34 56"),
        ("+241 06 03 12 34", "+241 66 03 12 34"),
        ("+84 120 456 7890", "+84 70 456 7890"),
    ] {
        assert_eq!(number(one), number(other), "{one} {other}");
        assert_eq!(
            number(one).identity(),
            number(other).identity(),
            "{one} {other}"
        );
        assert!(number(one).is_shown_as(other) && number(other).is_shown_as(one));
        let counted = HashSet::from([number(one), number(other)]);
        assert_eq!(counted.len(), 1, "{one} {other}");
    }
    // Both of Argentina's forms are in use: the number stays as it was written.
    assert_eq!(number("+54 11 5555 1234").to_string(), "+541155551234");
    assert_eq!(number("+54 9 11 5555 1234").to_string(), "+5491155551234");
}

#[test]
fn different_lines_are_different_numbers() {
    for (one, other) in [
        ("+1 202 555 0123", "+1 202 555 0124"),
        ("+55 11 94123-4567", "+55 11 4123-4567"),
        ("+55 11 98765-4321", "+55 12 98765-4321"),
        ("+225 05 68 12 34 56", "+225 68 12 34 56"),
        ("+52 55 4132 0000", "+55 24 1320 0000"),
    ] {
        assert_ne!(number(one), number(other), "{one} {other}");
        assert!(!number(one).is_shown_as(other), "{one} {other}");
    }
}

#[test]
fn a_number_is_recognised_in_every_form_that_meta_shows() {
    let number = number("+225 07 68 12 34 56");
    for display in [
        "+225 68 12 34 56",
        "22568123456",
        "\u{202a}+225 68123456\u{202c}",
        "+225 07 68 12 34 56",
    ] {
        assert!(number.is_shown_as(display), "{display}");
    }
    for display in ["", "+225", "68 12 34 56", "+225 05 68 12 34 56", "hidden"] {
        assert!(!number.is_shown_as(display), "{display}");
    }
}

#[test]
fn the_form_that_meta_shows_is_taken_if_it_is_the_same_number() {
    let it = number("+52 55 4132 0000");
    let shown = it.in_form_of("+52 1 55 4132 0000");
    assert_eq!(
        (shown.calling_code(), shown.national()),
        ("52", "15541320000")
    );
    assert_eq!(shown, it);
    assert_eq!(it.in_form_of("+52 1 55 4132 0001").national(), "5541320000");
    assert_eq!(it.in_form_of("").national(), "5541320000");
    let ivory = number("+225 07 68 12 34 56").in_form_of("+225 68 12 34 56");
    assert_eq!(ivory.national(), "68123456");
}

#[test]
fn a_fixed_line_is_recognised_where_the_plan_tells_them_apart() {
    assert!(number("+49 30 901820").is_fixed_line());
    assert!(number("+55 11 3456-7890").is_fixed_line());
    for text in [
        "+1 202 555 0123",
        "+52 55 4132 0000",
        "+49 151 12345678",
        "+1 000 555 0123",
    ] {
        assert!(!number(text).is_fixed_line(), "{text}");
    }
}

#[test]
fn a_stored_number_is_read_back_unchanged() {
    let stored = r#"{"calling_code":"241","national":"06031234"}"#;
    let old: PhoneNumber = serde_json::from_str(stored).unwrap();
    assert_eq!(old.to_string(), "+24106031234");
    assert_eq!(old, number("+241 66 03 12 34"));
    assert_eq!(serde_json::to_string(&old).unwrap(), stored);
}

proptest! {
    #[test]
    fn a_parsed_number_parses_from_its_own_text(text in "\\+?[0-9]{6,16}") {
        if let Ok(number) = parse(&text) {
            let again = parse(&number.to_string()).unwrap();
            prop_assert_eq!(again.to_string(), number.to_string());
            prop_assert_eq!(again.identity(), number.identity());
            prop_assert!(number.is_shown_as(&number.to_string()));
            prop_assert!((3..=15).contains(&number.digits().len()));
        }
    }

    #[test]
    fn the_identity_of_a_line_is_a_number_of_the_line(text in "\\+(54[0-9]{10,12}|[0-9]{6,15})") {
        if let Ok(number) = parse(&text) {
            let line = parse(&number.identity()).unwrap();
            prop_assert_eq!(line.identity(), number.identity());
            prop_assert_eq!(line, number);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".*") {
        let _ = parse(&text);
        let _ = number("+225 07 68 12 34 56").is_shown_as(&text);
    }
}

#[test]
fn a_number_with_many_zeros_parses_from_its_own_text() {
    let texts = [
        "+63 000000157179631",
        "+63 0000000000009171234567",
        "+44 0000 7911 123456",
        "+49 00000000030 901820",
    ];
    let read: Vec<PhoneNumber> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    assert!(read.len() >= 3, "{read:?}");
    for number in read {
        assert_eq!(number.to_string().parse(), Ok(number.clone()));
    }
}

#[test]
fn an_older_form_of_an_unknown_range_is_recognised_by_its_last_digits() {
    let number: PhoneNumber = "+225 07 12 34 56 78".parse().unwrap();
    assert!(
        number.is_shown_as("+225 12 34 56 78"),
        "of an unknown range"
    );
    let known: PhoneNumber = "+225 07 68 12 34 56".parse().unwrap();
    assert!(known.is_shown_as("+225 68 12 34 56"));
    let other: PhoneNumber = "+225 05 68 12 34 56".parse().unwrap();
    assert!(
        !other.is_shown_as("+225 68 12 34 56"),
        "that one is 07 68 …"
    );
    assert!(!number.is_shown_as("+225 34 56 78"), "too few digits");
}
