//! The pull requests that Jira knows of issues, as whoever keeps the code told it.
//!
//! A field of an issue says in short what there is, and no search tells more: each issue whose field says something new is asked
//! for by itself. That comes after issues are landed, so that no issue waits for it, and what is still to be asked for is known
//! by the cursor of each issue. There may be very many of these, so that none is held as a text, and one that was asked for is known by two
//! sums and no more.

use super::client::Client;
use crate::lost::Lost;
use crate::net::Trouble;
use crate::{Result, met};
use parking_lot::Mutex;
use pulse_engine::land::{Age, Crowd, Cursors, OVER, Page, Payload};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How the cursors of issues are called.
const PARTS: &str = "development/";
/// What no field says: of an issue whose cursor could not be read, so that it is asked for once it is met again.
const LOST: u64 = u64::MAX;

/// What is known of the pull requests of an issue.
#[derive(Debug, Default, PartialEq)]
struct Known {
    /// The sum of what its field says now; 0 for one that has no pull requests.
    says: u64,
    /// The same of what it said when they were last asked for.
    asked: u64,
    /// What it is called, while it is to be asked for.
    named: Option<Box<Named>>,
}

/// What an issue is called, and its project's number.
#[derive(Debug, PartialEq)]
struct Named {
    key: Box<str>,
    project: Box<str>,
}

/// The same as a cursor tells it. Sums are written as hexadecimal digits, and 0 as none.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Stands {
    #[serde(skip_serializing_if = "String::is_empty")]
    key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    project: String,
    says: String,
    asked: String,
}

impl Known {
    /// One whose pull requests were asked for since its field says this, or are to be.
    fn new(says: u64, asked: u64, key: &str, project: &str) -> Self {
        let named = (says != asked).then(|| Box::new(Named { key: key.into(), project: project.into() }));
        Self { says, asked, named }
    }

    fn of(stands: &Stands) -> Self {
        let sum = |digits: &str| u64::from_str_radix(digits, 16).unwrap_or_default();
        Self::new(sum(&stands.says), sum(&stands.asked), &stands.key, &stands.project)
    }

    /// The cursor of an issue. One of which nothing is known is over: there may be very many that had pull requests once.
    fn stands(&self, id: u64) -> Result<(String, String)> {
        if *self == Self::default() {
            return Ok((format!("{PARTS}{id}"), OVER.to_owned()));
        }
        let digits = |sum: u64| if sum == 0 { String::new() } else { format!("{sum:016x}") };
        let mut stands = Stands { says: digits(self.says), asked: digits(self.asked), ..Stands::default() };
        if let Some(named) = &self.named {
            (stands.key, stands.project) = (named.key.to_string(), named.project.to_string());
        }
        Ok((format!("{PARTS}{id}"), serde_json::to_string(&stands)?))
    }
}

/// What earlier readings left of issues: what the newest cursor of each says, while they are read.
#[derive(Debug, Default)]
pub(super) struct Left {
    known: BTreeMap<u64, (Age, Known)>,
    /// Those whose newest cursor could not be read, and why one could not.
    unread: BTreeSet<u64>,
    reason: Option<String>,
}

impl Left {
    /// Tells of which issues the newest cursor could not be read.
    pub(super) fn tell(&self, lost: &mut Lost) -> Result<()> {
        let reason = self.reason.as_deref().unwrap_or_default();
        for id in &self.unread {
            if let Some((_, known)) = self.known.get(id) {
                lost.note(known.stands(*id)?, reason);
            }
        }
        Ok(())
    }
}

impl Crowd for Left {
    fn prefix(&self) -> &'static str {
        PARTS
    }

    fn hold(&mut self, part: &str, age: Age, cursor: &str) {
        let Some(id) = part.strip_prefix(PARTS).and_then(|id| id.parse::<u64>().ok()) else { return };
        if self.known.get(&id).is_some_and(|(last, _)| *last >= age) {
            return;
        }
        let known = match cursor {
            OVER => Ok(Known::default()),
            told => serde_json::from_str(told).map(|stands: Stands| Known::of(&stands)),
        };
        let known = match known {
            Ok(known) => {
                self.unread.remove(&id);
                known
            }
            Err(reason) => {
                self.reason = Some(reason.to_string());
                self.unread.insert(id);
                Known::new(LOST, LOST, "", "")
            }
        };
        self.known.insert(id, (age, known));
    }
}

/// An issue that is to be asked for.
pub(super) struct Owed {
    id: u64,
    key: String,
    says: u64,
}

/// What is known of all issues of a site.
pub(super) struct Development {
    /// The field that says it; none where it is not read.
    field: Option<String>,
    known: Mutex<BTreeMap<u64, Known>>,
}

impl Development {
    /// What is known where earlier readings left this.
    pub(super) fn new(field: Option<String>, left: Left) -> Self {
        let known = left.known.into_iter().map(|(id, (_, known))| (id, known));
        let known = known.filter(|(_, known)| *known != Known::default()).collect();
        Self { field, known: Mutex::new(known) }
    }

    /// Notes what an issue says, where that is new. Gives back where it stands then.
    pub(super) fn note(&self, issue: &Value) -> Result<Option<(String, String)>> {
        let id = issue["id"].as_str().and_then(|id| id.parse::<u64>().ok());
        let Some((field, id)) = self.field.as_ref().zip(id) else { return Ok(None) };
        let text = |pointer: &str| issue.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (key, project) = (text("/key"), text("/fields/project/id"));
        // An issue that has another key says something else, as pull requests are linked by keys.
        let says = issue["fields"][field].as_str().and_then(short);
        let says = says.map_or(0, |short| met::sum(format!("{key} {short}").into_bytes()));
        let mut known = self.known.lock();
        let asked = match known.get(&id) {
            Some(last) if last.says == says => return Ok(None),
            None if says == 0 => return Ok(None),
            last => last.map_or(0, |last| last.asked),
        };
        let now = Known::new(says, asked, key, project);
        let stands = now.stands(id)?;
        known.insert(id, now);
        Ok(Some(stands))
    }

    /// The field as it stands in an issue's payload, where it says something: that changes by itself, as when the server begins anew.
    pub(super) fn said(&self, issue: &Value) -> Option<String> {
        let said = issue["fields"].get(self.field.as_ref()?)?;
        said.is_string().then(|| said.to_string())
    }

    /// Notes that an issue is gone: should it come again, it says something new.
    pub(super) fn forget(&self, id: &str) -> Result<Option<(String, String)>> {
        let Ok(id) = id.parse::<u64>() else { return Ok(None) };
        self.known.lock().remove(&id).map(|_| Known::default().stands(id)).transpose()
    }

    /// The numbers of the issues that are to be asked for, by project.
    pub(super) fn owed(&self) -> BTreeMap<String, Vec<u64>> {
        let mut owed: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        if self.field.is_some() {
            for (id, named) in self.known.lock().iter().filter_map(|(id, known)| Some((*id, known.named.as_ref()?))) {
                owed.entry(named.project.to_string()).or_default().push(id);
            }
        }
        owed
    }

    /// Some of these issues, as they are asked for.
    pub(super) fn owed_of(&self, ids: &[u64]) -> Vec<Owed> {
        let known = self.known.lock();
        let owed = |id: &u64| {
            let known = known.get(id)?;
            Some(Owed { id: *id, key: known.named.as_ref()?.key.to_string(), says: known.says })
        };
        ids.iter().filter_map(owed).collect()
    }
}

impl Client {
    /// Asks for the pull requests of an issue, and tells them with where it stands then; `None` while an application of it does
    /// not tell, which says nothing of other issues.
    pub(super) async fn development(&self, owed: &Owed, now: i64) -> Result<Option<Page>, Trouble> {
        let key = owed.id.to_string();
        let told = if owed.says == 0 { Ok(Some((Vec::new(), now))) } else { self.pull_requests(&key, now).await };
        let (detail, at) = match told {
            Ok(Some(told)) => told,
            Ok(None) => return Ok(None),
            // One that is there is only not told now. One that went away takes along whatever was told of it.
            Err(Trouble::Missing(_)) => match self.thing(&format!("issue/{key}"), &[("fields", "id")]).await {
                Ok(_) => return Ok(None),
                Err(Trouble::Missing(_)) => (Vec::new(), now),
                Err(trouble) => return Err(trouble),
            },
            Err(trouble) => return Err(trouble),
        };
        let body = json!({"key": owed.key, "detail": detail}).to_string();
        let payload = Payload { stream: "development".to_owned(), key, observed_at: at, body };
        let cursor = Known { says: owed.says, asked: owed.says, named: None }.stands(owed.id)?;
        Ok(Some(Page { payloads: vec![payload], cursors: Cursors::from([cursor]) }))
    }

    /// What every application that knows pull requests of an issue tells of them, and when the last did; `None` when one of them
    /// does not tell now, as when it is no longer connected.
    async fn pull_requests(&self, id: &str, now: i64) -> Result<Option<(Vec<Value>, i64)>, Trouble> {
        let summary = self.dev_status("issue/summary", &[("issueId", id)]).await?;
        let by_type = summary.body.pointer("/summary/pullrequest/byInstanceType").and_then(Value::as_object);
        let (mut all, mut last) = (Vec::new(), now);
        for kind in by_type.into_iter().flat_map(|by_type| by_type.keys()) {
            let query = [("issueId", id), ("applicationType", kind.as_str()), ("dataType", "pullrequest")];
            let mut found = self.dev_status("issue/detail", &query).await?;
            let Some(Value::Array(detail)) = found.body.get_mut("detail").map(Value::take) else {
                return Err(Trouble::Again("it sent no `detail` of an issue's pull requests".to_owned()));
            };
            if found.body["errors"].as_array().is_some_and(|errors| !errors.is_empty()) && detail.is_empty() {
                return Ok(None);
            }
            all.extend(detail);
            last = found.at;
        }
        Ok(Some((all, last)))
    }
}

/// What a field's text says of pull requests, without what changes by itself; none where there are none.
///
/// Cloud writes `{pullrequest={…}, json={…}}`, Data Center `{summaryBean=…, devSummaryJson={…}}` with the names of objects in its
/// memory, and both `{}` where there is nothing.
fn short(text: &str) -> Option<String> {
    let json = text.find("json={").or_else(|| text.find("Json={")).and_then(|at| text.get(at + "json=".len()..));
    let read = json.and_then(|json| serde_json::Deserializer::from_str(json).into_iter::<Value>().next());
    if let Some(Ok(read)) = read {
        let told = read.pointer("/cachedValue/summary/pullrequest")?;
        let count = told.pointer("/overall/count").and_then(Value::as_u64);
        return (count != Some(0)).then(|| told.to_string());
    }
    let (_, rest) = text.split_once("pullrequest")?;
    let told = rest.split_once('}').map_or(rest, |(told, _)| told);
    let (_, count) = told.split_once("stateCount=")?;
    // From the object's name on, the rest says it.
    let told = told.rsplit('@').next().unwrap_or(told).split_once('[').map_or(told, |(_, told)| told);
    (!count.starts_with('0')).then(|| told.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUD: &str = r#"{pullrequest={dataType=pullrequest, state=MERGED, stateCount=1}, json={"cachedValue":{"errors":[],"summary":{"pullrequest":{"overall":{"count":1,"lastUpdated":"2026-01-02T03:04:05.000+0000","stateCount":1,"state":"MERGED"},"byInstanceType":{"GitHub":{"count":1,"name":"GitHub"}}}}},"isStale":true}}"#;

    #[test]
    fn what_a_field_says_of_pull_requests_is_known_in_every_form_that_it_has() {
        let told = short(CLOUD).unwrap();
        assert!(told.contains(r#""state":"MERGED""#) && !told.contains("isStale"), "{told}");
        assert_eq!(short(&CLOUD.replace("\"isStale\":true", "\"isStale\":false")).unwrap(), told);
        assert_ne!(short(&CLOUD.replace("02T03", "02T04")).unwrap(), told);
        let bean = |address: &str, count: u32, json: &str| {
            format!(
                "{{summaryBean=com.atlassian.SummaryBean@{address}[summary={{pullrequest=com.atlassian.SummaryItemBean@\
                 {address}[overall=PullRequestOverallBean{{stateCount={count}, state='OPEN', details=Details{{openCount={count}}}}},\
                 byInstanceType={{}}]}},errors=[]]{json}}}"
            )
        };
        let json = |count: u32| {
            format!(
                r#", devSummaryJson={{"cachedValue":{{"summary":{{"pullrequest":{{"overall":{{"count":{count}}}}}}}}}}}"#
            )
        };
        assert_eq!(short(&bean("5e2f", 2, &json(2))), short(&bean("77aa", 2, &json(2))));
        assert_ne!(short(&bean("5e2f", 2, &json(2))), short(&bean("5e2f", 3, &json(3))));
        assert_eq!(short(&bean("5e2f", 0, &json(0))), None);
        // Without JSON, or with some that is cut off.
        for end in ["", r#", devSummaryJson={"cachedValue":{"#] {
            assert_eq!(short(&bean("5e2f", 2, end)), short(&bean("77aa", 2, end)));
            assert_ne!(short(&bean("5e2f", 2, end)), short(&bean("5e2f", 1, end)));
            assert_eq!(short(&bean("5e2f", 0, end)), None);
        }
        assert!(short("{pullrequest={dataType=pullrequest, state=OPEN, stateCount=1}}").is_some());
    }

    #[test]
    fn where_nothing_is_said_of_pull_requests_there_are_none() {
        let builds =
            r#"{build={count=1}, json={"cachedValue":{"errors":[],"summary":{"build":{"overall":{"count":1}}}}}}"#;
        for none in ["", "{}", builds, "pullrequest", "{pullrequest={stateCount=0}}", "{json={}}", "json={"] {
            assert_eq!(short(none), None, "{none}");
        }
    }

    /// What is left where cursors are read in this order, each newer than the one before.
    fn left(cursors: impl IntoIterator<Item = (String, String)>) -> Left {
        let mut left = Left::default();
        for (row, (part, text)) in (0..).zip(cursors) {
            left.hold(&part, Age::new(1, "batch", row), &text);
        }
        left
    }

    fn development(cursors: impl IntoIterator<Item = (String, String)>) -> Development {
        Development::new(Some("cf".to_owned()), left(cursors))
    }

    #[test]
    fn of_very_many_issues_that_were_asked_for_two_sums_each_are_held_and_no_text() {
        let known = |id: u64| Known::new(id + 1, id + 1, "PAY-12345", "10001");
        let left = left((0..200_000).rev().map(|id| known(id).stands(id).unwrap()));
        assert_eq!((left.known.len(), size_of::<(u64, (Age, Known))>()), (200_000, 64));
        assert!(left.known.values().all(|(_, known)| known.named.is_none()));
        let development = Development::new(None, left);
        let held = development.known.lock();
        assert_eq!((held.len(), size_of::<(u64, Known)>()), (200_000, 32));
        assert!(held.iter().all(|(id, held)| *held == known(*id)));
    }

    #[test]
    fn of_cursors_in_any_order_the_newest_of_each_issue_counts() {
        let stands = |says: u64, asked: u64| Known::new(says, asked, "A-1", "1").stands(7).unwrap();
        let ages = [Age::new(1, "b", 0), Age::new(2, "a", 5), Age::new(2, "b", 0), Age::new(2, "b", 1)];
        let told: Vec<_> = ages.into_iter().zip([stands(1, 0), stands(1, 1), stands(2, 1), stands(2, 2)]).collect();
        for first in 0..4 {
            let mut left = Left::default();
            for (age, (part, text)) in told.iter().cycle().skip(first).take(4) {
                left.hold(part, age.clone(), text);
            }
            let development = Development::new(None, left);
            assert_eq!(*development.known.lock(), BTreeMap::from([(7, Known { says: 2, asked: 2, named: None })]));
        }
    }

    #[test]
    fn an_issue_whose_cursor_cannot_be_read_is_told_and_asked_for_once_it_is_met_again_whatever_it_says() {
        let text = |part: &str, text: &str| (part.to_owned(), text.to_owned());
        let known = |id: u64| Known::new(1, 1, "A-1", "1").stands(id).unwrap();
        let left = self::left([known(7), text("development/7", "["), text("development/8", "["), known(8), known(9)]);
        let mut lost = Lost::default();
        left.tell(&mut lost).unwrap();
        let mut again = Lost::default();
        self::left(lost.cursors.clone()).tell(&mut again).unwrap();
        assert_eq!(again.reason(), None, "it is told once");
        assert_eq!(lost.cursors.keys().collect::<Vec<_>>(), ["development/7"], "the newest cursor of 8 is good");
        assert!(lost.reason().unwrap().starts_with("how far it was read is lost of development/7: "));
        for says in [Value::Null, json!("{}"), json!(CLOUD)] {
            // As it was read, and as the next reading finds it.
            for development in [development([text("development/7", "[")]), development(lost.cursors.clone())] {
                assert!(development.owed().is_empty(), "nobody knows what it is called");
                let issue = json!({"id": "7", "key": "A-1", "fields": {"project": {"id": "1"}, "cf": says}});
                assert!(development.note(&issue).unwrap().is_some());
                assert_eq!(development.owed(), BTreeMap::from([("1".to_owned(), vec![7])]));
            }
        }
        assert!(development([text("development/none", "[")]).known.lock().is_empty(), "it is of no issue");
    }

    #[test]
    fn what_earlier_versions_wrote_of_an_issue_is_read() {
        let told = |says: &str| format!(r#"{{"key":"A-1","project":"1","says":"{says}","asked":"00000000000000ff"}}"#);
        let of = |says: &str| Known::of(&serde_json::from_str(&told(says)).unwrap());
        assert_eq!(of("00000000000000ff"), Known { says: 255, asked: 255, named: None });
        let named = Some(Box::new(Named { key: "A-1".into(), project: "1".into() }));
        assert_eq!(of(""), Known { says: 0, asked: 255, named });
        let gone = ("development/7".to_owned(), r#"{"key":"","project":"","says":"","asked":""}"#.to_owned());
        assert!(development([gone]).known.lock().is_empty());
    }

    #[test]
    fn nothing_is_left_of_an_issue_that_has_no_pull_requests_any_more() {
        let [had, over] =
            [Known::new(1, 1, "A-1", "1"), Known::new(0, 0, "A-1", "1")].map(|known| known.stands(7).unwrap());
        assert_eq!(over, ("development/7".to_owned(), OVER.to_owned()));
        let left = left([had, ("development/7".to_owned(), "[".to_owned()), over]);
        assert!(left.unread.is_empty());
        assert!(Development::new(None, left).known.lock().is_empty());
    }

    #[test]
    fn an_issue_is_owed_until_it_was_asked_for_what_it_says_now() {
        let development = development([]);
        let issue =
            |key: &str, says: Value| json!({"id": "7", "key": key, "fields": {"project": {"id": "1"}, "cf": says}});
        let owed = |development: &Development| development.owed().into_values().flatten().count();
        assert_eq!(development.note(&issue("A-1", Value::Null)).unwrap(), None);
        let (part, text) = development.note(&issue("A-1", json!(CLOUD))).unwrap().unwrap();
        assert_eq!((part.as_str(), owed(&development)), ("development/7", 1));
        assert_eq!(development.note(&issue("A-1", json!(CLOUD))).unwrap(), None, "once");
        assert_eq!(development.owed(), BTreeMap::from([("1".to_owned(), vec![7])]));
        let mut asked = development.owed_of(&[7, 8]);
        assert_eq!(asked.iter().map(|owed| (owed.id, owed.key.as_str())).collect::<Vec<_>>(), [(7, "A-1")]);
        let says = asked.remove(0).says;
        // Killed there, the next reading owes it still.
        let again = self::development([(part, text)]);
        assert_eq!((again.owed(), again.note(&issue("A-1", json!(CLOUD))).unwrap()), (development.owed(), None));
        // Where the last reading came to.
        let stands = Known { says, asked: says, named: None }.stands(7).unwrap();
        let development = self::development([stands]);
        assert_eq!((development.note(&issue("A-1", json!(CLOUD))).unwrap(), owed(&development)), (None, 0));
        assert!(
            development.note(&issue("B-1", json!(CLOUD))).unwrap().is_some() && owed(&development) == 1,
            "another key"
        );
        assert!(
            development.note(&issue("B-1", json!("{}"))).unwrap().is_some() && owed(&development) == 1,
            "none any more"
        );
        assert!(development.forget("7").unwrap().is_some() && owed(&development) == 0);
    }
}
