//! Issues of a simulated Jira with more histories and comments than come with an issue, or on a page: each of them is read, and once.

use crate::alike::told;
use crate::jira_failing::make;
use crate::jira_sync::{credentials, map, read, serve, world};
use crate::lake::tenant;
use chrono::TimeDelta;
use pulse_simulator::world::jira::{Field, Fields};
use std::collections::{BTreeMap, BTreeSet};

/// How many edits and comments an issue has: as many as Cloud shows of one that it finds, one more, as many as a page has and one more, or
/// pages of both.
const MANY: [(usize, usize); 4] = [(40, 20), (41, 21), (100, 101), (230, 230)];
/// How many pages each of these has to be asked for, of histories and of comments: with an issue, Data Center shows all.
const PAGES: [[[usize; 4]; 2]; 2] = [[[1, 1, 1, 3], [0, 1, 2, 3]], [[0; 4]; 2]];

#[tokio::test(flavor = "multi_thread")]
async fn every_history_and_every_comment_of_an_issue_is_read_however_many_there_are() {
    for (credential, [histories, comments]) in credentials().into_iter().zip(PAGES) {
        let mut world = world(5);
        let (_, long) = make(&mut world, "LONG");
        let person = world.jira.users.keys().next().unwrap().clone();
        for (issue, (edits, comments)) in long.iter().zip(MANY) {
            for n in 0..edits {
                // Three at an instant.
                if n % 3 == 0 {
                    world.now += TimeDelta::minutes(1);
                }
                let edit = |fields: &mut Fields| {
                    fields.summary = format!("Title {n}");
                    fields.description = format!("Text {n}");
                };
                world.edit_jira_issue(*issue, &person, edit).unwrap();
            }
            for n in 0..comments {
                world.comment_jira_issue(*issue, &person, &format!("Word {n}")).unwrap();
            }
        }
        let (server, tenant) = (serve(world).await, tenant().await);
        read(&tenant, &server, &credential).await.unwrap();
        map(&tenant).await;

        // Each by its id, and what each edit of a title came to.
        let (mut steps, mut words) = (BTreeMap::new(), BTreeSet::new());
        for issue in server.jira.world.lock().jira.issues.values() {
            let own = format!("jira:acme:issues/{}", issue.id);
            for history in &issue.histories {
                for (place, item) in history.items.iter().enumerate() {
                    let title = item.to_string.clone().filter(|_| item.field == Field::Summary);
                    steps.insert(format!("{own}/events/{}/{place}", history.id), title);
                }
            }
            words.extend(issue.comments.iter().map(|comment| format!("{own}/comments/{}", comment.id)));
        }
        let all = told(&tenant).await;
        let held = |entity: &str| all[entity].keys().cloned().collect::<BTreeSet<String>>();
        let ids: BTreeSet<String> = steps.keys().cloned().collect();
        assert_eq!(held("work_item_transitions"), ids);
        assert_eq!(held("comments"), words);
        for (id, title) in &steps {
            let row = &all["work_item_transitions"][id];
            let says = |title: &String| row.lines().any(|line| line == format!("to_value={title}"));
            assert!(title.as_ref().is_none_or(says), "{title:?}: {row}");
        }
        for (issue, (edits, _)) in long.iter().zip(MANY) {
            let start = format!("jira:acme:issues/{issue}/events/");
            assert_eq!(steps.keys().filter(|id| id.starts_with(&start)).count(), 2 * edits, "a title and a text each");
        }

        let requests = server.jira.log.requests();
        let asked = |list: &str| {
            let pages = |issue: &i64| {
                let path = format!("/issue/{issue}/{list}");
                let of_it = requests.iter().filter(|served| served.path.ends_with(&path));
                of_it.map(|served| served.query.as_str()).collect::<BTreeSet<_>>().len()
            };
            long.iter().map(pages).collect::<Vec<_>>()
        };
        assert_eq!(asked("changelog"), histories);
        assert_eq!(asked("comment"), comments);
    }
}
