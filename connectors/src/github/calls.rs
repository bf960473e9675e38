//! What hooks were called about, so that the reading that calls ask for looks at those repositories and at nothing else.
//!
//! A call makes no rows. Its body holds less than a reading does: a pull request without its reviews, commits and history, a push without
//! the parents of its commits, a status without those before it, a release without its commit. A row of core is made of one payload whole,
//! so a body that came last would take away what only the reading knows; and it has no number by which one that comes late could be told
//! from one that is news. So it says where something is new, and the reading says what.

use super::cursor::{Owners, Part};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: i64 = 60 * 1_000_000;
/// How long after all was looked at a reading may look at some repositories alone: calls may be lost, and what is new elsewhere waits no longer.
const ALL_EVERY: i64 = 10 * MINUTE;
/// How far back calls are heard again: clocks of a server's machines differ, and GitHub may call before its answers know of it.
const OVERLAP: i64 = 2 * MINUTE;
/// How far back they are where repositories or teams that are out of sight are looked for: which of them were deleted is told by calls alone.
const LONG: i64 = 3 * 24 * 60 * MINUTE;
/// Of more repositories it is better asked by the page.
const MOST: usize = 50;

/// A call, as it was landed: what is looked at of it.
#[derive(Deserialize)]
struct Called {
    event: String,
    payload: Subject,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Subject {
    action: Option<Value>,
    repository: Option<Numbered>,
    team: Option<Value>,
}

#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

/// What hooks were called about since the last reading.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// When that was asked, by our clock, in microseconds since 1970.
    at: i64,
    /// The repositories, by number.
    repositories: BTreeSet<String>,
    /// Whether one was about something else, or about a repository as such: that it is new, gone or called otherwise.
    others: bool,
    /// The repositories that were deleted, by number, and the teams.
    deleted: BTreeSet<String>,
    deleted_teams: BTreeSet<String>,
}

impl Calls {
    /// None yet, at a time.
    pub(super) fn at(at: i64) -> Self {
        Self { at, ..Self::default() }
    }

    /// Since when calls are news, and longer ago where repositories or teams that are out of sight are looked for.
    pub(super) fn since(&self, owners: &Owners, are_sought: bool) -> i64 {
        if are_sought {
            return self.at - LONG;
        }
        owners.heard.unwrap_or_default().max(self.at - ALL_EVERY) - OVERLAP
    }

    /// Takes in a call.
    pub(super) fn take(&mut self, body: &str) {
        let Ok(Called { event, payload: Subject { action, repository, team } }) = serde_json::from_str(body) else {
            self.others = true;
            return;
        };
        let repository = repository.map(|repository| repository.id.to_string());
        if action.as_ref().and_then(Value::as_str) == Some("deleted") {
            match event.as_str() {
                "repository" => self.deleted.extend(repository.clone()),
                "team" => self.deleted_teams.extend(team.and_then(|team| team["id"].as_i64()).map(|id| id.to_string())),
                _ => {}
            }
        }
        match repository.filter(|_| event != "repository") {
            Some(repository) => drop(self.repositories.insert(repository)),
            None => self.others = true,
        }
    }

    /// Whether a call said of the repository of that number that it was deleted.
    pub(super) fn deleted(&self, id: &str) -> bool {
        self.deleted.contains(id)
    }

    /// Has the teams forgotten of which a call said that they were deleted: they are not missing where they are told no more. Whether any was known.
    pub(super) fn forget_teams(&self, owners: &mut Owners) -> bool {
        let known = owners.teams.len();
        owners.teams.retain(|team| team.rsplit('/').next().is_none_or(|number| !self.deleted_teams.contains(number)));
        owners.teams.len() < known
    }

    /// The repositories to look at alone, by their numbers, with the names that they were last seen by; `None` where all that there is
    /// is to be looked at. Those that are not read, or not any more, are left out: what the settings do not want is called about, too.
    pub(super) fn alone(&self, owners: &Owners, parts: &BTreeMap<String, Part>) -> Option<Vec<(String, String)>> {
        let is_soon = owners.looked.is_some_and(|at| (0..ALL_EVERY).contains(&(self.at - at)));
        if !is_soon || self.others || self.repositories.is_empty() || self.repositories.len() > MOST {
            return None;
        }
        let known = self.repositories.iter().filter_map(|id| {
            let part = parts.get(id)?;
            let is_read = !part.gone && part.away.is_none() && !part.name.is_empty() && !owners.left.contains(id);
            is_read.then(|| (id.clone(), part.name.clone()))
        });
        Some(known.collect())
    }

    /// Notes that those were looked at, and nothing else.
    pub(super) fn heard(&self, owners: &mut Owners) {
        owners.heard = Some(self.at);
    }

    /// Notes that all was looked at. Whether that is to be kept: where nobody calls, nothing rests on it.
    pub(super) fn looked(&self, owners: &mut Owners) -> bool {
        let are_any = self.others || !self.repositories.is_empty();
        if are_any {
            (owners.looked, owners.heard) = (Some(self.at), Some(self.at));
        }
        are_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls of some events about some repositories, ten minutes after 1970.
    fn calls(about: &[(&str, Option<i64>)]) -> Calls {
        let mut calls = Calls::at(ALL_EVERY);
        for (event, repository) in about {
            let payload =
                repository.map_or_else(|| serde_json::json!({}), |id| serde_json::json!({"repository": {"id": id}}));
            calls.take(&serde_json::json!({"event": event, "payload": payload}).to_string());
        }
        calls
    }

    fn known() -> (Owners, BTreeMap<String, Part>) {
        let owners = Owners { looked: Some(1), left: ["3".to_owned()].into(), ..Owners::default() };
        let part = |name: &str| Part { name: name.to_owned(), ..Part::default() };
        let gone = Part { gone: true, ..part("acme/4") };
        let parts = [("1", part("acme/1")), ("2", part("acme/2")), ("3", part("acme/3")), ("4", gone)];
        (owners, parts.map(|(id, part)| (id.to_owned(), part)).into())
    }

    #[test]
    fn repositories_that_are_read_are_looked_at_alone_once_each() {
        let (owners, parts) = known();
        let calls =
            calls(&[("issues", Some(2)), ("push", Some(2)), ("push", Some(3)), ("push", Some(4)), ("push", Some(5))]);
        assert_eq!(calls.alone(&owners, &parts).unwrap(), [("2".to_owned(), "acme/2".to_owned())]);
    }

    #[test]
    fn all_is_looked_at_after_a_while_and_when_a_call_is_about_more_than_what_is_in_repositories() {
        let (owners, parts) = known();
        let is_alone = |calls: &Calls, owners: &Owners| calls.alone(owners, &parts).is_some();
        let push = calls(&[("push", Some(1))]);
        assert!(is_alone(&push, &owners));
        for looked in [None, Some(0), Some(ALL_EVERY + 1)] {
            assert!(!is_alone(&push, &Owners { looked, ..owners.clone() }), "{looked:?}");
        }
        for others in [("repository", Some(1)), ("organization", None)] {
            assert!(!is_alone(&calls(&[("push", Some(1)), others]), &owners), "{others:?}");
        }
        assert!(!is_alone(&calls(&[]), &owners));
        let many: Vec<(&str, Option<i64>)> = (0..=50).map(|id| ("push", Some(id))).collect();
        assert!(!is_alone(&calls(&many), &owners) && is_alone(&calls(&many[1..]), &owners));
        let mut odd = calls(&[("push", Some(1))]);
        odd.take("[]");
        assert!(!is_alone(&odd, &owners));
    }

    #[test]
    fn a_repository_is_deleted_where_a_call_about_it_as_such_says_that() {
        let mut calls = Calls::at(ALL_EVERY);
        for (event, action) in [("repository", "deleted"), ("issues", "deleted"), ("repository", "archived")] {
            let id = if event == "issues" { 2 } else { i64::from(action == "archived") + 3 };
            let payload = serde_json::json!({"action": action, "repository": {"id": id}});
            calls.take(&serde_json::json!({"event": event, "payload": payload}).to_string());
        }
        calls.take(r#"{"event": "repository", "payload": {"action": ["deleted"], "repository": {"id": 5}}}"#);
        assert_eq!(["2", "3", "4", "5"].map(|id| calls.deleted(id)), [false, true, false, false]);
        let (owners, parts) = known();
        assert!(calls.alone(&owners, &parts).is_none());
    }

    #[test]
    fn a_team_is_forgotten_where_a_call_about_it_as_such_says_that_it_was_deleted() {
        let mut calls = Calls::at(ALL_EVERY);
        for (event, action, id) in
            [("team", "deleted", 1), ("team", "edited", 2), ("membership", "deleted", 3), ("team", "deleted", 9)]
        {
            let payload = serde_json::json!({"action": action, "team": {"id": id, "slug": "one"}});
            calls.take(&serde_json::json!({"event": event, "payload": payload}).to_string());
        }
        calls.take(r#"{"event": "team", "payload": {"action": "deleted", "team": "one"}}"#);
        // Earlier versions did not say whose one is.
        let teams = ["acme/1", "acme/11", "acme/2", "acme/3", "9"].map(str::to_owned).into();
        let mut owners = Owners { teams, ..Owners::default() };
        assert!(calls.forget_teams(&mut owners));
        assert_eq!(owners.teams, ["acme/11", "acme/2", "acme/3"].map(str::to_owned).into());
        assert!(!calls.forget_teams(&mut owners), "once");
        assert!(calls.others && !calls.deleted("1"));
    }

    #[test]
    fn calls_are_heard_since_the_last_reading_with_an_overlap_and_for_ten_minutes_at_most() {
        let calls = calls(&[]);
        let since = |heard: Option<i64>| calls.since(&Owners { heard, ..Owners::default() }, false);
        assert_eq!((since(None), since(Some(5 * MINUTE))), (-2 * MINUTE, 3 * MINUTE));
        assert_eq!(calls.since(&Owners { heard: Some(5 * MINUTE), ..Owners::default() }, true), ALL_EVERY - LONG);
        let mut owners = Owners::default();
        assert!(!calls.looked(&mut owners) && owners == Owners::default());
    }
}
