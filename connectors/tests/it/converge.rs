//! However the same history is told, the same comes of it: in very many small readings, by pages that shift as it goes on while they
//! are read, and with calls of hooks in any order, of which some come twice and some never. `PULSE_TEST_READINGS` says how many small
//! ones: `make proof`.

use crate::alike::{
    BRANCHES_WENT, NAMES_WENT, THINGS_WENT, assert_alike, assert_alike_but, dies_after, meanwhile, told,
};
use crate::jira_met::landed;
use crate::lake::{ids, tenant};
use crate::{github_sync, jira_sync};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::TimeDelta;
use pulse_connectors::{Error, Result, SyncReport, called, sync};
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::{Server, World};
use std::cmp::Reverse;

/// The headers and the body of a call of a hook.
type Call = (Vec<(&'static str, String)>, String);

/// The world goes on for a while.
fn go_on(world: &mut World, minutes: i64) {
    let later = world.now + TimeDelta::minutes(minutes);
    world.advance_to(later);
}

/// What went away while it was read may be tried again; anything else is told to nobody.
fn may_fail(read: Result<SyncReport>) {
    if let Err(error) = read {
        assert!(matches!(error, Error::Incomplete { .. } | Error::Vendor { .. }), "{error}");
    }
}

/// Calls in another order, some of them twice and some not at all.
fn shuffled<T: Clone>(calls: &[T], seed: usize) -> Vec<T> {
    let mut placed = Vec::new();
    for (n, call) in calls.iter().enumerate() {
        let place = |time: usize| (seed + n + 7 * time).wrapping_mul(2_654_435_761) % 1009;
        let times = match n % 5 {
            0 => 0,
            1 => 2,
            _ => 1,
        };
        placed.extend((0..times).map(|time| (place(time), call.clone())));
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, call)| call).collect()
}

/// Lands calls that came at a time, as a hook would.
async fn land(tenant: &Tenant, connector: &str, calls: Vec<Call>, at: i64) {
    let payload = |(headers, body): &Call| -> Payload {
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.clone())
        };
        called(connector, &header, body.as_bytes(), at).unwrap().unwrap()
    };
    let payloads = calls.iter().map(payload).collect();
    tenant.land(connector, &format!("{connector}:acme"), Page { payloads, ..Page::default() }).await.unwrap();
}

/// Reads all of Jira anew, and asks for what was not met.
async fn reconcile(tenant: &Tenant, server: &Server, credential: &str) {
    server.jira.world.lock().now += TimeDelta::hours(2);
    let whole = jira_sync::source(server, credential).await.whole();
    sync(tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
    jira_sync::map(tenant).await;
    jira_sync::read(tenant, server, credential).await.unwrap();
    jira_sync::map(tenant).await;
}

/// In how many readings fifty days are read that one would do for.
fn readings() -> i64 {
    std::env::var("PULSE_TEST_READINGS").map_or(25, |text| text.parse().unwrap())
}

/// How long it is from one of them to the next, in minutes.
fn pause() -> i64 {
    50 * 24 * 60 / readings()
}

/// Puts the files together that many readings leave, now and then, as a job does.
async fn tidy(tenant: &Tenant, connector: &str, reading: i64) {
    if reading % 50 == 0 {
        tenant.lake().raw(connector).unwrap().compact().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_small_readings_of_github_come_to_what_one_large_one_does() {
    let server = github_sync::serve(github_sync::world(3)).await;
    let (tenant, mut news) = (tenant().await, 0);
    for reading in 1..=readings() {
        let read = github_sync::read(&tenant, &server).await.unwrap();
        news += u32::from(read.payloads > 0);
        if reading % 10 == 0 {
            github_sync::map(&tenant).await;
        }
        tidy(&tenant, "github", reading).await;
        go_on(&mut server.github.world.lock(), pause());
    }
    assert!(news > 10, "{news} of them brought anything");
    github_sync::read(&tenant, &server).await.unwrap();
    github_sync::map(&tenant).await;
    assert_alike_but(BRANCHES_WENT, &github_sync::once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_small_readings_of_jira_come_to_what_one_large_one_does() {
    for credential in jira_sync::credentials() {
        let server = jira_sync::serve(jira_sync::world(3)).await;
        let (tenant, mut news) = (tenant().await, 0);
        for reading in 1..=readings() {
            let read = jira_sync::read(&tenant, &server, &credential).await.unwrap();
            news += u32::from(read.payloads > 0);
            if reading % 10 == 0 {
                jira_sync::map(&tenant).await;
            }
            tidy(&tenant, "jira", reading).await;
            go_on(&mut server.jira.world.lock(), pause());
        }
        assert!(news > 10, "{news} of them brought anything");
        jira_sync::map(&tenant).await;
        // What was deleted meanwhile no search tells.
        jira_sync::calls(&tenant, &server).await;
        reconcile(&tenant, &server, &credential).await;
        assert_alike(&jira_sync::once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_github_that_shift_while_they_are_read_lose_nothing() {
    let server = github_sync::serve(github_sync::world(60)).await;
    // Pages are small, so that there are many.
    server.github.faults.rules.lock().largest_first = Some(25);
    let tenant = tenant().await;
    let before = server.github.world.lock().now;
    let goes_on = meanwhile(&tenant, || go_on(&mut server.github.world.lock(), 90));
    for _ in 0..3 {
        may_fail(sync(&goes_on, Box::new(github_sync::source(&server)), Clock::System, &|_| ()).await);
    }
    assert!(server.github.world.lock().now - before >= TimeDelta::hours(6), "hardly anything went on");
    server.github.world.lock().now += TimeDelta::minutes(10);
    github_sync::read(&tenant, &server).await.unwrap();
    github_sync::map(&tenant).await;
    // It goes on until a repository may have been renamed.
    let more = [BRANCHES_WENT, NAMES_WENT].concat();
    assert_alike_but(&more, &github_sync::once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_jira_that_shift_while_they_are_read_lose_nothing() {
    for credential in jira_sync::credentials() {
        let server = jira_sync::serve(jira_sync::world(50)).await;
        let tenant = tenant().await;
        let goes_on = meanwhile(&tenant, || go_on(&mut server.jira.world.lock(), 90));
        for _ in 0..3 {
            let source = jira_sync::source(&server, &credential).await;
            may_fail(sync(&goes_on, Box::new(source), Clock::System, &|_| ()).await);
        }
        jira_sync::map(&tenant).await;
        jira_sync::calls(&tenant, &server).await;
        reconcile(&tenant, &server, &credential).await;
        assert_alike(&jira_sync::once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_are_deleted_while_a_project_is_read_hide_none_of_the_others() {
    for credential in jira_sync::credentials() {
        let server = jira_sync::serve(jira_sync::world(200)).await;
        let tenant = tenant().await;
        let mut deleted = 0;
        for kills in 0.. {
            let source = jira_sync::source(&server, &credential).await;
            if sync(&dies_after(&tenant, 1), Box::new(source), Clock::System, &|_| ()).await.is_ok() {
                break;
            }
            assert!(kills < 200, "it never comes to an end");
            let cursors = tenant.cursors("jira", "jira:acme").await.unwrap();
            let half_read = cursors.iter().find(|(_, stands)| stands.contains("\"place\":\""));
            let project = half_read.and_then(|(part, _)| part.strip_prefix("project/")?.parse::<i64>().ok());
            let Some(project) = project.filter(|_| deleted == 0) else { continue };
            // Those that were read already: the ones behind them move up past the place where the reading goes on.
            let mut world = server.jira.world.lock();
            let before = world.jira.issues.len();
            let of_project = world.jira.issues.values().filter(|issue| issue.fields.project == project);
            let mut issues: Vec<_> = of_project.map(|issue| (Reverse(issue.updated_at), issue.id)).collect();
            issues.sort_unstable();
            for (_, issue) in issues.into_iter().take(20) {
                world.delete_jira_issue(issue, "nobody");
            }
            deleted = before - world.jira.issues.len();
        }
        assert!(deleted >= 20, "{deleted}");
        jira_sync::map(&tenant).await;
        let held = ids(&tenant, "work_items").await;
        let there: Vec<i64> = server.jira.world.lock().jira.issues.keys().copied().collect();
        let missing = there.into_iter().map(|id| format!("jira:acme:issues/{id}")).filter(|id| !held.contains(id));
        assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_github_in_any_order_twice_or_never_make_no_difference() {
    let mut world = github_sync::world(10);
    world.listening = true;
    let server = github_sync::serve(world).await;
    let tenant = tenant().await;
    let mut heard = 0;
    for (seed, days) in [2, 4, 8].into_iter().enumerate() {
        github_sync::read(&tenant, &server).await.unwrap();
        github_sync::map(&tenant).await;
        let deliveries = {
            let mut world = server.github.world.lock();
            world.advance(days);
            std::mem::take(&mut world.deliveries)
        };
        heard += deliveries.len();
        let calls = shuffled(&deliveries, seed).iter().map(|delivery| delivery.request("secret")).collect();
        land(&tenant, "github", calls, 0).await;
        github_sync::map(&tenant).await;
    }
    assert!(heard > 20, "{heard}");
    github_sync::read(&tenant, &server).await.unwrap();
    github_sync::map(&tenant).await;
    assert_alike_but(BRANCHES_WENT, &github_sync::once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_that_look_where_calls_say_come_to_the_same_once_all_was_looked_at() {
    let mut world = github_sync::world(10);
    world.listening = true;
    let server = github_sync::serve(world).await;
    let tenant = tenant().await;
    // Our own clock, by which readings hear of calls, two minutes on for each day of the world.
    let (mut now, mut alone) = (1_800_000_000_000_000, 0);
    for seed in 0..12 {
        let deliveries = std::mem::take(&mut server.github.world.lock().deliveries);
        let calls = shuffled(&deliveries, seed).iter().map(|delivery| delivery.request("secret")).collect();
        land(&tenant, "github", calls, now).await;
        server.github.log.clear();
        sync(&tenant, Box::new(github_sync::source(&server)), Clock::Fixed(now), &|_| ()).await.unwrap();
        alone += usize::from(server.github.log.count("Repositories") == 0);
        github_sync::map(&tenant).await;
        server.github.world.lock().advance(1);
        now += 120_000_000;
    }
    assert!(alone > 3, "{alone}");
    now += 600_000_000;
    sync(&tenant, Box::new(github_sync::source(&server)), Clock::Fixed(now), &|_| ()).await.unwrap();
    github_sync::map(&tenant).await;
    assert_alike_but(BRANCHES_WENT, &github_sync::once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_jira_in_any_order_twice_or_never_make_no_difference_once_all_was_read_anew() {
    for credential in jira_sync::credentials() {
        let server = jira_sync::serve(jira_sync::world(10)).await;
        let tenant = tenant().await;
        let mut heard = 0;
        for (seed, days) in [2, 4, 8].into_iter().enumerate() {
            jira_sync::read(&tenant, &server, &credential).await.unwrap();
            jira_sync::map(&tenant).await;
            let (at, deliveries) = {
                let mut world = server.jira.world.lock();
                world.advance(days);
                // Some are deleted, of which no search tells.
                let doomed: Vec<i64> = world.jira.issues.keys().copied().skip(seed).step_by(17).collect();
                for issue in doomed {
                    world.delete_jira_issue(issue, "nobody");
                }
                (world.now.timestamp_micros(), std::mem::take(&mut world.jira.deliveries))
            };
            heard += deliveries.len();
            let calls = shuffled(&deliveries, seed).iter().map(|delivery| delivery.request("secret")).collect();
            land(&tenant, "jira", calls, at).await;
            jira_sync::map(&tenant).await;
        }
        assert!(heard > 20, "{heard}");
        reconcile(&tenant, &server, &credential).await;
        assert_alike_but(THINGS_WENT, &jira_sync::once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_landed_twice_at_once_makes_the_rows_of_one() {
    for credential in jira_sync::credentials() {
        let server = jira_sync::serve(jira_sync::world(10)).await;
        let [once, twice] = [tenant().await, tenant().await];
        for tenant in [&once, &twice] {
            jira_sync::read(tenant, &server, &credential).await.unwrap();
            jira_sync::map(tenant).await;
        }
        let (at, gone, calls) = {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(1);
            world.jira.deliveries.clear();
            let gone = *world.jira.issues.keys().next().unwrap();
            world.delete_jira_issue(gone, "nobody");
            let calls: Vec<Call> = world.jira.deliveries.iter().map(|delivery| delivery.request("secret")).collect();
            (world.now.timestamp_micros(), gone, calls)
        };
        land(&once, "jira", calls.clone(), at).await;
        // Two processes that know nothing of each other.
        let both = [calls.clone(), calls].map(|calls| land(&twice, "jira", calls, at));
        futures::future::join_all(both).await;
        for tenant in [&once, &twice] {
            jira_sync::map(tenant).await;
        }
        assert_eq!(landed(&twice, "webhooks").await, 2 * landed(&once, "webhooks").await);
        assert_alike(&told(&once).await, &told(&twice).await);
        let row =
            format!("SELECT count(*), count(deleted_at) FROM core.work_items WHERE id = 'jira:acme:issues/{gone}'");
        let rows = twice.sql(&row).await.unwrap();
        let counted = [0, 1].map(|column| rows[0].column(column).as_primitive::<Int64Type>().value(0));
        assert_eq!(counted, [1, 1]);
    }
}
