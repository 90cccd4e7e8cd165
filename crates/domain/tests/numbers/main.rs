//! Phone numbers as people and Meta write them: accepted, refused, or forms of one line.

#[cfg(test)]
mod forms;

use std::collections::BTreeSet;

use domain::PhoneNumber;
use forms::ROWS;

/// The expected result of parsing a text.
#[derive(Debug, Clone, Copy)]
pub enum Expected {
    /// This number.
    Read(&'static str),
    /// This number, in a range that its plan does not have.
    Invalid(&'static str),
    /// An error that contains this text.
    Refused(&'static str),
}

#[test]
fn each_form_is_accepted_or_refused_according_to_its_plan() {
    let mut wrong = Vec::new();
    for (text, expected) in ROWS {
        let read = text.parse::<PhoneNumber>();
        let found = match &read {
            Ok(number) => format!("{number}, in plan: {}", number.is_in_plan()),
            Err(refusal) => refusal.to_string(),
        };
        let as_expected = match expected {
            Expected::Read(number) => found == format!("{number}, in plan: true"),
            Expected::Invalid(number) => found == format!("{number}, in plan: false"),
            Expected::Refused(words) => read.is_err() && found.contains(words),
        };
        if !as_expected {
            wrong.push(format!("{text:?}: wanted {expected:?}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_is_large_enough() {
    let read = ROWS
        .iter()
        .filter_map(|(text, _)| text.parse::<PhoneNumber>().ok());
    let codes: BTreeSet<String> = read
        .map(|number| number.calling_code().to_owned())
        .collect();
    assert!(
        ROWS.len() >= 120 && codes.len() >= 40,
        "{} rows, {} codes",
        ROWS.len(),
        codes.len()
    );
}

#[test]
fn an_accepted_number_parses_from_its_own_text() {
    for (text, _) in ROWS {
        let Ok(number) = text.parse::<PhoneNumber>() else {
            continue;
        };
        let again: PhoneNumber = number.to_string().parse().unwrap();
        assert_eq!(again.to_string(), number.to_string(), "{text:?}");
        assert_eq!(again.reading(), None, "{text:?} is in its usual form now");
        assert!(number.is_shown_as(&number.to_string()), "{text:?}");
    }
}

#[test]
fn each_form_is_the_same_line_as_its_parsed_number() {
    for (text, expected) in ROWS {
        if let (Expected::Read(number), true) = (expected, text.starts_with('+')) {
            let number: PhoneNumber = number.parse().unwrap();
            assert_eq!(
                text.parse::<PhoneNumber>().as_ref(),
                Ok(&number),
                "{text:?}"
            );
        }
    }
}
