//! Issues of GitHub become work items with their history, and incidents.

use crate::github_mapper::{ada, bot, map, told};
use crate::payloads::values;
use crate::told::transition;
use crate::{alike, github_sync};
use chrono::TimeDelta;
use pulse_simulator::World;
use pulse_simulator::world::CloseReason;
use serde_json::{Value as Json, json};

pub(crate) fn issue(labels: &[&str]) -> Json {
    let event = |kind: &str, id: &str, minute: i64| {
        json!({"__typename": kind, "id": id,
    "createdAt": format!("2026-01-01T00:{minute:02}:00Z"), "actor": ada()})
    };
    let with = |mut event: Json, field: &str, value: Json| {
        event[field] = value;
        event
    };
    json!({
        "databaseId": 400, "number": 12, "title": "Checkout is down", "body": "Root cause: 0a1b2c3d4e",
        "url": "https://git.acme.example/hub/acme/shop/issues/12", "state": "CLOSED", "stateReason": "COMPLETED",
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z", "closedAt": "2026-01-01T00:09:00Z",
        "parent": {"number": 2, "repository": {"databaseId": 8}}, "milestone": {"title": "M",
        "dueOn": "2026-02-03T08:00:00Z"},
        "author": bot(), "assignees": {"nodes": [null, {"login": "cy", "databaseId": 14, "name": "Cy"}, {"login": "di",
        "databaseId": 15, "name": null}]},
        "labels": {"nodes": labels.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()},
        "comments": {"nodes": [{"databaseId": 500, "createdAt": "2026-01-01T00:02:00Z", "author": null}]},
        "timelineItems": {"nodes": [
            with(event("LabeledEvent", "l1", 1), "label", json!({"name": "Incident"})),
            with(event("LabeledEvent", "l2", 1), "label", json!({"name": "In Progress"})),
            with(event("AssignedEvent", "a1", 2), "assignee", json!({"__typename": "User", "login": "cy",
            "databaseId": 14})),
            with(event("UnassignedEvent", "a2", 3), "assignee", json!({"__typename": "User", "login": "eve",
            "databaseId": 16})),
            with(event("UnlabeledEvent", "l3", 4), "label", json!({"name": "In Progress"})),
            event("ClosedEvent", "c1", 9),
            null,
        ]},
    })
}

#[test]
fn an_issue_is_a_work_item_with_its_history() {
    let told = told("issues", "7/12", &issue(&["Bug", "payments"]));
    let id = "github:acme:7/issues/12";
    assert_eq!(
        told.one("work_items"),
        json!({
            "id": id, "key": "acme/shop#12", "title": "Checkout is down", "kind": "bug", "status": "closed",
            "status_category": "done", "assignee_id": "github:acme:users/14", "reporter_id": "github:acme:users/12",
            "parent_id": "github:acme:8/issues/2", "created_at": "2026-01-01T00:00:00Z",
            "resolved_at": "2026-01-01T00:09:00Z",
            "due_on": "2026-02-03", "labels": ["Bug", "payments"],
            "url": "https://git.acme.example/hub/acme/shop/issues/12", "repository_id": "github:acme:7",
            "resolution": "completed",
        })
    );
    let statuses: Vec<_> =
        told.rows("statuses").iter().map(|row| (row["name"].clone(), row["status_category"].clone())).collect();
    assert_eq!(
        statuses,
        [("In Progress", "doing"), ("closed", "done"), ("open", "todo")]
            .map(|(name, means)| (json!(name), json!(means)))
    );
    let change = |native: &str, field: &str, from: Option<&str>, to: Option<&str>, minute: i64, position: i64| {
        let at = format!("2026-01-01T00:{minute:02}:00Z");
        let mut row = transition(id, native, field, [from, to], &at, position);
        row["author_id"] = json!("github:acme:users/11");
        row
    };
    assert_eq!(
        told.rows("work_item_transitions"),
        [
            change("l1", "labels", None, Some("Incident"), 1, 0),
            change("l2", "labels", None, Some("In Progress"), 1, 1),
            change("l2/status", "status", Some("open"), Some("In Progress"), 1, 2),
            change("a1", "assignee", None, Some("github:acme:users/14"), 2, 0),
            change("a2", "assignee", Some("github:acme:users/16"), None, 3, 0),
            change("l3", "labels", Some("In Progress"), None, 4, 0),
            change("l3/status", "status", Some("In Progress"), Some("open"), 4, 1),
            change("c1", "status", Some("open"), Some("closed"), 9, 0),
        ]
    );
    let comment = json!({"id": format!("{id}/comments/500"), "subject_id": id, "created_at": "2026-01-01T00:02:00Z"});
    assert_eq!(told.rows("comments"), [comment]);
    let people = ["users/11", "users/12", "users/14", "users/15", "users/16"];
    assert_eq!(told.ids("identities"), people.map(|person| format!("github:acme:{person}")));
    assert!(told.rows("incidents").is_empty());
}

#[test]
fn an_issue_with_the_label_of_an_incident_is_one_too() {
    let labels = ["incident", "SEV1"];
    let mut open = issue(&labels);
    assert_eq!(
        told("issues", "7/12", &open).one("incidents"),
        json!({
            "id": "github:acme:7/incidents/12", "repository_id": "github:acme:7", "title": "Checkout is down",
            "severity": "SEV1",
            "began_at": "2026-01-01T00:00:00Z", "resolved_at": "2026-01-01T00:09:00Z", "caused_by_sha": "0a1b2c3d4e",
            "url": "https://git.acme.example/hub/acme/shop/issues/12", "status": "closed", "resolution": "completed",
        })
    );
    // Closed as what it was not.
    open["stateReason"] = json!("DUPLICATE");
    assert_eq!(told("issues", "7/12", &open).one("incidents")["resolution"], json!("duplicate"));
    // Reopened: what closed it before says nothing.
    open["state"] = json!("OPEN");
    open["body"] = Json::Null;
    let told = told("issues", "7/12", &open);
    let incident = told.one("incidents");
    assert_eq!((incident.get("resolved_at"), incident.get("caused_by_sha")), (None, None));
    assert_eq!((&incident["status"], incident.get("resolution")), (&json!("open"), None));
    assert_eq!(told.one("work_items").get("resolved_at"), None);
}

#[test]
fn how_an_issue_was_closed_is_told_as_rest_writes_it_and_not_while_it_is_open() {
    let resolution = |state: &str, reason: Json| {
        let mut body = issue(&[]);
        (body["state"], body["stateReason"]) = (json!(state), reason);
        told("issues", "7/12", &body).one("work_items").get("resolution").cloned()
    };
    for (reason, resolved) in [
        ("COMPLETED", "completed"),
        ("NOT_PLANNED", "not_planned"),
        ("DUPLICATE", "duplicate"),
        ("duplicate", "duplicate"),
    ] {
        assert_eq!(resolution("CLOSED", json!(reason)), Some(json!(resolved)));
    }
    // Of one that was closed before GitHub asked for reasons, or by an older server, it says nothing.
    assert_eq!(resolution("CLOSED", Json::Null), None);
    for reason in values("IssueStateReason") {
        assert_eq!(resolution("OPEN", json!(reason)), None, "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_are_read_say_how_they_were_closed_until_they_are_open_again() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let shop = world.create_repository("shop", "eve");
    let [done, dropped, twin, left] =
        ["done", "dropped", "twin", "left"].map(|title| world.open_issue(shop, "eve", title, "", &[]).unwrap());
    world.now += TimeDelta::hours(1);
    world.close_issue(shop, done, "eve", CloseReason::Completed);
    world.close_issue(shop, dropped, "eve", CloseReason::NotPlanned);
    world.close_issue(shop, twin, "eve", CloseReason::Duplicate);
    let server = github_sync::serve(world).await;
    let tenant = crate::lake::tenant().await;
    let resolutions = async || {
        github_sync::read(&tenant, &server).await.unwrap();
        github_sync::map(&tenant).await;
        let items = alike::told(&tenant).await.remove("work_items").unwrap();
        [done, dropped, twin, left].map(|issue| {
            let row = &items[&format!("github:acme:{shop}/issues/{issue}")];
            row.lines().find_map(|line| line.strip_prefix("resolution=")).unwrap().to_owned()
        })
    };
    assert_eq!(resolutions().await, ["completed", "not_planned", "duplicate", ""]);
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::hours(1);
        world.reopen_issue(shop, dropped, "eve");
        world.close_issue(shop, left, "eve", CloseReason::NotPlanned);
    }
    assert_eq!(resolutions().await, ["completed", "", "duplicate", "not_planned"]);
}

#[test]
fn labels_mean_what_the_settings_say() {
    let settings = json!({
        "work_items": {"doing": ["wip"], "kinds": {"toil": ["ops-*"]}}, "incidents": {"labels": ["p1"],
        "severity": ["p[0-9]"]},
    });
    let mut open = issue(&["P1", "WIP", "ops-db"]);
    open["state"] = json!("OPEN");
    open["timelineItems"] = Json::Null;
    let told = map("issues", "7/12", &open, settings).unwrap();
    let item = told.one("work_items");
    assert_eq!(
        (&item["status"], &item["status_category"], &item["kind"]),
        (&json!("WIP"), &json!("doing"), &json!("toil"))
    );
    assert_eq!(told.one("incidents")["severity"], json!("P1"));
}

#[test]
fn an_issue_of_which_little_may_be_seen_is_mapped_with_what_there_is() {
    let little = json!({
        "state": "OPEN", "url": "https://github.com/acme/shop/issues/1", "parent": {"number": 2, "repository": null},
        "milestone": {"dueOn": null}, "assignees": null, "labels": {"nodes": [null]}, "createdAt": "never",
    });
    assert_eq!(
        told("issues", "7/1", &little).one("work_items"),
        json!({
            "id": "github:acme:7/issues/1", "key": "acme/shop#1", "kind": "issue", "status": "open",
            "status_category": "todo",
            "labels": [], "url": "https://github.com/acme/shop/issues/1", "repository_id": "github:acme:7",
        })
    );
}

#[test]
fn what_is_wrong_with_an_issue_is_told_with_its_field() {
    let reject = |change: &dyn Fn(&mut Json)| {
        let mut body = issue(&["incident"]);
        change(&mut body);
        let reject = map("issues", "7/12", &body, Json::Null).unwrap_err();
        (reject.field.unwrap_or_default(), reject.reason)
    };
    let (field, reason) = reject(&|body| body["state"] = json!("AJAR"));
    assert!(field == "state" && reason.contains("AJAR"), "{reason}");
    let (field, reason) = reject(&|body| body["url"] = json!("https://github.com/acme"));
    assert!(field == "url" && reason.contains("owner/name/issues/number"), "{reason}");
    assert_eq!(reject(&|body| body["createdAt"] = Json::Null).0, "createdAt");
    assert_eq!(
        reject(&|body| body["timelineItems"]["nodes"][0]["createdAt"] = Json::Null).0,
        "timelineItems.createdAt"
    );
    assert_eq!(reject(&|body| body["timelineItems"]["nodes"][0]["id"] = Json::Null).0, "timelineItems.id");
}
