//! Forecasts over a socket: those that are frozen, and those of what is supposed.

use crate::golden::Golden;
use crate::rest::{Server, problem, run};
use crate::world::acme;
use chrono::{NaiveDate, TimeDelta};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Clock, Settings, Tenant, entities};
use reqwest::Response;
use serde_json::{Value, json};

const WHAT_IF: &str = "/api/v1/forecasts/what-if";
/// Done on one working day each, eight weeks long from Monday, 2 February 2026.
const DONE: i64 = 40;
/// Made with the others, and open.
const OPEN: i64 = 5;

/// Noon of a day, in microseconds since 1970.
fn noon(day: NaiveDate) -> i64 {
    day.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_micros()
}

/// Writes rows of a core table, as a connection's.
async fn put(tenant: &Tenant, name: &str, rows: impl IntoIterator<Item = (String, Row)>) {
    let entity = entities::core(name).unwrap();
    let whole = |(id, row): (String, Row)| {
        let row = row.set("id", format!("push:acme:{id}")).set("connection", "push:acme").set("raw", "push/1/1");
        row.set("observed_at", Cell::Time(1_775_000_000_000_000))
    };
    let rows: Vec<Row> = rows.into_iter().map(whole).collect();
    let batch = row::batch(entity, &rows).unwrap();
    tenant.lake().table(entity).upsert(&batch, &[], When::Changed).await.unwrap();
}

/// The project Checkout, all of whose items were made on 19 January. Those that are open are done on a later day, if one is said.
async fn checkout(tenant: &Tenant, later: Option<NaiveDate>) {
    let of = |name: &str| Row::new(entities::core(name).unwrap());
    put(tenant, "projects", [("checkout".to_owned(), of("projects").set("name", "Checkout"))]).await;
    let status = |name: &str, category: &str| {
        (name.to_lowercase(), of("statuses").set("name", name).set("status_category", category))
    };
    put(tenant, "statuses", [status("Open", "todo"), status("Done", "done")]).await;
    let made = NaiveDate::from_ymd_opt(2026, 1, 19).unwrap();
    let monday = NaiveDate::from_ymd_opt(2026, 2, 2).unwrap();
    let done_on = |n: i64| if n < DONE { Some(monday + TimeDelta::days(n / 5 * 7 + n % 5)) } else { later };
    let items = (0..DONE + OPEN).map(|n| {
        let (status, category) = if done_on(n).is_some() { ("Done", "done") } else { ("Open", "todo") };
        let row = of("work_items").set("project_id", "push:acme:checkout").set("key", format!("SHOP-{n}"));
        let row = row.set("kind", "Story").set("status", status).set("status_category", category);
        (format!("item-{n}"), row.set("created_at", Cell::Time(noon(made))))
    });
    put(tenant, "work_items", items).await;
    let moves = (0..DONE + OPEN).filter_map(|n| {
        let at = Cell::Time(noon(done_on(n)?));
        let row = of("work_item_transitions").set("work_item_id", format!("push:acme:item-{n}"));
        let row = row.set("field", "status").set("from_value", "Open").set("to_value", "Done").set("position", 0_i64);
        Some((format!("move-{n}"), row.set("changed_at", at)))
    });
    put(tenant, "work_item_transitions", moves).await;
    tenant.model(&Settings::default()).await.unwrap();
}

/// A server over a lake with that project, on 2 April 2026.
async fn start() -> (Server, tempfile::TempDir) {
    start_with(None).await
}

/// The same, where what is open is done on a later day.
async fn start_with(later: Option<NaiveDate>) -> (Server, tempfile::TempDir) {
    let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
    let server = Server::over(format!("file://{}", lake.path().display())).await;
    checkout(&server.engine.tenant(&acme()), later).await;
    (server, lake)
}

async fn supposed(server: &Server, body: Value) -> Response {
    server.sql(&server.acme, WHAT_IF, body).await
}

async fn forecast(server: &Server, body: Value) -> Value {
    let response = supposed(server, body.clone()).await;
    assert_eq!(response.status(), 200, "{body}: {}", response.text().await.unwrap());
    response.json().await.unwrap()
}

/// The 85 % day; days in this form are ordered as texts are.
fn p85(forecast: &Value) -> &str {
    forecast["done_on"]["p85"].as_str().unwrap_or_else(|| panic!("{forecast}"))
}

#[test]
fn the_page_of_a_project_leads_to_the_items_behind_its_forecasts_and_milestones() {
    run(async {
        let (server, _lake) = start().await;
        let tenant = server.engine.tenant(&acme());
        let of = |name: &str| Row::new(entities::core(name).unwrap());
        let version = of("versions").set("name", "2.0").set("project_id", "push:acme:checkout");
        let version = version.set("is_released", false).set("is_archived", false);
        put(&tenant, "versions", [("v2".to_owned(), version)]).await;
        // Two that are done, and one that is open.
        let fixed = [DONE - 2, DONE - 1, DONE].map(|n| {
            let row = of("work_item_versions").set("work_item_id", format!("push:acme:item-{n}"));
            (format!("fixed-{n}"), row.set("version_id", "push:acme:v2").set("relation", "fix"))
        });
        put(&tenant, "work_item_versions", fixed).await;
        tenant.freeze_forecasts(&Settings::default(), server.app.clock).await.unwrap();
        let path = "/api/v1/dashboards/project/push%3Aacme%3Acheckout?from=2026-03-01&until=2026-04-01";
        let page: Value = server.get(path).await.json().await.unwrap();
        let keys = |rows: &Value| -> Vec<String> {
            rows["items"].as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
        };
        let forecasts = page["forecasts"]["forecasts"].as_array().unwrap();
        let project = forecasts.iter().find(|of| of["subject_kind"] == "project").unwrap();
        assert_eq!((&project["made_on"], &project["remaining"]), (&json!("2026-04-02"), &json!(OPEN)), "{project}");
        for forecast in forecasts {
            let rows: Value = server.get(forecast["evidence"].as_str().unwrap()).await.json().await.unwrap();
            assert_eq!(rows["count"], forecast["remaining"], "{forecast}: {rows}");
        }
        let rows: Value = server.get(project["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(keys(&rows), (DONE..DONE + OPEN).map(|n| format!("SHOP-{n}")).collect::<Vec<_>>());
        let milestone = &page["plan"]["milestones"][0];
        assert_eq!(
            (&milestone["name"], &milestone["items"], &milestone["done"]),
            (&json!("2.0"), &json!(3), &json!(2))
        );
        let rows: Value = server.get(milestone["evidence"].as_str().unwrap()).await.json().await.unwrap();
        assert_eq!(
            (&rows["count"], keys(&rows)),
            (&json!(3), vec!["SHOP-40".into(), "SHOP-38".into(), "SHOP-39".into()])
        );
        let done: Vec<&Value> = rows["items"].as_array().unwrap().iter().map(|row| &row["is_done"]).collect();
        assert_eq!(done, [false, true, true]);
        // Each sentence says something, and leads to what it is about.
        let clauses = page["narrative"].as_array().unwrap();
        let is_told = |clause: &Value| {
            let [text, href] = ["text", "href"].map(|part| clause[part].as_str().unwrap_or_default());
            !text.is_empty() && href.starts_with("/api/v1/")
        };
        assert!(!clauses.is_empty() && clauses.iter().all(is_told), "{clauses:?}");
        // The list of forecasts leads there, too.
        let list: Value = server.get("/api/v1/forecasts").await.json().await.unwrap();
        assert!(list["forecasts"].as_array().unwrap().contains(project), "{list}");
    });
}

#[test]
fn what_is_supposed_is_forecast_of_a_project_and_of_what_a_filter_leaves() {
    run(async {
        let (server, _lake) = start().await;
        let items = forecast(&server, json!({"kind": "items", "filter": {"projects": ["Checkout"]}})).await;
        assert_eq!((&items["name"], &items["made_on"]), (&json!("items of project Checkout"), &json!("2026-04-02")));
        assert_eq!((&items["remaining"], &items["history"]["done"]), (&json!(OPEN), &json!(DONE)), "{items}");
        assert!(p85(&items) > "2026-04-02" && items["done_on"]["p50"].as_str() <= Some(p85(&items)), "{items}");
        assert_eq!((&items["due_on"], &items["due_probability"]), (&Value::Null, &Value::Null));

        // One project is all that there is, so it is forecast alike by its id and with everything.
        let project = json!({"kind": "project", "id": "push:acme:checkout"});
        let same = forecast(&server, project.clone()).await;
        assert_eq!((&same["name"], &same["done_on"]), (&json!("Checkout"), &items["done_on"]));
        assert_eq!(forecast(&server, json!({"kind": "items"})).await["done_on"], items["done_on"]);

        // All of them are stories.
        let of =
            async |kind: &'static str| forecast(&server, json!({"kind": "items", "filter": {"kinds": [kind]}})).await;
        assert_eq!(of("Story").await["done_on"], items["done_on"]);
        let urgent = forecast(&server, json!({"kind": "items", "filter": {"labels": ["urgent"]}})).await;
        assert_eq!((&urgent["name"], &urgent["remaining"]), (&json!("items of label urgent"), &json!(0)));
        let bugs = of("Bug").await;
        assert_eq!((&bugs["name"], &bugs["remaining"]), (&json!("items of kind Bug"), &json!(0)));
        assert!(bugs["reason"].as_str().unwrap().starts_with("not enough history"), "{bugs}");

        let with = |more: Value| {
            let mut body = project.clone();
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        assert!(p85(&forecast(&server, with(json!({"scope": 20}))).await) > p85(&same));
        let twice = forecast(&server, with(json!({"pace": 2.0}))).await;
        assert!(p85(&twice) < p85(&same));
        let people = forecast(&server, with(json!({"people": {"from": 3, "to": 6}}))).await;
        assert_eq!(people["done_on"], twice["done_on"]);
        assert!(p85(&forecast(&server, with(json!({"start": "2026-06-01"}))).await) > "2026-06-01");
        let by = forecast(&server, with(json!({"due": "2030-01-01", "by": "2026-04-02"}))).await;
        assert_eq!(by["due_on"], "2030-01-01");
        // On one day no more than one was ever done.
        assert!(by["done_by"]["p50"].as_u64().is_some_and(|done| done <= 1), "{by}");

        let frozen: Value = server.get("/api/v1/forecasts").await.json().await.unwrap();
        assert_eq!(frozen, json!({"forecasts": [], "calibration": {}}), "nothing of it is kept");
    });
}

#[test]
fn a_limit_on_work_in_progress_slows_a_project_by_littles_law_and_one_above_what_is_in_progress_does_not() {
    run(async {
        let (server, _lake) = start().await;
        let tenant = server.engine.tenant(&acme());
        let of = |name: &str| Row::new(entities::core(name).unwrap());
        let status = of("statuses").set("name", "Doing").set("status_category", "doing");
        put(&tenant, "statuses", [("doing".to_owned(), status)]).await;
        // Four more are worked on since the first day after all were made, with nothing else beside them.
        let january = |day: u32| Cell::Time(noon(NaiveDate::from_ymd_opt(2026, 1, day).unwrap()));
        let doing = (1..=4).map(|n| {
            let row = of("work_items").set("project_id", "push:acme:checkout").set("key", format!("SHOP-9{n}"));
            let row = row.set("kind", "Story").set("status", "Doing").set("status_category", "doing");
            (format!("doing-{n}"), row.set("created_at", january(19)))
        });
        put(&tenant, "work_items", doing).await;
        let moves = (1..=4).map(|n| {
            let row = of("work_item_transitions").set("work_item_id", format!("push:acme:doing-{n}"));
            let row = row.set("field", "status").set("from_value", "Open").set("to_value", "Doing");
            (format!("begun-{n}"), row.set("position", 0_i64).set("changed_at", january(20)))
        });
        put(&tenant, "work_item_transitions", moves).await;
        tenant.model(&Settings::default()).await.unwrap();
        let project = |more: Value| {
            let mut body = json!({"kind": "project", "id": "push:acme:checkout"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let is = forecast(&server, project(json!({}))).await;
        assert_eq!((&is["in_progress"], &is["remaining"]), (&json!(4.0), &json!(OPEN + 4)), "{is}");
        let half = forecast(&server, project(json!({"pace": 0.5}))).await;
        assert!(p85(&half) > p85(&is), "{half} {is}");
        for (limit, of) in [(2.0, &half), (4.0, &is), (5.0, &is)] {
            let limited = forecast(&server, project(json!({"wip_limit": limit}))).await;
            assert_eq!(limited["done_on"], of["done_on"], "{limit}");
        }
    });
}

#[test]
fn what_cannot_be_supposed_is_refused_with_its_reason() {
    run(async {
        let (server, _lake) = start().await;
        for (body, code, reason) in [
            (json!({"kind": "moon", "id": "m"}), "invalid-request", "moon"),
            (json!({"kind": "project"}), "invalid-request", "which project?"),
            (json!({"kind": "items", "id": "push:acme:checkout"}), "invalid-request", "have no id"),
            (json!({"kind": "items", "due": "soon"}), "invalid-request", "due"),
            (json!({"kind": "items", "speed": 2}), "invalid-request", "speed"),
            (json!({"kind": "items", "pace": -1.0}), "invalid-question", "the pace is a number from 0 on"),
            (json!({"kind": "items", "people": {"from": 0, "to": 6}}), "invalid-request", "numbers above 0"),
            (json!({"kind": "items", "people": {"from": 4, "to": -6}}), "invalid-request", "numbers above 0"),
            (json!({"kind": "items", "people": {"from": 4}}), "invalid-request", "to"),
            (
                json!({"kind": "items", "pace": 1.5, "people": {"from": 4, "to": 6}}),
                "invalid-request",
                "in the place of a `pace`",
            ),
            (json!({"kind": "items", "wip_limit": -1.0}), "invalid-question", "the limit on work in progress"),
            (json!({"kind": "items", "filter": {"projects": ["Moon"]}}), "invalid-question", "Moon"),
            (json!({"kind": "project", "id": "push:acme:moon"}), "invalid-question", "there is no project"),
        ] {
            let told = problem(supposed(&server, body.clone()).await, 400, code).await;
            assert!(told["detail"].as_str().unwrap().contains(reason), "{body}: {told}");
        }
        problem(server.sql(&server.umbrella, WHAT_IF, json!({"kind": "items"})).await, 404, "no-data").await;
        problem(server.sql("pulse_0", WHAT_IF, json!({"kind": "items"})).await, 401, "no-valid-token").await;
    });
}

#[test]
fn what_is_frozen_stands_beside_how_its_kind_has_done() {
    run(async {
        let (server, _lake) = start().await;
        let tenant = server.engine.tenant(&acme());
        tenant.freeze_forecasts(&Settings::default(), server.app.clock).await.unwrap();
        let told: Value = server.get("/api/v1/forecasts?project=Checkout").await.json().await.unwrap();
        let of = &told["forecasts"][0];
        assert_eq!((&of["subject_id"], &of["remaining"]), (&json!("push:acme:checkout"), &json!(OPEN)), "{told}");
        let track = &told["calibration"]["project"];
        assert_eq!((&track["not_over"], &track["inside"]["p85"]["of"]), (&json!(1), &json!(0)), "{track}");
        assert_eq!((&track["by_horizon"], &track["by_size"]), (&json!([]), &json!([])), "none of them is over");
        let page: Value = server.get("/api/v1/dashboards/forecast").await.json().await.unwrap();
        assert_eq!(page["forecasts"], told);
        // Each sentence leads to what it is about.
        let clauses = page["narrative"].as_array().unwrap();
        assert!(!clauses.is_empty() && clauses.iter().all(|clause| clause["href"] == "/api/v1/forecasts"), "{page}");
    });
}

#[test]
fn what_is_supposed_of_a_project_stands_beside_how_forecasts_of_projects_have_done() {
    run(async {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        // All that is open is done at once, on a Thursday.
        let (server, _lake) = start_with(Some(day(4, 23))).await;
        let project = json!({"kind": "project", "id": "push:acme:checkout"});
        let before = forecast(&server, project.clone()).await;
        let inside = &before["calibration"]["inside"]["p85"];
        assert_eq!((&before["remaining"], &inside["hits"], &inside["of"]), (&json!(OPEN), &json!(0), &json!(0)));
        // One was done on three days of four: three weeks are more than five of them take.
        assert!(p85(&before) < "2026-04-23", "{before}");
        // What is foretold on 2 April comes later than its 85 % day. Of what is foretold on the Monday before that Thursday the 85 % day is a later
        // one: never were two done on a day. In October both are over, and nothing is left to foretell.
        let tenant = server.engine.tenant(&acme());
        for on in [day(4, 2), day(4, 20), day(10, 1)] {
            tenant.freeze_forecasts(&Settings::default(), Clock::Fixed(noon(on))).await.unwrap();
        }
        let answer = forecast(&server, project).await;
        assert_eq!(answer["done_on"], before["done_on"], "the record changes no day");
        let record = &answer["calibration"];
        let inside = &record["inside"]["p85"];
        assert_eq!(
            (&inside["hits"], &inside["of"], &record["not_over"]),
            (&json!(1), &json!(2), &json!(0)),
            "{record}"
        );
        assert_eq!(record["sentence"], "1 of 2 that are over were done by their 85 % day");
        // Of what a filter leaves none are frozen.
        let items = forecast(&server, json!({"kind": "items"})).await;
        assert_eq!(items["calibration"]["inside"]["p85"]["of"], 0, "{items}");
    });
}
