//! Very many boards of a simulated Jira.

use crate::jira_sync::{credentials, map, read, serve, world};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_simulator::Server;
use pulse_simulator::world::jira::{Board, BoardKind};
use std::collections::BTreeSet;

/// The boards that were asked for their sprints since this was asked last.
fn asked(server: &Server) -> BTreeSet<String> {
    let paths = server.jira.log.requests().into_iter().map(|served| served.path);
    let asked = paths.filter(|path| path.ends_with("/sprint")).collect();
    server.jira.log.clear();
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_take_turns_to_tell_their_sprints_where_there_are_very_many() {
    let (server, credential) = (serve(world(30)).await, &credentials()[0]);
    let all = {
        let mut world = server.jira.world.lock();
        let some = world.jira.boards.values().find(|board| board.kind == BoardKind::Scrum).unwrap().clone();
        let more = (1_000_000..1_001_200).map(|id| (id, Board { id, ..some.clone() }));
        world.jira.boards.extend(more);
        world.jira.boards.values().filter(|board| board.kind == BoardKind::Scrum).count()
    };
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
