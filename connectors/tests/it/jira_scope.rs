//! What the settings leave out of a simulated Jira for a while, and what they let in later.

use crate::alike::{assert_alike, told};
use crate::jira_sync::{credentials, once, open, serve, world};
use crate::lake::tenant;
use chrono::TimeDelta;
use pulse_connectors::jira::JiraSettings;
use pulse_connectors::{mapper, sync};
use pulse_engine::{Clock, Tenant};
use pulse_simulator::Server;
use pulse_simulator::world::jira::Status;

async fn read(tenant: &Tenant, server: &Server, credential: &str, settings: JiraSettings) {
    let source = open(server, credential, settings).unwrap();
    source.check().await.unwrap();
    sync(tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_in_a_project_while_it_was_left_out_is_read_when_it_is_let_in() {
    for credential in credentials() {
        let server = serve(world(40)).await;
        let tenant = tenant().await;
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        let projects: Vec<String> =
            server.jira.world.lock().jira.projects.values().map(|project| project.key.clone()).collect();
        assert!(projects.len() > 1);
        let some = JiraSettings { projects: projects[1..].to_vec(), ..JiraSettings::default() };
        {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(3);
            let now = world.now;
            for issue in world.jira.issues.values_mut() {
                issue.fields.status = Status::Done;
                issue.updated_at = now;
            }
        }
        for _ in 0..2 {
            server.jira.world.lock().now += TimeDelta::hours(1);
            read(&tenant, &server, &credential, some.clone()).await;
        }
        server.jira.world.lock().now += TimeDelta::hours(1);
        read(&tenant, &server, &credential, JiraSettings::default()).await;
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_day_to_begin_at_brings_what_was_before() {
    for credential in credentials() {
        let server = serve(world(60)).await;
        let tenant = tenant().await;
        let (begin, end) = {
            let world = server.jira.world.lock();
            let days = || world.jira.issues.values().map(|issue| issue.updated_at.date_naive());
            (days().min().unwrap(), days().max().unwrap())
        };
        let mut held = 0;
        for since in [Some(end), Some(begin + (end - begin) / 2), None] {
            let settings = JiraSettings { since, ..JiraSettings::default() };
            read(&tenant, &server, &credential, settings).await;
            let now = told(&tenant).await["work_items"].len();
            assert!(now > held, "{since:?}: {now} of {held}");
            held = now;
        }
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}
