//! The figures, risks and forecasts of a made-up organization, which came through the connectors, computed a second time from its facts by
//! a program that is not ours.

use crate::by_hand::{in_trouble, incidents};
use crate::landing_killed::rows;
use crate::readers::python;
use crate::rest::run;
use pulse_engine::forecast::{Record, Scorecard};
use pulse_engine::metrics::{
    Dimension, Figure, Filter, Grain, Group, Question, ageing, catalogue, cycle_times, littles_law,
};
use pulse_engine::risk::{Finding, RiskSettings, RuleSettings, Unit, find, rules};
use pulse_engine::{Clock, Engine, Flow, Settings, Tenant, TenantId};
use pulse_server::demo::land;
use pulse_simulator::Scenario;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// 21 September 2026, 14:13:20 UTC.
const NOW: Clock = Clock::Fixed(1_790_000_000_000_000);
/// Up to the end of the month that runs; its organization began three months ago.
const SPAN: [&str; 2] = ["2026-06-01", "2026-10-01"];
const ZONE: &str = "Europe/Berlin";
/// The metrics of which there is nothing in it while its statuses stand for no stages, by name.
const UNMAPPED: [&str; 2] = ["flow_efficiency", "returned_work"];
const TABLES: [&str; 32] = [
    "core.builds",
    "core.commits",
    "core.deployments",
    "core.incident_overrides",
    "core.incidents",
    "core.lineage_overrides",
    "core.project_scopes",
    "core.projects",
    "core.pull_request_commits",
    "core.pull_requests",
    "core.releases",
    "core.repositories",
    "core.reviews",
    "core.sprint_items",
    "core.sprints",
    "core.statuses",
    "core.versions",
    "core.work_item_links",
    "core.work_item_transitions",
    "core.work_item_versions",
    "core.work_items",
    "facts.changes",
    "facts.deployment_commits",
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
    lands(&tenant, &settings(), NOW).await;
    tenant
}

/// Lands an organization that lives up to now, with what is pushed beside it, and models it.
pub(crate) async fn lands(tenant: &Tenant, settings: &Settings, now: Clock) {
    let scenario = Scenario { months: 3, ..Scenario::named("small").unwrap() };
    land(tenant, scenario, crate::tasks::free_port(), now, &|_| {}).await.unwrap();
    for mapper in pulse_connectors::mappers() {
        tenant.map(mapper.as_ref(), false).await.unwrap();
    }
    incidents(tenant, now.now()).await;
    in_trouble(tenant, now.now()).await;
    tenant.model(settings).await.unwrap();
}

/// Those that hold where a tenant says nothing, but for the zone.
fn settings() -> Settings {
    Settings { time_zone: Settings::parse_time_zone(ZONE).unwrap(), ..Settings::default() }
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
                // Days are whole ones, from 1 on.
                let is_days = rule.thresholds.iter().any(|one| one.name == from && one.unit == Unit::Days);
                thresholds.insert(from.to_owned(), if is_days { 1.0 } else { 0.0 });
            }
        }
        thresholds.extend(of("minimum").map(|_| ("minimum".to_owned(), 1.0)));
        (rule.name.clone(), RuleSettings { thresholds, ..RuleSettings::default() })
    });
    RiskSettings { rules: thresholds.collect(), ..RiskSettings::default() }
}

/// How many rows are kept of those that show what a rule found.
const KEPT: usize = 50;

/// Whether a finding has the score that the other program has, and is shown by the same rows; of more than are kept, by some of them.
fn is_found(ours: &Finding, theirs: &Value) -> bool {
    let shown: Vec<&str> = theirs["evidence"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let mut kept: Vec<&str> = ours.evidence.iter().map(String::as_str).collect();
    kept.sort_unstable();
    let is_shown = if shown.len() <= KEPT {
        kept == shown
    } else {
        kept.len() == KEPT
            && kept.iter().collect::<BTreeSet<_>>().len() == KEPT
            && kept.iter().all(|id| shown.contains(id))
    };
    near(Some(ours.score), &theirs["score"]) && is_shown && ours.evidence_count == shown.len()
}

/// What the risk rules find: where it is not what the other program finds by the same thresholds, and which rules find anything.
async fn wrong_risks(tenant: &Tenant, folder: &Path, settings: &Settings) -> (Vec<String>, BTreeSet<String>) {
    let thresholds = rules().unwrap().iter().map(|rule| {
        let of = rule.thresholds.iter().map(|one| (one.name.as_str(), settings.risk.threshold(rule, one)));
        (rule.name.as_str(), of.collect::<BTreeMap<_, _>>())
    });
    let thresholds = serde_json::to_vec(&thresholds.collect::<BTreeMap<_, _>>()).unwrap();
    std::fs::write(folder.join("thresholds.json"), thresholds).unwrap();
    let computed = computed("risks.py", folder, Grain::Month);
    let session = tenant.session().await.unwrap();
    let mut ours: BTreeMap<String, BTreeMap<String, Finding>> = BTreeMap::new();
    for finding in find(&session, settings, NOW.now(), |_, _| {}).await.unwrap().findings {
        let of = format!("{} {}", finding.subject_id, finding.project_id.as_deref().unwrap_or_default());
        ours.entry(finding.rule.name.clone()).or_default().insert(of, finding);
    }
    let found: BTreeSet<String> = ours.keys().cloned().collect();
    let theirs = computed.as_object().unwrap();
    assert_eq!(theirs.len(), rules().unwrap().len(), "it asks every rule");
    let mut wrong = Vec::new();
    for (rule, theirs) in theirs {
        let (ours, theirs) = (ours.remove(rule).unwrap_or_default(), theirs.as_object().unwrap());
        let is_told = |(of, finding): (&String, &Finding)| theirs.get(of).is_some_and(|one| is_found(finding, one));
        if ours.len() != theirs.len() || !ours.iter().all(is_told) {
            let told: Vec<_> = ours.iter().map(|(of, ours)| (of, ours.score, &ours.evidence)).collect();
            wrong.push(format!("{rule}: {told:?}, theirs {theirs:?}"));
        }
    }
    wrong.extend(ours.iter().map(|(rule, of)| format!("{rule}, which the other program has not: {:?}", of.keys())));
    (wrong, found)
}

/// Days before the last one on which forecasts are frozen.
const FROZEN: [i64; 5] = [35, 28, 14, 7, 0];

/// The shares of our runs that may be the same chance as a share of theirs: those within 4.5 standard errors of two binomial shares, and half a run
/// of theirs. By chance alone a share lies outside of that once in 150,000 comparisons.
fn may_be(ours: (f64, f64), theirs: (f64, f64)) -> std::ops::RangeInclusive<f64> {
    let ((a, n), (b, m)) = (ours, theirs);
    let both = (a * n + b * m) / (n + m);
    let far = 4.5 * (both * (1.0 - both) * (1.0 / n + 1.0 / m)).sqrt() + 0.5 / m;
    b - far..=b + far
}

/// What of a frozen forecast cannot be, by the futures that the other program played over the same history.
fn wrong_runs(row: &Value, theirs: &Value, of: f64) -> Vec<String> {
    let runs = row["runs"].as_f64().unwrap();
    let share = |count: &Value| count.as_f64().unwrap() / of;
    // By the day of a level at least so many are over, and by the day before it fewer.
    let is_level = |level: f64, counts: &Value| {
        let (before, by) = (share(&counts[0]), share(&counts[1]));
        (before <= level || may_be((level, runs), (before, of)).contains(&level))
            && (by >= level || may_be((level, runs), (by, of)).contains(&level))
    };
    let mut wrong = Vec::new();
    for (place, level) in [0.5, 0.7, 0.85, 0.95].into_iter().enumerate() {
        if !is_level(level, &theirs["levels"][place]) {
            wrong.push(format!("the day of {level}: {}", theirs["levels"][place]));
        }
    }
    for (place, level) in [0.5, 0.85].into_iter().enumerate() {
        if !is_level(level, &theirs["by"][place]) {
            wrong.push(format!("done by a day at {level}: {}", theirs["by"][place]));
        }
    }
    let due = row["due_runs"].as_f64().map(|hits| hits / runs);
    for (name, ours) in [("never", row["never"].as_f64()), ("due", due)] {
        let theirs = &theirs[name];
        if ours.is_some() == theirs.is_null() {
            wrong.push(format!("{name}: {ours:?}, theirs {theirs}"));
        } else if let Some(ours) = ours
            && !may_be((ours, runs), (share(theirs), of)).contains(&ours)
        {
            wrong.push(format!("{name}: {ours}, theirs {theirs} of {of}"));
        }
    }
    wrong
}

/// A scorecard as the other program writes it.
fn card(card: &Scorecard) -> Value {
    let inside = &card.inside;
    let inside = [inside.p50, inside.p70, inside.p85, inside.p95].map(|count| [count.hits, count.of]);
    let due = card.due.as_ref().map(|due| {
        let bins: Vec<Value> =
            due.bins.iter().map(|bin| json!([bin.said, bin.happened.hits, bin.happened.of])).collect();
        let made = [due.made.hits, due.made.of];
        let (skill, skill_over_mean) = (due.skill, due.skill_over_mean);
        json!({"made": made, "brier": due.brier, "skill": skill, "skill_over_mean": skill_over_mean, "bins": bins})
    });
    let counts = [card.counts.p50, card.counts.p85].map(|count| [count.hits, count.of]);
    json!({"inside": inside, "counts": counts, "waiting": card.waiting, "due": due})
}

/// Freezes forecasts on some days: where they are not what the other program finds, and their rows.
async fn wrong_forecasts(tenant: &Tenant, folder: &Path, settings: &Settings) -> (Vec<String>, Vec<Value>) {
    const DAY: i64 = 86_400_000_000;
    for before in FROZEN {
        tenant.freeze_forecasts(settings, Clock::Fixed(NOW.now() - before * DAY)).await.unwrap();
    }
    let frozen = rows(tenant, "SELECT * FROM facts.forecasts").await;
    let lines: String = frozen.iter().map(|row| format!("{row}\n")).collect();
    std::fs::write(folder.join("facts.forecasts.ndjson"), lines).unwrap();
    let theirs = computed("forecasts.py", folder, Grain::Month);
    let mut wrong = Vec::new();
    let mut subjects = theirs["subjects"].as_object().unwrap().clone();
    for row in &frozen {
        let id = row["id"].as_str().unwrap();
        match subjects.remove(id) {
            Some(theirs) if holds(row, &theirs) => {}
            theirs => wrong.push(format!("{row}, theirs {theirs:?}")),
        }
        let (theirs, runs) = (&theirs["played"][id], theirs["runs"].as_f64().unwrap());
        if row["runs"].is_null() != theirs.is_null() {
            wrong.push(format!("{row}, theirs {theirs}"));
        } else if theirs.is_null() {
            let told = ["p50_on", "p70_on", "p85_on", "p95_on", "by_p50", "due_runs"];
            let is_reason = row["reason"].as_str().is_some_and(|reason| reason.starts_with("not enough history"));
            // But that a day is missed which is over.
            let is_late = row["due_on"].as_str().is_some_and(|due| row["made_on"].as_str().is_some_and(|on| due < on));
            let is_told = told.iter().any(|told| !row[told].is_null())
                || row["due_probability"].as_f64() != is_late.then_some(0.0);
            if !is_reason || is_told {
                wrong.push(format!("without enough history there is a reason and nothing else: {row}"));
            }
        } else {
            wrong.extend(wrong_runs(row, theirs, runs).into_iter().map(|why| format!("{id}: {why}; {row}")));
        }
    }
    wrong.extend(subjects.keys().map(|id| format!("{id} was not frozen")));
    let records = tenant.forecasts(&Filter::default(), SPAN[1].parse().unwrap()).await.unwrap().records;
    let ours = |(kind, record): (&String, &Record)| (kind.clone(), card(&record.all));
    let ours: Value = records.iter().map(ours).collect::<serde_json::Map<_, _>>().into();
    if !holds(&ours, &theirs["scores"]) {
        wrong.push(format!("scores: {ours}, theirs {}", theirs["scores"]));
    }
    (wrong, frozen)
}

/// What is otherwise than the other program has it of all metrics, whole and by every dimension; the metrics of which there is nothing, by name; and
/// in how many groups there is anything.
async fn wrong_figures(
    tenant: &Tenant,
    settings: &Settings,
    computed: &Value,
) -> (Vec<String>, BTreeSet<String>, usize) {
    let (mut wrong, mut nothing, mut grouped) = (Vec::new(), BTreeSet::new(), 0);
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
            let answer = tenant.ask(&asked, settings, NOW).await.unwrap();
            let own = &computed[&d.name];
            if by.is_none() && answer.groups.iter().all(|group| group.total.n == 0) {
                nothing.insert(d.name.clone());
            }
            for group in &answer.groups {
                let key = group.key.as_deref().unwrap_or_default();
                let theirs = own[by.map_or("nothing", Dimension::name)].get(key).unwrap_or(&own["empty"]);
                if !is_same(group, theirs) {
                    wrong.push(format!("{} by {by:?} `{key}`: {:?}, theirs {theirs}", d.name, group.total));
                }
                grouped += usize::from(by.is_some() && group.total.n > 0);
            }
        }
    }
    (wrong, nothing, grouped)
}

#[test]
fn every_figure_of_an_organization_is_computed_again_whole_and_by_every_dimension() {
    run(async {
        let tenant = organization().await;
        let folder = tempfile::tempdir().unwrap();
        let written = write(&tenant, folder.path()).await;
        assert!(written.iter().filter(|rows| **rows > 0).count() >= 12, "{TABLES:?} have {written:?} rows");
        let settings = settings();
        let ended = computed("ended.py", folder.path(), Grain::Month);
        let some = ["done", "abandoned", "no_incidents"].iter().all(|became| ended[became].as_i64() > Some(0));
        assert!(ended["wrong"] == json!([]) && some, "{ended}");
        let lives = computed("lives.py", folder.path(), Grain::Month);
        let some = ["begun", "committed", "done", "reviewed", "sent_back", "merged"];
        let some = some.iter().all(|came| lives[came].as_i64() > Some(0));
        assert!(lives["wrong"] == json!([]) && some, "{lives}");
        let deliveries = computed("deliveries.py", folder.path(), Grain::Month);
        let mut counts = deliveries.as_object().unwrap().iter().filter(|(name, _)| *name != "wrong");
        let some = counts.all(|(_, count)| count.as_i64() > Some(0));
        assert!(deliveries["wrong"] == json!([]) && some, "{deliveries}");
        let flow = computed("flow.py", folder.path(), Grain::Month);
        let figures = computed("metrics.py", folder.path(), Grain::Month);
        let (mut wrong, nothing, grouped) = wrong_figures(&tenant, &settings, &figures).await;
        wrong.extend(wrong_flow(&tenant, &settings, &flow).await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let (wrong, _) = wrong_risks(&tenant, folder.path(), &settings).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let settings = Settings { risk: loose(), ..settings };
        let (wrong, _) = wrong_risks(&tenant, folder.path(), &settings).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let (wrong, frozen) = wrong_forecasts(&tenant, folder.path(), &settings).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // Of what is due in them, too: now each rule has found something.
        let (wrong, found) = wrong_risks(&tenant, folder.path(), &settings).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let all: BTreeSet<String> = rules().unwrap().iter().map(|rule| rule.name.clone()).collect();
        assert_eq!(found, all);
        for kind in ["project", "epic", "sprint", "release"] {
            assert!(frozen.iter().any(|row| row["subject_kind"] == kind), "no forecast of any {kind}: {frozen:?}");
        }
        let has = |column: &str| frozen.iter().filter(|row| !row[column].is_null()).count();
        let without = frozen.len() - has("runs");
        assert!(has("runs") >= 3 && without > 0, "of {} frozen: {frozen:?}", frozen.len());
        let whole = &flow[""];
        let in_progress =
            whole["ageing"]["stages"].as_array().unwrap().iter().filter(|stage| stage["in_progress"] != 0);
        assert!(in_progress.count() > 0 && whole["cycle_times"]["n"] != 0 && !whole["littles_law"]["ratio"].is_null());
        assert!(flow.as_object().unwrap().len() > 2, "of several projects: {flow}");
        assert_eq!(nothing, BTreeSet::from(UNMAPPED.map(str::to_owned)), "the metrics of which there is nothing");
        assert!(grouped > 3 * catalogue().unwrap().len(), "{grouped} groups had anything");
        // The same once its statuses are taken for the stages that are suggested for them.
        let suggested = pulse_engine::mapping(&tenant).await.unwrap();
        let flow = Flow { stages: suggested.stages, commitment: suggested.commitment, ..settings.flow.clone() };
        let staged = Settings { flow, ..settings };
        tenant.model(&staged).await.unwrap();
        write(&tenant, folder.path()).await;
        let figures = computed("metrics.py", folder.path(), Grain::Month);
        let (wrong, nothing, _) = wrong_figures(&tenant, &staged, &figures).await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(nothing, BTreeSet::new(), "the metrics of which there is nothing with stages");
    });
}
