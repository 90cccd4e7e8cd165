//! Older forms of numbers, and their current forms.

mod table;

use std::borrow::Cow;

use table::{EQUIVALENT, PLANS};

/// A change of a country's numbering plan.
pub(super) struct Plan {
    /// Its calling code.
    code: &'static str,
    /// The trunk prefix; it may also precede an older form.
    trunk: &'static str,
    /// What changed, for the caller: shown after the number as it was read.
    what: &'static str,
    /// The authority, and the dates.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "kept for the reader of the table")
    )]
    source: &'static str,
    /// Lengths of older numbers that no current number has, digits.
    before: &'static [usize],
    /// The older forms.
    forms: &'static [Form],
}

/// An older form of national numbers, and how to convert it.
pub(super) struct Form {
    /// The pattern of digits: a digit, `?` for any, `[2-5]` for a class.
    was: &'static str,
    /// Number of leading digits that stay.
    head: usize,
    /// The digits to insert after them.
    insert: &'static str,
    /// Number of trailing digits that follow.
    tail: usize,
}

/// A number in its current form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Present {
    /// The national number.
    pub(super) national: String,
    /// What changed.
    pub(super) what: &'static str,
}

/// The current form of an older number; `None` if it does not have an older form.
pub(super) fn present(code: &str, national: &str) -> Option<Present> {
    of(code).find_map(|plan| {
        let bare = national.strip_prefix(plan.trunk).unwrap_or(national);
        let changed = |form: &Form| form.apply(national).or_else(|| form.apply(bare));
        let national = plan.forms.iter().find_map(changed)?;
        Some(Present {
            national,
            what: plan.what,
        })
    })
}

/// The canonical national number of all forms of a line.
pub(super) fn common<'a>(code: &str, national: &'a str) -> Cow<'a, str> {
    let present = present(code, national).map(|present| present.national);
    let present = present.map_or(Cow::Borrowed(national), Cow::Owned);
    let longer = EQUIVALENT
        .iter()
        .filter(|(of, _)| *of == code)
        .find_map(|(_, form)| form.apply(&present));
    longer.map_or(present, Cow::Owned)
}

/// What changed, if numbers of the country once had this number of digits.
pub(super) fn had(code: &str, digits: usize) -> Option<&'static str> {
    let plan = of(code).find(|plan| plan.before.contains(&digits))?;
    Some(plan.what)
}

/// Whether `national` ends with `older`, a number of a former length in a range whose current form
/// is not known here. They are the same line, since no current number is that short.
pub(super) fn is_tail(code: &str, older: &str, national: &str) -> bool {
    had(code, older.len()).is_some()
        && present(code, older).is_none()
        && national.len() > older.len()
        && national.ends_with(older)
}

fn of(code: &str) -> impl Iterator<Item = &'static Plan> {
    PLANS.iter().filter(move |plan| plan.code == code)
}

impl Form {
    fn apply(&self, national: &str) -> Option<String> {
        if !matches(self.was, national) {
            return None;
        }
        let head = national.get(..self.head)?;
        let tail = national.get(national.len().checked_sub(self.tail)?..)?;
        Some([head, self.insert, tail].concat())
    }
}

/// Whether the digits match the pattern.
fn matches(form: &str, digits: &str) -> bool {
    let (mut form, mut digits) = (form.chars(), digits.chars());
    while let Some(wanted) = form.next() {
        let Some(digit) = digits.next() else {
            return false;
        };
        let fits = match wanted {
            '?' => true,
            '[' => {
                let class: String = form.by_ref().take_while(|c| *c != ']').collect();
                is_in(&class, digit)
            }
            wanted => wanted == digit,
        };
        if !fits {
            return false;
        }
    }
    digits.next().is_none()
}

/// Whether the digit is in a class such as `125-8`.
fn is_in(class: &str, digit: char) -> bool {
    let mut rest = class.chars().peekable();
    while let Some(first) = rest.next() {
        let last = match rest.next_if_eq(&'-') {
            Some(_) => rest.next().unwrap_or(first),
            None => first,
        };
        if (first..=last).contains(&digit) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::metadata;
    use super::*;

    /// Numbers that match a pattern: each digit of a class, and a few values of the rest.
    fn examples(form: &str) -> Vec<String> {
        let mut numbers = vec![String::new()];
        let mut rest = form.chars();
        let mut at = 0;
        while let Some(c) = rest.next() {
            let digits: Vec<char> = match c {
                '?' if at < 2 => vec!['2', '3', '4'],
                '?' if at % 2 == 0 => vec!['2', '3'],
                '?' => vec!['4'],
                '[' => {
                    let class: String = rest.by_ref().take_while(|c| *c != ']').collect();
                    ('0'..='9').filter(|digit| is_in(&class, *digit)).collect()
                }
                digit => vec![digit],
            };
            let longer = |number: &String| {
                let number = number.clone();
                digits
                    .clone()
                    .into_iter()
                    .map(move |digit| format!("{number}{digit}"))
            };
            numbers = numbers.iter().flat_map(longer).collect();
            at += 1;
        }
        numbers
    }

    #[test]
    fn a_pattern_matches_digit_by_digit() {
        assert!(matches("[125-8]?3", "693"));
        assert!(!matches("[125-8]?3", "393"));
        assert!(!matches("??", "123"));
        assert!(!matches("??", "1"));
    }

    #[test]
    fn the_current_form_of_an_older_number_is_not_itself_an_older_form() {
        for plan in PLANS {
            for form in plan.forms {
                for old in examples(form.was) {
                    let now = present(plan.code, &old).unwrap();
                    assert_eq!(
                        Some(now.national.clone()),
                        form.apply(&old),
                        "{} {old}",
                        plan.code
                    );
                    assert_eq!(
                        present(plan.code, &now.national),
                        None,
                        "{} {old}",
                        plan.code
                    );
                    assert_eq!(
                        metadata::length(plan.code, now.national.len()),
                        metadata::Length::Possible,
                        "{} {old}",
                        plan.code
                    );
                }
            }
        }
    }

    #[test]
    fn each_older_form_leads_to_ranges_in_use() {
        for plan in PLANS {
            for form in plan.forms {
                let in_use = examples(form.was).iter().any(|old| {
                    let now = form.apply(old).unwrap();
                    metadata::is_in_plan(plan.code, &now)
                });
                assert!(in_use, "+{} {}", plan.code, form.was);
            }
        }
    }

    /// A number of such a form is accepted without the table, too: see the note in `table.rs`.
    #[test]
    fn the_library_accepts_older_forms_of_brazil_and_gabon_only() {
        let mut valid = BTreeSet::new();
        for plan in PLANS {
            for form in plan.forms {
                let trunk = |old: &String| [old.clone(), format!("{}{old}", plan.trunk)];
                for old in examples(form.was).iter().flat_map(trunk) {
                    let kept = metadata::without_prefix(plan.code, &old);
                    let kept = kept.filter(|kept| present(plan.code, kept).is_some());
                    if kept.is_some_and(|kept| metadata::is_in_plan(plan.code, &kept)) {
                        valid.insert((plan.code, form.was));
                    }
                }
            }
        }
        let codes: BTreeSet<_> = valid.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, BTreeSet::from(["241", "55"]), "{valid:?}");
    }

    #[test]
    fn each_change_names_its_authority_and_its_date() {
        for plan in PLANS {
            assert!(plan.source.contains(": "), "{}", plan.source);
            assert!(plan.what.contains(" since "), "{}", plan.what);
            assert!(plan.source.chars().filter(char::is_ascii_digit).count() >= 4);
        }
    }
}
