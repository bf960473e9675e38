//! How much of what a vendor says there is stands in the lake.

use super::Rejects;
use crate::control::Connection;
use crate::{Result, report};
use pulse_connectors::{git, github, jira};
use pulse_engine::session::Session;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How much of an entity stands in the lake.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Covered {
    /// The entity, as `core` has it.
    pub entity: String,
    /// How many the vendor said there are when it was last read; `null` where it says nothing.
    pub vendor: Option<u64>,
    /// How many there are in the lake that were not deleted.
    pub held: u64,
    /// The one by the other; `null` where the vendor says nothing, or that there is none.
    pub share: Option<f64>,
    /// Why they differ, as far as that is known.
    pub reasons: Vec<String>,
}

/// What can be held of a connector: the entity, and the stream of its payloads.
fn held_of(connector: &str) -> &'static [(&'static str, &'static str)] {
    match connector {
        github::CONNECTOR => &[
            ("repositories", "repositories"),
            ("commits", "commits"),
            ("pull_requests", "pull_requests"),
            ("work_items", "issues"),
            ("deployments", "deployments"),
            ("releases", "releases"),
            ("versions", "milestones"),
        ],
        jira::CONNECTOR => &[("projects", "projects"), ("sprints", "sprints"), ("work_items", "issues")],
        git::CONNECTOR => &[("repositories", "repositories"), ("commits", "commits"), ("deployments", "tags")],
        _ => &[],
    }
}

/// The lists in GitHub's payload of a repository that say how long they are, and the entity that their items become.
const COUNTED: [(&str, &str); 5] = [
    ("pullRequests", "pull_requests"),
    ("issues", "work_items"),
    ("deployments", "deployments"),
    ("releases", "releases"),
    ("milestones", "versions"),
];

/// Why there may be fewer of a thing than a vendor has, besides what the connection itself says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lacking {
    /// Whether a reading of the connection came to its end.
    pub(super) was_read: bool,
    /// For how many days work items stay that are done, where a schedule says that.
    pub(super) items_kept: Option<u64>,
}

/// What of a connection is covered.
pub(super) async fn of(
    session: &Session,
    connection: &Connection,
    rejects: &Rejects,
    lacking: Lacking,
) -> Result<Vec<Covered>> {
    let (vendor, held) = (told(session, connection).await?, held(session, connection).await?);
    let covered = |(entity, stream): &(&str, &str)| {
        let (vendor, held) = (vendor.get(*entity).copied(), held.get(*entity).copied().unwrap_or_default());
        let mut covered = Covered {
            entity: (*entity).to_owned(),
            vendor,
            held,
            share: vendor.filter(|n| *n > 0).map(|vendor| held as f64 / vendor as f64),
            reasons: Vec::new(),
        };
        if let Some(vendor) = vendor.filter(|vendor| *vendor != held) {
            covered.reasons = reasons(connection, rejects, stream, (vendor, held), lacking);
        }
        covered
    };
    Ok(held_of(&connection.connector).iter().map(covered).collect())
}

/// Why there are more or fewer than the vendor says.
fn reasons(
    connection: &Connection,
    rejects: &Rejects,
    stream: &str,
    (vendor, held): (u64, u64),
    lacking: Lacking,
) -> Vec<String> {
    if held > vendor {
        let gone = "some were deleted since they were read, and no reading has noticed yet";
        return vec![format!("{gone}, or the settings do not want some of them read any more")];
    }
    let mut reasons = Vec::new();
    if !lacking.was_read {
        reasons.push("no reading that is known has come to its end yet".to_owned());
    }
    if let Some(since) = connection.settings["since"].as_str() {
        reasons.push(format!("only what changed since {since} is read, as the settings say"));
    }
    if let Some(days) = lacking.items_kept.filter(|_| stream == "issues") {
        reasons.push(format!("what was done more than {days} days ago goes, as the schedule of the vacuum says"));
    }
    let rejected = rejects.of_stream(stream);
    if rejected > 0 {
        reasons.push(format!("{rejected} could not be mapped, as the rejects say"));
    }
    if rejects.of_stream("problems") > 0 {
        reasons.push("not everything could be read, as the rejects of the stream `problems` say".to_owned());
    }
    reasons
}

/// How many of each entity the vendor says there are.
async fn told(session: &Session, connection: &Connection) -> Result<BTreeMap<&'static str, u64>> {
    #[derive(Deserialize)]
    struct Row {
        connection: String,
        #[serde(default)]
        stream: String,
        body: String,
    }
    let statement = match connection.connector.as_str() {
        github::CONNECTOR => include_str!("../../../sql/connections/told_by_github.sql"),
        jira::CONNECTOR => include_str!("../../../sql/connections/told_by_jira.sql"),
        _ => return Ok(BTreeMap::new()),
    };
    if !session.has_table("raw", &connection.connector) {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Row> = report::rows(session, statement).await?;
    let ours = rows.into_iter().filter(|row| row.connection == connection.id());
    let parsed = ours.filter_map(|row| Some((row.stream, serde_json::from_str::<Value>(&row.body).ok()?)));
    let there: Vec<(String, Value)> = parsed.filter(|(_, body)| body["deleted"] != true).collect();
    Ok(match connection.connector.as_str() {
        github::CONNECTOR => by_github(there.iter().map(|(_, body)| body)),
        _ => by_jira(&there, &jira::JiraSettings::from_json(&connection.settings).unwrap_or_default()),
    })
}

/// What payloads of repositories say: nothing of an entity that one of them says nothing of.
fn by_github<'a>(repositories: impl Iterator<Item = &'a Value> + Clone) -> BTreeMap<&'static str, u64> {
    let sum = |(list, entity): &(&str, &'static str)| {
        let totals = repositories.clone().map(|body| body[*list]["totalCount"].as_u64());
        Some((*entity, totals.sum::<Option<u64>>()?))
    };
    let mut told: BTreeMap<_, _> = COUNTED.iter().filter_map(sum).collect();
    let count = repositories.clone().count() as u64;
    if count == 0 {
        return BTreeMap::new();
    }
    told.insert("repositories", count);
    told
}

/// What Jira lists whole, where a stream of which there is nothing may not have been read; and how many issues the projects that are
/// read say that they have, unless one of them does not say it, as on Data Center.
fn by_jira(there: &[(String, Value)], settings: &jira::JiraSettings) -> BTreeMap<&'static str, u64> {
    let mut told = BTreeMap::new();
    for (stream, _) in there {
        let entity = if stream == "projects" { "projects" } else { "sprints" };
        *told.entry(entity).or_default() += 1;
    }
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

/// How many of each entity are in the lake.
async fn held(session: &Session, connection: &Connection) -> Result<BTreeMap<String, u64>> {
    #[derive(Deserialize)]
    struct Row {
        connection: String,
        entity: String,
        n: u64,
    }
    let rows: Vec<Row> = report::rows(session, include_str!("../../../sql/connections/held.sql")).await?;
    let ours = rows.into_iter().filter(|row| row.connection == connection.id());
    Ok(ours.map(|row| (row.entity, row.n)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn that_items_go_once_they_were_done_for_long_is_a_reason_for_fewer_of_them_alone() {
        let connection = Connection {
            name: "hub".to_owned(),
            connector: github::CONNECTOR.to_owned(),
            place: String::new(),
            settings: json!({}),
            has_credential: false,
            created_by: String::new(),
            created_at: 0,
            version: 1,
        };
        let told = |stream: &str, items_kept: Option<u64>| {
            let lacking = Lacking { was_read: true, items_kept };
            reasons(&connection, &Rejects::default(), stream, (10, 7), lacking)
        };
        let goes = "what was done more than 800 days ago goes, as the schedule of the vacuum says";
        assert_eq!(told("issues", Some(800)), [goes]);
        assert_eq!((told("issues", None), told("pull_requests", Some(800))), (vec![], vec![]));
    }

    #[test]
    fn totals_of_repositories_are_added_and_one_that_says_nothing_makes_them_unknown() {
        let one = json!({
            "pullRequests": {"totalCount": 3}, "issues": {"totalCount": 2}, "releases": null, "milestones": {"totalCount": 5},
        });
        let two = json!({"pullRequests": {"totalCount": 4}, "issues": null, "milestones": {"totalCount": 1}});
        let told = by_github([&one, &two].into_iter());
        assert_eq!(told, BTreeMap::from([("pull_requests", 7), ("repositories", 2), ("versions", 6)]));
        assert_eq!(by_github([].iter()), BTreeMap::new(), "nothing was read");
    }

    #[test]
    fn issues_of_the_projects_that_are_read_are_added_and_one_that_says_nothing_makes_them_unknown() {
        let project = |key: &str, insight: Value| ("projects".to_owned(), json!({"key": key, "insight": insight}));
        let mut there = vec![
            project("PAY", json!({"totalIssueCount": 3})),
            project("SHOP", json!({"totalIssueCount": 4})),
            ("sprints".to_owned(), json!({})),
        ];
        let all = jira::JiraSettings::default();
        let told = |issues: Option<u64>, projects: u64| {
            let issues = issues.map(|issues| ("work_items", issues));
            [("projects", projects), ("sprints", 1)].into_iter().chain(issues).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(by_jira(&there, &all), told(Some(7), 2));
        there.push(project("OPS", Value::Null));
        assert_eq!(by_jira(&there, &all), told(None, 3));
        let some = jira::JiraSettings { projects: vec!["SHOP".to_owned()], ..all.clone() };
        assert_eq!(by_jira(&there, &some), told(Some(4), 3));
        assert_eq!(by_jira(&[], &all), BTreeMap::new(), "nothing was read");
    }
}
