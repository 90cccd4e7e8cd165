//! The health of an account, as Meta shows it: whether it can send messages, and why not.

/// The health of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountHealth {
    /// Of all entities together: AVAILABLE, LIMITED, BLOCKED.
    pub can_send_message: Option<String>,
    /// The entities that are involved in sending.
    pub entities: Vec<HealthEntity>,
}

/// One entity that is involved in sending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthEntity {
    /// `WABA`, `BUSINESS`, `APP`, `PHONE_NUMBER`, `MESSAGE_TEMPLATE`, …; empty if Meta left it out.
    pub kind: String,
    /// Meta's id of it.
    pub id: Option<String>,
    /// AVAILABLE, LIMITED, BLOCKED.
    pub can_send_message: Option<String>,
    /// Its errors.
    pub errors: Vec<HealthError>,
    /// Further information from Meta.
    pub additional_info: Vec<String>,
}

/// One error. Meta translates the texts, never the code.
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
    /// A health without entities.
    #[must_use]
    pub fn plain(can_send_message: &str) -> Self {
        Self {
            can_send_message: Some(can_send_message.to_owned()),
            entities: Vec::new(),
        }
    }
}
