//! The Graph calls of one ordinary migration: recorded from the service, then replayed for other
//! numbers.

use std::collections::BTreeMap;

use super::numbers::Number;

/// One call to Graph.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// JSON body, or empty.
    pub body: String,
}

/// The calls of one migration. The calls of a round are concurrent; rounds are sequential.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The rounds, in order.
    pub rounds: Vec<Vec<Call>>,
}

/// The values of a number that replace the placeholders of a plan.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// Meta's id of the number; empty until it is added.
    pub id: String,
    /// The code; empty until it arrives.
    pub code: String,
}

const WABA: &str = "{waba}";
const NATIONAL: &str = "{national}";
const ID: &str = "{id}";
const CODE: &str = "{code}";

impl Call {
    /// Whether it submits the code.
    pub fn needs_code(&self) -> bool {
        self.body.contains(CODE)
    }

    /// Whether its response has the id of the number.
    pub fn adds_number(&self) -> bool {
        self.method == "POST" && self.target.ends_with("/phone_numbers")
    }

    /// The call with placeholders for the values of `number`.
    pub fn blank(&self, number: &Number, known: &Values) -> Self {
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
    pub fn filled(&self, number: &Number, known: &Values) -> Self {
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
    /// Number of calls.
    pub fn calls(&self) -> usize {
        self.rounds.iter().map(Vec::len).sum()
    }

    /// Number of calls that change something.
    pub fn writes(&self) -> usize {
        let calls = self.rounds.iter().flatten();
        calls.filter(|call| call.method != "GET").count()
    }

    /// Number of calls of each kind.
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
