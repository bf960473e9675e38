//! Jira's users.

use crate::world::commit::object_id;

/// One who may be given issues, or might once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The login. Data Center tells it as `name`.
    pub login: String,
    /// What Data Center tells as `key`, which stays when the name changes.
    pub key: String,
    /// What Cloud tells instead of a name.
    pub account_id: String,
    /// The address.
    pub email: String,
    /// Whether Cloud shows the address to others.
    pub shows_email: bool,
    /// The name for people.
    pub display_name: String,
    /// Whether they are still there.
    pub is_active: bool,
}

impl User {
    /// An active user, the nth.
    pub fn new(login: &str, display_name: &str, email: &str, nth: usize) -> Self {
        let hex = object_id(&format!("account {login}"));
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        let account_id =
            format!("712020:{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30));
        Self {
            login: login.to_owned(),
            key: format!("JIRAUSER{}", 10100 + nth),
            account_id,
            email: email.to_owned(),
            shows_email: nth % 4 != 3,
            display_name: display_name.to_owned(),
            is_active: true,
        }
    }
}
