//! GitHub, when what it answers or holds is bad: a clear error or reject, and all else goes on.

use crate::alike::Told;
use crate::github_mapper::{A, map, request, told};
use crate::github_sync::{open, serve, world};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::{Error, mapper, sync};
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Fault, On, Served, Server, TOKEN};
use serde_json::{Value as Json, json};

fn source(server: &Server, token: &str) -> GithubSource {
    open(server, token, GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_everything_is_told_before_a_connection_is_kept() {
    let server = serve(world(5)).await;
    // Whole, and in short.
    let anything = || ["Repositories", "RepositoriesInShort"].map(|name| On::Operation(name.to_owned()));
    let scope = Fault::MissingScope { accepted: "read:org".to_owned() };
    for (fault, times, words) in [
        (Fault::BadCredentials, 1, "give it a new one"),
        (scope, 1, "the token needs the scope read:org (it has none)"),
        (Fault::Saml, 1, "single sign-on at https://"),
        (Fault::IpAllowList, 1, "IP allow list"),
        (Fault::WebPage, 100, "a web page instead of JSON"),
        (Fault::InvalidJson, 100, "broken JSON"),
        (Fault::Padded(25), 100, "longer than 24 MiB"),
    ] {
        for _ in 0..times {
            anything().into_iter().for_each(|on| server.github.faults.plan(on, fault.clone()));
        }
        let error = source(&server, TOKEN).check().await.unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("GitHub"), "{fault:?}: {error}");
        server.github.faults.clear();
        source(&server, TOKEN).check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_one_thing_keeps_nothing_else() {
    let server = serve(world(20)).await;
    let scope = Fault::MissingScope { accepted: "admin:org".to_owned() };
    for (fault, words) in [
        (scope, "the scope admin:org"),
        (Fault::IpAllowList, "IP allow list"),
        (Fault::Saml, "single sign-on"),
        (Fault::WebPage, "a web page"),
    ] {
        let tenant = tenant().await;
        let passes = fault == Fault::WebPage;
        for _ in 0..if passes { 200 } else { 1 } {
            server.github.faults.plan(On::Path("actions/runs".to_owned()), fault.clone());
        }
        let read = sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await;
        server.github.faults.clear();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        match read {
            Ok(_) => assert!(!passes),
            Err(Error::Incomplete { .. }) => assert!(passes),
            Err(error) => panic!("{fault:?}: {error}"),
        }
        let rejects = crate::alike::told(&tenant).await.remove("rejects").unwrap();
        assert!(!rejects.is_empty() && rejects.values().all(|reject| reject.contains(words)), "{rejects:?}");
        assert!(!ids(&tenant, "pull_requests").await.is_empty() && !ids(&tenant, "commits").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_ten_megabytes_is_read_like_any_other() {
    let what =
        |served: &Served| format!("{}?{} {:?} {}", served.path, served.query, served.operation, served.variables);
    let asked = async |large: usize| {
        let server = serve(world(5)).await;
        for _ in 0..large {
            server.github.faults.next(Fault::Padded(10));
        }
        let tenant = tenant().await;
        sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await.unwrap();
        server.github.log.requests()
    };
    let (small, padded) = (asked(0).await, asked(3).await);
    let large: Vec<String> = padded.iter().filter(|served| served.fault.is_some()).map(what).collect();
    assert_eq!(large.len(), 3);
    // What was refused would have been asked for again.
    let often = |requests: &[Served], asked: &str| requests.iter().filter(|served| what(served) == asked).count();
    for asked in large {
        assert_eq!(often(&padded, &asked), often(&small, &asked), "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_older_than_long_numbers_is_asked_for_short_ones() {
    let server = serve(world(20)).await;
    server.github.faults.rules.lock().unknown_field = Some("fullDatabaseId".to_owned());
    let tenant = tenant().await;
    sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    assert!(ids(&tenant, "rejects").await.is_empty() && !ids(&tenant, "reviews").await.is_empty());
    // One that lacks what nothing can be read without says what.
    server.github.faults.rules.lock().unknown_field = Some("state".to_owned());
    server.github.world.lock().advance(3);
    sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    let rejects = crate::alike::told(&tenant).await.remove("rejects").unwrap();
    assert!(!rejects.is_empty() && rejects.values().all(|reject| reject.contains("'state'")), "{rejects:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_server_does_not_know_is_left_out_and_told_until_a_newer_one_is_read_whole() {
    let server = serve(world(20)).await;
    let read = async |tenant: &Tenant, whole: bool| {
        let source = source(&server, TOKEN);
        let source = if whole { source.whole() } else { source };
        sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        crate::alike::told(tenant).await
    };
    let files =
        |row: &String| row.lines().any(|line| line.strip_prefix("changed_files=").is_some_and(|n| !n.is_empty()));
    let has_files = |told: &Told| told["pull_requests"].values().any(files);
    let all = read(&tenant().await, false).await;
    assert!(has_files(&all));
    server.github.faults.rules.lock().unknown_field = Some("changedFiles".to_owned());
    let tenant = tenant().await;
    // It is told as long as something was read without it, and once.
    for days in [0, 3] {
        server.github.world.lock().advance(days);
        let told = read(&tenant, false).await;
        let rejects: Vec<&String> = told["rejects"].values().collect();
        assert!(rejects.len() == 1 && rejects[0].contains("`PullRequestReview.changedFiles`"), "{rejects:?}");
        for entity in ["pull_requests", "reviews", "comments"] {
            assert!(told[entity].len() >= all[entity].len(), "{entity}");
        }
        assert!(!has_files(&told));
    }
    server.github.faults.rules.lock().unknown_field = None;
    let told = read(&tenant, true).await;
    assert!(told["rejects"].is_empty() && has_files(&told));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_repository_that_may_not_be_seen_any_more_stays_with_what_happened_in_it_and_somebody_is_told() {
    let server = serve(world(20)).await;
    let private = {
        let mut world = server.github.world.lock();
        let repository = world.repositories.values_mut().find(|repository| !repository.is_empty()).unwrap();
        repository.is_private = true;
        repository.id
    };
    let tenant = tenant().await;
    let id = format!("github:acme:{private}");
    let mut commits = Vec::new();
    for sees in [true, false] {
        if !sees {
            let others = {
                let mut world = server.github.world.lock();
                // What is told at one instant twice is not news.
                world.advance(1);
                let others = world.repositories.values().filter(|repository| repository.id != private);
                others.map(|repository| repository.name.clone()).collect()
            };
            server.github.tokens.lock().get_mut(TOKEN).unwrap().sees = Some(others);
        }
        sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        assert!(ids(&tenant, "repositories").await.contains(&id));
        assert_eq!(texts(&tenant, "rejects", "key").await.contains(&"unseen/acme".to_owned()), !sees);
        let held = ids(&tenant, "commits").await;
        assert!(held.len() >= commits.len() && held.iter().any(|commit| commit.starts_with(&id)));
        commits = held;
    }
    let named = GithubSettings::from_json(&json!({"repositories": ["acme/no-such-thing"]})).unwrap();
    let error = open(&server, TOKEN, named).unwrap().check().await.unwrap_err().to_string();
    assert!(error.contains("acme/no-such-thing"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_none_of_whose_repositories_may_be_seen_is_a_problem_and_nothing_is_gone() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let read = async || {
        sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        (ids(&tenant, "repositories").await, texts(&tenant, "rejects", "reason").await)
    };
    let (held, told) = read().await;
    assert!(!held.is_empty() && told.is_empty(), "{told:?}");
    server.github.tokens.lock().get_mut(TOKEN).unwrap().sees = Some([].into());
    let said = "sees no repository of `acme`";
    let error = source(&server, TOKEN).check().await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && error.to_string().contains(said), "{error}");
    let (still, told) = read().await;
    assert_eq!(still, held);
    assert!(told.len() == 1 && told[0].contains(said) && told[0].contains("the scope `repo`"), "{told:?}");
}

#[test]
fn a_time_that_is_absurd_is_not_known_or_rejects_what_it_decides() {
    for (absurd, shown) in [
        ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
        ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
        ("0000-12-31T23:59:59Z", None),
        ("+275760-09-13T00:00:00Z", None),
        ("275760-09-13T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
    ] {
        let mut pull = request("OPEN");
        pull["closedAt"] = json!(absurd);
        let shown = shown.map_or(Json::Null, |shown| json!(shown));
        assert_eq!(told("pull_requests", "7/5", &pull).one("pull_requests")["closed_at"], shown, "{absurd}");
        let commit = json!({"sha": A, "commit": {"author": {"name": "x", "email": "x@y", "date": absurd}}});
        assert_eq!(told("commits", &format!("7/{A}"), &commit).one("commits")["authored_at"], shown, "{absurd}");
        let status = json!({"state": "SUCCESS", "createdAt": absurd});
        let deployed = map("deployments", "7/1", &json!({"statuses": {"nodes": [status]}}), Json::Null);
        match deployed {
            Ok(told) => assert_eq!(told.one("deployments")["finished_at"], shown, "{absurd}"),
            Err(reject) => assert_eq!((shown, reject.field.as_deref()), (Json::Null, Some("statuses.createdAt"))),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_of_a_repository_is_no_problem_any_more_once_that_is_left_out() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let read = async |settings: Json| {
        server.github.world.lock().now += TimeDelta::minutes(10);
        let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        texts(&tenant, "rejects", "reason").await
    };
    server.github.faults.plan(On::Path("actions/runs".to_owned()), Fault::Saml);
    let told = read(json!({"owners": ["acme"]})).await;
    // It says of what: `workflow_runs of acme/shop: …`.
    let name = told.first().and_then(|reason| reason.split([' ', ':']).nth(2)).unwrap().to_owned();
    assert!(told.len() == 1 && name.starts_with("acme/"), "{told:?}");
    assert_eq!(read(json!({"owners": ["acme"], "exclude": [name]})).await, [""; 0]);
}

/// Lands an issue of a repository that cannot be mapped, and says the id of its reject.
async fn land_broken(tenant: &Tenant, repository: i64) -> String {
    let (stream, key, body) = ("issues".to_owned(), format!("{repository}/9999"), "[]".to_owned());
    let page = Page { payloads: vec![Payload { stream, key, observed_at: 1, body }], ..Page::default() };
    tenant.land("github", "github:acme", page).await.unwrap();
    format!("github:acme:reject/issues/{repository}/9999")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_mapped_of_a_repository_is_told_while_the_settings_want_it_read() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let (id, name, other) = {
        let world = server.github.world.lock();
        let mut all = world.repositories.values();
        let (one, other) = (all.next().unwrap(), all.next().unwrap());
        (one.id, format!("acme/{}", one.name), format!("acme/{}", other.name))
    };
    let read = async |settings: Json| {
        server.github.world.lock().now += TimeDelta::minutes(10);
        let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        let mapped = tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        (mapped.replayed.len(), ids(&tenant, "rejects").await)
    };
    let owners = || json!({"owners": ["acme"]});
    read(owners()).await;
    let reject = vec![land_broken(&tenant, id).await];
    assert_eq!(read(owners()).await, (0, reject.clone()));
    for settings in [json!({"owners": ["acme"], "exclude": [name]}), json!({"repositories": [other]})] {
        assert_eq!(read(settings.clone()).await, (1, vec![]), "{settings}");
        assert_eq!(
            read(settings.clone()).await,
            (0, vec![]),
            "{settings}: nothing is mapped anew for what was left before"
        );
        assert_eq!(read(owners()).await, (1, reject.clone()), "{settings}");
        assert_eq!(read(owners()).await, (0, reject.clone()), "{settings}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_nowhere_is_told_and_what_else_is_out_of_sight_or_left_is_noticed() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let (kept, gone, name, other, actor) = {
        let world = server.github.world.lock();
        let mut all = world.repositories.values();
        let (one, other) = (all.next().unwrap(), all.next().unwrap());
        let actor = world.people.keys().next().unwrap().clone();
        (one.id, other.id, format!("acme/{}", one.name), format!("acme/{}", other.name), actor)
    };
    let read = async |settings: Json| {
        server.github.world.lock().now += TimeDelta::days(2);
        let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        let told = tenant.connection_settings("github", "github:acme").await.unwrap().unwrap();
        let left = serde_json::from_str::<Json>(&told).unwrap()["left"].clone();
        (ids(&tenant, "repositories").await, left, texts(&tenant, "rejects", "reason").await.len())
    };
    let id = |number: i64| format!("github:acme:{number}");
    let mut both = vec![id(kept), id(gone)];
    both.sort();
    let named = || json!({"repositories": [name, other, "acme/nothing"]});
    assert_eq!(read(named()).await, (both.clone(), Json::Null, 1));
    // Another name that leads nowhere keeps none from being left out.
    assert_eq!(
        read(json!({"repositories": [name, "acme/nothing"]})).await,
        (both.clone(), json!([gone.to_string()]), 1)
    );
    assert_eq!(read(named()).await, (both.clone(), Json::Null, 1));
    server.github.world.lock().delete_repository(gone, &actor);
    // Nobody says that it was deleted.
    assert_eq!(read(named()).await, (both, Json::Null, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_out_of_sight_is_not_left() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let read = async || {
        server.github.world.lock().now += TimeDelta::minutes(10);
        sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await.unwrap();
        let told = tenant.connection_settings("github", "github:acme").await.unwrap().unwrap();
        serde_json::from_str::<Json>(&told).unwrap()["left"].clone()
    };
    assert_eq!(read().await, Json::Null);
    let id = {
        let mut world = server.github.world.lock();
        let repository = world.repositories.values_mut().next().unwrap();
        repository.is_elsewhere = true;
        repository.id
    };
    assert_eq!(read().await, Json::Null, "its owner is still named");
    {
        let mut world = server.github.world.lock();
        let repository = world.repositories.get_mut(&id).unwrap();
        (repository.is_elsewhere, repository.is_fork) = (false, true);
    }
    assert_eq!(read().await, json!([id.to_string()]), "forks are not read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_went_to_an_owner_who_is_not_read_keeps_its_rows_and_no_rejects_until_it_is_back() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let id = *server.github.world.lock().repositories.keys().next().unwrap();
    let read = async |owner: Option<&str>| {
        {
            let mut world = server.github.world.lock();
            world.now += TimeDelta::days(2);
            world.repositories.get_mut(&id).unwrap().transferred_to = owner.map(str::to_owned);
        }
        server.github.log.clear();
        sync(&tenant, Box::new(source(&server, TOKEN)), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        let by_id = format!("/repositories/{id}");
        let asked = server.github.log.requests().iter().filter(|served| served.path.ends_with(&by_id)).count();
        (asked, ids(&tenant, "rejects").await)
    };
    assert_eq!(read(None).await, (0, vec![]));
    let reject = vec![land_broken(&tenant, id).await];
    assert_eq!(read(None).await, (0, reject.clone()));
    let held = ids(&tenant, "repositories").await;
    assert_eq!(read(Some("umbrella")).await, (1, vec![]));
    assert_eq!(read(Some("umbrella")).await, (0, vec![]), "it is not looked for any more");
    assert_eq!(ids(&tenant, "repositories").await, held);
    assert_eq!(read(None).await, (0, reject));
}
