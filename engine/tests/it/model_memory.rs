//! The model step in far less memory than all that it is made from takes.

use super::model::{arrivals, arrive, at, commit, facts, item, lake_over, row, transition};
use super::support::Mortal;
use object_store::memory::InMemory;
use pulse_engine::lake::{Lake, Options, Writer};
use pulse_engine::{Clock, Engine, Settings, TenantId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The memory that there is, in bytes: 64 work items are modelled at once, and 256 commits.
const MEMORY: usize = 2 << 20;
/// The items of one project, whose titles alone are more than that.
const ITEMS: usize = 2_400;
const TITLE: usize = 1_000;

#[tokio::test]
async fn the_facts_of_a_project_that_memory_has_no_room_for_are_made_in_pieces_and_are_those_of_all_at_once() {
    let store = Arc::new(InMemory::new());
    let large = lake_over(store.clone());
    for rows in arrivals() {
        arrive(large.lake(), rows).await.unwrap();
    }
    let mut rows = vec![commit("t", "a", &[], 0)];
    for number in 0..ITEMS {
        // Their ids are in another order than they came in.
        let id = format!("{}/{number}", number % 7);
        let moves = [(1, "Backlog", "Dev", 2), (2, "Dev", "Done", 3 + number as i64 % 90)];
        rows.extend(moves.map(|(n, from, to, hour)| transition(&format!("{id}/{n}"), &id, from, to, hour)));
        rows.push(item(&id, "Done", "done").set("title", "x".repeat(TITLE)).set("assignee_id", "ada"));
        if number % 3 == 0 {
            let stay = row("sprint_items", &format!("{id}/s")).set("sprint_id", "sprint").set("work_item_id", id);
            rows.push(stay.set("added_at", at(1)));
        }
    }
    // Others are modelled before it and after it.
    rows.extend(["bank", "yard"].map(|project| item(project, "Dev", "doing").set("project_id", project)));
    arrive(large.lake(), rows).await.unwrap();

    let watching = Mortal::new(store.clone(), i64::MAX);
    let options = Options { clock: Clock::Fixed(99), masked_rows: 4, memory_bytes: MEMORY, ..Options::default() };
    let engine = Engine::over(Lake::over(watching.clone(), options).unwrap());
    watching.watch(engine.lake());
    let pieces = Arc::new(AtomicU64::new(0));
    let told = pieces.clone();
    let tells = Arc::new(move |_: u64, _: Option<u64>, of: &str| {
        told.fetch_add(u64::from(of == "work items"), Ordering::SeqCst);
    });
    let small = engine.tenant(&TenantId::new("acme").unwrap()).written_by(Writer::new("model", 1, tells));
    let made = small.model(&Settings::default()).await.unwrap();
    assert_eq!((made.rows["work_items"], made.rows["sprint_items"]), (ITEMS as u64 + 4, ITEMS as u64 / 3 + 1));
    assert!(pieces.load(Ordering::SeqCst) >= ITEMS as u64 / 64, "{pieces:?} pieces");
    let (peak, held) = (watching.peak(), engine.lake().memory().0);
    assert!(peak > MEMORY / 64 && peak <= MEMORY, "{peak} of {MEMORY} bytes");
    assert_eq!(held, 0, "what was modelled is let go of");

    let in_pieces = facts(large.lake()).await;
    large.model_anew(&Settings::default()).await.unwrap();
    assert!(in_pieces.contains("5/12|") && in_pieces == facts(large.lake()).await);
    // What is there is found to be the same in pieces, too, and is not written again.
    let version = async || {
        let snapshot = large.lake().facts().table("work_items").await.unwrap();
        snapshot.map(|snapshot| snapshot.version())
    };
    let before = version().await;
    small.model_anew(&Settings::default()).await.unwrap();
    assert_eq!(version().await, before);
}
