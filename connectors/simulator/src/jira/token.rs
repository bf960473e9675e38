//! Who asks, how they say it, and what they may see.

use super::{Edition, Zone};
use crate::world::jira::{Project, User};
use crate::world::{Time, World};
use std::collections::BTreeSet;

/// The login of who asks unless a token says otherwise.
const LOGIN: &str = "pulse";

/// Their address in a made-up organization, which is the user name of basic authentication.
pub fn email(organization: &str) -> String {
    format!("{LOGIN}@{organization}.example")
}

/// The API token of Cloud that is there by default. It is sent as the password of basic authentication, or after `Bearer`.
pub const API_TOKEN: &str = "ATATT-simulator";

/// The personal access token of Data Center that is there by default. It is sent after `Bearer`.
pub const PAT: &str = "pat-simulator";

/// A password of Data Center. It is sent with its owner's login. No server knows it by default.
pub const PASSWORD: &str = "password-simulator";

/// A token of a user, or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What is sent.
    pub secret: String,
    /// Where it is good: an API token in Cloud, a personal access token or a password in Data Center.
    pub edition: Edition,
    /// Whether it is a password.
    pub is_password: bool,
    /// Whose it is, by login; `None` is `pulse`, or the first user where there is none.
    pub login: Option<String>,
    /// The time zone of its owner.
    pub zone: Zone,
    /// Keys of the projects that it sees; `None` is all of them.
    pub sees: Option<BTreeSet<String>>,
    /// After how many more requests it expires.
    pub expires_after: Option<u64>,
    /// Until when it is good, of one that was given by OAuth.
    pub until: Option<Time>,
}

impl Token {
    /// A token of Cloud that sees everything.
    pub fn cloud() -> Self {
        Self {
            secret: API_TOKEN.to_owned(),
            edition: Edition::Cloud,
            is_password: false,
            login: None,
            zone: Zone::Utc,
            sees: None,
            expires_after: None,
            until: None,
        }
    }

    /// A token of Data Center that sees everything.
    pub fn data_center() -> Self {
        Self { secret: PAT.to_owned(), edition: Edition::DataCenter, ..Self::cloud() }
    }

    /// A password of Data Center whose owner sees everything.
    pub fn password() -> Self {
        Self { secret: PASSWORD.to_owned(), is_password: true, ..Self::data_center() }
    }

    /// Whether it may see a project.
    pub(crate) fn sees(&self, project: &Project) -> bool {
        self.sees.as_ref().is_none_or(|keys| keys.contains(&project.key))
    }

    /// Whether it may see the project of an id.
    pub(crate) fn sees_id(&self, world: &World, project: i64) -> bool {
        world.jira.projects.get(&project).is_some_and(|p| self.sees(p))
    }

    /// Its owner.
    pub(crate) fn owner<'a>(&self, world: &'a World) -> Option<&'a User> {
        let users = &world.jira.users;
        self.login.as_ref().map_or_else(|| users.get(LOGIN).or_else(|| users.values().next()), |l| users.get(l))
    }
}
