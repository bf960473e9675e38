//! GitHub, where a credential may see less than before: that is told from a deletion where much goes out of sight at once.

use crate::github_sync::{map, open, read, serve, source};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::sync;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Fault, On, Server, TOKEN, Token, World};
use serde_json::json;

/// Eight private repositories.
async fn eight() -> (Server, Vec<i64>) {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let all = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| world.create_repository(name, "eve"));
    (serve(world).await, all.to_vec())
}

/// The token may see these, some time later.
fn sees(server: &Server, names: Option<&[&str]>) {
    let names = names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    server.github.tokens.lock().get_mut(TOKEN).unwrap().sees = names;
    server.github.world.lock().now += TimeDelta::days(2);
}

async fn held(tenant: &Tenant) -> (usize, Vec<String>) {
    map(tenant).await;
    (ids(tenant, "repositories").await.len(), texts(tenant, "rejects", "key").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_are_out_of_sight_at_once_stay_until_somebody_says_that_they_are_gone() {
    let (server, _) = eight().await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (8, vec![]));
    let problem = || vec!["unseen/acme".to_owned()];
    sees(&server, Some(&["a", "b", "c"]));
    for _ in 0..2 {
        read(&tenant, &server).await.unwrap();
        assert_eq!(held(&tenant).await, (8, problem()));
        server.github.world.lock().now += TimeDelta::days(2);
    }
    let reason = texts(&tenant, "rejects", "reason").await.remove(0);
    assert!(reason.contains("5 of the repositories of `acme`") && reason.contains("\"whole\""), "{reason}");
    // Once it may see them again, it is over.
    sees(&server, None);
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (8, vec![]));
    sees(&server, Some(&["a", "b", "c"]));
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (8, problem()));
    server.github.world.lock().now += TimeDelta::hours(1);
    sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.unwrap();
    assert_eq!(held(&tenant).await, (3, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_another_credential_does_not_see_stays_until_somebody_says_that_it_is_gone() {
    const OTHER: &str = "ghp_other";
    let (server, all) = eight().await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    let names = ["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned);
    let other = Token { secret: OTHER.to_owned(), sees: Some(names.into()), ..Token::default() };
    server.github.tokens.lock().insert(OTHER.to_owned(), other);
    let by = async |token: &str, whole: bool| {
        server.github.world.lock().now += TimeDelta::days(2);
        let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
        let source = open(&server, token, settings).unwrap();
        let source = if whole { source.whole() } else { source };
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        held(&tenant).await
    };
    let problem = || vec!["unseen/acme".to_owned()];
    for _ in 0..2 {
        assert_eq!(by(OTHER, false).await, (8, problem()));
    }
    let reason = texts(&tenant, "rejects", "reason").await.remove(0);
    assert!(reason.contains("1 of the repositories of `acme`") && reason.contains("another credential"), "{reason}");
    // The one that saw it sees it again, and what is deleted then is gone.
    assert_eq!(by(TOKEN, false).await, (8, vec![]));
    server.github.world.lock().delete_repository(all[0], "eve");
    assert_eq!(by(TOKEN, false).await, (7, vec![]));
    assert_eq!(by(OTHER, false).await, (7, problem()));
    assert_eq!(by(OTHER, true).await, (6, vec![]));
    // From now on this one is known to see all that is held.
    server.github.world.lock().delete_repository(all[1], "eve");
    assert_eq!(by(OTHER, false).await, (5, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn some_that_are_deleted_are_gone_with_the_next_reading_also_beside_those_that_are_out_of_sight() {
    let (server, all) = eight().await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    // Half of them is not more than half.
    for id in &all[4..] {
        server.github.world.lock().delete_repository(*id, "eve");
    }
    server.github.world.lock().now += TimeDelta::hours(1);
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (4, vec![]));
    // Of few nobody can tell.
    sees(&server, Some(&[]));
    let named = json!({"repositories": ["acme/a", "acme/b", "acme/c", "acme/d"]});
    let named = open(&server, TOKEN, GithubSettings::from_json(&named).unwrap()).unwrap();
    sync(&tenant, Box::new(named), Clock::System, &|_| ()).await.unwrap();
    map(&tenant).await;
    assert!(ids(&tenant, "repositories").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_for_people_that_nothing_is_there_takes_no_repository_for_deleted() {
    let (server, all) = eight().await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    server.github.world.lock().delete_repository(all[0], "eve");
    for _ in 0..100 {
        server.github.faults.plan(On::Path(format!("/repositories/{}", all[0])), Fault::NoPage);
    }
    for still in [8, 7] {
        server.github.world.lock().now += TimeDelta::hours(1);
        read(&tenant, &server).await.unwrap();
        assert_eq!(held(&tenant).await, (still, vec![]));
        server.github.faults.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_that_go_out_of_sight_stay_with_their_members_until_somebody_says_that_they_are_gone() {
    const OTHER: &str = "ghp_other";
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    world.create_repository("a", "eve");
    let all = ["One", "Two", "Three"].map(|name| world.add_team(name, None, &["eve"]));
    let teams = world.teams.clone();
    let (server, tenant) = (serve(world).await, tenant().await);
    let other = Token { secret: OTHER.to_owned(), ..Token::default() };
    server.github.tokens.lock().insert(OTHER.to_owned(), other);
    // Reads while so many of them are told.
    let by = async |token: &str, seen: Vec<i64>, whole: bool| {
        {
            let mut world = server.github.world.lock();
            world.teams = teams.clone();
            world.teams.retain(|id, _| seen.contains(id));
            world.now += TimeDelta::days(2);
        }
        let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
        let source = open(&server, token, settings).unwrap();
        let source = if whole { source.whole() } else { source };
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        let held = [ids(&tenant, "teams").await.len(), ids(&tenant, "team_members").await.len()];
        (held, texts(&tenant, "rejects", "key").await)
    };
    let problem = || vec!["teams/out of sight".to_owned()];
    assert_eq!(by(TOKEN, all.to_vec(), false).await, ([3, 3], vec![]));
    for _ in 0..2 {
        assert_eq!(by(TOKEN, vec![], false).await, ([3, 3], problem()));
    }
    let reason = texts(&tenant, "rejects", "reason").await.remove(0);
    assert!(reason.contains("3 of the teams") && reason.contains("\"whole\""), "{reason}");
    // Once it may see them again it is over, and one that is deleted is gone.
    assert_eq!(by(TOKEN, all[..2].to_vec(), false).await, ([2, 2], vec![]));
    assert_eq!(by(OTHER, all[..1].to_vec(), false).await, ([2, 2], problem()));
    assert_eq!(by(OTHER, all[..1].to_vec(), true).await, ([1, 1], vec![]));
}
