//! Older forms of numbers: what they are in the plan of today.

mod table;

use std::borrow::Cow;

use table::{EQUIVALENT, PLANS};

/// A change of a country's numbering plan.
pub(super) struct Plan {
    /// Its calling code.
    code: &'static str,
    /// What is dialled before a national number inside the country; it may stand before an older form too.
    trunk: &'static str,
    /// What changed, for the caller: it follows the number as it was read.
    what: &'static str,
    /// Who says so, and the dates.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "kept for the reader of the table")
    )]
    source: &'static str,
    /// How many digits older numbers had, where no number has as many today.
    before: &'static [usize],
    /// The older forms.
    forms: &'static [Form],
}

/// An older form of national numbers, and what becomes of it.
pub(super) struct Form {
    /// The digits: each one, `?` for any, `[2-5]` for some.
    was: &'static str,
    /// The number of first digits that stay.
    head: usize,
    /// These follow.
    insert: &'static str,
    /// The number of last digits that come after them.
    tail: usize,
}

/// A number in its present form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Present {
    /// The national number.
    pub(super) national: String,
    /// What changed.
    pub(super) what: &'static str,
}

/// The present form of an older number; `None` where it is of no older form.
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

/// The national number that all forms of a line have in common.
pub(super) fn common<'a>(code: &str, national: &'a str) -> Cow<'a, str> {
    let present = present(code, national).map(|present| present.national);
    let present = present.map_or(Cow::Borrowed(national), Cow::Owned);
    let longer = EQUIVALENT
        .iter()
        .filter(|(of, _)| *of == code)
        .find_map(|(_, form)| form.apply(&present));
    longer.map_or(present, Cow::Owned)
}

/// What changed, where numbers of the country had this many digits before.
pub(super) fn had(code: &str, digits: usize) -> Option<&'static str> {
    let plan = of(code).find(|plan| plan.before.contains(&digits))?;
    Some(plan.what)
}

/// Whether `older` has as many digits as numbers of the country had before its plan changed, in a range whose present form is not
/// known here, and `national` ends with them: no number of today has so few digits, so that they are the same line.
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

/// Whether the digits are of the form.
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

    /// Numbers of a form: each digit of a class, and a few fillings of the rest.
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
    fn a_form_matches_digit_by_digit() {
        assert!(matches("[125-8]?3", "693"));
        assert!(!matches("[125-8]?3", "393"));
        assert!(!matches("??", "123"));
        assert!(!matches("??", "1"));
    }

    #[test]
    fn an_older_number_has_one_present_form_which_is_no_older_one() {
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

    /// These were accepted before there was a table, so what the stores keep was rewritten (schema file 0004).
    #[test]
    fn the_older_forms_that_the_library_calls_valid_are_known() {
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
    fn each_change_says_who_made_it_and_when() {
        for plan in PLANS {
            assert!(plan.source.contains(": "), "{}", plan.source);
            assert!(plan.what.contains(" since "), "{}", plan.what);
            assert!(plan.source.chars().filter(char::is_ascii_digit).count() >= 4);
        }
    }
}
