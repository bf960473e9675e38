//! How many things Jira says there are.

use super::JiraSettings;
use super::rekeyed::rekeyed;
use crate::connector::{Counts, Told};
use serde_json::Value;

/// By what it lists, and by what its projects say of themselves.
pub(super) const TOLD: Told = Told {
    statement: include_str!("told.sql"),
    counts: |there, settings| counts(there, &JiraSettings::from_json(settings).unwrap_or_default()),
};

/// The streams that Jira lists whole, each of things that become one row of an entity of that name.
const LISTED: [&str; 4] = ["projects", "versions", "components", "sprints"];

/// What Jira lists whole, where a stream of which there is nothing may not have been read; and how many issues the projects that are
/// read say that they have, unless one of them does not say it, as on Data Center.
fn counts(there: &[(String, Value)], settings: &JiraSettings) -> Counts {
    let mut told = Counts::new();
    for (stream, _) in there {
        if let Some(entity) = LISTED.into_iter().find(|listed| listed == stream) {
            *told.entry(entity).or_default() += 1;
        }
    }
    let all = there.iter().filter(|(stream, _)| stream == "projects").map(|(_, body)| body);
    let settings = settings.knowing(&rekeyed(all));
    let is_read = |body: &Value| body["key"].as_str().is_some_and(|key| settings.wants(key));
    let projects = there.iter().filter(|(stream, body)| stream == "projects" && is_read(body));
    let totals = projects.map(|(_, body)| body["insight"]["totalIssueCount"].as_u64());
    if told.contains_key("projects")
        && let Some(issues) = totals.sum::<Option<u64>>()
    {
        told.insert("work_items", issues);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn issues_of_the_projects_that_are_read_are_added_and_one_that_says_nothing_makes_them_unknown() {
        let project = |key: &str, insight: Value| ("projects".to_owned(), json!({"key": key, "insight": insight}));
        let mut there = vec![
            project("PAY", json!({"totalIssueCount": 3})),
            project("SHOP", json!({"totalIssueCount": 4})),
            ("sprints".to_owned(), json!({})),
            ("versions".to_owned(), json!({})),
            ("versions".to_owned(), json!({})),
            ("components".to_owned(), json!({})),
        ];
        let all = JiraSettings::default();
        let told = |issues: Option<u64>, projects: u64| {
            let issues = issues.map(|issues| ("work_items", issues));
            let listed = [("projects", projects), ("sprints", 1), ("versions", 2), ("components", 1)];
            listed.into_iter().chain(issues).collect::<Counts>()
        };
        assert_eq!(counts(&there, &all), told(Some(7), 2));
        there.push(project("OPS", Value::Null));
        assert_eq!(counts(&there, &all), told(None, 3));
        let some = JiraSettings { projects: vec!["SHOP".to_owned()], ..all.clone() };
        assert_eq!(counts(&there, &some), told(Some(4), 3));
        // One that is named by the key that it had.
        let fresh = json!({"key": "FRESH", "projectKeys": ["TILL", "FRESH"], "insight": {"totalIssueCount": 5}});
        there.push(("projects".to_owned(), fresh));
        let some = JiraSettings { projects: vec!["TILL".to_owned()], ..all.clone() };
        assert_eq!(counts(&there, &some), told(Some(5), 4));
        assert_eq!(counts(&[], &all), Counts::new(), "nothing was read");
    }
}
