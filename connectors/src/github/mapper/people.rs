//! Who is named in a payload, each once.
//!
//! An account is known by its number, since a login may be given to somebody else. Commits are signed with an address, which
//! may or may not be an account's: where GitHub knows the account, both have a row, so that the same address elsewhere can
//! be told to be the same person's. An account's row is made of what GraphQL tells alone: were REST's answers, which tell less,
//! to make it too, it would say now this and now that.

use crate::github::payload::{Account, Signature};
use crate::person::{Person, is_bot};
use std::collections::BTreeMap;

/// Where GitHub receives mail for accounts that keep their address to themselves.
const NOREPLY: &str = "@users.noreply.github.com";

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
    /// The key of an account; none when it has no number.
    pub(super) fn account(&mut self, account: &Account) -> Option<String> {
        let key = user(account.number()?);
        if !account.is_whole() {
            return Some(key);
        }
        let (login, name) = (filled(account.login.as_deref()), filled(account.name.as_deref()));
        // Most are named again and again by one payload, in the same words.
        let says_no_more = |known: &Identity| {
            known.login.as_deref() == login && known.name.as_deref() == name && (known.is_bot || !account.is_app())
        };
        if self.named.get(&key).is_some_and(says_no_more) {
            return Some(key);
        }
        let is_bot = account.is_app() || [login, name].into_iter().flatten().any(is_bot);
        let (login, name) = (login.map(str::to_owned), name.map(str::to_owned));
        Some(self.note(key, Identity { name, email: None, login, is_bot }))
    }

    /// The key of who signed a commit: the account's when there is one, else the address's.
    pub(super) fn signer(&mut self, signature: Option<&Signature>, account: Option<&Account>) -> Option<String> {
        let text = |text: Option<&String>| text.map(|text| text.trim().to_owned()).unwrap_or_default();
        let person = Person {
            name: text(signature.and_then(|s| s.name.as_ref())),
            email: text(signature.and_then(|s| s.email.as_ref())),
        };
        let name = some(&person.name);
        let account = account.filter(|account| account.number().is_some());
        let (number, login) = match account {
            Some(account) => (account.number(), account.login.clone()),
            None => noreply(&person.email),
        };
        let is_app = account.is_some_and(Account::is_app);
        let known = account.and_then(|account| self.account(account)).or_else(|| number.map(user));
        let address = person.key().map(|key| {
            let kind = if person.email.is_empty() { "names" } else { "emails" };
            let is_bot = is_app || person.is_bot() || login.as_deref().is_some_and(is_bot);
            self.note(format!("{kind}/{key}"), Identity { name, email: some(&person.email), login, is_bot })
        });
        known.or(address)
    }

    /// Everybody, by their key.
    pub(super) fn named(self) -> impl Iterator<Item = (String, Identity)> {
        self.named.into_iter()
    }

    /// Adds what one place of the payload tells to what others told.
    fn note(&mut self, key: String, told: Identity) -> String {
        let known = self.named.entry(key.clone()).or_default();
        known.name = known.name.take().or(told.name);
        known.email = known.email.take().or(told.email);
        known.login = known.login.take().or(told.login);
        known.is_bot |= told.is_bot;
        key
    }
}

/// The key of an account.
fn user(number: u64) -> String {
    format!("users/{number}")
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Number and login of the account that an address of GitHub's own stands for: `123+ada@…`, or `ada@…` from before 2017.
fn noreply(email: &str) -> (Option<u64>, Option<String>) {
    let email = email.to_lowercase();
    match email.strip_suffix(NOREPLY) {
        Some(local) => match local.split_once('+') {
            Some((number, login)) => (number.parse().ok(), some(login)),
            None => (None, some(local)),
        },
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn signature(name: &str, email: &str) -> Signature {
        serde_json::from_value(json!({"name": name, "email": email})).unwrap()
    }

    fn account(json: serde_json::Value) -> Account {
        serde_json::from_value(json).unwrap()
    }

    fn told(people: People) -> Vec<(String, Identity)> {
        people.named().collect()
    }

    fn identity(name: &str, email: Option<&str>, login: Option<&str>, is_bot: bool) -> Identity {
        Identity { name: some(name), email: email.map(str::to_owned), login: login.map(str::to_owned), is_bot }
    }

    #[test]
    fn an_account_and_the_address_beside_it_each_have_a_row() {
        let mut people = People::default();
        let whole = account(json!({"databaseId": 7, "login": "ada", "name": "Ada L"}));
        let id = people.signer(Some(&signature("Ada", "Ada@X.org")), Some(&whole));
        assert_eq!(id.as_deref(), Some("users/7"));
        let rows = [
            ("emails/ada@x.org".to_owned(), identity("Ada", Some("Ada@X.org"), Some("ada"), false)),
            ("users/7".to_owned(), identity("Ada L", None, Some("ada"), false)),
        ];
        assert_eq!(told(people), rows);
        // REST does not tell all of an account, so it says nothing of it but that it is the one.
        let mut people = People::default();
        let part = account(json!({"id": 7, "login": "ada", "type": "User"}));
        assert_eq!(people.signer(Some(&signature("Ada", "Ada@X.org")), Some(&part)).as_deref(), Some("users/7"));
        assert_eq!(told(people), rows[..1]);
    }

    #[test]
    fn an_address_without_an_account_stands_for_itself() {
        let mut people = People::default();
        assert_eq!(people.signer(Some(&signature("A", "a@x")), None).as_deref(), Some("emails/a@x"));
        assert_eq!(
            people.signer(Some(&signature("A", "a@x")), Some(&account(json!({})))).as_deref(),
            Some("emails/a@x")
        );
        assert_eq!(people.signer(Some(&signature("Old Tool", "")), None).as_deref(), Some("names/old tool"));
        assert_eq!(people.signer(Some(&signature("", " ")), None), None);
        assert_eq!(people.signer(None, None), None);
        assert_eq!(told(people).len(), 2);
    }

    #[test]
    fn an_address_of_githubs_own_names_its_account() {
        let mut people = People::default();
        let sign = |people: &mut People, email: &str| people.signer(Some(&signature("Ada", email)), None);
        assert_eq!(sign(&mut people, "7+Ada@users.noreply.github.com").as_deref(), Some("users/7"));
        let old = "emails/ada@users.noreply.github.com";
        assert_eq!(sign(&mut people, "ada@users.noreply.github.com").as_deref(), Some(old));
        assert_eq!(sign(&mut people, "7+ada@example.com").as_deref(), Some("emails/7+ada@example.com"));
        let rows = told(people);
        assert_eq!(rows.iter().filter(|(_, row)| row.login.as_deref() == Some("ada")).count(), 2);
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn what_two_places_tell_of_one_account_is_put_together() {
        let mut people = People::default();
        people.account(&account(json!({"databaseId": 7, "login": "ada", "__typename": "User"})));
        people.account(&account(json!({"databaseId": 7, "name": "Ada"})));
        assert_eq!(told(people), [("users/7".to_owned(), identity("Ada", None, Some("ada"), false))]);
    }

    #[test]
    fn an_account_that_is_named_again_in_the_same_words_may_still_be_told_to_be_a_program() {
        let mut people = People::default();
        for kind in ["User", "User", "Bot", "User"] {
            people.account(&account(json!({"databaseId": 7, "login": "ada", "name": "Ada", "__typename": kind})));
        }
        people.account(&account(json!({"databaseId": 7, "login": "lovelace", "name": ""})));
        assert_eq!(told(people), [("users/7".to_owned(), identity("Ada", None, Some("ada"), true))]);
    }

    #[test]
    fn programs_are_told_from_people() {
        for json in [
            json!({"databaseId": 1, "login": "renovate", "__typename": "Bot"}),
            json!({"databaseId": 1, "login": "release-bot", "__typename": "User"}),
        ] {
            let mut people = People::default();
            people.account(&account(json));
            assert!(told(people)[0].1.is_bot);
        }
        let mut people = People::default();
        let web = account(json!({"id": 19_864_447, "login": "web-flow", "type": "User"}));
        people.signer(Some(&signature("GitHub", "noreply@github.com")), Some(&web));
        assert!(told(people).iter().all(|(_, row)| row.is_bot));
    }
}
