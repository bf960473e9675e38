//! Milestones of GitHub: versions of their repositories, in which issues are to be fixed.

use crate::alike::{assert_alike, told as all};
use crate::github_issues::issue;
use crate::github_mapper::{map, told};
use crate::github_sync::{open, serve};
use crate::github_words;
use crate::lake::{Read, ids, step, tenant};
use crate::payloads::calls_of;
use crate::reading::NOW;
use crate::told::transition;
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Server, TOKEN, World};
use serde_json::{Value as Json, json};

fn milestone() -> Json {
    json!({
        "number": 3, "title": "v1.2", "description": null, "url": "https://github.com/acme/shop/milestone/3",
        "state": "OPEN", "dueOn": "2026-02-03T08:00:00Z", "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-02T00:00:00Z", "closedAt": null,
    })
}

#[test]
fn a_milestone_is_a_version_that_is_out_once_it_is_closed() {
    let version = |released: bool, on: &str| {
        json!({
            "id": "github:acme:7/milestones/3", "repository_id": "github:acme:7", "name": "v1.2",
            "is_released": released, "is_archived": false, "release_on": on,
        })
    };
    assert_eq!(told("milestones", "7/3", &milestone()).one("versions"), version(false, "2026-02-03"));
    let mut closed = milestone();
    (closed["state"], closed["closedAt"]) = (json!("CLOSED"), json!("2026-02-09T12:00:00Z"));
    assert_eq!(told("milestones", "7/3", &closed).one("versions"), version(true, "2026-02-09"));
    let mut open = milestone();
    open["dueOn"] = Json::Null;
    assert_eq!(told("milestones", "7/3", &open).one("versions").get("release_on"), None);
    open["title"] = Json::Null;
    assert_eq!(map("milestones", "7/3", &open, Json::Null).unwrap_err().field.as_deref(), Some("title"));
}

#[test]
fn milestones_as_others_recorded_them_are_versions() {
    let calls = calls_of("milestone");
    let row = |call: &Json| told("milestones", "7/1", &github_words::milestone(call)).one("versions");
    let rows: Vec<Json> = calls.iter().map(row).collect();
    let first = |action: &str| &rows[calls.iter().position(|call| call["action"] == action).unwrap()];
    let version = |released: bool, on: &str| {
        json!({
            "id": "github:acme:7/milestones/1", "repository_id": "github:acme:7", "name": "v1.0",
            "is_released": released, "is_archived": false, "release_on": on,
        })
    };
    assert_eq!(first("created"), &version(false, "2019-05-23"));
    assert_eq!(first("closed"), &version(true, "2019-05-15"));
}

#[test]
fn an_issue_is_to_be_fixed_in_the_milestone_that_it_is_planned_for() {
    let mut planned = issue(&[]);
    planned["milestone"]["number"] = json!(3);
    let event = |kind: &str, id: &str, title: &str, minute: i64| {
        let at = format!("2026-01-01T01:{minute:02}:00Z");
        json!({"__typename": kind, "id": id, "createdAt": at, "milestoneTitle": title, "actor": null})
    };
    planned["timelineItems"] = json!({"nodes": [
        event("MilestonedEvent", "m1", "v1.1", 0),
        event("DemilestonedEvent", "m2", "v1.1", 5),
        event("MilestonedEvent", "m3", "v1.2", 5),
    ]});
    let told = told("issues", "7/12", &planned);
    let id = "github:acme:7/issues/12";
    assert_eq!(
        told.rows("work_item_versions"),
        [json!({
            "id": format!("{id}/versions/fix/3"), "work_item_id": id, "version_id": "github:acme:7/milestones/3",
            "relation": "fix",
        })]
    );
    let change = |native: &str, between: [Option<&str>; 2], minute: i64, position: i64| {
        transition(id, native, "fix version", between, &format!("2026-01-01T01:{minute:02}:00Z"), position)
    };
    let steps: Vec<Json> =
        told.rows("work_item_transitions").into_iter().filter(|row| row["field"] == "fix version").collect();
    assert_eq!(
        steps,
        [
            change("m1", [None, Some("v1.1")], 0, 0),
            change("m2", [Some("v1.1"), None], 5, 0),
            change("m3", [None, Some("v1.2")], 5, 1)
        ]
    );
    // What was landed before numbers were asked for names none.
    planned["milestone"]["number"] = Json::Null;
    assert!(crate::github_mapper::told("issues", "7/12", &planned).rows("work_item_versions").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planned_for_no_milestone_any_more_and_milestones_that_are_deleted_are_gone() {
    let tenant = tenant().await;
    let read = |at: i64, payloads| Read { connection: "github:acme", at, settings: json!({}), payloads };
    let mut planned = issue(&[]);
    planned["milestone"]["number"] = json!(3);
    let payloads = vec![
        ("milestones", "7/3", milestone()),
        ("milestones", "7/4", milestone()),
        ("issues", "7/12", planned.clone()),
        ("issues", "7/13", planned.clone()),
    ];
    step(&tenant, read(NOW, payloads), NOW).await;
    let mine = |native: &[&str]| native.iter().map(|native| format!("github:acme:{native}")).collect::<Vec<_>>();
    assert_eq!(ids(&tenant, "versions").await, mine(&["7/milestones/3", "7/milestones/4"]));
    let of = ["7/issues/12/versions/fix/3", "7/issues/13/versions/fix/3"];
    assert_eq!(ids(&tenant, "work_item_versions").await, mine(&of));
    planned["milestone"] = Json::Null;
    let later = NOW + 1_000_000;
    let payloads =
        vec![("listings", "7/milestones", json!({})), ("milestones", "7/3", milestone()), ("issues", "7/12", planned)];
    step(&tenant, read(later, payloads), later).await;
    assert_eq!(ids(&tenant, "versions").await, mine(&["7/milestones/3"]));
    assert_eq!(ids(&tenant, "work_item_versions").await, mine(&of[1..]));
}

async fn sync_and_map(tenant: &Tenant, server: &Server) {
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
    let source = open(server, TOKEN, settings).unwrap();
    sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn milestones_are_read_as_they_change() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let shop = world.create_repository("shop", "eve");
    let [one, two] = ["one", "two"].map(|title| world.open_issue(shop, "eve", title, "", &[]).unwrap());
    let due = world.now + TimeDelta::days(30);
    let first = world.set_milestone(shop, "v1", Some(due), "eve").unwrap();
    let second = world.set_milestone(shop, "v2", None, "eve").unwrap();
    for issue in [one, two] {
        world.plan_issue(shop, issue, "eve", Some(first));
    }
    let server = serve(world).await;
    let tenant = tenant().await;
    sync_and_map(&tenant, &server).await;
    let rows = async |entity: &str| all(&tenant).await[entity].values().cloned().collect::<Vec<String>>();
    let holds = async |milestone: u64| {
        let of = format!("version_id=github:acme:{shop}/milestones/{milestone}");
        rows("work_item_versions").await.iter().filter(|row| row.lines().any(|line| line == of)).count()
    };
    assert_eq!((holds(first).await, holds(second).await), (2, 0));
    let versions = rows("versions").await;
    assert!(versions[0].contains("release_on=2026-04-01") && versions[0].contains("is_released=false"), "{versions:?}");
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::days(1);
        world.plan_issue(shop, two, "eve", Some(second));
        world.now += TimeDelta::minutes(1);
        world.close_milestone(shop, first, "eve");
    }
    sync_and_map(&tenant, &server).await;
    assert_eq!((holds(first).await, holds(second).await), (1, 1));
    let versions = rows("versions").await;
    assert!(versions[0].contains("release_on=2026-03-03") && versions[0].contains("is_released=true"), "{versions:?}");
    let moved: Vec<String> = rows("work_item_transitions").await;
    assert_eq!(moved.iter().filter(|row| row.contains("field=fix version")).count(), 4, "{moved:?}");
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::days(1);
        world.delete_milestone(shop, second, "eve");
    }
    sync_and_map(&tenant, &server).await;
    assert_eq!(rows("versions").await.len(), 1, "nobody told, and it is gone");
    assert!(ids(&tenant, "rejects").await.is_empty());
    let once = crate::lake::tenant().await;
    sync_and_map(&once, &server).await;
    let (once, mut held) = (all(&once).await, all(&tenant).await);
    // GitHub changes no issue when its milestone is deleted: what it was planned for goes with its next change.
    held.insert("work_item_versions".to_owned(), once["work_item_versions"].clone());
    assert_alike(&once, &held);
}
