//! A simulated Jira whose search knows of changes late: each is read all the same, and for that nothing is read anew.

use crate::alike::{assert_alike, told};
use crate::jira_sync::{credentials, map, once, read, serve, world};
use crate::lake::{tenant, texts};
use chrono::TimeDelta;
use pulse_simulator::world::jira::Fields;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_does_not_know_of_yet_is_read_with_the_next_reading() {
    for credential in credentials() {
        let (server, tenant) = (serve(world(20)).await, tenant().await);
        read(&tenant, &server, &credential).await.unwrap();
        let issues: Vec<i64> = server.jira.world.lock().jira.issues.keys().copied().take(3).collect();
        // Some minutes later an issue gets another title.
        let change = |minutes: i64, issue: usize, title: &str| {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::minutes(minutes);
            let edit = |fields: &mut Fields| title.clone_into(&mut fields.summary);
            world.edit_jira_issue(issues[issue], "nobody", edit).unwrap();
        };
        // Some minutes later all is read that is new: which of some titles are there then.
        let after = async |minutes: i64, titles: &[String; 3]| {
            server.jira.world.lock().now += TimeDelta::minutes(minutes);
            read(&tenant, &server, &credential).await.unwrap();
            map(&tenant).await;
            let held = texts(&tenant, "work_items", "title").await;
            titles.each_ref().map(|title| held.contains(title))
        };
        server.jira.faults.rules.lock().search_lag = TimeDelta::minutes(5);
        server.jira.log.clear();
        for round in 0..3 {
            let titles = ["Known", "Late", "Later"].map(|title| format!("{title} {round}"));
            // As one is found, the next reading goes on from this one.
            change(30, 0, &titles[0]);
            change(6, 1, &titles[1]);
            change(2, 2, &titles[2]);
            assert_eq!(after(2, &titles).await, [true, false, false], "{round}");
            assert_eq!(after(6, &titles).await, [true, true, true], "{round}");
        }
        let asked = server.jira.log.requests();
        assert!(asked.iter().all(|served| !served.query.contains("jql=project")), "it was read anew: {asked:?}");
        server.jira.faults.rules.lock().search_lag = TimeDelta::zero();
        assert_alike(&once(&server, &credential).await, &told(&tenant).await);
    }
}
