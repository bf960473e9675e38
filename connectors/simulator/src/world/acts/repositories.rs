//! Repositories, people and teams come, change and go.

use crate::world::{Account, AccountKind, Repository, Role, Team, World};
use serde_json::json;
use std::collections::BTreeMap;

impl World {
    /// A person comes. Nothing happens when the login is taken.
    pub fn add_person(&mut self, login: &str, name: Option<&str>) {
        self.add_account(login, name, AccountKind::User);
    }

    /// A bot comes.
    pub fn add_bot(&mut self, login: &str) {
        self.add_account(login, None, AccountKind::Bot);
    }

    fn add_account(&mut self, login: &str, name: Option<&str>, kind: AccountKind) {
        if self.people.contains_key(login) {
            return;
        }
        let id = self.next_id();
        let email = match kind {
            AccountKind::Bot => format!("{id}+{login}[bot]@users.noreply.github.com"),
            AccountKind::User | AccountKind::Mannequin => format!("{login}@{}.example", self.organization.login),
        };
        let account = Account { id, login: login.to_owned(), name: name.map(str::to_owned), email, kind };
        self.people.insert(login.to_owned(), account);
    }

    /// A team is made; its first member is its maintainer.
    pub fn add_team(&mut self, name: &str, parent: Option<i64>, members: &[&str]) -> i64 {
        let id = self.next_id();
        let role = |i: usize| if i == 0 { Role::Maintainer } else { Role::Member };
        let members: BTreeMap<String, Role> =
            members.iter().enumerate().map(|(i, m)| ((*m).to_owned(), role(i))).collect();
        let slug = name.to_lowercase().replace(' ', "-");
        self.teams.insert(id, Team { id, slug, name: name.to_owned(), parent, members });
        id
    }

    /// A repository is made, with nothing in it.
    pub fn create_repository(&mut self, name: &str, actor: &str) -> i64 {
        let id = self.next_id();
        self.repositories.insert(id, Repository::new(id, name, self.now));
        self.deliver("repository", id, actor, |_, _| json!({"action": "created"}));
        id
    }

    /// A repository gets another name; the old one still leads to it.
    pub fn rename_repository(&mut self, repository: i64, name: &str, actor: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let old = std::mem::replace(&mut found.name, name.to_owned());
        found.former_names.push(old.clone());
        found.updated_at = now;
        self.deliver(
            "repository",
            repository,
            actor,
            |_, _| json!({"action": "renamed", "changes": {"repository": {"name": {"from": old}}}}),
        );
    }

    /// A repository is archived.
    pub fn archive_repository(&mut self, repository: i64, actor: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        found.is_archived = true;
        found.updated_at = now;
        self.deliver("repository", repository, actor, |_, _| json!({"action": "archived"}));
    }

    /// A repository is deleted with everything in it.
    pub fn delete_repository(&mut self, repository: i64, actor: &str) {
        self.deliver("repository", repository, actor, |_, _| json!({"action": "deleted"}));
        self.repositories.remove(&repository);
    }
}
