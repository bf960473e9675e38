//! Issues, page by page, each with all of its history.

use super::above::Above;
use super::client::{Client, Edition, Found};
use super::gaps::Span;
use super::reading::updated;
use super::settings::JiraSettings;
use crate::net::Trouble;
use crate::source::GONE;
use pulse_engine::land::Payload;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

/// How many issues are asked for at once.
const FIRST: usize = 100;
/// With how many histories of an issue Cloud stops to show them with a search. Where it shows as many, it is asked for all: its documentation calls the
/// total that it tells with them the number of those on the page.
const HISTORIES: usize = 40;
/// How many items a list has at most that is read whole: one with more goes round in circles.
const MOST: usize = 100_000;
/// What of an issue is landed.
pub(super) const ALL: [(&str, &str); 2] = [("fields", "*all"), ("expand", "changelog")];
/// What is said to fail where the query for incidents does.
const OF_INCIDENTS: &str = "the query in `incidents.jql`";
/// What says which issue it is, and nothing else of it.
const ID: [(&str, &str); 1] = [("fields", "id")];

/// A page of a search.
#[derive(Debug)]
pub(super) struct Issues {
    pub(super) issues: Vec<Value>,
    /// Those that Jira does not tell, as far as it does, and why.
    pub(super) untold: Vec<(Value, String)>,
    /// The time before the page in which issues changed last that Jira does not tell either, and why; none where it follows the one before.
    pub(super) gap: Option<(Span, String)>,
    /// Where the next page begins; none when this was the last.
    pub(super) next: Option<String>,
    /// How many issues it finds in all, where pages go by how many came before.
    pub(super) total: Option<u64>,
    /// When it was told, by Jira's clock.
    pub(super) at: i64,
}

impl Issues {
    /// When the one of them was changed that comes last.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.issues.iter().chain(self.untold.iter().map(|(issue, _)| issue)).filter_map(updated).min()
    }
}

impl Client {
    /// Tells each of these issues whether the query for incidents finds it, where there is one; or that it could not be asked, where Jira takes
    /// the query no more, as when a filter in it is gone, or did not answer it the last time either: that keeps no issue from being landed.
    pub(super) async fn mark(&self, incidents: Option<&str>, issues: &mut [Value]) -> Result<(), Trouble> {
        let Some(jql) = incidents else { return Ok(()) };
        let is_doubted = self.doubts_incidents.load(Ordering::Relaxed);
        if is_doubted && matches!(*self.asked.lock(), Some(Err(_))) {
            return unasked(issues);
        }
        let ids: Vec<&str> = issues.iter().filter_map(|issue| issue["id"].as_str()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let found = match self.incidents(&format!("({jql}) AND id IN ({})", ids.join(", "))).await {
            Ok(found) => found,
            Err(Trouble::Refused(refused)) => match self.try_incidents(jql).await {
                Err(Trouble::Refused(reason)) => {
                    *self.asked.lock() = Some(Err(reason));
                    return unasked(issues);
                }
                // It was an issue that went away in this moment.
                Ok(()) => return Err(Trouble::Again(refused)),
                Err(trouble) => return Err(trouble),
            },
            // It may be Jira that answers nothing now.
            Err(trouble @ (Trouble::Again(_) | Trouble::TooMuch(_))) => {
                *self.asked.lock() = Some(Err(format!("{OF_INCIDENTS}: {}", trouble.reason())));
                return if is_doubted { unasked(issues) } else { Err(trouble) };
            }
            Err(trouble) => return Err(trouble),
        };
        self.asked.lock().get_or_insert(Ok(()));
        let is_found = |issue: &&mut Value| issue["id"].as_str().is_some_and(|id| found.contains(id));
        for issue in issues.iter_mut().filter(is_found) {
            issue["incident"] = json!(true);
        }
        Ok(())
    }

    /// Tries the query for incidents.
    pub(super) async fn try_incidents(&self, jql: &str) -> Result<(), Trouble> {
        self.find(&format!("({jql})"), None, &ID).await.map(drop).map_err(of_incidents)
    }

    /// The ids of the issues that a query finds.
    async fn incidents(&self, jql: &str) -> Result<BTreeSet<String>, Trouble> {
        let (mut ids, mut place) = (BTreeSet::new(), None);
        loop {
            let Issues { issues, next, .. } = self.find(jql, place.as_deref(), &ID).await.map_err(of_incidents)?;
            ids.extend(issues.iter().filter_map(|issue| issue["id"].as_str().map(str::to_owned)));
            place = next;
            if place.is_none() {
                return Ok(ids);
            }
        }
    }

    /// A page of what a query finds, from a place on that the page before told, with what is to be shown of each issue.
    pub(super) async fn find(&self, jql: &str, place: Option<&str>, shown: &[(&str, &str)]) -> Result<Issues, Trouble> {
        let mut most = FIRST;
        loop {
            match self.page(jql, place, most, shown).await {
                Err(Trouble::TooMuch(reason)) if most > 1 => {
                    most = most.div_ceil(2);
                    tracing::debug!(reason, most, "fewer issues are asked for at once");
                }
                found => return found,
            }
        }
    }

    async fn page(
        &self,
        jql: &str,
        place: Option<&str>,
        most: usize,
        shown: &[(&str, &str)],
    ) -> Result<Issues, Trouble> {
        let most = most.to_string();
        let mut query = vec![("jql", jql), ("maxResults", most.as_str())];
        query.extend(shown.iter().copied());
        let (path, name) = match self.edition {
            Edition::Cloud => ("search/jql", "nextPageToken"),
            Edition::DataCenter => ("search", "startAt"),
        };
        query.extend(place.map(|place| (name, place)));
        let Found { mut body, at } = self.get(path, &query).await?;
        let issues = body.get_mut("issues").map(Value::take);
        let Some(Value::Array(issues)) = issues else {
            return Err(Trouble::Again("it sent no list of issues".to_owned()));
        };
        let (next, total) = going_on(self.edition, place, &body, issues.len())?;
        Ok(Issues { issues, untold: Vec::new(), gap: None, next, total, at })
    }

    /// The number of the issue that has a key, or had it; none where there is no such issue, or it is out of sight.
    pub(super) async fn number(&self, key: &str) -> Result<Option<String>, Trouble> {
        match self.get(&format!("issue/{key}"), &ID).await {
            Ok(Found { body, .. }) => Ok(body["id"].as_str().map(str::to_owned)),
            Err(Trouble::Missing(_) | Trouble::Refused(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// The payload of an issue of that id: as it is, or as gone where it is in none of these projects; [`Trouble::Missing`] where it is not there.
    /// `now` is Jira's.
    pub(super) async fn doubtful(
        &self,
        id: &str,
        projects: &BTreeSet<&str>,
        settings: &JiraSettings,
        above: &Above,
        now: i64,
    ) -> Result<Payload, Trouble> {
        let Found { mut body, at } = self.thing(&format!("issue/{id}"), &ALL).await?;
        let project = body.pointer("/fields/project/id").and_then(Value::as_str);
        if project.is_some_and(|project| !projects.contains(project)) {
            return Ok(gone(id, now));
        }
        let issue = std::slice::from_mut(&mut body);
        self.mark(settings.incidents.jql.as_deref(), issue).await?;
        above.tell(self, &settings.fields, issue).await?;
        self.whole(body, at).await?.ok_or_else(|| Trouble::Again("it sent an issue without an id".to_owned()))
    }

    /// An issue's payload, with what a search leaves out of it. None of one without an id.
    pub(super) async fn whole(&self, mut issue: Value, at: i64) -> Result<Option<Payload>, Trouble> {
        let Some(id) = issue["id"].as_str().map(str::to_owned) else {
            tracing::warn!("an issue without an id is left out");
            return Ok(None);
        };
        for (list, items, path, values) in
            [("/changelog", "histories", "changelog", "values"), ("/fields/comment", "comments", "comment", "comments")]
        {
            let Some(held) = issue.pointer(list) else { continue };
            let most = if (self.edition, items) == (Edition::Cloud, "histories") { HISTORIES } else { usize::MAX };
            let Some(there) = cut_off(held, items, most) else { continue };
            let total = held["total"].clone();
            let all = match self.all(&format!("issue/{id}/{path}"), values).await {
                Ok(all) => all,
                Err(Trouble::Missing(reason)) => {
                    // Cloud has each of these lists, and Data Center may have none: then what was told is all there is.
                    let has_none = self.edition == Edition::DataCenter
                        && match self.thing(&format!("issue/{id}"), &ID).await {
                            Ok(_) => true,
                            Err(Trouble::Missing(_)) => false,
                            Err(trouble) => return Err(trouble),
                        };
                    if has_none {
                        continue;
                    }
                    // It may be gone, or not be told for a moment: which it is, is known when it is asked for again.
                    return Err(Trouble::Again(reason));
                }
                Err(trouble) => return Err(trouble),
            };
            // Jira may know less where it is asked for all, as of what came by mail.
            if let Some(held) = issue.pointer_mut(list).filter(|_| all.len() >= there) {
                *held = json!({"total": total, (items): all});
            }
        }
        Ok(Some(Payload { stream: "issues".to_owned(), key: id, observed_at: at, body: issue.to_string() }))
    }

    /// All pages of a list that goes by offsets and grows at its end.
    async fn all(&self, path: &str, values: &str) -> Result<Vec<Value>, Trouble> {
        let mut all = Vec::new();
        loop {
            let start = all.len().to_string();
            let query = [("startAt", start.as_str()), ("maxResults", "100")];
            // Cloud has each of these lists: there, a page for people does not say that what is told with the issue is all there is.
            let mut found = match self.edition {
                Edition::Cloud => self.thing(path, &query).await?,
                Edition::DataCenter => self.get(path, &query).await?,
            };
            let (total, is_last) = (found.body["total"].as_u64(), found.body["isLast"] == true);
            let more = found.body.get_mut(values).map(Value::take);
            let Some(Value::Array(more)) = more else { return Err(Trouble::Again(format!("it sent no `{values}`"))) };
            let ended = is_last || more.is_empty();
            all.extend(more);
            if all.len() > MOST {
                return Err(Trouble::Again(format!("its list of `{values}` does not come to an end")));
            }
            // One that tells neither is at its end where nothing comes any more.
            if ended || total.is_some_and(|total| all.len() as u64 >= total) {
                return Ok(all);
            }
        }
    }
}

/// That an issue of that id is gone.
pub(super) fn gone(id: &str, now: i64) -> Payload {
    Payload { stream: "issues".to_owned(), key: id.to_owned(), observed_at: now, body: GONE.to_owned() }
}

/// How many items of a list are there, where there are more, or may be, as where there are as many as are shown at most.
fn cut_off(list: &Value, items: &str, most: usize) -> Option<usize> {
    let there = list[items].as_array()?.len();
    let may_be = there >= most || list["total"].as_u64().is_none_or(|total| total > there as u64);
    may_be.then_some(there)
}

/// Where a search goes on behind a page of so many issues that began at a place, and how many it finds in all, as the page tells. One that
/// does not tell whether it goes on does until nothing comes any more.
fn going_on(
    edition: Edition,
    place: Option<&str>,
    page: &Value,
    issues: usize,
) -> Result<(Option<String>, Option<u64>), Trouble> {
    if edition == Edition::DataCenter {
        let asked: u64 = place.and_then(|place| place.parse().ok()).unwrap_or_default();
        let start = page["startAt"].as_u64().unwrap_or(asked);
        let (end, total) = (start + issues as u64, page["total"].as_u64());
        let goes_on = issues > 0 && total.is_none_or(|total| end < total);
        // As where a proxy answers each question as it did the first: it would be read for ever.
        if goes_on && end <= asked {
            return Err(Trouble::Again("its search does not go on".to_owned()));
        }
        return Ok((goes_on.then(|| end.to_string()), total));
    }
    match page["nextPageToken"].as_str() {
        None if page["isLast"] == false => {
            Err(Trouble::Again("it says that a search goes on, and does not say where".to_owned()))
        }
        Some(next) if place == Some(next) => Err(Trouble::Again("its search does not go on".to_owned())),
        next => Ok((next.map(str::to_owned), None)),
    }
}

/// Notes of issues that the query for incidents could not be asked.
fn unasked(issues: &mut [Value]) -> Result<(), Trouble> {
    issues.iter_mut().for_each(|issue| issue["unasked"] = json!(true));
    Ok(())
}

/// Says of what is refused that it is the query for incidents.
fn of_incidents(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused(reason) => Trouble::Refused(format!("{OF_INCIDENTS}: {reason}")),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(edition: Edition, place: Option<&str>, page: &Value, issues: usize) -> Result<Option<String>, String> {
        going_on(edition, place, page, issues).map(|(next, _)| next).map_err(|trouble| trouble.reason())
    }

    #[test]
    fn a_search_by_numbers_goes_on_until_all_that_there_is_came_or_nothing_more_comes() {
        let next = |place, page: Value, issues| next(Edition::DataCenter, place, &page, issues).unwrap();
        let at = |place: &str| Some(place.to_owned());
        assert_eq!(next(None, json!({"startAt": 0, "total": 3}), 2), at("2"));
        assert_eq!(next(Some("2"), json!({"startAt": 2, "total": 3}), 1), None);
        assert_eq!(next(Some("2"), json!({"startAt": 2, "total": 9}), 0), None, "it would ask for this for ever");
        assert_eq!(next(Some("2"), json!({"total": 9}), 2), at("4"), "it began where it was asked to");
        assert_eq!(next(Some("2"), json!({"startAt": 2}), 2), at("4"), "it does not say how many there are");
        assert_eq!(next(Some("4"), json!({"startAt": 4}), 0), None);
        let stuck = going_on(Edition::DataCenter, Some("2"), &json!({"startAt": 0, "total": 9}), 2);
        assert!(stuck.unwrap_err().reason().contains("does not go on"), "it is the page before once more");
    }

    #[test]
    fn a_list_is_asked_for_where_there_is_more_of_it_or_nobody_says_that_there_is_not() {
        let list = |total: Value| json!({"histories": [{}, {}], "total": total});
        let cut_off = |list: &Value| cut_off(list, "histories", 3);
        assert_eq!(cut_off(&list(json!(3))), Some(2));
        assert_eq!(cut_off(&list(json!(2))), None);
        assert_eq!(cut_off(&list(Value::Null)), Some(2));
        assert_eq!(cut_off(&json!({"histories": [{}, {}, {}], "total": 3})), Some(3), "more are never shown");
        assert_eq!(cut_off(&json!({"total": 3})), None, "nobody asked for it");
    }

    #[test]
    fn a_search_by_tokens_does_not_end_where_its_token_is_missing_or_leads_nowhere() {
        let next = |place, page: Value| next(Edition::Cloud, place, &page, 1);
        assert_eq!(next(None, json!({"nextPageToken": "b", "isLast": false})), Ok(Some("b".to_owned())));
        assert_eq!(next(Some("b"), json!({"isLast": true})), Ok(None));
        assert_eq!(next(Some("b"), json!({})), Ok(None));
        assert!(next(None, json!({"isLast": false})).unwrap_err().contains("does not say where"));
        assert!(next(Some("b"), json!({"nextPageToken": "b"})).unwrap_err().contains("does not go on"));
    }
}
