//! Who asks, and what they may see.

use crate::world::{Repository, Time, World};
use std::collections::BTreeSet;

/// The secret of the token that is there by default.
pub const TOKEN: &str = "ghp_simulator";

/// A personal access token, or one that an app was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What is sent after `Bearer`.
    pub secret: String,
    /// Whose it is; `None` is the first person in the world.
    pub login: Option<String>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// What a fine-grained one may read by REST, such as `actions`; `None` is a classic one, which has scopes instead.
    pub permissions: Option<BTreeSet<String>>,
    /// Names of private repositories that it sees; `None` is all of them.
    pub sees: Option<BTreeSet<String>>,
    /// After how many more requests it expires.
    pub expires_after: Option<u64>,
    /// Until when it is good, of one that an app was given.
    pub until: Option<Time>,
}

impl Default for Token {
    fn default() -> Self {
        Self {
            secret: TOKEN.to_owned(),
            login: None,
            scopes: vec!["repo".to_owned(), "read:org".to_owned()],
            permissions: None,
            sees: None,
            expires_after: None,
            until: None,
        }
    }
}

impl Token {
    /// Whether it may see a repository.
    pub(crate) fn sees(&self, repository: &Repository) -> bool {
        !repository.is_private || self.sees.as_ref().is_none_or(|names| names.contains(&repository.name))
    }

    /// The permission that a path of REST needs and a fine-grained one lacks.
    pub(crate) fn lacks(&self, path: &str) -> Option<&'static str> {
        let given = self.permissions.as_ref()?;
        let wanted = [("/commits", "contents"), ("/compare/", "contents"), ("/actions/", "actions")];
        let (_, name) = wanted.into_iter().find(|(part, name)| path.contains(*part) && !given.contains(*name))?;
        Some(name)
    }

    /// The login of its owner.
    pub(crate) fn owner<'a>(&'a self, world: &'a World) -> Option<&'a str> {
        let first =
            || world.people.values().find(|p| p.kind == crate::world::AccountKind::User).map(|p| p.login.as_str());
        self.login.as_deref().or_else(first)
    }
}
