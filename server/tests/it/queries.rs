//! Queries as others see them: listed, stopped, in turn, kept, and in nobody else's sight.

use crate::leaving::until_held;
use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, acme, from, permissions};
use futures::FutureExt as _;
use pulse_engine::lake::When;
use pulse_engine::land::{self, Page};
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{TenantId, entities};
use pulse_server::audit;
use pulse_server::auth::Permission;
use pulse_server::control::{NewToken, Sees};
use pulse_server::queries::Manner;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Takes long, and rests on the way.
pub(crate) const LONG: &str =
    "SELECT count(*) FROM generate_series(1, 200000) AS a(x) JOIN generate_series(1, 200000) AS b(y) ON x % 2 = y % 2";
/// Gives rows for long, more than any socket holds.
pub(crate) const MANY: &str = "SELECT a.x, b.y, 'a text that takes some room' AS t FROM generate_series(1, 1000) AS a(x) CROSS JOIN generate_series(1, 900) AS b(y)";

impl Server {
    pub(crate) async fn call(&self, method: Method, token: &str, path: &str) -> Response {
        self.client.request(method, format!("{}{path}", self.address)).bearer_auth(token).send().await.unwrap()
    }

    pub(crate) async fn asks(&self, token: &str, sql: &str) -> Response {
        self.sql(token, "/api/v1/sql", json!({"sql": sql})).await
    }

    pub(crate) async fn queries(&self, token: &str) -> Vec<Value> {
        let listed: Value = self.call(Method::GET, token, "/api/v1/queries").await.json().await.unwrap();
        listed["items"].as_array().unwrap().clone()
    }

    /// The queries that somebody sees, once they are as they should be.
    pub(crate) async fn until(&self, token: &str, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        for _ in 0..3_000 {
            let queries = self.queries(token).await;
            if fits(&queries) {
                return queries;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?}", self.queries(token).await);
    }

    /// Ada's own access token.
    pub(crate) async fn owner(&self) -> String {
        self.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap().token
    }

    /// Asks, and lets somebody else wait for the answer.
    pub(crate) fn asks_aside(&self, token: &str, sql: &str) -> tokio::task::JoinHandle<Response> {
        let request = self.client.post(format!("{}/api/v1/sql", self.address)).bearer_auth(token);
        tokio::spawn(request.json(&json!({"sql": sql})).send().map(Result::unwrap))
    }

    /// Lets a tenant's table of projects have one row, of this name.
    pub(crate) async fn lands(&self, tenant: &TenantId, name: &str) {
        let tenant = self.engine.tenant(tenant);
        let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
        tenant.land("test", "test:a", page).await.unwrap();
        let entity = entities::core("projects").unwrap();
        let row = Row::new(entity)
            .set("id", "p")
            .set("connection", "test:a")
            .set("observed_at", Cell::Time(self.world.pass_one()));
        let rows = row::batch(entity, &[row.set("raw", "test/1/1").set("name", name)]).unwrap();
        tenant.lake().table(entity).upsert(&rows, &[], When::Changed).await.unwrap();
    }

    /// A service's token that may ask, and sees one team that there is not.
    pub(crate) async fn limited(&self) -> String {
        self.limited_that_may(&[Permission::SqlRun]).await
    }

    /// The same that may do that.
    pub(crate) async fn limited_that_may(&self, may: &[Permission]) -> String {
        let new = NewToken {
            name: "limited".into(),
            permissions: permissions(may),
            sees: Some(Sees::Only { teams: ["t".to_owned()].into(), projects: Default::default() }),
            days: 1,
            service: true,
        };
        let owner = self.world.owner().await;
        self.world.control().create_token(&acme(), &owner, "shell", new).await.unwrap().1.tell().to_owned()
    }
}

pub(crate) fn state(query: &Value) -> &str {
    query["state"].as_str().unwrap()
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

pub(crate) async fn golden(manner: Manner) -> Server {
    Server::of_its_own(manner).await
}

#[test]
fn an_answer_that_cannot_be_written_in_the_form_that_was_asked_for_has_failed() {
    run(async {
        let server = golden(Manner::default()).await;
        let ask = async |sql: &str, accept: &str| {
            let request = server.client.post(format!("{}/api/v1/sql", server.address)).bearer_auth(&server.acme);
            request.header("accept", accept).json(&json!({"sql": sql})).send().await.unwrap()
        };
        // No calendar has a day for that second, JSON no object for those keys, and Parquet no type for months and days.
        let second = "SELECT arrow_cast(9223372036854775807, 'Timestamp(Second, None)') AS t";
        let keys = "SELECT MAP {1: 'a'} AS t";
        let span = "SELECT INTERVAL '1 month 2 days' AS t";
        let [json, csv, parquet] = ["application/json", "text/csv", "application/vnd.apache.parquet"];
        for (sql, accept, way) in [
            (second, json, "to_timestamp_millis"),
            (second, "application/x-ndjson", "to_timestamp_millis"),
            (second, csv, "to_timestamp_millis"),
            (keys, json, "map_keys"),
            (span, parquet, "CAST them to TEXT"),
        ] {
            let told = problem(ask(sql, accept).await, 400, "invalid-request").await;
            let why = told["detail"].as_str().unwrap();
            assert!(why.contains("the column `t`") && why.contains(way), "{sql} as {accept}: {why}");
        }
        for (sql, accept) in [(second, parquet), (keys, csv), (span, json)] {
            assert_eq!(ask(sql, accept).await.status(), 200, "{sql} as {accept}");
        }
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "failed")).await;
    });
}

#[test]
fn a_query_is_listed_while_it_runs_and_after_with_what_it_took() {
    run(async {
        let server = golden(Manner::default()).await;
        let answer = server.asks(&server.acme, "SELECT id FROM facts.deployments ORDER BY id").await;
        let id = header(&answer, "pulse-query").to_owned();
        assert_eq!(header(&answer, "pulse-cache"), "miss");
        let bytes = answer.bytes().await.unwrap().len();
        let listed = server.until(&server.acme, |queries| queries.len() == 1 && state(&queries[0]) == "finished").await;
        let query = &listed[0];
        assert_eq!((query["id"].as_str(), query["door"].as_str()), (Some(id.as_str()), Some("sql")));
        assert_eq!((&query["rows"], &query["bytes"]), (&json!(4), &json!(bytes)));
        assert_eq!(query["statement"], "SELECT id FROM facts.deployments ORDER BY id");
        assert!(query["memory_bytes"].as_i64().unwrap() > 0, "it sorted: {query}");
        assert_eq!((&query["cached"], query["plan"].as_str().unwrap().len()), (&json!(false), 16));
        assert!(query["ended_at"].as_i64() >= query["asked_at"].as_i64());
        server.asks(&server.acme, "SELECT nonsense").await;
        server
            .call(Method::GET, &server.acme, "/api/v1/metrics/change_lead_time/evidence")
            .await
            .bytes()
            .await
            .unwrap();
        let listed = server.until(&server.acme, |queries| queries.len() == 3).await;
        let told: Vec<_> = listed.iter().map(|query| (query["door"].as_str().unwrap(), state(query))).collect();
        assert!(told.contains(&("sql", "failed")) && told.contains(&("evidence", "finished")), "{told:?}");
    });
}

#[test]
fn a_query_that_is_stopped_ends_whether_it_computes_waits_or_is_not_read() {
    run(async {
        let server = golden(Manner { places: 1, of_a_tenant: 1, ..Manner::default() }).await;
        // One that computes and one that waits.
        let computes = server.asks_aside(&server.acme, LONG);
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "running")).await;
        let waits = server.asks_aside(&server.acme, "SELECT 1");
        let listed = server.until(&server.acme, |queries| queries.iter().any(|query| query["position"] == 1)).await;
        for (expected, answer) in [("queued", waits), ("running", computes)] {
            let query = listed.iter().find(|query| state(query) == expected).unwrap();
            let path = format!("/api/v1/queries/{}", query["id"].as_str().unwrap());
            assert_eq!(server.call(Method::DELETE, &server.acme, &path).await.status(), StatusCode::NO_CONTENT);
            problem(answer.await.unwrap(), 409, "stopped").await;
            problem(server.call(Method::DELETE, &server.acme, &path).await, 404, "not-found").await;
        }
        // One whose client does not read: its turn comes back all the same, and the response breaks off.
        let unread = server.asks(&server.acme, MANY).await;
        let path = format!("/api/v1/queries/{}", header(&unread, "pulse-query"));
        assert_eq!(server.call(Method::DELETE, &server.acme, &path).await.status(), StatusCode::NO_CONTENT);
        assert_eq!(server.asks(&server.acme, "SELECT 2 AS n").await.json::<Value>().await.unwrap(), json!([{"n": 2}]));
        assert!(unread.bytes().await.is_err(), "what was cut off looked whole");
        let stopped = |queries: &[Value]| queries.iter().filter(|query| state(query) == "stopped").count();
        server.until(&server.acme, |queries| stopped(queries) == 3).await;
        // One whose client leaves.
        let left = server.asks(&server.acme, MANY).await;
        drop(left);
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "left")).await;
    });
}

#[test]
fn a_full_queue_is_told_and_another_tenant_does_not_wait_in_it() {
    run(async {
        let server = golden(Manner { places: 2, of_a_tenant: 1, queue: 1, ..Manner::default() }).await;
        server.lands(&TenantId::new("umbrella").unwrap(), "theirs").await;
        let runs = server.asks_aside(&server.acme, LONG);
        server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "running")).await;
        let waits = server.asks_aside(&server.acme, "SELECT 1 AS n");
        server.until(&server.acme, |queries| queries.iter().any(|query| query["position"] == 1)).await;
        let refused = server.asks(&server.acme, "SELECT 2").await;
        // As long as who is next has waited by now.
        let seconds = header(&refused, "retry-after").parse::<u64>().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        let told = problem(refused, 429, "too-many-queries").await;
        assert!(told["detail"].as_str().unwrap().contains("yours would be number 2"), "{told}");
        let other = server.asks(&server.umbrella, "SELECT name FROM core.projects").await;
        assert_eq!(other.json::<Value>().await.unwrap(), json!([{"name": "theirs"}]));
        let listed = server.queries(&server.acme).await;
        let running = listed.iter().find(|query| state(query) == "running").unwrap();
        let path = format!("/api/v1/queries/{}", running["id"].as_str().unwrap());
        assert_eq!(server.call(Method::DELETE, &server.acme, &path).await.status(), StatusCode::NO_CONTENT);
        problem(runs.await.unwrap(), 409, "stopped").await;
        assert_eq!(waits.await.unwrap().json::<Value>().await.unwrap(), json!([{"n": 1}]), "its turn came");
    });
}

#[test]
fn whoever_is_refused_is_told_so_once_the_trail_knows_that_they_asked() {
    run(async {
        let server = golden(Manner::default()).await;
        let wrong = "SELECT nothing FROM facts.deployments";
        // Who asks is known from here on.
        problem(server.asks(&server.acme, wrong).await, 400, "invalid-question").await;
        sqlx::any::install_default_drivers();
        let database = server.world.address().replacen("sqlite:", "sqlite://", 1);
        let pool = sqlx::AnyPool::connect(&database).await.unwrap();
        let ours = until_held(&pool).await;
        let mut refused = server.asks_aside(&server.acme, wrong);
        let early = tokio::time::timeout(Duration::from_millis(500), &mut refused).await;
        assert!(early.is_err(), "it was told before that was written");
        ours.rollback().await.unwrap();
        problem(refused.await.unwrap(), 400, "invalid-question").await;
    });
}

#[test]
fn nobody_sees_or_stops_the_queries_of_another_tenant_or_without_permission_of_another_person() {
    run(async {
        let server = golden(Manner::default()).await;
        server.lands(&TenantId::new("umbrella").unwrap(), "theirs").await;
        let owner = server.owner().await;
        let runs = server.asks_aside(&owner, LONG);
        let listed = server.until(&owner, |queries| queries.iter().any(|query| state(query) == "running")).await;
        let path = format!("/api/v1/queries/{}", listed[0]["id"].as_str().unwrap());
        for token in [&server.acme, &server.umbrella] {
            assert!(server.queries(token).await.is_empty(), "a service sees its own, another tenant nothing");
            problem(server.call(Method::DELETE, token, &path).await, 404, "not-found").await;
        }
        // Of the two with one text, each sees one; the owner sees both of the tenant.
        for token in [&server.acme, &server.umbrella] {
            server.asks(token, "SELECT 'marked' AS m").await.bytes().await.unwrap();
            server.until(token, |queries| queries.len() == 1 && state(&queries[0]) == "finished").await;
        }
        assert_eq!(server.queries(&owner).await.len(), 2);
        assert_eq!(server.call(Method::DELETE, &owner, &path).await.status(), StatusCode::NO_CONTENT);
        problem(runs.await.unwrap(), 409, "stopped").await;
        let bare = server.client.get(format!("{}/api/v1/queries", server.address)).send().await.unwrap();
        problem(bare, 401, "no-valid-token").await;
        // An owner stops what somebody else asked.
        let theirs = server.asks_aside(&server.acme, LONG);
        let listed = server.until(&owner, |queries| queries.iter().any(|query| state(query) == "running")).await;
        let running = listed.iter().find(|query| state(query) == "running").unwrap();
        let path = format!("/api/v1/queries/{}", running["id"].as_str().unwrap());
        assert_eq!(server.call(Method::DELETE, &owner, &path).await.status(), StatusCode::NO_CONTENT);
        problem(theirs.await.unwrap(), 409, "stopped").await;
    });
}

#[test]
fn a_token_that_sees_some_teams_only_is_told_nothing_of_what_its_user_asked_who_sees_everything() {
    run(async {
        let server = golden(Manner::default()).await;
        let ada = server.owner().await;
        let new = NewToken {
            name: "part".into(),
            permissions: permissions(&[Permission::SqlRun]),
            sees: Some(Sees::Only { teams: ["t".to_owned()].into(), projects: Default::default() }),
            days: 1,
            service: false,
        };
        let (control, by) = (server.world.control(), server.world.owner().await);
        let part = control.create_token(&acme(), &by, &server.world.ada.id, new).await.unwrap().1.tell().to_owned();
        server.asks(&ada, "SELECT 'what others do' AS t").await.bytes().await.unwrap();
        server.asks(&part, "SELECT 1 AS n").await.bytes().await.unwrap();
        let are_over = |queries: &[Value]| queries.len() == 2 && queries.iter().all(|query| state(query) == "finished");
        let all = server.until(&ada, are_over).await;
        let told = server.queries(&part).await;
        assert_eq!((told.len(), &told[0]["statement"]), (1, &json!("SELECT 1 AS n")), "{told:?}");
        for query in &all {
            let path = format!("/api/v1/queries/{}", query["id"].as_str().unwrap());
            assert_eq!(server.call(Method::GET, &ada, &path).await.status(), StatusCode::OK);
            let status = server.call(Method::GET, &part, &path).await.status();
            let is_theirs = query["id"] == told[0]["id"];
            assert_eq!(status, if is_theirs { StatusCode::OK } else { StatusCode::NOT_FOUND });
        }
    });
}

#[test]
fn a_kept_answer_is_marked_and_never_older_than_the_tables_nor_anybody_elses() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let url = url::Url::from_file_path(lake.path()).unwrap().into();
        let server = Server::with(url, Manner::default()).await;
        let umbrella = TenantId::new("umbrella").unwrap();
        server.lands(&acme(), "ours").await;
        server.lands(&umbrella, "theirs").await;
        let sql = "SELECT name FROM core.projects";
        let asked = async |token: &str, sql: &str| {
            let answer = server.asks(token, sql).await;
            let mark = answer.headers().get("pulse-cache").map(|mark| mark.to_str().unwrap().to_owned());
            (mark.unwrap_or_default(), answer.text().await.unwrap())
        };
        let answer = |mark: &str, name: &str| (mark.to_owned(), format!("[{{\"name\":\"{name}\"}}]\n"));
        assert_eq!(asked(&server.acme, sql).await, answer("miss", "ours"));
        assert_eq!(asked(&server.acme, sql).await, answer("hit", "ours"));
        assert_eq!(asked(&server.umbrella, sql).await, answer("miss", "theirs"));
        assert_eq!(asked(&server.umbrella, sql).await, answer("hit", "theirs"));
        // Somebody who sees some projects only.
        let limited = server.limited().await;
        // Whether it is a kept answer would tell them of changes to what they do not see: they are not told, then and later.
        for _ in 0..2 {
            assert_eq!(asked(&limited, sql).await, (String::new(), "[]\n".to_owned()));
        }
        let over = |queries: &[Value]| queries.iter().all(|query| state(query) == "finished");
        for query in server.until(&limited, over).await {
            assert!(query["cached"].is_null() && query["memory_bytes"].is_null(), "{query}");
        }
        // A commit of this process is seen at once.
        server.lands(&acme(), "renamed").await;
        assert_eq!(asked(&server.acme, sql).await, answer("miss", "renamed"));
        assert_eq!(asked(&server.acme, sql).await, answer("hit", "renamed"));
        assert_eq!(
            asked(&server.umbrella, sql).await,
            answer("hit", "theirs"),
            "another tenant's commit changes nothing"
        );
        for volatile in ["SELECT now()", "SELECT random()", "SELECT count(*) FROM information_schema.tables"] {
            let first = asked(&server.acme, volatile).await;
            assert_eq!(first.0, "miss", "{volatile}: {}", first.1);
            assert_eq!(asked(&server.acme, volatile).await.0, "miss", "{volatile}");
        }
        // Values are part of the question, and so is what the trail is told.
        let with = async |value: i64| {
            let answer =
                server.sql(&server.acme, "/api/v1/sql", json!({"sql": "SELECT $1 AS n", "params": [value]})).await;
            let mark = header(&answer, "pulse-cache").to_owned();
            (mark, answer.json::<Value>().await.unwrap()[0]["n"].as_i64().unwrap())
        };
        assert_eq!(with(1).await, ("miss".to_owned(), 1));
        assert_eq!(with(2).await, ("miss".to_owned(), 2));
        assert_eq!(with(1).await, ("hit".to_owned(), 1));
        let listed = server.queries(&server.acme).await;
        assert_eq!(listed.iter().filter(|query| query["cached"] == true).count(), 3, "{listed:?}");
    });
}

#[test]
fn the_trail_has_what_a_query_took() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let url = url::Url::from_file_path(lake.path()).unwrap().into();
        let server = Server::with(url, Manner::default()).await;
        server.lands(&acme(), "ours").await;
        let owner = server.owner().await;
        let text = "SELECT name FROM core.projects WHERE name = $1 ORDER BY name";
        let mut ids = Vec::new();
        for _ in 0..2 {
            let answer = server.sql(&owner, "/api/v1/sql", json!({"sql": text, "params": ["ours"]})).await;
            ids.push(header(&answer, "pulse-query").to_owned());
            answer.bytes().await.unwrap();
            server.until(&owner, |queries| queries.iter().all(|query| state(query) == "finished")).await;
        }
        // Each is told of soon after its end.
        let told = async || {
            let links = server.world.control().number_events(&acme()).await.unwrap();
            links.iter().filter(|link| link.event.query.as_ref().is_some_and(|id| ids.contains(id))).count()
        };
        let mut tries = 0..3_000;
        while told().await < ids.len() {
            assert!(tries.next().is_some(), "the trail never told of them");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        audit::land(server.world.control(), &server.engine).await.unwrap();
        let sql = "SELECT query, rows, bytes, cached, plan, milliseconds >= 0 AS timed, memory_bytes, detail FROM audit.events WHERE query = $1";
        let mut plans = Vec::new();
        for (id, cached) in ids.iter().zip([false, true]) {
            let told: Value =
                server.sql(&owner, "/api/v1/sql", json!({"sql": sql, "params": [id]})).await.json().await.unwrap();
            let event = &told[0];
            assert_eq!(
                (&event["rows"], &event["cached"], &event["timed"]),
                (&json!(1), &json!(cached), &json!(true)),
                "{told}"
            );
            assert_eq!(event["memory_bytes"].is_null(), cached, "what was kept took none: {event}");
            let detail: Value = serde_json::from_str(event["detail"].as_str().unwrap()).unwrap();
            assert_eq!(detail, json!({"sql": text, "params": ["ours"]}));
            plans.push(event["plan"].clone());
        }
        assert!(plans[0].is_string() && plans[0] == plans[1], "{plans:?}");
        let verdict = audit::verify(server.world.control(), &server.engine, &acme()).await.unwrap();
        assert_eq!(verdict.problems, Vec::<String>::new());
    });
}

#[test]
fn a_mistake_has_its_place_and_a_suggestion() {
    run(async {
        let server = golden(Manner::default()).await;
        let told = problem(
            server.asks(&server.acme, "SELECT id,\n  comits FROM facts.changes").await,
            400,
            "invalid-question",
        )
        .await;
        assert_eq!(
            (&told["line"], &told["column"], &told["suggestion"]),
            (&json!(2), &json!(3), &json!("commits")),
            "{told}"
        );
        let told =
            problem(server.asks(&server.acme, "SELECT * FROM facts.deployment").await, 400, "invalid-question").await;
        assert_eq!((&told["line"], &told["suggestion"]), (&json!(1), &json!("facts.deployments")), "{told}");
        let told = problem(server.asks(&server.acme, "SELECT 1 / 0").await, 400, "invalid-question").await;
        assert_eq!((&told["line"], &told["column"], told.get("suggestion")), (&json!(1), &json!(10), None), "{told}");
        let body = json!({"sql": "SELECT $1", "params": [{"type": "date", "value": "soon"}]});
        let told = problem(server.sql(&server.acme, "/api/v1/sql", body).await, 400, "invalid-request").await;
        assert!(told["detail"].as_str().unwrap().contains("$1 should be of the type date"), "{told}");
    });
}

#[test]
fn answers_come_by_columns_and_compressed_for_whoever_asks_for_that() {
    run(async {
        let server = golden(Manner::default()).await;
        let body = json!({"sql": "SELECT id, commits FROM facts.deployments WHERE id LIKE '%d3'"});
        let columns: Value =
            server.sql(&server.acme, "/api/v1/sql?shape=columns", body.clone()).await.json().await.unwrap();
        assert_eq!(
            columns,
            json!({"columns": [{"name": "id", "type": "Utf8"}, {"name": "commits", "type": "Int64"}],
                   "parts": [[["push:acme:d3"], [2]]]})
        );
        problem(server.sql(&server.acme, "/api/v1/sql?shape=circles", body).await, 400, "invalid-request").await;
        let ask = |sql: &str, encoding: &'static str, accept: &'static str| {
            let request = server.client.post(format!("{}/api/v1/sql", server.address)).bearer_auth(&server.acme);
            let request = request.header("accept-encoding", encoding).header("accept", accept);
            request.json(&json!({"sql": sql})).send()
        };
        let rows = "SELECT value, 'the same text in each row' AS t FROM generate_series(1, 20000)";
        let plain = ask(rows, "identity", "application/x-ndjson").await.unwrap().bytes().await.unwrap();
        for (encoding, magic) in [("gzip", &[0x1f, 0x8b][..]), ("zstd", &[0x28, 0xb5, 0x2f, 0xfd][..])] {
            let answer = ask(rows, encoding, "application/x-ndjson").await.unwrap();
            assert_eq!(header(&answer, "content-encoding"), encoding);
            assert_eq!(header(&answer, "vary"), "accept-encoding");
            let bytes = answer.bytes().await.unwrap();
            assert!(bytes.starts_with(magic) && bytes.len() * 4 < plain.len(), "{} of {}", bytes.len(), plain.len());
            if encoding == "gzip" {
                let file = tempfile::NamedTempFile::with_suffix(".gz").unwrap();
                std::fs::write(file.path(), &bytes).unwrap();
                let unpacked = std::process::Command::new("gzip").arg("-dc").arg(file.path()).output().unwrap();
                assert!(unpacked.status.success() && unpacked.stdout == plain, "it unpacks to what it was");
            }
        }
        let parquet = ask(rows, "gzip", "application/vnd.apache.parquet").await.unwrap();
        assert!(parquet.headers().get("content-encoding").is_none(), "it is compressed in itself");
        // It breaks off compressed as it does plain.
        let broken = ask("SELECT 100 / (50000 - value) AS n FROM generate_series(1, 100000)", "gzip", "text/csv").await;
        let whole = match broken {
            Ok(begun) => begun.bytes().await.is_ok(),
            Err(_) => false,
        };
        assert!(!whole, "what broke off looked whole");
    });
}

#[test]
fn the_catalog_has_what_may_be_named_with_counts_for_whoever_sees_all() {
    run(async {
        let server = golden(Manner::default()).await;
        let catalog: Value = server.get("/api/v1/catalog").await.json().await.unwrap();
        let one =
            async |token: &str, path: &str| server.call(Method::GET, token, &format!("/api/v1/catalog/{path}")).await;
        let find = |list: &Value, name: &str| {
            list.as_array().unwrap().iter().find(|one| one["name"] == name).cloned().unwrap_or_default()
        };
        let facts = find(&catalog["schemas"], "facts");
        let deployments = find(&facts["tables"], "deployments");
        assert_eq!((&deployments["kind"], &deployments["rows"]), (&json!("table"), &json!(4)), "{deployments}");
        let column = find(&deployments["columns"], "commits");
        assert_eq!((&column["type"], column["about"].as_str().unwrap().is_empty()), (&json!("Int64"), false));
        let view = find(&find(&catalog["schemas"], "dora")["tables"], "change_lead_time");
        assert_eq!((&view["kind"], &view["rows"]), (&json!("view"), &Value::Null));
        assert_eq!(find(&catalog["schemas"], "audit"), Value::Null, "the trail is not for everybody");
        let owner = server.owner().await;
        let catalog: Value = server.call(Method::GET, &owner, "/api/v1/catalog").await.json().await.unwrap();
        assert_eq!(find(&find(&catalog["schemas"], "audit")["tables"], "events")["kind"], "table");
        problem(server.call(Method::GET, &server.umbrella, "/api/v1/catalog").await, 404, "no-data").await;
        let table: Value = one(&server.acme, "facts/deployments").await.json().await.unwrap();
        assert_eq!(find(&table["columns"], "environment")["samples"], json!(["production"]));
        assert_eq!(find(&table["columns"], "id")["samples"].as_array().unwrap().len(), 4, "{table}");
        assert_eq!((&table["rows"], &table["kind"]), (&json!(4), &json!("table")));
        let view: Value = one(&server.acme, "dora/change_lead_time").await.json().await.unwrap();
        assert!(find(&view["columns"], "value")["samples"].as_array().unwrap().len() > 1, "{view}");
        for unknown in ["facts/nothing", "nothing/deployments", "audit/events", "facts/deployments%22", "..%2Fcore/x"] {
            problem(one(&server.acme, unknown).await, 404, "not-found").await;
        }
        let limited = server.limited().await;
        let hidden: Value = one(&limited, "facts/deployments").await.json().await.unwrap();
        assert_eq!(find(&hidden["columns"], "id")["samples"], json!([]), "{hidden}");
        let catalog: Value = server.call(Method::GET, &limited, "/api/v1/catalog").await.json().await.unwrap();
        let tables: Vec<&Value> =
            catalog["schemas"].as_array().unwrap().iter().flat_map(|s| s["tables"].as_array().unwrap()).collect();
        assert!(!tables.is_empty() && tables.iter().all(|table| table["rows"].is_null()), "{catalog}");
    });
}
