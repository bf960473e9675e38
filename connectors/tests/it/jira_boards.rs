//! Very many boards of a simulated Jira.

use crate::alike::{assert_alike, told};
use crate::jira_sync::{credentials, map, once, read, serve, world};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_simulator::world::jira::{Board, BoardKind};
use pulse_simulator::{Fault, On, Server};
use std::collections::BTreeSet;

/// The boards that were asked for their sprints since this was asked last.
fn asked(server: &Server) -> BTreeSet<String> {
    let paths = server.jira.log.requests().into_iter().map(|served| served.path);
    let asked = paths.filter(|path| path.ends_with("/sprint")).collect();
    server.jira.log.clear();
    asked
}

/// How many boards with sprints there are once there are very many.
fn many(server: &Server) -> usize {
    let mut world = server.jira.world.lock();
    let some = world.jira.boards.values().find(|board| board.kind == BoardKind::Scrum).unwrap().clone();
    let more = (1_000_000..1_001_200).map(|id| (id, Board { id, ..some.clone() }));
    world.jira.boards.extend(more);
    world.jira.boards.values().filter(|board| board.kind == BoardKind::Scrum).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_take_turns_to_tell_their_sprints_where_there_are_very_many() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let all = many(&server);
    let tenant = tenant().await;
    read(&tenant, &server, credential).await.unwrap();
    map(&tenant).await;
    assert_eq!(asked(&server).len(), all, "the first time all of them");
    let sprints = ids(&tenant, "sprints").await;
    assert!(!sprints.is_empty());
    let mut turns = BTreeSet::new();
    for _ in 0..2 {
        server.jira.world.lock().now += TimeDelta::hours(2);
        let report = read(&tenant, &server, credential).await.unwrap();
        let turn = asked(&server);
        assert_eq!((turn.len(), report.payloads), (1_000, 0));
        turns.extend(turn);
    }
    assert_eq!(turns.len(), all, "each is asked in its turn");
    // A sprint is gone once its board was asked.
    let gone = {
        let mut world = server.jira.world.lock();
        let gone = *world.jira.sprints.keys().next().unwrap();
        world.jira.sprints.remove(&gone);
        gone
    };
    for _ in 0..2 {
        server.jira.world.lock().now += TimeDelta::hours(2);
        read(&tenant, &server, credential).await.unwrap();
        map(&tenant).await;
    }
    let gone = format!("jira:acme:sprints/{gone}");
    let left: Vec<String> = sprints.into_iter().filter(|sprint| *sprint != gone).collect();
    assert_eq!(ids(&tenant, "sprints").await, left);
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_that_could_not_all_be_asked_at_once_take_turns_the_next_time() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let (all, tenant) = (many(&server), tenant().await);
    server.jira.faults.plan(On::Path("/sprint".to_owned()), Fault::PrimaryLimit { resets_in: 1800 });
    read(&tenant, &server, credential).await.unwrap_err();
    asked(&server);
    let mut turns = BTreeSet::new();
    for _ in 0..2 {
        server.jira.world.lock().now += TimeDelta::hours(2);
        read(&tenant, &server, credential).await.unwrap();
        let turn = asked(&server);
        assert_eq!(turn.len(), 1_000);
        turns.extend(turn);
    }
    assert_eq!(turns.len(), all, "each is asked in its turn");
    map(&tenant).await;
    assert_alike(&once(&server, credential).await, &told(&tenant).await);
}
