//! What the risk rules say of the sample organization, which came through the connectors, while it lives: one of its projects is made to
//! fail, and one person makes most of its team's reviews.

use crate::docs_sql::NOON;
use crate::landing_killed::rows;
use crate::rest::run;
use crate::world::acme;
use chrono::{DateTime, Utc};
use pulse_engine::risk::{Finding, ProjectRisk, Status, Subject, combine, find};
use pulse_engine::{Clock, Engine, Settings, Tenant};
use pulse_server::demo::{SAMPLES, decide, land};
use pulse_simulator::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// Noons (UTC) before the project begins to fail, while it does, and before the end of July 2026, when it is due.
const DAYS: [&str; 7] =
    ["2025-10-20", "2025-12-15", "2026-02-23", "2026-03-30", "2026-05-11", "2026-06-15", "2026-07-13"];
/// How many of them are before it begins to.
const WELL: usize = 2;
/// How long it has lived on the first day after those, in months.
const LIVED: u32 = 9;
/// The rules that say that more comes in, or less gets done: what it is made to fail by.
const FAILING: [&str; 2] = ["scope_growth", "throughput_falling"];
/// The one that says what comes of it.
const MISSES: &str = "forecast_misses_due_date";
/// The rules that find something of the projects of the other two teams on any of these days, though they are well: a build fails by
/// chance now and then, an epic, a sprint or a release is late, and two of a team's five people make more than half of a repository.
const ELSEWHERE: [&str; 4] = ["flaky_builds", MISSES, "knowledge_concentrated", "overdue_epic"];

fn noon(day: &str) -> DateTime<Utc> {
    format!("{day}T12:00:00Z").parse().unwrap()
}

fn sample() -> Scenario {
    Scenario::named(SAMPLES[0].scenario).unwrap()
}

/// Reads what came until the noon of a day, and decides what is decided of it. Nothing of what comes later is known then.
async fn lives_until(tenant: &Tenant, day: &str, port: u16, settings: &Settings) {
    let clock = Clock::Fixed(noon(day).timestamp_micros());
    land(tenant, Scenario { months: LIVED, ..sample() }, port, clock, &|_| {}).await.unwrap();
    loop {
        for mapper in pulse_connectors::mappers() {
            tenant.map(mapper.as_ref(), false).await.unwrap();
        }
        tenant.model(settings).await.unwrap();
        if decide(tenant, clock).await.unwrap() == 0 {
            break;
        }
    }
}

/// What all rules find as of the noon of a day, and what the risk of each project is by that.
async fn asked(tenant: &Tenant, day: &str, settings: &Settings) -> (Vec<Finding>, Vec<ProjectRisk>) {
    let session = tenant.session().await.unwrap();
    let mut found = find(&session, settings, noon(day).timestamp_micros(), |_, _| {}).await.unwrap();
    let risks = combine(&mut found, &settings.risk);
    (found.findings, risks)
}

/// What was found on all days.
#[derive(Default)]
struct Seen {
    /// The days on which each rule finds something of the failing project once it fails.
    fired: BTreeMap<String, BTreeSet<&'static str>>,
    /// The rules that find anything of the projects of the other two teams.
    elsewhere: BTreeSet<String>,
    /// Each such finding: its rule, what it is of, the day, and its score.
    told: BTreeSet<String>,
    /// What is said of teams.
    teams: BTreeSet<String>,
}

impl Seen {
    fn add(&mut self, findings: &[Finding], names: &BTreeMap<String, String>, place: usize) {
        for finding in findings {
            if finding.subject == Subject::Team {
                assert_eq!(finding.project_id, None);
                self.teams.insert(finding.sentence.clone());
                continue;
            }
            let (rule, day) = (&finding.rule.name, DAYS[place]);
            match finding.project_id.as_ref().map(|id| names[id].as_str()) {
                Some("Payments") if place >= WELL => {
                    self.fired.entry(rule.clone()).or_default().insert(day);
                }
                Some(name @ ("Shop" | "Platform")) => {
                    self.elsewhere.insert(rule.clone());
                    let (of, score) = (&finding.subject_id, finding.score);
                    self.told.insert(format!("{rule} of {name}: {of} on {day}, {score:.2}: {}", finding.sentence));
                }
                _ => {}
            }
        }
    }

    /// On how many days a rule finds something of the failing project.
    fn days(&self, rule: &str) -> usize {
        self.fired.get(rule).map_or(0, BTreeSet::len)
    }
}

#[test]
fn the_project_that_fails_is_at_risk_before_it_is_due_and_its_forecasts_miss_their_days_and_without_them_no_other_is() {
    // It is the organization of the pages, earlier.
    let later = sample().ending(DateTime::from_timestamp_micros(NOON).unwrap());
    assert_eq!(Scenario { months: LIVED, ..sample() }.ending(noon(DAYS[WELL])).start, later.start);
    run(async {
        let tenant = Engine::open("memory://").await.unwrap().tenant(&acme());
        let (port, settings) = (crate::tasks::free_port(), Settings::default());
        let text = |row: &serde_json::Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
        let (mut at_risk, mut seen) = (Vec::new(), Seen::default());
        for (place, day) in DAYS.into_iter().enumerate() {
            // Of the days on which it was well the rules are asked later, and of those no forecast was made.
            if place == 0 || place > WELL {
                lives_until(&tenant, DAYS[place.max(WELL)], port, &settings).await;
            }
            let projects = rows(&tenant, "SELECT id, name FROM core.projects WHERE deleted_at IS NULL").await;
            let names: BTreeMap<String, String> =
                projects.iter().map(|row| (text(row, "id"), text(row, "name"))).collect();
            // By the rules alone: the forecasts of the day before are too old for any to be asked of them.
            let (findings, risks) = asked(&tenant, day, &settings).await;
            for risk in risks.iter().filter(|risk| risk.status != Status::OnTrack) {
                let name = &names[&risk.project_id];
                assert!(name == "Payments" && place >= WELL, "{name} is at risk on {day}: {}", risk.reason);
                at_risk.push(day);
            }
            assert!(findings.iter().all(|finding| finding.rule.name != MISSES), "{day}: {findings:?}");
            seen.add(&findings, &names, place);
            if place >= WELL {
                tenant.freeze_forecasts(&settings, Clock::Fixed(noon(day).timestamp_micros())).await.unwrap();
                let (findings, _) = asked(&tenant, day, &settings).await;
                seen.add(&findings, &names, place);
            }
        }
        assert!(at_risk.len() >= 3, "only on {at_risk:?}: {:?}", seen.fired);
        // Four times as much is asked of it as before, from two months before the first of these days on.
        assert_eq!(seen.days(FAILING[0]), DAYS.len() - WELL, "{:?}", seen.fired);
        assert!(seen.days(MISSES) >= 3, "{:?}", seen.fired);
        let told = seen.told.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(FAILING.iter().all(|rule| !seen.elsewhere.contains(*rule)), "of projects that are well:\n{told}");
        let elsewhere: Vec<&str> = seen.elsewhere.iter().map(String::as_str).collect();
        assert_eq!(elsewhere, ELSEWHERE, "of projects that are well:\n{told}");
        let is_of_its_reviews = |said: &String| said.contains(" reviews by the team Payments in ");
        assert!(seen.teams.iter().any(is_of_its_reviews), "{:?}", seen.teams);
    });
}
