//! What a restored backup brings back: of all tenants what they had, trails that go on, and tenants that were erased since for nobody
//! to come into; whatever is written while it is made, and wherever a restore is killed.

use crate::backup::does;
use crate::commands::{PULSE, err, out, pulse};
use crate::golden::{Golden, one_more};
use crate::import::answers;
use crate::jobs::claim_any;
use crate::landing_killed::rows;
use crate::rest::{Server, run};
use crate::world::{PASSWORD, World, acme, from, on_both};
use pulse_engine::entities::AUDIT;
use pulse_engine::lake::{Backups, Made, Manifest, When};
use pulse_engine::land::{Page, Payload, only};
use pulse_engine::row::{self, Row};
use pulse_engine::{Clock, Engine, Tenant, TenantId};
use pulse_server::audit::{self, Event};
use pulse_server::control::{Control, ERASE, Outcome, TenantState};
use pulse_server::jobs::{AtWork, Erases, Work as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

on_both! { World;
    a_restore_that_is_killed_is_called_again_and_the_trail_goes_on
}

fn umbrella() -> TenantId {
    TenantId::new("umbrella").unwrap()
}

fn platform() -> TenantId {
    TenantId::new(audit::PLATFORM).unwrap()
}

fn act(n: i64) -> Event {
    Event { at: n, action: format!("act {n}"), outcome: "done".into(), ..Event::default() }
}

fn url(folder: &Path) -> String {
    url::Url::from_directory_path(folder).unwrap().into()
}

/// Lands a page; before the first nobody can ask anything of a tenant.
async fn lands(tenant: &Tenant, stream: &str, n: i64) {
    let payload = Payload { stream: stream.into(), key: n.to_string(), observed_at: n, body: "{}".into() };
    let page = Page { payloads: vec![payload], cursors: only(Some(n.to_string())) };
    tenant.land("toy", "toy:a", page).await.unwrap();
}

/// Lands a page after the other, with an event of the trail for each, until it is told to end; how many.
async fn writes(engine: Engine, control: Control, written: Arc<AtomicI64>, over: Arc<AtomicBool>) -> i64 {
    let mut n = 0;
    while !over.load(Ordering::Relaxed) {
        n += 1;
        lands(&engine.tenant(&umbrella()), "s", n).await;
        control.record(&umbrella(), &act(n)).await.unwrap();
        audit::land_one(&control, &engine, &umbrella()).await.unwrap();
        written.store(n, Ordering::Relaxed);
    }
    n
}

/// What was restored into a place of its own.
struct Place {
    control: Control,
    engine: Engine,
    told: String,
}

/// Restores a backup into a new lake and a new database, by the command.
async fn restores(folder: &Path, name: &str, args: &[&str]) -> Place {
    let (lake, database) = (url(&folder.join(name)), format!("sqlite:{}", folder.join(format!("{name}.db")).display()));
    let backups = url(&folder.join("backups"));
    let command = ["--lake", &lake, "backup", "--control", &database, "restore", &backups];
    let told = does(folder, &[&command[..], args].concat());
    let control = Control::open(&database, Clock::System).await.unwrap();
    Place { control, engine: Engine::open(&lake).await.unwrap(), told }
}

/// The numbers of the events `act` that the trail has once what waits has landed, and that nothing is wrong with it.
async fn acts(place: &Place, tenant: &TenantId) -> Vec<i64> {
    audit::land(&place.control, &place.engine).await.unwrap();
    let verdict = audit::verify(&place.control, &place.engine, tenant).await.unwrap();
    assert_eq!(verdict.problems, Vec::<String>::new(), "{tenant}");
    let acts = "SELECT action FROM audit.events WHERE action LIKE 'act %' ORDER BY sequence";
    let events = rows(&place.engine.tenant(tenant).with_audit(), acts).await;
    let number = |event: &Value| event["action"].as_str().unwrap()[4..].parse().unwrap();
    events.iter().map(number).collect()
}

#[test]
fn two_tenants_answer_as_before_though_one_wrote_meanwhile_and_the_other_was_erased_since() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().to_owned();
        let golden = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let server = Server::over(url(golden.path())).await;
        let control = server.world.control();
        let [one, other] = [acme(), umbrella()].map(|id| server.engine.tenant(&id));
        one_more(&other).await;
        lands(&other, "t", 0).await;
        control.record(&acme(), &act(1)).await.unwrap();
        audit::land(control, &server.engine).await.unwrap();
        // Whenever they are asked, it is the same day.
        let asked = async |tenant: &Tenant| answers(tenant, server.world.control()).await;
        let before = [asked(&one).await, asked(&other).await];
        let make = {
            let command = ["--lake", &url(golden.path()), "backup", "--control", server.world.address(), "make"];
            let command: Vec<String> = command.map(str::to_owned).into();
            let (here, backups) = (here.clone(), url(&here.join("backups")));
            move || {
                let args: Vec<&str> = command.iter().map(String::as_str).chain([backups.as_str()]).collect();
                does(&here, &args)
            }
        };

        // The one goes on while the backup is made.
        let (written, over) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicBool::new(false)));
        let writer = writes(server.engine.clone(), control.clone(), Arc::clone(&written), Arc::clone(&over));
        let writer = tokio::spawn(writer);
        let goes_on = async |by: i64| {
            let (from, mut tries) = (written.load(Ordering::Relaxed), 0..2_400);
            while written.load(Ordering::Relaxed) < from + by {
                assert!(tries.next().is_some(), "nothing is written");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            written.load(Ordering::Relaxed)
        };
        let at_least = goes_on(3).await;
        tokio::task::spawn_blocking(make.clone()).await.unwrap();
        goes_on(1).await;
        over.store(true, Ordering::Relaxed);
        let at_most = writer.await.unwrap();

        // The other is erased, through the API.
        let operator =
            server.world.access.sign_in("ada@example.com", PASSWORD, Some("platform"), &from()).await.unwrap();
        let asks = async |what: &str, body: Value| {
            let request = server.client.post(format!("{}/api/v1/tenants/acme/{what}", server.address));
            request.bearer_auth(&operator.token).json(&body).send().await.unwrap().status().as_u16()
        };
        assert_eq!(asks("suspend", json!({})).await, 200);
        assert_eq!(asks("erase", json!({"confirm": "acme"})).await, 202);
        let job = claim_any(control, &[ERASE]).await.unwrap();
        let work = Erases { control: control.clone(), engine: server.engine.clone() };
        assert_eq!(work.run(&job, &AtWork::new(control.clone())).await, Outcome::Done(Vec::new()));
        let receipt = control.receipt(&acme()).await.unwrap().unwrap();
        assert!(receipt.done_at.is_some() && one.lake().is_empty().await.unwrap(), "{receipt:?}");
        assert_eq!(asked(&other).await, before[1]);
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        tokio::task::spawn_blocking(make).await.unwrap();
        let names = does(&here, &["backup", "list", &url(&here.join("backups"))]);
        let [first, second] = names.lines().collect::<Vec<_>>()[..] else { panic!("{names}") };

        // The first brings both back, with all that was written by one moment, and says that the other was erased.
        let place = restores(&here, "first", &[first]).await;
        let control = &place.control;
        let [one, other] = [acme(), umbrella()].map(|id| place.engine.tenant(&id));
        assert_eq!([asked(&one).await, asked(&other).await], before);
        let there = "SELECT CAST(key AS BIGINT) AS n FROM raw.toy WHERE stream = 's' ORDER BY n";
        let there: Vec<i64> = rows(&other, there).await.iter().map(|row| row["n"].as_i64().unwrap()).collect();
        let last = *there.last().unwrap();
        assert_eq!(there, (1..=last).collect::<Vec<_>>());
        assert!((at_least..=at_most).contains(&last), "{at_least} to {at_most}: {last}");
        assert_eq!(other.cursors("toy", "toy:a").await.unwrap(), only(Some(last.to_string())));
        assert!(place.told.contains("`acme` was erased after this backup was made"), "{}", place.told);
        assert!(!place.told.contains("`umbrella`"), "{}", place.told);
        let state = async |control: &Control, id: &TenantId| control.tenant(id).await.unwrap().unwrap().state;
        assert_eq!(state(control, &acme()).await, TenantState::Suspended);
        assert_eq!(state(control, &umbrella()).await, TenantState::Active);
        assert_eq!(control.receipt(&acme()).await.unwrap(), None);

        // All trails are whole, and go on.
        assert_eq!(acts(&place, &acme()).await, [1]);
        let known = acts(&place, &umbrella()).await;
        assert_eq!(known, (1..=*known.last().unwrap()).collect::<Vec<_>>());
        assert!((at_least..=at_most).contains(known.last().unwrap()), "{at_least} to {at_most}: {known:?}");
        for id in [acme(), umbrella()] {
            control.record(&id, &act(9_999)).await.unwrap();
            assert_eq!(acts(&place, &id).await.pop(), Some(9_999));
        }
        acts(&place, &platform()).await;
        let detail = "SELECT detail FROM audit.events WHERE action = 'pulse backup restore'";
        let detail = rows(&place.engine.tenant(&platform()).with_audit(), detail).await;
        assert_eq!(detail, [json!({"detail": "{\"erased\":[\"acme\"]}"})]);

        // Erased again it is gone there as well.
        let again = control.erase_tenant(&place.engine, &acme(), "op").await.unwrap();
        assert!(again.done_at.is_some() && one.lake().is_empty().await.unwrap());
        assert_eq!(asked(&other).await, before[1]);

        // The second knows of the erasure, and whoever knows of another says so.
        let place = restores(&here, "second", &[second, "--erased", "umbrella"]).await;
        assert_eq!(place.control.receipt(&acme()).await.unwrap(), Some(receipt));
        assert!(place.engine.tenant(&acme()).lake().is_empty().await.unwrap());
        assert_eq!(asked(&place.engine.tenant(&umbrella())).await, before[1]);
        assert!(!place.told.contains("`acme`") && place.told.contains("`umbrella` was erased"), "{}", place.told);
        assert_eq!(state(&place.control, &acme()).await, TenantState::Erased);
        assert_eq!(state(&place.control, &umbrella()).await, TenantState::Suspended);
    });
}

/// Makes a backup of a lake and of what stands in a file for the control database.
async fn made(backups: &Backups, engine: &Engine, file: &Path) -> Manifest {
    let beside = BTreeMap::from([("control".to_owned(), file.to_owned())]);
    let notes = BTreeMap::from([("schema".to_owned(), Control::schema().to_string())]);
    let now = chrono::DateTime::from_timestamp_micros(Clock::System.now()).unwrap();
    let (manifest, Made { objects, .. }) = backups.make(engine.lake(), &beside, notes, "test", now).await.unwrap();
    assert!(objects > 0);
    manifest
}

async fn a_restore_that_is_killed_is_called_again_and_the_trail_goes_on(world: World) {
    let folder = tempfile::tempdir().unwrap();
    let (here, control) = (folder.path(), world.control());
    let engine = Engine::open(&url(&here.join("lake"))).await.unwrap();
    control.record(&acme(), &act(1)).await.unwrap();
    audit::land(control, &engine).await.unwrap();
    control.record(&acme(), &act(2)).await.unwrap();
    // The database is copied while one event waits there. That goes to the lake before this is copied, and another with it.
    let mut copy = Vec::new();
    control.dump(&mut copy).await.unwrap();
    std::fs::write(here.join("copy"), copy).unwrap();
    control.record(&acme(), &act(3)).await.unwrap();
    audit::land(control, &engine).await.unwrap();
    let backups = Backups::open(&url(&here.join("backups")), &[]).unwrap();
    let manifest = made(&backups, &engine, &here.join("copy")).await;

    // It is killed when all of the lake is there, and nothing of the database.
    let lake = url(&here.join("restored"));
    let restored = Engine::open(&lake).await.unwrap();
    backups.restore(&manifest, restored.lake()).await.unwrap();
    let database = match world.address().starts_with("postgres") {
        true => tokio::task::spawn_blocking(crate::postgres::database).await.unwrap(),
        false => format!("sqlite:{}", here.join("restored.db").display()),
    };
    let (place, args) = (here.to_owned(), url(&here.join("backups")));
    let args = ["--lake", &lake, "backup", "--control", &database, "restore", &args].map(str::to_owned);
    let restore = move || pulse(&place, &args.each_ref().map(String::as_str));
    let told = tokio::task::spawn_blocking(restore.clone()).await.unwrap();
    assert!(told.status.success(), "{}", err(&told));
    let control = Control::open(&database, Clock::System).await.unwrap();
    let place = Place { control, engine: Engine::open(&lake).await.unwrap(), told: String::new() };
    assert_eq!(acts(&place, &acme()).await, [1, 2, 3]);
    place.control.record(&acme(), &act(4)).await.unwrap();
    assert_eq!(acts(&place, &acme()).await, [1, 2, 3, 4]);
    // What goes on is not begun anew.
    let again = tokio::task::spawn_blocking(restore).await.unwrap();
    assert!(!again.status.success() && err(&again).contains("there are users"), "{}", err(&again));
    assert_eq!(acts(&place, &acme()).await, [1, 2, 3, 4]);
}

#[test]
fn a_control_database_that_cannot_be_loaded_leaves_neither_it_nor_the_lake() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let engine = Engine::open(&url(&here.join("lake"))).await.unwrap();
        one_more(&engine.tenant(&acme())).await;
        // The row of a tenant without what a tenant has.
        std::fs::write(here.join("copy"), "[\"tenants\",{\"id\":\"acme\"}]\n").unwrap();
        let backups = Backups::open(&url(&here.join("backups")), &[]).unwrap();
        made(&backups, &engine, &here.join("copy")).await;
        let (lake, from) = (url(&here.join("restored")), url(&here.join("backups")));
        let args = ["--lake", &lake, "backup", "--control", "sqlite:restored.db", "restore", &from];
        let failed = pulse(here, &args);
        assert!(!failed.status.success(), "it was restored");
        let restored = Engine::open(&lake).await.unwrap();
        assert!(restored.tenant(&acme()).lake().is_empty().await.unwrap());
        let address = format!("sqlite:{}", here.join("restored.db").display());
        let control = Control::open(&address, Clock::System).await.unwrap();
        assert_eq!(control.tenant(&acme()).await.unwrap(), None);
        control.is_new().await.unwrap();
    });
}

#[test]
fn one_tenant_is_brought_back_beside_the_others_as_the_page_says() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let pushes = |tenant: &str, name: &str| {
        std::fs::write(here.join("rows.ndjson"), format!("{{\"id\":\"push:x:1\",\"name\":\"{name}\"}}\n")).unwrap();
        does(here, &["--tenant", tenant, "push", "--name", "x", "repositories", "rows.ndjson"]);
    };
    let asked = |tenant: &str| {
        let all = ["sql", "--format", "json", "SELECT id, name, connection, raw FROM core.repositories"];
        does(here, &[&["--tenant", tenant], &all[..]].concat())
    };
    for tenant in ["acme", "umbrella"] {
        pushes(tenant, "right");
    }
    let before = asked("acme");
    let backups = url(&here.join("backups"));
    does(here, &["backup", "make", &backups]);
    for tenant in ["acme", "umbrella"] {
        pushes(tenant, "since");
    }
    let since = ["acme", "umbrella"].map(asked);
    assert!(since.iter().all(|rows| rows.contains("since")), "{since:?}");
    let lake = url(&here.join("aside"));
    let aside = ["--lake", &lake, "--tenant", "acme"];
    does(here, &[&aside[..], &["backup", "--control", "sqlite:aside.db", "restore", &backups]].concat());
    does(here, &[&aside[..], &["admin", "--control", "sqlite:aside.db", "export", "aside.tar"]].concat());
    does(here, &["tenant", "import", "aside.tar", "--as", "acme-again"]);
    assert_eq!(asked("acme-again"), before);
    assert_eq!(["acme", "umbrella"].map(asked), since);
    for tenant in ["acme", "umbrella", "acme-again"] {
        does(here, &["--tenant", tenant, "lake", "verify", "--all"]);
    }
}

/// A disk of 64 kB for one command alone, which then tells what files there are on it.
const SMALL_DISK: &str =
    "mount -t tmpfs -o size=64k none small || exit 9; \"$0\" \"$@\"; code=$?; find small -type f; exit $code";

/// What has a command see disks of its own.
const ALONE: [&str; 3] = ["--user", "--map-root-user", "--mount"];

/// Whether this machine lets us.
fn may_mount() -> bool {
    Command::new("unshare").args(ALONE).arg("true").status().is_ok_and(|status| status.success())
}

#[test]
fn a_control_database_whose_disk_is_full_says_so_and_what_to_do() {
    if !may_mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("small")).unwrap();
    let mut command = Command::new("unshare");
    command.args(ALONE).args(["sh", "-c", SMALL_DISK, PULSE]).current_dir(folder.path()).env_remove("PULSE_LAKE");
    let full = command.args(["admin", "--control", "sqlite:small/control.db", "link"]).output().unwrap();
    assert_eq!(full.status.code(), Some(1), "{}", err(&full));
    assert!(err(&full).contains("its disk is full: free some room there"), "{}", err(&full));
}

#[test]
fn what_does_not_fit_onto_a_disk_leaves_nothing_there_and_is_told_as_such() {
    if !may_mount() {
        // Tests of the engine restore into stores that are full as well.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    // Names that no compression makes shorter: of raw and core together more than that.
    let row = |n: u32| format!("{{\"id\":\"push:x:{n}\",\"name\":\"{}\"}}\n", pulse_server::secret::sum(n.to_string()));
    std::fs::write(here.join("rows.ndjson"), (0..2_000).map(row).collect::<String>()).unwrap();
    does(here, &["push", "--name", "x", "repositories", "rows.ndjson"]);
    let backups = url(&here.join("backups"));
    does(here, &["backup", "make", &backups]);
    std::fs::create_dir(here.join("small")).unwrap();
    let lake = url(&here.join("small/lake"));
    let restore = ["--lake", &lake, "backup", "--control", "sqlite:other.db", "restore", &backups];
    let mut command = Command::new("unshare");
    command.args(ALONE).args(["sh", "-c", SMALL_DISK, PULSE]).args(restore).current_dir(here);
    let full = command.env_remove("PULSE_LAKE").output().unwrap();
    assert_eq!(full.status.code(), Some(1), "{}", err(&full));
    assert!(err(&full).contains("the disk is full") && err(&full).contains("Free some room"), "{}", err(&full));
    assert_eq!(out(&full), "", "nothing is left there");
    // Where there is room, the same database takes it.
    does(here, &restore);
    let asked = ["sql", "SELECT * FROM core.repositories ORDER BY id", "--format", "csv"];
    assert_eq!(does(here, &[&restore[..2], &asked].concat()), does(here, &asked));
}

#[test]
fn what_somebody_else_wrote_behind_a_trail_keeps_no_backup_from_being_restored_and_is_told() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let world = World::on(&format!("sqlite:{}", here.join("control.db").display()), None).await;
        let (engine, control) = (Engine::open(&url(&here.join("lake"))).await.unwrap(), world.control());
        control.record(&acme(), &act(1)).await.unwrap();
        audit::land(control, &engine).await.unwrap();
        let mut copy = Vec::new();
        control.dump(&mut copy).await.unwrap();
        std::fs::write(here.join("copy"), copy).unwrap();
        // It has the number that is next, and follows from nothing.
        let forged = Row::new(&AUDIT)
            .set("trail", control.numbered_head(&acme()).await.unwrap().trail)
            .set("sequence", 2_i64)
            .set("at", row::Value::Time(0))
            .set("action", "forged")
            .set("outcome", "done")
            .set("previous", audit::START)
            .set("sum", audit::START);
        let trail = engine.tenant(&acme()).lake().audit();
        trail.append(&[row::batch(&AUDIT, &[forged]).unwrap()], &[], When::New).await.unwrap();
        let backups = Backups::open(&url(&here.join("backups")), &[]).unwrap();
        made(&backups, &engine, &here.join("copy")).await;
        let (lake, from) = (url(&here.join("restored")), url(&here.join("backups")));
        let restored = pulse(here, &["--lake", &lake, "backup", "--control", "sqlite:restored.db", "restore", &from]);
        assert_eq!(restored.status.code(), Some(3), "{}", err(&restored));
        assert!(out(&restored).starts_with("Restored "), "{}", out(&restored));
        assert!(err(&restored).contains("`acme` goes on to event 2") && err(&restored).contains("does not follow"));
        let address = format!("sqlite:{}", here.join("restored.db").display());
        let control = Control::open(&address, Clock::System).await.unwrap();
        assert!(control.tenant(&acme()).await.unwrap().is_some());
        let told = audit::verify(&control, &Engine::open(&lake).await.unwrap(), &acme()).await.unwrap().problems;
        assert!(told.iter().any(|problem| problem.contains("event 2")), "{told:?}");
    });
}
