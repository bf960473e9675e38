//! GitHub from end to end: a connection is set up over REST, jobs read it, hooks hurry them, and its figures are those that were
//! reckoned by hand.

use crate::landing::{Asks, done, owner, works};
use crate::rest::{Server, problem, run};
use crate::world::acme;
use chrono::{DateTime, TimeDelta, Utc};
use pulse_server::control::*;
use pulse_simulator::webhooks::Delivery;
use pulse_simulator::world::{CloseReason, MergeMethod};
use pulse_simulator::world::{DeploymentState, NewDeployment, NewPullRequest, ReviewState};
use pulse_simulator::{Fault, Options, Server as GitHub, TOKEN, World};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// Monday, 2 March 2026, 10:00.
fn start() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

/// A world that somebody lives in hour by hour.
pub(crate) struct Life {
    pub(crate) world: World,
    pub(crate) shop: i64,
    main: String,
}

impl Life {
    fn begin() -> Self {
        let mut world = World::empty("acme", start());
        for login in ["ada", "bob"] {
            world.add_person(login, Some(login));
        }
        let shop = world.create_repository("shop", "ada");
        let mut life = Self { world, shop, main: String::new() };
        life.main = life.commit("main", &[], "Begin");
        life
    }

    fn pass(&mut self, hours: i64) {
        self.world.now += TimeDelta::hours(hours);
    }

    fn commit(&mut self, branch: &str, parents: &[&str], message: &str) -> String {
        let commit = self.world.compose(parents, "ada", self.world.now, message);
        let sha = commit.sha.clone();
        self.world.push(self.shop, branch, vec![commit], "ada");
        sha
    }

    fn deploy(&mut self, sha: &str, state: DeploymentState) -> i64 {
        let new = NewDeployment {
            sha: sha.to_owned(),
            branch: Some("main".to_owned()),
            environment: "production".to_owned(),
            task: "deploy".to_owned(),
            description: None,
            creator: "ada".to_owned(),
        };
        let id = self.world.deploy(self.shop, new).unwrap();
        self.world.set_deployment_status(self.shop, id, DeploymentState::InProgress, "ada");
        self.world.set_deployment_status(self.shop, id, state, "ada");
        id
    }

    /// A change whose first commit is made now: opened an hour later, reviewed two after that, merged one after that.
    fn change(&mut self, branch: &str) -> String {
        let main = self.main.clone();
        let sha = self.commit(branch, &[&main], &format!("Work on {branch}"));
        self.pass(1);
        let new = NewPullRequest {
            title: branch.to_owned(),
            author: "ada".to_owned(),
            head: branch.to_owned(),
            commits: vec![sha],
            ..NewPullRequest::default()
        };
        let number = self.world.open_pull_request(self.shop, new).unwrap();
        self.pass(2);
        self.world.review(self.shop, number, "bob", ReviewState::Approved);
        self.pass(1);
        self.main = self.world.merge(self.shop, number, "bob", MergeMethod::Squash).unwrap();
        self.main.clone()
    }
}

/// Two changes that reach production, the second by a deployment that breaks it; a rollback mends it.
pub(crate) fn history() -> Life {
    let mut life = Life::begin();
    let first = life.main.clone();
    life.deploy(&first, DeploymentState::Success);
    life.pass(24);
    let one = life.change("one");
    life.pass(1);
    life.deploy(&one, DeploymentState::Success);
    life.pass(24);
    let two = life.change("two");
    life.pass(3);
    life.deploy(&two, DeploymentState::Failure);
    life.pass(1);
    life.deploy(&two, DeploymentState::Success);
    life.pass(1);
    let cause = format!("root cause: {two}");
    let number = life.world.open_issue(life.shop, "bob", "Checkout is down", &cause, &["incident", "sev2"]).unwrap();
    life.pass(4);
    life.world.close_issue(life.shop, number, "bob", CloseReason::Completed);
    life.pass(1);
    life
}

pub(crate) async fn serve(world: World) -> GitHub {
    GitHub::start(world.shared(), Options { ticks: false, ..Options::default() }).await.unwrap()
}

pub(crate) fn connection(github: &GitHub) -> Value {
    json!({"connector": "github", "place": github.url, "credential": TOKEN, "settings": {"owners": ["acme"]}})
}

async fn figure(owner: &Asks<'_>, metric: &str) -> Value {
    let path = format!("metrics/{metric}?from=2026-03-02&until=2026-03-09&grain=week");
    let answer: Value = owner.send(Method::GET, &path, json!(null), None).await.json().await.unwrap();
    answer["groups"][0]["total"].clone()
}

pub(crate) async fn land(owner: &Asks<'_>, control: &Control, subject: &str, input: Value) -> Job {
    let body = json!({"kind": "land", "subject": subject, "input": input});
    let asked = owner.send(Method::POST, "jobs", body, None).await;
    assert_eq!(asked.status(), 202);
    let id = asked.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    for _ in 0..3_000 {
        let job = control.job(&acme(), &id).await.unwrap().unwrap();
        if !matches!(job.state, JobState::Queued | JobState::Running) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the job never ends");
}

#[test]
fn what_happened_at_github_is_in_the_figures_as_reckoned_by_hand() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let github = serve(history().world).await;
        let (status, made) = owner.put("hub", &connection(&github)).await;
        assert_eq!((status, &made["has_credential"]), (200, &json!(true)), "{made}");
        assert!(!made.to_string().contains(TOKEN));
        let (end, working) = works(&server);
        let job = land(&owner, control, "hub", json!(null)).await;
        assert_eq!(job.state, JobState::Succeeded, "{}", job.reason);
        done(control, &job.run).await;
        // The first deployment is the baseline; one failed before it was there; two carried a change each.
        let frequency = figure(&owner, "deployment_frequency").await;
        assert_eq!(frequency["value"], json!(3.0), "{frequency}");
        // One change took 1 + 2 + 1 + 1 hours, the other 1 + 2 + 1 + 3 + 1: the median of 5 and 8 hours.
        let lead = figure(&owner, "change_lead_time").await;
        assert_eq!((&lead["n"], &lead["value"]), (&json!(2), &json!(6.5 * 3600.0)), "{lead}");
        // One of the three was named as the cause, and put right five hours after it.
        let failed = figure(&owner, "change_fail_rate").await;
        assert_eq!((&failed["numerator"], &failed["denominator"]), (&json!(1.0), &json!(3.0)), "{failed}");
        let recovery = figure(&owner, "failed_deployment_recovery_time").await;
        assert_eq!(recovery["value"], json!(5.0 * 3600.0), "{recovery}");
        end.send(true).unwrap();
        working.await.unwrap();
    });
}

#[test]
fn days_are_read_again_when_somebody_asks_for_them_whatever_since_says() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let github = serve(history().world).await;
        let mut late = connection(&github);
        late["settings"]["since"] = json!("2026-04-01");
        assert_eq!(owner.put("hub", &late).await.0, 200);
        for wrong in [
            json!({"from": "2026-03-03"}),
            json!({"from": "2026-03-04", "until": "2026-03-03"}),
            json!({"from": "2026-03-03", "until": "tomorrow"}),
            json!({"from": "2026-03-03", "until": "2026-03-04", "whole": true}),
        ] {
            let asked = json!({"kind": "land", "subject": "hub", "input": wrong});
            let answer = owner.send(Method::POST, "jobs", asked, None).await;
            assert_eq!(answer.status(), 422, "{wrong}");
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], json!("invalid-value"), "{problem}");
        }
        let (end, working) = works(&server);
        // The first change was made and merged on the third, the second on the fourth.
        for (input, there) in [
            (json!(null), 0),
            (json!({"from": "2026-03-03", "until": "2026-03-04"}), 1),
            (json!({"from": "2026-03-01", "until": "2026-03-09"}), 2),
        ] {
            let job = land(&owner, control, "hub", input.clone()).await;
            assert_eq!(job.state, JobState::Succeeded, "{}", job.reason);
            done(control, &job.run).await;
            assert_eq!(owner.count("SELECT count(*) AS n FROM core.pull_requests").await, there, "{input}");
            // After some days, what is new is read in the same run: somebody may have asked for it meanwhile.
            let page = control.jobs(&acme(), Some(&job.run), None, &Cursor::new(None, None).unwrap()).await.unwrap();
            let lands: Vec<&Value> = page.items.iter().filter(|job| job.kind == "land").map(|job| &job.input).collect();
            assert_eq!(lands.len(), if input.is_null() { 1 } else { 2 }, "{lands:?}");
            assert!(lands.iter().any(|given| given.is_null()), "{lands:?}");
        }
        end.send(true).unwrap();
        working.await.unwrap();
    });
}

/// A GitHub that is connected, the hook that it calls, and the merge of a change that it calls it for.
async fn hooked(owner: &Asks<'_>) -> (GitHub, Value, String) {
    let mut life = history();
    life.world.listening = true;
    let three = life.change("three");
    let github = serve(life.world).await;
    assert_eq!(owner.put("hub", &connection(&github)).await.0, 200);
    let hook = json!({"name": "github", "kind": "land", "subject": "hub"});
    (github, owner.send(Method::POST, "hooks", hook, None).await.json().await.unwrap(), three)
}

/// A worker does what was asked for, and then the pull request of that merge is one row.
async fn is_read(server: &Server, owner: &Asks<'_>, asked: &str, merge: &str) {
    let (end, working) = works(server);
    server.world.pass(6 * crate::world::SECOND);
    done(server.world.control(), asked).await;
    let merged = format!("SELECT count(*) AS n FROM core.pull_requests WHERE merge_commit_sha = '{merge}'");
    assert_eq!(owner.count(&merged).await, 1);
    end.send(true).unwrap();
    working.await.unwrap();
}

/// Calls a hook as GitHub does.
async fn call(server: &Server, hook: &Value, secret: &str, delivery: &Delivery) -> Response {
    let (headers, body) = delivery.request(secret);
    let request = server.client.post(format!("{}{}", server.address, hook["path"].as_str().unwrap()));
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(body).send().await.unwrap()
}

#[test]
fn a_call_of_githubs_is_landed_before_it_is_answered_and_hurries_the_reading() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let owner = owner(&server).await;
        let (github, hook, three) = hooked(&owner).await;
        let call = async |secret: &str, delivery: &Delivery| call(&server, &hook, secret, delivery).await;
        let deliveries = github.github.world.lock().deliveries.clone();
        assert!(deliveries.len() > 3);
        let landed = "SELECT count(*) AS n FROM raw.github WHERE stream = 'webhooks'";
        assert_eq!(call("guessed", &deliveries[0]).await.status(), 401);
        let secret = hook["secret"].as_str().unwrap();
        let mut run = String::new();
        for delivery in &deliveries {
            let called = call(secret, delivery).await;
            assert_eq!(called.status(), 202);
            run = called.json::<Value>().await.unwrap()["job"].as_str().unwrap().to_owned();
        }
        // Whatever event it is, and though nothing was read yet.
        let each = i64::try_from(deliveries.len()).unwrap();
        assert_eq!(owner.count(landed).await, each);
        // What GitHub sends again is known: no other payload lands, and nothing is asked for.
        for delivery in &deliveries {
            let again = call(secret, delivery).await;
            assert_eq!(again.status(), 200);
            assert_eq!(again.json::<Value>().await.unwrap(), json!({"job": null, "known": true}));
        }
        assert_eq!(owner.count(landed).await, each);
        // Many at once are each there, in few commits.
        let raw = server.engine.tenant(&crate::world::acme()).lake().raw("github").unwrap();
        let version = async || raw.latest().await.unwrap().unwrap().version();
        let before = version().await;
        let other = |n: usize| Delivery { id: format!("other-{n}"), ..deliveries[n % deliveries.len()].clone() };
        let many: Vec<Delivery> = (0..60).map(other).collect();
        let answered = futures::future::join_all(many.iter().map(|delivery| call(secret, delivery))).await;
        assert!(answered.iter().all(|answer| answer.status() == 202));
        assert_eq!(owner.count(landed).await, each + 60);
        let commits = version().await - before;
        assert!(commits < 30, "{commits} commits for 60 calls at once");
        let nameless = server.client.post(format!("{}{}", server.address, hook["path"].as_str().unwrap()));
        assert_eq!(nameless.bearer_auth(secret).body("{}").send().await.unwrap().status(), 400);
        is_read(&server, &owner, &run, &three).await;
    });
}

#[test]
fn a_call_that_could_not_be_landed_is_not_known_and_lands_when_it_comes_again() {
    run(async {
        let place = tempfile::tempdir().unwrap();
        let [lake, aside] = ["lake", "aside"].map(|name| place.path().join(name));
        std::fs::create_dir(&lake).unwrap();
        let server = Server::over(url::Url::from_directory_path(&lake).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let (github, hook, three) = hooked(&owner).await;
        let secret = hook["secret"].as_str().unwrap();
        let deliveries = github.github.world.lock().deliveries.clone();
        let (mut run, mut called_at) = (String::new(), Value::Null);
        // The first is to make the table, the second is to go on with it.
        for (delivery, there) in deliveries.iter().take(2).zip(1..) {
            // A file stands in the place of the lake's folder.
            std::fs::rename(&lake, &aside).unwrap();
            std::fs::write(&lake, "").unwrap();
            for _ in 0..2 {
                problem(call(&server, &hook, secret, delivery).await, 500, "internal").await;
            }
            std::fs::remove_file(&lake).unwrap();
            std::fs::rename(&aside, &lake).unwrap();
            let listed = owner.send(Method::GET, "hooks", json!(null), None).await;
            let listed: Value = listed.json().await.unwrap();
            assert_eq!(listed["items"][0]["called_at"], called_at, "nothing was asked for");
            let again = call(&server, &hook, secret, delivery).await;
            assert_eq!(again.status(), 202);
            run = again.json::<Value>().await.unwrap()["job"].as_str().unwrap().to_owned();
            assert_eq!(owner.count("SELECT count(*) AS n FROM raw.github WHERE stream = 'webhooks'").await, there);
            assert_eq!(call(&server, &hook, secret, delivery).await.status(), 200, "from now on it is known");
            called_at = json!(control.now());
            server.world.pass(1);
        }
        is_read(&server, &owner, &run, &three).await;
    });
}

#[test]
fn a_job_waits_as_long_as_github_asks_and_one_that_is_hopeless_says_why() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let github = serve(history().world).await;
        let wrong = json!({"connector": "github", "place": github.url, "credential": "ghp_wrong", "settings": {"owners": ["acme"]}});
        let (status, problem) = owner.put("hub", &wrong).await;
        assert_eq!((status, &problem["code"]), (422, &json!("unreadable")), "{problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains("credential") && !problem.to_string().contains("ghp_wrong")
        );
        for (body, code) in [
            (json!({"connector": "github", "place": github.url, "settings": {"owners": ["acme"]}}), "invalid-value"),
            (
                json!({"connector": "github", "place": "nowhere", "credential": "x", "settings": {"owners": ["acme"]}}),
                "invalid-value",
            ),
            (json!({"connector": "github", "place": github.url, "credential": TOKEN, "settings": {}}), "invalid-value"),
            (
                json!({"connector": "github", "place": github.url, "credential": TOKEN, "settings": {"owner": "x"}}),
                "invalid-value",
            ),
            (
                json!({"connector": "github", "place": github.url, "credential": TOKEN, "settings": {"owners": ["nobody"]}}),
                "unreadable",
            ),
            (json!({"connector": "git", "place": "x", "credential": "x"}), "invalid-value"),
        ] {
            let (status, problem) = owner.put("hub", &body).await;
            assert_eq!((status, &problem["code"]), (422, &json!(code)), "{body} {problem}");
        }
        assert_eq!(owner.put("hub", &connection(&github)).await.0, 200);
        let (end, working) = works(&server);
        for _ in 0..10 {
            github.github.faults.plan(pulse_simulator::On::Next, Fault::PrimaryLimit { resets_in: 1800 });
        }
        let waits = land(&owner, control, "hub", json!(null)).await;
        assert_eq!(waits.state, JobState::Waiting, "{}", waits.reason);
        assert!(waits.due_at - control.now() > 1700 * crate::world::SECOND, "{waits:?}");
        github.github.faults.clear();
        github.github.reset_limits();
        server.world.pass(1801 * crate::world::SECOND);
        for _ in 0..3_000 {
            if control.job(&acme(), &waits.id).await.unwrap().unwrap().state == JobState::Succeeded {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(control.job(&acme(), &waits.id).await.unwrap().unwrap().state, JobState::Succeeded);
        github.github.tokens.lock().clear();
        // An hour is longer than a session's token is good for.
        let owner = crate::landing::owner(&server).await;
        let dead = land(&owner, control, "hub", json!({"whole": true})).await;
        assert_eq!(dead.state, JobState::Dead);
        assert!(dead.reason.contains("credential"), "{}", dead.reason);
        end.send(true).unwrap();
        working.await.unwrap();
    });
}

#[test]
fn nothing_of_a_credential_or_of_a_hooks_secret_is_told_of_readings_that_fail() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let github = serve(history().world).await;
        let (end, working) = works(&server);
        let scope = Fault::MissingScope { accepted: "admin:org".to_owned() };
        let faults = [Fault::BadCredentials, scope, Fault::ServerError(500), Fault::LoginPage, Fault::InvalidJson];
        let (mut secrets, mut told) = (vec![TOKEN.to_owned()], String::new());
        let show = async |path: &str| owner.send(Method::GET, path, json!(null), None).await.text().await.unwrap();
        for (n, fault) in faults.into_iter().enumerate() {
            let name = format!("hub-{n}");
            let (status, made) = owner.put(&name, &connection(&github)).await;
            assert_eq!(status, 200, "{made}");
            let hook = json!({"name": name, "kind": "land", "subject": name});
            let hook: Value = owner.send(Method::POST, "hooks", hook, None).await.json().await.unwrap();
            let (path, secret) = (hook["path"].as_str().unwrap(), hook["secret"].as_str().unwrap());
            (0..500).for_each(|_| github.github.faults.next(fault.clone()));
            let job = land(&owner, control, &name, json!(null)).await;
            github.github.faults.clear();
            // It names no event.
            let call = server.client.post(format!("{}{path}", server.address)).bearer_auth(secret).body("{}");
            told.push_str(&call.send().await.unwrap().text().await.unwrap());
            let steps = control.job_steps(&acme(), &job.id).await.unwrap();
            told.push_str(&format!("{made}\n{job:?}\n{steps:?}\n"));
            for path in [format!("connections/{name}/health"), format!("jobs/{}", job.id)] {
                told.push_str(&show(&path).await);
            }
            secrets.push(secret.to_owned());
        }
        for path in ["connections", "hooks", "jobs"] {
            told.push_str(&show(path).await);
        }
        told.push_str(&format!("{:?}", control.number_events(&acme()).await.unwrap()));
        assert!(told.contains("does not take this connection's credential"), "{told}");
        for secret in secrets {
            assert!(!told.contains(&secret), "{secret}");
        }
        end.send(true).unwrap();
        working.await.unwrap();
    });
}
