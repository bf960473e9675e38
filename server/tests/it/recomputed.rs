//! The figures and risks of a made-up organization, which came through the connectors, computed a second time from its facts by a program
//! that is not ours.

use crate::landing_killed::rows;
use crate::readers::python;
use crate::rest::run;
use pulse_engine::metrics::{
    Dimension, Figure, Filter, Grain, Group, Question, ageing, catalogue, cycle_times, littles_law,
};
use pulse_engine::risk::{RiskSettings, RuleSettings, find, rules};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use pulse_server::demo::land;
use pulse_simulator::Scenario;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// 21 September 2026, 13:33:20 UTC.
const NOW: Clock = Clock::Fixed(1_790_000_000_000_000);
/// Up to the end of the month that runs; its organization began three months ago.
const SPAN: [&str; 2] = ["2026-06-01", "2026-10-01"];
const ZONE: &str = "Europe/Berlin";
const TABLES: [&str; 16] = [
    "core.builds",
    "core.project_scopes",
    "core.projects",
    "core.releases",
    "core.sprints",
    "core.work_item_links",
    "facts.changes",
    "facts.deployments",
    "facts.incidents",
    "facts.people",
    "facts.pull_request_idles",
    "facts.pull_requests",
    "facts.reviews",
    "facts.sprint_items",
    "facts.work_item_stays",
    "facts.work_items",
];

async fn organization() -> Tenant {
    let tenant = Engine::open("memory://").await.unwrap().tenant(&TenantId::new("demo").unwrap());
    let scenario = Scenario { months: 3, ..Scenario::named("small").unwrap() };
    land(&tenant, scenario, crate::tasks::free_port(), NOW, &|_| {}).await.unwrap();
    for mapper in pulse_connectors::mappers() {
        tenant.map(mapper.as_ref(), false).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
    tenant
}

/// Writes what the other program reads: how many rows each table has.
async fn write(tenant: &Tenant, folder: &Path) -> Vec<usize> {
    let mut written = Vec::new();
    for table in TABLES {
        let rows = rows(tenant, &format!("SELECT * FROM {table}")).await;
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        std::fs::write(folder.join(format!("{table}.ndjson")), lines).unwrap();
        written.push(rows.len());
    }
    written
}

fn computed(script: &str, folder: &Path, grain: Grain) -> Value {
    let readers = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../engine/tests/readers"));
    let mut command = Command::new(python().unwrap_or_else(|| "python3".into()));
    // Else Python keeps what it makes of `metrics.py`, which `flow.py` reads, beside the sources.
    command.arg("-B").arg(readers.join(script)).arg(folder).args(SPAN);
    command.args([ZONE, &NOW.now().to_string(), grain.name()]);
    let read = command.output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).unwrap()
}

/// Sums of fractions differ in their last digits by the order in which they are added.
fn near(ours: Option<f64>, theirs: &Value) -> bool {
    match (ours, theirs.as_f64()) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0),
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    }
}

/// Whether a group's figures, of each period and of the whole, are those that the other program has.
fn is_same(group: &Group, theirs: &Value) -> bool {
    let ours: Vec<&Figure> = group.points.iter().map(|point| &point.figure).chain([&group.total]).collect();
    let theirs = theirs.as_array().unwrap();
    let one = |(ours, theirs): (&&Figure, &Value)| {
        let figures = [ours.value, ours.median, ours.p90, ours.numerator, ours.denominator];
        let counts = [ours.n, ours.open, ours.excluded];
        let (of_figures, of_counts) = theirs.as_array().unwrap().split_at(figures.len());
        figures.iter().zip(of_figures).all(|(ours, theirs)| near(*ours, theirs))
            && of_counts.iter().map(Value::as_i64).eq(counts.map(Some))
    };
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(one)
}

/// Whether ours has all that theirs says.
fn holds(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            theirs.iter().all(|(name, theirs)| ours.get(name).is_some_and(|ours| holds(ours, theirs)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| holds(ours, theirs))
        }
        (Value::Number(ours), Value::Number(_)) if !ours.is_i64() => near(ours.as_f64(), theirs),
        (ours, theirs) => ours == theirs,
    }
}

/// Ageing work, cycle times and Little's law, of all items and of each project: where ours are not what the other program has.
async fn wrong_flow(tenant: &Tenant, settings: &Settings, computed: &Value) -> Vec<String> {
    let session = tenant.session().await.unwrap();
    let span = (SPAN[0].parse().unwrap(), SPAN[1].parse().unwrap());
    let mut wrong = Vec::new();
    for (project, theirs) in computed.as_object().unwrap() {
        let projects = if project.is_empty() { Vec::new() } else { vec![project.clone()] };
        let filter = Filter { projects, ..Filter::default() };
        let ages = ageing(&session, span, &filter, settings, NOW).await.unwrap();
        let times = cycle_times(&session, span, &filter, settings, NOW).await.unwrap();
        let law = littles_law(&session, span, &filter, settings, NOW).await.unwrap();
        let ours = json!({"ageing": ages, "cycle_times": times, "littles_law": law});
        if !holds(&ours, theirs) {
            wrong.push(format!("flow of `{project}`: {ours}, theirs {theirs}"));
        }
    }
    wrong
}

/// Thresholds with which rules find what they else let pass.
fn loose() -> RiskSettings {
    let thresholds = rules().unwrap().iter().map(|rule| {
        let of = |name: &str| rule.thresholds.iter().find(|threshold| threshold.name == name).map(|t| t.default);
        let mut thresholds = BTreeMap::new();
        for (from, full) in [("from", "full"), ("z_from", "z_full")] {
            if of(from) < of(full) {
                // Days are whole ones.
                thresholds.insert(from.to_owned(), if rule.name == "silent_project" { 1.0 } else { 0.0 });
            }
        }
        thresholds.extend(of("minimum").map(|_| ("minimum".to_owned(), 1.0)));
        (rule.name.clone(), RuleSettings { thresholds, ..RuleSettings::default() })
    });
    RiskSettings { rules: thresholds.collect(), ..RiskSettings::default() }
}

/// What the risk rules find: where it is not what the other program finds by the same thresholds, and which rules find anything. No
/// forecast is frozen here, of which the other program knows nothing.
async fn wrong_risks(tenant: &Tenant, folder: &Path, settings: &Settings) -> (Vec<String>, BTreeSet<String>) {
    let thresholds = rules().unwrap().iter().map(|rule| {
        let of = rule.thresholds.iter().map(|one| (one.name.as_str(), settings.risk.threshold(rule, one)));
        (rule.name.as_str(), of.collect::<BTreeMap<_, _>>())
    });
    let thresholds = serde_json::to_vec(&thresholds.collect::<BTreeMap<_, _>>()).unwrap();
    std::fs::write(folder.join("thresholds.json"), thresholds).unwrap();
    let computed = computed("risks.py", folder, Grain::Month);
    let session = tenant.session().await.unwrap();
    let mut ours: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for finding in find(&session, settings, NOW.now(), |_, _| {}).await.unwrap().findings {
        let of = format!("{} {}", finding.subject_id, finding.project_id.as_deref().unwrap_or_default());
        ours.entry(finding.rule.name.clone()).or_default().insert(of, finding.score);
    }
    let found: BTreeSet<String> = ours.keys().cloned().collect();
    let theirs = computed.as_object().unwrap();
    let mut wrong = Vec::new();
    for (rule, theirs) in theirs {
        let (ours, theirs) = (ours.remove(rule).unwrap_or_default(), theirs.as_object().unwrap());
        let is_told = |(of, score): (&String, &f64)| theirs.get(of).is_some_and(|theirs| near(Some(*score), theirs));
        if ours.len() != theirs.len() || !ours.iter().all(is_told) {
            wrong.push(format!("{rule}: {ours:?}, theirs {theirs:?}"));
        }
    }
    wrong.extend(ours.into_iter().map(|(rule, of)| format!("{rule}, which the other program has not: {of:?}")));
    (wrong, found)
}

#[test]
fn every_figure_of_an_organization_is_computed_again_whole_and_by_every_dimension() {
    run(async {
        let tenant = organization().await;
        let folder = tempfile::tempdir().unwrap();
        let written = write(&tenant, folder.path()).await;
        assert!(written.iter().filter(|rows| **rows > 0).count() >= 12, "{TABLES:?} have {written:?} rows");
        let settings = Settings { time_zone: Settings::parse_time_zone(ZONE).unwrap(), ..Settings::default() };
        let flow = computed("flow.py", folder.path(), Grain::Month);
        let computed = computed("metrics.py", folder.path(), Grain::Month);
        let (mut wrong, mut counted, mut grouped) = (Vec::new(), 0, 0);
        for d in catalogue().unwrap() {
            for by in std::iter::once(None).chain(d.dimensions.iter().copied().map(Some)) {
                let asked = Question {
                    metric: d.name.clone(),
                    from: SPAN[0].parse().unwrap(),
                    until: SPAN[1].parse().unwrap(),
                    grain: Grain::Month,
                    by,
                    filter: Filter::default(),
                    compare: None,
                };
                let answer = tenant.ask(&asked, &settings, NOW).await.unwrap();
                let own = &computed[&d.name];
                for group in &answer.groups {
                    let key = group.key.as_deref().unwrap_or_default();
                    let theirs = own[by.map_or("nothing", Dimension::name)].get(key).unwrap_or(&own["empty"]);
                    if !is_same(group, theirs) {
                        wrong.push(format!("{} by {by:?} `{key}`: {:?}, theirs {theirs}", d.name, group.total));
                    }
                    counted += usize::from(by.is_none() && group.total.n > 0);
                    grouped += usize::from(by.is_some() && group.total.n > 0);
                }
            }
        }
        wrong.extend(wrong_flow(&tenant, &settings, &flow).await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let (wrong, _) = wrong_risks(&tenant, folder.path(), &settings).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let settings = Settings { risk: loose(), ..settings };
        let (wrong, found) = wrong_risks(&tenant, folder.path(), &settings).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(found.len() >= 8, "only {found:?} found anything");
        let whole = &flow[""];
        let in_progress =
            whole["ageing"]["stages"].as_array().unwrap().iter().filter(|stage| stage["in_progress"] != 0);
        assert!(in_progress.count() > 0 && whole["cycle_times"]["n"] != 0 && !whole["littles_law"]["ratio"].is_null());
        assert!(flow.as_object().unwrap().len() > 2, "of several projects: {flow}");
        let all = catalogue().unwrap().len();
        assert!(counted > all * 3 / 4 && grouped > 3 * all, "{counted} metrics and {grouped} groups had anything");
    });
}
