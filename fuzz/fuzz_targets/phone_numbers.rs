//! Phone numbers in the forms that people write.

#![no_main]

use domain::PhoneNumber;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(number) = text.parse::<PhoneNumber>() else {
        return;
    };
    let digits = number.digits();
    assert!(
        (5..=15).contains(&digits.len()),
        "E.164 allows no such number: {digits}"
    );
    assert!(digits.bytes().all(|digit| digit.is_ascii_digit()));
    let written = number.to_string();
    assert_eq!(written, format!("+{digits}"));
    assert_eq!(
        written.parse(),
        Ok(number.clone()),
        "written, it is another number"
    );
    assert!(number.is_shown_as(&written));
    assert_eq!(
        number
            .identity()
            .parse()
            .map(|line: PhoneNumber| line.identity()),
        Ok(number.identity()),
        "the line has a number, and it is the same line"
    );
    let shown = number
        .masked()
        .matches(|c: char| c.is_ascii_digit())
        .count();
    assert!(
        shown <= number.calling_code().len() + 4,
        "the masked number shows too much"
    );
});
