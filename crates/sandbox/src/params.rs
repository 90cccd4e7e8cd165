//! The parameters of a request.
//!
//! Graph reads the same parameters from the query string, a form or a JSON body. Multipart is not
//! implemented.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::Uri;
use serde_json::Value;

use super::error::GraphError;

/// Named values; the body overrides the query string.
#[derive(Debug, Default)]
pub(crate) struct Params(HashMap<String, Value>);

impl Params {
    /// Reads query and body. A body that is neither JSON nor a form is an error.
    pub(crate) fn read(uri: &Uri, content_type: &str, body: &[u8]) -> Result<Self, GraphError> {
        let mut params = Self::default();
        params.take_pairs(uri)?;
        if body.is_empty() {
            return Ok(params);
        }
        if content_type.starts_with("application/x-www-form-urlencoded") {
            // A form has the format of a query string.
            let query = String::from_utf8_lossy(body);
            let uri = format!("/?{query}")
                .parse()
                .map_err(|_| GraphError::parameter("Invalid form body"))?;
            params.take_pairs(&uri)?;
        } else {
            match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => params.0.extend(fields),
                _ => return Err(GraphError::parameter("The body is not a JSON object")),
            }
        }
        Ok(params)
    }

    fn take_pairs(&mut self, uri: &Uri) -> Result<(), GraphError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| GraphError::parameter("Invalid query string"))?;
        self.0.extend(
            pairs
                .into_iter()
                .map(|(name, value)| (name, Value::String(value))),
        );
        Ok(())
    }

    /// A string, or a number as a string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A required string.
    pub(crate) fn needed(&self, name: &str) -> Result<String, GraphError> {
        self.text(name)
            .ok_or_else(|| GraphError::parameter(&format!("The parameter {name} is required.")))
    }

    /// A boolean in any form that Graph accepts.
    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(yes)) => *yes,
            Some(Value::String(text)) => text == "true" || text == "1",
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            _ => false,
        }
    }

    /// The names in `fields`, without their subfields.
    pub(crate) fn fields(&self) -> Option<Vec<String>> {
        let text = self.text("fields")?;
        let (mut names, mut name, mut depth) = (Vec::new(), String::new(), 0_u32);
        for letter in text.chars() {
            match letter {
                '{' | '(' => depth += 1,
                '}' | ')' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => names.push(std::mem::take(&mut name)),
                _ if depth == 0 && !letter.is_whitespace() => name.push(letter),
                _ => {}
            }
        }
        names.push(name);
        names.retain(|name| !name.is_empty());
        Some(names)
    }

    /// Whether `fields` requests this field at any depth.
    pub(crate) fn asks_for(&self, field: &str) -> bool {
        let is_part_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        self.text("fields").is_some_and(|text| {
            text.split(|c| !is_part_of_name(c))
                .any(|name| name == field)
        })
    }

    /// Entries of a page: 25, or `limit` between 1 and 100.
    pub(crate) fn limit(&self) -> Result<usize, GraphError> {
        match self.text("limit") {
            None => Ok(25),
            Some(text) => match text.parse() {
                Ok(limit @ 1..=100) => Ok(limit),
                Ok(limit) if limit > 100 => Ok(100),
                _ => Err(GraphError::parameter(
                    "The parameter limit must be a positive number.",
                )),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uri: &str, content_type: &str, body: &str) -> Params {
        Params::read(&uri.parse().unwrap(), content_type, body.as_bytes()).unwrap()
    }

    #[test]
    fn query_form_and_json_mean_the_same() {
        let uri = "/v27.0/1/phone_numbers";
        for params in [
            read(&format!("{uri}?cc=49&migrate_phone_number=true"), "", ""),
            read(
                uri,
                "application/x-www-form-urlencoded",
                "cc=49&migrate_phone_number=1",
            ),
            read(
                uri,
                "application/json",
                r#"{"cc":"49","migrate_phone_number":true}"#,
            ),
            read(
                uri,
                "application/json",
                r#"{"cc":49,"migrate_phone_number":"true"}"#,
            ),
        ] {
            assert_eq!(params.text("cc").as_deref(), Some("49"));
            assert!(params.flag("migrate_phone_number"));
        }
    }

    #[test]
    fn fields_are_read_without_their_subfields() {
        let params = read("/?fields=id,throughput%7Blevel,x%7D,%20status", "", "");
        assert_eq!(params.fields().unwrap(), ["id", "throughput", "status"]);
    }
}
