//! Queries in mode `async`: begun, followed, fetched page by page, and gone in time.

use crate::queries::{LONG, golden, header, state};
use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, SECOND, acme, from};
use pulse_server::control::{MemberChange, Sees};
use pulse_server::queries::{Manner, PAGE_ROWS};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// Rows of two pages and a part.
const PAGES: &str = "SELECT x, CAST(x AS DECIMAL(20, 4)) / 3 AS d, CASE WHEN x % 2 = 0 THEN NULL ELSE 'odd' END AS t
    FROM generate_series(1, 25000) AS s(x) ORDER BY x";

impl Server {
    /// Begins a query that nobody waits for; its address.
    pub(crate) async fn begins(&self, token: &str, sql: &str) -> String {
        let begun = self.sql(token, "/api/v1/sql", json!({"sql": sql, "mode": "async"})).await;
        assert_eq!(begun.status(), 202);
        let at = header(&begun, "location").to_owned();
        let handle: Value = begun.json().await.unwrap();
        assert_eq!(at, format!("/api/v1/queries/{}", handle["id"].as_str().unwrap()));
        at
    }

    /// What a query is, once it is over.
    pub(crate) async fn ended(&self, token: &str, at: &str) -> Value {
        for _ in 0..1_500 {
            let now: Value = self.call(Method::GET, token, at).await.json().await.unwrap();
            let is_told = !now["result"].is_null() || !now["problem"].is_null();
            if !now["ended_at"].is_null() && is_told {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it is not over: {}", self.call(Method::GET, token, at).await.text().await.unwrap());
    }

    async fn fetches(&self, token: &str, at: &str, more: &str) -> Response {
        self.call(Method::GET, token, &format!("{at}/result{more}")).await
    }
}

#[test]
fn a_result_is_fetched_page_by_page_or_whole_and_is_what_waiting_would_have_given() {
    run(async {
        let server = golden(Manner::default()).await;
        let at = server.begins(&server.acme, PAGES).await;
        let over = server.ended(&server.acme, &at).await;
        assert_eq!((state(&over), &over["rows"]), ("finished", &json!(25_000)));
        let result = &over["result"];
        assert_eq!((&result["pages"], &result["rows"]), (&json!(3), &json!(25_000)));
        assert_eq!(result["url"], format!("{at}/result"));
        let waited = server.asks(&server.acme, PAGES).await.text().await.unwrap();
        let whole = server.fetches(&server.acme, &at, "").await;
        assert_eq!((header(&whole, "pulse-pages"), whole.headers().get("link")), ("3", None));
        assert_eq!(whole.text().await.unwrap(), waited);
        // Page by page, each says where the next is.
        let (mut next, mut rows, mut sizes) = (Some(format!("{at}/result?page=1")), Vec::new(), Vec::new());
        while let Some(page) = next {
            let page = server.call(Method::GET, &server.acme, &page).await;
            let link = page.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
            next = link.map(|link| link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned());
            let page: Vec<Value> = page.json().await.unwrap();
            sizes.push(page.len());
            rows.extend(page);
        }
        assert_eq!(sizes, [PAGE_ROWS, PAGE_ROWS, 5_000]);
        assert_eq!(rows, serde_json::from_str::<Vec<Value>>(&waited).unwrap());
        // In any format.
        let csv = server.client.get(format!("{}{at}/result?page=3", server.address)).bearer_auth(&server.acme);
        let csv = csv.header("accept", "text/csv").send().await.unwrap().text().await.unwrap();
        assert!(csv.starts_with("x,d,t\n20001,6667.0000") && csv.lines().count() == 5_001, "{}", &csv[..40]);
        let columns: Value = server.fetches(&server.acme, &at, "?page=3&shape=columns").await.json().await.unwrap();
        assert_eq!(columns["columns"][0], json!({"name": "x", "type": "Int64"}));
        for wrong in ["?page=0", "?page=4"] {
            problem(server.fetches(&server.acme, &at, wrong).await, 404, "not-found").await;
        }
        problem(server.fetches(&server.acme, &at, "?pages=1").await, 400, "invalid-request").await;
        // None are a page, too.
        let none = server.begins(&server.acme, "SELECT 1 AS n WHERE FALSE").await;
        assert_eq!(server.ended(&server.acme, &none).await["result"]["pages"], 1);
        assert_eq!(server.fetches(&server.acme, &none, "?page=1").await.text().await.unwrap(), "[]\n");
    });
}

#[test]
fn what_runs_is_told_apart_from_what_failed_was_stopped_or_was_waited_for() {
    run(async {
        let server = golden(Manner::default()).await;
        let at = server.begins(&server.acme, LONG).await;
        let early = server.fetches(&server.acme, &at, "").await;
        assert_eq!(header(&early, "retry-after"), "1");
        problem(early, 409, "running").await;
        assert_eq!(server.call(Method::DELETE, &server.acme, &at).await.status(), 204);
        let over = server.ended(&server.acme, &at).await;
        assert_eq!((state(&over), &over["problem"]["code"]), ("stopped", &json!("stopped")));
        problem(server.fetches(&server.acme, &at, "").await, 409, "stopped").await;

        let wrong = server.begins(&server.acme, "SELECT\n  nonsense FROM facts.changes").await;
        let over = server.ended(&server.acme, &wrong).await;
        assert_eq!((state(&over), &over["problem"]["line"], &over["result"]), ("failed", &json!(2), &json!(null)));
        let told = problem(server.fetches(&server.acme, &wrong, "").await, 400, "invalid-question").await;
        assert_eq!((&told["line"], &told["column"]), (&json!(2), &json!(3)));

        let waited = server.asks(&server.acme, "SELECT 1").await;
        let waited = format!("/api/v1/queries/{}", header(&waited, "pulse-query"));
        problem(server.fetches(&server.acme, &waited, "").await, 404, "not-found").await;
        let shown: Value = server.call(Method::GET, &server.acme, &waited).await.json().await.unwrap();
        assert_eq!((&shown["door"], &shown["result"], &shown["problem"]), (&json!("sql"), &json!(null), &json!(null)));
        problem(server.call(Method::GET, &server.acme, "/api/v1/queries/query_x").await, 404, "not-found").await;
    });
}

#[test]
fn a_result_goes_when_its_time_is_over_or_it_is_removed_and_its_room_is_free() {
    run(async {
        let server = golden(Manner::default()).await;
        let (kept, removed) =
            (server.begins(&server.acme, "SELECT 1 AS n").await, server.begins(&server.acme, "SELECT 2 AS n").await);
        for at in [&kept, &removed] {
            server.ended(&server.acme, at).await;
        }
        assert_eq!(server.call(Method::DELETE, &server.acme, &removed).await.status(), 204);
        let told = problem(server.fetches(&server.acme, &removed, "").await, 410, "result-gone").await;
        assert!(told["detail"].as_str().unwrap().contains("removed"));
        problem(server.call(Method::DELETE, &server.acme, &removed).await, 404, "not-found").await;
        server.world.pass(3_599 * SECOND);
        assert_eq!(server.fetches(&server.acme, &kept, "").await.text().await.unwrap(), "[{\"n\":1}]\n");
        server.world.pass(SECOND);
        problem(server.fetches(&server.acme, &kept, "").await, 410, "result-gone").await;
        let shown: Value = server.call(Method::GET, &server.acme, &kept).await.json().await.unwrap();
        assert_eq!((state(&shown), &shown["problem"]["code"]), ("finished", &json!("result-gone")));
    });
}

#[test]
fn a_result_is_whoever_asked_and_for_what_they_may_see() {
    run(async {
        let server = golden(Manner::default()).await;
        let (control, by) = (server.world.control(), server.world.owner().await);
        let bob = server.world.join("bob@example.com", &["analyst"], Sees::Everything).await;
        let enter = async || {
            server.world.access.sign_in("bob@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token
        };
        let token = enter().await;
        let at = server.begins(&token, "SELECT id FROM facts.deployments").await;
        server.ended(&token, &at).await;
        assert_eq!(server.fetches(&token, &at, "").await.status(), 200);
        let owner = server.owner().await;
        for other in [&owner, &server.acme, &server.umbrella] {
            problem(server.fetches(other, &at, "").await, 404, "not-found").await;
        }
        // Who reads the trail sees that there was one, and none of its rows.
        let shown: Value = server.call(Method::GET, &owner, &at).await.json().await.unwrap();
        assert_eq!((state(&shown), &shown["result"]), ("finished", &json!(null)));
        problem(server.call(Method::GET, &server.acme, &at).await, 404, "not-found").await;
        problem(server.call(Method::DELETE, &server.acme, &at).await, 404, "not-found").await;

        // Bob sees less from now on: what he asked when he saw more is none of his any more.
        let fewer = Sees::Only { teams: ["t".into()].into(), projects: [].into() };
        let change = MemberChange { sees: Some(fewer), ..MemberChange::default() };
        control.change_member(&acme(), &by, &bob.id, 1, change).await.unwrap();
        server.world.access.changed();
        let told = problem(server.fetches(&token, &at, "").await, 410, "result-gone").await;
        assert!(told["detail"].as_str().unwrap().contains("what you may see has changed"), "{told}");
        let shown: Value = server.call(Method::GET, &token, &at).await.json().await.unwrap();
        assert_eq!(shown["result"], json!(null), "{shown}");
        let change = MemberChange { roles: Some(vec!["viewer".into()]), ..MemberChange::default() };
        control.change_member(&acme(), &by, &bob.id, 2, change).await.unwrap();
        server.world.access.changed();
        problem(server.fetches(&token, &at, "").await, 403, "not-allowed").await;
    });
}

#[test]
fn results_take_no_more_room_than_they_may_and_queries_aside_leave_places_to_those_that_are_waited_for() {
    run(async {
        let manner = Manner { places: 2, of_a_tenant: 2, result_bytes: 1 << 20, ..Manner::default() };
        let server = golden(manner).await;
        // 200,000 integers are 1.6 MB.
        let large = server.begins(&server.acme, "SELECT x FROM generate_series(1, 200000) AS s(x)").await;
        let over = server.ended(&server.acme, &large).await;
        assert_eq!((state(&over), &over["problem"]["code"]), ("failed", &json!("too-many-results")));
        let small = server.begins(&server.acme, "SELECT x FROM generate_series(1, 100000) AS s(x)").await;
        assert_eq!(state(&server.ended(&server.acme, &small).await), "finished", "the other's room is free");

        // Of two places, one is for those that nobody waits for.
        let first = server.begins(&server.acme, LONG).await;
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "running")).await;
        let second = server.begins(&server.acme, LONG).await;
        let listed = server.until(&server.acme, |queries| queries.iter().any(|query| query["position"] == 1)).await;
        let waiting = listed.iter().find(|query| query["position"] == 1).unwrap();
        assert_eq!(
            (state(waiting), format!("/api/v1/queries/{}", waiting["id"].as_str().unwrap())),
            ("queued", second.clone())
        );
        assert_eq!(server.asks(&server.acme, "SELECT 3 AS n").await.json::<Value>().await.unwrap(), json!([{"n": 3}]));
        for at in [first, second] {
            assert_eq!(server.call(Method::DELETE, &server.acme, &at).await.status(), 204);
            assert_eq!(state(&server.ended(&server.acme, &at).await), "stopped");
        }
    });
}

#[test]
fn a_query_aside_ends_at_its_own_time_limit() {
    run(async {
        let server = golden(Manner { aside_seconds: 1, ..Manner::default() }).await;
        let at = server.begins(&server.acme, LONG).await;
        let over = server.ended(&server.acme, &at).await;
        assert_eq!((state(&over), &over["problem"]["code"]), ("timed-out", &json!("timed-out")));
        problem(server.fetches(&server.acme, &at, "").await, 504, "timed-out").await;
    });
}

#[test]
fn of_a_tenant_that_is_erased_nothing_goes_on_is_kept_or_is_listed() {
    run(async {
        let server = golden(Manner::default()).await;
        let asks = async || {
            let answer = server.asks(&server.acme, "SELECT count(*) AS n FROM facts.deployments").await;
            let found = header(&answer, "pulse-cache").to_owned();
            answer.bytes().await.unwrap();
            found
        };
        assert_eq!([asks().await, asks().await], ["miss", "hit"]);
        let runs = server.asks_aside(&server.acme, LONG);
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "running")).await;
        server.app.queries.forget(Some(&acme()));
        problem(runs.await.unwrap(), 409, "stopped").await;
        assert_eq!(asks().await, "miss");
        server.until(&server.acme, |queries| queries.is_empty()).await;
    });
}
