//! The Graph calls of one plain migration, as the service makes them: recorded, then made again for other numbers.

use std::collections::BTreeMap;

use super::numbers::Number;

/// One call to Graph.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET` or `POST`.
    pub method: String,
    /// Its path and query.
    pub target: String,
    /// Its JSON; empty where there is none.
    pub body: String,
}

/// The calls of one migration: those of one round are made at once, a round after the one before.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The rounds, in order.
    pub rounds: Vec<Vec<Call>>,
}

/// What stands for a number in a plan.
#[derive(Debug, Clone, Default)]
pub struct Blanks {
    /// Meta's id of the number, once it was added.
    pub id: String,
    /// The code, once it arrived.
    pub code: String,
}

const WABA: &str = "{waba}";
const NATIONAL: &str = "{national}";
const ID: &str = "{id}";
const CODE: &str = "{code}";

impl Call {
    /// Whether it hands in the code.
    pub fn needs_code(&self) -> bool {
        self.body.contains(CODE)
    }

    /// Whether its answer names the number's id.
    pub fn adds_number(&self) -> bool {
        self.method == "POST" && self.target.ends_with("/phone_numbers")
    }

    /// The same call with blanks where it speaks of `number`.
    pub fn blank(&self, number: &Number, known: &Blanks) -> Self {
        let blank = |text: &str| {
            let named = [
                (&number.waba, WABA),
                (&number.national, NATIONAL),
                (&known.id, ID),
                (&known.code, CODE),
            ];
            named.iter().fold(text.to_owned(), |text, (value, name)| {
                if value.is_empty() {
                    text
                } else {
                    text.replace(*value, name)
                }
            })
        };
        self.map(blank)
    }

    /// The call for `number`.
    pub fn filled(&self, number: &Number, known: &Blanks) -> Self {
        self.map(|text| {
            text.replace(WABA, &number.waba)
                .replace(NATIONAL, &number.national)
                .replace(ID, &known.id)
                .replace(CODE, &known.code)
        })
    }

    fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self {
            method: self.method.clone(),
            target: change(&self.target),
            body: change(&self.body),
        }
    }
}

impl Plan {
    /// How many calls it has.
    pub fn calls(&self) -> usize {
        self.rounds.iter().map(Vec::len).sum()
    }

    /// How many of them change something.
    pub fn writes(&self) -> usize {
        let calls = self.rounds.iter().flatten();
        calls.filter(|call| call.method != "GET").count()
    }

    /// Of each kind, how many.
    pub fn summary(&self) -> BTreeMap<String, u64> {
        let mut summary = BTreeMap::new();
        for call in self.rounds.iter().flatten() {
            let path = call.target.split('?').next().unwrap_or_default();
            // Without the version.
            let path = path.splitn(3, '/').nth(2).unwrap_or(path);
            *summary
                .entry(format!("{} {path}", call.method))
                .or_insert(0) += 1;
        }
        summary
    }
}
