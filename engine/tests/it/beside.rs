//! Whoever asks while the model is made does not wait for it.

use super::model::{arrivals, arrive, facts, lake_over};
use super::support::Mortal;
use arrow::util::pretty::pretty_format_batches;
use object_store::memory::InMemory;
use pulse_engine::land::{self, Page};
use pulse_engine::{Settings, Tenant};
use std::sync::Arc;

/// What a question is answered, and all facts that were read beside it.
async fn answered(tenant: &Tenant) -> (String, String) {
    let statement = "SELECT id, failure_rule FROM facts.deployments ORDER BY id";
    let rows = tenant.sql(statement).await.unwrap();
    (pretty_format_batches(&rows).unwrap().to_string(), facts(tenant.lake()).await)
}

#[tokio::test]
async fn who_asks_while_the_model_is_held_at_any_write_gets_the_last_facts_and_does_not_wait() {
    let store = Arc::new(InMemory::new());
    let tenant = lake_over(store.clone());
    // Questions are asked of a tenant for which something landed.
    let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
    tenant.land("one", "one:a", page).await.unwrap();
    let mut arrivals = arrivals().into_iter();
    for rows in arrivals.by_ref().take(3) {
        arrive(tenant.lake(), rows).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
    for rows in arrivals {
        arrive(tenant.lake(), rows).await.unwrap();
    }
    let before = answered(&tenant).await;
    let modelled = lake_over(Arc::new(store.fork()));
    modelled.model(&Settings::default()).await.unwrap();
    let after = answered(&modelled).await;
    assert!(before.0 != after.0 && before.1 != after.1, "{}\n{}", before.0, after.0);
    // Of each write, whether the facts were still the old ones while it waited.
    let mut old = Vec::new();
    loop {
        let held = Mortal::new(Arc::new(store.fork()), i64::MAX);
        // Whoever asks shares the lake with the model, as in a server.
        let tenant = lake_over(held.clone());
        held.hold(old.len() as i64);
        let modelling = tenant.clone();
        let mut running = tokio::spawn(async move { modelling.model(&Settings::default()).await });
        tokio::select! {
            () = held.held() => {}
            ended = &mut running => {
                ended.unwrap().unwrap();
                break;
            }
        }
        let beside = answered(&tenant).await;
        assert!(!running.is_finished(), "it waits at write {}", old.len());
        assert!(beside == before || beside == after, "held at write {}, a reader sees neither:\n{beside:?}", old.len());
        old.push(beside == before);
        held.let_go();
        running.await.unwrap().unwrap();
        assert_eq!(answered(&tenant).await, after, "let go of write {}", old.len());
    }
    // One commit shows the new facts, and most of what is written comes before it.
    let shown = old.iter().position(|is_old| !is_old).unwrap_or(old.len());
    assert!(shown >= 8 && !old[shown..].contains(&true), "{old:?}");
}
