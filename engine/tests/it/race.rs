//! Two runs of the map step at once: whichever ends last, core says what one after the other would have made it say.

use super::steps::{Toy, core_of, history, page, settings, tenant};
use object_store::memory::InMemory;
use pulse_engine::entities;
use pulse_engine::lake::{Lake, Options, Writer};
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::Row;
use pulse_engine::{Clock, Error, Tenant};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};

/// Maps as [`Toy`] does, and a payload to one more row, whose very id the settings decide. Told to, it waits at its first
/// payload, once, until another run has come and gone.
struct Slow {
    waited: AtomicBool,
    begun: Barrier,
    over: Barrier,
}

impl Slow {
    fn new(waits: bool) -> Arc<Self> {
        Arc::new(Self { waited: AtomicBool::new(!waits), begun: Barrier::new(2), over: Barrier::new(2) })
    }
}

impl Mapper for Slow {
    fn connector(&self) -> &'static str {
        Toy.connector()
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        if !self.waited.swap(true, Ordering::SeqCst) {
            self.begun.wait();
            self.over.wait();
        }
        Toy.map(connection, payload, out)?;
        let prefix = connection.settings()["prefix"].as_str().unwrap_or_default();
        let project = entities::core("projects").unwrap();
        out.push(Row::new(project).set("id", format!("{}:{prefix}{}", connection.id, payload.key)).set("name", "x"))
    }
}

async fn map(tenant: &Tenant) {
    tenant.map(Slow::new(false).as_ref(), false).await.unwrap();
}

fn lake(store: &Arc<InMemory>) -> Tenant {
    tenant(Lake::over(store.clone(), Options { clock: Clock::Fixed(99), ..Options::default() }).unwrap())
}

/// Lets a run of `map` begin, lets `meanwhile` happen while it stands at its first payload, and lets it end.
async fn overtaken(store: &Arc<InMemory>, replay: bool, meanwhile: impl Future<Output = ()>) {
    let (slow, first) = (Slow::new(true), lake(store));
    let mapper = slow.clone();
    let running = tokio::spawn(async move { first.map(mapper.as_ref(), replay).await });
    let begun = slow.clone();
    tokio::task::spawn_blocking(move || begun.begun.wait()).await.unwrap();
    meanwhile.await;
    slow.over.wait();
    running.await.unwrap().unwrap();
}

async fn one_after_the_other(pages: &[pulse_engine::land::Page]) -> String {
    let tenant = lake(&Arc::new(InMemory::new()));
    for page in pages {
        tenant.land("toy", "toy:a", page.clone()).await.unwrap();
        map(&tenant).await;
    }
    core_of(&tenant).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replay_takes_away_no_row_that_another_run_mapped_meanwhile() {
    let store = Arc::new(InMemory::new());
    let other = lake(&store);
    for page in &history()[..2] {
        other.land("toy", "toy:a", page.clone()).await.unwrap();
    }
    map(&other).await;
    overtaken(&store, true, async {
        for page in &history()[2..] {
            other.land("toy", "toy:a", page.clone()).await.unwrap();
        }
        map(&other).await;
    })
    .await;
    assert_eq!(core_of(&other).await, one_after_the_other(&history()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_of_older_settings_do_not_come_back_after_a_replay() {
    let store = Arc::new(InMemory::new());
    let other = lake(&store);
    for page in history() {
        other.land("toy", "toy:a", page).await.unwrap();
    }
    let newer = page(&[settings(50, "x-")], "5");
    overtaken(&store, false, async {
        other.land("toy", "toy:a", newer.clone()).await.unwrap();
        map(&other).await;
    })
    .await;
    let pages: Vec<_> = history().into_iter().chain([newer]).collect();
    assert_eq!(core_of(&other).await, one_after_the_other(&pages).await);
}

/// How far somebody was: how much was done, of how much, and of what.
type Told = Arc<Mutex<Vec<(u64, Option<u64>, String)>>>;

/// The same tenant, written to by whose turn it is; how far they are is put into the list.
fn by(turn: i64, store: &Arc<InMemory>, far: &Told) -> Tenant {
    let far = far.clone();
    let tells = move |done, of, what: &str| far.lock().unwrap().push((done, of, what.to_owned()));
    lake(store).written_by(Writer::new("job", turn, Arc::new(tells)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_shut_out_commits_nothing_more_and_whose_turn_it_is_does() {
    let (store, far) = (Arc::new(InMemory::new()), Told::default());
    let other = lake(&store);
    let pages = history();
    for page in &pages[..2] {
        other.land("toy", "toy:a", page.clone()).await.unwrap();
    }
    by(1, &store, &far).map(Slow::new(false).as_ref(), false).await.unwrap();
    let all = far.lock().unwrap().pop().unwrap();
    assert_eq!((Some(all.0), all.2.as_str()), (all.1, "toy"), "all payloads are told of");
    other.land("toy", "toy:a", pages[2].clone()).await.unwrap();
    let before = core_of(&other).await;
    let (slow, given_up) = (Slow::new(true), by(1, &store, &far));
    let (mapper, compacting) = (slow.clone(), given_up.clone());
    let running = tokio::spawn(async move { given_up.map(mapper.as_ref(), false).await });
    let begun = slow.clone();
    tokio::task::spawn_blocking(move || begun.begun.wait()).await.unwrap();
    // It is in the middle of its work, knows all tables as they stand, and is given up.
    let tables: Vec<_> = entities::CORE.iter().map(|entity| other.lake().table(entity)).collect();
    let raw = other.lake().raw("toy").unwrap();
    for table in tables.iter().chain([&raw]) {
        table.shut_out("job", 1).await.unwrap();
        let version = table.latest().await.unwrap().map(|newest| newest.version());
        table.shut_out("job", 1).await.unwrap();
        assert_eq!(table.latest().await.unwrap().map(|newest| newest.version()), version, "once is enough");
    }
    slow.over.wait();
    assert!(matches!(running.await.unwrap(), Err(Error::ShutOut { .. })));
    let landed = compacting.land("toy", "toy:a", pages[3].clone()).await;
    assert!(matches!(landed, Err(Error::ShutOut { .. })), "{landed:?}");
    let compacted = compacting.lake().raw("toy").unwrap().compact().await;
    assert!(matches!(compacted, Err(Error::ShutOut { .. })), "{compacted:?}");
    assert_eq!(core_of(&other).await, before, "nothing of it is there");
    by(2, &store, &far).map(Slow::new(false).as_ref(), false).await.unwrap();
    assert_eq!(core_of(&other).await, one_after_the_other(&pages[..3]).await);
    assert!(by(2, &store, &far).lake().raw("toy").unwrap().compact().await.unwrap().files_before > 1);
}
