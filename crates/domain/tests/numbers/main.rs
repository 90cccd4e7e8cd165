//! Phone numbers as people and Meta write them: what is read, what is refused, and what is one line.

#[cfg(test)]
mod forms;

use std::collections::BTreeSet;

use domain::PhoneNumber;
use forms::ROWS;

/// What is expected of a text.
#[derive(Debug, Clone, Copy)]
pub enum Expected {
    /// It is read as this number.
    Read(&'static str),
    /// It is read as this number, which its plan does not have.
    Invalid(&'static str),
    /// It is refused with these words.
    Refused(&'static str),
}

#[test]
fn each_form_is_read_or_refused_as_its_plan_says() {
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
fn what_was_read_is_read_again_as_it_is() {
    for (text, _) in ROWS {
        let Ok(number) = text.parse::<PhoneNumber>() else {
            continue;
        };
        let again: PhoneNumber = number.to_string().parse().unwrap();
        assert_eq!(again.to_string(), number.to_string(), "{text:?}");
        assert_eq!(again.reading(), None, "{text:?} is written as usual now");
        assert!(number.is_shown_as(&number.to_string()), "{text:?}");
    }
}

/// Any text and its reading are one line.
#[test]
fn each_form_is_the_same_line_as_its_reading() {
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
