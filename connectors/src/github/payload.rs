//! The shapes of the payloads: no more of them than is mapped. What GitHub leaves out or adds is no error.

mod changes;
mod delivery;
mod issues;
mod teams;

pub(super) use changes::{Commit, PullRequest, RequestCommit, RequestEvent, Review, Signature};
pub(super) use delivery::{Deployment, Job, Jobs, Object, Release, Repository, Run, Status, Tag, Target};
pub(super) use issues::{Comment, Event, Issue, Label, Milestone, Thread};
pub(super) use teams::Team;

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

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
    id: Json,
    pub(super) login: Option<String>,
    pub(super) name: Option<String>,
    __typename: Option<String>,
    r#type: Option<String>,
}

impl Account {
    /// GitHub's number of it; none of what has no number, such as an account of an enterprise. Teams stand where accounts
    /// do, and are numbered apart.
    pub(super) fn number(&self) -> Option<u64> {
        self.database_id.or_else(|| self.id.as_u64()).filter(|_| !self.is_team())
    }

    /// The number of a team that stands where accounts do.
    pub(super) fn team(&self) -> Option<u64> {
        self.database_id.filter(|_| self.is_team())
    }

    fn is_team(&self) -> bool {
        self.__typename.as_deref() == Some("Team")
    }

    /// Whether all that is kept of it is told: REST leaves its name out, and writes logins of programs otherwise.
    pub(super) fn is_whole(&self) -> bool {
        self.database_id.is_some()
    }

    /// Whether GitHub calls it a program.
    pub(super) fn is_app(&self) -> bool {
        [&self.__typename, &self.r#type].into_iter().any(|kind| kind.as_deref() == Some("Bot"))
    }
}

/// The number of a part. `databaseId` has 32 bits, which the newest reviews and comments exceed: GitHub tells the number as
/// `fullDatabaseId`, in text, and may leave the other out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(pub(super) u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let number = json.as_u64().or_else(|| json.as_str().and_then(|text| text.parse().ok()));
        number.map(Self).ok_or_else(|| serde::de::Error::custom(format!("a number was expected, and this is {json}")))
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
