//! Work items that were done long ago go as one with all that is their own, and nothing that is said of the others changes.

use super::aged::{core, keys};
use super::outlived::{lands, open, payloads};
use super::steps::{core_of, memory, payload, tenant};
use super::support::*;
use object_store::memory::InMemory;
use pulse_engine::entities::fact;
use pulse_engine::lake::{Lake, Options};
use pulse_engine::land::Payload;
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::{Row, Value};
use pulse_engine::{Clock, Settings, Tenant};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A vendor of tickets, sprints and versions, which tells of a ticket all that is its own at once, and each time that it is no incident.
struct Tickets;

impl Mapper for Tickets {
    fn connector(&self) -> &'static str {
        "toy"
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let body: Json = serde_json::from_str(payload.body).map_err(|e| Reject::new(e.to_string()))?;
        let id = |native: &str| format!("{}:{native}", connection.id);
        let own = id(payload.key);
        if payload.key.starts_with("sprint/") {
            let row = Row::new(core("sprints")).set("id", own).set("name", payload.key).set("state", "closed");
            let time = |name: &str| body[name].as_i64().map_or(Value::Null, Value::Time);
            return out.push(row.set("starts_at", Value::Time(1)).set("ends_at", time("ended")));
        }
        if payload.key.starts_with("version/") {
            let row = Row::new(core("versions")).set("id", own).set("name", payload.key).set("is_archived", false);
            return out.push(row.set("is_released", body["released"] == true));
        }
        let done = body["done"].as_i64();
        let text = |name: &str| body[name].as_str();
        let row = Row::new(core("work_items"))
            .set("id", own.as_str())
            .set("project_id", id(text("project").unwrap_or("p")))
            .set("key", payload.key)
            .set("status", if done.is_some() { "Done" } else { "Dev" })
            .set("status_category", if done.is_some() { "done" } else { "doing" })
            .set("parent_id", text("parent").map(id))
            .set("created_at", Value::Time(1))
            .set("resolved_at", done.map_or(Value::Null, Value::Time));
        out.push(row)?;
        out.gone(core("incidents"), id(&format!("incidents/{}", payload.key)));
        for (table, below) in [
            ("work_item_transitions", "events"),
            ("comments", "comments"),
            ("work_item_versions", "versions"),
            ("work_item_links", "links"),
            ("sprint_items", "sprints"),
        ] {
            out.parts(core(table), format!("{own}/{below}"));
        }
        let part = |table: &str, native: String| Row::new(core(table)).set("id", format!("{own}/{native}"));
        let times =
            |name: &str| -> Vec<i64> { body[name].as_array().into_iter().flatten().filter_map(Json::as_i64).collect() };
        for at in times("moves") {
            let row = part("work_item_transitions", format!("events/{at}")).set("work_item_id", own.as_str());
            let to = if Some(at) == done { "Done" } else { "Dev" };
            out.push(row.set("field", "status").set("to_value", to).set("changed_at", Value::Time(at)))?;
        }
        for at in times("comments") {
            let row = part("comments", format!("comments/{at}")).set("subject_id", own.as_str());
            out.push(row.set("created_at", Value::Time(at)))?;
        }
        if let Some(version) = text("version") {
            let row = part("work_item_versions", format!("versions/{version}")).set("work_item_id", own.as_str());
            out.push(row.set("version_id", id(&format!("version/{version}"))).set("relation", "fix"))?;
        }
        if let Some(sprint) = text("sprint") {
            let row = part("sprint_items", format!("sprints/{sprint}")).set("work_item_id", own.as_str());
            out.push(row.set("sprint_id", id(&format!("sprint/{sprint}"))).set("added_at", Value::Time(1)))?;
        }
        if let Some(to) = text("link") {
            let row = part("work_item_links", format!("links/{to}")).set("from_id", own.as_str());
            out.push(row.set("to_id", id(to)).set("kind", "relates to"))?;
        }
        if let Some(by) = text("by") {
            let row = Row::new(core("identities")).set("id", id(&format!("people/{by}"))).set("name", by);
            out.push(row.set("is_bot", false))?;
        }
        Ok(())
    }
}

/// What is said of tickets, of which the first five may go that were over before 20.
fn said() -> Vec<Payload> {
    let all = [
        ("old", json!({"done": 9, "moves": [5, 9], "comments": [9], "sprint": "one", "version": "one"})),
        ("twice", json!({"done": 9})),
        ("pair", json!({"done": 9, "link": "mate"})),
        ("mate", json!({"done": 8})),
        // What it is linked with was never read.
        ("beside", json!({"done": 9, "link": "elsewhere"})),
        // These stay: that something happened of late,
        ("young", json!({"done": 20})),
        ("talked", json!({"done": 9, "comments": [21]})),
        ("open", json!({"moves": [5]})),
        // that they are below an open one or linked with a young one,
        ("child", json!({"done": 9, "parent": "open"})),
        ("grandchild", json!({"done": 9, "parent": "child"})),
        ("linked", json!({"done": 9, "link": "young"})),
        // that a sprint or a version was not over,
        ("sprinting", json!({"done": 9, "sprint": "two"})),
        ("planned", json!({"done": 9, "version": "two"})),
        // that nothing has happened in their project since,
        ("alone", json!({"done": 9, "project": "q"})),
        // that nobody else tells of Ann, or that they are linked with what stays for that.
        ("ann's", json!({"done": 9, "by": "ann"})),
        ("with ann's", json!({"done": 9, "link": "ann's"})),
        ("sprint/one", json!({"ended": 15})),
        ("sprint/two", json!({"ended": 25})),
        ("version/one", json!({"released": true})),
        ("version/two", json!({"released": false})),
    ];
    let all = all.into_iter().map(|(key, body)| payload(key, 100, body));
    [payload("twice", 50, json!({"moves": [5]}))].into_iter().chain(all).collect()
}

const STAY: [&str; 11] = [
    "alone",
    "ann's",
    "child",
    "grandchild",
    "linked",
    "open",
    "planned",
    "sprinting",
    "talked",
    "with ann's",
    "young",
];

/// How many rows go: six of `old`; `twice`, and a move that it was without since; the pair with its link; `beside` with its own.
const GO: u64 = 6 + 2 + 3 + 2;

/// The rows of facts that are made of items, as text.
async fn facts(tenant: &Tenant) -> Vec<String> {
    let mut rows = Vec::new();
    for table in ["work_items", "work_item_stays", "sprint_items"] {
        let text = dump_without(tenant.lake(), fact(table).unwrap(), "").await;
        rows.extend(text.lines().map(|line| format!("{table} {line}")));
    }
    rows
}

#[tokio::test]
async fn what_was_done_long_ago_goes_as_one_and_what_is_said_of_the_others_stays_as_it_was() {
    let (_, tenant) = memory();
    lands(&tenant, &said()).await;
    assert_eq!(tenant.forget_items(&Tickets, 20).await.unwrap(), 0, "nothing is mapped");
    tenant.map(&Tickets, false).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    let before = facts(&tenant).await;
    assert_eq!(tenant.forget_items(&Tickets, 8).await.unwrap(), 0, "none is as old");
    assert_eq!(tenant.forget_items(&Tickets, 20).await.unwrap(), GO);
    assert_eq!(keys(&tenant, "work_items").await, STAY);
    assert_eq!(keys(&tenant, "work_item_transitions").await, ["open/events/5"]);
    assert_eq!(keys(&tenant, "comments").await, ["talked/comments/21"]);
    assert_eq!(keys(&tenant, "sprint_items").await, ["sprinting/sprints/two"]);
    assert_eq!(keys(&tenant, "work_item_versions").await, ["planned/versions/two"]);
    assert_eq!(keys(&tenant, "work_item_links").await, ["linked/links/young", "with ann's/links/ann's"]);
    assert_eq!(keys(&tenant, "sprints").await, ["sprint/one", "sprint/two"]);
    // That they are no incidents was said of those that are left.
    assert_eq!(keys(&tenant, "incidents").await, STAY.map(|key| format!("incidents/{key}")));
    let mut left: Vec<String> = STAY.iter().map(|key| format!("{key}@100")).collect();
    left.extend(["sprint/one@100", "sprint/two@100", "version/one@100", "version/two@100"].map(str::to_owned));
    left.sort();
    assert_eq!(payloads(&tenant).await, left);
    assert_eq!(open(&tenant).await, 0);
    let items = tenant.lake().references().await.unwrap();
    let items = items.iter().filter(|of| ["work_item_id", "sprint_id", "version_id"].contains(&of.column.as_str()));
    // Until the next model, facts tell of what went.
    assert_eq!(items.filter(|of| of.table.starts_with("core/")).map(|of| of.open).sum::<u64>(), 0);
    assert!(tenant.is_mapped("toy").await.unwrap(), "nothing is to be mapped again");

    // The facts of what went go, and of the rest not one changes.
    tenant.model(&Settings::default()).await.unwrap();
    let goes = ["old", "twice", "pair", "mate", "beside"].map(|key| format!("|toy:a:{key}|"));
    let (went, rest): (Vec<String>, Vec<String>) =
        before.into_iter().partition(|row| goes.iter().any(|key| row.contains(key)));
    assert_eq!(went.iter().filter(|row| row.starts_with("work_items ")).count(), goes.len());
    assert_eq!(went.iter().filter(|row| row.starts_with("sprint_items ")).count(), 1);
    assert_eq!(facts(&tenant).await, rest);
    tenant.model_anew(&Settings::default()).await.unwrap();
    assert_eq!(facts(&tenant).await, rest, "made anew");

    // No replay brings any back.
    let core = core_of(&tenant).await;
    tenant.map(&Tickets, true).await.unwrap();
    assert_eq!((core_of(&tenant).await, open(&tenant).await), (core, 0), "mapped again");
    assert_eq!(tenant.forget_items(&Tickets, 20).await.unwrap(), 0, "once");
}

#[tokio::test]
async fn what_is_told_again_goes_the_next_time_and_what_was_held_once_nothing_holds_it() {
    let (_, tenant) = memory();
    lands(&tenant, &said()).await;
    tenant.map(&Tickets, false).await.unwrap();
    assert_eq!(tenant.forget_items(&Tickets, 20).await.unwrap(), GO);
    lands(&tenant, &[payload("old", 200, json!({"done": 9, "moves": [9]}))]).await;
    tenant.map(&Tickets, false).await.unwrap();
    assert!(keys(&tenant, "work_items").await.contains(&"old".to_owned()));
    assert_eq!(tenant.forget_items(&Tickets, 20).await.unwrap(), 2);
    assert_eq!(keys(&tenant, "work_items").await, STAY);
    // One that was taken up again is young.
    lands(&tenant, &[payload("old", 300, json!({"moves": [9, 290]}))]).await;
    // Somebody else tells of Ann, and the open one is done, with which its children may go.
    lands(&tenant, &[payload("new", 301, json!({"done": 300, "by": "ann"}))]).await;
    lands(&tenant, &[payload("open", 302, json!({"done": 9, "moves": [5, 9]}))]).await;
    tenant.map(&Tickets, false).await.unwrap();
    // Ann's and what is linked with it; the three, of which one has two moves.
    assert_eq!(tenant.forget_items(&Tickets, 20).await.unwrap(), 3 + 5);
    let left = ["alone", "linked", "new", "old", "planned", "sprinting", "talked", "young"];
    assert_eq!(keys(&tenant, "work_items").await, left);
    assert_eq!(open(&tenant).await, 0);
}

#[tokio::test]
async fn whoever_is_killed_at_it_comes_to_its_end_when_it_is_done_again() {
    let options = || Options { clock: Clock::Fixed(99), ..Options::default() };
    let over = |store: &Arc<InMemory>| tenant(Lake::over(store.clone(), options()).unwrap());
    let whole: Arc<InMemory> = Arc::default();
    let tells = async |store: &Arc<InMemory>| {
        let tenant = over(store);
        lands(&tenant, &said()).await;
        tenant.map(&Tickets, false).await.unwrap();
        tenant
    };
    let first = tells(&whole).await;
    assert_eq!(first.forget_items(&Tickets, 20).await.unwrap(), GO);
    let expected = (core_of(&first).await, payloads(&first).await);
    let mut kills = 0;
    loop {
        let store: Arc<InMemory> = Arc::default();
        tells(&store).await;
        let mortal = Mortal::new(store.clone(), kills);
        let killed = tenant(Lake::over(mortal.clone(), options()).unwrap()).forget_items(&Tickets, 20).await;
        let second = over(&store);
        second.map(&Tickets, false).await.unwrap();
        second.forget_items(&Tickets, 20).await.unwrap();
        assert_eq!((core_of(&second).await, payloads(&second).await), expected, "killed at write {kills}");
        assert_eq!(open(&second).await, 0, "killed at write {kills}");
        if killed.is_ok() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 5, "it was killed at {kills} writes");
}
