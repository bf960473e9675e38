//! Who is named in a payload, each once.

use crate::jira::payload::User;
use crate::person::is_bot;
use std::collections::BTreeMap;

/// Everybody who was named so far, by the native part of their key.
#[derive(Debug, Default)]
pub(super) struct People {
    named: BTreeMap<String, Identity>,
}

/// What is known of somebody.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Identity {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) login: Option<String>,
    pub(super) is_bot: bool,
}

impl People {
    /// The key of somebody; none of somebody of whom Jira knows nothing any more. A shape that tells no name tells too little
    /// for a row.
    pub(super) fn user(&mut self, user: &User) -> Option<String> {
        let key = native(user.id()?);
        let Some(name) = user.display_name.as_deref().filter(|name| !name.is_empty()) else { return Some(key) };
        // Some servers show a placeholder in place of an address that is hidden.
        let email = user.email_address.as_deref().filter(|email| email.contains('@'));
        // Most are named again and again by one payload, in the same words.
        let says_no_more = |known: &Identity| {
            known.name.as_deref() == Some(name)
                && known.email.as_deref() == email
                && known.login.as_deref() == user.login()
                && (known.is_bot || !user.is_app())
        };
        if self.named.get(&key).is_some_and(says_no_more) {
            return Some(key);
        }
        let known = self.named.entry(key.clone()).or_default();
        known.name.get_or_insert_with(|| name.to_owned());
        known.email = known.email.take().or_else(|| email.map(str::to_owned));
        known.login = known.login.take().or_else(|| user.login().map(str::to_owned));
        known.is_bot |= user.is_app() || is_bot(name) || user.login().is_some_and(is_bot);
        Some(key)
    }

    /// Everybody, by their key.
    pub(super) fn named(self) -> impl Iterator<Item = (String, Identity)> {
        self.named.into_iter()
    }
}

/// The key of who has that id.
pub(super) fn native(id: &str) -> String {
    format!("users/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(users: &[serde_json::Value]) -> Vec<(String, Identity)> {
        let mut people = People::default();
        for user in users {
            people.user(&serde_json::from_value(user.clone()).unwrap());
        }
        people.named().collect()
    }

    #[test]
    fn what_two_places_tell_of_somebody_is_put_together() {
        let rows = told(&[
            json!({"key": "JIRAUSER1", "name": "ada", "displayName": "Ada", "emailAddress": "?"}),
            json!({"key": "JIRAUSER1", "name": "ada", "displayName": "Ada L", "emailAddress": "ada@acme.example"}),
            json!({"key": "JIRAUSER2"}),
            json!({"displayName": "Anonymous"}),
        ]);
        let ada = Identity {
            name: Some("Ada".to_owned()),
            email: Some("ada@acme.example".to_owned()),
            login: Some("ada".to_owned()),
            is_bot: false,
        };
        assert_eq!(rows, [("users/JIRAUSER1".to_owned(), ada)]);
    }

    #[test]
    fn somebody_who_is_named_again_in_the_same_words_may_still_be_told_to_be_a_program() {
        let named = |kind: &str| json!({"accountId": "a", "accountType": kind, "displayName": "Ada"});
        let rows = told(&[named("atlassian"), named("atlassian"), named("app"), named("atlassian")]);
        assert!(rows.len() == 1 && rows[0].1.is_bot, "{rows:?}");
    }

    #[test]
    fn programs_are_told_from_people() {
        for user in [
            json!({"accountId": "557058:f5", "accountType": "app", "displayName": "Automation for Jira"}),
            json!({"key": "k", "name": "release-bot", "displayName": "Release"}),
            json!({"accountId": "a", "displayName": "Release Bot"}),
        ] {
            assert!(told(std::slice::from_ref(&user))[0].1.is_bot, "{user}");
        }
        assert!(!told(&[json!({"accountId": "a", "accountType": "atlassian", "displayName": "Ada"})])[0].1.is_bot);
    }
}
