//! Issues that a reading of everything should have met and did not: each is asked for, however many there are.

use crate::jira_sync::{credentials, open, serve, singles, world};
use crate::lake::{ids, tenant};
use async_trait::async_trait;
use chrono::TimeDelta;
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_noticed_where_older_issues_are_left_out() {
    for credential in credentials() {
        let server = serve(world(60)).await;
        let tenant = tenant().await;
        let (since, deleted) = {
            let world = server.jira.world.lock();
            let mut issues: Vec<_> = world.jira.issues.values().map(|issue| (issue.updated_at, issue.id)).collect();
            issues.sort_unstable();
            let parents: Vec<i64> = world.jira.issues.values().filter_map(|issue| issue.fields.parent).collect();
            let (_, last) = *issues.iter().rfind(|(_, id)| !parents.contains(id)).unwrap();
            (issues[issues.len() / 2].0.date_naive(), last)
        };
        let read = async |whole: bool| {
            server.jira.world.lock().now += TimeDelta::hours(1);
            server.jira.log.clear();
            let settings = JiraSettings { since: Some(since), ..JiraSettings::default() };
            let source = open(&server, &credential, settings).unwrap();
            source.check().await.unwrap();
            let source = if whole { source.whole() } else { source };
            sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
            tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
            singles(&server)
        };
        read(false).await;
        let held = ids(&tenant, "work_items").await;
        assert!(held.len() > 9 && held.len() < server.jira.world.lock().jira.issues.len(), "{held:?}");
        // No call tells of it.
        server.jira.world.lock().delete_jira_issue(deleted, "nobody").unwrap();
        read(true).await;
        let asked = read(false).await;
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].ends_with(&format!("/issue/{deleted}")), "{asked:?}");
        let gone = format!("jira:acme:issues/{deleted}");
        let left: Vec<String> = held.into_iter().filter(|id| *id != gone).collect();
        assert_eq!(ids(&tenant, "work_items").await, left);
        assert_eq!(read(false).await, Vec::<String>::new());
    }
}
