//! The REST API, asked over a socket.

use crate::golden::{FIGURES, Golden, SPAN, near};
use crate::world::{PASSWORD, World, from};
use pulse_connectors::net::{Manner, Patience, Posting, Reach};
use pulse_engine::{Clock, Engine, Settings, TenantId};
use pulse_server::auth::Access;
use pulse_server::dashboards::Dashboards;
use pulse_server::events::{Bounds, Events};
use pulse_server::http::{App, Calls, Cookies, Served, SqlText, router};
use pulse_server::jobs::{Repositories, Sources};
use pulse_server::observe::Ready;
use pulse_server::queries::{self, Queries};
use reqwest::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_MATCH};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// A server over a lake, with a token for `acme` and one for `umbrella`, who has nothing there. Ada owns the one.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) acme: String,
    pub(crate) umbrella: String,
    pub(crate) client: Client,
    pub(crate) world: World,
    pub(crate) engine: Engine,
    pub(crate) events: Events,
    /// What it is served with, for another door.
    pub(crate) app: App,
    /// Where tenants' repositories are.
    pub(crate) repositories: tempfile::TempDir,
    /// A lake that goes with it.
    _lake: Option<tempfile::TempDir>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::of_its_own(queries::Manner::default()).await
    }

    /// A server over a lake of its own: what is written there is in no other test's.
    pub(crate) async fn of_its_own(queries: queries::Manner) -> Self {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Self::with(format!("file://{}", lake.path().display()), queries).await;
        Self { _lake: Some(lake), ..server }
    }

    /// A server over another lake.
    pub(crate) async fn over(url: String) -> Self {
        Self::with(url, queries::Manner::default()).await
    }

    /// The same, whose queries may take that much.
    pub(crate) async fn with(url: String, queries: queries::Manner) -> Self {
        Self::bounded(url, queries, Bounds::default()).await
    }

    /// The same, with events that are followed within these bounds.
    pub(crate) async fn bounded(url: String, queries: queries::Manner, bounds: Bounds) -> Self {
        Self::around(Engine::open(&url).await.unwrap(), queries, bounds).await
    }

    /// The same around an engine.
    pub(crate) async fn around(engine: Engine, queries: queries::Manner, bounds: Bounds) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let control = format!("sqlite:{}", folder.path().join("control.db").display());
        // It begins on 2 April 2026.
        let world = World::on(&control, Some(folder)).await;
        let umbrella = TenantId::new("umbrella").unwrap();
        world.control().create_tenant(&umbrella, "Umbrella", "UTC").await.unwrap();
        let [acme, umbrella] = [TenantId::new("acme").unwrap(), umbrella];
        let (acme, umbrella) = (world.token(&acme).await, world.token(&umbrella).await);
        let repositories = tempfile::tempdir().unwrap();
        let events = Events::new(world.control().clone(), bounds);
        let (address, app) = process(&engine, &world.access, &events, queries, repositories.path()).await;
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { address, acme, umbrella, client, world, engine, events, app, repositories, _lake: None }
    }

    /// Another process over the same control database and the lake at `url`, which has nothing of this one's memory: where it is.
    pub(crate) async fn beside(&self, url: &str) -> String {
        let (engine, access) = (Engine::open(url).await.unwrap(), self.world.beside().await);
        let events = Events::new(access.control.clone(), Bounds::default());
        process(&engine, &access, &events, queries::Manner::default(), self.repositories.path()).await.0
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.address)).bearer_auth(&self.acme).send().await.unwrap()
    }

    pub(crate) async fn sql(&self, token: &str, path: &str, body: Value) -> Response {
        let request = self.client.post(format!("{}{path}", self.address)).bearer_auth(token);
        request.json(&body).send().await.unwrap()
    }
}

/// A process that serves a lake and a control database: where it is, and what it is served with.
async fn process(
    engine: &Engine,
    access: &Access,
    events: &Events,
    queries: queries::Manner,
    repositories: &Path,
) -> (String, App) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (told, control) = (events.clone(), access.control.clone());
    tokio::spawn(async move { told.run().await });
    let app = App::from(Served {
        engine: engine.clone(),
        settings: Settings::default(),
        clock: control.clock(),
        access: access.clone(),
        events: events.clone(),
        sources: sources(repositories),
        posting: Posting::new(Reach::Anywhere, Duration::from_secs(5)).unwrap(),
        calls: Calls::default(),
        dashboards: Dashboards::default(),
        base: "https://pulse.example.com/".parse().unwrap(),
        cookies: Cookies::new(&address.parse().unwrap()),
        behind_proxy: true,
        sql_text: SqlText::Whole,
        queries: Queries::new(control.clock(), queries),
        ready: Ready::new(control, engine.clone()),
    });
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (address, app)
}

/// Runs a test on a runtime whose threads have the stack that plans need.
pub(crate) fn run(test: impl Future<Output = ()> + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build().unwrap();
    runtime.block_on(async { tokio::spawn(test).await.unwrap() });
}

pub(crate) async fn problem(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("urn:pulse:problem:{code}"));
    assert!(problem["title"].is_string() && problem["detail"].is_string());
    problem
}

#[test]
fn the_metrics_tell_the_figures_that_were_computed_by_hand() {
    run(async {
        let server = Server::start().await;
        for (metric, value, n) in FIGURES {
            let path = format!("/api/v1/metrics/{metric}?from={}&until={}&grain=month", SPAN[0], SPAN[1]);
            let answer: Value = server.get(&path).await.json().await.unwrap();
            let group = &answer["groups"][0];
            let total = &group["total"];
            assert!(near(&total["value"], value) && total["n"] == n, "{metric}: {total}");
            assert_eq!(total["standings"], json!([]), "four are too few for {metric}");
            assert_eq!(group["points"][0]["label"], "2026-03");
            assert_eq!(group["points"][0]["partial"], false);
        }
    });
}

#[test]
fn days_begin_where_the_tenant_says() {
    run(async {
        let server = Server::start().await;
        let path = "/api/v1/metrics/deployment_frequency?from=2026-03-01&until=2026-04-01&grain=month";
        let answer: Value = server.get(path).await.json().await.unwrap();
        assert_eq!(answer["time_zone"], "Europe/Berlin");
        let owner = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let own = server.client.get(format!("{}/api/v1/tenant", server.address)).bearer_auth(&owner.token);
        let tag = own.send().await.unwrap().headers()[ETAG].clone();
        let change = server.client.patch(format!("{}/api/v1/tenant", server.address)).bearer_auth(&owner.token);
        let change = change.header(IF_MATCH, tag).json(&json!({"time_zone": "Pacific/Kiritimati"}));
        assert_eq!(change.send().await.unwrap().status(), StatusCode::OK);
        let answer: Value = server.get(path).await.json().await.unwrap();
        assert_eq!(answer["time_zone"], "Pacific/Kiritimati", "at once");
    });
}

#[test]
fn the_catalogue_defines_every_metric() {
    run(async {
        let server = Server::start().await;
        let catalogue: Value = server.get("/api/v1/metrics").await.json().await.unwrap();
        let names: Vec<&str> =
            catalogue["metrics"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
        for (metric, _, _) in FIGURES {
            assert!(names.contains(&metric), "{names:?}");
        }
    });
}

#[test]
fn evidence_gives_the_rows_that_count_and_those_that_do_not() {
    run(async {
        let server = Server::start().await;
        let path = format!("/api/v1/metrics/change_lead_time/evidence?from={}&until={}", SPAN[0], SPAN[1]);
        let rows: Vec<Value> = server.get(&path).await.json().await.unwrap();
        let counted: Vec<f64> =
            rows.iter().filter(|r| r["counted"] == true).filter_map(|r| r["value"].as_f64()).collect();
        assert_eq!(counted.iter().map(|s| s / 3600.0).sum::<f64>(), 24.0 + 48.0 + 24.0 + 1.0);
        let left_out: Vec<&Value> = rows.iter().filter(|r| r["counted"] == false).map(|r| &r["excluded"]).collect();
        assert_eq!(left_out, ["baseline"]);
    });
}

#[test]
fn rows_come_in_the_format_that_was_asked_for() {
    run(async {
        let server = Server::start().await;
        let body = json!({"sql": "SELECT id, commits FROM facts.deployments WHERE id LIKE '%d3'"});
        let expected = [
            ("application/json", "[{\"id\":\"push:acme:d3\",\"commits\":2}]\n"),
            ("application/x-ndjson", "{\"id\":\"push:acme:d3\",\"commits\":2}\n"),
            ("text/csv", "id,commits\npush:acme:d3,2\n"),
        ];
        let ask = |accept: &'static str| {
            let request = server.client.post(format!("{}/api/v1/sql", server.address)).bearer_auth(&server.acme);
            request.header(ACCEPT, accept).json(&body).send()
        };
        for (accept, text) in expected {
            let response = ask(accept).await.unwrap();
            assert!(response.headers()[CONTENT_TYPE].to_str().unwrap().starts_with(accept));
            assert_eq!(response.text().await.unwrap(), text);
        }
        let arrow = ask("application/vnd.apache.arrow.stream").await.unwrap().bytes().await.unwrap();
        let mut reader = arrow::ipc::reader::StreamReader::try_new(arrow.as_ref(), None).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().num_rows(), 1);
        problem(ask("image/png").await.unwrap(), 406, "not-acceptable").await;
    });
}

#[test]
fn without_a_good_token_nothing_is_answered() {
    run(async {
        let server = Server::start().await;
        for path in ["/api/v1/metrics", "/api/v1/metrics/change_lead_time", "/api/v1/metrics/change_lead_time/evidence"]
        {
            let bare = server.client.get(format!("{}{path}", server.address)).send().await.unwrap();
            problem(bare, 401, "no-valid-token").await;
            let wrong =
                server.client.get(format!("{}{path}", server.address)).bearer_auth("pulse_0").send().await.unwrap();
            problem(wrong, 401, "no-valid-token").await;
        }
        let wrong = server.sql("pulse_0", "/api/v1/sql", json!({"sql": "SELECT 1"})).await;
        problem(wrong, 401, "no-valid-token").await;
        let live = server.client.get(format!("{}/livez", server.address)).send().await.unwrap();
        assert_eq!(live.status(), StatusCode::OK);
    });
}

#[test]
fn a_token_opens_its_own_tenant_and_no_parameter_names_another() {
    run(async {
        let server = Server::start().await;
        let count = json!({"sql": "SELECT count(*) AS n FROM facts.deployments"});
        let own: Value =
            server.sql(&server.acme, "/api/v1/sql?tenant=umbrella", count.clone()).await.json().await.unwrap();
        assert_eq!(own, json!([{"n": 4}]));
        let other = server.sql(&server.umbrella, "/api/v1/sql?tenant=acme", count).await;
        problem(other, 404, "no-data").await;
        problem(server.get("/api/v1/metrics/change_lead_time?tenant=umbrella").await, 400, "invalid-request").await;
    });
}

#[test]
fn a_parameter_that_is_there_again_is_refused_where_it_can_have_one_value() {
    run(async {
        let server = Server::start().await;
        let metric = "/api/v1/metrics/deployment_frequency";
        for (path, parameter, values) in [
            (metric, "from", ["2026-03-01", "2026-03-02"]),
            (metric, "until", ["2026-04-01", "2026-04-01"]),
            (metric, "grain", ["week", "month"]),
            (metric, "by", ["repository", "project"]),
            (metric, "compare", ["previous", "target"]),
            (metric, "time_zone", ["UTC", "Europe/Berlin"]),
            (metric, "as_of", ["2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"]),
            ("/api/v1/metrics/deployment_frequency/evidence", "format", ["csv", "csv"]),
            ("/api/v1/dashboards/dora", "from", ["2026-03-01", "2026-03-02"]),
            ("/api/v1/risks", "status", ["at_risk", "on_track"]),
            ("/api/v1/risks/evidence", "rule", ["a", "b"]),
            ("/api/v1/summary", "page", ["dora", "flow"]),
            ("/api/v1/forecasts", "project", ["a", "b"]),
            ("/api/v1/jobs", "limit", ["1", "2"]),
        ] {
            let [first, second] = values;
            let told = server.get(&format!("{path}?{parameter}={first}&{parameter}={second}")).await;
            let told = problem(told, 400, "invalid-request").await;
            let detail = told["detail"].as_str().unwrap();
            assert!(detail.contains(&format!("`{parameter}`")), "{path}: {detail}");
        }
        // What a group can be named by may be there again, and what was left empty is not there.
        let both = format!("{metric}?repository=shop&repository=none&from=&from=2026-03-01&until=2026-04-01");
        assert_eq!(server.get(&both).await.status(), StatusCode::OK);
    });
}

#[test]
fn a_mistake_is_answered_with_a_problem_that_says_what_to_do() {
    run(async {
        let server = Server::start().await;
        let asked = |sql: &'static str| server.sql(&server.acme, "/api/v1/sql", json!({"sql": sql}));
        problem(asked("SELECT * FROM nowhere").await, 400, "invalid-question").await;
        problem(asked("DROP TABLE facts.changes").await, 400, "invalid-question").await;
        problem(server.sql(&server.acme, "/api/v1/sql", json!({"query": "SELECT 1"})).await, 400, "invalid-request")
            .await;
        let large = json!({"sql": "x".repeat(2 << 20)});
        problem(server.sql(&server.acme, "/api/v1/sql", large).await, 413, "too-large").await;
        let unknown = problem(server.get("/api/v1/metrics/speed").await, 404, "not-found").await;
        assert!(unknown["detail"].as_str().unwrap().contains("change_lead_time"));
        let empty = server.get("/api/v1/metrics/change_lead_time?from=2026-03-02&until=2026-03-01").await;
        problem(empty, 400, "invalid-request").await;
        problem(server.get("/api/v1/metrics/change_lead_time?grain=hour").await, 400, "invalid-request").await;
        problem(server.get("/nowhere").await, 404, "not-found").await;
        problem(server.get("/api/v1/sql").await, 405, "method-not-allowed").await;
    });
}

#[test]
fn a_summary_is_narrowed_by_what_its_page_is_about_and_refuses_all_else() {
    run(async {
        let server = Server::start().await;
        for page in ["risk", "forecast"] {
            let path = format!("/api/v1/summary?page={page}");
            assert_eq!(server.get(&path).await.status(), StatusCode::OK, "{page}");
            for by in ["repository", "class", "kind", "label", "severity", "stage"] {
                let refused = problem(server.get(&format!("{path}&{by}=shop")).await, 400, "invalid-request").await;
                let detail = refused["detail"].as_str().unwrap();
                assert!(detail.contains(&format!("takes no `{by}`")), "{page}: {detail}");
            }
            for by in ["project", "team", "owning_team"] {
                // Nothing is called so: whatever is said of that, the filter is taken.
                let told = server.get(&format!("{path}&{by}=nowhere")).await.text().await.unwrap();
                assert!(!told.contains("takes no"), "{page}: {told}");
            }
        }
        assert_eq!(server.get("/api/v1/summary?page=dora&repository=shop").await.status(), StatusCode::OK);
        for (query, told) in
            [("page=dora&by=team", "takes no `by`"), ("page=nowhere", "there is no page `nowhere`"), ("", "`page`")]
        {
            let refused = problem(server.get(&format!("/api/v1/summary?{query}")).await, 400, "invalid-request").await;
            assert!(refused["detail"].as_str().unwrap().contains(told), "{refused}");
        }
    });
}

#[test]
fn a_row_that_cannot_be_computed_is_the_askers_to_mend() {
    run(async {
        let server = Server::start().await;
        for (sql, reason) in [
            ("SELECT CAST(title AS INT) FROM facts.changes", "is no INT"),
            ("SELECT 1 / (commits - commits) FROM facts.changes", "a division by zero"),
            ("SELECT exact_median(CAST('NaN' AS DOUBLE)) FROM facts.changes", "a percentile of NaN means nothing"),
        ] {
            let response = server.sql(&server.acme, "/api/v1/sql", json!({"sql": sql})).await;
            let told = problem(response, 400, "invalid-question").await;
            let detail = told["detail"].as_str().unwrap();
            assert!(detail.contains(reason) && detail.contains("TRY_CAST"), "{detail}");
        }
    });
}

/// What connections read in tests: repositories in a folder, and vendors on this machine, without long waits.
pub(crate) fn sources(repositories: &Path) -> Sources {
    let patience = Patience { first: std::time::Duration::from_millis(1), ..Patience::default() };
    let manner = Manner { reach: Reach::Anywhere, patience, clock: Clock::System };
    Sources { repositories: Repositories::new(Some(repositories)).unwrap(), manner }
}

#[test]
fn a_figure_opens_into_its_rows_and_is_held_against_what_came_before_and_a_target() {
    run(async {
        let server = Server::start().await;
        let path = "/api/v1/metrics/deployment_frequency?from=2026-03-01&until=2026-04-01&grain=month&by=repository&compare=previous";
        let answer: Value = server.get(path).await.json().await.unwrap();
        let group = &answer["groups"][0];
        assert_eq!((&group["name"], &group["total"]["n"]), (&json!("shop"), &json!(4)), "{answer}");
        assert_eq!((&group["share"], &answer["overall"]["n"]), (&json!(1.0), &json!(4)));
        assert_eq!(answer["spread"]["groups"], 1);
        // Before it nothing was ever deployed: nobody knows that there were none.
        assert_eq!((&group["comparison"]["value"], &group["comparison"]["better"]), (&Value::Null, &Value::Null));
        for evidence in [&group["evidence"], &answer["evidence"]] {
            let rows: Value = server.get(evidence.as_str().unwrap()).await.json().await.unwrap();
            assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count(), 4, "{evidence}");
        }
        let targets = format!("{}/api/v1/targets", server.address);
        let owner = server.world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let put = |metric: &str, value: Value, tag: Option<&str>| {
            let request = server.client.put(format!("{targets}/{metric}")).bearer_auth(&owner.token);
            let request = tag.iter().fold(request, |request, tag| request.header(IF_MATCH, format!("\"{tag}\"")));
            request.json(&json!({ "value": value })).send()
        };
        assert_eq!(put("speed", json!(1), None).await.unwrap().status(), 404);
        assert_eq!(put("deployment_frequency", json!(-1), None).await.unwrap().status(), 422);
        assert_eq!(put("deployment_frequency", json!(2), None).await.unwrap().status(), 200);
        assert_eq!(put("deployment_frequency", json!(3), None).await.unwrap().status(), 412, "there is one");
        assert_eq!(put("deployment_frequency", json!(1.5), Some("1")).await.unwrap().status(), 200);
        let told: Value = server.get("/api/v1/targets").await.json().await.unwrap();
        assert_eq!(
            (&told[0]["metric"], &told[0]["value"], &told[0]["version"]),
            (&json!("deployment_frequency"), &json!(1.5), &json!(2))
        );
        let aimed = path.replace("previous", "target");
        let answer: Value = server.get(&aimed).await.json().await.unwrap();
        // 28 in 31 days, of 1.5 a week.
        let comparison = &answer["groups"][0]["comparison"];
        assert_eq!(
            (&comparison["value"], &comparison["better"], &comparison["from"]),
            (&json!(1.5), &json!(false), &Value::Null)
        );
        let remove = server.client.delete(format!("{targets}/deployment_frequency")).bearer_auth(&owner.token);
        assert_eq!(remove.send().await.unwrap().status(), 204);
        let answer: Value = server.get(&aimed).await.json().await.unwrap();
        assert_eq!(answer["groups"][0]["comparison"], Value::Null);
        let by_reader = server.client.put(format!("{targets}/cycle_time")).bearer_auth(&server.acme);
        assert_eq!(by_reader.json(&json!({"value": 1})).send().await.unwrap().status(), 403);
        problem(server.get("/api/v1/metrics/throughput?severity=sev1").await, 400, "invalid-question").await;
        problem(server.get("/api/v1/metrics/throughput?compare=best").await, 400, "invalid-request").await;
        let law: Value =
            server.get("/api/v1/flow/littles-law?from=2026-03-01&until=2026-04-01").await.json().await.unwrap();
        assert_eq!((&law["n"], &law["ratio"]), (&json!(0), &Value::Null));
        let ageing: Value =
            server.get("/api/v1/flow/ageing?from=2026-03-01&until=2026-04-01").await.json().await.unwrap();
        assert_eq!((&ageing["minimum_n"], &ageing["stages"]), (&json!(10), &json!([])));
        let done: Value =
            server.get("/api/v1/flow/cycle-times?from=2026-03-01&until=2026-04-01").await.json().await.unwrap();
        assert_eq!((&done["n"], &done["p85"], &done["items"]), (&json!(0), &Value::Null, &json!([])));
        let flow: Value = server.get("/api/v1/flow/cumulative?grain=month&from=2026-03-01").await.json().await.unwrap();
        assert_eq!((&flow["time_zone"], &flow["bands"]), (&json!("Europe/Berlin"), &json!([])));
        problem(server.get("/api/v1/flow/ageing?severity=sev1").await, 400, "invalid-question").await;
        problem(server.get("/api/v1/flow/ageing?by=team").await, 400, "invalid-request").await;
        problem(server.get("/api/v1/flow/cycle-times?severity=sev1").await, 400, "invalid-question").await;
        problem(server.get("/api/v1/flow/cycle-times?compare=previous").await, 400, "invalid-request").await;
        problem(server.get("/api/v1/flow/cumulative?by=team").await, 400, "invalid-request").await;
    });
}
