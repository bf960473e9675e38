//! What tools call things, what people decide about it, and what that would change.

use crate::by_hand::planned;
use crate::github::{connection, history, land, serve};
use crate::golden::Golden;
use crate::jobs::claim_any;
use crate::landing::{done, idle, owner, works};
use crate::rest::{Server, problem, run};
use crate::world::{SECOND, acme, permissions};
use pulse_engine::{Clock, Settings};
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, Job, JobState, NewToken, Outcome, Sees};
use pulse_server::jobs::{AtWork, Work, steps};
use pulse_server::mapping::{TRIAL, Tries};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tempfile::TempDir;

struct Mapped {
    server: Server,
    lake: TempDir,
    ada: String,
}

impl Mapped {
    async fn start() -> Self {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(format!("file://{}", lake.path().display())).await;
        let ada = server.owner().await;
        Self { server, lake, ada }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Response {
        let request = self.server.client.request(method, format!("{}/api/v1/mapping{path}", self.server.address));
        request.bearer_auth(&self.ada).json(&body).send().await.unwrap()
    }

    async fn sql(&self, text: &str) -> Value {
        self.server.sql(&self.server.acme, "/api/v1/sql", json!({"sql": text})).await.json().await.unwrap()
    }

    /// Does every job that there is, in turn; the kinds, and what came of the last.
    async fn work(&self) -> (Vec<String>, Option<Outcome>) {
        let (control, engine) = (self.server.world.control(), self.server.engine.clone());
        let mut works: Vec<Arc<dyn Work>> = steps(control, &engine, &Settings::default());
        works.push(Arc::new(Tries { control: control.clone(), engine, settings: Settings::default() }));
        let kinds: Vec<&str> = works.iter().map(|work| work.kind()).collect();
        let (mut done, mut last) = (Vec::new(), None);
        while let Some(job) = claim_any(control, &kinds).await {
            let job: Job = job;
            let work = works.iter().find(|work| work.kind() == job.kind).unwrap();
            let outcome = work.run(&job, &AtWork::new(control.clone())).await;
            assert!(control.finish(&job, &outcome).await.unwrap());
            done.push(job.kind);
            last = Some(outcome);
        }
        (done, last)
    }

    async fn tried(&self, proposal: Value) -> Value {
        let asked = self.ask(Method::POST, "/trials", proposal).await;
        assert_eq!(asked.status(), 202);
        let asked: Value = asked.json().await.unwrap();
        assert_eq!((&asked["state"], &asked["effects"]), (&json!("queued"), &Value::Null));
        let (kinds, outcome) = self.work().await;
        assert_eq!((kinds, outcome), (vec![TRIAL.to_owned()], Some(Outcome::Done(Vec::new()))));
        let path = format!("/trials/{}", asked["id"].as_str().unwrap());
        let told: Value = self.ask(Method::GET, &path, Value::Null).await.json().await.unwrap();
        assert_eq!(told["state"], "succeeded");
        told["effects"].clone()
    }
}

/// A team that owns a project that the shop belongs to.
fn checkout() -> Value {
    json!([
        {"entity": "teams", "row": {"id": "t", "name": "Payments"}},
        {"entity": "projects", "row": {"id": "checkout", "name": "Checkout", "team_id": "t"}},
        {"entity": "project_scopes", "row": {"scope_kind": "repository", "scope_id": "push:acme:shop", "project_id": "checkout"}},
    ])
}

fn table<'a>(effects: &'a Value, name: &str) -> &'a Value {
    effects["tables"].as_array().unwrap().iter().find(|table| table["table"] == name).unwrap_or(&Value::Null)
}

fn files(lake: &TempDir) -> BTreeSet<std::path::PathBuf> {
    fn below(folder: &std::path::Path, all: &mut BTreeSet<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                below(&entry, all);
            } else {
                all.insert(entry);
            }
        }
    }
    let mut all = BTreeSet::new();
    below(&lake.path().join("tenant=acme"), &mut all);
    all.retain(|path| !path.components().any(|part| part.as_os_str() == "files"));
    all
}

#[test]
fn what_is_decided_is_tried_first_and_then_counts_for_the_past() {
    run(async {
        let mapped = Mapped::start().await;
        let mapping: Value = mapped.ask(Method::GET, "", Value::Null).await.json().await.unwrap();
        assert_eq!(
            mapping["repositories"],
            json!([{"id": "push:acme:shop", "name": "shop", "projects": [], "likely": null}])
        );
        assert_eq!(mapping["environments"][0]["environment"], "production");
        assert_eq!(mapping["environments"][0]["deployments"], 4);
        assert_eq!(mapping["environments"][0]["is_production"], true);
        let before = files(&mapped.lake);
        let effects = mapped.tried(json!({"decisions": checkout()})).await;
        let changes = table(&effects, "changes");
        assert_eq!(
            (&changes["rows"], &changes["change"], &changes["come"]),
            (&json!(5), &json!(5), &json!(0)),
            "{effects}"
        );
        assert_eq!(changes["columns"], json!({"owning_team_id": 5, "project_id": 5, "team_id": 5}));
        let rate = effects["figures"].as_array().unwrap().iter().find(|f| f["metric"] == "change_fail_rate").unwrap();
        assert_eq!((&rate["value"], &rate["tried_value"], &rate["n"]), (&json!(0.25), &json!(0.25), &json!(4)));
        assert_eq!(files(&mapped.lake), before, "a trial leaves the lake as it is");
        assert_eq!(mapped.sql("SELECT count(project_id) AS n FROM changes").await, json!([{"n": 0}]));

        let done = mapped.ask(Method::POST, "/decisions", json!({"decisions": checkout()})).await;
        assert_eq!(done.status(), 202);
        assert_eq!(done.json::<Value>().await.unwrap()["kind"], "map");
        let (kinds, _) = mapped.work().await;
        assert_eq!(kinds[..2], ["map", "model"]);
        let owned = "SELECT project_id, team_id, count(*) AS n FROM changes GROUP BY ALL";
        let whole = json!([{"project_id": "push:decisions:checkout", "team_id": "push:decisions:t", "n": 5}]);
        assert_eq!(mapped.sql(owned).await, whole);
        let again = mapped.tried(json!({"decisions": checkout()})).await;
        assert_eq!(again["tables"], json!([]), "nothing is left to change");
        let back = json!([{"entity": "project_scopes",
            "row": {"id": "push:decisions:project_scopes/push:acme:shop", "deleted": true}}]);
        mapped.server.world.pass(1_000_000);
        let taken = mapped.ask(Method::POST, "/decisions", json!({"decisions": back})).await;
        assert_eq!(taken.status(), 202);
        mapped.work().await;
        assert_eq!(mapped.sql("SELECT count(project_id) AS n FROM changes").await, json!([{"n": 0}]));
    });
}

#[test]
fn the_sprints_of_a_board_that_is_in_no_project_are_of_the_one_that_somebody_decides() {
    run(async {
        let mapped = Mapped::start().await;
        let tenant = mapped.server.engine.tenant(&acme());
        planned(&tenant).await;
        tenant.model(&Settings::default()).await.unwrap();
        let board = async || -> Value {
            let mapping: Value = mapped.ask(Method::GET, "", Value::Null).await.json().await.unwrap();
            mapping["boards"].clone()
        };
        let told = |project: Value, is_decided: bool| {
            json!([{"id": "push:hand:board", "name": "Ada's", "sprints": 1, "project": project, "is_decided": is_decided,
                "likely": {"id": "push:hand:store", "name": "Store", "items": 1, "of": 1}}])
        };
        assert_eq!(board().await, told(Value::Null, false));
        let scope = |board: &str| json!({"decisions": [{"entity": "project_scopes", "row": {"scope_kind": "board", "scope_id": board, "project_id": "push:hand:store"}}]});
        let refused = mapped.ask(Method::POST, "/decisions", scope("push:hand:attic")).await;
        let refused = problem(refused, 422, "invalid-value").await;
        assert!(refused["detail"].as_str().unwrap().contains("push:hand:attic"), "{refused}");
        let effects = mapped.tried(scope("push:hand:board")).await;
        assert_eq!(table(&effects, "sprint_items")["columns"], json!({"sprint_project_id": 1}), "{effects}");
        assert_eq!(mapped.ask(Method::POST, "/decisions", scope("push:hand:board")).await.status(), 202);
        mapped.work().await;
        let project = "SELECT sprint_project_id FROM facts.sprint_items";
        assert_eq!(mapped.sql(project).await, json!([{"sprint_project_id": "push:hand:store"}]));
        assert_eq!(board().await, told(json!("push:hand:store"), true));
    });
}

#[test]
fn other_rules_are_tried_as_they_would_be() {
    run(async {
        let mapped = Mapped::start().await;
        let url = format!("{}/api/v1/tenant", mapped.server.address);
        let tenant = mapped.server.client.get(url).bearer_auth(&mapped.ada).send().await.unwrap();
        let tenant: Value = tenant.json().await.unwrap();
        let mut rules = tenant["rules"].clone();
        // Nobody works: what began then began outside of working hours.
        rules["hours"] = json!({"begins": 0, "ends": 60, "holidays": []});
        let effects = mapped.tried(json!({"rules": rules})).await;
        assert_eq!(table(&effects, "incidents")["columns"], json!({"on_hours": 1}), "{effects}");
        let same = mapped.tried(json!({"rules": tenant["rules"]})).await;
        assert_eq!(same["tables"], json!([]));
    });
}

#[test]
fn other_environments_of_production_are_tried_without_asking_the_vendor_and_then_hold_for_the_past() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(format!("file://{}", lake.path().display())).await;
        // What is read is timed by the machine's clock, and what is tried by the server's.
        server.world.pass(Clock::System.now() - server.world.control().now());
        let ada = server.owner().await;
        let mapped = Mapped { server, lake, ada };
        let (owner, control) = (owner(&mapped.server).await, mapped.server.world.control());
        let github = serve(history().world).await;
        assert_eq!(owner.put("hub", &connection(&github)).await.0, 200);
        let read = async || {
            let (end, working) = works(&mapped.server);
            let job = land(&owner, control, "hub", Value::Null).await;
            assert_eq!(job.state, JobState::Succeeded, "{}", job.reason);
            done(control, &job.run).await;
            idle(control).await;
            end.send(true).unwrap();
            working.await.unwrap();
        };
        read().await;
        let production = "SELECT count(*) AS n FROM facts.deployments WHERE is_production";
        assert_eq!(owner.count(production).await, 4);
        mapped.server.world.pass(120 * SECOND);
        github.github.log.clear();
        let mut other = connection(&github);
        other["settings"]["deployments"] = json!({"production": ["live"]});
        let effects = mapped.tried(json!({"connection": {"name": "hub", "settings": other["settings"]}})).await;
        let deployments = table(&effects, "deployments");
        let change = (&deployments["change"], &deployments["columns"]["is_production"]);
        assert_eq!(change, (&json!(4), &json!(4)), "{effects}");
        assert_eq!(github.github.log.len(), 0, "a trial asks nobody");
        assert_eq!(owner.count(production).await, 4, "and changes nothing");
        let shown = owner.send(Method::GET, "connections/hub", Value::Null, None).await;
        let tag = shown.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(owner.send(Method::PUT, "connections/hub", other, Some(&tag)).await.status(), 200);
        read().await;
        assert_eq!(owner.count(production).await, 0);
        assert_eq!(github.github.log.count("PullRequests"), 0, "nothing of before is read anew");
    });
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_landed() {
    run(async {
        let mapped = Mapped::start().await;
        let before = files(&mapped.lake);
        let scope = |id: &str, project: &str| json!([{"entity": "project_scopes", "row": {"scope_kind": "repository", "scope_id": id, "project_id": project}}]);
        for (decisions, says) in [
            (json!([]), "at least one"),
            (json!([{"entity": "commits", "row": {"id": "x"}}]), "not decided about"),
            (scope("push:acme:shop", "nowhere"), "push:decisions:nowhere"),
            (scope("push:acme:attic", "nowhere"), "push:acme:attic"),
            (
                json!([{"entity": "identity_overrides", "row": {"identity_id": "push:umbrella:x"}}]),
                "none in core.identities",
            ),
            (json!([{"entity": "teams", "row": {"id": "t"}}]), "[0]"),
            (json!([{"entity": "projects", "row": {"id": "github:g:1", "name": "x"}}]), "push:decisions"),
        ] {
            let refused = mapped.ask(Method::POST, "/decisions", json!({"decisions": decisions})).await;
            let told = problem(refused, 422, "invalid-value").await;
            assert!(told["detail"].as_str().unwrap().contains(says), "{told}");
        }
        for (proposal, status) in [
            (json!({}), 400),
            (json!({"decisions": scope("push:acme:shop", "nowhere")}), 422),
            (json!({"rules": {"flow": {"idle_days": 0}}}), 422),
        ] {
            assert_eq!(mapped.ask(Method::POST, "/trials", proposal).await.status(), status);
        }
        assert_eq!(files(&mapped.lake), before);
        assert_eq!(mapped.ask(Method::GET, "/trials/job_none", Value::Null).await.status(), 404);
        // A connection that is not there is told by the trial.
        let unknown = mapped.ask(Method::POST, "/trials", json!({"connection": {"name": "x", "settings": {}}})).await;
        assert_eq!(unknown.status(), 202);
        assert!(matches!(mapped.work().await.1, Some(Outcome::Hopeless(reason)) if reason.contains('x')));
    });
}

#[test]
fn who_sees_a_part_neither_looks_nor_decides() {
    run(async {
        let mapped = Mapped::start().await;
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let sees = Sees::Only { teams: BTreeSet::from(["push:acme:t".to_owned()]), projects: BTreeSet::new() };
        let may = permissions(&[Permission::TenantManage]);
        let new = NewToken { name: "part".into(), permissions: may, sees: Some(sees), days: 300, service: true };
        let token = mapped.server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap().1;
        let ask = async |method: Method, path: &str, body: Value| {
            let request =
                mapped.server.client.request(method, format!("{}/api/v1/mapping{path}", mapped.server.address));
            request.bearer_auth(token.tell()).json(&body).send().await.unwrap()
        };
        for (method, path) in [(Method::GET, ""), (Method::POST, "/decisions"), (Method::POST, "/trials")] {
            let refused = ask(method, path, json!({"decisions": checkout()})).await;
            assert_eq!(refused.status(), 403, "{path}");
        }
        // Nor do they see among the jobs what somebody else tries.
        mapped.ask(Method::POST, "/trials", json!({"decisions": checkout()})).await;
        let new = NewToken {
            name: "operator".into(),
            permissions: permissions(&[Permission::JobsRead, Permission::JobsManage]),
            sees: None,
            days: 300,
            service: true,
        };
        let operator = mapped.server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap().1;
        let told = async |token: &str, method: Method, path: &str| -> Value {
            let request = mapped.server.client.request(method, format!("{}/api/v1/jobs{path}", mapped.server.address));
            request.bearer_auth(token).send().await.unwrap().json().await.unwrap()
        };
        let all = told(&mapped.ada, Method::GET, "").await;
        let trial = all["items"].as_array().unwrap().iter().find(|job| job["kind"] == TRIAL).unwrap();
        assert_eq!(trial["input"]["decisions"].as_array().unwrap().len(), checkout().as_array().unwrap().len());
        let id = trial["id"].as_str().unwrap();
        let listed = told(operator.tell(), Method::GET, "").await;
        let shown = told(operator.tell(), Method::GET, &format!("/{id}")).await;
        let mut seen = vec![listed["items"].as_array().unwrap().iter().find(|job| job["id"] == id).unwrap().clone()];
        seen.push(shown["job"].clone());
        for step in ["pause", "resume", "cancel"] {
            seen.push(told(operator.tell(), Method::POST, &format!("/{id}/{step}")).await);
        }
        for job in seen {
            assert_eq!((&job["id"], &job["input"]), (&json!(id), &Value::Null));
        }
    });
}
