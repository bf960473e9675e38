//! A span of days of a simulated Jira, read anew because somebody asks for it.

use crate::alike::{assert_alike, dies_after, told};
use crate::jira_sync::{credentials, once, open, serve, world};
use crate::lake::{ids, tenant};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use pulse_connectors::jira::{JiraSettings, JiraSource};
use pulse_connectors::{Landing, Range, SyncReport, mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;
use pulse_simulator::jira::Zone;
use std::collections::BTreeSet;

async fn source(server: &Server, credential: &str, since: Option<NaiveDate>, range: Option<Range>) -> JiraSource {
    let settings = JiraSettings { since, ..JiraSettings::default() };
    let source = open(server, credential, settings).unwrap();
    source.check().await.unwrap();
    match range {
        Some(range) => source.range(range),
        None => source,
    }
}

async fn read(tenant: &Tenant, source: JiraSource) -> SyncReport {
    let report = sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
    report
}

/// Days of the world, counted from its beginning.
fn days(server: &Server, from: i64, until: i64) -> Range {
    let begin = server.jira.world.lock().jira.issues.values().map(|issue| issue.created_at).min().unwrap();
    let day = |n: i64| (begin + TimeDelta::days(n)).date_naive();
    Range { from: day(from), until: day(until) }
}

/// The issues for which something is true of when they were made and last changed.
fn issues(server: &Server, is: impl Fn(DateTime<Utc>, DateTime<Utc>) -> bool) -> BTreeSet<String> {
    let world = server.jira.world.lock();
    let found = world.jira.issues.values().filter(|issue| is(issue.created_at, issue.updated_at));
    found.map(|issue| format!("jira:acme:issues/{}", issue.id)).collect()
}

fn is_in(range: Range, at: DateTime<Utc>) -> bool {
    range.from <= at.date_naive() && at.date_naive() < range.until
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_that_are_asked_for_are_read_whatever_the_settings_leave_out() {
    for credential in credentials() {
        let server = serve(world(50)).await;
        for (zone, token) in [Zone::Berlin, Zone::Kolkata].into_iter().zip(server.jira.tokens.lock().values_mut()) {
            token.zone = zone;
        }
        let tenant = tenant().await;
        let (early, late) = (days(&server, 5, 20), days(&server, 40, 90));
        let since = Some(late.from);
        read(&tenant, source(&server, &credential, since, None).await).await;
        let newest = issues(&server, |_, updated| late.from <= updated.date_naive());
        let held = async || ids(&tenant, "work_items").await.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(held().await, newest);
        let wanted = issues(&server, |created, updated| is_in(early, created) || is_in(early, updated));
        assert!(!wanted.is_subset(&newest) && wanted.len() > 10);
        read(&tenant, source(&server, &credential, since, Some(early)).await).await;
        let all: BTreeSet<String> = newest.union(&wanted).cloned().collect();
        // A zone in which an hour comes twice may bring a little more; none of these days has one.
        assert_eq!(held().await, all);
        // Asked for again, it is read again; and what is read otherwise goes on as if nothing had been.
        let again = read(&tenant, source(&server, &credential, since, Some(early)).await).await;
        assert!(again.payloads as usize >= wanted.len());
        server.jira.world.lock().now += TimeDelta::minutes(30);
        let report = read(&tenant, source(&server, &credential, since, None).await).await;
        assert_eq!((report.payloads, held().await), (0, all));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_that_is_killed_at_every_page_goes_on_where_it_was() {
    for credential in credentials() {
        let server = serve(world(60)).await;
        let tenant = tenant().await;
        let range = days(&server, 0, 90);
        let mut kills = 0;
        loop {
            let source = source(&server, &credential, None, Some(range)).await;
            if sync(&dies_after(&tenant, 1), Box::new(source), Clock::System, &|_| ()).await.is_ok() {
                break;
            }
            kills += 1;
            assert!(kills < 100, "{:#?}", tenant.cursors("jira", "jira:acme").await.unwrap().keys());
        }
        assert!(kills > 0, "it was not killed");
        tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        assert_eq!(ids(&tenant, "work_items").await.len(), server.jira.world.lock().jira.issues.len());
        // It was no first reading: that is still to come, and reads all there is.
        let report = read(&tenant, source(&server, &credential, None, None).await).await;
        assert!(report.payloads as usize >= server.jira.world.lock().jira.issues.len());
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

/// Somebody changes issues that were read already: those of the days move up past the place where the reading goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_days_while_they_are_read_hides_none_of_the_others() {
    for credential in credentials() {
        let server = serve(world(60)).await;
        let tenant = tenant().await;
        let range = days(&server, 1, 30);
        let first = range.from.and_time(NaiveTime::MIN).and_utc();
        for (n, issue) in (1..).zip(server.jira.world.lock().jira.issues.values_mut()) {
            issue.created_at = first - TimeDelta::days(1);
            issue.updated_at = first + TimeDelta::minutes(n);
        }
        let all = issues(&server, |_, _| true);
        assert!(all.len() > 120, "{} are less than two pages", all.len());
        let mut left = false;
        for kills in 0.. {
            let source = source(&server, &credential, None, Some(range)).await;
            if sync(&dies_after(&tenant, 1), Box::new(source), Clock::System, &|_| ()).await.is_ok() {
                break;
            }
            assert!(kills < 100);
            let cursors = tenant.cursors("jira", "jira:acme").await.unwrap();
            if !left && cursors.get("days").is_some_and(|days| days.contains("\"place\":\"")) {
                left = true;
                let mut world = server.jira.world.lock();
                let now = world.now;
                world.jira.issues.values_mut().rev().take(20).for_each(|issue| issue.updated_at = now);
            }
        }
        assert!(left);
        tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        assert_eq!(ids(&tenant, "work_items").await.into_iter().collect::<BTreeSet<_>>(), all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_takes_nothing_away_and_one_that_holds_no_day_is_refused() {
    let server = serve(world(30)).await;
    let (tenant, credential) = (tenant().await, &credentials()[0]);
    read(&tenant, source(&server, credential, None, None).await).await;
    let before = ids(&tenant, "work_items").await;
    {
        let mut world = server.jira.world.lock();
        let some: Vec<i64> = world.jira.issues.keys().copied().step_by(9).collect();
        for id in some {
            world.delete_jira_issue(id, "nobody");
        }
        world.jira.sprints.pop_first();
        world.now += TimeDelta::hours(2);
    }
    let range = days(&server, 0, 90);
    read(&tenant, source(&server, credential, None, Some(range)).await).await;
    assert_eq!(ids(&tenant, "work_items").await, before);
    let landing: &dyn Landing = &tenant;
    let none = Range { from: range.until, until: range.until };
    let source = source(&server, credential, None, Some(none)).await;
    let error = sync(landing, Box::new(source), Clock::System, &|_| ()).await.unwrap_err().to_string();
    assert!(error.contains("is not before"), "{error}");
}
