//! Rows that people push beside a made-up organization: what it does not have, or has by chance alone.

use crate::landing_killed::rows;
use pulse_engine::Tenant;
use pulse_engine::entities::core;
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value};
use std::collections::BTreeMap;

const DAY: i64 = 86_400_000_000;
/// A project, its repository and the only one who works on it.
const RESCUE: &str = "push:hand:rescue";
const APP: &str = "push:hand:app";
const ADA: &str = "push:hand:ada";

fn new(entity: &str, id: &str) -> Row {
    let row = Row::new(core(entity).unwrap()).set("id", format!("push:hand:{id}")).set("connection", "push:hand");
    row.set("raw", "push/1/1").set("observed_at", Value::Time(1))
}

async fn push(tenant: &Tenant, rows: Vec<Row>) {
    let mut tables: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for row in rows {
        tables.entry(row.entity().name).or_default().push(row);
    }
    for rows in tables.values() {
        let batch = row::batch(rows[0].entity(), rows).unwrap();
        tenant.lake().table(rows[0].entity()).upsert(&batch, &[], When::Changed).await.unwrap();
    }
}

/// Incidents of one title: the first was none, the third was closed as none and a person decided what caused it. And two of others that
/// somebody took up, of which one is not resolved.
pub(crate) async fn incidents(tenant: &Tenant, now: i64) {
    let deployment = "SELECT id, repository_id FROM core.deployments WHERE is_production ORDER BY finished_at LIMIT 1";
    let deployment = rows(tenant, deployment).await.remove(0);
    let day = |days: i64| Value::Time(now - (21 - days) * DAY);
    let incident = |id: &str, began: i64, resolution: &str| {
        new("incidents", id)
            .set("repository_id", deployment["repository_id"].as_str())
            .set("title", "Checkout is down")
            .set("severity", "sev2")
            .set("began_at", day(began))
            .set("resolved_at", day(began + 2))
            .set("resolution", resolution)
    };
    let decision = new("incident_overrides", "o")
        .set("incident_id", "push:hand:3")
        .set("deployment_id", deployment["id"].as_str())
        .set("made_by", "Ada")
        .set("made_at", day(9));
    let taken_up = |id: &str, title: &str, began: i64| {
        let row = new("incidents", id).set("repository_id", deployment["repository_id"].as_str());
        let row = row.set("title", title).set("severity", "sev3").set("began_at", day(began));
        row.set("acknowledged_at", Value::Time(now - (21 - began) * DAY + DAY / 96))
    };
    let incidents = [
        incident("1", 0, "Duplicate"),
        incident("2", 3, "Fixed"),
        incident("3", 6, "False alarm"),
        taken_up("4", "Search is slow", 10).set("resolved_at", day(11)),
        taken_up("5", "Mail does not leave", 15),
        decision,
    ];
    push(tenant, incidents.into()).await;
}

/// A board that is in no project, with a sprint in which stands an item of one.
pub(crate) async fn planned(tenant: &Tenant) {
    let item = new("work_items", "w")
        .set("project_id", "push:hand:store")
        .set("key", "STORE-1")
        .set("title", "Sell")
        .set("kind", "Story")
        .set("status", "Doing")
        .set("status_category", "doing")
        .set("created_at", Value::Time(1));
    let sprint = new("sprints", "s").set("name", "Sprint 1").set("state", "active").set("board_id", "push:hand:board");
    let held = new("sprint_items", "s/w").set("sprint_id", "push:hand:s").set("work_item_id", "push:hand:w");
    let project = new("projects", "store").set("name", "Store");
    push(tenant, vec![project, new("boards", "board").set("name", "Ada's"), sprint, item, held]).await;
}

/// A project of which each risk rule finds something that passes nothing as too little to speak of: of it, its epics, sprints and release, its repository
/// and its team. It has no reviews, of which the organization has enough.
pub(crate) async fn in_trouble(tenant: &Tenant, now: i64) {
    let ago = |days: i64| Value::Time(now - days * DAY);
    let on = |days: i64| chrono::DateTime::from_timestamp_micros(now - days * DAY).unwrap().date_naive();
    let of = |id: &str| format!("push:hand:{id}");
    let mut all = vec![
        new("teams", "crew").set("name", "Crew"),
        new("projects", "rescue").set("name", "Rescue").set("team_id", "push:hand:crew"),
        new("repositories", "app").set("name", "hand/app"),
        new("project_scopes", "scope").set("project_id", RESCUE).set("scope_kind", "repository").set("scope_id", APP),
        new("versions", "1.0")
            .set("project_id", RESCUE)
            .set("name", "1.0")
            .set("is_released", false)
            .set("is_archived", false)
            .set("release_on", on(20)),
    ];
    let category = |status: &str| match status {
        "To Do" => "todo",
        "Done" => "done",
        _ => "doing",
    };
    let statuses = ["To Do", "Doing", "Blocked", "Done"];
    all.extend(statuses.map(|name| new("statuses", name).set("name", name).set("status_category", category(name))));
    let item = |id: &str, status: &str, made: i64| {
        new("work_items", id)
            .set("project_id", RESCUE)
            .set("key", format!("RES-{id}"))
            .set("title", id)
            .set("kind", "Story")
            .set("status", status)
            .set("status_category", category(status))
            .set("created_at", ago(made))
    };
    let below = |id: &str, status: &str, made: i64| item(id, status, made).set("parent_id", of("rewrite"));
    let moved = |id: &str, from: &str, to: &str, days: i64| {
        new("work_item_transitions", &format!("{id}/{to}"))
            .set("work_item_id", of(id))
            .set("field", "status")
            .set("from_value", from)
            .set("to_value", to)
            .set("changed_at", ago(days))
            .set("position", 0)
    };
    // An epic that is late, one below which there is nothing, and what was begun long ago.
    all.extend([
        item("rewrite", "Doing", 120).set("kind", "Epic").set("due_on", on(10)),
        item("idea", "Doing", 60).set("kind", "Epic").set("due_on", on(20)),
        below("old", "Doing", 100).set("assignee_id", ADA),
        moved("old", "To Do", "Doing", 60),
        below("stuck", "Blocked", 100).set("assignee_id", ADA),
        moved("stuck", "To Do", "Doing", 50),
        moved("stuck", "Doing", "Blocked", 20),
        below("unowned", "Doing", 100),
        moved("unowned", "To Do", "Doing", 40),
    ]);
    // It was done, and more came.
    for n in 1..=6 {
        let id = format!("done{n}");
        all.extend([
            below(&id, "Done", 100).set("resolved_at", ago(45)).set("resolution", "Done"),
            moved(&id, "To Do", "Doing", 70),
            moved(&id, "Doing", "Done", 45),
        ]);
    }
    all.extend(["new1", "new2", "new3"].map(|id| below(id, "To Do", 10)));
    let link = new("work_item_links", "link").set("from_id", of("old")).set("to_id", of("new1"));
    all.push(link.set("kind", "blocks"));
    // One sprint left what was in it, one runs and grows, and one that is over was not closed. Of the board of the first two their source says
    // another project than people do.
    let sprint = |id: &str, state: &str, starts: i64, ends: i64| {
        let sprint = new("sprints", id).set("name", id).set("state", state);
        sprint.set("starts_at", ago(starts)).set("ends_at", ago(ends))
    };
    let on_board = |sprint: Row| sprint.set("board_id", of("board")).set("project_id", of("elsewhere"));
    let decided = new("project_scopes", "decided").set("connection", "decisions").set("project_id", RESCUE);
    let held = |sprint: &str, id: &str, days: i64| {
        let held = new("sprint_items", &format!("{sprint}/{id}")).set("sprint_id", of(sprint));
        held.set("work_item_id", of(id)).set("added_at", ago(days))
    };
    all.extend([
        new("boards", "board").set("name", "Crew"),
        decided.set("scope_kind", "board").set("scope_id", of("board")),
        on_board(sprint("before", "closed", 24, 10)).set("completed_at", ago(10)),
        held("before", "unowned", 25),
        on_board(sprint("now", "active", 5, -9)),
        held("now", "old", 6),
        held("now", "new1", 4),
        held("now", "new2", 4),
        sprint("left", "active", 20, 5).set("project_id", RESCUE),
    ]);
    let request = |id: &str, state: &str, made: i64| {
        new("pull_requests", id)
            .set("repository_id", APP)
            .set("title", id)
            .set("author_id", ADA)
            .set("state", state)
            .set("is_draft", false)
            .set("created_at", ago(made))
            .set("additions", 10)
            .set("deletions", 1)
    };
    let build = |id: &str, status: &str, days: i64| {
        new("builds", id)
            .set("repository_id", APP)
            .set("name", "ci")
            .set("sha", "b".repeat(40))
            .set("status", status)
            .set("started_at", ago(days))
            .set("finished_at", ago(days))
    };
    all.extend([
        request("waits", "open", 14),
        request("merged", "merged", 32).set("merged_at", ago(30)).set("closed_at", ago(30)),
        build("red", "failed", 4),
        build("green", "succeeded", 3),
    ]);
    // Those of late were followed by incidents, an hour later.
    for (n, days) in [60, 50, 40, 20, 10].into_iter().enumerate() {
        let deployment = new("deployments", &format!("d{n}"))
            .set("repository_id", APP)
            .set("environment", "production")
            .set("is_production", true)
            .set("status", "succeeded")
            .set("sha", format!("{n:040x}"))
            .set("finished_at", ago(days));
        all.push(deployment);
        if days <= 20 {
            let hours = |hours: i64| Value::Time(now - days * DAY + hours * DAY / 24);
            let incident = new("incidents", &format!("i{n}")).set("repository_id", APP).set("title", "Queue is full");
            all.push(incident.set("began_at", hours(1)).set("resolved_at", hours(3)));
        }
    }
    push(tenant, all).await;
}
