//! The step on a lake: what is frozen, what stands, and who sees it.

use super::testing::{DAY, doing, item, now, repository};
use super::{COMBINED, run};
use crate::entities::{CORE, FACTS, Layer};
use crate::lake::{Committed, Lake, Options, Progress, Seen, TenantLake, TenantTable, When, facts_mark};
use crate::metrics::tests::entity;
use crate::row::{self, Row, Value};
use crate::session::{Limits, Session};
use crate::{Clock, Policy, Settings, TenantId};
use arrow::util::display::array_value_to_string;

/// A lake whose core and facts hold these rows, as a model would leave it.
pub(super) async fn lake(rows: &[Row]) -> TenantLake {
    let lake = Lake::open("memory:///", Options::default()).unwrap().tenant(&TenantId::new("acme").unwrap());
    modelled(&lake, rows).await;
    lake
}

/// Puts rows in the place of all that there are.
async fn modelled(lake: &TenantLake, rows: &[Row]) {
    let mut marks = Vec::new();
    for entity in CORE.iter().chain(FACTS).copied().filter(|e| !["risks", "deployments"].contains(&e.name)) {
        let own: Vec<Row> = rows.iter().filter(|row| std::ptr::eq(row.entity(), entity)).cloned().collect();
        let table = lake.table(entity);
        if own.is_empty() && !table.exists().await.unwrap() {
            continue;
        }
        let batch = row::batch(entity, &own).unwrap();
        let committed = table.replace(&[batch], None, &[], When::Changed).await.unwrap();
        if let (Committed::Version(version), Layer::Facts) = (committed, entity.layer) {
            marks.push(Progress::new(facts_mark(entity.name), version));
        }
    }
    let anchor = entity("facts/deployments");
    lake.table(anchor).append(&[row::batch(anchor, &[]).unwrap()], &marks, When::Ahead).await.unwrap();
}

pub(super) async fn frozen(lake: &TenantLake, days: i64) {
    run(lake, &Settings::default(), Clock::Fixed(now() + days * DAY)).await.unwrap();
}

/// The rows of a statement, each as its values with a bar between.
async fn rows(lake: &TenantLake, policy: &Policy, statement: &str) -> Vec<String> {
    let session =
        Session::build(TenantTable::all(lake, &Seen::default()), lake.runtime(), Limits::default(), policy).unwrap();
    let mut told = Vec::new();
    for batch in session.collect(statement).await.unwrap() {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter().map(|column| array_value_to_string(column, row).unwrap());
            told.push(values.collect::<Vec<_>>().join("|"));
        }
    }
    told
}

/// Four items in progress for forty days, of a project that the team `t1` owns, and one that another project has at rest.
pub(super) fn ageing() -> Vec<Row> {
    let mut rows: Vec<Row> = (0..4).flat_map(|n| doing(&format!("i{n}"), "ann", 40)).collect();
    rows.push(item("other", 10).set("project_id", "p2"));
    rows.push(Row::new(entity("core/projects")).set("id", "p1").set("name", "Shop").set("team_id", "t1"));
    rows.push(Row::new(entity("core/projects")).set("id", "p2").set("name", "Desk").set("team_id", "t2"));
    rows.push(repository());
    rows
}

const HISTORY: &str = "SELECT day, rule, subject_id, score > 0, status, sentence IS NOT NULL FROM facts.risks ORDER BY day, rule, subject_id";

#[tokio::test]
async fn a_day_has_a_row_for_each_risk_and_one_for_each_project() {
    let lake = lake(&ageing()).await;
    frozen(&lake, 0).await;
    let all = [
        "2026-06-01|ageing_items|p1|true||true",
        "2026-06-01|combined|p1|true|off_track|true",
        "2026-06-01|combined|p2|false|on_track|true",
        "2026-06-01|silent_project|p1|true||true",
    ];
    assert_eq!(rows(&lake, &Policy::everything(), HISTORY).await, all);
    let said = "4 items are in progress for more than 30 days, of 4 that were begun in the 84 days before; the oldest since 2026-04-22.";
    assert_eq!(
        rows(
            &lake,
            &Policy::everything(),
            "SELECT subject_id, team_id, score, sentence, evidence_count FROM risk.ageing_items"
        )
        .await,
        [format!("p1|t1|1.0|{said}|4")]
    );
    let parts = "SELECT abs(sum(CASE WHEN rule = 'combined' THEN score ELSE -contribution END)) < 1e-9, count(*) FROM facts.risks \
        WHERE project_id = 'p1'";
    assert_eq!(rows(&lake, &Policy::everything(), parts).await, ["true|3"]);
    let evidence = "SELECT array_length(evidence) FROM risk.projects WHERE project_id = 'p1'";
    assert_eq!(rows(&lake, &Policy::everything(), evidence).await, ["2"]);
}

#[tokio::test]
async fn the_same_day_again_changes_nothing_and_of_a_day_the_last_run_stands() {
    let lake = lake(&ageing()).await;
    let table = lake.table(entity("facts/risks"));
    frozen(&lake, 0).await;
    let version = table.latest().await.unwrap().unwrap().version();
    frozen(&lake, 0).await;
    assert_eq!(table.latest().await.unwrap().unwrap().version(), version);
    // Two of them are done in the afternoon.
    let mut later = ageing();
    for place in [0, 2] {
        later[place] = later[place].clone().set("done_at", Value::Time(now() + DAY / 2)).set("is_done", true);
        later[place + 1] = later[place + 1].clone().set("left_at", Value::Time(now() + DAY / 2));
    }
    modelled(&lake, &later).await;
    run(&lake, &Settings::default(), Clock::Fixed(now() + DAY * 3 / 4)).await.unwrap();
    let counts = "SELECT count(DISTINCT day), count(DISTINCT found_at), count(*) FROM facts.risks";
    assert_eq!(rows(&lake, &Policy::everything(), counts).await, ["1|1|3"]);
    let said = rows(&lake, &Policy::everything(), "SELECT sentence FROM risk.ageing_items").await;
    assert_eq!(
        said,
        [
            "2 items are in progress for more than 30 days, of 4 that were begun in the 84 days before; the oldest since 2026-04-22."
        ]
    );
}

#[tokio::test]
async fn what_stood_and_is_found_no_more_is_told_once_and_earlier_days_stay() {
    let lake = lake(&ageing()).await;
    frozen(&lake, 0).await;
    let mut later = ageing();
    later.drain(..8);
    modelled(&lake, &later).await;
    frozen(&lake, 1).await;
    frozen(&lake, 2).await;
    let all = [
        "2026-06-01|ageing_items|p1|true||true",
        "2026-06-01|combined|p1|true|off_track|true",
        "2026-06-01|combined|p2|false|on_track|true",
        "2026-06-01|silent_project|p1|true||true",
        "2026-06-02|ageing_items|p1|false||false",
        "2026-06-02|combined|p1|false||false",
        "2026-06-02|combined|p2|false|on_track|true",
        "2026-06-02|silent_project|p1|false||false",
        "2026-06-03|combined|p2|false|on_track|true",
    ];
    assert_eq!(rows(&lake, &Policy::everything(), HISTORY).await, all);
    assert!(rows(&lake, &Policy::everything(), "SELECT 1 FROM risk.ageing_items").await.is_empty());
    assert_eq!(
        rows(&lake, &Policy::everything(), "SELECT project_id, reason FROM risk.projects").await,
        ["p2|No rule found a risk."]
    );
}

#[tokio::test]
async fn who_sees_a_team_sees_its_risks_and_no_others() {
    let lake = lake(&ageing()).await;
    frozen(&lake, 0).await;
    let projects = "SELECT project_id FROM risk.projects ORDER BY project_id";
    let seen = async |policy: Policy| rows(&lake, &policy, projects).await;
    assert_eq!(seen(Policy::everything()).await, ["p1", "p2"]);
    assert_eq!(seen(Policy::only(["t1"], [])).await, ["p1"]);
    assert_eq!(seen(Policy::only([], ["p2"])).await, ["p2"]);
    assert!(seen(Policy::only(["t3"], [])).await.is_empty());
    let ageing = "SELECT subject_id FROM risk.ageing_items";
    assert!(rows(&lake, &Policy::only(["t2"], []), ageing).await.is_empty());
}

#[tokio::test]
async fn a_lake_of_which_nothing_is_known_gets_no_table() {
    let lake = lake(&[]).await;
    frozen(&lake, 0).await;
    assert!(!lake.table(entity("facts/risks")).exists().await.unwrap());
    assert!(rows(&lake, &Policy::everything(), "SELECT 1 FROM risk.projects").await.is_empty());
    assert!(
        rows(&lake, &Policy::everything(), &format!("SELECT 1 FROM facts.risks WHERE rule = '{COMBINED}'"))
            .await
            .is_empty()
    );
}
