//! The sample tenant: a made-up history of three services, so that there is something to see before anything is connected.

mod dice;
mod scenario;
mod service;

use pulse_engine::Clock;
use scenario::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The tenant that it is pushed to; everything in it is labelled as a sample by this name.
pub(crate) const TENANT: &str = "demo";

/// Rows of core entities, by the entity's name.
pub(crate) type Rows = BTreeMap<&'static str, Vec<Value>>;

/// The sample's rows: a history of 26 weeks that ends now. What has happened later than now has not happened.
///
/// # Errors
/// When the scenario cannot be read, which a test rules out.
pub(crate) fn rows(clock: Clock) -> crate::Result<Rows> {
    let scenario = Scenario::load()?;
    let mut rows = Rows::new();
    for (i, plan) in scenario.services.iter().enumerate() {
        organisation(&mut rows, plan);
        service::Service::new(plan, &scenario, i as u64, clock.now()).play(&mut rows);
    }
    Ok(rows)
}

/// Who works on a service and what belongs to it.
fn organisation(rows: &mut Rows, plan: &scenario::Service) {
    let (name, team) = (plan.name.as_str(), plan.team.as_str());
    let (project, repository, team_id) = (id("project", name), id("repository", name), id("team", team));
    // Two services may share a team.
    let mut add = |entity, row| {
        let list = rows.entry(entity).or_default();
        if !list.contains(&row) {
            list.push(row);
        }
    };
    add("repositories", json!({"id": repository, "name": name, "default_branch": "main"}));
    add("teams", json!({"id": team_id, "name": team}));
    add("projects", json!({"id": project, "name": name, "team_id": team_id}));
    add(
        "project_scopes",
        json!({"id": id("scope", name), "project_id": project, "scope_kind": "repository", "scope_id": repository}),
    );
    for person in &plan.people {
        let member = id("person", person);
        add("identities", json!({"id": member, "name": person, "is_bot": false}));
        add("team_members", json!({"id": id("member", person), "team_id": team_id, "member_id": member}));
    }
}

/// The key of a row.
fn id(kind: &str, native: impl std::fmt::Display) -> String {
    format!("push:demo:{kind}-{native}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const NOW: i64 = 1_790_000_000_000_000;

    #[test]
    fn the_sample_is_the_same_each_time_and_ends_now() {
        let rows = super::rows(Clock::Fixed(NOW)).unwrap();
        assert_eq!(rows, super::rows(Clock::Fixed(NOW)).unwrap());
        let now = chrono::DateTime::from_timestamp_micros(NOW).unwrap();
        for deployment in &rows["deployments"] {
            let finished: chrono::DateTime<chrono::Utc> = deployment["finished_at"].as_str().unwrap().parse().unwrap();
            assert!(finished <= now, "{deployment}");
        }
    }

    #[test]
    fn the_sample_has_something_of_everything() {
        let rows = super::rows(Clock::Fixed(NOW)).unwrap();
        assert_eq!(rows["repositories"].len(), 3);
        for (entity, least) in [("pull_requests", 300), ("reviews", 300), ("deployments", 150), ("incidents", 10)] {
            assert!(rows[entity].len() >= least, "{} {entity}", rows[entity].len());
        }
    }

    #[test]
    fn what_a_row_refers_to_is_there() {
        let rows = super::rows(Clock::Fixed(NOW)).unwrap();
        let ids = |entity: &str| -> BTreeSet<&str> { rows[entity].iter().filter_map(|r| r["id"].as_str()).collect() };
        for (entity, rows) in &rows {
            let unique: BTreeSet<_> = rows.iter().map(|r| r["id"].to_string()).collect();
            assert_eq!(unique.len(), rows.len(), "{entity} repeats an id");
        }
        for (entity, column, target) in [
            ("reviews", "pull_request_id", "pull_requests"),
            ("pull_requests", "author_id", "identities"),
            ("deployments", "incident_id", "incidents"),
            ("incidents", "deployment_id", "deployments"),
        ] {
            let known = ids(target);
            for row in rows[entity].iter().filter(|r| r[column].is_string()) {
                assert!(known.contains(row[column].as_str().unwrap()), "{entity}.{column}: {row}");
            }
        }
        let shas: BTreeSet<_> = rows["commits"].iter().map(|r| r["sha"].to_string()).collect();
        assert!(rows["deployments"].iter().all(|d| shas.contains(&d["sha"].to_string())));
    }
}
