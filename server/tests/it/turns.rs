//! Pages and figures in the line of their tenant's queries: they wait, are listed and are stopped there, and what is kept needs no turn.

use crate::flight::{Door, query, told};
use crate::queries::{LONG, golden, header, state};
use crate::rest::{Server, problem, run};
use crate::world::acme;
use arrow_flight::sql::{ActionCreatePreparedStatementRequest, CommandGetTables, ProstMessageExt as _};
use futures::FutureExt as _;
use prost::Message as _;
use pulse_engine::{Policy, TenantId};
use pulse_server::Error;
use pulse_server::audit::{Asked, Event};
use pulse_server::auth::Permission;
use pulse_server::control::{MemberChange, Sees};
use pulse_server::queries::{Line, Manner, Page};
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::future::pending;
use tonic::Code;

const DORA: &str = "/api/v1/dashboards/dora?from=2026-03-01&until=2026-04-01&grain=month";

impl Server {
    fn gets_aside(&self, path: &str) -> tokio::task::JoinHandle<Response> {
        let request = self.client.get(format!("{}{path}", self.address)).bearer_auth(&self.acme);
        tokio::spawn(request.send().map(Result::unwrap))
    }

    async fn stops(&self, token: &str, query: &Value) {
        let path = format!("/api/v1/queries/{}", query["id"].as_str().unwrap());
        assert_eq!(self.call(Method::DELETE, token, &path).await.status(), StatusCode::NO_CONTENT);
    }

    /// Lets something run that has the tenant's only turn.
    async fn is_busy(&self) -> (tokio::task::JoinHandle<Response>, Value) {
        let runs = self.asks_aside(&self.acme, LONG);
        let is_running = |query: &&Value| query["door"] == "sql" && state(query) == "running";
        let listed = self.until(&self.acme, |queries| queries.iter().any(|query| is_running(&query))).await;
        let running = listed.iter().find(is_running).unwrap().clone();
        (runs, running)
    }
}

fn waits(queries: &[Value]) -> bool {
    queries.iter().any(|query| query["position"] == 1)
}

#[test]
fn a_page_waits_for_its_turn_among_queries_is_listed_by_its_address_and_can_be_stopped() {
    run(async {
        let server = golden(Manner { places: 2, of_a_tenant: 1, queue: 1, ..Manner::default() }).await;
        let (runs, running) = server.is_busy().await;
        let page = server.gets_aside(DORA);
        let listed = server.until(&server.acme, waits).await;
        let waiting = listed.iter().find(|query| query["door"] == "page").unwrap();
        assert_eq!((state(waiting), &waiting["statement"]), ("queued", &json!(format!("GET {DORA}"))));
        // The queue has room for one.
        for path in [
            "/api/v1/dashboards/flow",
            "/api/v1/metrics/change_lead_time",
            "/api/v1/summary?page=dora",
            "/api/v1/flow/ageing",
            "/api/v1/flow/cumulative",
            "/api/v1/risks",
            "/api/v1/forecasts",
        ] {
            let refused = server.get(path).await;
            assert!(header(&refused, "retry-after").parse::<u64>().unwrap() >= 1, "{path}");
            let told = problem(refused, 429, "too-many-queries").await;
            assert!(told["detail"].as_str().unwrap().contains("yours would be number 2"), "{path}: {told}");
        }
        // Another tenant has a line of its own.
        let other = server.call(Method::GET, &server.umbrella, "/api/v1/dashboards/overview").await;
        assert_eq!(other.status(), StatusCode::OK);
        server.stops(&server.acme, waiting).await;
        problem(page.await.unwrap(), 409, "stopped").await;
        // Its place is free, and whoever has it gets their turn.
        let page = server.gets_aside(DORA);
        server.until(&server.acme, waits).await;
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
        assert_eq!(page.await.unwrap().status(), StatusCode::OK);
        let of_pages = |queries: &[Value], end: &str| {
            queries.iter().filter(|query| query["door"] == "page" && state(query) == end).count()
        };
        let is_told = |queries: &[Value]| (of_pages(queries, "finished"), of_pages(queries, "stopped")) == (1, 1);
        let listed = server.until(&server.acme, is_told).await;
        let made = listed.iter().find(|query| query["door"] == "page" && state(query) == "finished").unwrap();
        assert_eq!(made["cached"], false, "{made}");
    });
}

#[test]
fn a_page_that_is_kept_takes_no_turn_whether_it_is_answered_again_or_not() {
    run(async {
        let server = golden(Manner { places: 1, of_a_tenant: 1, queue: 0, ..Manner::default() }).await;
        let first = server.get(DORA).await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[ETAG].clone();
        let first: Value = first.json().await.unwrap();
        let (runs, running) = server.is_busy().await;
        problem(server.get("/api/v1/metrics/change_lead_time").await, 429, "too-many-queries").await;
        assert_eq!(server.get(DORA).await.json::<Value>().await.unwrap(), first);
        let again = server.client.get(format!("{}{DORA}", server.address)).bearer_auth(&server.acme);
        let again = again.header(IF_NONE_MATCH, tag).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let pages = |queries: &[Value]| {
            let ends = queries.iter().filter(|query| query["door"] == "page").map(|query| state(query).to_owned());
            let mut ends: Vec<String> = ends.collect();
            ends.sort_unstable();
            ends
        };
        // One was made, one was refused; what was kept is not in the list when it is over.
        let listed = server.until(&server.acme, |queries| pages(queries) == ["failed", "finished"]).await;
        assert_eq!(listed.len(), 3, "{listed:?}");
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
    });
}

#[test]
fn what_is_kept_for_somebody_under_a_row_policy_is_given_to_no_other_under_the_same_one() {
    run(async {
        let server = golden(Manner { places: 1, of_a_tenant: 1, queue: 0, ..Manner::default() }).await;
        let may = [Permission::SqlRun, Permission::MetricsRead];
        let (first, second) = (server.limited_that_may(&may).await, server.limited_that_may(&may).await);
        // Rows and a page. What is kept needs no turn; while there is none, what has to be computed is refused.
        let ask = async |token: &str| {
            let rows = server.asks(token, "SELECT count(*) AS n FROM facts.deployments").await;
            let status = rows.status().as_u16();
            rows.bytes().await.unwrap();
            [status, server.call(Method::GET, token, DORA).await.status().as_u16()]
        };
        assert_eq!(ask(&first).await, [200, 200]);
        let (runs, running) = server.is_busy().await;
        assert_eq!(ask(&first).await, [200, 200], "what they asked themselves is kept for them");
        assert_eq!(ask(&second).await, [429, 429], "what another asked who sees the same is not");
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
        assert_eq!(ask(&second).await, [200, 200]);
        let (runs, running) = server.is_busy().await;
        assert_eq!(ask(&second).await, [200, 200]);
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
    });
}

#[test]
fn what_is_no_query_and_asks_the_engine_waits_in_the_line_of_its_tenant_too() {
    run(async {
        let door = Door::of(golden(Manner { places: 2, of_a_tenant: 1, queue: 0, ..Manner::default() }).await).await;
        let (server, mut client) = (&door.server, door.acme().await);
        let owner = server.owner().await;
        let (runs, running) = server.is_busy().await;
        for path in [
            "/api/v1/catalog",
            "/api/v1/catalog/facts/changes",
            "/api/v1/audit",
            "/api/v1/mapping",
            // What rows of evidence are to be of, and whether the lake can tell what it held then.
            "/api/v1/metrics/change_lead_time/evidence?repository=nowhere",
            "/api/v1/metrics/change_lead_time?as_of=2001-01-01T00:00:00Z",
            "/api/v1/metrics/change_lead_time/evidence?as_of=2001-01-01T00:00:00Z",
            "/api/v1/dashboards/dora?as_of=2001-01-01T00:00:00Z",
        ] {
            let refused = server.call(Method::GET, &owner, path).await;
            // Nobody stands in a queue that has no room.
            assert_eq!(header(&refused, "retry-after"), "1", "{path}");
            let told = problem(refused, 429, "too-many-queries").await;
            assert!(told["detail"].as_str().unwrap().contains("yours would be number 1"), "{path}: {told}");
        }
        let with_schemas = CommandGetTables { include_schema: true, ..Default::default() };
        let prepare = ActionCreatePreparedStatementRequest { query: "SELECT 1 AS n".into(), transaction_id: None };
        let prepare = prepare.as_any().encode_to_vec();
        for (code, why, _) in [
            told(client.info(&query("SELECT 1 AS n")).await),
            told(client.act("CreatePreparedStatement", prepare.clone()).await),
            told(client.ask(&with_schemas).await),
        ] {
            assert_eq!((code, why.as_str()), (Code::ResourceExhausted, "too-many-queries"));
        }
        assert!(client.ask(&CommandGetTables::default()).await.is_ok(), "names alone take no plan");
        let umbrella = TenantId::new("umbrella").unwrap();
        server.lands(&umbrella, "theirs").await;
        let other = server.call(Method::GET, &server.umbrella, "/api/v1/catalog").await;
        assert_eq!(other.status(), StatusCode::OK, "another tenant has a line of its own");
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
        for path in ["/api/v1/catalog", "/api/v1/mapping"] {
            assert_eq!(server.call(Method::GET, &owner, path).await.status(), StatusCode::OK, "{path}");
        }
        client.act("CreatePreparedStatement", prepare).await.unwrap();
        assert!(client.ask(&with_schemas).await.is_ok());
    });
}

#[test]
fn what_is_planned_for_flight_sql_is_listed_and_stopped_like_a_query_and_leaves_nothing_there() {
    run(async {
        let door = Door::of(golden(Manner { places: 2, of_a_tenant: 1, queue: 1, ..Manner::default() }).await).await;
        let (server, mut client) = (&door.server, door.acme().await);
        let (runs, running) = server.is_busy().await;
        for (what, shown) in [("columns", "SELECT 1 AS n"), ("parameters", "SELECT 1 AS n"), ("tables", "GetTables")] {
            let mut asks = client.clone();
            let looks = tokio::spawn(async move {
                let prepare =
                    ActionCreatePreparedStatementRequest { query: "SELECT 1 AS n".into(), transaction_id: None };
                match what {
                    "columns" => asks.info(&query("SELECT 1 AS n")).await.map(drop),
                    "parameters" => {
                        asks.act("CreatePreparedStatement", prepare.as_any().encode_to_vec()).await.map(drop)
                    }
                    _ => {
                        let tables = CommandGetTables { include_schema: true, ..Default::default() };
                        asks.ask(&tables).await.map(drop)
                    }
                }
            });
            let listed = server.until(&server.acme, waits).await;
            let waiting = listed.iter().find(|query| query["door"] == "flight").unwrap();
            assert_eq!((state(waiting), &waiting["statement"]), ("queued", &json!(shown)));
            assert!(server.queries(&server.umbrella).await.is_empty());
            server.stops(&server.acme, waiting).await;
            let (code, why, _) = told(looks.await.unwrap());
            assert_eq!((code, why.as_str()), (Code::Cancelled, "stopped"));
        }
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
        // What came of it the client was told: it is no query that was.
        client.info(&query("SELECT 1 AS n")).await.unwrap();
        assert!(server.queries(&server.acme).await.iter().all(|query| query["door"] != "flight"));
    });
}

#[test]
fn what_is_no_query_and_asks_the_engine_is_listed_by_its_address_and_stopped_and_leaves_nothing_there() {
    run(async {
        let server = golden(Manner { places: 2, of_a_tenant: 1, queue: 1, ..Manner::default() }).await;
        let owner = server.owner().await;
        let (runs, running) = server.is_busy().await;
        let rule = json!({"title": "Changes", "condition": {"sql": {"sql": "SELECT id AS key FROM facts.changes"}}});
        for (method, path) in [
            (Method::GET, "/api/v1/catalog"),
            (Method::GET, "/api/v1/catalog/facts/changes"),
            (Method::GET, "/api/v1/audit?limit=1"),
            (Method::GET, "/api/v1/mapping"),
            (Method::GET, "/api/v1/dashboards/dora?as_of=2001-01-01T00:00:00Z"),
            (Method::PUT, "/api/v1/alert-rules/all"),
        ] {
            let request = server.client.request(method.clone(), format!("{}{path}", server.address));
            let request = request.bearer_auth(&owner);
            let request = if method == Method::PUT { request.json(&rule) } else { request };
            let asks = tokio::spawn(request.send().map(Result::unwrap));
            let listed = server.until(&owner, waits).await;
            let waiting = listed.iter().find(|query| query["position"] == 1).unwrap();
            let shown = format!("{method} {path}");
            assert_eq!((&waiting["door"], &waiting["statement"]), (&json!("page"), &json!(shown)));
            assert!(server.queries(&server.umbrella).await.is_empty(), "another tenant sees none of it");
            server.stops(&owner, waiting).await;
            problem(asks.await.unwrap(), 409, "stopped").await;
        }
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
        assert_eq!(server.call(Method::GET, &owner, "/api/v1/catalog").await.status(), StatusCode::OK);
        let listed = server.queries(&owner).await;
        assert!(listed.iter().all(|query| query["door"] != "page"), "{listed:?}");
    });
}

#[test]
fn a_page_that_runs_is_listed_and_whoever_stops_it_frees_its_turn() {
    run(async {
        let server = golden(Manner { places: 1, of_a_tenant: 1, ..Manner::default() }).await;
        let owner = server.owner().await;
        let event = Event { action: "GET /endless".to_owned(), ..Event::default() };
        let asked = Asked::new(server.world.control().clone(), vec![acme()], event);
        let (asker, address) = ("somebody".to_owned(), "GET /endless".to_owned());
        let known_by = server.world.ada.id.clone();
        let page = Page { tenant: acme(), asker, known_by, address, seen: Policy::everything() };
        let queries = server.app.queries.clone();
        let makes = tokio::spawn(async move {
            let endless = |line: Line| async move {
                let _turn = line.turn().await?;
                pending::<Result<(), Error>>().await
            };
            queries.page(page, asked, endless).await
        });
        let is_running = |queries: &[Value]| queries.iter().any(|query| state(query) == "running");
        let listed = server.until(&owner, is_running).await;
        assert_eq!((&listed[0]["door"], &listed[0]["statement"]), (&json!("page"), &json!("GET /endless")));
        assert!(server.queries(&server.acme).await.is_empty(), "it is somebody's, and nobody else's");
        let waiting = server.asks_aside(&server.acme, "SELECT 1 AS n");
        server.until(&server.acme, waits).await;
        server.stops(&owner, &listed[0]).await;
        assert!(matches!(makes.await.unwrap(), Err(Error::Stopped)));
        assert_eq!(waiting.await.unwrap().json::<Value>().await.unwrap(), json!([{"n": 1}]));
    });
}

#[test]
fn a_page_ends_when_whoever_asked_loses_rows_that_it_shows() {
    run(async {
        let server = golden(Manner::default()).await;
        let (queries, control) = (server.app.queries.clone(), server.world.control().clone());
        let (asked_there, tells) = (queries.clone(), control.clone());
        tokio::spawn(async move { asked_there.tell(&tells).await });
        let (owner, by) = (server.owner().await, server.world.owner().await);
        let grace = server.world.join("grace@example.com", &["analyst"], Sees::Everything).await;
        let event = Event { action: "GET /endless".to_owned(), ..Event::default() };
        let asked = Asked::new(control.clone(), vec![acme()], event);
        let page = Page {
            tenant: acme(),
            asker: grace.id.clone(),
            known_by: grace.id.clone(),
            address: "GET /endless".to_owned(),
            seen: Policy::everything(),
        };
        let makes = tokio::spawn(async move {
            let endless = |_line: Line| pending::<Result<(), Error>>();
            queries.page(page, asked, endless).await
        });
        let is_under_way = |query: &Value| query["door"] == "page" && query["ended_at"].is_null();
        server.until(&owner, |queries| queries.iter().any(is_under_way)).await;
        let member = control.member(&acme(), &grace.id).await.unwrap().unwrap();
        let sees = Sees::Only { teams: ["t".to_owned()].into(), projects: Default::default() };
        let change = MemberChange { sees: Some(sees), ..MemberChange::default() };
        control.change_member(&acme(), &by, &grace.id, member.version, change).await.unwrap();
        assert!(matches!(makes.await.unwrap(), Err(Error::ShutOut)));
    });
}

#[test]
fn the_list_of_queries_comes_a_page_at_a_time_after_those_that_are_under_way() {
    run(async {
        let server = golden(Manner { places: 2, of_a_tenant: 2, ..Manner::default() }).await;
        for n in 0..3 {
            server.asks(&server.acme, &format!("SELECT {n} AS n")).await.bytes().await.unwrap();
        }
        server.until(&server.acme, |queries| queries.iter().all(|query| state(query) == "finished")).await;
        let (runs, running) = server.is_busy().await;
        let part = async |more: &str| {
            let path = format!("/api/v1/queries?limit=2{more}");
            server.call(Method::GET, &server.acme, &path).await.json::<Value>().await.unwrap()
        };
        let first = part("").await;
        let items = first["items"].as_array().unwrap();
        assert_eq!(items.len(), 3, "two that are over, and the one that runs: {first}");
        assert_eq!(items[0]["id"], running["id"]);
        let second = part(&format!("&cursor={}", first["next"].as_str().unwrap())).await;
        let rest = second["items"].as_array().unwrap();
        assert_eq!((rest.len(), &second["next"]), (1, &Value::Null), "{second}");
        assert!(items.iter().all(|item| item["id"] != rest[0]["id"]), "{first} {second}");
        problem(server.call(Method::GET, &server.acme, "/api/v1/queries?limit=0").await, 422, "invalid-value").await;
        server.stops(&server.acme, &running).await;
        problem(runs.await.unwrap(), 409, "stopped").await;
    });
}
