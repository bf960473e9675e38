//! A worker that is a process of its own, makes reports, looks at alert rules and delivers what comes of both, and is killed again and
//! again at any instant: each report is whole and comes once, no alert is lost, and none is told twice. A letter comes once, or it is said
//! that nobody knows whether it did.

use crate::deliveries::parcel;
use crate::delivering::{Endpoint, MailServer, message_id};
use crate::golden::{Golden, SPAN};
use crate::jobs::manner;
use crate::landing_killed::rows;
use crate::rest::run;
use crate::world::{PASSWORD, acme};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pulse_connectors::net::{Posting, Reach};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Clock, Engine, Settings, entities};
use pulse_server::alerts::{AlertState, Alerts, Memory, Rule};
use pulse_server::auth::Vault;
use pulse_server::control::*;
use pulse_server::delivery::{Channel, Delivers, DeliveryState, DestinationKind, Mail};
use pulse_server::jobs::{Work, Worker};
use pulse_server::reports::{FOLDER, Makes, Plan};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often the report is asked for, and how often its worker is killed at most each time.
const ASKED: usize = 2;
const KILLS_OF_REPORTS: usize = 5;
/// How many rules there are, how often what they look at begins and ends, and how often their worker is killed at most each time.
const RULES: usize = 8;
const TURNS: usize = 2;
const KILLS_OF_ALERTS: usize = 3;
/// How many letters there are, and how often the worker that sends them is killed at most.
const LETTERS: usize = 60;
const KILLS_OF_LETTERS: usize = 5;

fn vault() -> Vault {
    Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap()
}

/// The way into a worker that is a process of its own, and goes on until it is killed. Run without a database to work for, it does
/// nothing: the tests below begin it.
#[test]
fn a_telling_process() {
    let Ok(control) = std::env::var("PULSE_TEST_TELLS") else { return };
    let [lake, name] = ["PULSE_TEST_LAKE", "PULSE_TEST_NAME"].map(|name| std::env::var(name).unwrap());
    let mail = std::env::var("PULSE_TEST_MAIL").ok();
    let mail = mail.map(|address| Mail::new(&address, None, "Pulse <pulse@example.com>").unwrap());
    run(async move {
        let control = Control::open(&control, Clock::System).await.unwrap();
        let (engine, settings) = (Engine::open(&lake).await.unwrap(), Settings::default());
        let base: url::Url = "http://pulse.test/".parse().unwrap();
        let works: Vec<Arc<dyn Work>> = vec![
            Arc::new(Makes {
                control: control.clone(),
                engine: engine.clone(),
                settings: settings.clone(),
                vault: vault(),
                base: base.clone(),
                sends_mail: false,
            }),
            Arc::new(Alerts {
                control: control.clone(),
                engine: engine.clone(),
                settings,
                base,
                memory: Memory::default(),
            }),
            Arc::new(Delivers {
                control: control.clone(),
                vault: vault(),
                engine,
                posting: Posting::new(Reach::Anywhere, Duration::from_secs(5)).unwrap(),
                mail,
            }),
        ];
        Worker::new(control, works, manner(&name)).run(watch::channel(false).1).await;
    });
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tenant with a lake, somebody who is told and a webhook that is called, and the worker that does what there is to do for it.
struct Scene {
    control: Control,
    engine: Engine,
    /// Where the control database, the lake and the mail server are.
    places: [String; 3],
    ada: User,
    hook: Endpoint,
    worker: Child,
    /// How often it was killed.
    killed: usize,
    /// How many of those kills met a job of a kind.
    met: BTreeMap<String, usize>,
    _lake: tempfile::TempDir,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Scene {
    async fn begin(address: String, mails: Option<&MailServer>) -> Self {
        let lake = tokio::task::spawn_blocking(|| Golden::lake().copy()).await.unwrap();
        let url = format!("file://{}", lake.path().display());
        let control = Control::open(&address, Clock::System).await.unwrap();
        control.create_tenant(&acme(), "Acme", "UTC").await.unwrap();
        let link = control.setup_link(&acme(), true).await.unwrap();
        let ada = control.accept(link.tell(), "ada@example.com", "Ada", PASSWORD, "").await.unwrap();
        let hook = Endpoint::start(&[(200, None)]).await;
        let ops = NewDestination {
            name: "ops".into(),
            kind: DestinationKind::Webhook,
            url: Some(hook.url.parse().unwrap()),
            secret: Some("plinth-otter-sundial".into()),
        };
        control.set_destination(&acme(), ops, &vault(), "ada", 0).await.unwrap();
        let engine = Engine::open(&url).await.unwrap();
        let places = [address, url, mails.map(|mails| mails.address("?tls=none")).unwrap_or_default()];
        let (worker, killed, met) = (process(&places, 0), 0, BTreeMap::new());
        Self { control, engine, places, ada, hook, worker, killed, met, _lake: lake }
    }

    fn kill(&mut self) {
        self.worker.kill().ok();
        self.worker.wait().ok();
    }

    async fn jobs(&self) -> Vec<(String, JobState)> {
        let all = Cursor::new(None, Some(200)).unwrap();
        let page = self.control.jobs(&acme(), None, None, &all).await.unwrap();
        page.items.into_iter().map(|job| (job.kind, job.state)).collect()
    }

    /// What the worker is at that lives. What one was at that was killed stays as it was until its lease is over.
    async fn running(&self) -> BTreeSet<String> {
        let (all, name) = (Cursor::new(None, Some(200)).unwrap(), format!("w{}", self.killed));
        let page = self.control.jobs(&acme(), None, None, &all).await.unwrap();
        let is_its = |job: &Job| job.state == JobState::Running && job.worker.as_ref() == Some(&name);
        page.items.into_iter().filter(is_its).map(|job| job.kind).collect()
    }

    /// Waits until all that there is to do is done. Up to so many times the worker is killed meanwhile, each time within so many
    /// milliseconds after it began something.
    async fn all_is_done(&mut self, kills: usize, within: u64) {
        let (begun, most) = (Instant::now(), self.killed + kills);
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let jobs = self.jobs().await;
            assert!(begun.elapsed() < Duration::from_secs(240), "it never ends: {jobs:?}");
            // Whether what was delivered came is looked at in the end.
            let is_over = |(kind, state): &(String, JobState)| match state {
                JobState::Dead => kind == DELIVER,
                state => *state == JobState::Succeeded,
            };
            assert!(jobs.iter().all(|job| job.1 != JobState::Dead || is_over(job)), "{jobs:?}");
            if jobs.iter().all(is_over) {
                return;
            }
            if self.killed == most || self.running().await.is_empty() {
                continue;
            }
            // Any instant of it: the same ones each time, as far as the machine goes along.
            tokio::time::sleep(Duration::from_millis(20 + (self.killed as u64 * 2_654_435_761) % within)).await;
            for kind in self.running().await {
                *self.met.entry(kind).or_default() += 1;
            }
            self.kill();
            self.killed += 1;
            self.files().await;
            self.worker = process(&self.places, self.killed);
        }
    }

    /// The sums of the reports' files that are there, each of which is what its name says: none is there in part.
    async fn files(&self) -> BTreeSet<String> {
        let (tenant, mut sums) = (self.engine.tenant(&acme()), BTreeSet::new());
        for (path, _) in tenant.lake().files(FOLDER).await.unwrap() {
            let sum = sum(&tenant.lake().file(&path, u64::MAX).await.unwrap().unwrap());
            let name = path.rsplit('/').next().unwrap().split('.').next().unwrap();
            assert!(sum.starts_with(name), "{path} is not whole");
            sums.insert(sum);
        }
        sums
    }

    /// Everything that was to be delivered, all of which was. To the webhook each went under a key of its own.
    async fn delivered(&self) -> Vec<Delivery> {
        let all = Cursor::new(None, Some(200)).unwrap();
        let all = self.control.deliveries(&acme(), None, &all).await.unwrap().items;
        assert!(all.iter().all(|one| one.state == DeliveryState::Delivered), "{all:?}");
        let called: BTreeSet<String> = {
            let calls = self.hook.calls.lock();
            calls.iter().map(|(headers, _)| headers["idempotency-key"].to_str().unwrap().to_owned()).collect()
        };
        let hooked = all.iter().filter(|one| one.channel == Channel::Destination("ops".into()));
        assert_eq!(called, hooked.map(|one| one.id.clone()).collect());
        all
    }

    /// How often Ada was told what, by its key.
    async fn told(&self) -> BTreeMap<String, usize> {
        let member = self.control.member(&acme(), &self.ada.id).await.unwrap().unwrap();
        let authority = Authority { permissions: member.permissions, sees: member.sees };
        let (me, all) = ((self.ada.id.as_str(), &authority), Cursor::new(None, Some(200)).unwrap());
        let mut told = BTreeMap::new();
        for one in self.control.notifications(&acme(), me, false, &all).await.unwrap().items {
            if one.event.kind == "message.received" {
                *told.entry(one.event.detail["key"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        told
    }
}

fn process([control, lake, mail]: &[String; 3], life: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["told_killed::a_telling_process", "--exact", "--nocapture"]);
    command.env("PULSE_TEST_TELLS", control).env("PULSE_TEST_LAKE", lake).env("PULSE_TEST_NAME", format!("w{life}"));
    if !mail.is_empty() {
        command.env("PULSE_TEST_MAIL", mail);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A job that may be begun as often as its worker is killed.
fn patient(kind: &str, subject: &str) -> Trigger {
    Trigger { most_attempts: 1000, ..Trigger::new(kind, subject) }
}

async fn a_report_is_whole_and_comes_once(address: String) {
    let mut scene = Scene::begin(address, None).await;
    let plan: Plan = serde_json::from_value(json!({
        "definition": {
            "title": "Ours", "period": {"days": {"from": SPAN[0], "until": SPAN[1]}},
            "sections": [
                {"title": "Figures", "shows": {"tiles": ["deployment_frequency", "change_lead_time"]}},
                {"title": "Over time", "shows": {"charts": [{"metric": "deployment_frequency", "shape": "bar"}]}},
            ],
        },
        "formats": ["pdf", "xlsx", "json"],
        "recipients": ["ada@example.com"],
        "places": [{"destination": "ops"}, {"store": "board/{id}/{name}"}],
    }))
    .unwrap();
    scene.control.set_report_definition(&acme(), "ours", &plan, &scene.ada.id, 0).await.unwrap();
    for _ in 0..ASKED {
        scene.control.trigger(&acme(), &patient(REPORT, "ours"), "test").await.unwrap();
        scene.all_is_done(KILLS_OF_REPORTS, 900).await;
    }
    println!("{} kills met {:?}", scene.killed, scene.met);
    let met = scene.met.get(REPORT).copied().unwrap_or_default();
    assert!(met >= 2, "it was over before it was tried: {met} of {} kills met a report", scene.killed);

    let reports = scene.control.reports(&acme(), &Cursor::new(None, Some(200)).unwrap()).await.unwrap().items;
    let made = reports.iter().filter(|report| report.state == ReportState::Ready).count();
    assert_eq!((reports.len(), made), (3 * ASKED, 3 * ASKED), "{reports:?}");
    let lake = scene.engine.tenant(&acme()).lake().clone();
    let mut sums = BTreeSet::new();
    for report in &reports {
        let bytes = lake.file(report.file.as_ref().unwrap(), u64::MAX).await.unwrap().unwrap();
        assert_eq!((Some(bytes.len() as i64), Some(sum(&bytes))), (report.bytes, report.sum.clone()));
        sums.insert(sum(&bytes));
    }
    assert!(scene.files().await.is_superset(&sums));

    // A notification, a call and the files in the storage, of each time that it was asked for; and in all of them the same files.
    assert_eq!(scene.delivered().await.len(), 3 * ASKED);
    let told = scene.told().await;
    assert!(told.len() == ASKED && told.values().all(|times| *times == 1), "{told:?}");
    let stored = lake.files("board").await.unwrap();
    assert_eq!(stored.len(), 3 * ASKED, "{stored:?}");
    for (path, _) in stored {
        assert!(sums.contains(&sum(&lake.file(&path, u64::MAX).await.unwrap().unwrap())), "{path} is no report");
    }
    for (_, body) in scene.hook.calls.lock().iter() {
        let body: Value = serde_json::from_slice(body).unwrap();
        let attached = body["attachments"].as_array().unwrap();
        assert_eq!(attached.len(), 3);
        for file in attached {
            let bytes = STANDARD.decode(file["content"]["bytes"].as_str().unwrap()).unwrap();
            assert!(sums.contains(&sum(&bytes)), "{} is no report", file["name"]);
        }
    }
}

/// Has the repository that the rules look at be called so, from the `n`th change on.
async fn call_it(scene: &Scene, name: &str, n: i64) {
    let row = Row::new(entities::core("repositories").unwrap()).set("id", "push:acme:r").set("name", name);
    let row = row.set("connection", "push:acme").set("raw", "push/1/1");
    let row = row.set("observed_at", Cell::Time(1_775_000_000_000_000 + n));
    let table = scene.engine.tenant(&acme()).lake().table(row.entity());
    table.upsert(&row::batch(row.entity(), &[row]).unwrap(), &[], When::Changed).await.unwrap();
}

async fn no_alert_is_lost_and_none_told_twice(address: String) {
    let mut scene = Scene::begin(address, None).await;
    let to = json!([{"notification": scene.ada.id}, {"destination": "ops"}]);
    let sql = "SELECT name AS key, 'It burns.' AS sentence FROM core.repositories WHERE name = 'on fire'";
    for n in 0..RULES {
        let rule = json!({"title": format!("Rule {n}"), "condition": {"sql": {"sql": sql}}, "to": to});
        let rule: Rule = serde_json::from_value(rule).unwrap();
        let name = format!("rule-{n}");
        scene.control.set_alert_rule(&acme(), &name, (&rule, &[]), &scene.ada.id, 0).await.unwrap();
    }
    scene.all_is_done(0, 1).await;
    let mut changes = 0..;
    for _ in 0..TURNS {
        for (name, n) in ["on fire", "well"].into_iter().zip(&mut changes) {
            call_it(&scene, name, n).await;
            scene.control.trigger(&acme(), &patient(ALERT, ""), "test").await.unwrap();
            scene.all_is_done(KILLS_OF_ALERTS, 400).await;
        }
    }
    println!("{} kills met {:?}", scene.killed, scene.met);
    let met = scene.met.get(ALERT).copied().unwrap_or_default();
    assert!(met >= 3, "it was over before it was tried: {met} of {} kills met a look", scene.killed);

    // Of each rule one alert each time, which fired and was over, once each, and each was told once to each.
    let all = Cursor::new(None, Some(200)).unwrap();
    let alerts = scene.control.alerts(&acme(), None, None, &all).await.unwrap().items;
    let mut of_rules: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut keys, mut lines) = (BTreeSet::new(), BTreeSet::new());
    for alert in &alerts {
        *of_rules.entry(&alert.rule).or_default() += 1;
        let (_, steps) = scene.control.alert(&acme(), None, &alert.id).await.unwrap().unwrap();
        let states: Vec<AlertState> = steps.iter().map(|step| step.state).collect();
        assert_eq!(states, [AlertState::Firing, AlertState::Cleared], "{alert:?}");
        keys.extend(["fires", "cleared"].map(|said| format!("{}:{said}", alert.id)));
        lines.extend([1, 2].map(|number| format!("{}/{number}", alert.id)));
    }
    assert!(of_rules.len() == RULES && of_rules.values().all(|times| *times == TURNS), "{of_rules:?}");
    assert_eq!(scene.told().await, keys.iter().map(|key| (key.clone(), 1)).collect());
    let delivered = scene.delivered().await;
    assert_eq!(delivered.len(), 2 * keys.len());
    assert_eq!(delivered.into_iter().map(|one| one.key).collect::<BTreeSet<_>>(), keys);
    // So does the history in SQL say, a line each step.
    let told = rows(&scene.engine.tenant(&acme()), "SELECT id FROM facts.alerts").await;
    assert_eq!(told.len(), lines.len());
    let told: BTreeSet<String> = told.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, lines);
}

async fn a_letter_comes_once_or_is_said_to_be_in_doubt(address: String) {
    let Some(mails) = tokio::task::spawn_blocking(MailServer::start).await.unwrap() else { return };
    let mut scene = Scene::begin(address, Some(&mails)).await;
    for n in 0..LETTERS {
        let to = [Channel::Mail(format!("p{n}@example.com"))];
        scene.control.deliver(&acme(), &parcel(&format!("p{n}")), &to, "test").await.unwrap();
    }
    scene.all_is_done(KILLS_OF_LETTERS, 97).await;
    println!("{} kills met {:?}", scene.killed, scene.met);
    let met = scene.met.get(DELIVER).copied().unwrap_or_default();
    assert!(met >= 2, "it was over before it was tried: {met} of {} kills met a letter", scene.killed);
    let all = Cursor::new(None, Some(200)).unwrap();
    let all = scene.control.deliveries(&acme(), None, &all).await.unwrap().items;
    assert_eq!(all.len(), LETTERS);
    let mut once = 0;
    for one in &all {
        let Channel::Mail(to) = &one.channel else { panic!("{one:?}") };
        // What the mail server says of a letter comes to us in its own time.
        let begun = Instant::now();
        while one.state == DeliveryState::Delivered && mails.to(to).is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{one:?} never came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let letters = mails.to(to);
        assert!(letters.len() <= 1, "{one:?} came {} times", letters.len());
        match one.state {
            DeliveryState::Delivered => once += 1,
            // It went out, and nobody knows what became of it: that is said, with what it can be looked for by.
            DeliveryState::Dead => {
                assert!(one.reason.contains("may have arrived"), "{one:?}");
                if let Some(letter) = letters.first() {
                    let id = message_id(letter).trim_start_matches("Message-ID:").trim().to_owned();
                    assert!(one.reason.contains(&id), "{one:?} lacks {id}");
                }
            }
            _ => panic!("{one:?} is stuck"),
        }
    }
    assert!(once >= LETTERS - 4 * scene.killed, "only {once} of {LETTERS} are known to have come");
}

fn on_sqlite<F: Future<Output = ()> + Send + 'static>(promise: impl FnOnce(String) -> F) {
    let folder = tempfile::tempdir().unwrap();
    run(promise(format!("sqlite:{}", folder.path().join("control.db").display())));
}

#[test]
fn a_report_is_whole_and_comes_once_whoever_is_killed_on_sqlite() {
    on_sqlite(a_report_is_whole_and_comes_once);
}

#[test]
fn a_report_is_whole_and_comes_once_whoever_is_killed_on_postgres() {
    run(a_report_is_whole_and_comes_once(crate::postgres::database()));
}

#[test]
fn no_alert_is_lost_and_none_told_twice_whoever_is_killed_on_sqlite() {
    on_sqlite(no_alert_is_lost_and_none_told_twice);
}

#[test]
fn no_alert_is_lost_and_none_told_twice_whoever_is_killed_on_postgres() {
    run(no_alert_is_lost_and_none_told_twice(crate::postgres::database()));
}

#[test]
fn a_letter_comes_once_or_is_said_to_be_in_doubt_whoever_is_killed_on_sqlite() {
    on_sqlite(a_letter_comes_once_or_is_said_to_be_in_doubt);
}

#[test]
fn a_letter_comes_once_or_is_said_to_be_in_doubt_whoever_is_killed_on_postgres() {
    run(a_letter_comes_once_or_is_said_to_be_in_doubt(crate::postgres::database()));
}
