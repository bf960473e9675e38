//! What is handed over, on the way: to webhooks and chats, by a mail server that is not ours, and into the tenant's storage.

use crate::deliveries::{delivers, parcel};
use crate::readers::python;
use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, SECOND, acme, from};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use parking_lot::Mutex;
use pulse_connectors::net::{Posting, Reach};
use pulse_server::control::*;
use pulse_server::delivery::{Attachment, Channel, Content, Delivers, DeliveryState, Mail, Parcel, Patience};
use pulse_server::jobs::{AtWork, Work as _};
use pulse_server::secret::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Calls that an endpoint got, and what it answers: the last answer again and again.
#[derive(Clone, Default)]
pub(crate) struct Endpoint {
    pub(crate) calls: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answers: Arc<Vec<(u16, Option<u64>)>>,
    pub(crate) url: String,
}

impl Endpoint {
    /// One that answers with these: a status, and for how many seconds it asks to wait; with 0 it does not answer at all.
    pub(crate) async fn start(answers: &[(u16, Option<u64>)]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?token=s3cret", listener.local_addr().unwrap());
        let endpoint = Self { answers: Arc::new(answers.to_vec()), url, ..Self::default() };
        let router = Router::new().fallback(answered).with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        endpoint
    }

    fn header(&self, call: usize, name: &str) -> String {
        self.calls.lock()[call].0[name].to_str().unwrap().to_owned()
    }
}

async fn answered(State(endpoint): State<Endpoint>, headers: HeaderMap, body: Bytes) -> Response {
    let n = {
        let mut calls = endpoint.calls.lock();
        calls.push((headers, body));
        calls.len() - 1
    };
    let (status, wait) = endpoint.answers[n.min(endpoint.answers.len() - 1)];
    if status == 0 {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(status).unwrap();
    match wait {
        Some(seconds) => (status, [("retry-after", seconds.to_string())], "later").into_response(),
        None => (status, "so be it").into_response(),
    }
}

/// HMAC by its definition, RFC 2104: not by the library that signs.
fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    assert!(key.len() <= 64, "a longer key would be hashed first");
    let pad = |with: u8| (0..64).map(|n| key.get(n).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn work(server: &Server, mail: Option<Mail>) -> Delivers {
    Delivers {
        control: server.world.control().clone(),
        vault: server.world.access.signer.vault().clone(),
        engine: server.engine.clone(),
        posting: Posting::new(Reach::Anywhere, Duration::from_secs(2)).unwrap(),
        mail,
    }
}

/// Does the next job that is due; what came of it.
pub(crate) async fn next(server: &Server, work: &Delivers) -> Option<Outcome> {
    let control = server.world.control();
    let job = control.claim("w", &delivers()).await.unwrap()?;
    let outcome = work.run(&job, &AtWork::new(control.clone())).await;
    assert!(control.finish(&job, &outcome).await.unwrap());
    Some(outcome)
}

pub(crate) async fn asked(server: &Server, method: Method, path: &str, body: Value) -> reqwest::Response {
    let ada = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token;
    let request = server.client.request(method, format!("{}{path}", server.address)).bearer_auth(&ada);
    request.json(&body).send().await.unwrap()
}

async fn delivery(server: &Server, id: &str) -> (Delivery, Vec<Attempt>) {
    server.world.control().delivery(&acme(), id).await.unwrap().unwrap()
}

#[test]
fn a_webhook_that_times_out_and_fails_gets_it_with_one_key_and_a_signature_that_holds() {
    run(async {
        let (server, endpoint) = (Server::start().await, Endpoint::start(&[(0, None), (500, None), (200, None)]).await);
        let (secret, work) = ("plinth-otter-sundial", work(&server, None));
        let set = json!({"kind": "webhook", "url": endpoint.url, "secret": secret});
        let made = asked(&server, Method::PUT, "/api/v1/destinations/ops", set).await;
        assert_eq!(made.status(), 200);
        let made = made.text().await.unwrap();
        assert!(!made.contains("s3cret") && !made.contains(secret), "{made}");
        let tried = asked(&server, Method::POST, "/api/v1/destinations/ops/test", json!({})).await;
        assert_eq!(tried.status(), 202);
        let id = tried.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
        assert!(matches!(next(&server, &work).await, Some(Outcome::Wait(wait, _)) if wait == Duration::from_secs(30)));
        assert!(next(&server, &work).await.is_none(), "not before it is due");
        server.world.pass(30 * SECOND);
        assert!(matches!(next(&server, &work).await, Some(Outcome::Wait(wait, _)) if wait == Duration::from_secs(120)));
        server.world.pass(120 * SECOND);
        assert!(matches!(next(&server, &work).await, Some(Outcome::Done(_))));
        let (delivery, attempts) = delivery(&server, &id).await;
        let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
        assert_eq!((delivery.state, outcomes), (DeliveryState::Delivered, vec!["unknown", "again", "delivered"]));
        assert!(attempts.iter().all(|attempt| !attempt.said.contains("s3cret")), "{attempts:?}");
        for call in 0..3 {
            assert_eq!(endpoint.header(call, "idempotency-key"), id);
            let signature = endpoint.header(call, "pulse-signature");
            let (at, digits) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
            let body = endpoint.calls.lock()[call].1.clone();
            let message = [at.as_bytes(), b".", &body].concat();
            assert_eq!(digits, hmac_sha256(secret.as_bytes(), &message));
        }
        let body: Value = serde_json::from_slice(&endpoint.calls.lock()[2].1).unwrap();
        assert_eq!((&body["id"], body["subject"].as_str().unwrap().contains("`ops`")), (&json!(id), true));
        let trail = format!("{:?}", server.world.control().number_events(&acme()).await.unwrap());
        assert!(trail.contains("PUT /api/v1/destinations/{name}") && !trail.contains("s3cret"), "{trail}");
        let listed: Value =
            asked(&server, Method::GET, "/api/v1/deliveries?state=delivered", json!(null)).await.json().await.unwrap();
        assert_eq!(listed["items"][0]["channel"], json!({"destination": "ops"}));
    });
}

#[test]
fn an_endpoint_that_asks_to_wait_is_heard_and_one_that_is_gone_is_not_asked_again() {
    run(async {
        let (server, busy) =
            (Server::start().await, Endpoint::start(&[(429, Some(9)), (503, Some(11)), (204, None)]).await);
        let (gone, work) = (Endpoint::start(&[(410, None)]).await, work(&server, None));
        for (name, endpoint, kind) in [("busy", &busy, "slack"), ("gone", &gone, "teams")] {
            let set = json!({"kind": kind, "url": endpoint.url});
            assert_eq!(asked(&server, Method::PUT, &format!("/api/v1/destinations/{name}"), set).await.status(), 200);
        }
        let to = ["busy", "gone"].map(|name| Channel::Destination(name.into()));
        let ids = server.world.control().deliver(&acme(), &parcel("k"), &to, "test").await.unwrap();
        let mut outcomes = [next(&server, &work).await.unwrap(), next(&server, &work).await.unwrap()];
        outcomes.sort_by_key(|outcome| format!("{outcome:?}"));
        assert!(matches!(&outcomes[0], Outcome::Hopeless(why) if why.contains("410")), "{outcomes:?}");
        assert!(matches!(outcomes[1], Outcome::Wait(wait, _) if wait == Duration::from_secs(9)));
        server.world.pass(9 * SECOND);
        assert!(matches!(next(&server, &work).await, Some(Outcome::Wait(wait, _)) if wait == Duration::from_secs(11)));
        server.world.pass(11 * SECOND);
        next(&server, &work).await.unwrap();
        assert_eq!(delivery(&server, &ids[0]).await.0.state, DeliveryState::Delivered);
        assert_eq!(delivery(&server, &ids[1]).await.0.state, DeliveryState::Dead);
        assert_eq!((busy.calls.lock().len(), gone.calls.lock().len()), (3, 1));
        let card: Value = serde_json::from_slice(&gone.calls.lock()[0].1).unwrap();
        assert_eq!(card["attachments"][0]["content"]["type"], "AdaptiveCard");
        let blocks: Value = serde_json::from_slice(&busy.calls.lock()[0].1).unwrap();
        assert_eq!(blocks["blocks"][0]["text"]["text"], "About k");
        // Who does not see everything is told nothing of it, by changing it neither.
        let nothing = Sees::Only { teams: Default::default(), projects: Default::default() };
        server.world.join("lead@example.com", &["operator"], nothing).await;
        let theirs = server.world.access.sign_in("lead@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        for wish in ["retry", "cancel"] {
            let address = format!("{}/api/v1/deliveries/{}/{wish}", server.address, ids[1]);
            let refused = server.client.post(address).bearer_auth(&theirs.token).json(&json!({})).send().await.unwrap();
            problem(refused, 403, "not-allowed").await;
        }
        // Retried by a person, over REST.
        let retried = asked(&server, Method::POST, &format!("/api/v1/deliveries/{}/retry", ids[1]), json!({})).await;
        assert_eq!(retried.status(), 202);
        let over = asked(&server, Method::POST, &format!("/api/v1/deliveries/{}/retry", ids[0]), json!({})).await;
        problem(over, 409, "delivery-state").await;
    });
}

#[test]
fn whoever_leads_elsewhere_is_not_followed_there() {
    run(async {
        let (server, elsewhere) = (Server::start().await, Endpoint::start(&[(200, None)]).await);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (url, place) = (format!("http://{}/hook", listener.local_addr().unwrap()), elsewhere.url.clone());
        let router = Router::new().fallback(move || {
            let place = place.clone();
            async move { (StatusCode::TEMPORARY_REDIRECT, [("location", place)]) }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        let set = json!({"kind": "webhook", "url": url, "secret": "plinth-otter-sundial"});
        assert_eq!(asked(&server, Method::PUT, "/api/v1/destinations/ops", set).await.status(), 200);
        let to = [Channel::Destination("ops".into())];
        server.world.control().deliver(&acme(), &parcel("k"), &to, "test").await.unwrap();
        let outcome = next(&server, &work(&server, None)).await.unwrap();
        assert!(matches!(&outcome, Outcome::Hopeless(why) if why.contains("307")), "{outcome:?}");
        assert!(elsewhere.calls.lock().is_empty());
    });
}

#[test]
fn a_chat_that_refuses_a_picture_gets_the_message_without_it() {
    run(async {
        let (server, chat) = (Server::start().await, Endpoint::start(&[(400, None), (200, None)]).await);
        let (hook, work) = (Endpoint::start(&[(400, None)]).await, work(&server, None));
        let sets = [
            ("chat", json!({"kind": "slack", "url": chat.url})),
            ("hook", json!({"kind": "webhook", "url": hook.url, "secret": "plinth-otter-sundial"})),
        ];
        for (name, set) in sets {
            assert_eq!(asked(&server, Method::PUT, &format!("/api/v1/destinations/{name}"), set).await.status(), 200);
        }
        let shows = Parcel { picture_link: Some("https://pulse.example.com/p".into()), ..parcel("k") };
        let to = ["chat", "hook"].map(|name| Channel::Destination(name.into()));
        let ids = server.world.control().deliver(&acme(), &shows, &to, "test").await.unwrap();
        for _ in &ids {
            next(&server, &work).await.unwrap();
        }
        let (told, tries) = delivery(&server, &ids[0]).await;
        assert_eq!((told.state, tries.len()), (DeliveryState::Delivered, 1));
        assert!(tries[0].said.contains("without its picture"), "{tries:?}");
        let calls = chat.calls.lock().clone();
        let shown: Vec<bool> =
            calls.iter().map(|(_, body)| String::from_utf8_lossy(body).contains("pulse.example.com/p")).collect();
        assert_eq!(shown, [true, false]);
        // A program that refuses a call has refused it.
        assert_eq!(delivery(&server, &ids[1]).await.0.state, DeliveryState::Dead);
        assert_eq!(hook.calls.lock().len(), 1);
    });
}

#[test]
fn destinations_are_for_those_who_run_the_tenant_and_lead_where_the_operator_allows() {
    run(async {
        let server = Server::start().await;
        problem(server.get("/api/v1/destinations").await, 403, "not-allowed").await;
        problem(server.get("/api/v1/deliveries").await, 403, "not-allowed").await;
        let put = async |body: Value| asked(&server, Method::PUT, "/api/v1/destinations/ops", body).await;
        for (body, status, code) in [
            (json!({"kind": "slack", "url": "ftp://example.com/x"}), 422, "invalid-value"),
            (json!({"kind": "slack", "url": "nowhere"}), 422, "invalid-value"),
            (json!({"kind": "slack"}), 422, "invalid-value"),
            (json!({"kind": "pager", "url": "https://example.com"}), 400, "invalid-request"),
        ] {
            problem(put(body).await, status, code).await;
        }
        let unknown = asked(&server, Method::POST, "/api/v1/destinations/none/test", json!({})).await;
        problem(unknown, 404, "not-found").await;
    });
}

#[test]
fn files_go_into_the_tenants_own_storage() {
    run(async {
        let server = Server::over("memory://".to_owned()).await;
        let lake = server.engine.tenant(&acme()).lake().clone();
        lake.put_file("made/report.pdf", Bytes::from_static(b"%PDF")).await.unwrap();
        let content = Content::File("made/report.pdf".into());
        let file = Attachment { name: "report.pdf".into(), media_type: "application/pdf".into(), content };
        let parcel = Parcel { attachments: vec![file], ..parcel("r") };
        let to = [Channel::Store("out/{date}/{name}".into()), Channel::Store("x/{name}".into())];
        server.world.control().deliver(&acme(), &parcel, &to, "test").await.unwrap();
        let work = work(&server, None);
        while next(&server, &work).await.is_some() {}
        assert_eq!(lake.file("out/2026-04-02/report.pdf", 9).await.unwrap().unwrap(), "%PDF");
        assert_eq!(lake.file("x/report.pdf", 9).await.unwrap().unwrap(), "%PDF");
        // A file that is not there any more is delivered to nobody.
        let content = Content::File("made/other.pdf".into());
        let file = Attachment { name: "o".into(), media_type: "x/y".into(), content };
        let lost = Parcel { key: "o".into(), attachments: vec![file], ..parcel };
        server.world.control().deliver(&acme(), &lost, &to[..1], "test").await.unwrap();
        assert!(matches!(next(&server, &work).await, Some(Outcome::Hopeless(why)) if why.contains("no file for `o`")));
    });
}

/// A mail server that is a process of its own, and the letters that it was handed.
pub(crate) struct MailServer {
    child: Child,
    port: u64,
    letters: Arc<Mutex<Vec<Value>>>,
}

impl MailServer {
    /// `None` where its program is not there; `make test` sees to it.
    pub(crate) fn start() -> Option<Self> {
        Self::speaking(&[])
    }

    /// The same, over TLS where its arguments say so.
    pub(crate) fn speaking(arguments: &[&str]) -> Option<Self> {
        let Some(python) = python() else {
            assert!(std::env::var_os("CI").is_none(), "`make test` sets PULSE_PYTHON");
            return None;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/smtp.py");
        let mut command = Command::new(python);
        let mut child =
            command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let letters: Arc<Mutex<Vec<Value>>> = Arc::default();
        let told = letters.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                told.lock().push(serde_json::from_str(&line).unwrap());
            }
        });
        Some(Self { child, port: first["port"].as_u64().unwrap(), letters })
    }

    /// Everything that it was handed.
    pub(crate) fn letters(&self) -> Vec<Value> {
        self.letters.lock().clone()
    }

    pub(crate) fn to(&self, address: &str) -> Vec<String> {
        let letters = self.letters.lock();
        let theirs = letters.iter().filter(|letter| letter["to"] == address);
        theirs.map(|letter| letter["text"].as_str().unwrap().to_owned()).collect()
    }

    /// The same, once there are so many: the server takes a letter before it tells of it.
    pub(crate) async fn told_of(&self, address: &str, many: usize) -> Vec<String> {
        for _ in 0..600 {
            if self.to(address).len() >= many {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.to(address)
    }

    pub(crate) fn mail(&self, tls: &str) -> Mail {
        Self::way(&self.address(tls), None)
    }

    /// As ada, with a password: over TLS from the first byte on (`smtps`), or from STARTTLS on (`smtp`).
    pub(crate) fn secured(&self, scheme: &str, password: &str) -> Mail {
        let password: Secret = serde_json::from_value(json!(password)).unwrap();
        Self::way(&format!("{scheme}://ada@127.0.0.1:{}", self.port), Some(password))
    }

    fn way(address: &str, password: Option<Secret>) -> Mail {
        // No pause of a busy machine is taken for a server that says nothing.
        let patience = Patience { command: Duration::from_secs(5), letter: Duration::from_secs(5) };
        Mail::new(address, password, "Pulse <pulse@example.com>").unwrap().with_patience(patience)
    }

    pub(crate) fn address(&self, tls: &str) -> String {
        format!("smtp://127.0.0.1:{}{tls}", self.port)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(crate) fn message_id(letter: &str) -> String {
    letter.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
}

#[test]
fn a_mail_server_refuses_delays_and_forgets_and_nobody_gets_a_letter_twice() {
    run(async {
        let Some(mails) = tokio::task::spawn_blocking(MailServer::start).await.unwrap() else { return };
        let server = Server::over("memory://".to_owned()).await;
        let work = work(&server, Some(mails.mail("?tls=none")));
        // What each comes to at the first try and, half a minute later, at the second.
        for (name, first, second, letters) in [
            ("ada", "delivered", "", 1),
            ("refuse", "never", "", 0),
            ("full", "never", "", 1),
            ("grey", "again", "delivered", 1),
            ("slow", "unknown", "", 1),
            ("drop", "unknown", "", 1),
        ] {
            let address = format!("{name}@example.com");
            let to = [Channel::Mail(address.clone())];
            let id = server.world.control().deliver(&acme(), &parcel("k"), &to, "test").await.unwrap().remove(0);
            next(&server, &work).await.unwrap();
            server.world.pass(30 * SECOND);
            let again = next(&server, &work).await;
            assert_eq!(again.is_some(), !second.is_empty(), "{name}: {again:?}");
            server.world.pass(crate::world::DAY);
            assert!(next(&server, &work).await.is_none(), "{name}");
            let (delivery, attempts) = delivery(&server, &id).await;
            let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
            let expected: Vec<&str> = [first, second].into_iter().filter(|outcome| !outcome.is_empty()).collect();
            assert_eq!(outcomes, expected, "{name}: {attempts:?}");
            let done = expected.last() == Some(&"delivered");
            let state = if done { DeliveryState::Delivered } else { DeliveryState::Dead };
            assert_eq!(delivery.state, state, "{name}: {delivery:?}");
            let got = mails.told_of(&address, letters).await;
            assert_eq!(got.len(), letters, "{name}");
            if first == "unknown" {
                // It is said, with what the letter can be looked for by.
                let (said, id) = (&delivery.reason, message_id(&got[0]));
                let id = id.trim_start_matches("Message-ID:").trim();
                assert!(said.contains("may have arrived") && said.contains(id), "{name}: {said} lacks {id}");
            }
        }
        let letter = mails.to("ada@example.com").remove(0);
        assert!(letter.contains("Subject: About k") && letter.contains("It is so."), "{letter}");
        assert_ne!(message_id(&letter), message_id(&mails.to("grey@example.com")[0]));
    });
}

#[test]
fn nothing_is_sent_in_the_clear_to_a_server_that_has_no_tls_and_nothing_where_there_is_none() {
    run(async {
        let Some(mails) = tokio::task::spawn_blocking(MailServer::start).await.unwrap() else { return };
        let server = Server::over("memory://".to_owned()).await;
        let to = [Channel::Mail("ada@example.com".into())];
        let ids = server.world.control().deliver(&acme(), &parcel("k"), &to, "test").await.unwrap();
        let outcome = next(&server, &work(&server, Some(mails.mail("")))).await.unwrap();
        assert!(matches!(&outcome, Outcome::Wait(_, why) if why.contains("STARTTLS")), "{outcome:?}");
        assert_eq!(mails.to("ada@example.com").len(), 0);
        server.world.pass(30 * SECOND);
        let outcome = next(&server, &work(&server, None)).await.unwrap();
        assert!(matches!(&outcome, Outcome::Hopeless(why) if why.contains("--smtp-url")), "{outcome:?}");
        assert_eq!(delivery(&server, &ids[0]).await.0.state, DeliveryState::Dead);
    });
}
