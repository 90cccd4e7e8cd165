//! The health of an account, as Meta shows it: whether it can send messages, and what keeps it from it.

/// The health of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountHealth {
    /// Of everything that sending involves: AVAILABLE, LIMITED, BLOCKED.
    pub can_send_message: Option<String>,
    /// What is involved, one by one.
    pub entities: Vec<HealthEntity>,
}

/// One thing that sending involves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthEntity {
    /// `WABA`, `BUSINESS`, `APP`, `PHONE_NUMBER`, `MESSAGE_TEMPLATE`, …; empty where Meta did not say.
    pub kind: String,
    /// Meta's id of it.
    pub id: Option<String>,
    /// AVAILABLE, LIMITED, BLOCKED.
    pub can_send_message: Option<String>,
    /// What is wrong with it.
    pub errors: Vec<HealthError>,
    /// What else Meta has to say about it.
    pub additional_info: Vec<String>,
}

/// One thing that is wrong. Meta translates the texts, never the code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthError {
    /// `error_code`.
    pub code: Option<i64>,
    /// `error_description`, on one line and shortened.
    pub description: Option<String>,
    /// `possible_solution`, on one line and shortened.
    pub solution: Option<String>,
}

impl AccountHealth {
    /// The health of an account of which Meta says no more than this.
    #[must_use]
    pub fn plain(can_send_message: &str) -> Self {
        Self {
            can_send_message: Some(can_send_message.to_owned()),
            entities: Vec::new(),
        }
    }
}
