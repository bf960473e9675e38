//! Pages of a search of a simulated Jira in which many issues stand alike.

use crate::jira_sync::{credentials, map, read, serve, world};
use crate::lake::{ids, tenant};
use pulse_simulator::world::jira::Issue;

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_changed_at_once_are_all_read_in_whatever_order_jira_tells_what_is_alike() {
    for credential in credentials() {
        let (server, tenant) = (serve(world(10)).await, tenant().await);
        let expected = {
            let mut world = server.jira.world.lock();
            let some = world.jira.issues.values().find(|issue| issue.fields.parent.is_none()).unwrap().clone();
            for n in 0..450 {
                let mut issue = Issue { id: 1_000_000 + n, links: Vec::new(), ..some.clone() };
                issue.fields.number += 100_000 + n.unsigned_abs();
                world.jira.issues.insert(issue.id, issue);
            }
            world.jira.issues.len()
        };
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;
        assert_eq!(ids(&tenant, "work_items").await.len(), expected);
    }
}
