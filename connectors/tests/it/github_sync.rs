//! GitHub as a source, read from a simulated one: whatever way it is read, and whatever goes wrong, the same comes of it.

use crate::alike::{BRANCHES_WENT, THINGS_WENT, assert_alike, assert_alike_but, dies_after, told};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::net::{Manner, Patience, Reach};
use pulse_connectors::{Error, Result, SyncReport, mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::world::{PullRequestEventKind, Release, Repository};
use pulse_simulator::{Fault, On, Options, Planned, Server, Size, TOKEN, World};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// What is patient with a vendor on this machine.
const PATIENCE: Patience = Patience { tries: 8, first: Duration::from_millis(1), waits: Duration::from_secs(3) };

pub(crate) async fn serve(world: World) -> Server {
    Server::start(world.shared(), Options { ticks: false, ..Options::default() }).await.unwrap()
}

fn settings() -> GithubSettings {
    let deployments = json!({"from": ["deployments", "releases", "tags", "workflow_runs"]});
    GithubSettings::from_json(&json!({"owners": ["acme"], "deployments": deployments})).unwrap()
}

pub(crate) fn source(server: &Server) -> GithubSource {
    open(server, TOKEN, settings()).unwrap()
}

pub(crate) fn open(server: &Server, token: &str, settings: GithubSettings) -> Result<GithubSource> {
    let place = Url::parse(&server.url).unwrap();
    let manner = Manner { reach: Reach::Anywhere, patience: PATIENCE, clock: Clock::System };
    GithubSource::new("acme", &place, token, settings, manner)
}

pub(crate) async fn read(tenant: &Tenant, server: &Server) -> Result<SyncReport> {
    sync(tenant, Box::new(source(server)), Clock::System, &|_| ()).await
}

pub(crate) async fn map(tenant: &Tenant) {
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
}

/// All in one reading.
pub(crate) async fn once(server: &Server) -> BTreeMap<String, BTreeMap<String, String>> {
    let tenant = tenant().await;
    read(&tenant, server).await.unwrap();
    map(&tenant).await;
    told(&tenant).await
}

pub(crate) fn world(days: i64) -> World {
    let mut world = World::at_start(7, Size::tiny());
    world.advance(days);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_reading_brings_all_that_there_is() {
    let server = serve(world(40)).await;
    let tenant = tenant().await;
    assert_eq!(source(&server).check().await.unwrap(), server.github.world.lock().repositories.len());
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    let world = server.github.world.lock().clone();
    let count =
        |of: &dyn Fn(&pulse_simulator::world::Repository) -> usize| world.repositories.values().map(of).sum::<usize>();
    let commits = |r: &Repository| {
        let named = r.pull_requests.values().flat_map(|request| &request.commits);
        named.filter(|sha| r.commits.contains_key(*sha)).count()
    };
    let asked = |request: &pulse_simulator::world::PullRequest| {
        let asks = |kind: &PullRequestEventKind| matches!(kind, PullRequestEventKind::ReviewRequested(_));
        request.events.iter().filter(|event| asks(&event.kind)).count()
    };
    for (entity, there) in [
        ("repositories", world.repositories.len()),
        ("refs", count(&|r| r.branches.len() + r.tags.len())),
        ("pull_requests", count(&|r| r.pull_requests.len())),
        ("pull_request_commits", count(&commits)),
        ("work_items", count(&|r| r.issues.len())),
        ("versions", count(&|r| r.milestones.len())),
        ("releases", count(&|r| r.releases.values().filter(|release| !release.is_draft).count())),
        ("builds", count(&|r| r.runs.values().map(|run| 1 + run.earlier.len()).sum())),
        ("build_jobs", 0),
        ("review_requests", count(&|r| r.pull_requests.values().map(asked).sum())),
        ("teams", world.teams.len()),
        ("rejects", 0),
    ] {
        assert_eq!(ids(&tenant, entity).await.len(), there, "{entity}");
    }
    let reachable = |repository: &pulse_simulator::world::Repository| {
        let heads = repository.branches.values().map(String::as_str);
        let mut all = std::collections::HashSet::new();
        for head in heads.chain(repository.tags.values().map(|tag| tag.commit.as_str())) {
            all.extend(repository.reachable(head));
        }
        all.len()
    };
    assert_eq!(ids(&tenant, "commits").await.len(), count(&reachable));
    assert!(ids(&tenant, "deployments").await.len() > 20 && ids(&tenant, "reviews").await.len() > 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn forks_and_archived_repositories_are_read_as_the_settings_say_and_none_that_they_exclude() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    let [plain, fork, old, other] = ["plain", "fork", "old", "other"].map(|name| world.create_repository(name, "eve"));
    world.repositories.get_mut(&fork).unwrap().is_fork = true;
    world.repositories.get_mut(&old).unwrap().is_archived = true;
    let server = serve(world).await;
    for (settings, wanted) in [
        (json!({"owners": ["acme"]}), vec![plain, old, other]),
        (json!({"owners": ["acme"], "forks": true}), vec![plain, fork, old, other]),
        (json!({"owners": ["acme"], "archived": false}), vec![plain, other]),
        (json!({"owners": ["acme"], "exclude": ["acme/o*"]}), vec![plain]),
    ] {
        let tenant = tenant().await;
        let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
        assert_eq!(source.check().await.unwrap(), wanted.len(), "{settings}");
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        let mut wanted: Vec<String> = wanted.into_iter().map(|id| format!("github:acme:{id}")).collect();
        wanted.sort();
        assert_eq!(ids(&tenant, "repositories").await, wanted, "{settings}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_only_pushes_has_a_row_of_their_own_and_is_asked_for_once() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", Some("Eve E"));
    for name in ["shop", "api"] {
        let repository = world.create_repository(name, "eve");
        let commit = world.compose(&[], "eve", world.now, name);
        world.push(repository, "main", vec![commit], "eve");
    }
    let id = format!("github:acme:users/{}", world.account("eve").unwrap().id);
    let server = serve(world).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    let all = told(&tenant).await;
    let row = all["identities"].get(&id).unwrap_or_else(|| panic!("{:?}", all["identities"].keys()));
    assert!(row.contains("name=Eve E") && row.contains("login=eve") && row.contains("is_bot=false"), "{row}");
    assert!(all["commits"].values().all(|row| row.contains(&format!("author_id={id}"))));
    let asked = |served: &&pulse_simulator::Served| served.operation.as_deref() == Some("Accounts");
    assert_eq!(server.github.log.requests().iter().filter(asked).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_readings_come_to_what_one_large_one_does() {
    let server = serve(world(3)).await;
    let tenant = tenant().await;
    for days in [1, 1, 2, 3, 5, 8, 13, 21] {
        read(&tenant, &server).await.unwrap();
        map(&tenant).await;
        server.github.world.lock().advance(days);
    }
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_alike_but(BRANCHES_WENT, &once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_on_the_way_changes_nothing_in_the_end() {
    let server = serve(world(10)).await;
    let tenant = tenant().await;
    for (round, days) in [5, 10, 20].into_iter().enumerate() {
        server.github.faults.at_random(round as u64, 0.15);
        for retry_after in [Some(1), None, Some(1)] {
            server.github.faults.next(Fault::SecondaryLimit { status: 403, retry_after });
        }
        // What could not be read after many tries is read the next time.
        let mut tries = 0;
        while let Err(error) = read(&tenant, &server).await {
            assert!(matches!(error, Error::Incomplete { .. } | Error::Vendor { .. } | Error::Wait { .. }), "{error}");
            tries += 1;
            assert!(tries < 10, "{error}");
        }
        server.github.faults.clear();
        map(&tenant).await;
        server.github.world.lock().advance(days);
    }
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_alike_but(BRANCHES_WENT, &once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_cannot_be_read_takes_nothing_of_those_before_it_away() {
    let server = serve(world(40)).await;
    let whole = once(&server).await;
    let mut failed = 0;
    for before in 0..12 {
        let tenant = tenant().await;
        // So many questions for branches are answered, and then none.
        for part in ["/compare/", "/commits"] {
            for _ in 0..80 {
                let (on, fault) = (On::Path(part.to_owned()), Fault::ServerError(500));
                server.github.faults.plan.lock().push_back(Planned { on, after: 5 + before, fault });
            }
        }
        failed += u32::from(read(&tenant, &server).await.is_err());
        server.github.faults.clear();
        read(&tenant, &server).await.unwrap();
        map(&tenant).await;
        assert_alike(&whole, &told(&tenant).await);
    }
    assert!(failed > 0, "nothing failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_killed_at_every_page_goes_on_where_it_was() {
    let server = serve(world(60)).await;
    // Pages are small, so that there are many.
    server.github.faults.rules.lock().largest_first = Some(25);
    let tenant = tenant().await;
    let mut kills = 0;
    loop {
        let dies = dies_after(&tenant, 1);
        if sync(&dies, Box::new(source(&server)), Clock::System, &|_| ()).await.is_ok() {
            break;
        }
        kills += 1;
        assert!(kills < 500, "it never comes to an end: {:#?}", tenant.cursors("github", "github:acme").await.unwrap());
    }
    assert!(kills > 3, "{kills}");
    map(&tenant).await;
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_costs_next_to_nothing_and_lands_nothing() {
    let server = serve(world(30)).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    server.github.log.clear();
    let report = read(&tenant, &server).await.unwrap();
    assert_eq!((report.pages, report.payloads), (0, 0));
    let asked = server.github.log.requests();
    let repositories = server.github.world.lock().repositories.len();
    assert!(
        asked.iter().all(|served| served.operation.as_deref() == Some("Repositories") || served.status == 304),
        "{asked:?}"
    );
    assert_eq!(asked.len(), 1 + repositories, "one question for all, and what workflows did, which is not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_used_up_says_until_when_and_what_was_read_stays() {
    let server = serve(world(30)).await;
    server.github.faults.rules.lock().hourly_limit = 12;
    let tenant = tenant().await;
    let mut waits = 0;
    while let Err(error) = read(&tenant, &server).await {
        let Error::Wait { wait, .. } = &error else { panic!("{error}") };
        assert!((Duration::from_secs(3000)..=Duration::from_secs(3602)).contains(wait), "{wait:?}");
        waits += 1;
        assert!(waits < 100, "it never comes to an end");
        server.github.world.lock().now += TimeDelta::hours(1);
        server.github.reset_limits();
    }
    assert!(waits > 1, "{waits}");
    map(&tenant).await;
    server.github.faults.rules.lock().hourly_limit = 5000;
    assert_alike(&once(&server).await, &told(&tenant).await);
    // No page was asked for more often than once each time that the budget ran out over it.
    let mut pages: BTreeMap<String, usize> = BTreeMap::new();
    for served in server
        .github
        .log
        .requests()
        .iter()
        .filter(|served| served.status == 200 && served.variables["after"].is_string())
    {
        *pages.entry(format!("{:?} {}", served.operation, served.variables)).or_default() += 1;
    }
    assert!(pages.values().all(|times| *times <= 2), "{pages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_at_github_is_gone_though_nobody_told() {
    let server = serve(world(40)).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    let (repository, issue, release) = {
        let mut world = server.github.world.lock();
        let repository = world.repositories.values().find(|r| !r.issues.is_empty() && !r.releases.is_empty()).unwrap();
        let (id, issue) = (repository.id, *repository.issues.keys().next().unwrap());
        let release = *repository.releases.iter().find(|(_, release)| !release.is_draft).unwrap().0;
        let actor = world.people.keys().next().unwrap().clone();
        world.delete_issue(id, issue, &actor);
        world.repositories.get_mut(&id).unwrap().releases.remove(&release);
        (id, issue, release)
    };
    let [issue, release] = [format!("issues/{issue}"), format!("releases/{release}")]
        .map(|rest| format!("github:acme:{repository}/{rest}"));
    assert!(ids(&tenant, "work_items").await.contains(&issue) && ids(&tenant, "releases").await.contains(&release));
    server.github.world.lock().now += TimeDelta::minutes(1);
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert!(!ids(&tenant, "work_items").await.contains(&issue), "the issue is gone");
    assert!(!ids(&tenant, "releases").await.contains(&release), "the release is gone");
    assert_alike_but(THINGS_WENT, &once(&server).await, &told(&tenant).await);
    let actor = server.github.world.lock().people.keys().next().unwrap().clone();
    server.github.world.lock().now += TimeDelta::minutes(1);
    server.github.world.lock().delete_repository(repository, &actor);
    sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await.unwrap();
    map(&tenant).await;
    assert!(!ids(&tenant, "repositories").await.contains(&format!("github:acme:{repository}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_read_no_more_costs_nothing_and_one_out_of_sight_one_question_a_day() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let names: Vec<String> = {
        let world = server.github.world.lock();
        world.repositories.values().map(|repository| format!("acme/{}", repository.name)).collect()
    };
    let asked = async |settings: serde_json::Value| {
        server.github.world.lock().now += TimeDelta::minutes(10);
        server.github.log.clear();
        let source = open(&server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        let by_id = server.github.log.requests().into_iter().filter(|served| {
            served.path.rsplit_once("/repositories/").is_some_and(|(_, id)| id.parse::<i64>().is_ok())
        });
        by_id.count()
    };
    let all = serde_json::json!({"repositories": names});
    assert_eq!(asked(all).await, 0);
    let fewer = serde_json::json!({"repositories": names[1..]});
    assert_eq!(asked(fewer.clone()).await + asked(fewer).await, 0);
    // All of the owner's are read, and one is in no list any more, though it is there.
    let owner = serde_json::json!({"owners": ["acme"]});
    assert_eq!(asked(owner.clone()).await, 0);
    {
        let mut world = server.github.world.lock();
        let read = |repository: &&mut Repository| !repository.is_fork && !repository.is_archived;
        world.repositories.values_mut().find(read).unwrap().is_elsewhere = true;
    }
    assert_eq!((asked(owner.clone()).await, asked(owner.clone()).await), (1, 0));
    server.github.world.lock().now += TimeDelta::days(1);
    assert_eq!((asked(owner.clone()).await, asked(owner).await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_day_to_begin_at_brings_what_was_before() {
    let server = serve(world(60)).await;
    let tenant = tenant().await;
    let today = server.github.world.lock().now.date_naive();
    let (mut held, mut pages) = (0, 0);
    for since in [Some(5), Some(30), None, None] {
        let since = since.map(|days| today - TimeDelta::days(days));
        let source = open(&server, TOKEN, GithubSettings { since, ..settings() }).unwrap();
        pages = sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap().pages;
        map(&tenant).await;
        let all = told(&tenant).await;
        let now = all["pull_requests"].len() + all["builds"].len();
        assert!(now > held || pages == 0, "{since:?}: {now} of {held}");
        held = now;
    }
    assert_eq!(pages, 0, "once");
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_says_that_it_is_older_than_others_is_read() {
    let server = serve(world(40)).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::hours(1);
        let now = world.now;
        let repository = world.repositories.values_mut().find(|repository| repository.releases.len() > 1).unwrap();
        let newest = repository.releases.values().max_by_key(|release| release.created_at).unwrap().clone();
        let id = newest.id + 1_000_000;
        let created_at = newest.created_at - TimeDelta::days(90);
        let late = Release { id, created_at, published_at: Some(now), updated_at: now, is_draft: false, ..newest };
        repository.releases.insert(id, late);
        repository.updated_at = now;
    }
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_credential_may_not_see_is_told_and_holds_up_nothing_else() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let lacks = || Fault::MissingScope { accepted: "read:org".to_owned() };
    server.github.faults.plan(On::Operation("Teams".to_owned()), lacks());
    server.github.faults.plan(On::Path("actions/runs".to_owned()), Fault::Saml);
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    let all = told(&tenant).await;
    let rejects: Vec<&String> = all["rejects"].values().collect();
    assert_eq!(rejects.len(), 2, "{rejects:?}");
    let said = rejects.iter().map(|reject| reject.as_str()).collect::<String>();
    assert!(said.contains("read:org") && said.contains("single sign-on"), "{said}");
    assert!(!all["pull_requests"].is_empty() && !all["deployments"].is_empty());
    // Once it may, nothing is held against it any more.
    server.github.world.lock().now += TimeDelta::days(2);
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_at_all_says_what_to_do() {
    let server = serve(world(5)).await;
    let tenant = tenant().await;
    let refused = async |token: &str, owners: serde_json::Value| {
        let settings = GithubSettings::from_json(&owners).unwrap();
        let source = open(&server, token, settings).unwrap();
        let checked = source.check().await.unwrap_err();
        assert!(!checked.to_string().contains(token), "{checked}");
        checked
    };
    let bad = refused("ghp_nobody", json!({"owners": ["acme"]})).await;
    assert!(matches!(bad, Error::Credential { .. }), "{bad}");
    let unknown = refused(TOKEN, json!({"owners": ["nobody"]})).await.to_string();
    assert!(unknown.contains("`nobody`"), "{unknown}");
    let unknown = refused(TOKEN, json!({"repositories": ["acme/nothing"]})).await.to_string();
    assert!(unknown.contains("acme/nothing"), "{unknown}");
    server.github.faults.plan(On::Operation("Repositories".to_owned()), Fault::IpAllowList);
    let kept_out = refused(TOKEN, json!({"owners": ["acme"]})).await.to_string();
    assert!(kept_out.contains("IP allow list"), "{kept_out}");
    for _ in 0..40 {
        server.github.faults.next(Fault::ServerError(502));
    }
    let away = read(&tenant, &server).await;
    server.github.faults.clear();
    assert!(away.is_err());
    assert!(open(&server, TOKEN, GithubSettings::default()).is_err(), "nothing is named");
    assert_eq!(ids(&tenant, "repositories").await, [""; 0]);
    read(&tenant, &server).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_changes_nothing() {
    let server = serve(world(10)).await;
    let tenant = tenant().await;
    for (skew, days) in [(-3, 4), (5, 7), (0, 3)] {
        server.github.faults.rules.lock().clock_skew = TimeDelta::hours(skew);
        read(&tenant, &server).await.unwrap();
        map(&tenant).await;
        server.github.world.lock().advance(days);
    }
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    assert_alike_but(BRANCHES_WENT, &once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_everything_anew_goes_on_where_it_was_and_finds_what_was_lost() {
    let server = serve(world(30)).await;
    let tenant = tenant().await;
    read(&tenant, &server).await.unwrap();
    map(&tenant).await;
    server.github.faults.rules.lock().hourly_limit = 12;
    server.github.reset_limits();
    let mut waits = 0;
    loop {
        server.github.world.lock().now += TimeDelta::hours(1);
        server.github.reset_limits();
        match sync(&tenant, Box::new(source(&server).whole()), Clock::System, &|_| ()).await {
            Err(Error::Wait { .. }) => waits += 1,
            done => {
                done.unwrap();
                break;
            }
        }
        assert!(waits < 50, "it never comes to an end");
    }
    assert!(waits > 0, "{waits}");
    map(&tenant).await;
    server.github.faults.rules.lock().hourly_limit = 5000;
    assert_alike(&once(&server).await, &told(&tenant).await);
    server.github.log.clear();
    assert_eq!(read(&tenant, &server).await.unwrap().payloads, 0, "that is over");
}
