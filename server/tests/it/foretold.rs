//! What the risk rules say of the sample organization, which came through the connectors: one of its projects is made to fail, and one
//! person makes most of its team's reviews.

use crate::landing_killed::rows;
use crate::rest::run;
use crate::world::acme;
use pulse_engine::risk::{Status, Subject, combine, find};
use pulse_engine::{Engine, Settings};
use std::collections::{BTreeMap, BTreeSet};

/// Noons (UTC) before the project begins to fail, while it does, and before the end of July 2026, when it is due.
const DAYS: [&str; 7] =
    ["2025-10-20", "2025-12-15", "2026-02-23", "2026-03-30", "2026-05-11", "2026-06-15", "2026-07-13"];
/// How many of them are before it begins to.
const WELL: usize = 2;
/// The rules that say that more comes in, or less gets done: what it is made to fail by.
const FAILING: [&str; 2] = ["scope_growth", "throughput_falling"];

#[test]
fn the_project_that_fails_is_at_risk_before_it_is_due_and_no_other_is() {
    run(async {
        let tenant = Engine::open("memory://").await.unwrap().tenant(&acme());
        crate::docs_sql::model(&tenant).await;
        let text = |row: &serde_json::Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
        let projects = rows(&tenant, "SELECT id, name FROM core.projects WHERE deleted_at IS NULL").await;
        let names: BTreeMap<String, String> = projects.iter().map(|row| (text(row, "id"), text(row, "name"))).collect();
        let (session, settings) = (tenant.session().await.unwrap(), Settings::default());
        let (mut at_risk, mut teams) = (Vec::new(), BTreeSet::new());
        // The days on which each rule finds something of it once it fails, and what the rules find of those of the other two teams, ever.
        let (mut fired, mut elsewhere): (BTreeMap<String, BTreeSet<&str>>, BTreeSet<String>) = Default::default();
        for (place, day) in DAYS.iter().enumerate() {
            let noon: chrono::DateTime<chrono::Utc> = format!("{day}T12:00:00Z").parse().unwrap();
            let mut found = find(&session, &settings, noon.timestamp_micros(), |_, _| {}).await.unwrap();
            let risks = combine(&mut found, &settings.risk);
            for risk in risks.iter().filter(|risk| risk.status != Status::OnTrack) {
                let name = &names[&risk.project_id];
                assert!(name == "Payments" && place >= WELL, "{name} is at risk on {day}: {}", risk.reason);
                at_risk.push(*day);
            }
            for finding in &found.findings {
                if finding.subject == Subject::Team {
                    assert_eq!(finding.project_id, None);
                    teams.insert(finding.sentence.clone());
                    continue;
                }
                let rule = &finding.rule.name;
                match finding.project_id.as_ref().map(|id| names[id].as_str()) {
                    Some("Payments") if place >= WELL => {
                        fired.entry(rule.clone()).or_default().insert(day);
                    }
                    Some("Shop" | "Platform") => {
                        elsewhere.insert(rule.clone());
                    }
                    _ => {}
                }
            }
        }
        assert!(at_risk.len() >= 3, "only on {at_risk:?}: {fired:?}");
        // Four times as much is asked of it as before, from two months before the first of these days on.
        let growing = fired.get(FAILING[0]).map_or(0, BTreeSet::len);
        assert_eq!(growing, DAYS.len() - WELL, "{fired:?}");
        assert!(FAILING.iter().all(|rule| !elsewhere.contains(*rule)), "of projects that are well: {elsewhere:?}");
        let is_of_its_reviews = |said: &String| said.contains(" reviews by the team Payments in ");
        assert!(teams.iter().any(is_of_its_reviews), "{teams:?}");
    });
}
