//! Teams.

use super::Account;
use serde::Deserialize;

/// Stream `teams`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Team {
    pub(crate) slug: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) parent_team: Option<TeamId>,
    pub(crate) members: Option<Members>,
}

/// A team that is named and no more.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct TeamId {
    pub(crate) database_id: Option<u64>,
}

/// The members, each with the role in the team around it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Members {
    edges: Option<Vec<Option<Member>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Member {
    node: Option<Account>,
}

impl Members {
    /// The accounts of those that one may see.
    pub(crate) fn accounts(self) -> impl Iterator<Item = Account> {
        self.edges.into_iter().flatten().flatten().filter_map(|member| member.node)
    }
}
