//! The shapes of the payloads: no more of them than is mapped. What GitHub leaves out or adds is no error.

mod changes;
mod delivery;
mod issues;
mod teams;

pub(super) use changes::{Commit, PullRequest, RequestCommit, RequestEvent, Review, Signature};
pub(super) use delivery::{Deployment, Job, Jobs, Object, Release, Repository, Run, Status, Tag, Target};
pub(super) use issues::{Comment, Event, Issue, Label, Milestone, Thread};
pub(super) use teams::Team;

use serde::de::{Error, IgnoredAny, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A list as GraphQL pages it. Items that one may not see are sent as null, and left out here.
#[derive(Debug)]
pub(super) struct Nodes<T>(pub(super) Vec<T>);

impl<T> Default for Nodes<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nodes<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Page<T> {
            #[serde(default = "Option::default")]
            nodes: Option<Vec<Option<T>>>,
        }
        let page = Option::<Page<T>>::deserialize(deserializer)?;
        let nodes = page.and_then(|page| page.nodes).unwrap_or_default();
        Ok(Self(nodes.into_iter().flatten().collect()))
    }
}

/// An account, as GraphQL (`databaseId`) or as REST (`id`) names it. REST sends `{}` for some that are gone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Account {
    #[serde(rename = "databaseId")]
    database_id: Option<u64>,
    #[serde(deserialize_with = "if_number")]
    id: Option<u64>,
    pub(super) login: Option<String>,
    pub(super) name: Option<String>,
    __typename: Option<AccountKind>,
    r#type: Option<AccountKind>,
}

/// What GitHub calls an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum AccountKind {
    Bot,
    Team,
    #[serde(other)]
    Other,
}

impl Account {
    /// GitHub's number of it; none of what has no number, such as an account of an enterprise. Teams stand where accounts
    /// do, and are numbered apart.
    pub(super) fn number(&self) -> Option<u64> {
        self.database_id.or(self.id).filter(|_| !self.is_team())
    }

    /// The number of a team that stands where accounts do.
    pub(super) fn team(&self) -> Option<u64> {
        self.database_id.filter(|_| self.is_team())
    }

    fn is_team(&self) -> bool {
        self.__typename == Some(AccountKind::Team)
    }

    /// Whether all that is kept of it is told: REST leaves its name out, and writes logins of programs otherwise.
    pub(super) fn is_whole(&self) -> bool {
        self.database_id.is_some()
    }

    /// Whether GitHub calls it a program.
    pub(super) fn is_app(&self) -> bool {
        [self.__typename, self.r#type].contains(&Some(AccountKind::Bot))
    }
}

/// A number, where it is one: GraphQL's own ids are texts.
fn if_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Number(u64),
        Other(IgnoredAny),
    }
    Ok(match Id::deserialize(deserializer)? {
        Id::Number(number) => Some(number),
        Id::Other(IgnoredAny) => None,
    })
}

/// The number of a part. `databaseId` has 32 bits, which the newest reviews and comments exceed: GitHub tells the number as
/// `fullDatabaseId`, in text, and may leave the other out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(pub(super) u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Told;

        impl Visitor<'_> for Told {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, which may be written as text")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map(Number).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_is_what_one_may_see_of_it() {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        struct Thing {
            labels: Nodes<Label>,
        }
        let count = |json| serde_json::from_value::<Thing>(json).unwrap().labels.0.len();
        assert_eq!(count(json!({"labels": {"nodes": [null, {"name": "a"}, null], "pageInfo": {}}})), 1);
        for none in [json!({}), json!({"labels": null}), json!({"labels": {"nodes": null}}), json!({"labels": {}})] {
            assert_eq!(count(none), 0);
        }
    }

    #[test]
    fn an_account_is_known_by_its_number_in_either_api() {
        let account = |json| serde_json::from_value::<Account>(json).unwrap();
        let graphql = account(json!({"__typename": "Bot", "databaseId": 7, "login": "x", "id": "MDM6Qm90Nw=="}));
        assert_eq!((graphql.number(), graphql.is_app()), (Some(7), true));
        let rest = account(json!({"id": 8, "login": "x", "type": "User", "node_id": "x"}));
        assert_eq!((rest.number(), rest.is_app()), (Some(8), false));
        assert_eq!(account(json!({})).number(), None);
        let team = account(json!({"__typename": "Team", "databaseId": 1}));
        assert_eq!((team.number(), team.team(), rest.team()), (None, Some(1), None));
        assert_eq!(account(json!({"id": "MDM6Qm90Nw=="})).number(), None);
    }

    #[test]
    fn a_number_beyond_32_bits_comes_as_text() {
        let number = |json| serde_json::from_value::<Number>(json).ok();
        assert_eq!(number(json!("3000000000")), Some(Number(3_000_000_000)));
        assert_eq!(number(json!(12)), Some(Number(12)));
        assert_eq!(number(json!("PRR_x")), None);
    }
}
