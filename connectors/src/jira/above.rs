//! Which issues are meant by the keys that Data Center names epics, and what is above these, by.
//!
//! An issue's number outlives its key, and what an issue was made below stands in no history of it: so Jira is asked, once a key and reading.

use super::client::{Client, Edition};
use super::reading::AT_ONCE;
use super::settings::{Fields, is_key};
use crate::net::Trouble;
use futures::StreamExt as _;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What was asked in one reading: by key the number of the issue that has it or had it; none where there is no such issue.
#[derive(Debug, Default)]
pub(super) struct Above(Mutex<BTreeMap<String, Option<String>>>);

impl Above {
    /// Tells each of these issues the numbers of those that its fields name as above it, by their keys.
    pub(super) async fn tell(&self, client: &Client, fields: &Fields, issues: &mut [Value]) -> Result<(), Trouble> {
        // Cloud tells the number itself, as that of the parent.
        if client.edition == Edition::Cloud {
            return Ok(());
        }
        let named: BTreeSet<String> = issues.iter().flat_map(|issue| keys(issue, fields)).collect();
        let unknown: Vec<String> = {
            let known = self.0.lock();
            named.into_iter().filter(|key| !known.contains_key(key)).collect()
        };
        let asked = unknown.iter().map(|key| async move { (key, client.number(key).await) });
        let mut asked = futures::stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE);
        while let Some((key, number)) = asked.next().await {
            let number = number?;
            self.0.lock().insert(key.clone(), number);
        }
        let known = self.0.lock();
        for issue in issues {
            let number = |key: String| known.get(&key).cloned().flatten().map(|number| (key, number));
            let above: BTreeMap<String, String> = keys(issue, fields).into_iter().filter_map(number).collect();
            if !above.is_empty() {
                issue["above"] = json!(above);
            }
        }
        Ok(())
    }
}

/// The keys by which an issue names what is above it.
fn keys(issue: &Value, fields: &Fields) -> Vec<String> {
    let named = fields.above().filter_map(|(field, _)| issue["fields"][field].as_str());
    named.filter(|key| is_of_issue(key)).map(str::to_owned).collect()
}

/// Whether a text is the key of an issue, and no other text of a field that somebody took for one of keys.
fn is_of_issue(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.rsplit_once('-').is_some_and(|(project, number)| is_key(project) && is_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_an_issue_is_named_by_keys_alone() {
        let fields = Fields { epic: Some("cf_1".into()), parent: Some("cf_2".into()), ..Fields::default() };
        let keys = |fields_of: Value| keys(&json!({ "fields": fields_of }), &fields);
        assert_eq!(keys(json!({"cf_1": "OPS-1", "cf_2": "GOAL_2-30", "cf_3": "OPS-2"})), ["OPS-1", "GOAL_2-30"]);
        for other in ["OPS", "OPS-", "-1", "OPS-x", "../OPS-1", "OPS-1?x=1", ""] {
            assert_eq!(keys(json!({ "cf_1": other })), [""; 0], "{other}");
        }
        assert_eq!(keys(json!({"cf_1": null, "cf_2": {"id": 1, "key": "OPS-1"}})), [""; 0]);
        assert_eq!(keys(Value::Null), [""; 0]);
    }
}
