//! Reports whose files are not in the storage any more, or are others: what whoever wants them is told, how they come back, and what cleans
//! up after them.

use crate::delivering::{next, work};
use crate::golden::SPAN;
use crate::jobs::claim_any;
use crate::own_metrics::ROLLBACKS;
use crate::reports::text_of;
use crate::reports_kept::Kept;
use crate::rest::{problem, run};
use crate::world::{DAY, SECOND, acme};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pulse_engine::Settings;
use pulse_engine::lake::TenantLake;
use pulse_server::branding::Branding;
use pulse_server::control::{Cursor, Delivery, NewReport, Outcome, REPORT, Report, ReportState, TenantChange, Trigger};
use pulse_server::delivery::{Channel, DeliveryState};
use pulse_server::jobs::{AtWork, Work as _, steps};
use pulse_server::reports::{self, FileFormat, Weight, remove_font, set_font};
use reqwest::header::IF_MATCH;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn lake(kept: &Kept) -> TenantLake {
    kept.server.engine.tenant(&acme()).lake().clone()
}

/// The reports of Ada's definition `ours`, made as two files, and told to her.
async fn made(kept: &Kept) -> Vec<Report> {
    let plan = json!({"like": "risk-register", "formats": ["json", "html"], "recipients": ["ada@example.com"]});
    let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/ours", Some(plan)).await;
    assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
    let control = kept.server.world.control();
    control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
    assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
    let all = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap().items;
    assert!(all.len() == 2 && all.iter().all(|report| report.state == ReportState::Ready), "{all:?}");
    all
}

async fn now(kept: &Kept, report: &Report) -> Report {
    kept.server.world.control().report(&acme(), &report.id).await.unwrap().unwrap()
}

async fn handed_over(kept: &Kept) -> usize {
    let all = Cursor::new(None, None).unwrap();
    kept.server.world.control().deliveries(&acme(), None, &all).await.unwrap().items.len()
}

#[test]
fn a_file_that_is_gone_or_another_is_told_so_and_made_again_with_the_same_bytes_and_goes_to_nobody_once_more() {
    run(async {
        let kept = Kept::start().await;
        let all = made(&kept).await;
        let sent = handed_over(&kept).await;
        assert!(sent > 0);
        let path = |report: &Report| format!("/api/v1/reports/{}/file", report.id);
        for (n, report) in all.iter().enumerate() {
            let whole = kept.get(&kept.ada, &path(report)).await.bytes().await.unwrap();
            let file = report.file.clone().unwrap();
            let link = format!("/api/v1/reports/{}/link", report.id);
            let link: Value = kept.ask(&kept.ada, Method::POST, &link, Some(json!({}))).await.json().await.unwrap();
            let broken: Vec<Option<Vec<u8>>> = match n {
                0 => vec![None],
                // Cut off, and as long as it was.
                _ => vec![Some(whole[..10].to_vec()), Some(vec![b'x'; whole.len()])],
            };
            for bytes in broken {
                match bytes {
                    None => lake(&kept).remove_file(&file).await.unwrap(),
                    Some(bytes) => lake(&kept).put_file(&file, bytes.into()).await.unwrap(),
                }
                let refused = kept.get(&kept.ada, &path(report)).await;
                assert_eq!(refused.status(), StatusCode::NOT_FOUND);
                let why = refused.json::<Value>().await.unwrap()["detail"].to_string();
                assert!(why.contains("it is made again") && why.contains("`ready`"), "{why}");
                let again = now(&kept, report).await;
                assert_eq!((again.state, again.file), (ReportState::Making, None));
                assert!(again.reason.ends_with("it is made again"), "{}", again.reason);
                // It is asked for once, however many want it.
                problem(kept.get(&kept.ada, &path(report)).await, 404, "not-found").await;
                assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
                let (made, file) = (now(&kept, report).await, kept.get(&kept.ada, &path(report)).await);
                assert_eq!(
                    (made.state, made.sum, made.job.as_str()),
                    (ReportState::Ready, report.sum.clone(), &*report.job)
                );
                assert_eq!(file.headers()["content-length"], whole.len().to_string().as_str());
                assert!(file.bytes().await.unwrap() == whole, "it is another");
            }
            // Links lead to what was made again.
            let opened = format!("{}{}", kept.server.address, link["path"].as_str().unwrap());
            assert!(kept.server.client.get(opened).send().await.unwrap().bytes().await.unwrap() == whole);
        }
        assert_eq!(handed_over(&kept).await, sent);
    });
}

#[test]
fn what_a_tenant_decides_after_a_report_was_asked_for_changes_nothing_of_it_also_where_it_is_made_again() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control();
        control.set_target(&acme(), "deployment_frequency", 3.0, "ada", 0).await.unwrap();
        control.set_own_metric(&acme(), "rollbacks", ROLLBACKS, "ada", 0).await.unwrap();
        let draft = |column: &str| {
            let sql = format!("SELECT count(*) AS {column} FROM facts.deployments");
            json!({"title": "Rows", "description": "", "shared": true, "parameters": [], "sql": sql})
        };
        let saved = kept.ask(&kept.ada, Method::POST, "/api/v1/saved-queries", Some(draft("first"))).await;
        let saved: Value = saved.json().await.unwrap();
        let id = saved["id"].as_str().unwrap();
        let plan = json!({"definition": {
            "title": "Aims", "compare": "target", "period": {"days": {"from": SPAN[0], "until": SPAN[1]}},
            "sections": [
                {"title": "Figures", "shows": {"tiles": ["deployment_frequency", "rollbacks"]}},
                {"title": "Rows", "shows": {"query": {"saved": id}}},
            ],
        }, "formats": ["json"]});
        let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/ours", Some(plan)).await;
        assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
        let of_then = "2026-04-02T00:00:00Z";
        let asked = async || -> Report {
            let body = json!({"definition": "ours", "format": "json", "as_of": of_then});
            let asked = kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(body)).await;
            let asked: Value = asked.json().await.unwrap();
            control.report(&acme(), asked["id"].as_str().unwrap()).await.unwrap().unwrap()
        };
        let file = async |report: &Report| {
            kept.get(&kept.ada, &format!("/api/v1/reports/{}/file", report.id)).await.bytes().await.unwrap()
        };
        let report = asked().await;
        kept.server.world.pass(SECOND);
        control.set_target(&acme(), "deployment_frequency", 7.0, "ada", 1).await.unwrap();
        let anew = ROLLBACKS.replace("title: Rollbacks", "title: All of them");
        control.set_own_metric(&acme(), "rollbacks", &anew, "ada", 1).await.unwrap();
        let url = format!("{}/api/v1/saved-queries/{id}", kept.server.address);
        let request = kept.server.client.put(url).bearer_auth(&kept.ada).header(IF_MATCH, "\"1\"");
        assert_eq!(request.json(&draft("second")).send().await.unwrap().status(), 200);
        let tenant = control.tenant(&acme()).await.unwrap().unwrap();
        let change = TenantChange {
            name: Some("Renamed".to_owned()),
            time_zone: Some("Asia/Tokyo".to_owned()),
            ..TenantChange::default()
        };
        control.change_tenant(&acme(), tenant.version, change).await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let told = |bytes: &[u8]| {
            let told: Value = serde_json::from_slice(bytes).unwrap();
            let tiles = &told["sections"][0]["parts"][0]["tiles"];
            let column = &told["sections"][1]["parts"][0]["table"]["columns"][0]["title"];
            let [target, title] = [&tiles[0]["target"], &tiles[1]["title"]];
            let [of, zone] = ["organization", "time_zone"].map(|field| &told["cover"][field]);
            [target, title, column, of, zone].map(Value::clone)
        };
        let whole = file(&report).await;
        let then = [json!(3.0), json!("Rollbacks"), json!("first"), json!(tenant.name), json!(tenant.time_zone)];
        assert_eq!(told(&whole), then);
        lake(&kept).remove_file(now(&kept, &report).await.file.as_ref().unwrap()).await.unwrap();
        problem(kept.get(&kept.ada, &format!("/api/v1/reports/{}/file", report.id)).await, 404, "not-found").await;
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        assert!(file(&report).await == whole, "it is another");
        // Asked for now, it is told by what is decided now, and held against what was aimed at then.
        let another = asked().await;
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let today = [json!(3.0), json!("All of them"), json!("second"), json!("Renamed"), json!("Asia/Tokyo")];
        assert_eq!(told(&file(&another).await), today);
        let body = json!({"definition": "ours", "format": "json"});
        let of_now: Value =
            kept.ask(&kept.ada, Method::POST, "/api/v1/reports", Some(body)).await.json().await.unwrap();
        let of_now = control.report(&acme(), of_now["id"].as_str().unwrap()).await.unwrap().unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        assert_eq!(told(&file(&of_now).await)[0], json!(7.0));
    });
}

#[test]
fn a_report_looks_as_its_tenant_did_when_it_was_asked_for_also_where_the_logo_of_then_is_gone() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control();
        let look = |name: &str, accent: &str, logo: Value| -> Branding {
            let colours = json!({"light": {"accent": accent}});
            serde_json::from_value(json!({"name": name, "logo": logo, "colours": colours})).unwrap()
        };
        let square = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><path d='M0 0h8v8z'/></svg>";
        let logo = json!({"media_type": "image/svg+xml", "data": STANDARD.encode(square)});
        control.set_branding(&acme(), look("Looks of then", "#7a0019", logo), "ada", 0).await.unwrap();
        let (tenant, squares) = (kept.server.engine.tenant(&acme()), include_bytes!("../fonts/squares.ttf"));
        set_font(&tenant, Weight::Semibold, squares.to_vec()).await.unwrap();
        let file = async |id: &str| {
            let got = kept.get(&kept.ada, &format!("/api/v1/reports/{id}/file")).await;
            assert_eq!(got.status(), StatusCode::OK);
            got.bytes().await.unwrap()
        };
        let mut ids = Vec::new();
        for format in ["html", "pdf"] {
            ids.push(kept.board(&kept.ada, format).await["id"].as_str().unwrap().to_owned());
        }
        // Nobody has come to them yet.
        control.set_branding(&acme(), look("Looks of now", "#0b5d3b", Value::Null), "ada", 1).await.unwrap();
        remove_font(&tenant, Weight::Semibold).await.unwrap();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new()), Outcome::Done(Vec::new())]);
        let (html, pdf) = (file(&ids[0]).await, file(&ids[1]).await);
        let page = String::from_utf8(html.to_vec()).unwrap();
        assert!(page.contains("#7a0019") && !page.contains("#0b5d3b"), "{page}");
        let font = b"Squares-Regular";
        assert!(pdf.windows(font.len()).any(|some| some == font), "it is set in another font");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("report.pdf"), &pdf).unwrap();
        if let Some(text) = text_of(&folder.path().join("report.pdf")) {
            assert!(text.contains("Looks of then") && !text.contains("Looks of now"), "{text}");
        }
        for (id, whole) in ids.iter().zip([&html, &pdf]) {
            let report = control.report(&acme(), id).await.unwrap().unwrap();
            lake(&kept).remove_file(report.file.as_ref().unwrap()).await.unwrap();
            problem(kept.get(&kept.ada, &format!("/api/v1/reports/{id}/file")).await, 404, "not-found").await;
            assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
            assert!(file(id).await == *whole, "it is another");
        }
        // One that is asked for now looks as its tenant does now.
        let another = kept.board(&kept.ada, "html").await["id"].as_str().unwrap().to_owned();
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        let page = String::from_utf8(file(&another).await.to_vec()).unwrap();
        assert!(page.contains("#0b5d3b") && !page.contains("#7a0019"), "{page}");
        // Of thirty versions it is known how it looked; before those it looks as it does.
        let name = async |version: i64| control.branding_at(&acme(), version).await.unwrap().name.unwrap();
        for version in 2..32 {
            assert_eq!(name(1).await, if version < 31 { "Looks of then" } else { "Again" }, "{version}");
            control.set_branding(&acme(), look("Again", "#0b5d3b", Value::Null), "ada", version).await.unwrap();
        }
        assert_eq!((name(2).await, name(3).await), ("Again".to_owned(), "Again".to_owned()));
        assert_eq!(control.branding_at(&acme(), 0).await.unwrap().name, None, "it looked as Pulse does");
    });
}

#[test]
fn what_cleans_up_has_made_again_what_is_gone_and_one_that_cannot_be_says_so() {
    run(async {
        let kept = Kept::start().await;
        let (control, tenant) = (kept.server.world.control(), kept.server.engine.tenant(&acme()));
        let all = made(&kept).await;
        reports::remove_old(control, &tenant).await.unwrap();
        assert!(claim_any(control, &[REPORT]).await.is_none(), "all files are there");
        lake(&kept).remove_file(all[0].file.as_ref().unwrap()).await.unwrap();
        reports::remove_old(control, &tenant).await.unwrap();
        let states = async || (now(&kept, &all[0]).await.state, now(&kept, &all[1]).await.state);
        assert_eq!(states().await, (ReportState::Making, ReportState::Ready));
        // Its own job is not the one that makes it now.
        let jobs = control.jobs_to_do(&acme()).await.unwrap();
        let job = jobs.iter().find(|job| job.subject == all[0].id).unwrap();
        control.cancel_job(&acme(), &job.id, "test").await.unwrap();
        assert_eq!(states().await, (ReportState::Failed, ReportState::Ready));
        let of = format!("/api/v1/reports/{}/file", all[0].id);
        problem(kept.get(&kept.ada, &of).await, 404, "not-found").await;
        assert!(claim_any(control, &[REPORT]).await.is_none(), "who took it back wants none");
    });
}

fn notifies(of: &Channel) -> bool {
    matches!(of, Channel::Notification(_))
}

fn stores(of: &Channel) -> bool {
    matches!(of, Channel::Store(_))
}

/// How a file in the storage is not what was made.
#[derive(Clone, Copy, Debug)]
enum Broken {
    Gone,
    Cut,
    Other,
}

async fn breaks(kept: &Kept, file: &str, how: Broken) {
    let whole = lake(kept).file(file, u64::MAX).await.unwrap().unwrap();
    match how {
        Broken::Gone => lake(kept).remove_file(file).await.unwrap(),
        Broken::Cut => lake(kept).put_file(file, whole.slice(..10)).await.unwrap(),
        Broken::Other => lake(kept).put_file(file, vec![b'x'; whole.len()].into()).await.unwrap(),
    }
}

/// The report that goes to a place in the storage, made by Ada's definition `ours`, which is told to her, too.
async fn stored(kept: &Kept) -> Report {
    let control = kept.server.world.control();
    let (to, places) = (json!(["ada@example.com"]), json!([{"store": "out/{name}"}]));
    let plan = json!({"like": "risk-register", "formats": ["json"], "recipients": to, "places": places});
    let set = kept.ask(&kept.ada, Method::PUT, "/api/v1/report-definitions/ours", Some(plan)).await;
    assert_eq!(set.status(), 200, "{}", set.text().await.unwrap());
    control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
    assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
    let made = control.reports(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap().items;
    made.into_iter().find(|one| !one.places.is_empty()).unwrap()
}

/// The only delivery by such a channel.
async fn sent(kept: &Kept, is_it: fn(&Channel) -> bool) -> Delivery {
    let all = Cursor::new(None, None).unwrap();
    let sent = kept.server.world.control().deliveries(&acme(), None, &all).await.unwrap().items;
    let mut found: Vec<_> = sent.into_iter().filter(|one| is_it(&one.channel)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn what_goes_out_waits_for_a_file_that_is_made_again_and_a_notification_needs_none() {
    run(async {
        for how in [Broken::Gone, Broken::Cut, Broken::Other] {
            let kept = Kept::start().await;
            let report = stored(&kept).await;
            let (file, out) = (report.file.clone().unwrap(), format!("out/{}", report.file_name()));
            let bytes = lake(&kept).file(&file, u64::MAX).await.unwrap().unwrap();
            breaks(&kept, &file, how).await;
            let delivers = work(&kept.server, None);
            while next(&kept.server, &delivers).await.is_some() {}
            let store = sent(&kept, stores).await;
            assert_eq!(sent(&kept, notifies).await.state, DeliveryState::Delivered, "{how:?}");
            assert_eq!(store.state, DeliveryState::Failed, "{how:?}: {}", store.reason);
            assert!(store.reason.contains("it is made again"), "{how:?}: {}", store.reason);
            assert_eq!(now(&kept, &report).await.state, ReportState::Making);
            assert_eq!(lake(&kept).file(&out, u64::MAX).await.unwrap(), None, "{how:?}: half a file went out");
            assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
            kept.server.world.pass(60 * SECOND);
            while next(&kept.server, &delivers).await.is_some() {}
            assert_eq!(sent(&kept, stores).await.state, DeliveryState::Delivered, "{how:?}");
            assert!(lake(&kept).file(&out, u64::MAX).await.unwrap().unwrap() == bytes, "{how:?}: it is another");
        }
    });
}

#[test]
fn what_was_made_anew_goes_out_as_it_is_now() {
    run(async {
        let kept = Kept::start().await;
        let (control, report) = (kept.server.world.control(), stored(&kept).await);
        let (id, file) = (report.id.as_str(), report.file.clone().unwrap());
        breaks(&kept, &file, Broken::Other).await;
        assert!(control.make_again(&acme(), (id, &file), reports::DAMAGED).await.unwrap());
        // Its look was changed meanwhile: it has other bytes, and another place.
        let job = claim_any(control, &[REPORT]).await.unwrap();
        let anew = b"{\"anew\": true}";
        let sum: String = Sha256::digest(anew).iter().map(|byte| format!("{byte:02x}")).collect();
        let other = format!("kept-reports/{id}/{}.json", &sum[..16]);
        lake(&kept).put_file(&other, anew.as_slice().into()).await.unwrap();
        assert!(control.report_ready(&job, id, (&other, anew.len() as u64, &sum)).await.unwrap());
        assert!(control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
        let delivers = work(&kept.server, None);
        while next(&kept.server, &delivers).await.is_some() {}
        let store = sent(&kept, stores).await;
        assert_eq!(store.state, DeliveryState::Delivered, "{}", store.reason);
        let out = lake(&kept).file(&format!("out/{}", report.file_name()), u64::MAX).await.unwrap().unwrap();
        assert_eq!(out, anew.as_slice());
    });
}

#[test]
fn what_is_damaged_and_does_not_come_again_goes_to_nobody_and_says_so() {
    run(async {
        let kept = Kept::start().await;
        let (control, report) = (kept.server.world.control(), stored(&kept).await);
        breaks(&kept, report.file.as_ref().unwrap(), Broken::Other).await;
        let delivers = work(&kept.server, None);
        while next(&kept.server, &delivers).await.is_some() {}
        let jobs = control.jobs_to_do(&acme()).await.unwrap();
        let again = jobs.iter().find(|job| job.subject == report.id).unwrap();
        control.cancel_job(&acme(), &again.id, "test").await.unwrap();
        assert_eq!(now(&kept, &report).await.state, ReportState::Failed);
        kept.server.world.pass(60 * SECOND);
        while next(&kept.server, &delivers).await.is_some() {}
        let store = sent(&kept, stores).await;
        assert_eq!(store.state, DeliveryState::Dead, "{}", store.reason);
        assert!(store.reason.contains("is not what was made"), "{}", store.reason);
        assert_eq!(lake(&kept).file(&format!("out/{}", report.file_name()), u64::MAX).await.unwrap(), None);
    });
}

#[test]
fn a_page_that_was_damaged_before_its_letter_was_written_is_made_anew_for_it() {
    run(async {
        let kept = Kept::start().await;
        let control = kept.server.world.control();
        let page = made(&kept).await.into_iter().find(|one| one.format == FileFormat::Html).unwrap();
        let before = handed_over(&kept).await;
        // A worker made the next one, and died before it was handed over.
        let by = control.trigger(&acme(), &Trigger::new(REPORT, "ours"), "test").await.unwrap();
        let job = claim_any(control, &[REPORT]).await.unwrap();
        assert_eq!(job.id, by);
        let new = NewReport {
            name: page.name.clone(),
            asked: page.asked.clone(),
            asked_by: page.asked_by.clone(),
            sees: page.sees.clone(),
            recipients: page.recipients.clone(),
            places: Vec::new(),
            refused: None,
            expires_at: page.expires_at,
        };
        let id = control.note_reports(&job, &[new]).await.unwrap().remove(0).id;
        let (sum, damaged) = ("0".repeat(64), b"<html>half");
        let file = format!("kept-reports/{id}/{}.html", &sum[..16]);
        lake(&kept).put_file(&file, damaged.as_slice().into()).await.unwrap();
        assert!(control.report_ready(&job, &id, (&file, damaged.len() as u64, &sum)).await.unwrap());
        let outcome = kept.makes().run(&job, &AtWork::new(control.clone())).await;
        let Outcome::Failed(why) = &outcome else { panic!("{outcome:?}") };
        assert!(why.contains("it is made again"), "{why}");
        assert!(control.finish(&job, &outcome).await.unwrap());
        assert_eq!(handed_over(&kept).await, before, "half a page went out");
        kept.server.world.pass(60 * SECOND);
        let outcomes = kept.work().await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Done(Vec::new())), "{outcomes:?}");
        assert!(handed_over(&kept).await > before);
        let report = control.report(&acme(), &id).await.unwrap().unwrap();
        assert_eq!((report.state, report.job), (ReportState::Ready, by));
    });
}

#[test]
fn the_vacuum_removes_what_is_over_and_what_no_report_names() {
    run(async {
        let kept = Kept::start().await;
        let (control, world) = (kept.server.world.control().clone(), &kept.server.world);
        let asked = kept.board(&kept.ada, "json").await;
        kept.work().await;
        let report = control.report(&acme(), asked["id"].as_str().unwrap()).await.unwrap().unwrap();
        let lake = kept.server.engine.tenant(&acme()).lake().clone();
        let stray = "kept-reports/report_x/0123.pdf";
        lake.put_file(stray, "x".into()).await.unwrap();
        let files =
            async || lake.files("kept-reports").await.unwrap().into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        let vacuum = async || {
            let works = steps(&control, &kept.server.engine, &Settings::default());
            let vacuum = works.into_iter().find(|work| work.kind() == "vacuum").unwrap();
            control.trigger(&acme(), &Trigger::new("vacuum", ""), "test").await.unwrap();
            let job = claim_any(&control, &["vacuum"]).await.unwrap();
            let outcome = vacuum.run(&job, &AtWork::new(control.clone())).await;
            assert_eq!(outcome, Outcome::Done(Vec::new()));
            control.finish(&job, &outcome).await.unwrap();
        };
        // The clock of this world is behind the one that files are dated by: what is there is young.
        vacuum().await;
        assert_eq!(files().await.len(), 2);
        // Years on, the file that no report names is old, and the report's time is over.
        world.pass(89 * DAY);
        vacuum().await;
        assert!(files().await.contains(&report.file.clone().unwrap()), "its time is not over");
        world.pass(2 * DAY);
        vacuum().await;
        assert!(!files().await.contains(&report.file.unwrap()));
        assert!(control.report(&acme(), &report.id).await.unwrap().is_none());
        world.pass(3650 * DAY);
        vacuum().await;
        assert_eq!(files().await, Vec::<String>::new());
    });
}
