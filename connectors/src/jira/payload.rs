//! The shapes of the payloads: no more of them than is mapped. What Jira leaves out or adds is no error.

mod development;
mod history;
mod issue;
mod planning;

pub(super) use development::Development;
pub(super) use history::{History, Item};
pub(super) use issue::{Issue, IssueType, Link, Linked, Status};
pub(super) use planning::{Board, Component, Project, Sprint, Version};

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use std::fmt;

/// A list. Items that one may not see are sent as null, and left out here.
#[derive(Debug)]
pub(super) struct Listed<T>(pub(super) Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Option::<Vec<Option<T>>>::deserialize(deserializer)?;
        Ok(Self(list.into_iter().flatten().flatten().collect()))
    }
}

/// One of Jira's ids, which it sends as digits in most places and as a number in some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Told;

        impl Visitor<'_> for Told {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id, as a number or as text")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
                Ok(Id(number.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                if text.is_empty() {
                    Err(E::invalid_value(Unexpected::Str(text), &self))
                } else {
                    Ok(Id(text.to_owned()))
                }
            }
        }

        deserializer.deserialize_any(Told)
    }
}

/// A thing that is named by its id and no more.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Thing {
    pub(super) id: Option<Id>,
}

/// A thing that is named by its name and no more.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: Option<String>,
}

/// Somebody. Cloud knows people by `accountId`; Data Center by `key`, and versions before it had keys by `name`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct User {
    account_id: Option<String>,
    key: Option<String>,
    name: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) email_address: Option<String>,
    account_type: Option<String>,
}

impl User {
    /// What Jira knows them by; none of those of whom it knows nothing any more.
    pub(super) fn id(&self) -> Option<&str> {
        [&self.account_id, &self.key, &self.name].into_iter().flatten().find_map(|id| known(id))
    }

    /// What they log in by, where Jira tells it.
    pub(super) fn login(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }

    /// Whether Jira calls them a program.
    pub(super) fn is_app(&self) -> bool {
        self.account_type.as_deref() == Some("app")
    }
}

/// The id of somebody, if it is one: Cloud says `unknown` of accounts whose record is lost.
pub(super) fn known(id: &str) -> Option<&str> {
    (!matches!(id, "" | "unknown")).then_some(id)
}

/// Text, whatever JSON it is sent as; none of what is empty.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Json::deserialize(deserializer)? {
        Json::Null => None,
        Json::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_what_one_may_see_of_it() {
        let count = |json| serde_json::from_value::<Listed<Named>>(json).unwrap().0.len();
        assert_eq!(count(json!([null, {"name": "a"}, null, {}])), 2);
        assert_eq!((count(json!(null)), count(json!([]))), (0, 0));
    }

    #[test]
    fn an_id_is_sent_as_a_number_or_as_text() {
        let id = |json| serde_json::from_value::<Id>(json).ok().map(|id| id.0);
        assert_eq!(id(json!(12)).as_deref(), Some("12"));
        assert_eq!(id(json!("12")).as_deref(), Some("12"));
        assert_eq!((id(json!("")), id(json!({})), id(json!(-1))), (None, None, None));
    }

    #[test]
    fn somebody_is_known_by_account_or_key_or_name() {
        let user = |json| serde_json::from_value::<User>(json).unwrap();
        let id = |json| user(json).id().map(str::to_owned);
        assert_eq!(id(json!({"accountId": "712020:ab", "displayName": "Ada"})).as_deref(), Some("712020:ab"));
        assert_eq!(id(json!({"key": "JIRAUSER10100", "name": "ada"})).as_deref(), Some("JIRAUSER10100"));
        assert_eq!(id(json!({"name": "ada", "key": null})).as_deref(), Some("ada"));
        assert_eq!((id(json!({})), id(json!({"accountId": "unknown", "displayName": "Former user"}))), (None, None));
        assert!(user(json!({"accountId": "a", "accountType": "app"})).is_app());
    }
}
