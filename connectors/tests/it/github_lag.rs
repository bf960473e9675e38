//! A simulated GitHub that tells of some changes late, behind others that came after them: each is read all the same.

use crate::alike::{assert_alike, told};
use crate::github_failing::{Shop, read_on, shop};
use crate::github_sync::{once, serve};
use crate::lake::{tenant, texts};
use chrono::TimeDelta;
use pulse_simulator::World;
use pulse_simulator::world::RunStatus;

#[tokio::test(flavor = "multi_thread")]
async fn what_github_tells_late_is_read_with_what_is_new() {
    let Shop { mut world, id, sha, .. } = shop();
    let releases = ["v2", "v3", "v4"].map(|tag| {
        world.tag(id, tag, &sha, None, "eve");
        world.draft_release(id, tag, tag, "eve").unwrap()
    });
    let runs = [(); 3].map(|()| world.start_run(id, "main", &sha, "push", "eve").unwrap());
    let began = world.now;
    let (server, tenant) = (serve(world).await, tenant().await);
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);

    // Something happens that many minutes after the beginning. Where GitHub's clock is past that, it told nothing of it so far.
    let happens = |minutes: i64, what: &dyn Fn(&mut World)| {
        let mut world = server.github.world.lock();
        let now = world.now;
        world.now = began + TimeDelta::minutes(minutes);
        what(&mut world);
        world.now = world.now.max(now);
    };
    // Of each list one of three changes.
    let change = |world: &mut World, which: usize| {
        world.edit_issue(id, [1, 2, 3][which], "eve", |issue| issue.title = format!("Another {which}"));
        world.comment(id, [4, 5, 6][which], "eve").unwrap();
        world.close_milestone(id, [1, 2, 3][which], "eve");
        world.publish_release(id, releases[which], "eve");
        world.finish_run(id, runs[which], RunStatus::Success, "eve");
    };
    happens(60, &|world| change(world, 0));
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    happens(58, &|world| change(world, 1));
    happens(63, &|world| change(world, 2));
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    let titles = texts(&tenant, "work_items", "title").await;
    assert_eq!(titles, ["Another 0", "Another 1", "Another 2"]);
    assert_alike(&once(&server).await, &told(&tenant).await);

    // What is made is more than there was, and is read though nothing came after it.
    happens(61, &|world| assert_eq!(world.open_issue(id, "eve", "One more", "", &[]), Some(7)));
    assert_eq!(read_on(&tenant, &server).await, [""; 0]);
    assert!(texts(&tenant, "work_items", "title").await.contains(&"One more".to_owned()));
    assert_alike(&once(&server).await, &told(&tenant).await);
}
