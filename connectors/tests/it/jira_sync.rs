//! Jira as a source, read from a simulated one, as Cloud and as Data Center: whatever way it is read, and whatever goes wrong,
//! the same comes of it.

use crate::alike::{THINGS_WENT, Told, assert_alike, assert_alike_but, dies_after, told};
use crate::lake::{ids, tenant};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::TimeDelta;
use pulse_connectors::jira::{JiraSettings, JiraSource};
use pulse_connectors::net::{Manner, Patience, Reach};
use pulse_connectors::{Error, Result, Source as _, SyncReport, mapper, sync};
use pulse_engine::land::Page;
use pulse_engine::{Clock, Tenant};
use pulse_simulator::jira::{API_TOKEN, PASSWORD, PAT, Token, Zone, email};
use pulse_simulator::world::jira::IssueType;
use pulse_simulator::{Fault, Options, Server, Size, World};
use serde_json::json;
use std::time::Duration;
use url::Url;

const PATIENCE: Patience = Patience { tries: 8, first: Duration::from_millis(1), waits: Duration::from_secs(3) };

/// The two Jiras, by what is shown to them.
pub(crate) fn credentials() -> [String; 2] {
    [format!("{}:{API_TOKEN}", email("acme")), PAT.to_owned()]
}

pub(crate) async fn serve(world: World) -> Server {
    let jira = pulse_simulator::jira::Options { ticks: false, ..Default::default() };
    Server::start_both(world.shared(), Options { ticks: false, ..Options::default() }, jira).await.unwrap()
}

pub(crate) fn world(days: i64) -> World {
    let mut world = World::at_start(7, Size::tiny());
    world.advance(days);
    world.listening = true;
    world
}

pub(crate) async fn source(server: &Server, credential: &str) -> JiraSource {
    let source = open(server, credential, JiraSettings::default()).unwrap();
    source.check().await.unwrap();
    source
}

pub(crate) fn open(server: &Server, credential: &str, settings: JiraSettings) -> Result<JiraSource> {
    let place = Url::parse(&server.url).unwrap();
    let manner = Manner { reach: Reach::Anywhere, patience: PATIENCE, clock: Clock::System };
    JiraSource::new("acme", &place, credential, settings, manner)
}

pub(crate) async fn read(tenant: &Tenant, server: &Server, credential: &str) -> Result<SyncReport> {
    let source = open(server, credential, JiraSettings::default())?;
    source.check().await?;
    sync(tenant, Box::new(source), Clock::System, &|_| ()).await
}

/// Lands the calls that the world made meanwhile, as a hook would: no search tells of what was deleted.
pub(crate) async fn calls(tenant: &Tenant, server: &Server) {
    let (at, deliveries) = {
        let mut world = server.jira.world.lock();
        (world.now.timestamp_micros(), std::mem::take(&mut world.jira.deliveries))
    };
    let mut payloads = Vec::new();
    for delivery in deliveries.iter().filter(|delivery| delivery.payload["webhookEvent"] == "jira:issue_deleted") {
        let (headers, body) = delivery.request("secret");
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.clone())
        };
        payloads.push(pulse_connectors::jira::called(&header, body.as_bytes(), at).unwrap());
    }
    tenant.land("jira", "jira:acme", Page { payloads, ..Page::default() }).await.unwrap();
}

pub(crate) async fn map(tenant: &Tenant) {
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
}

pub(crate) async fn once(server: &Server, credential: &str) -> Told {
    let tenant = tenant().await;
    read(&tenant, server, credential).await.unwrap();
    map(&tenant).await;
    told(&tenant).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_reading_brings_all_that_there_is() {
    let server = serve(world(45)).await;
    for credential in credentials() {
        let tenant = tenant().await;
        let site = server.jira.world.lock().jira.clone();
        assert_eq!(source(&server, &credential).await.check().await.unwrap(), site.projects.len());
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let steps = site.issues.values().flat_map(|issue| &issue.histories).map(|history| history.items.len()).sum();
        for (entity, there) in [
            ("projects", site.projects.len()),
            ("work_items", site.issues.len()),
            ("work_item_transitions", steps),
            ("comments", site.issues.values().map(|issue| issue.comments.len()).sum()),
            ("sprints", site.sprints.len()),
            ("versions", site.projects.values().map(|project| project.versions.len()).sum()),
            ("components", site.projects.values().map(|project| project.components.len()).sum()),
            ("work_item_components", site.issues.values().map(|issue| issue.fields.components.len()).sum()),
            (
                "work_item_versions",
                site.issues.values().map(|i| i.fields.fix_versions.len() + i.fields.affects_versions.len()).sum(),
            ),
            ("work_item_types", IssueType::ALL.len()),
            ("rejects", 0),
        ] {
            assert_eq!(ids(&tenant, entity).await.len(), there, "{entity}");
        }
        assert!(!ids(&tenant, "incidents").await.is_empty() && !ids(&tenant, "sprint_items").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_center_tells_a_password_what_it_tells_a_token() {
    let server = serve(world(45)).await;
    server.jira.tokens.lock().insert(PASSWORD.to_owned(), Token::password());
    let [_, token] = credentials();
    let told = once(&server, &format!("pulse:{PASSWORD}")).await;
    assert!(!told["work_items"].is_empty());
    assert_alike(&once(&server, &token).await, &told);
    for other in [format!("ada:{PASSWORD}"), "pulse:another".to_owned(), PASSWORD.to_owned()] {
        let error = read(&tenant().await, &server, &other).await.unwrap_err();
        assert!(matches!(error, Error::Credential { .. }), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_a_person_maps_are_read_in_sql() {
    let server = serve(world(45)).await;
    let other = json!({"service": "customfield_10041", "squad": "customfield_10001", "rank": "customfield_10019"});
    let settings = json!({"fields": {"points": "customfield_10016", "other": other}});
    for credential in credentials() {
        let tenant = tenant().await;
        let source = open(&server, &credential, JiraSettings::from_json(&settings).unwrap()).unwrap();
        source.check().await.unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        let count = async |statement: &str| {
            let rows = tenant.sql(statement).await.unwrap();
            rows[0].column(0).as_primitive::<Int64Type>().value(0) as usize
        };
        let site = server.jira.world.lock().jira.clone();
        let filled = |is: &dyn Fn(&pulse_simulator::world::jira::Issue) -> bool| {
            let count = site.issues.values().filter(|issue| is(issue)).count();
            assert!(count > 0);
            count
        };
        for (statement, expected) in [
            ("SELECT count(points) FROM core.work_items", filled(&|issue| issue.fields.story_points.is_some())),
            ("SELECT count(due_on) FROM core.work_items", filled(&|issue| issue.fields.due.is_some())),
            (
                "SELECT count(DISTINCT work_item_id) FROM core.sprint_items",
                filled(&|issue| {
                    let sprint = |item: &pulse_simulator::world::jira::Item| {
                        item.field == pulse_simulator::world::jira::Field::Sprint
                    };
                    !issue.fields.sprints.is_empty() || issue.histories.iter().flat_map(|h| &h.items).any(sprint)
                }),
            ),
            (
                "SELECT count(*) FROM core.incidents WHERE severity LIKE 'SEV_'",
                filled(&|i| i.fields.severity.is_some()),
            ),
            (
                "SELECT count(*) FROM core.work_item_fields WHERE name = 'service'",
                filled(&|i| i.fields.service.is_some()),
            ),
            ("SELECT count(*) FROM core.work_item_fields WHERE name = 'squad'", filled(&|i| i.fields.team.is_some())),
            ("SELECT count(*) FROM core.work_item_fields WHERE name = 'rank' AND value LIKE '0|i%'", site.issues.len()),
        ] {
            assert_eq!(count(statement).await, expected, "{statement}");
        }
        let names = "SELECT count(*) FROM core.work_item_fields f JOIN core.work_items w ON w.id = f.work_item_id \
                     JOIN core.projects p ON p.id = w.project_id WHERE f.name = 'service' AND p.name = 'Incidents'";
        assert!(count(names).await > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_readings_come_to_what_one_large_one_does() {
    for credential in credentials() {
        let server = serve(world(3)).await;
        for token in server.jira.tokens.lock().values_mut() {
            token.zone = Zone::Berlin;
        }
        let tenant = tenant().await;
        for days in [1, 2, 3, 5, 8, 13] {
            read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            server.jira.world.lock().advance(days);
        }
        read(&tenant, &server, &credential).await.unwrap();
        calls(&tenant, &server).await;
        server.jira.world.lock().now += TimeDelta::minutes(5);
        let whole = source(&server, &credential).await.whole();
        sync(&tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_without_a_call_is_gone_after_all_was_read_anew() {
    for credential in credentials() {
        let server = serve(world(30)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let before = ids(&tenant, "work_items").await;
        let deleted = {
            let mut world = server.jira.world.lock();
            let (some, all): (Vec<i64>, usize) =
                (world.jira.issues.keys().copied().step_by(9).collect(), world.jira.issues.len());
            for id in some {
                world.delete_jira_issue(id, "nobody");
            }
            world.now += TimeDelta::minutes(30);
            all - world.jira.issues.len()
        };
        assert!(deleted > 3);
        // A search tells of none of it.
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert_eq!(ids(&tenant, "work_items").await, before);
        let whole = source(&server, &credential).await.whole();
        sync(&tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
        // While what was read is not mapped, nothing is in doubt.
        server.jira.log.clear();
        read(&tenant, &server, &credential).await.unwrap();
        assert_eq!(single(&server), 0);
        map(&tenant).await;
        assert_eq!(ids(&tenant, "work_items").await, before);
        read(&tenant, &server, &credential).await.unwrap();
        assert_eq!(single(&server), deleted, "those that were not met are asked for, and no others");
        map(&tenant).await;
        assert_eq!(ids(&tenant, "work_items").await.len(), before.len() - deleted);
        server.jira.log.clear();
        read(&tenant, &server, &credential).await.unwrap();
        assert_eq!(single(&server), 0, "once");
        assert_alike_but(THINGS_WENT, &once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_to_a_project_that_is_not_read_is_gone_after_all_was_read_anew() {
    let server = serve(world(30)).await;
    let (tenant, credential) = (tenant().await, &credentials()[0]);
    let (kept, other, some) = {
        let world = server.jira.world.lock();
        let of = |project: i64| world.jira.issues.values().filter(|issue| issue.fields.project == project).count();
        let mut projects: Vec<(usize, i64, String)> =
            world.jira.projects.iter().map(|(id, project)| (of(*id), *id, project.key.clone())).collect();
        projects.sort();
        let ([.., (_, kept, key)], [(_, other, _), ..]) = (&projects[..], &projects[..]) else { panic!("one project") };
        let some =
            world.jira.issues.values().find(|issue| issue.fields.project == *kept && issue.fields.parent.is_none());
        (key.clone(), *other, some.unwrap().id)
    };
    let settings = || JiraSettings { projects: vec![kept.clone()], ..JiraSettings::default() };
    let read = async |whole: bool| {
        let source = open(&server, credential, settings()).unwrap();
        source.check().await.unwrap();
        let source = if whole { source.whole() } else { source };
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
    };
    read(false).await;
    let id = format!("jira:acme:issues/{some}");
    assert!(ids(&tenant, "work_items").await.contains(&id));
    {
        let mut world = server.jira.world.lock();
        world.move_jira_issue(some, other, "nobody").unwrap();
        world.now += TimeDelta::minutes(30);
    }
    read(true).await;
    read(false).await;
    assert!(!ids(&tenant, "work_items").await.contains(&id));
    assert!(!ids(&tenant, "work_items").await.is_empty());
}

/// How often a single issue was asked for.
fn single(server: &Server) -> usize {
    singles(server).len()
}

/// The paths of the questions for a single issue by its number.
pub(crate) fn singles(server: &Server) -> Vec<String> {
    let single = |path: &str| path.rsplit_once("/issue/").is_some_and(|(_, rest)| rest.parse::<i64>().is_ok());
    server.jira.log.requests().iter().map(|request| request.path.clone()).filter(|path| single(path)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_on_the_way_changes_nothing_in_the_end() {
    for (seed, credential) in credentials().into_iter().enumerate() {
        let server = serve(world(10)).await;
        // Beside it one that is spared, which is read at the same times.
        let [tenant, spared] = [tenant().await, tenant().await];
        for days in [5, 10] {
            server.jira.faults.at_random(seed as u64, 0.1);
            for status in [403, 429] {
                server.jira.faults.next(Fault::SecondaryLimit { status, retry_after: Some(1) });
            }
            let mut tries = 0;
            while let Err(error) = read(&tenant, &server, &credential).await {
                assert!(
                    matches!(error, Error::Incomplete { .. } | Error::Vendor { .. } | Error::Wait { .. }),
                    "{error}"
                );
                tries += 1;
                assert!(tries < 20, "{error}");
            }
            server.jira.faults.clear();
            // Before anything is read anew, which would mend what was lost.
            read(&spared, &server, &credential).await.unwrap();
            for tenant in [&tenant, &spared] {
                map(tenant).await;
            }
            assert_alike(&told(&spared).await, &told(&tenant).await);
            server.jira.world.lock().advance(days);
        }
        calls(&tenant, &server).await;
        server.jira.world.lock().now += TimeDelta::hours(2);
        let whole = source(&server, &credential).await.whole();
        sync(&tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_killed_at_every_page_goes_on_where_it_was() {
    for credential in credentials() {
        let server = serve(world(50)).await;
        let tenant = tenant().await;
        for days in [20, 0] {
            let mut kills = 0;
            while sync(&dies_after(&tenant, 1), Box::new(source(&server, &credential).await), Clock::System, &|_| ())
                .await
                .is_err()
            {
                kills += 1;
                assert!(
                    kills < 200,
                    "it never comes to an end: {:#?}",
                    tenant.cursors("jira", "jira:acme").await.unwrap()
                );
            }
            assert!(kills > 1, "{kills}");
            server.jira.world.lock().advance(days);
        }
        calls(&tenant, &server).await;
        server.jira.world.lock().now += TimeDelta::hours(2);
        let whole = source(&server, &credential).await.whole();
        sync(&tenant, Box::new(whole), Clock::System, &|_| ()).await.unwrap();
        map(&tenant).await;
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_costs_next_to_nothing_and_a_full_budget_says_until_when() {
    let server = serve(world(30)).await;
    let [cloud, _] = credentials();
    let tenant = tenant().await;
    read(&tenant, &server, &cloud).await.unwrap();
    server.jira.world.lock().now += TimeDelta::minutes(30);
    server.jira.log.clear();
    let report = read(&tenant, &server, &cloud).await.unwrap();
    assert_eq!(report.payloads, 0);
    assert_eq!(server.jira.log.len(), 5, "who asks, fields and projects; who asks once more, and one search");
    // Data Center tells what is left with each answer, Cloud when nothing is.
    for (credential, tells) in credentials().iter().zip([false, true]) {
        let budgets = source(&server, credential).await.budgets().told();
        assert_eq!(budgets.iter().any(|budget| budget.remaining > 0 && budget.remaining < budget.limit), tells);
    }
    server.jira.faults.next(Fault::PrimaryLimit { resets_in: 1800 });
    let waits = read(&tenant, &server, &cloud).await.unwrap_err();
    assert!(matches!(&waits, Error::Wait { wait, .. } if wait.as_secs() > 1700), "{waits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_jira_does_not_know_does_not_make_everything_go() {
    let server = serve(world(20)).await;
    for credential in credentials() {
        let tenant = tenant().await;
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        let before = told(&tenant).await;
        server.jira.world.lock().now += TimeDelta::hours(2);
        for fault in [Fault::LoginPage, Fault::Anonymous, Fault::BadCredentials] {
            for _ in 0..10 {
                server.jira.faults.next(fault.clone());
            }
            let error = read(&tenant, &server, &credential).await.unwrap_err();
            assert!(matches!(error, Error::Credential { .. }), "{fault:?}: {error}");
            server.jira.faults.clear();
        }
        map(&tenant).await;
        assert_eq!(told(&tenant).await, before);
    }
    let settings = JiraSettings::from_json(&json!({"projects": ["NOPE"]})).unwrap();
    let unknown = open(&server, &credentials()[0], settings).unwrap().check().await.unwrap_err().to_string();
    assert!(unknown.contains("`NOPE`"), "{unknown}");
}
