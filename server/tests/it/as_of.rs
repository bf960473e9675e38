//! What was: metrics, pages and reports of one instant of the past are of the same rows, whatever was landed since.

use crate::golden::{FIGURES, Golden, SPAN, near, one_more};
use crate::reports::{AS_OF, has_its_numbers, held_against_the_api, tiles};
use crate::rest::{Server, problem, run};
use crate::world::{acme, permissions};
use chrono::{DateTime, SecondsFormat};
use pulse_engine::{Clock, Policy, Settings, Tenant};
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, NewToken, Sees};
use pulse_server::http::{App, Served, router};
use pulse_server::reports::{BUILT_IN, BuiltIn, Changes, FileFormat, Look, Made, Paper, Period, Saved, Written, make};
use reqwest::Response;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

/// A server over a lake of its own whose clock is the machine's, as that of the lake's logs is.
struct Now {
    server: Server,
    address: String,
    tenant: Tenant,
    _lake: tempfile::TempDir,
}

impl Now {
    async fn start() -> Self {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(format!("file://{}", lake.path().display())).await;
        let app = App::from(Served { clock: Clock::System, ..(*server.app).clone() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let tenant = server.engine.tenant(&acme());
        Self { server, address, tenant, _lake: lake }
    }

    async fn ask(&self, token: &str, path: &str) -> Response {
        self.server.client.get(format!("{}{path}", self.address)).bearer_auth(token).send().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.ask(&self.server.acme, path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }
}

/// An instant, with some time before and after it in which nothing is written: logs have milliseconds.
async fn instant() -> (i64, String) {
    tokio::time::sleep(Duration::from_millis(20)).await;
    let at = Clock::System.now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    (at, DateTime::from_timestamp_micros(at).unwrap().to_rfc3339_opts(SecondsFormat::Micros, true))
}

fn asked(what: &str, more: &str) -> String {
    format!("/api/v1/{what}?from={}&until={}&grain=month{more}", SPAN[0], SPAN[1])
}

/// As whoever asks over the API reads it: what reads numbers there may be off by the last bit.
pub(crate) fn as_told(what: &impl serde::Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(what).unwrap()).unwrap()
}

fn tile<'a>(page: &'a Value, metric: &str) -> &'a Value {
    page["tiles"].as_array().unwrap().iter().find(|tile| tile["metric"] == metric).unwrap()
}

#[test]
fn a_metric_and_a_page_of_then_are_of_what_the_lake_held_then_and_say_so() {
    run(async {
        let now = Now::start().await;
        let (first, first_text) = instant().await;
        let frequency = "metrics/deployment_frequency";
        assert_eq!(now.json(&asked(frequency, "")).await["groups"][0]["total"]["n"], 4);
        one_more(&now.tenant).await;
        let (_, second_text) = instant().await;
        let then = format!("&as_of={first_text}");
        let of_then = now.json(&asked(frequency, &then)).await;
        assert_eq!((&of_then["groups"][0]["total"]["n"], &of_then["as_of"]), (&json!(4), &json!(first)));
        for more in [format!("&as_of={second_text}"), String::new(), "&as_of=".to_owned()] {
            assert_eq!(now.json(&asked(frequency, &more)).await["groups"][0]["total"]["n"], 5, "{more}");
        }
        // The rows behind it are those of then, also after what is of now was asked for, and kept.
        let of_now = now.json(&asked(frequency, "")).await;
        for (figure, n) in [(&of_now, 5), (&of_then, 4), (&of_now, 5), (&of_then, 4)] {
            for evidence in [&figure["evidence"], &figure["groups"][0]["evidence"]] {
                let rows = now.json(evidence.as_str().unwrap()).await;
                let counted = rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count();
                assert_eq!(counted, n, "{evidence}");
            }
        }
        for (metric, value, n) in FIGURES {
            let total = &now.json(&asked(&format!("metrics/{metric}"), &then)).await["groups"][0]["total"];
            assert!(near(&total["value"], value) && total["n"] == n, "{metric}: {total}");
        }

        // A page, beside that of now.
        let page = asked("dashboards/dora", &then);
        let (of_then, of_now) = (now.json(&page).await, now.json(&asked("dashboards/dora", "")).await);
        let n = |page: &Value| tile(page, "deployment_frequency")["groups"][0]["total"]["n"].clone();
        assert_eq!((n(&of_then), n(&of_now)), (json!(4), json!(5)));
        assert_eq!(of_then["as_of"], first);
        let evidence = tile(&of_then, "deployment_frequency")["evidence"].as_str().unwrap();
        let rows = now.json(evidence).await;
        assert_eq!(rows.as_array().unwrap().iter().filter(|row| row["counted"] == true).count(), 4, "{evidence}");
        for (metric, value, n) in FIGURES {
            let total = &tile(&of_then, metric)["groups"][0]["total"];
            assert!(near(&total["value"], value) && total["n"] == n, "{metric}: {total}");
        }
        let tag = now.ask(&now.server.acme, &page).await.headers()[ETAG].clone();
        let tag = tag.to_str().unwrap();
        for (known, status) in [
            (tag.to_owned(), 304),
            (format!("W/{tag}"), 304),
            (format!("\"another\", W/{tag}"), 304),
            ("*".to_owned(), 304),
            ("W/\"another\"".to_owned(), 200),
        ] {
            let again = now.server.client.get(format!("{}{page}", now.address)).bearer_auth(&now.server.acme);
            let again = again.header(IF_NONE_MATCH, &known).send().await.unwrap();
            assert_eq!(again.status(), status, "{known}");
        }
        let dashboards = &now.server.app.dashboards;
        dashboards.refresh(Clock::System).await;
        assert_eq!(dashboards.refresh(Clock::System).await, 0, "a page of then was made anew");
        // Without days it is the recent past of then.
        let recent = now.json(&format!("/api/v1/dashboards/dora?as_of={first_text}")).await;
        let until: chrono::NaiveDate = recent["until"].as_str().unwrap().parse().unwrap();
        let at = DateTime::from_timestamp_micros(first).unwrap().with_timezone(&chrono_tz::Europe::Berlin);
        assert_eq!(until, at.date_naive() + chrono::Days::new(1));
    });
}

#[test]
fn what_is_told_of_then_is_held_against_what_was_aimed_at_then() {
    run(async {
        let now = Now::start().await;
        let (world, metric) = (&now.server.world, "deployment_frequency");
        // What is decided is noted by another clock here, which is to show the machine's time, too.
        world.pass(Clock::System.now() - world.pass_one());
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let may = permissions(&[Permission::MetricsRead]);
        let new = NewToken { name: "reader".into(), permissions: may, sees: None, days: 3, service: true };
        let reader = world.control().create_token(&acme(), &by, "shell", new).await.unwrap().1;
        let (at, before) = instant().await;
        world.pass(at + 10 * 1_000_000 - world.control().now());
        world.control().set_target(&acme(), metric, 3.0, "ada", 0).await.unwrap();
        let told = async |what: &str, as_of: &str| -> Value {
            let response = now.ask(reader.tell(), &asked(what, &format!("&compare=target{as_of}"))).await;
            assert_eq!(response.status(), 200, "{what}");
            response.json().await.unwrap()
        };
        for (as_of, target) in [(format!("&as_of={before}"), Value::Null), (String::new(), json!(3.0))] {
            let answer = told(&format!("metrics/{metric}"), &as_of).await;
            assert_eq!(answer["groups"][0]["comparison"]["value"], target, "{as_of}");
            let page = told("dashboards/dora", &as_of).await;
            assert_eq!(tile(&page, metric)["target"], target, "{as_of}");
        }
    });
}

/// A built-in report on March as of an instant, of what a tenant shows.
async fn made(tenant: &Tenant, of: BuiltIn, as_of: i64) -> Paper {
    let [from, until] = SPAN.map(|day| day.parse().unwrap());
    let changes = Changes { period: Some(Period::Days { from, until }), ..Changes::default() };
    let (definition, saved) = (changes.over(of.definition()), Saved::new());
    let made = Made { name: of.name, definition: &definition, organization: "Acme", as_of, saved: &saved };
    make(tenant, &Settings::default(), made).await.unwrap()
}

/// The formats of a report's files, each with the sum of what is written as it.
async fn sums(paper: Paper) -> Vec<(&'static str, String)> {
    use FileFormat::{Csv, Html, Json, Parquet, Pdf, Png, Text, Xlsx};
    let sum = move |format: FileFormat| {
        let written = Written::of(format, &paper, &Look::default(), None).unwrap();
        (format.name(), written.sum().to_owned())
    };
    let all = move || [Pdf, Xlsx, Html, Text, Csv, Png, Json, Parquet].map(sum).to_vec();
    tokio::task::spawn_blocking(all).await.unwrap()
}

/// Holds each single figure of a report that a page of the dashboard shows, too, against that; how many there were.
pub(crate) fn held_against_the_page(report: &Value, page: &Value) -> usize {
    let mut compared = 0;
    for told in tiles(report) {
        let mut shown = ["tiles", "series"].iter().flat_map(|part| page[part].as_array().unwrap());
        let is_same = |shown: &&Value| shown["metric"] == told["metric"] && shown["by"].is_null();
        let Some(shown) = shown.find(is_same) else { continue };
        let group = &shown["groups"][0];
        // The page, too, tells zeros of what was never seen.
        let is_seen = shown["state"] != "never_seen";
        let of = |value: &Value| if is_seen { value.clone() } else { Value::Null };
        assert_eq!(told["state"], shown["state"], "{told}");
        assert_eq!(told["value"], of(&group["total"]["value"]), "{told}");
        assert_eq!(told["before"], of(&group["comparison"]["value"]), "{told}");
        assert_eq!(of(&told["n"]), of(&group["total"]["n"]), "{told}");
        compared += 1;
    }
    compared
}

#[test]
fn every_figure_of_a_report_is_the_apis_of_the_same_past_and_its_files_have_the_same_bytes_whatever_was_landed_since() {
    run(async {
        let now = Now::start().await;
        let (first, text) = instant().await;
        let mut before = Vec::new();
        for of in BUILT_IN {
            before.push(sums(made(&now.tenant, of, first).await).await);
        }
        one_more(&now.tenant).await;
        let (second, _) = instant().await;
        let (then, mut compared) = (format!("&as_of={text}"), 0);
        for (of, before) in BUILT_IN.into_iter().zip(before) {
            let paper = made(&now.tenant, of, first).await;
            let report = as_told(&paper);
            assert!(report["notes"][0].as_str().unwrap().contains("that the lake held at the as-of"), "{report}");
            assert_eq!(sums(paper).await, before, "{}", of.name);
            has_its_numbers(&report);
            compared += held_against_the_api(&report, &now.server, &now.address, &then).await;
            if of.name == "board-quarterly" {
                let later = as_told(&made(&now.tenant, of, second).await);
                let n = |report: &Value| {
                    let all = tiles(report);
                    all.iter().find(|tile| tile["metric"] == "deployment_frequency").unwrap()["n"].clone()
                };
                assert_eq!((n(&report), n(&later)), (json!(4), json!(5)));
                // The five, and the four stages of the first.
                let page = now.json(&asked("dashboards/dora", &then)).await;
                assert_eq!(held_against_the_page(&report, &page), 9);
            }
        }
        assert!(compared > 300, "only {compared} figures were held against the API's");
    });
}

#[test]
fn a_report_that_cannot_be_of_the_rows_of_then_says_that_it_is_of_those_of_now() {
    run(async {
        let now = Now::start().await;
        let (first, _) = instant().await;
        one_more(&now.tenant).await;
        let board = BUILT_IN.into_iter().find(|of| of.name == "board-quarterly").unwrap();
        let begun = DateTime::parse_from_rfc3339(AS_OF).unwrap().timestamp_micros();
        let limited = now.tenant.under(&Policy::only(["nobody's"], []));
        // The lake began later; and of whoever sees a part nobody knows what that was.
        for (tenant, as_of, n) in [(&now.tenant, begun, 5), (&limited, first, 0)] {
            let report = as_told(&made(tenant, board, as_of).await);
            let note = report["notes"][0].as_str().unwrap();
            assert!(note.starts_with("The lake cannot tell what it held at the as-of"), "{note}");
            assert!(note.contains("figures are made of the rows that it holds now"), "{note}");
            let all = tiles(&report);
            let frequency = all.iter().find(|tile| tile["metric"] == "deployment_frequency").unwrap();
            assert_eq!(frequency["n"], n, "{frequency}");
        }
    });
}

#[test]
fn where_nobody_can_tell_what_was_or_who_saw_what_nothing_is_told() {
    run(async {
        let now = Now::start().await;
        let (_, text) = instant().await;
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let some = Sees::Only { teams: BTreeSet::from(["nobody's".to_owned()]), projects: BTreeSet::new() };
        let may = permissions(&[Permission::MetricsRead]);
        let new = NewToken { name: "limited".into(), permissions: may, sees: Some(some), days: 3, service: true };
        let limited = now.server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap().1;
        for what in ["metrics/deployment_frequency", "metrics/deployment_frequency/evidence", "dashboards/dora"] {
            let ask = async |token: &str, as_of: &str| now.ask(token, &asked(what, &format!("&as_of={as_of}"))).await;
            // The lake was not there yet.
            problem(ask(&now.server.acme, "2026-04-01T00:00:00Z").await, 410, "not-kept").await;
            problem(ask(&now.server.umbrella, &text).await, 410, "not-kept").await;
            problem(ask(limited.tell(), &text).await, 403, "not-allowed").await;
            for wrong in ["yesterday", "2026-04-01", "2999-01-01T00:00:00Z"] {
                problem(ask(&now.server.acme, wrong).await, 422, "invalid-value").await;
            }
        }
        // Where it is not known it is refused, as any other parameter.
        let ageing = format!("/api/v1/flow/ageing?as_of={text}");
        problem(now.ask(&now.server.acme, &ageing).await, 400, "invalid-request").await;
    });
}
