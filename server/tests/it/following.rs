//! Events over WebSockets and as server-sent events: who follows hears what they may, and nobody else's.

use crate::deliveries::{delivers, parcel};
use crate::events::standing;
use crate::rest::{Server, run};
use crate::world::{DAY, PASSWORD, acme};
use futures::{SinkExt as _, StreamExt as _};
use proptest::prelude::*;
use pulse_engine::TenantId;
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, Begun, Cursor, Limits, NewToken, Outcome, Sees, TenantChange, Trigger, User};
use pulse_server::delivery::{Channel, Ending};
use pulse_server::events::Bounds;
use pulse_server::queries::Manner;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const PATIENCE: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &Server, path: &str, headers: &[(&str, &str)]) -> Result<Self, tungstenite::Error> {
        let mut request = format!("{}{path}", server.address.replace("http", "ws")).into_client_request()?;
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        Ok(Self(tokio_tungstenite::connect_async(request).await?.0))
    }

    /// Follows with a token, and has heard `hello`.
    pub(crate) async fn with(server: &Server, token: &str, path: &str) -> (Self, Value) {
        let mut socket = Self::open(server, path, &[("authorization", &format!("Bearer {token}"))]).await.unwrap();
        let hello = socket.next().await.unwrap();
        assert_eq!(hello["kind"], "hello");
        (socket, hello)
    }

    /// The next message, or why there is none any more.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        // Signs of life are nothing that is heard.
        let next = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                    Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(0),
                }
            }
        };
        timeout(PATIENCE, next).await.expect("nothing is heard")
    }

    async fn is_silent(&mut self) -> bool {
        timeout(SHORT, self.next()).await.is_err()
    }
}

/// A token that sees jobs.
async fn token(server: &Server, tenant: &TenantId, may: &[Permission]) -> String {
    let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
    let permissions = may.iter().copied().collect();
    let new = NewToken { name: "follows".into(), permissions, sees: None, days: 300, service: true };
    server.world.control().create_token(tenant, &by, "shell", new).await.unwrap().1.tell().to_owned()
}

async fn ask(server: &Server, tenant: &TenantId, subject: &str) -> String {
    server.world.control().trigger(tenant, &Trigger::new("map", subject), "test").await.unwrap()
}

fn status(outcome: Result<Socket, tungstenite::Error>) -> u16 {
    match outcome {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    }
}

#[test]
fn a_socket_tells_what_happens_and_goes_on_where_it_was() {
    run(async {
        let server = Server::start().await;
        let token = token(&server, &acme(), &[Permission::JobsRead]).await;
        let (mut socket, hello) = Socket::with(&server, &token, "/api/v1/events").await;
        assert_eq!(hello, json!({"kind": "hello", "id": 0, "missed": false}));
        let id = ask(&server, &acme(), "a").await;
        let event = socket.next().await.unwrap();
        assert_eq!((&event["id"], &event["kind"], &event["subject"]), (&json!(1), &json!("job.queued"), &json!(id)));
        assert_eq!(event["detail"]["reason"], "asked for by test");
        // What a client says is not listened to, but a long message ends it.
        socket.0.send(Message::text("hello?")).await.unwrap();
        socket.0.send(Message::Ping(Vec::new().into())).await.unwrap();
        assert!(socket.is_silent().await);
        socket.0.send(Message::text("x".repeat(5000))).await.unwrap();
        assert_eq!(socket.next().await.unwrap_err(), 0);
        for subject in ["b", "c"] {
            ask(&server, &acme(), subject).await;
        }
        let (mut back, hello) = Socket::with(&server, &token, "/api/v1/events?after=1").await;
        assert_eq!(hello["id"], 1);
        assert_eq!([&back.next().await.unwrap()["id"], &back.next().await.unwrap()["id"]], [2, 3]);
        assert!(back.is_silent().await);
        // A token that is taken away ends it, and one that may less hears less.
        let listed = server.world.control().tokens(&acme(), None, &Cursor::new(None, None).unwrap()).await.unwrap();
        let known = listed.items.into_iter().find(|token| token.name == "follows").unwrap();
        server.world.control().revoke_token(&acme(), None, &known.id).await.unwrap();
        server.world.access.changed();
        assert_eq!(back.next().await.unwrap_err(), 4401);
        server.world.pass(8 * DAY);
        server.world.control().forget_old().await.unwrap();
        let token = crate::following::token(&server, &acme(), &[Permission::JobsRead]).await;
        let (mut late, hello) = Socket::with(&server, &token, "/api/v1/events?after=1").await;
        assert_eq!(hello, json!({"kind": "hello", "id": 3, "missed": true}));
        server.events.end();
        assert_eq!(late.next().await.unwrap_err(), 1001);
    });
}

#[test]
fn who_is_not_known_or_comes_from_elsewhere_is_not_let_in() {
    run(async {
        let server = Server::start().await;
        assert_eq!(status(Socket::open(&server, "/api/v1/events", &[]).await), 401);
        let made_up = [("authorization", "Bearer pulse_made-up")];
        assert_eq!(status(Socket::open(&server, "/api/v1/events", &made_up).await), 401);
        let good = [("authorization", format!("Bearer {}", server.acme))];
        let good = [(good[0].0, good[0].1.as_str())];
        assert_eq!(status(Socket::open(&server, "/api/v1/events?after=x", &good).await), 400);
        assert_eq!(status(Socket::open(&server, "/api/v1/events?after=-1", &good).await), 400);
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "tenant": "acme", "cookies": true});
        let own = format!("{}/api/v1/auth/sign-in", server.address);
        let granted = server.client.post(&own).header("origin", &server.address).json(&body).send().await.unwrap();
        let cookie = crate::door::cookies(&granted);
        let from = |origin: &str| vec![("cookie", cookie.clone()), ("origin", origin.to_owned())];
        for (origin, expected) in [("https://evil.example", 403), ("null", 403), (server.address.as_str(), 101)] {
            let headers = from(origin);
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(status(Socket::open(&server, "/api/v1/events", &headers).await), expected, "{origin}");
        }
        assert_eq!(status(Socket::open(&server, "/api/v1/events", &[("cookie", &cookie)]).await), 403, "says nothing");
        // Whoever is signed out hears why, and nothing after that.
        let headers = from(&server.address);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut socket = Socket::open(&server, "/api/v1/events", &headers).await.unwrap();
        assert_eq!(socket.next().await.unwrap()["kind"], "hello");
        server.world.control().end_sessions_in(&acme(), &server.world.ada.id, "ended by an admin").await.unwrap();
        server.world.access.changed();
        let event = socket.next().await.unwrap();
        assert_eq!(
            (&event["kind"], &event["detail"]["reason"]),
            (&json!("session.ended"), &json!("ended by an admin"))
        );
        assert_eq!(socket.next().await.unwrap_err(), 4401);
    });
}

#[test]
fn server_sent_events_say_the_same() {
    run(async {
        let server = Server::start().await;
        let token = token(&server, &acme(), &[Permission::JobsRead]).await;
        for subject in ["a", "b"] {
            ask(&server, &acme(), subject).await;
        }
        let url = format!("{}/api/v1/events", server.address);
        let request = server.client.get(&url).bearer_auth(&token).header("last-event-id", "1");
        let mut response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut text = String::new();
        let mut read_to = async |end: &str| {
            while !text.contains(end) {
                let chunk = timeout(PATIENCE, response.chunk()).await.expect("nothing is heard").unwrap();
                text.push_str(std::str::from_utf8(&chunk.expect("it ended")).unwrap());
            }
            text.clone()
        };
        let first = read_to("\"subject\"").await;
        assert!(
            first.starts_with("event: hello\nid: 1\ndata: {") && first.contains("event: job.queued\nid: 2\n"),
            "{first}"
        );
        ask(&server, &acme(), "c").await;
        read_to("id: 3\n").await;
        server.events.end();
        let all = read_to("event: over").await;
        assert_eq!(all.matches("event: job.queued").count(), 2, "{all}");
        // A browser that comes back asks with the same address, and the last id that it saw.
        let request = server.client.get(format!("{url}?after=0")).bearer_auth(&token).header("last-event-id", "2");
        let mut again = request.send().await.unwrap();
        let first = timeout(PATIENCE, again.chunk()).await.unwrap().unwrap().unwrap();
        assert!(first.starts_with(b"event: hello\nid: 2\n"), "{first:?}");
        let bad = server.client.get(&url).bearer_auth(&token).header("last-event-id", "x").send().await.unwrap();
        assert_eq!(bad.status(), 400);
    });
}

#[test]
fn a_thousand_sockets_hear_of_it_and_a_slow_one_among_them_is_let_go() {
    run(async {
        const MANY: usize = 1_000;
        const EVENTS: usize = 60;
        let server = Server::start().await;
        let slow = token(&server, &acme(), &[Permission::JobsRead]).await;
        let _slow = deaf(&server, &slow).await;
        let mut sockets = Vec::new();
        for _ in 0..MANY / 50 {
            let token = token(&server, &acme(), &[Permission::JobsRead]).await;
            for _ in 0..50 {
                sockets.push(Socket::with(&server, &token, "/api/v1/events").await.0);
            }
            let header = [("authorization", format!("Bearer {token}"))];
            let header = [(header[0].0, header[0].1.as_str())];
            assert_eq!(status(Socket::open(&server, "/api/v1/events", &header).await), 429, "so many, and no more");
        }
        let hears = sockets.into_iter().map(|mut socket| {
            tokio::spawn(async move {
                let mut ids = Vec::new();
                while ids.len() < EVENTS {
                    ids.push(socket.next().await.unwrap()["id"].as_u64().unwrap());
                }
                (socket, ids)
            })
        });
        let hears: Vec<_> = hears.collect();
        assert_eq!(server.events.followers(&acme()), MANY + 1);
        // Together more than the slow one's connection takes in.
        let long = "x".repeat(100_000);
        for n in 0..EVENTS {
            ask(&server, &acme(), &format!("{n}{long}")).await;
        }
        let mut sockets = Vec::new();
        for one in hears {
            let (socket, ids) = one.await.unwrap();
            assert_eq!(ids, (1..=EVENTS as u64).collect::<Vec<_>>());
            sockets.push(socket);
        }
        let start = Instant::now();
        while server.events.followers(&acme()) != MANY {
            assert!(start.elapsed() < PATIENCE, "{} follow", server.events.followers(&acme()));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}

/// A socket that takes in little, and whose owner reads nothing of it.
async fn deaf(server: &Server, token: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = server.address.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[test]
fn who_reads_nothing_holds_up_nobody_and_is_let_go() {
    run(async {
        let server = Server::start().await;
        let token = token(&server, &acme(), &[Permission::JobsRead]).await;
        let (mut quick, _) = Socket::with(&server, &token, "/api/v1/events").await;
        let deaf = deaf(&server, &token).await;
        let wait = async |n: usize| {
            let start = Instant::now();
            while server.events.followers(&acme()) != n {
                assert!(start.elapsed() < PATIENCE, "{} follow", server.events.followers(&acme()));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        wait(2).await;
        // Far more than fits between them.
        let long = "x".repeat(100_000);
        for n in 1..=80 {
            ask(&server, &acme(), &format!("{n}{long}")).await;
            assert_eq!(quick.next().await.unwrap()["id"], n);
        }
        wait(1).await;
        drop(deaf);
    });
}

#[test]
fn signs_of_life_are_sent_and_who_gives_none_is_let_go() {
    run(async {
        // No pause of a busy machine is taken for silence, and who reads does so for longer than silence is borne.
        let bounds = Bounds { beats: Duration::from_millis(100), silent: Duration::from_secs(4), ..Bounds::default() };
        let server = Server::bounded("memory://".to_owned(), Manner::default(), bounds).await;
        let token = token(&server, &acme(), &[Permission::JobsRead]).await;
        let (Socket(mut stream), _) = Socket::with(&server, &token, "/api/v1/events").await;
        // Who reads answers, too; the library sees to that.
        let reads = tokio::spawn(async move {
            let mut pings = 0;
            while let Ok(Some(Ok(said))) = timeout(PATIENCE, stream.next()).await {
                pings += usize::from(matches!(said, Message::Ping(_)));
                if pings == 60 {
                    return (pings, Some(stream));
                }
            }
            (pings, None)
        });
        let deaf = deaf(&server, &token).await;
        let request = server.client.get(format!("{}/api/v1/events", server.address)).bearer_auth(&token);
        let mut told = request.send().await.unwrap();
        let mut said = String::new();
        while !said.contains(": alive") {
            let part = timeout(PATIENCE, told.chunk()).await.expect("no sign of life").unwrap().unwrap();
            said.push_str(std::str::from_utf8(&part).unwrap());
        }
        drop(told);
        let (pings, stream) = reads.await.unwrap();
        assert_eq!((pings, stream.is_some()), (60, true), "who answers is not let go");
        let start = Instant::now();
        while server.events.followers(&acme()) > 1 {
            assert!(start.elapsed() < PATIENCE, "{} follow", server.events.followers(&acme()));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(server.events.followers(&acme()), 1, "the silent one is gone, the other is there");
        drop((deaf, stream));
    });
}

#[test]
fn who_says_a_lot_is_signed_out_all_the_same() {
    run(async {
        let server = Server::start().await;
        let token = token(&server, &acme(), &[Permission::JobsRead]).await;
        let (Socket(stream), _) = Socket::with(&server, &token, "/api/v1/events").await;
        let (mut says, mut hears) = stream.split();
        let flood = tokio::spawn(async move {
            while says.send(Message::text("!")).await.is_ok() {
                tokio::task::yield_now().await;
            }
        });
        let listed = server.world.control().tokens(&acme(), None, &Cursor::new(None, None).unwrap()).await.unwrap();
        let known = listed.items.into_iter().find(|token| token.name == "follows").unwrap();
        server.world.control().revoke_token(&acme(), None, &known.id).await.unwrap();
        server.world.access.changed();
        let closed = async {
            loop {
                match hears.next().await {
                    Some(Ok(Message::Close(frame))) => return frame.map(|frame| u16::from(frame.code)),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return None,
                }
            }
        };
        assert_eq!(timeout(PATIENCE, closed).await.expect("it goes on"), Some(4401));
        flood.abort();
    });
}

/// Something that happens in one of the tenants.
#[derive(Clone, Debug)]
enum Act {
    /// A job of a tenant is asked for.
    Asks(usize),
    /// A job of a tenant fails for good.
    Dies(usize),
    /// A person signs in to a tenant, and is signed out there.
    SignedOut(usize, usize),
    /// A person reads all that is kept for them in a tenant.
    Reads(usize, usize),
    /// Something is delivered to a person, in a tenant.
    Delivers(usize, usize),
    /// A project of a tenant stands otherwise.
    Stands(usize),
    /// A tenant is renamed.
    Renamed(usize),
}

/// Who hears of something that happens in their tenant.
#[derive(Clone, Copy, Debug)]
enum Hears {
    Everybody,
    /// Those who may see jobs.
    OfJobs,
    /// The same, where they see all teams and projects.
    OfAllJobs,
    /// Those who may see figures, of all teams and projects.
    OfAllFigures,
    /// One person, signed in.
    Alone(usize),
}

/// Who follows.
struct Follower {
    tenant: usize,
    person: Option<usize>,
    may: Authority,
    socket: Socket,
}

impl Follower {
    fn hears(&self, tenant: usize, of: Hears) -> bool {
        let may = |permission| self.may.permissions.contains(&permission);
        tenant == self.tenant
            && match of {
                Hears::Everybody => true,
                Hears::OfJobs => may(Permission::JobsRead),
                Hears::OfAllJobs => may(Permission::JobsRead) && self.may.sees == Sees::Everything,
                Hears::OfAllFigures => may(Permission::MetricsRead) && self.may.sees == Sees::Everything,
                Hears::Alone(person) => self.person == Some(person),
            }
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (tenant, person) = (|| 0..2_usize, || 0..3_usize);
    let act = prop_oneof![
        tenant().prop_map(Act::Asks),
        tenant().prop_map(Act::Dies),
        (tenant(), person()).prop_map(|(tenant, person)| Act::SignedOut(tenant, person)),
        (tenant(), person()).prop_map(|(tenant, person)| Act::Reads(tenant, person)),
        (tenant(), person()).prop_map(|(tenant, person)| Act::Delivers(tenant, person)),
        tenant().prop_map(Act::Stands),
        tenant().prop_map(Act::Renamed),
    ];
    prop::collection::vec(act, 5..30)
}

/// Whatever happens, in whatever order: who follows hears what is their tenant's, theirs, and theirs to know.
async fn nobody_hears_of_a_foreign_event(acts: Vec<Act>) {
    let server = Server::start().await;
    let control = server.world.control();
    let tenants = [acme(), TenantId::new("umbrella").unwrap()];
    // Four people who belong to both tenants: one sees jobs, one figures alone, and two the same of a team alone.
    let mut people = Vec::new();
    let all = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
    let team = Sees::Only { teams: ["a".to_owned()].into(), projects: [].into() };
    for (email, role, sees) in [
        ("keeper@example.com", "operator", Sees::Everything),
        ("viewer@example.com", "viewer", Sees::Everything),
        ("lead@example.com", "viewer", team.clone()),
        ("shift@example.com", "operator", team),
    ] {
        let mut user = None;
        for tenant in &tenants {
            let link = control.invite(tenant, &all, email, vec![role.to_owned()], sees.clone()).await.unwrap();
            user = Some(control.accept(link.tell(), "", "Somebody", PASSWORD, "").await.unwrap());
        }
        people.push((user.unwrap(), email));
    }
    let may = async |t: usize, p: usize| {
        let (user, _): &(User, &str) = &people[p];
        let member = control.member(&tenants[t], &user.id).await.unwrap().unwrap();
        Authority { permissions: member.permissions, sees: member.sees }
    };
    let begun = [control.events_kept(&tenants[0]).await.unwrap().1, control.events_kept(&tenants[1]).await.unwrap().1];
    // Each of them follows each tenant by a session of their own, which stays; and so do services that see jobs, or figures.
    let mut followers = Vec::new();
    for (t, tenant) in tenants.iter().enumerate() {
        for (p, (_, email)) in people.iter().enumerate() {
            let visitor = crate::world::from();
            let grant = server.world.access.sign_in(email, PASSWORD, Some(tenant.as_str()), &visitor).await.unwrap();
            let after = format!("/api/v1/events?after={}", begun[t]);
            let (socket, _) = Socket::with(&server, &grant.token, &after).await;
            followers.push(Follower { tenant: t, person: Some(p), may: may(t, p).await, socket });
        }
        for permission in [Permission::JobsRead, Permission::MetricsRead] {
            let token = token(&server, tenant, &[permission]).await;
            let (socket, _) = Socket::with(&server, &token, "/api/v1/events").await;
            let may = Authority { permissions: [permission].into(), sees: Sees::Everything };
            followers.push(Follower { tenant: t, person: None, may, socket });
        }
    }
    let maps = Limits { tenant: 100, kinds: Vec::new(), known: vec!["map".to_owned()] };
    let mut happened: Vec<(usize, &str, Hears)> = Vec::new();
    for (n, act) in acts.into_iter().enumerate() {
        match act {
            Act::Asks(t) => {
                control.trigger(&tenants[t], &Trigger::new("land", &n.to_string()), "test").await.unwrap();
                happened.push((t, "job.queued", Hears::OfJobs));
            }
            Act::Dies(t) => {
                control.trigger(&tenants[t], &Trigger::new("map", &n.to_string()), "test").await.unwrap();
                let job = control.claim("w", &maps).await.unwrap().unwrap();
                control.finish(&job, &Outcome::Hopeless("no".into())).await.unwrap();
                happened.extend(["job.queued", "job.running", "job.dead"].map(|kind| (t, kind, Hears::OfJobs)));
            }
            Act::SignedOut(t, p) => {
                let (user, _) = &people[p];
                let visitor = crate::world::from();
                let (session, _) = control.begin_session(&user.id, Some(&tenants[t]), None, &visitor).await.unwrap();
                control.end_session(&user.id, &session.id, Some(&tenants[t]), "test").await.unwrap();
                happened.push((t, "session.ended", Hears::Alone(p)));
            }
            Act::Reads(t, p) => {
                let read = control.read_notifications(&tenants[t], (&people[p].0.id, &may(t, p).await), None).await;
                if read.unwrap() > 0 {
                    happened.push((t, "notification.read", Hears::Alone(p)));
                }
            }
            Act::Delivers(t, p) => {
                let to = Channel::Notification(people[p].0.id.clone());
                control.deliver(&tenants[t], &parcel(&n.to_string()), &[to], "test").await.unwrap();
                let job = control.claim("w", &delivers()).await.unwrap().unwrap();
                let Begun::Send(sending) = control.begin_delivery(&job).await.unwrap() else { panic!("it is new") };
                let took = Duration::from_millis(1);
                let outcome =
                    control.end_delivery(&job, &sending, &Ending::Delivered(String::new()), took).await.unwrap();
                control.finish(&job, &outcome).await.unwrap();
                let jobs = |kind| (t, kind, Hears::OfJobs);
                happened.extend(["job.queued", "job.running"].map(jobs));
                happened.extend(["delivery.sending", "delivery.delivered"].map(|kind| (t, kind, Hears::OfAllJobs)));
                happened.push((t, "message.received", Hears::Alone(p)));
                happened.push(jobs("job.succeeded"));
            }
            Act::Stands(t) => {
                let status = if n % 2 == 0 { "at_risk" } else { "off_track" };
                let risk = standing(&format!("p{n}"), status);
                assert_eq!(control.tell_risks(&tenants[t], &[risk]).await.unwrap(), 1);
                happened.push((t, "risk.changed", Hears::OfAllFigures));
            }
            Act::Renamed(t) => {
                let version = control.tenant(&tenants[t]).await.unwrap().unwrap().version;
                let change = TenantChange { name: Some(format!("Name {n}")), ..TenantChange::default() };
                control.change_tenant(&tenants[t], version, change).await.unwrap();
                happened.push((t, "tenant.changed", Hears::Everybody));
            }
        }
    }
    for mut follower in followers {
        let theirs = happened.iter().filter(|(t, _, of)| follower.hears(*t, *of));
        let expected: Vec<&str> = theirs.map(|(_, kind, _)| *kind).collect();
        let mut heard = Vec::new();
        while heard.len() < expected.len() {
            let Ok(next) = timeout(PATIENCE / 2, follower.socket.next()).await else {
                panic!(
                    "tenant {}, person {:?}: {expected:?} should be heard, and {heard:?} was",
                    follower.tenant, follower.person
                )
            };
            heard.push(next.unwrap()["kind"].as_str().unwrap().to_owned());
        }
        assert_eq!(heard, expected, "tenant {}, person {:?}", follower.tenant, follower.person);
        assert!(follower.socket.is_silent().await, "tenant {}, person {:?}", follower.tenant, follower.person);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_foreign_event_never_arrives(acts in acts()) {
        run(nobody_hears_of_a_foreign_event(acts));
    }
}
