//! A tenant that asks for too much, beside another that is answered all the same. How much slower the other is, and how soon the processor
//! rests, `benches/src/bin/doors/hogs.rs` measures.

use crate::queries::{LONG, MANY, golden, header, state};
use crate::rest::{Server, problem, run};
use crate::world::acme;
use pulse_engine::lake::Options;
use pulse_engine::session::Limits;
use pulse_engine::{Engine, TenantId};
use pulse_server::events::Bounds;
use pulse_server::queries::Manner;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// The memory that all queries share, in bytes.
const BUDGET: usize = 64 << 20;

/// A server with two places, of which a tenant has one, for queries of so much memory each. Nothing is kept, so all is computed.
async fn server(share: usize) -> (Server, tempfile::TempDir) {
    let lake = tempfile::tempdir().unwrap();
    let url: String = url::Url::from_file_path(lake.path()).unwrap().into();
    let engine = Engine::open_with(&url, Options { memory_bytes: BUDGET, ..Options::default() }).await.unwrap();
    let limits = Limits { memory_bytes: share, seconds: 600, ..Limits::default() };
    // Longer than any of the tests takes.
    let unread = Duration::from_secs(600);
    let manner = Manner { places: 2, of_a_tenant: 1, queue: 2, cache_bytes: 0, limits, unread, ..Manner::default() };
    let server = Server::around(engine, manner, Bounds::default()).await;
    server.lands(&acme(), "ours").await;
    server.lands(&TenantId::new("umbrella").unwrap(), "theirs").await;
    (server, lake)
}

impl Server {
    /// The other tenant is answered, and no more memory is held than there is.
    async fn goes_on(&self) {
        for _ in 0..3 {
            let answer = self.asks(&self.umbrella, "SELECT name, count(*) AS n FROM core.projects GROUP BY name").await;
            assert_eq!(answer.json::<Value>().await.unwrap(), json!([{"name": "theirs", "n": 1}]));
            let (held, most) = self.engine.lake().memory();
            assert!(held <= most && most == BUDGET, "{held} of {most} bytes are held");
        }
    }

    /// Waits until queries hold as much memory as they should.
    async fn holds(&self, fits: impl Fn(usize) -> bool) {
        for _ in 0..1_000 {
            if fits(self.engine.lake().memory().0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?} bytes are held", self.engine.lake().memory());
    }

    /// Waits until nothing computes any more.
    async fn rests(&self) {
        self.holds(|bytes| bytes == 0).await;
    }
}

#[test]
fn what_cannot_end_is_not_begun_and_what_needs_too_much_goes_to_the_disk_or_is_refused() {
    run(async {
        let share = 8 << 20;
        let (server, _lake) = server(share).await;
        let is_finished = |query: &Value| state(query) == "finished";
        for (endless, why) in [
            ("SELECT count(*) FROM core.projects a CROSS JOIN core.projects b", "a join without an equality"),
            (
                "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
                "a recursive WITH is refused",
            ),
            ("SELECT count(*) FROM generate_series(1, 10000000000)", "at most 1000000 values"),
        ] {
            let told = problem(server.asks(&server.acme, endless).await, 400, "invalid-question").await;
            assert!(told["detail"].as_str().unwrap().contains(why), "{told}");
        }
        // A thousand million values, of which a median needs all.
        let everything = "SELECT median(x * 7919 % 1000003) FROM generate_series(1, 1000000) AS a(x) CROSS JOIN generate_series(1, 1000) AS b(y)";
        let asked = server.asks_aside(&server.acme, everything);
        server.goes_on().await;
        let told = problem(asked.await.unwrap(), 400, "invalid-question").await;
        assert!(told["detail"].as_str().unwrap().contains("more memory than its share"), "{told}");
        // A million rows of 24 bytes.
        let sorted = "SELECT CAST(max(n) AS BIGINT) AS n FROM (SELECT row_number() OVER (ORDER BY value * 7919 % 1000003) AS n, value, \
                      value + 1 AS next FROM generate_series(1, 1000000)) WHERE next > value";
        let asked = server.asks_aside(&server.acme, sorted);
        server.goes_on().await;
        assert_eq!(asked.await.unwrap().json::<Value>().await.unwrap(), json!([{"n": 1_000_000}]));
        let listed = server.until(&server.acme, |queries| queries.iter().any(is_finished)).await;
        let peak = listed.iter().find(|query| is_finished(query)).unwrap()["memory_bytes"].as_i64().unwrap();
        let peak = usize::try_from(peak).unwrap();
        assert!((1..=share).contains(&peak), "{peak} of {share} bytes");
        server.rests().await;
    });
}

#[test]
fn whoever_asks_without_end_waits_in_their_own_queue_and_what_is_stopped_holds_nothing() {
    run(async {
        let (server, _lake) = server(BUDGET / 2).await;
        let mut asked = vec![server.asks_aside(&server.acme, LONG)];
        let is_running = |queries: &[Value]| queries.iter().any(|query| state(query) == "running");
        server.until(&server.acme, is_running).await;
        server.holds(|bytes| bytes > 0).await;
        for place in 1..=2 {
            asked.push(server.asks_aside(&server.acme, LONG));
            server.until(&server.acme, |queries| queries.iter().any(|query| query["position"] == place)).await;
        }
        for _ in 0..10 {
            problem(server.asks(&server.acme, LONG).await, 429, "too-many-queries").await;
        }
        server.goes_on().await;
        let is_open = |query: &&Value| query["ended_at"].is_null();
        let listed = server.queries(&server.acme).await;
        let mut states: Vec<&str> = listed.iter().filter(is_open).map(state).collect();
        states.sort_unstable();
        assert_eq!(states, ["queued", "queued", "running"], "all of it goes on: {listed:?}");
        for query in listed.iter().filter(is_open) {
            let path = format!("/api/v1/queries/{}", query["id"].as_str().unwrap());
            assert_eq!(server.call(Method::DELETE, &server.acme, &path).await.status(), 204);
        }
        for answer in asked {
            problem(answer.await.unwrap(), 409, "stopped").await;
        }
        server.rests().await;
        server.goes_on().await;
    });
}

#[test]
fn whoever_does_not_read_or_only_connects_keeps_nobody_else_waiting() {
    run(async {
        let (server, _lake) = server(BUDGET / 2).await;
        let mut connected = Vec::new();
        for _ in 0..100 {
            let mut stream = TcpStream::connect(server.address.trim_start_matches("http://")).await.unwrap();
            stream.write_all(b"POST /api/v1/sql HTTP/1.1\r\nHost: pulse\r\n").await.unwrap();
            connected.push(stream);
        }
        let unread = server.asks(&server.acme, MANY).await;
        let waits = server.asks_aside(&server.acme, "SELECT 1 AS n");
        server.until(&server.acme, |queries| queries.iter().any(|query| query["position"] == 1)).await;
        server.goes_on().await;
        let path = format!("/api/v1/queries/{}", header(&unread, "pulse-query"));
        let now: Value = server.call(Method::GET, &server.acme, &path).await.json().await.unwrap();
        assert_eq!(state(&now), "running", "{now}");
        assert_eq!(server.call(Method::DELETE, &server.acme, &path).await.status(), 204);
        assert_eq!(waits.await.unwrap().json::<Value>().await.unwrap(), json!([{"n": 1}]), "the turn came back");
        assert!(unread.bytes().await.is_err(), "what was cut off looked whole");
        server.rests().await;
        drop(connected);
    });
}

#[test]
fn an_answer_that_nobody_reads_on_in_is_ended_for_whoever_waits_and_while_it_is_read_it_is_not() {
    run(async {
        let unread = Duration::from_secs(2);
        let server = golden(Manner { places: 2, of_a_tenant: 1, cache_bytes: 0, unread, ..Manner::default() }).await;
        let first = server.asks(&server.acme, MANY).await;
        // Nobody waits for its turn.
        tokio::time::sleep(2 * unread).await;
        let path = format!("/api/v1/queries/{}", header(&first, "pulse-query"));
        let now: Value = server.call(Method::GET, &server.acme, &path).await.json().await.unwrap();
        assert_eq!(state(&now), "running", "{now}");
        let one = json!([{"n": 1}]);
        assert_eq!(server.asks(&server.acme, "SELECT 1 AS n").await.json::<Value>().await.unwrap(), one);
        let now: Value = server.call(Method::GET, &server.acme, &path).await.json().await.unwrap();
        assert_eq!(state(&now), "stopped", "though its client has not heard of it: {now}");
        assert!(first.bytes().await.is_err(), "what was cut off looked whole");
        let is_over = |query: &Value| state(query) == "stopped" && !query["ended_at"].is_null();
        server.until(&server.acme, |queries| queries.iter().any(is_over)).await;
        // Whoever reads on has all of it, and the other waits.
        let second = server.asks(&server.acme, MANY).await;
        let waits = server.asks_aside(&server.acme, "SELECT 1 AS n");
        assert!(second.bytes().await.unwrap().ends_with(b"}]\n"), "what is read was cut off");
        assert_eq!(waits.await.unwrap().json::<Value>().await.unwrap(), one);
        // Where two tenants have all places, one of them makes room for a third.
        let [umbrella, third] = ["umbrella", "third"].map(|id| TenantId::new(id).unwrap());
        server.world.control().create_tenant(&third, "Third", "UTC").await.unwrap();
        server.lands(&umbrella, "theirs").await;
        server.lands(&third, "the third's").await;
        let third = server.world.token(&third).await;
        let both = [server.asks(&server.acme, MANY).await, server.asks(&server.umbrella, MANY).await];
        assert_eq!(server.asks(&third, "SELECT 1 AS n").await.json::<Value>().await.unwrap(), one);
        let mut ended = 0;
        for answer in both {
            ended += usize::from(answer.bytes().await.is_err());
        }
        assert_eq!(ended, 1, "one had to go, and no more than one");
    });
}
