//! What a day's risks cost: all rules over 200 made-up projects in a lake on the disk, found, combined and frozen.
//!
//!     cargo run --release --workspace --bin risks
//!
//! It ends with an error where the goal is missed.
//!
//! Each project has a year behind it: 300 items of which 20 are in progress, with three stays each, 150 pull requests with two reviews
//! each, 250 changes and 100 deployments, 200 builds, 12 incidents, 60 items in sprints and one forecast.

use pulse_benches::{Fallible, at, end, ms};
use pulse_engine::entities::{CORE, Entity, FACTS, Layer, core, fact};
use pulse_engine::lake::{Committed, Lake, Options, Progress, Seen, TenantLake, TenantTable, When, facts_mark};
use pulse_engine::row::{Row, Value, batch};
use pulse_engine::session::{Limits, Session};
use pulse_engine::{Clock, Policy, Settings, TenantId, risk};
use std::time::Instant;

const PROJECTS: usize = 200;
const ROUNDS: usize = 7;
/// The goal for a day's risks with their freezing, in milliseconds.
const GOAL: f64 = 2_000.0;
const DAY: i64 = 86_400_000_000;
/// Monday, 1 June 2026.
const NOW: i64 = 1_780_272_000_000_000;

fn main() -> Fallible<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(measured()).await? })
}

async fn measured() -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("file://{}", folder.path().display());
    let lake = Lake::open(&url, Options::default())?.tenant(&TenantId::new("bench")?);
    let rows: Vec<Row> = (0..PROJECTS).map(project).collect::<Fallible<Vec<_>>>()?.into_iter().flatten().collect();
    write(&lake, &rows).await?;
    let settings = Settings::default();
    let (mut looked, mut frozen) = (Vec::new(), Vec::new());
    let mut report = risk::RiskReport::default();
    for round in 0..ROUNDS {
        let begun = Instant::now();
        let tables = TenantTable::all(&lake, &Seen::default());
        let session = Session::build(tables, lake.runtime(), Limits::default(), &Policy::everything())?;
        let mut found = risk::find(&session, &settings, NOW, |_, _| {}).await?;
        std::hint::black_box(risk::combine(&mut found, &settings.risk));
        looked.push(ms(begun));
        let begun = Instant::now();
        report = risk::run(&lake, &settings, Clock::Fixed(NOW + round as i64 * DAY / 24)).await?;
        frozen.push(ms(begun));
    }
    println!(
        "{} rules over {} projects, {} rows, {} findings:",
        risk::rules()?.len(),
        report.projects,
        rows.len(),
        report.findings
    );
    let mut median = 0.0;
    for (what, mut took) in [("found and combined", looked), ("and frozen", frozen)] {
        took.sort_by(f64::total_cmp);
        median = at(&took, 50);
        println!("{what}: median {median:.0} ms, longest of {ROUNDS} {:.0} ms", at(&took, 100));
    }
    println!("found, combined and frozen within {GOAL} ms: {}", if median <= GOAL { "met" } else { "missed" });
    let missed = (median > GOAL).then_some("a day's risks");
    end(missed.as_slice())
}

/// Puts rows into the lake as a model would leave them.
async fn write(lake: &TenantLake, rows: &[Row]) -> Fallible<()> {
    let own = |entity: &'static Entity| -> Vec<Row> {
        rows.iter().filter(|row| std::ptr::eq(row.entity(), entity)).cloned().collect()
    };
    let anchor = fact("deployments")?;
    let mut marks = Vec::new();
    for entity in CORE.iter().chain(FACTS).copied().filter(|entity| !std::ptr::eq(*entity, anchor)) {
        let own = own(entity);
        if own.is_empty() {
            continue;
        }
        let committed = lake.table(entity).append(&[batch(entity, &own)?], &[], When::New).await?;
        if let (Committed::Version(version), Layer::Facts) = (committed, entity.layer) {
            marks.push(Progress::new(facts_mark(entity.name), version));
        }
    }
    lake.table(anchor).append(&[batch(anchor, &own(anchor))?], &marks, When::New).await?;
    Ok(())
}

/// So many days before now.
fn ago(days: usize) -> Value {
    Value::Time(NOW - days as i64 * DAY)
}

/// The rows of a project; the same in every run, and unlike those of the next.
fn project(number: usize) -> Fallible<Vec<Row>> {
    let id = |kind: &str, n: usize| format!("p{number}/{kind}{n}");
    let (project, repository) = (format!("p{number}"), format!("p{number}/repository"));
    let person = |n: usize| format!("p{number}/person{}", (n * 7 + number) % 6);
    let row = |entity: &'static Entity, id: String| Row::new(entity).set("id", id);
    let of = |row: Row| row.set("project_id", project.as_str());
    let mut rows = vec![
        row(core("projects")?, project.clone()).set("name", project.as_str()),
        row(core("repositories")?, repository.clone()).set("name", project.as_str()),
        of(row(core("project_scopes")?, id("scope", 0)))
            .set("scope_kind", "repository")
            .set("scope_id", repository.as_str()),
        of(row(fact("forecasts")?, id("forecast", 0)))
            .set("subject_kind", "project")
            .set("subject_id", project.as_str())
            .set("made_at", ago(0))
            .set("due_on", Value::Date((NOW / DAY) as i32 + 60))
            .set("due_probability", (number % 10) as f64 / 10.0),
    ];
    for n in 0..300 {
        let (made, begun, done) = (360 - n, 350 - n, (n < 280).then(|| 345 - n));
        let time = |day: Option<usize>| day.map_or(Value::Null, ago);
        let item = of(row(fact("work_items")?, id("item", n))).set("key", id("item", n)).set("level", "item");
        rows.push(
            item.set("class", "feature")
                .set("home_id", project.as_str())
                .set("assignee_id", person(n))
                .set("points", (n % 5) as f64)
                .set("created_at", ago(made))
                .set("started_at", ago(begun))
                .set("done_at", time(done))
                .set("is_done", done.is_some())
                .set("reopened", 0)
                .set("cycle_seconds", done.map(|done| (begun - done) as f64 * 86_400.0)),
        );
        let stays = [("todo", made, Some(begun)), ("doing", begun, done), ("done", done.unwrap_or(0), None)];
        for (position, (category, from, until)) in (0_i64..).zip(stays) {
            if category == "done" && done.is_none() {
                continue;
            }
            let stay = of(Row::new(fact("work_item_stays")?)).set("work_item_id", id("item", n));
            rows.push(
                stay.set("position", position)
                    .set("home_id", project.as_str())
                    .set("level", "item")
                    .set("class", "feature")
                    .set("status_category", category)
                    .set("entered_at", ago(from))
                    .set("left_at", time(until)),
            );
        }
    }
    let in_repository = |row: Row| of(row).set("repository_id", repository.as_str());
    for n in 0..250 {
        let change = in_repository(row(fact("changes")?, id("change", n))).set("kind", "pull_request");
        rows.push(change.set("author_id", person(n)).set("first_commit_at", ago(n + 2)).set("merged_at", ago(n + 1)));
    }
    for n in 0..150 {
        let is_open = n < 4;
        let request = in_repository(row(fact("pull_requests")?, id("request", n)))
            .set("state", if is_open { "open" } else { "merged" })
            .set("is_draft", false)
            .set("by_bot", false)
            .set("is_revert", false)
            .set("is_hotfix", false);
        let counts = ["reviews", "reviewers", "comments", "change_requests"];
        let request = counts.into_iter().fold(request, |request, count| request.set(count, 1));
        let ended = if is_open { Value::Null } else { ago(n * 2) };
        rows.push(request.set("opened_at", ago(n * 2 + 3)).set("merged_at", ended.clone()).set("closed_at", ended));
        for review in 0..2 {
            let review = in_repository(row(fact("reviews")?, id("review", n * 2 + review)));
            rows.push(
                review
                    .set("pull_request_id", id("request", n))
                    .set("reviewer_id", person(n + 1))
                    .set("is_first", false)
                    .set("submitted_at", ago(n * 2 + 1)),
            );
        }
    }
    for n in 0..100 {
        let deployment = in_repository(row(fact("deployments")?, id("deployment", n)))
            .set("environment", "production")
            .set("is_production", true)
            .set("status", "succeeded");
        rows.push(deployment.set("finished_at", ago(n * 2)).set("failed", n % (4 + number % 9) == 0));
    }
    for n in 0..200 {
        let build = row(core("builds")?, id("build", n)).set("repository_id", repository.as_str()).set("name", "test");
        let build = build.set("sha", format!("{:040}", n / 2)).set("finished_at", ago(n / 10));
        rows.push(build.set("status", if n % (3 + number % 20) == 0 { "failed" } else { "succeeded" }));
    }
    for n in 0..12 {
        let incident = in_repository(row(fact("incidents")?, id("incident", n)));
        rows.push(incident.set("began_at", ago(n * 30)).set("resolved_at", ago(n * 30)).set("is_open", false));
    }
    for n in 0..60 {
        let item =
            of(Row::new(fact("sprint_items")?)).set("sprint_id", id("sprint", n / 10)).set("home_id", project.as_str());
        let carried = n % (2 + number % 5) == 0;
        rows.push(
            item.set("work_item_id", id("item", n))
                .set("sprint_state", "closed")
                .set("sprint_ends_at", ago(7 + n / 10 * 14))
                .set("is_committed", true)
                .set("is_added", false)
                .set("is_removed", false)
                .set("is_completed", !carried)
                .set("is_carried_over", carried),
        );
    }
    Ok(rows)
}
