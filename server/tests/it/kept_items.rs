//! Work items that were done long ago go by a vacuum that is asked for over REST, and no figure of a day that is kept changes.

use crate::landing::{Asks, idle, owner, works};
use crate::rest::{Server, run};
use crate::world::acme;
use pulse_engine::land::{Page, Payload};
use pulse_server::control::JobState;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

fn row(stream: &str, id: &str, row: Value) -> Payload {
    let mut row = row;
    row["id"] = json!(id);
    let body = json!({"line": 1, "row": row}).to_string();
    Payload { stream: stream.to_owned(), key: id.to_owned(), observed_at: 1, body }
}

/// An item that was begun a day before it was done, at noon.
fn done(name: &str, [begun, done]: [&str; 2]) -> Vec<Payload> {
    let (id, noon) = (format!("push:x:{name}"), |day: &str| format!("{day}T12:00:00Z"));
    let moves = |n: u8, day: &str, from: &str, to: &str| {
        let change = json!({
            "work_item_id": id, "field": "status", "from_value": from, "to_value": to, "changed_at": noon(day),
        });
        row("work_item_transitions", &format!("{id}/{n}"), change)
    };
    let item = json!({
        "project_id": "push:x:p", "key": name, "kind": "Story", "status": "Done", "status_category": "done",
        "created_at": noon(begun), "resolved_at": noon(done),
    });
    vec![row("work_items", &id, item), moves(1, begun, "To do", "Doing"), moves(2, done, "Doing", "Done")]
}

/// What came of a job that is asked for, and of all that followed it.
async fn does(server: &Server, owner: &Asks<'_>, job: Value) -> (JobState, String) {
    let control = server.world.control();
    let asked = owner.send(Method::POST, "jobs", job, None).await;
    assert_eq!(asked.status(), 202);
    let id = asked.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    idle(control).await;
    // Questions are answered of what was the newest within a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let job = control.job(&acme(), &id).await.unwrap().unwrap();
    (job.state, job.reason)
}

#[test]
fn items_that_were_done_long_ago_go_with_their_facts_and_figures_of_days_that_are_kept_stay() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let owner = owner(&server).await;
        let (end, working) = works(&server);
        let status = |name: &str, category: &str| {
            let told = json!({"name": name, "status_category": category});
            row("statuses", &format!("push:x:{category}"), told)
        };
        let mut payloads = vec![status("To do", "todo"), status("Doing", "doing"), status("Done", "done")];
        // 740 days before 2 April 2026 are 23 March 2024.
        payloads.extend(done("old", ["2024-03-21", "2024-03-22"]));
        payloads.extend(done("edge", ["2024-03-20", "2024-03-23"]));
        payloads.extend(done("late", ["2026-03-09", "2026-03-10"]));
        let tenant = server.engine.tenant(&acme());
        tenant.land("push", "push:x", Page { payloads, ..Page::default() }).await.unwrap();
        assert_eq!(does(&server, &owner, json!({"kind": "map"})).await.0, JobState::Succeeded);
        let figures = async || {
            let mut told = Vec::new();
            for metric in ["throughput", "cycle_time", "work_in_progress"] {
                let path = format!("metrics/{metric}?from=2024-03-23&until=2026-04-02&grain=month");
                let answer: Value = owner.send(Method::GET, &path, json!(null), None).await.json().await.unwrap();
                told.push(answer["groups"].clone());
            }
            told
        };
        let count = async |table: &str| owner.count(&format!("SELECT count(*) AS n FROM {table}")).await;
        let before = figures().await;
        assert_eq!(before[0][0]["total"]["n"], json!(2), "{}", before[0]);
        assert_eq!((count("core.work_items").await, count("facts.work_items").await), (3, 3));

        let keeps = |table: &str, days: i64| json!({"kind": "vacuum", "input": {"keep": {table: days}}});
        for (table, days, why) in [
            ("core.pull_requests", 800, "each commit of a change would count as a change of its own"),
            ("core.deployments", 800, "all commits and deployments before it"),
            ("core.incidents", 800, "which deployments failed is told by their incidents"),
            ("core.work_item_transitions", 800, "they go with their work items"),
            ("core.work_items", 739, "740 days at least, not for 739"),
        ] {
            let (state, reason) = does(&server, &owner, keeps(table, days)).await;
            assert!(state == JobState::Dead && reason.contains(why), "{table}: {state:?}, {reason}");
        }
        assert_eq!(does(&server, &owner, keeps("core.work_items", 740)).await.0, JobState::Succeeded);
        assert_eq!((count("core.work_items").await, count("core.work_item_transitions").await), (2, 4));
        assert_eq!((count("facts.work_items").await, count("raw.push").await), (2, 3 + 2 * 3));
        assert_eq!(figures().await, before);
        let whole = json!({"kind": "map", "input": {"replay": true}});
        assert_eq!(does(&server, &owner, whole).await.0, JobState::Succeeded);
        assert_eq!((count("core.work_items").await, count("facts.work_items").await), (2, 2));
        assert_eq!(tenant.lake().origins(None).await.unwrap().iter().map(|of| of.open).sum::<u64>(), 0);
        end.send(true).unwrap();
        working.await.unwrap();
    });
}
