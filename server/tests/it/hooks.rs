//! Hooks: whoever knows the secret asks for the job, once for a burst, and can do nothing else.

use crate::github::{connection, history, serve};
use crate::landing::{Asks, owner};
use crate::rest::{Server, run};
use crate::world::{DAY, PASSWORD, SECOND, World, acme, from, on_both, refusal};
use aws_lc_rs::hmac;
use pulse_server::auth::Vault;
use pulse_server::control::{Control, Cursor, JobState, Limits, Outcome, Refusal, Trigger};
use reqwest::{Method, Response};
use serde_json::{Value, json};

on_both! { World;
    a_call_is_known_for_a_week_whichever_process_answered_it
}

async fn call(server: &Server, path: &str, header: (&str, &str)) -> Response {
    let request = server.client.post(format!("{}{path}", server.address)).body("{\"ref\":\"main\"}");
    request.header(header.0, header.1).send().await.unwrap()
}

fn signed(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let digits: String = hmac::sign(&key, body.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

#[test]
fn a_burst_of_calls_is_one_job_and_who_does_not_know_the_secret_asks_for_nothing() {
    run(async {
        let server = Server::start().await;
        let control = server.world.control();
        let ada = server.world.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap().token;
        let send = async |method: reqwest::Method, path: &str, body: Value| {
            let request = server.client.request(method, format!("{}{path}", server.address));
            request.bearer_auth(&ada).json(&body).send().await.unwrap()
        };
        let new = json!({"name": "push", "kind": "map", "input": {"replay": true}});
        let made = send(reqwest::Method::POST, "/api/v1/hooks", new.clone()).await;
        assert_eq!(made.status(), 201);
        let made: Value = made.json().await.unwrap();
        let (path, secret) = (made["path"].as_str().unwrap(), made["secret"].as_str().unwrap());
        assert_eq!(send(reqwest::Method::POST, "/api/v1/hooks", new).await.status(), 409, "a name stands once");
        let wrong = send(reqwest::Method::POST, "/api/v1/hooks", json!({"name": "x", "kind": "erase"})).await;
        assert_eq!(wrong.status(), 422, "nobody erases a tenant by it");

        let listed: Value = send(reqwest::Method::GET, "/api/v1/hooks", json!(null)).await.json().await.unwrap();
        assert_eq!((&listed["items"][0], listed.to_string().contains(secret)), (&made["hook"], false));
        let weak = server.get("/api/v1/hooks").await;
        assert_eq!(weak.status(), 403, "an analyst's token sees none");

        let signature = signed(secret, "{\"ref\":\"main\"}");
        let mut jobs = Vec::new();
        for n in 0..9 {
            let bearer = format!("Bearer {secret}");
            let header = match n % 3 {
                0 => ("x-hub-signature-256", signature.as_str()),
                1 => ("x-gitlab-token", secret),
                _ => ("authorization", bearer.as_str()),
            };
            let called = call(&server, path, header).await;
            assert_eq!(called.status(), 202);
            jobs.push(called.json::<Value>().await.unwrap()["job"].as_str().unwrap().to_owned());
            server.world.pass(SECOND / 2);
        }
        jobs.dedup();
        let [id] = &jobs[..] else { panic!("{jobs:?}") };
        let trail = control.number_events(&acme()).await.unwrap();
        let path_of = "POST /hooks/{id}";
        assert_eq!(
            trail.iter().filter(|event| format!("{event:?}").contains(path_of)).count(),
            9,
            "each is in the trail"
        );
        let job = control.job(&acme(), id).await.unwrap().unwrap();
        assert_eq!((job.state, &job.input), (JobState::Queued, &json!({"replay": true})));
        assert_eq!(job.due_at - job.created_at, 5 * SECOND, "the burst is waited for, but not for ever");
        let limits = Limits { tenant: 9, kinds: Vec::new(), known: vec!["map".into()] };
        server.world.pass(SECOND);
        let running = control.claim("w", &limits).await.unwrap().unwrap();
        assert_eq!(call(&server, path, ("x-gitlab-token", secret)).await.status(), 202);
        control.finish(&running, &Outcome::Done(Vec::new())).await.unwrap();
        let again =
            control.jobs(&acme(), None, Some(JobState::Queued), &Cursor::new(None, None).unwrap()).await.unwrap();
        assert_eq!(again.items.len(), 1, "what came while it ran is done after it");

        let other = signed(secret, "{\"ref\":\"other\"}");
        let steps = control.job_steps(&acme(), &again.items[0].id).await.unwrap().len();
        for header in [("x-gitlab-token", "hook_made-up"), ("x-hub-signature-256", &other), ("accept", "*/*")] {
            let refused = call(&server, path, header).await;
            assert_eq!(refused.status(), 401);
            assert_eq!(refused.json::<Value>().await.unwrap()["code"], "wrong-secret");
        }
        assert_eq!(call(&server, "/hooks/hook_made-up", ("x-gitlab-token", secret)).await.status(), 401);
        let asks =
            server.client.get(format!("{}/api/v1/jobs", server.address)).bearer_auth(secret).send().await.unwrap();
        assert_eq!(asks.status(), 401, "it opens nothing else");
        control.suspend_tenant(&acme(), true).await.unwrap();
        assert_eq!(call(&server, path, ("x-gitlab-token", secret)).await.status(), 401);
        control.suspend_tenant(&acme(), false).await.unwrap();
        assert_eq!(control.job_steps(&acme(), &again.items[0].id).await.unwrap().len(), steps, "nothing was asked for");

        let gone = format!("/api/v1/hooks/{}", made["hook"]["id"].as_str().unwrap());
        let foreign = server.client.delete(format!("{}{gone}", server.address)).bearer_auth(&server.umbrella);
        assert_eq!(foreign.send().await.unwrap().status(), 403);
        assert_eq!(send(reqwest::Method::DELETE, &gone, json!(null)).await.status(), 204);
        assert_eq!(send(reqwest::Method::DELETE, &gone, json!(null)).await.status(), 404);
        assert_eq!(call(&server, path, ("x-gitlab-token", secret)).await.status(), 401);
    });
}

#[test]
fn a_call_is_heard_up_to_what_github_sends_at_most_and_of_a_hook_that_is_none_hardly_any() {
    run(async {
        let server = Server::start().await;
        let ada = server.world.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap().token;
        let hooks = format!("{}/api/v1/hooks", server.address);
        let new = json!({"name": "push", "kind": "map"});
        let made = server.client.post(hooks).bearer_auth(&ada).json(&new).send().await.unwrap();
        let made: Value = made.json().await.unwrap();
        let (path, secret) = (made["path"].as_str().unwrap(), made["secret"].as_str().unwrap());
        let called = async |path: &str, bytes: usize| {
            let request = server.client.post(format!("{}{path}", server.address)).body(vec![b' '; bytes]);
            let answer = request.header("x-gitlab-token", secret).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["code"].clone())
        };
        assert_eq!(called(path, 10 << 20).await, (202, Value::Null));
        assert_eq!(called(path, (25 << 20) + 1).await, (413, json!("too-large")));
        assert_eq!(called("/hooks/hook_made-up", 2 << 20).await, (413, json!("too-large")));
        assert_eq!(called("/hooks/hook_made-up", 9).await, (401, json!("wrong-secret")));
    });
}

#[test]
fn a_hooks_secret_is_sealed_and_sealed_anew() {
    run(async {
        let server = Server::start().await;
        let control = server.world.control();
        let old = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let new = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
        let both = Vault::new(&format!("{new}\n{old}")).unwrap();
        let asks = Trigger::new("map", "");
        let (hook, secret) =
            control.create_hook(&acme(), "push", &asks, "ada", &Vault::new(old).unwrap()).await.unwrap();
        let is_known = |told: &[u8]| told == secret.tell().as_bytes();
        let only_new = Vault::new(new).unwrap();
        assert!(control.known_hook(&hook.id, &only_new, is_known).await.is_err(), "it was sealed with the old key");
        control.reseal(&both).await.unwrap();
        control.known_hook(&hook.id, &only_new, is_known).await.unwrap();
        let blank = control.create_hook(&acme(), "  ", &asks, "ada", &both).await;
        assert!(matches!(refusal(blank), Refusal::Invalid { .. }));
    });
}

async fn a_call_is_known_for_a_week_whichever_process_answered_it(world: World) {
    let control = world.control();
    let vault = Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let (hook, _) = control.create_hook(&acme(), "push", &Trigger::new("map", ""), "ada", &vault).await.unwrap();
    let other = Control::open(world.address(), control.clock()).await.unwrap();
    assert!(!other.knows_call(&acme(), &hook, "one").await.unwrap());
    let job = control.call_hook(&acme(), &hook, Some("one")).await.unwrap().unwrap();
    assert!(other.knows_call(&acme(), &hook, "one").await.unwrap());
    assert!(!other.knows_call(&acme(), &hook, "two").await.unwrap());
    // Both may have looked before either answered: the later one asks for nothing.
    assert_eq!(other.call_hook(&acme(), &hook, Some("one")).await.unwrap(), None);
    assert_eq!(control.job_steps(&acme(), &job).await.unwrap().len(), 1);
    world.pass(7 * DAY);
    control.forget_old().await.unwrap();
    assert!(other.knows_call(&acme(), &hook, "one").await.unwrap());
    world.pass(1);
    control.forget_old().await.unwrap();
    assert!(!other.knows_call(&acme(), &hook, "one").await.unwrap());
}

/// A hook of a connection to GitHub.
async fn of_github(owner: &Asks<'_>) -> Value {
    let github = serve(history().world).await;
    assert_eq!(owner.put("hub", &connection(&github)).await.0, 200);
    let new = json!({"name": "github", "kind": "land", "subject": "hub"});
    owner.send(Method::POST, "hooks", new, None).await.json().await.unwrap()
}

#[test]
fn a_call_that_is_repeated_at_another_process_or_after_a_restart_does_nothing() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let url = url::Url::from_directory_path(lake.path()).unwrap().to_string();
        let server = Server::over(url.clone()).await;
        let (owner, control) = (owner(&server).await, server.world.control());
        let hook = of_github(&owner).await;
        let (path, secret) = (hook["path"].as_str().unwrap(), hook["secret"].as_str().unwrap());
        let body = "{\"zen\":\"Keep it logically awesome.\"}";
        let call = async |address: &str, number: &str| {
            let request = server.client.post(format!("{address}{path}")).body(body);
            let request = request.header("x-github-event", "ping").header("x-github-delivery", number);
            let answer = request.header("x-hub-signature-256", signed(secret, body)).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        let landed = "SELECT count(*) AS n FROM raw.github WHERE stream = 'webhooks'";
        let other = server.beside(&url).await;
        assert_eq!(call(&server.address, "1").await.0, 202);
        // The job that it asked for is over by the time that the call comes again.
        server.world.pass(6 * SECOND);
        let limits = Limits { tenant: 9, kinds: Vec::new(), known: vec!["land".into()] };
        let running = control.claim("w", &limits).await.unwrap().unwrap();
        control.finish(&running, &Outcome::Done(Vec::new())).await.unwrap();
        let begun_anew = server.beside(&url).await;
        for address in [&server.address, &other, &begun_anew] {
            assert_eq!(call(address, "1").await, (200, json!({"job": null, "known": true})));
        }
        assert_eq!(owner.count(landed).await, 1);
        let queued =
            control.jobs(&acme(), None, Some(JobState::Queued), &Cursor::new(None, None).unwrap()).await.unwrap();
        assert!(queued.items.iter().all(|job| job.kind != "land"), "{:?}", queued.items);
        // What comes at two at once, or twice at one, is answered by one of them.
        for (number, [one, two]) in [("2", [&other, &begun_anew]), ("3", [&other, &other])] {
            let (one, two) = futures::future::join(call(one, number), call(two, number)).await;
            let mut answered = [one.0, two.0];
            answered.sort_unstable();
            assert_eq!(answered, [200, 202], "{one:?} {two:?}");
        }
    });
}

#[test]
fn what_a_call_says_is_looked_at_only_by_who_signed_it() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_directory_path(lake.path()).unwrap().to_string()).await;
        let owner = owner(&server).await;
        let hook = of_github(&owner).await;
        let body = "this is no JSON";
        for (secret, status) in [("guessed", 401_u16), (hook["secret"].as_str().unwrap(), 400)] {
            let request = server.client.post(format!("{}{}", server.address, hook["path"].as_str().unwrap()));
            let request = request.header("x-github-event", "push").header("x-github-delivery", "1").body(body);
            let answer = request.header("x-hub-signature-256", signed(secret, body)).send().await.unwrap();
            assert_eq!(answer.status(), status);
        }
    });
}
