//! The pull requests that Jira knows of issues, as whoever keeps the code told it.
//!
//! A field of an issue says in short what there is, and no search tells more: each issue whose field says something new is asked
//! for by itself. That comes after issues are landed, so that no issue waits for it, and what is still to be asked for is known
//! by the cursor of each issue.

use super::client::Client;
use super::cursor::sum;
use crate::net::Trouble;
use crate::source::cursor;
use crate::{Error, Result};
use parking_lot::Mutex;
use pulse_engine::land::{Cursors, Page, Payload};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How the cursors of issues are called.
const PARTS: &str = "development/";

/// What is known of the pull requests of an issue.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Known {
    key: String,
    project: String,
    /// What its field says now, as a sum; nothing of one that has no pull requests.
    says: String,
    /// What it said when they were last asked for.
    asked: String,
}

/// What is known of all issues of a site.
pub(super) struct Development {
    /// The field that says it; none where it is not read.
    field: Option<String>,
    known: Mutex<BTreeMap<String, Known>>,
}

impl Development {
    /// What earlier readings left.
    pub(super) fn new(field: Option<String>, cursors: &Cursors, connection: &str) -> Result<Self> {
        let mut known = BTreeMap::new();
        for part in cursors.keys() {
            if let Some(issue) = part.strip_prefix(PARTS) {
                known.insert(issue.to_owned(), cursor(cursors, part, connection)?);
            }
        }
        Ok(Self { field, known: Mutex::new(known) })
    }

    /// Notes what an issue says, where that is new. Gives back where it stands then.
    pub(super) fn note(&self, issue: &Value) -> Result<Option<(String, String)>> {
        let Some((field, id)) = self.field.as_ref().zip(issue["id"].as_str()) else { return Ok(None) };
        let text = |pointer: &str| issue.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (key, project) = (text("/key"), text("/fields/project/id"));
        // An issue that has another key says something else, as pull requests are linked by keys.
        let says = issue["fields"][field].as_str().and_then(short).map(|short| sum(&format!("{key} {short}")));
        let says = says.unwrap_or_default();
        let mut known = self.known.lock();
        let asked = match known.get(id) {
            Some(last) if last.says == says => return Ok(None),
            None if says.is_empty() => return Ok(None),
            last => last.map(|last| last.asked.clone()).unwrap_or_default(),
        };
        let now = Known { key, project, says, asked };
        let stands = stands(id, &now)?;
        known.insert(id.to_owned(), now);
        Ok(Some(stands))
    }

    /// The field as it stands in an issue's payload, where it says something: that changes by itself, as when the server begins anew.
    pub(super) fn said(&self, issue: &Value) -> Option<String> {
        let said = issue["fields"].get(self.field.as_ref()?)?;
        said.is_string().then(|| said.to_string())
    }

    /// Notes that an issue is gone: should it come again, it says something new.
    pub(super) fn forget(&self, id: &str) -> Result<Option<(String, String)>> {
        self.known.lock().remove(id).map(|_| stands(id, &Known::default())).transpose()
    }

    /// The issues that are to be asked for, by project.
    pub(super) fn owed(&self) -> BTreeMap<String, Vec<(String, Known)>> {
        let mut owed: BTreeMap<String, Vec<(String, Known)>> = BTreeMap::new();
        if self.field.is_some() {
            for (id, known) in self.known.lock().iter().filter(|(_, known)| known.says != known.asked) {
                owed.entry(known.project.clone()).or_default().push((id.clone(), known.clone()));
            }
        }
        owed
    }
}

/// The cursor of an issue.
fn stands(id: &str, known: &Known) -> Result<(String, String)> {
    Ok((format!("{PARTS}{id}"), serde_json::to_string(known).map_err(Error::from)?))
}

impl Client {
    /// Asks for the pull requests of an issue, and tells them with where it stands then; `None` while an application of it does
    /// not tell, which says nothing of other issues.
    pub(super) async fn development(&self, id: &str, known: &Known, now: i64) -> Result<Option<Page>, Trouble> {
        let told = if known.says.is_empty() { Ok(Some((Vec::new(), now))) } else { self.pull_requests(id, now).await };
        let (detail, at) = match told {
            Ok(Some(told)) => told,
            Ok(None) => return Ok(None),
            // It went away in this moment: whatever was told of it goes with it.
            Err(Trouble::Missing(_)) => (Vec::new(), now),
            Err(trouble) => return Err(trouble),
        };
        let body = json!({"key": known.key, "detail": detail}).to_string();
        let payload = Payload { stream: "development".to_owned(), key: id.to_owned(), observed_at: at, body };
        let cursor = stands(id, &Known { asked: known.says.clone(), ..known.clone() })?;
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

    #[test]
    fn an_issue_is_owed_until_it_was_asked_for_what_it_says_now() {
        let development = Development::new(Some("cf".to_owned()), &Cursors::new(), "jira:a").unwrap();
        let issue =
            |key: &str, says: Value| json!({"id": "7", "key": key, "fields": {"project": {"id": "1"}, "cf": says}});
        let owed = |development: &Development| development.owed().into_values().flatten().count();
        assert_eq!(development.note(&issue("A-1", Value::Null)).unwrap(), None);
        let (part, text) = development.note(&issue("A-1", json!(CLOUD))).unwrap().unwrap();
        assert_eq!((part.as_str(), owed(&development)), ("development/7", 1));
        assert_eq!(development.note(&issue("A-1", json!(CLOUD))).unwrap(), None, "once");
        // Where the last reading came to.
        let mut known: Known = serde_json::from_str(&text).unwrap();
        known.asked.clone_from(&known.says);
        let (part, text) = stands("7", &known).unwrap();
        let development = Development::new(Some("cf".to_owned()), &Cursors::from([(part, text)]), "jira:a").unwrap();
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
