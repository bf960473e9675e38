//! Hooks: whoever knows the secret asks for the job, once for a burst, and can do nothing else.

use crate::rest::{Server, run};
use crate::world::{PASSWORD, SECOND, acme, from, refusal};
use aws_lc_rs::hmac;
use pulse_server::auth::Vault;
use pulse_server::control::{Cursor, JobState, Limits, Outcome, Refusal, Trigger};
use reqwest::Response;
use serde_json::{Value, json};

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
