//! Very many boards of a simulated Jira, one that fails, one by which their list does, and a project that does not tell its own.

use crate::alike::{assert_alike, told};
use crate::jira_sync::{credentials, map, once, read, serve, source, world};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::{Error, sync};
use pulse_engine::Clock;
use pulse_simulator::world::jira::{Board, BoardKind, Sprint};
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

#[tokio::test(flavor = "multi_thread")]
async fn tens_of_thousands_of_boards_cost_a_question_for_fifty_and_one_more_only_where_there_may_be_sprints() {
    let (server, credential) = (serve(world(5)).await, &credentials()[0]);
    let (all, with_sprints) = {
        let mut world = server.jira.world.lock();
        let some = world.jira.boards.values().next().unwrap().clone();
        // One in 2,000 may have sprints.
        let kind = |n: i64| if n % 2_000 == 0 { BoardKind::Scrum } else { BoardKind::Kanban };
        let more = (0..20_000).map(|n| (MORE + n, Board { id: MORE + n, kind: kind(n), ..some.clone() }));
        world.jira.boards.extend(more);
        let with_sprints = world.jira.boards.values().filter(|board| board.kind == BoardKind::Scrum).count();
        (world.jira.boards.len(), with_sprints)
    };
    let tenant = tenant().await;
    let look = async || {
        server.jira.world.lock().now += TimeDelta::hours(2);
        let report = read(&tenant, &server, credential).await.unwrap();
        let lists = server.jira.log.requests().iter().filter(|served| served.path.ends_with("/board")).count();
        assert_eq!((lists, asked(&server).len()), (all.div_ceil(50), with_sprints));
        report.payloads
    };
    assert!(look().await > 20_000);
    assert_eq!(look().await, 0, "nothing of it is new");
    map(&tenant).await;
    assert_eq!(ids(&tenant, "project_scopes").await.len(), all);
}

/// The number of a board that there is besides, and of the first of its two sprints.
const MORE: i64 = 1_000_000;

/// Has that board tell its sprints no more.
fn fail(server: &Server) {
    for _ in 0..100 {
        server.jira.faults.plan(On::Path(format!("/board/{MORE}/sprint")), Fault::ServerError(500));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_always_fails_is_told_and_keeps_neither_other_sprints_nor_what_is_gone_from_being_found() {
    for credential in credentials() {
        let (server, tenant) = (serve(world(30)).await, tenant().await);
        let others = {
            let mut world = server.jira.world.lock();
            let others: Vec<String> = world.jira.sprints.keys().map(|id| format!("jira:acme:sprints/{id}")).collect();
            let sprint = world.jira.sprints.values().next().unwrap().clone();
            let board = world.jira.boards[&sprint.board].clone();
            world.jira.boards.insert(MORE, Board { id: MORE, name: "Payments".to_owned(), ..board });
            let more = [MORE, MORE + 1].map(|id| (id, Sprint { id, board: MORE, ..sprint.clone() }));
            world.jira.sprints.extend(more);
            others
        };
        let with = |more: &[i64]| {
            let mut all = others.clone();
            all.extend(more.iter().map(|id| format!("jira:acme:sprints/{id}")));
            all.sort();
            all
        };
        let is_told = |error: &Error| {
            let told = error.to_string();
            assert!(
                matches!(error, Error::Incomplete { parts: 1, .. }) && told.contains("the board `Payments`"),
                "{told}"
            );
        };
        fail(&server);
        is_told(&read(&tenant, &server, &credential).await.unwrap_err());
        map(&tenant).await;
        assert_eq!(ids(&tenant, "sprints").await, with(&[]));
        assert_eq!(ids(&tenant, "rejects").await, [format!("jira:acme:reject/problems/boards/{MORE}")]);
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(1);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert_eq!(ids(&tenant, "sprints").await, with(&[MORE, MORE + 1]));
        assert_eq!(ids(&tenant, "rejects").await, [""; 0], "it is told until it can be read again");

        // An issue goes, of which no call tells, and a sprint of the board that fails.
        let before = ids(&tenant, "work_items").await;
        let deleted = {
            let mut world = server.jira.world.lock();
            let parents: Vec<i64> = world.jira.issues.values().filter_map(|issue| issue.fields.parent).collect();
            let deleted = *world.jira.issues.keys().find(|id| !parents.contains(id)).unwrap();
            world.delete_jira_issue(deleted, "nobody").unwrap();
            world.jira.sprints.remove(&MORE);
            world.now += TimeDelta::hours(2);
            format!("jira:acme:issues/{deleted}")
        };
        fail(&server);
        let whole = source(&server, &credential).await.whole();
        is_told(&sync(&tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap_err());
        map(&tenant).await;
        is_told(&read(&tenant, &server, &credential).await.unwrap_err());
        map(&tenant).await;
        let left: Vec<String> = before.into_iter().filter(|id| *id != deleted).collect();
        assert_eq!(ids(&tenant, "work_items").await, left);
        assert_eq!(ids(&tenant, "sprints").await, with(&[MORE, MORE + 1]), "what was not asked for is not gone");
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(1);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert_eq!(ids(&tenant, "sprints").await, with(&[MORE + 1]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_does_not_tell_its_boards_keeps_no_other_board_from_being_found_and_none_of_its_own_moves() {
    // Cloud says of each board where it is.
    let (server, tenant, credential) = (serve(world(30)).await, tenant().await, &credentials()[1]);
    let site = server.jira.world.lock().jira.clone();
    let project = site.boards[&site.sprints.values().next().unwrap().board].project;
    let key = &site.projects[&project].key;
    let boards = |others: bool| -> Vec<String> {
        let ids = site.boards.values().filter(|board| !others || board.project != project).map(|board| board.id);
        let mut boards: Vec<String> = ids.map(|id| format!("jira:acme:boards/{id}")).collect();
        boards.sort();
        boards
    };
    let fail = || {
        for _ in 0..100 {
            let on = On::Address(format!("projectKeyOrId={project}&"));
            server.jira.faults.plan(on, Fault::ServerError(500));
        }
    };
    let is_told = |error: &Error| {
        let (told, words) = (error.to_string(), format!("projects/{key}/boards: it does not tell which boards it has"));
        assert!(matches!(error, Error::Incomplete { parts: 1, .. }) && told.contains(&words), "{told}");
    };
    fail();
    is_told(&read(&tenant, &server, credential).await.unwrap_err());
    map(&tenant).await;
    assert_eq!(ids(&tenant, "rejects").await, [format!("jira:acme:reject/problems/projects/{key}/boards")]);
    assert_eq!(ids(&tenant, "sprints").await.len(), site.sprints.len());
    assert_eq!(ids(&tenant, "project_scopes").await, boards(true));
    server.jira.faults.clear();
    server.jira.world.lock().now += TimeDelta::minutes(1);
    read(&tenant, &server, credential).await.unwrap();
    map(&tenant).await;
    assert_eq!(ids(&tenant, "rejects").await, [""; 0], "it is told until it tells them again");
    assert_eq!(ids(&tenant, "project_scopes").await, boards(false));
    let homes = texts(&tenant, "sprints", "project_id").await;
    assert_eq!(homes.len(), site.sprints.len());

    // It fails once more: its boards stay where they were.
    server.jira.world.lock().now += TimeDelta::hours(2);
    fail();
    is_told(&read(&tenant, &server, credential).await.unwrap_err());
    map(&tenant).await;
    assert_eq!(ids(&tenant, "project_scopes").await, boards(false));
    assert_eq!(texts(&tenant, "sprints", "project_id").await, homes);
    // Nor do they go anywhere where it may not be asked, or a page for people answers.
    for fault in [Fault::MissingScope { accepted: String::new() }, Fault::NoPage] {
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::hours(2);
        for _ in 0..100 {
            server.jira.faults.plan(On::Address(format!("projectKeyOrId={project}&")), fault.clone());
        }
        read(&tenant, &server, credential).await.unwrap();
        map(&tenant).await;
        assert_eq!(ids(&tenant, "project_scopes").await, boards(false), "{fault:?}");
        assert_eq!(texts(&tenant, "sprints", "project_id").await, homes, "{fault:?}");
    }
    server.jira.faults.clear();
    server.jira.world.lock().now += TimeDelta::minutes(1);
    read(&tenant, &server, credential).await.unwrap();
    map(&tenant).await;
    assert_alike(&once(&server, credential).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_by_which_their_list_fails_keeps_none_of_the_others_from_being_read() {
    for credential in credentials() {
        let mut world = world(30);
        let some = world.jira.boards.values().next().unwrap().clone();
        world.jira.boards.extend((MORE..MORE + 60).map(|id| (id, Board { id, ..some.clone() })));
        let server = serve(world).await;
        let tenant = tenant().await;
        let mut boards: Vec<String> =
            server.jira.world.lock().jira.boards.keys().map(|id| format!("jira:acme:boards/{id}")).collect();
        // Boards are listed in the order of their numbers. Whatever is asked for together with the one behind thirty others fails.
        let bad = boards[30].clone();
        let fail = || {
            let pages = [(0, 50), (25, 50), (25, 25), (25, 13), (25, 7), (29, 8), (29, 4), (29, 2), (30, 2), (30, 1)];
            for (start, size) in pages {
                for _ in 0..100 {
                    let on = On::Address(format!("/board?startAt={start}&maxResults={size}"));
                    server.jira.faults.plan(on, Fault::ServerError(500));
                }
            }
        };
        let is_told = |error: &Error| {
            let told = error.to_string();
            let words = "boards: 1 of them are not listed: 500";
            assert!(matches!(error, Error::Incomplete { parts: 1, .. }) && told.contains(words), "{told}");
        };
        fail();
        is_told(&read(&tenant, &server, &credential).await.unwrap_err());
        map(&tenant).await;
        assert_eq!(ids(&tenant, "rejects").await, ["jira:acme:reject/problems/boards"]);
        boards.sort();
        let others: Vec<String> = boards.iter().filter(|board| **board != bad).cloned().collect();
        assert_eq!(ids(&tenant, "project_scopes").await, others);
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(1);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert_eq!(ids(&tenant, "rejects").await, [""; 0]);
        assert_eq!(ids(&tenant, "project_scopes").await, boards);
        // What is not listed is not gone for that.
        server.jira.world.lock().now += TimeDelta::hours(2);
        fail();
        is_told(&read(&tenant, &server, &credential).await.unwrap_err());
        map(&tenant).await;
        assert_eq!(ids(&tenant, "project_scopes").await, boards);
        server.jira.faults.clear();
        server.jira.world.lock().now += TimeDelta::minutes(1);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}
