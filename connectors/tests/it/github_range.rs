//! A range of days that is read again: what may have changed in it comes, whatever was read before and however it is stopped, and nothing
//! is concluded from what does not come.

use crate::alike::{assert_alike, dies_after, told};
use crate::github_sync::{open, serve, world};
use crate::lake::{ids, tenant};
use crate::reading::Landed;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::{Landing, Range, mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Server, TOKEN, World};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// What the simulated world has is told up to some day; this is so many days before that.
fn days(server: &Server, from: i64, until: i64) -> Range {
    let today = server.github.world.lock().now.date_naive();
    Range { from: today - TimeDelta::days(from), until: today - TimeDelta::days(until) }
}

fn source(server: &Server, settings: Json) -> GithubSource {
    open(server, TOKEN, GithubSettings::from_json(&settings).unwrap()).unwrap()
}

/// The settings of a connection that reads no list before tomorrow.
fn since(server: &Server) -> Json {
    let tomorrow = server.github.world.lock().now.date_naive() + TimeDelta::days(1);
    json!({"owners": ["acme"], "since": tomorrow.to_string(), "jobs": true})
}

async fn read(landing: &dyn Landing, source: GithubSource) -> u64 {
    sync(landing, Box::new(source), Clock::System, &|_| ()).await.unwrap().payloads
}

async fn map(tenant: &Tenant) {
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
}

/// What may have changed in a range, by stream and key, as it stands in the world.
fn expected(world: &World, range: Range) -> BTreeSet<(String, String)> {
    let at = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let (from, until) = (at(range.from), at(range.until));
    let mut all = BTreeSet::new();
    for repository in world.repositories.values().filter(|repository| !repository.is_fork) {
        let mut is = |stream: &str, key: String, made: DateTime<Utc>, changed: DateTime<Utc>, lately: i64| {
            if made < until && made.max(changed) >= from && (lately == 0 || made >= from - TimeDelta::days(lately)) {
                all.insert((stream.to_owned(), format!("{}/{key}", repository.id)));
            }
        };
        for p in repository.pull_requests.values() {
            is("pull_requests", p.number.to_string(), p.created_at, p.updated_at, 0);
        }
        for i in repository.issues.values() {
            is("issues", i.number.to_string(), i.created_at, i.updated_at, 0);
        }
        for d in repository.deployments.values() {
            is("deployments", d.id.to_string(), d.created_at, d.updated_at, 7);
        }
        for r in repository.releases.values() {
            is("releases", r.id.to_string(), r.created_at, r.updated_at, 30);
        }
        for run in repository.runs.values() {
            for attempt in 1..=run.attempt {
                for stream in ["workflow_runs", "jobs"] {
                    is(stream, format!("{}/{attempt}", run.id), run.created_at, run.updated_at, 35);
                }
            }
        }
        let heads = repository.branches.values().chain(repository.tags.values().map(|tag| &tag.commit));
        for sha in heads.flat_map(|head| repository.reachable(head)) {
            let committed = repository.commits[sha].committer.date;
            if (from..until).contains(&committed) {
                all.insert(("commits".to_owned(), format!("{}/{sha}", repository.id)));
            }
        }
    }
    all
}

fn landed(landed: &Landed) -> BTreeSet<(String, String)> {
    let payloads = landed.payloads().into_iter().filter(|p| !["settings", "users", "met"].contains(&p.stream.as_str()));
    payloads.map(|payload| (payload.stream, payload.key)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_changed_in_the_range_is_read_whatever_since_says_and_nothing_else() {
    let server = serve(world(80)).await;
    let memory = Landed::default();
    read(&memory, source(&server, since(&server))).await;
    let streams: BTreeSet<String> = landed(&memory).into_iter().map(|(stream, _)| stream).collect();
    assert!(!streams.contains("pull_requests") && !streams.contains("workflow_runs"), "{streams:?}");
    for range in [days(&server, 50, 30), days(&server, 3, -1), days(&server, 400, 300)] {
        memory.forget();
        read(&memory, source(&server, since(&server)).range(range)).await;
        let expected = expected(&server.github.world.lock(), range);
        assert_eq!(landed(&memory), expected, "{range:?}");
        // No branch brings once more what is in the default branch.
        let commits = memory.payloads().into_iter().filter(|payload| payload.stream == "commits").count();
        let different = expected.iter().filter(|(stream, _)| stream == "commits").count();
        assert!(commits <= different + different / 10, "{commits} commits for {different}");
        assert_eq!(expected.is_empty(), range == days(&server, 400, 300));
    }
    memory.forget();
    // It is over: asked for once more, it is read once more.
    let range = days(&server, 50, 30);
    read(&memory, source(&server, since(&server)).range(range)).await;
    assert_eq!(landed(&memory), expected(&server.github.world.lock(), range));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_changes_nothing_of_what_was_read_nor_of_how_far() {
    let server = serve(world(40)).await;
    let (tenant, settings) = (tenant().await, json!({"owners": ["acme"]}));
    read(&tenant, source(&server, settings.clone())).await;
    map(&tenant).await;
    let before = told(&tenant).await;
    assert!(read(&tenant, source(&server, settings.clone()).range(days(&server, 30, 10))).await > 100);
    map(&tenant).await;
    assert_alike(&before, &told(&tenant).await);
    assert_eq!(read(&tenant, source(&server, settings.clone())).await, 0, "nothing is new");
    // What is gone is not noticed by it, and by the next reading of what is new it is.
    let (repository, issue) = {
        let mut world = server.github.world.lock();
        world.now += TimeDelta::minutes(1);
        let repository = world.repositories.values().find(|repository| !repository.issues.is_empty()).unwrap();
        let (id, issue) = (repository.id, *repository.issues.keys().next().unwrap());
        let actor = world.people.keys().next().unwrap().clone();
        world.delete_issue(id, issue, &actor);
        (id, issue)
    };
    let id = format!("github:acme:{repository}/issues/{issue}");
    for (range, there) in [(Some(days(&server, 400, -1)), true), (None, false)] {
        let source = source(&server, settings.clone());
        read(&tenant, if let Some(range) = range { source.range(range) } else { source }).await;
        map(&tenant).await;
        assert_eq!(ids(&tenant, "work_items").await.contains(&id), there, "{range:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_is_killed_at_every_page_goes_on_where_it_was() {
    let server = serve(world(60)).await;
    server.github.faults.rules.lock().largest_first = Some(10);
    let range = days(&server, 40, 10);
    let once = {
        let tenant = tenant().await;
        read(&tenant, source(&server, since(&server)).range(range)).await;
        map(&tenant).await;
        told(&tenant).await
    };
    let tenant = tenant().await;
    server.github.log.clear();
    let mut kills = 0;
    loop {
        let dies = dies_after(&tenant, 1);
        let source = source(&server, since(&server)).range(range);
        if sync(&dies, Box::new(source), Clock::System, &|_| ()).await.is_ok() {
            break;
        }
        kills += 1;
        assert!(kills < 500, "it never comes to an end");
        if kills == 3 {
            // Whatever is read in between.
            read(&tenant, self::source(&server, since(&server))).await;
        }
    }
    assert!(kills > 5, "{kills}");
    map(&tenant).await;
    let all = told(&tenant).await;
    for entity in
        ["pull_requests", "reviews", "comments", "work_items", "deployments", "builds", "build_jobs", "releases"]
    {
        assert_eq!(once[entity], all[entity], "{entity}");
    }
    assert!(once["commits"].keys().all(|id| all["commits"].contains_key(id)));
}
