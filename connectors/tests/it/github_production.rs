//! Deployments, releases, tags and workflow runs of GitHub, and which of them count as deployments.

use crate::github_mapper::{A, ada, map, told};
use serde_json::{Value as Json, json};

fn deployment() -> Json {
    json!({
        "id": "DE_x", "databaseId": 20, "commitOid": A, "ref": {"name": "main"}, "environment": "prod-eu-renamed",
        "originalEnvironment": "prod-eu", "task": "deploy", "description": "Hotfix for checkout",
        "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-02-01T00:00:00Z", "creator": ada(),
        "statuses": {"nodes": [
            {"state": "INACTIVE", "createdAt": "2026-01-09T00:00:00Z", "environmentUrl": "", "logUrl": null},
            null,
            {
                "state": "SUCCESS", "createdAt": "2026-01-01T00:09:00Z", "environmentUrl": "https://shop.example",
                "logUrl": "https://log.example",
            },
            {"state": "IN_PROGRESS", "createdAt": "2026-01-01T00:02:00Z"},
            {"state": "QUEUED", "createdAt": "2026-01-01T00:01:00Z"},
        ]},
    })
}

#[test]
fn a_deployment_finishes_when_it_first_succeeded() {
    let told = told("deployments", "7/20", &deployment());
    assert_eq!(
        told.one("deployments"),
        json!({
            "id": "github:acme:7/deployments/20", "repository_id": "github:acme:7", "environment": "prod-eu",
            "is_production": true, "status": "succeeded", "sha": A, "ref_name": "main",
            "created_at": "2026-01-01T00:00:00Z",
            "started_at": "2026-01-01T00:02:00Z", "finished_at": "2026-01-01T00:09:00Z", "kind": "hotfix",
            "url": "https://shop.example",
        })
    );
    assert_eq!(told.ids("identities"), ["github:acme:users/11"]);
}

#[test]
fn a_deployment_to_nowhere_is_not_to_production() {
    let row = |change: &dyn Fn(&mut Json), settings: Json| {
        let mut body = deployment();
        change(&mut body);
        map("deployments", "7/20", &body, settings).unwrap().one("deployments")
    };
    let nowhere = |body: &mut Json| {
        body["environment"] = Json::Null;
        body["originalEnvironment"] = Json::Null;
        body["ref"] = Json::Null;
        body["description"] = Json::Null;
    };
    let told = row(&nowhere, json!({"deployments": {"production": ["*"]}}));
    assert_eq!((&told["environment"], &told["is_production"]), (&json!("unknown"), &json!(false)));
    assert_eq!((told.get("ref_name"), &told["kind"]), (None, &json!("regular")));
    let told = row(&|body| body["originalEnvironment"] = json!("Staging"), Json::Null);
    assert_eq!((&told["environment"], &told["is_production"]), (&json!("Staging"), &json!(false)));
    let told = row(&|body| body["task"] = json!("deploy:rollback"), Json::Null);
    assert_eq!(told["kind"], json!("rollback"));
    let told = row(&|body| body["statuses"] = Json::Null, Json::Null);
    assert_eq!((&told["status"], told.get("finished_at")), (&json!("running"), None));
}

fn run() -> Json {
    json!({
        "id": 30, "name": "Deploy", "path": ".github/workflows/cd.yml", "head_sha": A, "head_branch": "main",
        "status": "completed", "conclusion": "failure", "run_attempt": 2, "created_at": "2026-01-01T00:00:00Z",
        "run_started_at": "2026-01-01T00:01:00Z", "updated_at": "2026-01-01T00:05:00Z",
        "html_url": "https://github.com/acme/shop/actions/runs/30", "actor": {"login": "ada", "id": 11, "type": "User"},
        "triggering_actor": {"login": "x[bot]", "id": 12, "type": "Bot"},
    })
}

#[test]
fn a_workflow_run_is_a_build_and_a_deployment_when_it_is_said_to_be() {
    let build = json!({
        "id": "github:acme:7/builds/30/2", "repository_id": "github:acme:7", "name": "Deploy", "sha": A,
        "branch": "main",
        "status": "failed", "attempt": 2, "started_at": "2026-01-01T00:01:00Z", "finished_at": "2026-01-01T00:05:00Z",
        "url": "https://github.com/acme/shop/actions/runs/30",
    });
    let told = told("workflow_runs", "7/30/2", &run());
    assert_eq!(told.one("builds"), build);
    assert!(told.rows("deployments").is_empty());
    assert!(told.rows("identities").is_empty(), "REST does not tell all of an account");

    let settings = json!({"deployments": {"from": ["workflow_runs"], "branches": ["main"], "environment": "live"}});
    let told = map("workflow_runs", "7/30/2", &run(), settings.clone()).unwrap();
    assert_eq!(told.one("builds"), build);
    assert_eq!(
        told.one("deployments"),
        json!({
            "id": "github:acme:7/builds/30/2", "repository_id": "github:acme:7", "environment": "live",
            "is_production": true,
            "status": "failed", "sha": A, "ref_name": "main", "created_at": "2026-01-01T00:00:00Z",
            "started_at": "2026-01-01T00:01:00Z", "finished_at": "2026-01-01T00:05:00Z", "kind": "regular",
            "url": "https://github.com/acme/shop/actions/runs/30", "inferred_from": "workflow_run",
        })
    );
    let other = |field: &str, value: &str| {
        let mut body = run();
        body[field] = json!(value);
        map("workflow_runs", "7/30/2", &body, settings.clone()).unwrap()
    };
    assert!(other("name", "CI").rows("deployments").is_empty());
    assert!(other("head_branch", "feature").rows("deployments").is_empty());
    let running = other("status", "in_progress").one("deployments");
    assert_eq!((&running["status"], running.get("finished_at")), (&json!("running"), None));
}

#[test]
fn a_run_of_a_pull_request_or_of_a_fork_is_no_deployment_whatever_its_branch_is_called() {
    let settings = json!({"deployments": {"from": ["workflow_runs"]}});
    let (own, fork) = (json!({"id": 7}), json!({"id": 8}));
    for (event, head, deploys) in [
        ("push", &own, true),
        ("workflow_dispatch", &own, true),
        ("schedule", &own, true),
        ("workflow_run", &own, true),
        ("push", &Json::Null, true),
        ("push", &fork, false),
        ("workflow_run", &fork, false),
        ("pull_request", &own, false),
        ("pull_request_target", &own, false),
        ("pull_request_review", &own, false),
        ("pull_request", &fork, false),
        ("pull_request", &Json::Null, false),
    ] {
        let mut body = run();
        (body["event"], body["repository"], body["head_repository"]) = (json!(event), own.clone(), head.clone());
        let told = map("workflow_runs", "7/30/2", &body, settings.clone()).unwrap();
        assert_eq!(
            (told.rows("builds").len(), told.rows("deployments").len()),
            (1, usize::from(deploys)),
            "{event} {head}"
        );
    }
}

#[test]
fn a_release_is_a_deployment_when_it_is_said_to_be() {
    let release = |draft: bool, prerelease: bool| {
        json!({
            "databaseId": 40, "name": "Winter", "tagName": "v1.0.1-hotfix", "tagCommit": {"oid": A}, "isDraft": draft,
            "isPrerelease": prerelease, "createdAt": "2026-01-01T00:00:00Z", "publishedAt": "2026-01-02T00:00:00Z",
            "url": "https://github.com/acme/shop/releases/tag/v1", "author": {"login": "ada", "databaseId": 11,
            "name": "Ada"},
        })
    };
    let row = json!({
        "id": "github:acme:7/releases/40", "repository_id": "github:acme:7", "name": "Winter", "tag": "v1.0.1-hotfix",
        "sha": A,
        "is_prerelease": false, "published_at": "2026-01-02T00:00:00Z",
        "url": "https://github.com/acme/shop/releases/tag/v1",
    });
    let told = told("releases", "7/40", &release(false, false));
    assert_eq!(told.one("releases"), row);
    assert!(told.rows("deployments").is_empty());
    assert_eq!(told.ids("identities"), ["github:acme:users/11"]);

    let settings = json!({"deployments": {"from": ["releases", "deployments"]}});
    let told = map("releases", "7/40", &release(false, false), settings.clone()).unwrap();
    assert_eq!(
        told.one("deployments"),
        json!({
            "id": "github:acme:7/releases/40", "repository_id": "github:acme:7", "environment": "production",
            "is_production": true, "status": "succeeded", "sha": A, "ref_name": "v1.0.1-hotfix",
            "finished_at": "2026-01-02T00:00:00Z", "kind": "hotfix",
            "url": "https://github.com/acme/shop/releases/tag/v1",
            "inferred_from": "release",
        })
    );
    let early = map("releases", "7/40", &release(false, true), settings.clone()).unwrap().one("deployments");
    assert_eq!((&early["environment"], &early["is_production"]), (&json!("pre-release"), &json!(false)));
    let draft = map("releases", "7/40", &release(true, false), settings).unwrap();
    assert!(draft.rows("releases").is_empty() && draft.rows("deployments").is_empty());

    let nameless = json!({"name": " ", "tagName": "v2", "tagCommit": null, "author": null});
    let told = self::told("releases", "7/41", &nameless).one("releases");
    assert_eq!((&told["name"], told.get("sha"), told.get("published_at")), (&json!("v2"), None, None));
}

#[test]
fn a_tag_is_a_deployment_when_it_is_said_to_be() {
    let commit = json!({"__typename": "Commit", "oid": A, "committedDate": "2026-01-01T00:00:00Z"});
    let annotated = |date: Json, target: &Json| {
        json!({"name": "v1", "target": {"__typename": "Tag", "oid": "x",
    "message": "m", "tagger": {"date": date}, "target": target}})
    };
    let light = json!({"name": "v1", "target": commit});
    let made = |key: &str, body: &Json| {
        map("tags", key, body, json!({"deployments": {"from": ["tags"]}})).unwrap().rows("deployments")
    };
    let row = |name: &str, finished: &str| {
        json!({
            "id": format!("github:acme:7/tags/{name}"), "repository_id": "github:acme:7", "environment": "production",
            "is_production": true, "status": "succeeded", "sha": A, "ref_name": name, "finished_at": finished,
            "kind": "regular", "inferred_from": "tag",
        })
    };
    assert_eq!(made("7/v1", &light), [row("v1", "2026-01-01T00:00:00Z")]);
    assert_eq!(
        made("7/v1/eu", &annotated(json!("2026-01-05T00:00:00+01:00"), &commit)),
        [row("v1/eu", "2026-01-04T23:00:00Z")]
    );
    assert_eq!(made("7/v1", &annotated(Json::Null, &commit)), [row("v1", "2026-01-01T00:00:00Z")]);
    let early = made("7/v1.0-rc.1", &light);
    assert_eq!((&early[0]["environment"], &early[0]["is_production"]), (&json!("pre-release"), &json!(false)));
    for (key, body) in [
        ("7/nightly", &light),
        ("7/v1", &json!({"deleted": true})),
        ("7/v1", &json!({"target": {"__typename": "Tree", "oid": A}})),
        ("7/v1", &annotated(json!("2026-01-05T00:00:00Z"), &json!({"__typename": "Tag", "oid": "y"}))),
    ] {
        assert!(made(key, body).is_empty(), "{key} {body}");
    }
    assert!(told("tags", "7/v1", &light).rows("deployments").is_empty());
    let reference = |kind: &str, name: &str, more: Json| {
        let mut row = json!({
            "id": format!("github:acme:7/refs/{kind}/{name}"), "repository_id": "github:acme:7", "kind": kind, "name": name,
        });
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let tagged = told("tags", "7/v1", &light).rows("refs");
    assert_eq!(tagged, [reference("tag", "v1", json!({"sha": A, "tagged_at": "2026-01-01T00:00:00Z"}))]);
    let tree = told("tags", "7/v1", &json!({"target": {"__typename": "Tree", "oid": A}})).rows("refs");
    assert_eq!(tree, [reference("tag", "v1", json!({}))]);
    let branch = told("branches", "7/feature/x", &light).rows("refs");
    assert_eq!(branch, [reference("branch", "feature/x", json!({"sha": A}))]);
    assert!(told("branches", "7/feature/x", &json!({"deleted": true})).rows("refs").is_empty());
}
