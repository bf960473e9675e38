//! Landing as a job: from a connection that is set up over REST to figures, by itself; and nobody reads what is another's.

use crate::jobs::manner;
use crate::rest::{Server, run};
use crate::syncs::git;
use crate::world::{PASSWORD, acme, from};
use pulse_engine::Settings;
use pulse_server::alerts::{Alerts, Memory};
use pulse_server::control::*;
use pulse_server::jobs::{Lands, Manner, Work, Worker, steps};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A repository `place` of a tenant, with a tag that is a deployment.
fn repository(all: &Path, place: &str) {
    let folder = all.join(place);
    std::fs::create_dir_all(&folder).unwrap();
    git(&folder, &["init", "--initial-branch", "main", "."]);
    commit(&folder, "v1.0.0");
}

fn commit(folder: &Path, tag: &str) {
    git(folder, &["commit", "--allow-empty", "--message", tag]);
    git(folder, &["tag", tag]);
}

pub(crate) struct Asks<'a> {
    server: &'a Server,
    token: String,
}

impl Asks<'_> {
    pub(crate) async fn send(&self, method: Method, path: &str, body: Value, tag: Option<&str>) -> Response {
        let request = self.server.client.request(method, format!("{}/api/v1/{path}", self.server.address));
        let request = request.bearer_auth(&self.token).json(&body);
        match tag {
            Some(tag) => request.header("if-match", tag).send().await.unwrap(),
            None => request.send().await.unwrap(),
        }
    }

    pub(crate) async fn put(&self, name: &str, body: &Value) -> (u16, Value) {
        let response = self.send(Method::PUT, &format!("connections/{name}"), body.clone(), None).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let response = self.send(Method::POST, "sql", json!({ "sql": sql }), None).await;
        let answer: Value = response.json().await.unwrap();
        answer.pointer("/rows/0/n").or(answer.pointer("/0/n")).unwrap_or(&answer).as_i64().expect("a count")
    }
}

pub(crate) async fn owner(server: &Server) -> Asks<'_> {
    let grant = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
    Asks { server, token: grant.token }
}

/// A worker of the server's lake, until it is told to end.
pub(crate) fn works(server: &Server) -> (watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let control = server.world.control().clone();
    let sources = crate::rest::sources(server.repositories.path());
    let (engine, vault) = (server.engine.clone(), server.world.access.signer.vault().clone());
    let mut all: Vec<Arc<dyn Work>> = steps(&control, &engine, &Settings::default());
    let (seen, of, settings) = (control.clone(), engine.clone(), Settings::default());
    let base = "http://pulse.test/".parse().unwrap();
    all.push(Arc::new(Alerts { control: seen, engine: of, settings, base, memory: Memory::default() }));
    all.push(Arc::new(Lands { control: control.clone(), vault, engine, sources }));
    // No pause of a busy machine outlasts its lease.
    let steady = Manner { lease: Duration::from_secs(4), ..manner("w") };
    let worker = Worker::new(control, all, steady);
    let (end, told) = watch::channel(false);
    (end, tokio::spawn(async move { worker.run(told).await }))
}

/// Until nothing runs: when the clock is moved on under a job, its lease is over, and another place takes it.
pub(crate) async fn idle(control: &Control) {
    for _ in 0..1200 {
        if control.open_jobs().await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("something never ends: {:?}", control.open_jobs().await.unwrap());
}

/// Until a run has come to its end: what is landed is mapped, and that is modelled.
pub(crate) async fn done(control: &Control, run: &str) {
    for _ in 0..1000 {
        let page = control.jobs(&acme(), Some(run), None, &Cursor::new(None, None).unwrap()).await.unwrap();
        let bad = page.items.iter().find(|job| matches!(job.state, JobState::Failed | JobState::Dead));
        assert!(bad.is_none(), "{bad:?}");
        let over = page.items.iter().all(|job| job.state == JobState::Succeeded);
        let kinds: Vec<&str> = page.items.iter().map(|job| job.kind.as_str()).collect();
        if over && ["land", "map", "model"].iter().all(|kind| kinds.contains(kind)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run never ends");
}

#[test]
fn a_connection_is_read_and_what_it_brings_is_in_the_figures_by_itself() {
    run(async {
        // A lake of its own, which nothing else is in.
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let owner = owner(&server).await;
        let folder = server.repositories.path().join("acme/api");
        repository(server.repositories.path(), "acme/api");
        let set = json!({"connector": "git", "place": "api", "settings": {"deployments": {"tags": ["v*"]}}});
        let (status, made) = owner.put("api", &set).await;
        assert_eq!((status, &made["version"]), (200, &json!(1)), "{made}");
        let (end, working) = works(&server);
        let commits = "SELECT count(*) AS n FROM core.commits WHERE repository_id = 'git:api:repository'";
        let deployments = "SELECT count(*) AS n FROM core.deployments WHERE repository_id = 'git:api:repository'";
        let control = server.world.control();
        let asked = owner.send(Method::POST, "jobs", json!({"kind": "land", "subject": "api"}), None).await;
        assert_eq!(asked.status(), 202);
        done(control, asked.json::<Value>().await.unwrap()["run"].as_str().unwrap()).await;
        assert_eq!((owner.count(commits).await, owner.count(deployments).await), (1, 1));
        // A push calls the hook, and the next reading finds what is new.
        let hook = json!({"name": "push", "kind": "land", "subject": "api"});
        let hook: Value = owner.send(Method::POST, "hooks", hook, None).await.json().await.unwrap();
        commit(&folder, "v1.1.0");
        let call = server.client.post(format!("{}{}", server.address, hook["path"].as_str().unwrap()));
        let called = call.bearer_auth(hook["secret"].as_str().unwrap()).send().await.unwrap();
        let job = called.json::<Value>().await.unwrap()["job"].as_str().unwrap().to_owned();
        server.world.pass(6 * crate::world::SECOND);
        done(control, &job).await;
        assert_eq!((owner.count(commits).await, owner.count(deployments).await), (2, 2));
        // Of a repository no days are read by themselves, and no other try would help.
        let input = json!({"from": "2026-01-01", "until": "2026-02-01"});
        let dead = crate::github::land(&owner, control, "api", input).await;
        assert_eq!(dead.state, JobState::Dead);
        assert!(dead.reason.contains("always read whole"), "{}", dead.reason);
        // One that is gone for a while is tried again.
        std::fs::rename(&folder, folder.with_extension("away")).unwrap();
        let asked = owner.send(Method::POST, "jobs", json!({"kind": "land", "subject": "api"}), None).await;
        let id = asked.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
        for _ in 0..3_000 {
            if control.job(&acme(), &id).await.unwrap().unwrap().state == JobState::Failed {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let gone = control.job(&acme(), &id).await.unwrap().unwrap();
        assert_eq!(gone.state, JobState::Failed);
        assert!(!gone.reason.contains(server.repositories.path().to_str().unwrap()), "{}", gone.reason);
        // With as many bytes in the lake as it may have, nothing more is read, and no other try would help.
        std::fs::rename(folder.with_extension("away"), &folder).unwrap();
        let version = control.tenant(&acme()).await.unwrap().unwrap().version;
        control.set_quotas(&acme(), version, &Quotas { bytes: Some(1000), ..Quotas::default() }).await.unwrap();
        control.resume_job(&acme(), &id, "ada").await.unwrap();
        for _ in 0..3_000 {
            if control.job(&acme(), &id).await.unwrap().unwrap().state == JobState::Dead {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let full = control.job(&acme(), &id).await.unwrap().unwrap();
        assert_eq!(full.state, JobState::Dead);
        assert!(full.reason.contains("bytes"), "{}", full.reason);
        end.send(true).unwrap();
        working.await.unwrap();
    });
}

#[test]
fn nobody_reads_what_is_another_tenants_and_what_makes_no_sense_is_refused() {
    run(async {
        let server = Server::start().await;
        let owner = owner(&server).await;
        for place in ["acme/api", "umbrella/secret"] {
            repository(server.repositories.path(), place);
        }
        std::fs::create_dir_all(server.repositories.path().join("acme/api/deep")).unwrap();
        std::fs::create_dir_all(server.repositories.path().join("acme/none")).unwrap();
        for (body, code) in [
            (json!({"connector": "git", "place": "../umbrella/secret"}), "invalid-value"),
            (json!({"connector": "git", "place": "secret"}), "unreadable"),
            (json!({"connector": "git", "place": "/etc"}), "invalid-value"),
            (json!({"connector": "git", "place": "api/deep"}), "invalid-value"),
            (json!({"connector": "git", "place": "none"}), "unreadable"),
            (json!({"connector": "svn", "place": "api"}), "invalid-value"),
            (json!({"connector": "git", "place": "api", "settings": {"deployment": {}}}), "invalid-value"),
        ] {
            let (status, problem) = owner.put("api", &body).await;
            assert_eq!((status, &problem["code"]), (422, &json!(code)), "{body} {problem}");
            assert!(!problem.to_string().contains(server.repositories.path().to_str().unwrap()), "{problem}");
        }
        assert_eq!(owner.put("a:b", &json!({"connector": "git", "place": "api"})).await.0, 422, "names stand in keys");
        let good = json!({"connector": "git", "place": "api"});
        assert_eq!(owner.put("api", &good).await.0, 200);
        assert_eq!(owner.put("api", &good).await.0, 412, "there is one by now");
        let shown = owner.send(Method::GET, "connections/api", json!(null), None).await;
        let tag = shown.headers()["etag"].to_str().unwrap().to_owned();
        let changed = owner.send(Method::PUT, "connections/api", good.clone(), Some(&tag)).await;
        assert_eq!(changed.status(), 200);
        assert_eq!(owner.send(Method::PUT, "connections/api", good, Some(&tag)).await.status(), 412);
        let stranger = Asks { server: &server, token: server.umbrella.clone() };
        for (method, path) in
            [(Method::GET, "connections"), (Method::GET, "connections/api"), (Method::DELETE, "connections/api")]
        {
            assert_eq!(stranger.send(method, path, json!(null), None).await.status(), 403);
        }
        for (kind, subject) in [("land", ""), ("land", "web"), ("map", "api"), ("erase", "")] {
            let asked = owner.send(Method::POST, "jobs", json!({"kind": kind, "subject": subject}), None).await;
            assert_eq!(asked.status(), 422, "{kind} {subject}");
        }
        let daily = json!({"when": {"every": 86400}});
        let scheduled = owner.send(Method::PUT, "schedules/land?subject=api", daily.clone(), None).await;
        assert_eq!(scheduled.status(), 200);
        assert_eq!(owner.send(Method::PUT, "schedules/land?subject=web", daily, None).await.status(), 422);
        assert_eq!(owner.send(Method::DELETE, "connections/api", json!(null), None).await.status(), 204);
        assert_eq!(owner.send(Method::DELETE, "connections/api", json!(null), None).await.status(), 404);
        assert_eq!(server.world.control().schedules(&acme()).await.unwrap(), [], "it went with it");
    });
}

#[test]
fn a_worker_whose_folder_of_repositories_is_not_there_says_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let refused = crate::commands::pulse(folder.path(), &["serve", "--roles", "worker", "--repositories", "nowhere"]);
    assert_ne!(refused.status.code(), Some(0));
    assert!(crate::commands::err(&refused).contains("nowhere"), "{}", crate::commands::err(&refused));
}
