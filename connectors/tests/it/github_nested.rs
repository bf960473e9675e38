//! Lists within things of a simulated GitHub that are longer than what comes with them: all of each is read.

use crate::alike::told;
use crate::github_failing::{Shop, read_on, shop};
use crate::github_sync::serve;
use crate::lake::tenant;
use chrono::TimeDelta;
use pulse_simulator::world::{CloseReason, DeploymentState, ReviewState, Reviewer};

/// More than comes with a thing and a page more, of any list: a hundred at most come at once.
const MANY: usize = 230;

#[tokio::test(flavor = "multi_thread")]
async fn every_list_within_a_thing_is_read_to_its_end_however_long_it_is() {
    let Shop { mut world, id, .. } = shop();
    let deployment = *world.repositories[&id].deployments.keys().next().unwrap();
    // Newest first, ten of sixty come with the second page, then the success; how it began comes with the third.
    for (state, times) in [
        (DeploymentState::InProgress, 1),
        (DeploymentState::Queued, 100),
        (DeploymentState::Success, 1),
        (DeploymentState::Inactive, 60),
    ] {
        world.now += TimeDelta::hours(1);
        for _ in 0..times {
            world.set_deployment_status(id, deployment, state, "eve");
        }
    }
    for n in 0..MANY {
        world.review(id, 5, "eve", ReviewState::Commented).unwrap();
        world.request_review(id, 5, "eve", Reviewer::Account("eve".to_owned()));
        for number in [2, 5] {
            world.comment(id, number, "eve").unwrap();
        }
        if n % 2 == 0 {
            world.label_issue(id, 2, "eve", "later");
        } else {
            world.unlabel_issue(id, 2, "eve", "later");
        }
    }
    // The last events come last.
    world.mark_ready(id, 5, "eve");
    world.close_issue(id, 2, "eve", CloseReason::Completed);
    let (head, mut tip) = {
        let request = &world.repositories[&id].pull_requests[&5];
        (request.head.clone(), request.head_sha.clone())
    };
    let mut commits = Vec::new();
    for n in 1..MANY {
        let commit = world.compose(&[&tip], "eve", world.now, &format!("More {n}"));
        tip.clone_from(&commit.sha);
        commits.push(commit);
    }
    world.push(id, &head, commits, "eve");
    let logins: Vec<String> = (0..MANY).map(|n| format!("p{n}")).collect();
    logins.iter().for_each(|login| world.add_person(login, None));
    let logins: Vec<&str> = logins.iter().map(String::as_str).collect();
    world.add_team("Large", None, &logins);

    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    for parts in ["PullRequestParts", "IssueParts", "DeploymentParts", "TeamParts"] {
        assert!(server.github.log.count(parts) > 1, "{parts}");
    }
    let all = told(&tenant).await;
    let world = server.github.world.lock().clone();
    let (requests, issues) = (&world.repositories[&id].pull_requests, &world.repositories[&id].issues);
    let comments: usize = requests.values().map(|request| request.comments.len()).sum();
    let changes: usize = issues.values().map(|issue| issue.events.len()).sum();
    for (entity, there) in [
        ("review_requests", MANY),
        ("reviews", requests.values().map(|request| request.reviews.len()).sum()),
        ("pull_request_commits", requests.values().map(|request| request.commits.len()).sum()),
        ("comments", comments + issues.values().map(|issue| issue.comments.len()).sum::<usize>()),
        // What closes an issue changes two fields of it.
        ("work_item_transitions", changes + 1),
        ("team_members", world.teams.values().map(|team| team.members.len()).sum()),
    ] {
        assert!(there >= MANY, "{entity}: {there}");
        assert_eq!(all[entity].len(), there, "{entity}");
    }
    let says = |entity: &str, key: String, line: &str| {
        let row = &all[entity][&format!("github:acme:{id}/{key}")];
        assert!(row.lines().any(|said| said == line), "{line}: {row}");
    };
    for line in ["status=succeeded", "started_at=2026-03-02T11:00:00Z", "finished_at=2026-03-02T13:00:00Z"] {
        says("deployments", format!("deployments/{deployment}"), line);
    }
    says("pull_requests", "pull_requests/5".to_owned(), "ready_at=2026-03-02T14:00:00Z");
}
