//! The organization, its accounts and its teams.

use super::Time;
use std::collections::BTreeMap;

/// The organization that owns the repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its database id.
    pub id: i64,
    /// Its login.
    pub login: String,
    /// When it was made.
    pub created_at: Time,
}

/// What kind of actor an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person.
    User,
    /// A GitHub app that acts, as dependabot does.
    Bot,
    /// A person of an imported history that nobody has claimed.
    Mannequin,
}

/// A person or a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its database id.
    pub id: i64,
    /// Its login; a bot's is without `[bot]`, as GraphQL tells it.
    pub login: String,
    /// The name on the profile, which many leave empty.
    pub name: Option<String>,
    /// The address that its commits carry.
    pub email: String,
    /// A person or not.
    pub kind: AccountKind,
}

impl Account {
    /// The login as REST and commits have it: a bot's ends with `[bot]`.
    pub fn rest_login(&self) -> String {
        match self.kind {
            AccountKind::Bot => format!("{}[bot]", self.login),
            AccountKind::User | AccountKind::Mannequin => self.login.clone(),
        }
    }
}

/// What a member may do in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An ordinary member.
    Member,
    /// One who may change the team.
    Maintainer,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its database id.
    pub id: i64,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The team that it is part of.
    pub parent: Option<i64>,
    /// Immediate members, by login.
    pub members: BTreeMap<String, Role>,
}
