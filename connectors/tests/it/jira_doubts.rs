//! Issues that a reading of everything should have met and did not: each is asked for, however many there are.

use crate::jira_met::landed;
use crate::jira_sync::{credentials, open, serve, singles, world};
use crate::lake::{ids, tenant};
use async_trait::async_trait;
use chrono::{NaiveDate, TimeDelta};
use pulse_connectors::jira::JiraSettings;
use pulse_connectors::{Doubts, Landing, Met, Numbered, mapper, sync};
use pulse_engine::land::{Crowd, Cursors, Page};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;

/// A lake that tells of so many rows in doubt at once, to which issues come as what cannot be mapped, and that knows of none that was met.
struct Spoils<'a>(&'a Tenant, usize);

#[async_trait]
impl Landing for Spoils<'_> {
    async fn cursors(
        &self,
        connector: &str,
        connection: &str,
        crowd: Option<&mut dyn Crowd>,
    ) -> pulse_engine::Result<Cursors> {
        self.0.cursors_beside(connector, connection, crowd).await
    }

    async fn settings(&self, connector: &str, connection: &str) -> pulse_engine::Result<Option<String>> {
        self.0.connection_settings(connector, connection).await
    }

    async fn land(&self, connector: &str, connection: &str, mut page: Page) -> pulse_engine::Result<()> {
        for payload in page.payloads.iter_mut().filter(|payload| payload.stream == "issues") {
            payload.body = "{}".to_owned();
        }
        page.payloads.retain(|payload| payload.stream != "met");
        self.0.land(connector, connection, page).await.map(drop)
    }

    async fn held(
        &self,
        connector: &str,
        connection: &str,
        doubts: &Doubts,
    ) -> pulse_engine::Result<Option<Vec<String>>> {
        Doubts { most: self.1, ..doubts.clone() }.held(self.0, connector, connection).await
    }

    async fn met(&self, _: &str, _: &str, _: Numbered) -> pulse_engine::Result<Met> {
        Ok(Met::default())
    }
}

/// Reads and maps, and tells which single issues were asked for.
async fn read(tenant: &Tenant, landing: &dyn Landing, server: &Server, whole: bool) -> Vec<String> {
    let source = open(server, &credentials()[0], JiraSettings::default()).unwrap();
    source.check().await.unwrap();
    let source = if whole { source.whole() } else { source };
    server.jira.log.clear();
    sync(landing, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
    singles(server)
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_cannot_be_mapped_keep_none_of_the_others_from_being_asked_for() {
    let server = serve(world(30)).await;
    let tenant = tenant().await;
    read(&tenant, &tenant, &server, false).await;
    let held = ids(&tenant, "work_items").await.len();
    assert!(held > 9, "{held}");
    server.jira.world.lock().now += TimeDelta::minutes(30);
    let most = held.div_ceil(3);
    let spoils = Spoils(&tenant, most);
    assert_eq!(read(&tenant, &spoils, &server, true).await, Vec::<String>::new());
    assert_eq!(ids(&tenant, "rejects").await.len(), held);
    let mut asked = Vec::new();
    while asked.len() < held {
        let now = read(&tenant, &spoils, &server, false).await;
        assert_eq!(now.len(), most.min(held - asked.len()), "no more at once, and others each time");
        asked.extend(now);
    }
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), held, "each once");
    for _ in 0..2 {
        assert_eq!(read(&tenant, &spoils, &server, false).await, Vec::<String>::new());
    }
    // What the next reading of everything does not meet either is asked for anew.
    server.jira.world.lock().now += TimeDelta::minutes(30);
    read(&tenant, &spoils, &server, true).await;
    assert_eq!(read(&tenant, &spoils, &server, false).await.len(), most);
}

/// Reads what changed since a day an hour later, and tells which single issues were asked for.
async fn read_since(tenant: &Tenant, server: &Server, credential: &str, since: NaiveDate, whole: bool) -> Vec<String> {
    server.jira.world.lock().now += TimeDelta::hours(1);
    server.jira.log.clear();
    let source = open(server, credential, JiraSettings { since: Some(since), ..JiraSettings::default() }).unwrap();
    source.check().await.unwrap();
    let source = if whole { source.whole() } else { source };
    sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
    singles(server)
}

/// The day on which the middle one of all issues was changed last.
fn middle(server: &Server) -> NaiveDate {
    let mut days: Vec<NaiveDate> =
        server.jira.world.lock().jira.issues.values().map(|issue| issue.updated_at.date_naive()).collect();
    days.sort_unstable();
    days[days.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_noticed_where_older_issues_are_left_out() {
    for credential in credentials() {
        let server = serve(world(60)).await;
        let tenant = tenant().await;
        let since = middle(&server);
        read_since(&tenant, &server, &credential, since, false).await;
        let held = ids(&tenant, "work_items").await;
        assert!(held.len() > 9 && held.len() < server.jira.world.lock().jira.issues.len(), "{held:?}");
        // No call tells of it.
        let deleted = {
            let mut world = server.jira.world.lock();
            let parents: Vec<i64> = world.jira.issues.values().filter_map(|issue| issue.fields.parent).collect();
            let issues = world.jira.issues.values().filter(|issue| !parents.contains(&issue.id));
            let deleted = issues.max_by_key(|issue| issue.updated_at).unwrap().id;
            world.delete_jira_issue(deleted, "nobody").unwrap();
            deleted
        };
        read_since(&tenant, &server, &credential, since, true).await;
        let asked = read_since(&tenant, &server, &credential, since, false).await;
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].ends_with(&format!("/issue/{deleted}")), "{asked:?}");
        let gone = format!("jira:acme:issues/{deleted}");
        let left: Vec<String> = held.into_iter().filter(|id| *id != gone).collect();
        assert_eq!(ids(&tenant, "work_items").await, left);
        assert_eq!(read_since(&tenant, &server, &credential, since, false).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_too_old_to_be_met_is_asked_for_and_stays_as_it_was() {
    let (server, credential) = (serve(world(60)).await, &credentials()[0]);
    let tenant = tenant().await;
    read(&tenant, &tenant, &server, false).await;
    let held = ids(&tenant, "work_items").await;
    let since = middle(&server);
    let old = {
        let world = server.jira.world.lock();
        world.jira.issues.values().filter(|issue| issue.updated_at.date_naive() < since).count()
    };
    assert!(old > 0);
    read_since(&tenant, &server, credential, since, true).await;
    let before = landed(&tenant, "issues").await;
    assert_eq!(read_since(&tenant, &server, credential, since, false).await.len(), old);
    assert_eq!((landed(&tenant, "issues").await, ids(&tenant, "work_items").await), (before, held));
    assert_eq!(read_since(&tenant, &server, credential, since, false).await, Vec::<String>::new());
}
