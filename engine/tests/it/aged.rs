//! Rows of core that were over long ago go, with the payloads that nothing else was made of.

use super::outlived::{lands, open, payloads};
use super::steps::{core_of, memory, payload};
use super::support::*;
use arrow::array::{AsArray as _, RecordBatch};
use pulse_engine::Tenant;
use pulse_engine::entities::{self, Entity};
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::{Row, Value};
use serde_json::json;

/// A vendor whose payloads are runs: `{"ended": 7, "by": "ann", "jobs": [5, 7]}`, or `{"gone": true}`.
struct Runs;

impl Mapper for Runs {
    fn connector(&self) -> &'static str {
        "toy"
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let body: serde_json::Value = serde_json::from_str(payload.body).map_err(|e| Reject::new(e.to_string()))?;
        let (builds, jobs, teams) = (core("builds"), core("build_jobs"), core("teams"));
        let id = format!("{}:{}", connection.id, payload.key);
        if body["gone"] == true {
            out.gone(builds, id);
            return Ok(());
        }
        let ended = |entity: &'static Entity, id: &str, at: Option<i64>| {
            let row = Row::new(entity).set("id", id).set("repository_id", "toy:a:r").set("status", "succeeded");
            if let Some(at) = at { row.set("finished_at", Value::Time(at)) } else { row }
        };
        out.push(ended(builds, &id, body["ended"].as_i64()))?;
        if let Some(ends) = body["jobs"].as_array() {
            out.parts(jobs, id.clone());
            for (n, end) in ends.iter().enumerate() {
                out.push(ended(jobs, &format!("{id}/{n}"), end.as_i64()).set("build_id", id.as_str()))?;
            }
        }
        if let Some(by) = body["by"].as_str() {
            out.push(Row::new(teams).set("id", format!("{}:by/{by}", connection.id)).set("name", by))?;
        }
        Ok(())
    }
}

pub(crate) fn core(table: &str) -> &'static Entity {
    entities::core(table).unwrap()
}

/// Lets go of what was over before an instant; how many rows.
async fn forgets(tenant: &Tenant, before: i64) -> u64 {
    let ends = [(core("builds"), "finished_at"), (core("build_jobs"), "finished_at")];
    tenant.forget_aged(&Runs, &ends, before).await.unwrap()
}

/// The keys of a table's rows, in order, without what only says that all parts were told.
pub(crate) async fn keys(tenant: &Tenant, table: &str) -> Vec<String> {
    let newest = tenant.lake().table(core(table)).latest().await.unwrap().unwrap();
    let mut keys = Vec::new();
    for rows in read(&newest, &["id"]).await {
        let ids = rows.column(0).as_string::<i32>().iter().flatten();
        keys.extend(ids.filter(|id| !id.ends_with('\u{1f}')).map(|id| id.replace("toy:a:", "")));
    }
    keys.sort();
    keys
}

#[tokio::test]
async fn what_was_over_goes_with_payloads_that_nothing_else_was_made_of_and_no_replay_brings_it_back() {
    let (_, tenant) = memory();
    let said = [
        payload("old", 1, json!({})),
        payload("old", 2, json!({"ended": 10})),
        payload("young", 2, json!({"ended": 20})),
        payload("runs", 2, json!({})),
        // Of Ann nobody else tells, of Bob somebody later.
        payload("ann's", 2, json!({"ended": 10, "by": "ann"})),
        payload("bob's", 2, json!({"ended": 10, "by": "bob"})),
        payload("later", 3, json!({"ended": 30, "by": "bob"})),
        payload("away", 2, json!({"ended": 10})),
        payload("away", 4, json!({"gone": true})),
    ];
    lands(&tenant, &said).await;
    assert_eq!(forgets(&tenant, 20).await, 0, "nothing is mapped");
    tenant.map(&Runs, false).await.unwrap();
    assert_eq!(forgets(&tenant, 10).await, 0, "none is as old");
    assert_eq!(forgets(&tenant, 20).await, 2);
    let left = ["ann's", "away", "later", "runs", "young"];
    assert_eq!(keys(&tenant, "builds").await, left);
    assert_eq!(payloads(&tenant).await, ["ann's@2", "away@2", "away@4", "later@3", "runs@2", "young@2"]);
    assert_eq!(keys(&tenant, "teams").await, ["by/ann", "by/bob"]);
    assert_eq!(open(&tenant).await, 0);
    assert!(tenant.is_mapped("toy").await.unwrap(), "nothing is to be mapped again");
    assert_eq!(tenant.map(&Runs, false).await.unwrap().payloads, 0);
    assert_eq!(forgets(&tenant, 20).await, 0, "once");
    let core = core_of(&tenant).await;
    tenant.map(&Runs, true).await.unwrap();
    assert_eq!((core_of(&tenant).await, open(&tenant).await), (core, 0), "mapped again");
    // What is told again is there again, until the next time.
    lands(&tenant, &[payload("old", 50, json!({"ended": 10}))]).await;
    tenant.map(&Runs, false).await.unwrap();
    assert_eq!(keys(&tenant, "builds").await, ["ann's", "away", "later", "old", "runs", "young"]);
    assert_eq!(forgets(&tenant, 20).await, 1);
    assert_eq!(keys(&tenant, "builds").await, left);
    // Once somebody else tells of Ann, too, what she began long ago goes.
    lands(&tenant, &[payload("new", 60, json!({"ended": 55, "by": "ann"}))]).await;
    tenant.map(&Runs, false).await.unwrap();
    assert_eq!(forgets(&tenant, 20).await, 1);
    assert_eq!(keys(&tenant, "builds").await, ["away", "later", "new", "runs", "young"]);
}

#[tokio::test]
async fn parts_go_with_the_payload_that_told_all_of_them() {
    let (_, tenant) = memory();
    let said = [
        payload("old", 1, json!({"ended": 10, "jobs": [9, 10]})),
        // It was over later than its first job.
        payload("long", 2, json!({"ended": 30, "jobs": [9, 30]})),
    ];
    lands(&tenant, &said).await;
    tenant.map(&Runs, false).await.unwrap();
    // One of them says that all parts of it were told.
    assert_eq!(forgets(&tenant, 20).await, 4);
    assert_eq!(keys(&tenant, "builds").await, ["long"]);
    assert_eq!(keys(&tenant, "build_jobs").await, ["long/0", "long/1"]);
    assert_eq!((payloads(&tenant).await, open(&tenant).await), (vec!["long@2".to_owned()], 0));
    tenant.map(&Runs, true).await.unwrap();
    assert_eq!(keys(&tenant, "build_jobs").await, ["long/0", "long/1"]);
}

#[tokio::test]
async fn rows_whose_payload_went_before_somebody_was_killed_go_the_next_time() {
    let (_, tenant) = memory();
    lands(&tenant, &[payload("old", 1, json!({"ended": 10})), payload("young", 1, json!({"ended": 20}))]).await;
    tenant.map(&Runs, false).await.unwrap();
    let raw = tenant.lake().raw("toy").unwrap();
    let is_old = |rows: &RecordBatch| -> Vec<bool> {
        rows.column(0).as_string::<i32>().iter().map(|key| key == Some("old")).collect()
    };
    assert_eq!(raw.forget(&["key"], |rows| Ok(is_old(rows))).await.unwrap(), 1);
    assert_eq!(open(&tenant).await, 1);
    assert_eq!(forgets(&tenant, 20).await, 0, "it is not known to be mapped");
    tenant.map(&Runs, false).await.unwrap();
    assert_eq!(forgets(&tenant, 20).await, 1);
    assert_eq!((keys(&tenant, "builds").await, open(&tenant).await), (vec!["young".to_owned()], 0));
}
