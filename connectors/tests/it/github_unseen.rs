//! GitHub, where a credential may see less than before: what is not there any more is deleted where a hook or somebody says so, or another
//! repository has its name.

use crate::alike::{NAMES_WENT, assert_alike_but, told};
use crate::github_sync::{map, once, open, read, serve, source};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{called, sync};
use pulse_engine::land::Page;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Fault, On, Server, TOKEN, Token, World};
use serde_json::json;
use std::collections::BTreeSet;

const DAY: i64 = 24 * 3600 * 1_000_000;

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

/// What hooks were called with meanwhile is landed at a time by our clock.
async fn land(tenant: &Tenant, server: &Server, at: i64) {
    let deliveries = std::mem::take(&mut server.github.world.lock().deliveries);
    let payloads = deliveries.iter().map(|delivery| {
        let (headers, body) = delivery.request("secret");
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.clone())
        };
        called("github", &header, body.as_bytes(), at).unwrap().unwrap()
    });
    let payloads: Vec<_> = payloads.collect();
    assert!(!payloads.is_empty());
    tenant.land("github", "github:acme", Page { payloads, ..Page::default() }).await.unwrap();
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
    assert!(reason.contains("(`acme/d`, `acme/e`, `acme/f`, `acme/g`, `acme/h`)"), "{reason}");
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
    // The one that saw it sees it again, and nobody says of one that is not there then that it was deleted.
    assert_eq!(by(TOKEN, false).await, (8, vec![]));
    server.github.world.lock().delete_repository(all[0], "eve");
    assert_eq!(by(TOKEN, false).await, (8, problem()));
    let reason = texts(&tenant, "rejects", "reason").await.remove(0);
    assert!(reason.contains("GitHub does not say that it was deleted") && reason.contains("(`acme/a`)"), "{reason}");
    assert_eq!(by(OTHER, false).await, (8, problem()));
    assert_eq!(by(OTHER, true).await, (6, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_that_the_same_credential_loses_sight_of_stay_with_their_names_told_and_go_on_once_they_are_seen() {
    let (server, all) = eight().await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    sees(&server, Some(&["a", "b", "c", "d", "e", "f"]));
    for _ in 0..2 {
        read(&tenant, &server).await.unwrap();
        assert_eq!(held(&tenant).await, (8, vec!["unseen/acme".to_owned()]));
        let reason = texts(&tenant, "rejects", "reason").await.remove(0);
        assert!(
            reason.contains("2 of the repositories of `acme`") && reason.contains("(`acme/g`, `acme/h`)"),
            "{reason}"
        );
        server.github.world.lock().now += TimeDelta::days(2);
    }
    // What is renamed meanwhile goes by its number.
    {
        let mut world = server.github.world.lock();
        world.rename_repository(all[7], "store", "eve");
        world.open_issue(all[7], "eve", "Slow", "", &[]).unwrap();
    }
    sees(&server, None);
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (8, vec![]));
    assert!(texts(&tenant, "repositories", "name").await.contains(&"acme/store".to_owned()));
    assert_eq!(ids(&tenant, "work_items").await, [format!("github:acme:{}/issues/1", all[7])]);
    assert_alike_but(NAMES_WENT, &once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_gone_once_a_hook_is_told_that_it_was_deleted_however_late_or_another_has_its_name() {
    let (server, all) = eight().await;
    server.github.world.lock().listening = true;
    let (tenant, mut now) = (tenant().await, 1_800_000_000_000_000);
    let acme = || {
        let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
        Box::new(open(&server, TOKEN, settings).unwrap())
    };
    sync(&tenant, acme(), Clock::Fixed(now), &|_| ()).await.unwrap();
    server.github.world.lock().delete_repository(all[0], "eve");
    land(&tenant, &server, now).await;
    server.github.world.lock().now += TimeDelta::hours(1);
    sync(&tenant, acme(), Clock::Fixed(now), &|_| ()).await.unwrap();
    assert_eq!(held(&tenant).await, (7, vec![]));
    // So long ago that no other call would be heard any more, as where all waited for GitHub's limits.
    server.github.world.lock().delete_repository(all[1], "eve");
    land(&tenant, &server, now).await;
    now += DAY / 4;
    server.github.world.lock().now += TimeDelta::hours(6);
    sync(&tenant, acme(), Clock::Fixed(now), &|_| ()).await.unwrap();
    assert_eq!(held(&tenant).await, (7, vec!["unseen/acme".to_owned()]));
    now += DAY + 1;
    server.github.world.lock().now += TimeDelta::days(2);
    sync(&tenant, acme(), Clock::Fixed(now), &|_| ()).await.unwrap();
    assert_eq!(held(&tenant).await, (6, vec![]));
    // No call comes of the next one, and its name is given to another.
    {
        let mut world = server.github.world.lock();
        world.delete_repository(all[2], "eve");
        world.create_repository("c", "eve");
        world.deliveries.clear();
        world.now += TimeDelta::days(2);
    }
    now += 2 * DAY;
    sync(&tenant, acme(), Clock::Fixed(now), &|_| ()).await.unwrap();
    assert_eq!(held(&tenant).await, (6, vec![]));
    assert_alike_but(NAMES_WENT, &once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_are_named_one_by_one_stay_likewise_beside_one_that_was_deleted() {
    let (server, all) = eight().await;
    let tenant = tenant().await;
    let named = || {
        let named = json!({"repositories": ["acme/a", "acme/b"]});
        Box::new(open(&server, TOKEN, GithubSettings::from_json(&named).unwrap()).unwrap())
    };
    sync(&tenant, named(), Clock::System, &|_| ()).await.unwrap();
    assert_eq!(held(&tenant).await, (2, vec![]));
    server.github.world.lock().listening = true;
    server.github.world.lock().delete_repository(all[0], "eve");
    land(&tenant, &server, Clock::System.now()).await;
    sees(&server, Some(&[]));
    sync(&tenant, named(), Clock::System, &|_| ()).await.unwrap();
    let told = ["acme/a", "acme/b", "unseen/acme"].map(str::to_owned);
    assert_eq!(held(&tenant).await, (1, told.to_vec()));
    let reasons = texts(&tenant, "rejects", "reason").await;
    assert!(reasons.iter().any(|reason| reason.contains("1 of the repositories of `acme`")), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_very_many_that_are_out_of_sight_some_are_asked_for_each_day() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let all: Vec<i64> = (0..240).map(|n| world.create_repository(&format!("shop-{n}"), "eve")).collect();
    let (server, tenant) = (serve(world).await, tenant().await);
    read(&tenant, &server).await.unwrap();
    sees(&server, Some(&["shop-0"]));
    let mut asked = BTreeSet::new();
    for _ in 0..2 {
        server.github.log.clear();
        read(&tenant, &server).await.unwrap();
        let by_number = server.github.log.requests().into_iter().filter_map(|served| {
            let number: i64 = served.path.rsplit_once("/repositories/")?.1.parse().ok()?;
            Some(number)
        });
        let by_number: BTreeSet<i64> = by_number.collect();
        assert_eq!(by_number.len(), 200);
        asked.extend(by_number);
        assert_eq!(held(&tenant).await, (240, vec!["unseen/acme".to_owned()]));
        let reason = texts(&tenant, "rejects", "reason").await.remove(0);
        assert!(reason.contains("239 of the repositories") && reason.contains("and 229 more)"), "{reason}");
        server.github.world.lock().now += TimeDelta::days(2);
    }
    assert_eq!(asked.into_iter().collect::<Vec<_>>(), all[1..]);
    sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.unwrap();
    assert_eq!(held(&tenant).await, (1, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_very_many_whose_names_others_have_none_is_gone_before_it_was_asked_for() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let all: Vec<i64> = (0..205).map(|n| world.create_repository(&format!("shop-{n}"), "eve")).collect();
    let (server, tenant) = (serve(world).await, tenant().await);
    read(&tenant, &server).await.unwrap();
    {
        let mut world = server.github.world.lock();
        for (n, id) in all.iter().enumerate() {
            world.delete_repository(*id, "eve");
            world.create_repository(&format!("shop-{n}"), "eve");
        }
        world.now += TimeDelta::days(2);
    }
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (210, vec!["unseen/acme".to_owned()]));
    server.github.world.lock().now += TimeDelta::days(2);
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (205, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_there_and_in_no_list_stays_and_somebody_is_told() {
    let (server, all) = eight().await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    let listed = |is: bool| {
        let mut world = server.github.world.lock();
        world.repositories.get_mut(&all[3]).unwrap().is_elsewhere = !is;
        world.now += TimeDelta::days(2);
    };
    listed(false);
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (8, vec!["unseen/acme".to_owned()]));
    listed(true);
    read(&tenant, &server).await.unwrap();
    assert_eq!(held(&tenant).await, (8, vec![]));
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
        sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_sole_team_is_gone_once_a_hook_is_told_that_it_was_deleted_however_late() {
    for is_late in [false, true] {
        let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
        world.add_person("eve", None);
        world.create_repository("a", "eve");
        let team = world.add_team("One", None, &["eve"]);
        let (server, tenant, began) = (serve(world).await, tenant().await, 1_800_000_000_000_000);
        // Reads so many hours after it began.
        let after = async |hours: i64| {
            let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
            let source = open(&server, TOKEN, settings).unwrap();
            let clock = Clock::Fixed(began + hours * DAY / 24);
            sync(&tenant, Box::new(source), clock, &|_| ()).await.unwrap();
            map(&tenant).await;
            let held = [ids(&tenant, "teams").await.len(), ids(&tenant, "team_members").await.len()];
            (held, texts(&tenant, "rejects", "key").await)
        };
        let call = async || {
            let header = |name: &str| {
                let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
                let value = if is("x-github-event") { "team" } else { "72d3162e" };
                (is("x-github-event") || is("x-github-delivery")).then(|| value.to_owned())
            };
            let body =
                json!({"action": "deleted", "team": {"id": team}, "organization": {"login": "acme"}}).to_string();
            let payloads = vec![called("github", &header, body.as_bytes(), began).unwrap().unwrap()];
            tenant.land("github", "github:acme", Page { payloads, ..Page::default() }).await.unwrap();
        };
        let later = |hours: i64| {
            let mut world = server.github.world.lock();
            world.now += TimeDelta::hours(hours);
        };
        assert_eq!(after(0).await, ([1, 1], vec![]));
        server.github.world.lock().teams.clear();
        if !is_late {
            call().await;
        }
        later(1);
        assert_eq!(after(0).await, ([1, 1], vec![]), "teams are read once a day");
        later(25);
        if is_late {
            assert_eq!(after(26).await, ([1, 1], vec!["teams/out of sight".to_owned()]));
            let reason = texts(&tenant, "rejects", "reason").await.remove(0);
            assert!(reason.starts_with("1 of the teams that were read is out of sight: "), "{reason}");
            // It waited, as where GitHub's limits let nothing be asked.
            call().await;
            later(26);
            assert_eq!(after(52).await, ([0, 0], vec![]));
        } else {
            assert_eq!(after(26).await, ([0, 0], vec![]), "nobody takes it for out of sight");
        }
    }
}
