//! Workers that are processes of their own, killed at any instant between what is to be told and its telling: in the end everybody is
//! told once.

use crate::delivering::Endpoint;
use crate::jobs::manner;
use crate::world::acme;
use pulse_connectors::net::{Posting, Reach};
use pulse_engine::{Clock, Engine};
use pulse_server::auth::Vault;
use pulse_server::control::*;
use pulse_server::delivery::{Channel, Delivers, DeliveryState, DestinationKind};
use pulse_server::jobs::{Manner, Work, Worker};
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const PARCELS: usize = 60;
const KILLS: usize = 10;

/// The way into a worker that is a process of its own. Run without a database to work for, it does nothing: the test below begins it.
#[test]
fn a_delivering_process() {
    let Ok(address) = std::env::var("PULSE_TEST_DELIVERS") else { return };
    let name = std::env::var("PULSE_TEST_NAME").unwrap();
    crate::rest::run(async move {
        let control = Control::open(&address, Clock::System).await.unwrap();
        let work: Arc<dyn Work> = Arc::new(Delivers {
            control: control.clone(),
            vault: Vault::new(KEY).unwrap(),
            engine: Engine::open("memory://").await.unwrap(),
            posting: Posting::new(Reach::Anywhere, Duration::from_secs(5)).unwrap(),
            mail: None,
        });
        let manner = Manner { lease: Duration::from_secs(2), ..manner(&name) };
        Worker::new(control, vec![work], manner).run(watch::channel(false).1).await;
    });
}

fn process(control: &str, life: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["delivered_killed::a_delivering_process", "--exact", "--nocapture"]);
    command.env("PULSE_TEST_DELIVERS", control).env("PULSE_TEST_NAME", format!("w{life}"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn everybody_is_told_once(address: String) {
    let control = Control::open(&address, Clock::System).await.unwrap();
    control.create_tenant(&acme(), "Acme", "UTC").await.unwrap();
    let link = control.setup_link(&acme(), true).await.unwrap();
    let ada = control.accept(link.tell(), "ada@example.com", "Ada", crate::world::PASSWORD, "").await.unwrap();
    let endpoint = Endpoint::start(&[(200, None)]).await;
    let hook = NewDestination {
        name: "ops".into(),
        kind: DestinationKind::Webhook,
        url: Some(endpoint.url.parse().unwrap()),
        secret: Some("plinth-otter-sundial".into()),
    };
    control.set_destination(&acme(), hook, &Vault::new(KEY).unwrap(), "ada", 0).await.unwrap();
    let to = [Channel::Notification(ada.id.clone()), Channel::Destination("ops".into())];
    for n in 0..PARCELS {
        // Whoever makes them is killed, too, and makes them again.
        for _ in 0..2 {
            control.deliver(&acme(), &crate::deliveries::parcel(&format!("p{n}")), &to, "test").await.unwrap();
        }
    }
    // All of it is there before anybody is at work, and the first is killed sooner than that can be done.
    let (begun, mut life, mut worker) = (Instant::now(), 0, process(&address, 0));
    let all = loop {
        let (mut all, mut cursor) = (Vec::new(), Cursor::new(None, Some(200)).unwrap());
        loop {
            let page = control.deliveries(&acme(), None, &cursor).await.unwrap();
            all.extend(page.items);
            let Some(next) = page.next else { break };
            cursor = Cursor::new(Some(&next), Some(200)).unwrap();
        }
        if all.iter().all(|delivery| delivery.state == DeliveryState::Delivered) {
            break all;
        }
        let stuck: Vec<_> = all.iter().filter(|delivery| delivery.state != DeliveryState::Delivered).collect();
        assert!(begun.elapsed() < Duration::from_secs(180), "stuck: {stuck:?}");
        tokio::time::sleep(Duration::from_millis(100 + (life as u64 * 7919) % 600)).await;
        if life < KILLS {
            worker.kill().unwrap();
            worker.wait().unwrap();
            life += 1;
            worker = process(&address, life);
        }
    };
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(all.len(), 2 * PARCELS);
    assert!(life >= 2, "it was over before it was tried: {life}");
    // By its key each call is known, however often it came.
    let keys: BTreeSet<String> = {
        let calls = endpoint.calls.lock();
        calls.iter().map(|(headers, _)| headers["idempotency-key"].to_str().unwrap().to_owned()).collect()
    };
    let hooked = all.iter().filter(|delivery| delivery.channel == to[1]);
    assert_eq!(keys, hooked.map(|delivery| delivery.id.clone()).collect());
    let member = control.member(&acme(), &ada.id).await.unwrap().unwrap();
    let authority = Authority { permissions: member.permissions, sees: member.sees };
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut cursor = Cursor::new(None, Some(200)).unwrap();
    loop {
        let page = control.notifications(&acme(), (&ada.id, &authority), false, &cursor).await.unwrap();
        for one in page.items.iter().filter(|one| one.event.kind == "message.received") {
            *told.entry(one.event.detail["key"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let Some(next) = page.next else { break };
        cursor = Cursor::new(Some(&next), Some(200)).unwrap();
    }
    assert_eq!(told, (0..PARCELS).map(|n| (format!("p{n}"), 1)).collect());
}

#[test]
fn everybody_is_told_once_whoever_is_killed_on_sqlite() {
    crate::rest::run(async {
        let folder = tempfile::tempdir().unwrap();
        everybody_is_told_once(format!("sqlite:{}", folder.path().join("control.db").display())).await;
    });
}

#[test]
fn everybody_is_told_once_whoever_is_killed_on_postgres() {
    crate::rest::run(async {
        let address = tokio::task::spawn_blocking(crate::postgres::database).await.unwrap();
        everybody_is_told_once(address).await;
    });
}
