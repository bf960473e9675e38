//! The audit trail: what is done is in it, once, and whoever tampers with it is found out.

use crate::rest::{Server, run};
use crate::world::{PASSWORD, World};
use arrow::array::{Array as _, ArrayRef, RecordBatch, StringArray};
use futures::TryStreamExt as _;
use pulse_engine::lake::When;
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Engine, TenantId};
use pulse_server::audit::{self, Event};
use pulse_server::control::Sees;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn acme() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn event(at: i64, action: &str) -> Event {
    Event { at, action: action.to_owned(), outcome: "done".into(), detail: Some("{}".into()), ..Event::default() }
}

async fn engine() -> Engine {
    Engine::open("memory://").await.unwrap()
}

crate::world::on_both! { World;
    what_comes_at_once_is_kept_each_once_and_what_came_of_it_with_it
    events_land_once_however_many_processes_bring_them
    another_control_database_begins_a_trail_of_its_own
    a_trail_that_was_tampered_with_is_found_out
}

/// Does something for each of so many at once.
async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(each: impl Iterator<Item = F>) -> Vec<T> {
    let working: Vec<_> = each.map(tokio::spawn).collect();
    let mut done = Vec::new();
    for one in working {
        done.push(one.await.unwrap());
    }
    done
}

async fn what_comes_at_once_is_kept_each_once_and_what_came_of_it_with_it(world: World) {
    let control = world.control();
    let begin = |n: i64| {
        let control = control.clone();
        async move { control.begin_event(&acme(), &event(n, "begun")).await.unwrap() }
    };
    let mut begun = at_once((0..60).map(begin)).await;
    // One that is not there is as one that has a number: what came of it follows.
    begun.push("nothing".to_owned());
    let umbrella = TenantId::new("umbrella").unwrap();
    let ends = begun.into_iter().zip(0..).map(|(id, n): (String, i64)| {
        let (control, of) = (control.clone(), if n % 2 == 0 { acme() } else { umbrella.clone() });
        let what = format!("\"{n}\" \\u0000 ä");
        async move { control.finish_event(&of, &id, &event(n, &what)).await.unwrap() }
    });
    at_once(ends).await;
    let mut ended = Vec::new();
    for (tenant, rest) in [(acme(), 0), (umbrella, 1)] {
        for link in control.number_events(&tenant).await.unwrap() {
            assert_eq!(link.event.action, format!("\"{}\" \\u0000 ä", link.event.at));
            assert_eq!(link.event.at % 2, rest, "in the trail that it belongs to");
            ended.push(link.event.at);
        }
    }
    ended.sort_unstable();
    assert_eq!(ended, (0..=60).collect::<Vec<i64>>());
}

#[test]
fn what_comes_while_events_are_written_is_written_together_on_postgres_too() {
    run(async {
        let address = tokio::task::spawn_blocking(crate::postgres::database).await.unwrap();
        let world = World::on(&address, None).await;
        let control = world.control().clone();
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&address).await.unwrap();
        let held = async || {
            let mut held = pool.begin().await.unwrap();
            sqlx::query("LOCK TABLE audit_events IN EXCLUSIVE MODE").execute(&mut *held).await.unwrap();
            held
        };
        // What is written in one transaction tells so.
        let transactions = async || {
            let count = "SELECT count(DISTINCT xmin::text) FROM audit_events WHERE tenant = 'acme'";
            sqlx::query_scalar::<sqlx::Any, i64>(count).fetch_one(&pool).await.unwrap()
        };
        let before = transactions().await;
        let ours = held().await;
        let keeps = (0..100).map(|n| {
            let control = control.clone();
            async move { control.begin_event(&acme(), &event(n, "begun")).await.unwrap() }
        });
        let keeps = tokio::spawn(at_once(keeps.collect::<Vec<_>>().into_iter()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        ours.rollback().await.unwrap();
        let begun = keeps.await.unwrap();
        assert_eq!(begun.len(), 100);
        let kept = transactions().await - before;
        assert!((1..=10).contains(&kept), "{kept} transactions");
        let ours = held().await;
        let ends = begun.into_iter().map(|id| {
            let control = control.clone();
            async move { control.finish_event(&acme(), &id, &event(0, "done")).await.unwrap() }
        });
        let ends = tokio::spawn(at_once(ends.collect::<Vec<_>>().into_iter()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        ours.rollback().await.unwrap();
        ends.await.unwrap();
        let ended = transactions().await - before;
        assert!((1..=10).contains(&ended), "{ended} transactions");
    });
}

async fn events_land_once_however_many_processes_bring_them(world: World) {
    let (engine, control) = (engine().await, world.control().clone());
    let mut working = Vec::new();
    for process in 0..4 {
        let (engine, control) = (engine.clone(), control.clone());
        working.push(tokio::spawn(async move {
            for n in 0..10 {
                control.record(&acme(), &event(n, &format!("{process}/{n}"))).await.unwrap();
                audit::land(&control, &engine).await.unwrap();
            }
        }));
    }
    for one in working {
        one.await.unwrap();
    }
    audit::land(&control, &engine).await.unwrap();
    let verdict = audit::verify(&control, &engine, &acme()).await.unwrap();
    assert_eq!((verdict.events, verdict.problems), (40, Vec::<String>::new()));
    assert_eq!(control.waiting_trails().await.unwrap(), []);
    // One that was killed after its commit and before it could forget what it brought.
    control.record(&acme(), &event(99, "late")).await.unwrap();
    let waiting = control.number_events(&acme()).await.unwrap();
    assert_eq!(waiting, control.number_events(&acme()).await.unwrap(), "numbered once");
    let verdict = audit::verify(&control, &engine, &acme()).await.unwrap();
    assert_eq!(verdict.problems, Vec::<String>::new(), "what waits is not missing");
    audit::land(&control, &engine).await.unwrap();
    assert_eq!(audit::verify(&control, &engine, &acme()).await.unwrap().events, 41);
}

async fn another_control_database_begins_a_trail_of_its_own(world: World) {
    let (engine, folder) = (engine().await, tempfile::tempdir().unwrap());
    let earlier = World::on(&format!("sqlite:{}", folder.path().join("old.db").display()), None).await;
    for (control, n) in [(earlier.control(), 3), (world.control(), 2)] {
        for at in 0..n {
            control.record(&acme(), &event(at, "act")).await.unwrap();
        }
        audit::land(control, &engine).await.unwrap();
    }
    for control in [earlier.control(), world.control()] {
        let verdict = audit::verify(control, &engine, &acme()).await.unwrap();
        assert_eq!((verdict.events, verdict.problems), (5, Vec::<String>::new()), "nothing is lost");
    }
}

async fn a_trail_that_was_tampered_with_is_found_out(world: World) {
    let control = world.control();
    let tampered = async |change: &dyn Fn(RecordBatch) -> RecordBatch| {
        let engine = engine().await;
        let tenant = TenantId::new(&format!("t{}", world.pass_one())).unwrap();
        for n in 1..=5 {
            control.record(&tenant, &event(n, &format!("act {n}"))).await.unwrap();
        }
        audit::land(control, &engine).await.unwrap();
        assert_eq!(audit::verify(control, &engine, &tenant).await.unwrap().problems, Vec::<String>::new());
        let table = engine.tenant(&tenant).lake().audit();
        let read = table.latest().await.unwrap().unwrap().read(None, None, &[]).await.unwrap();
        let rows: Vec<RecordBatch> = read.try_collect().await.unwrap();
        let rows = arrow::compute::concat_batches(&rows[0].schema(), &rows).unwrap();
        table.replace(&[change(rows)], None, &[], When::Changed).await.unwrap();
        audit::verify(control, &engine, &tenant).await.unwrap().problems
    };
    let found = tampered(&|rows| {
        let at = rows.schema().index_of("action").unwrap();
        let mut columns = rows.columns().to_vec();
        let actions =
            (0..rows.num_rows()).map(|row| if row == 2 { "nothing".into() } else { format!("act {}", row + 1) });
        columns[at] = Arc::new(StringArray::from_iter_values(actions)) as ArrayRef;
        assert!(columns[at].is_valid(0));
        RecordBatch::try_new(rows.schema(), columns).unwrap()
    });
    assert_eq!(found.await, ["event 3 is not as it was written"]);
    let without = |from: usize, until: usize| {
        move |rows: RecordBatch| {
            let parts = [rows.slice(0, from), rows.slice(until, rows.num_rows() - until)];
            arrow::compute::concat_batches(&rows.schema(), &parts).unwrap()
        }
    };
    assert_eq!(tampered(&without(1, 3)).await, ["events 2 to 3 are missing"]);
    assert_eq!(tampered(&without(0, 1)).await, ["events 1 to 1 are missing"]);
    assert_eq!(tampered(&without(3, 5)).await, ["events 4 to 5 are missing"]);
    assert_eq!(tampered(&without(0, 5)).await, ["events 1 to 5 are missing"]);
    let twice =
        tampered(&|rows| arrow::compute::concat_batches(&rows.schema(), &[rows.clone(), rows.slice(0, 1)]).unwrap());
    assert_eq!(twice.await, ["event 1 stands there twice"]);
}

#[test]
fn a_trail_that_grows_all_the_time_does_not_stay_in_ever_more_files() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let world = World::on(&format!("sqlite:{}", folder.path().join("control.db").display()), None).await;
        let (engine, control) = (engine().await, world.control());
        let trail = engine.tenant(&acme()).lake().audit();
        for at in 1..=251 {
            assert_eq!(trail.latest().await.unwrap().map_or(0, |trail| trail.files().len() as i64), at - 1);
            control.record(&acme(), &event(at, "act")).await.unwrap();
            audit::land_one(control, &engine, &acme()).await.unwrap();
        }
        assert_eq!(trail.latest().await.unwrap().unwrap().files().len(), 1, "250 are too many beside the one");
        let verdict = audit::verify(control, &engine, &acme()).await.unwrap();
        assert_eq!((verdict.events, verdict.problems), (251, Vec::<String>::new()));
    });
}

#[test]
fn what_is_done_refused_and_asked_is_in_the_trail_of_its_tenant_alone() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_file_path(lake.path()).unwrap().into()).await;
        let payload = Payload { stream: "s".into(), key: "k".into(), observed_at: 1, body: "{}".into() };
        let page = Page { payloads: vec![payload], ..Page::default() };
        server.engine.tenant(&acme()).land("toy", "toy:a", page).await.unwrap();
        let post = async |path: &str, token: &str, body: Value| {
            let request = server.client.post(format!("{}{path}", server.address)).bearer_auth(token);
            request.json(&body).send().await.unwrap()
        };
        let sign_in = |password: &str| json!({"email": "ada@example.com", "password": password, "tenant": "acme"});
        assert_eq!(post("/api/v1/auth/sign-in", "", sign_in("wrong")).await.status(), StatusCode::UNAUTHORIZED);
        let entered: Value = post("/api/v1/auth/sign-in", "", sign_in(PASSWORD)).await.json().await.unwrap();
        let owner = entered["access_token"].as_str().unwrap();
        post("/api/v1/users/invitations", owner, json!({"email": "b@example.com", "roles": ["viewer"]})).await;
        post("/api/v1/sql", owner, json!({"sql": "SELECT 'x' AS x UNION ALL SELECT 'y'"})).await.text().await.unwrap();
        post("/api/v1/sql", owner, json!({"sql": "SELECT nonsense"})).await.text().await.unwrap();
        post("/api/v1/sql", &server.umbrella, json!({"sql": "SELECT 1"})).await.text().await.unwrap();
        let refused = server.client.get(format!("{}/api/v1/users", server.address)).bearer_auth(&server.acme);
        assert_eq!(refused.send().await.unwrap().status(), StatusCode::FORBIDDEN);
        // Some are told in the background.
        let mut tries = 0..1_200;
        while server.world.control().number_events(&acme()).await.unwrap().len() < 6 {
            assert!(tries.next().is_some(), "something that was done is not told of");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        audit::land(server.world.control(), &server.engine).await.unwrap();
        let trail: Value = {
            let request = server.client.request(Method::GET, format!("{}/api/v1/audit?limit=500", server.address));
            request.bearer_auth(owner).send().await.unwrap().json().await.unwrap()
        };
        let mut told: Vec<String> = Vec::new();
        for event in trail["items"].as_array().unwrap() {
            let text = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
            told.push(format!("{} {} {}", text("action"), text("outcome"), event["rows"]));
            assert!(!trail.to_string().contains(PASSWORD) && !trail.to_string().contains(owner));
        }
        told.sort();
        assert_eq!(
            told,
            [
                "GET /api/v1/users refused null",
                "POST /api/v1/auth/sign-in done null",
                "POST /api/v1/auth/sign-in refused null",
                "POST /api/v1/sql done 2",
                "POST /api/v1/sql failed null",
                "POST /api/v1/users/invitations done null",
            ]
        );
        let found = async |find: &str| {
            let request = server.client.get(format!("{}/api/v1/audit?find={find}", server.address));
            let page: Value = request.bearer_auth(owner).send().await.unwrap().json().await.unwrap();
            let items = page["items"].as_array().unwrap();
            items.iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("INVITations").await, ["POST /api/v1/users/invitations"]);
        assert_eq!(found("union%20all").await, ["POST /api/v1/sql"], "in its detail");
        assert!(found("it%27s%25").await.is_empty());
        let asked = post("/api/v1/sql", owner, json!({"sql": "SELECT detail FROM audit.events WHERE rows = 2"})).await;
        assert!(asked.text().await.unwrap().contains("UNION ALL"));
        // A service that may ask does not see the trail.
        let hidden = post("/api/v1/sql", &server.acme, json!({"sql": "SELECT * FROM audit.events"})).await;
        assert_eq!(hidden.status(), StatusCode::BAD_REQUEST);
        let verdict = audit::verify(server.world.control(), &server.engine, &acme()).await.unwrap();
        assert_eq!(verdict.problems, Vec::<String>::new());
    });
}

#[test]
fn who_comes_by_a_link_is_in_the_trail_before_it_is_known_who_it_is() {
    run(async {
        let server = Server::start().await;
        let control = server.world.control();
        let post = async |path: &str, body: Value| {
            server
                .client
                .post(format!("{}/api/v1/auth/{path}", server.address))
                .json(&body)
                .send()
                .await
                .unwrap()
                .status()
        };
        let (owner, roles) = (server.world.owner().await, vec!["viewer".to_owned()]);
        let link = control.invite(&acme(), &owner, "b@example.com", roles, Sees::Everything).await.unwrap();
        let accept = |link: &str| json!({"link": link, "email": "", "name": "Bob", "password": PASSWORD});
        assert_eq!(post("accept", accept("none")).await, StatusCode::GONE);
        assert_eq!(post("accept", accept(link.tell())).await, StatusCode::OK);
        let reset = |link: &str| json!({"link": link, "password": "sundial-otter-plinth"});
        assert_eq!(post("reset", reset("none")).await, StatusCode::GONE);
        let link = control.reset_link("b@example.com").await.unwrap();
        assert_eq!(post("reset", reset(link.tell())).await, StatusCode::NO_CONTENT);
        // Refusals are told in the background, and all of this happened at one instant.
        let told = async |trail: &TenantId| {
            for _ in 0..1_200 {
                let links = control.number_events(trail).await.unwrap().into_iter().map(|link| link.event);
                let mut told: Vec<_> = links.map(|event| format!("{} {}", event.action, event.outcome)).collect();
                told.sort();
                if told.len() == 2 {
                    return told;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            panic!("something that was done is not told of");
        };
        let [accepts, resets] = ["accept", "reset"].map(|path| format!("POST /api/v1/auth/{path}"));
        assert_eq!(told(&acme()).await, [format!("{accepts} done"), format!("{resets} done")]);
        let platform = TenantId::new(audit::PLATFORM).unwrap();
        assert_eq!(told(&platform).await, [format!("{accepts} refused"), format!("{resets} refused")]);
        // Nothing is left that only says that it was begun.
        server.world.pass(pulse_server::control::UNFINISHED + 1);
        assert_eq!((told(&acme()).await.len(), told(&platform).await.len()), (2, 2));
    });
}

#[test]
fn what_is_begun_is_in_the_trail_before_it_is_done_and_stays_there_should_the_process_die() {
    run(async {
        let server = Server::start().await;
        let control = server.world.control();
        let begun = Event { outcome: "unfinished".into(), ..event(1, "POST /api/v1/roles") };
        let [died, slow, quick] =
            ["died", "slow", "quick"].map(|action| Event { action: action.into(), ..begun.clone() });
        control.begin_event(&acme(), &died).await.unwrap();
        let slow_id = control.begin_event(&acme(), &slow).await.unwrap();
        let quick_id = control.begin_event(&acme(), &quick).await.unwrap();
        let done = |event: &Event| Event { outcome: "done".into(), ..event.clone() };
        control.finish_event(&acme(), &quick_id, &done(&quick)).await.unwrap();
        let told = async || {
            let links = control.number_events(&acme()).await.unwrap();
            links.into_iter().map(|link| (link.event.action, link.event.outcome)).collect::<Vec<_>>()
        };
        let pair = |action: &str, outcome: &str| (action.to_owned(), outcome.to_owned());
        assert_eq!(told().await, [pair("quick", "done")], "the others are under way");
        server.world.pass(pulse_server::control::UNFINISHED + 1);
        let mut all = told().await;
        all[1..].sort();
        assert_eq!(all, [pair("quick", "done"), pair("died", "unfinished"), pair("slow", "unfinished")]);
        control.finish_event(&acme(), &slow_id, &done(&slow)).await.unwrap();
        assert_eq!(told().await[3], pair("slow", "done"), "what came of it follows");
    });
}
