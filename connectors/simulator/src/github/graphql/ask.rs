//! What an operation is asked with, and how it fails.

use crate::github::Token;
use crate::world::{Repository, World};
use serde_json::{Value, json};

/// An operation's question.
pub(super) struct Ask<'a> {
    pub(super) world: &'a World,
    pub(super) token: &'a Token,
    /// As it was written.
    pub(super) query: &'a str,
    pub(super) variables: &'a Value,
}

/// Why there is nothing to answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request cannot be meant: an answer without data.
    Request { kind: Option<&'static str>, message: String },
    /// Something is not there, or may not be seen: its field is null, and an error says why.
    NotFound { path: Vec<&'static str>, message: String },
}

impl Failure {
    pub(super) fn not_found(path: &[&'static str], message: String) -> Self {
        Self::NotFound { path: path.to_vec(), message }
    }

    /// The body of the answer.
    pub(super) fn json(&self, limit: &Value) -> Value {
        match self {
            Self::Request { kind, message } => {
                let mut error = json!({"message": message});
                if let Some(kind) = kind {
                    error["type"] = json!(kind);
                }
                json!({"errors": [error]})
            }
            Self::NotFound { path, message } => {
                let mut data = json!({"rateLimit": limit});
                let mut at = &mut data;
                for step in path {
                    at = &mut at[*step];
                }
                *at = Value::Null;
                let error = json!({
                    "type": "NOT_FOUND", "path": path, "locations": [{"line": 3, "column": 3}], "message": message,
                });
                json!({"data": data, "errors": [error]})
            }
        }
    }
}

impl<'a> Ask<'a> {
    /// A variable that must be a string.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, Failure> {
        self.optional(name).ok_or_else(|| missing(name, "String!"))
    }

    /// A variable that may be null.
    pub(super) fn optional(&self, name: &str) -> Option<&'a str> {
        self.variables[name].as_str()
    }

    /// A variable that must be a whole number.
    pub(super) fn number(&self, name: &str) -> Result<u64, Failure> {
        self.variables[name].as_u64().ok_or_else(|| missing(name, "Int!"))
    }

    /// The words that the query itself gives to an argument: one, or a list of them. `None` where it does not name it.
    pub(super) fn argument(&self, name: &str) -> Option<Vec<&'a str>> {
        let (query, is_part) = (self.query, |c: char| c.is_ascii_alphanumeric() || c == '_');
        let given = |(at, _): (usize, &str)| {
            let is_whole = !query[..at].ends_with(is_part);
            let rest = query[at + name.len()..].trim_start().strip_prefix(':')?;
            is_whole.then_some(rest.trim_start())
        };
        let text = query.match_indices(name).find_map(given)?;
        let end = |c: char| if text.starts_with('[') { c == ']' } else { !is_part(c) };
        let text = text.split(end).next()?;
        Some(text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).collect())
    }

    /// The repository of `$owner` and `$name`. A former name or owner leads to it too, as GitHub follows renames and transfers.
    pub(super) fn repository(&self) -> Result<&'a Repository, Failure> {
        let (owner, name) = (self.text("owner")?, self.text("name")?);
        let is_ours = owner.eq_ignore_ascii_case(&self.world.organization.login);
        let is_its = |r: &Repository| is_ours || owner.eq_ignore_ascii_case(self.world.owner(r));
        self.world.repository(name).filter(|r| is_its(r) && self.token.sees(r)).ok_or_else(|| {
            let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
            Failure::not_found(&["repository"], message)
        })
    }

    /// Makes sure that `$owner` is the organization.
    pub(super) fn organization(&self) -> Result<(), Failure> {
        let owner = self.text("owner")?;
        if owner.eq_ignore_ascii_case(&self.world.organization.login) {
            return Ok(());
        }
        let message = format!("Could not resolve to an Organization with the login of '{owner}'.");
        Err(Failure::not_found(&["organization"], message))
    }
}

fn missing(name: &str, kind: &str) -> Failure {
    Failure::Request { kind: None, message: format!("Variable ${name} of type {kind} was provided invalid value") }
}
