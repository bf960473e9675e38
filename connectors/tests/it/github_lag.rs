//! A simulated GitHub that tells of some changes late, behind others that it told before them: each is read all the same.

use crate::alike::{assert_alike, told};
use crate::github_failing::{Shop, read_on, shop};
use crate::github_sync::{once, serve};
use crate::lake::{tenant, texts};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::{DateTime, TimeDelta, Utc};
use pulse_engine::Tenant;
use pulse_simulator::world::RunStatus;
use pulse_simulator::{Server, World};

/// A shop that was read once.
struct Lagging {
    server: Server,
    tenant: Tenant,
    began: DateTime<Utc>,
    id: i64,
    releases: [i64; 3],
    runs: [i64; 3],
}

impl Lagging {
    async fn begin() -> Self {
        let Shop { mut world, id, sha, .. } = shop();
        let releases = ["v2", "v3", "v4"].map(|tag| {
            world.tag(id, tag, &sha, None, "eve");
            world.draft_release(id, tag, tag, "eve").unwrap()
        });
        let runs = [(); 3].map(|()| world.start_run(id, "main", &sha, "push", "eve").unwrap());
        let began = world.now;
        let (server, tenant) = (serve(world).await, tenant().await);
        assert_eq!(read_on(&tenant, &server).await, [""; 0]);
        Self { server, tenant, began, id, releases, runs }
    }

    /// Something happens that many minutes after the beginning. Where GitHub's clock is past that, it told nothing of it so far.
    fn happens(&self, minutes: i64, what: &dyn Fn(&mut World)) {
        let mut world = self.server.github.world.lock();
        let now = world.now;
        world.now = self.began + TimeDelta::minutes(minutes);
        what(&mut world);
        world.now = world.now.max(now);
    }

    /// Of each list one of three changes happens then.
    fn changes(&self, minutes: i64, which: usize) {
        let Self { id, releases, runs, .. } = self;
        self.happens(minutes, &|world| {
            world.edit_issue(*id, [1, 2, 3][which], "eve", |issue| issue.title = format!("Another {which}"));
            world.comment(*id, [4, 5, 6][which], "eve").unwrap();
            world.close_milestone(*id, [1, 2, 3][which], "eve");
            world.publish_release(*id, releases[which], "eve");
            world.finish_run(*id, runs[which], RunStatus::Success, "eve");
        });
    }

    /// Reads a minute later, and tells how often each list was asked for that has what changed last before all else.
    async fn reads(&self) -> [usize; 3] {
        self.server.github.log.clear();
        assert_eq!(read_on(&self.tenant, &self.server).await, [""; 0]);
        ["PullRequests", "Milestones", "Issues"].map(|list| self.server.github.log.count(list))
    }

    /// How many of these lists' things landed by now.
    async fn landed(&self) -> i64 {
        let statement = "SELECT count(*) FROM raw.github WHERE stream IN ('pull_requests', 'milestones', 'issues')";
        self.tenant.sql(statement).await.unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
    }

    async fn titles(&self) -> Vec<String> {
        texts(&self.tenant, "work_items", "title").await
    }

    async fn is_all_there(&self) {
        assert_alike(&once(&self.server).await, &told(&self.tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_tells_late_is_read_with_what_is_new() {
    let shop = Lagging::begin().await;
    shop.changes(60, 0);
    shop.reads().await;
    shop.changes(58, 1);
    shop.changes(63, 2);
    shop.reads().await;
    assert_eq!(shop.titles().await, ["Another 0", "Another 1", "Another 2"]);
    shop.is_all_there().await;

    // What is made is more than there was, and is read though nothing came after it.
    let id = shop.id;
    shop.happens(61, &|world| assert_eq!(world.open_issue(id, "eve", "One more", "", &[]), Some(7)));
    shop.reads().await;
    assert!(shop.titles().await.contains(&"One more".to_owned()));
    shop.is_all_there().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_tells_late_with_nothing_after_it_is_read_once_its_time_is_over_by_one_more_look() {
    let shop = Lagging::begin().await;
    shop.changes(60, 0);
    shop.reads().await;
    let before = shop.landed().await;
    shop.changes(58, 1);
    assert_eq!(shop.reads().await, [0; 3], "nothing tells of it");
    assert!(!shop.titles().await.contains(&"Another 1".to_owned()));
    // The reading after this comes five minutes after the latest change that was told.
    shop.happens(64, &|_| ());
    assert_eq!(shop.reads().await, [1; 3]);
    assert!(shop.titles().await.contains(&"Another 1".to_owned()));
    assert_eq!(shop.landed().await, before + 3, "what is as it was does not land again");
    shop.is_all_there().await;
    shop.happens(90, &|_| ());
    assert_eq!(shop.reads().await, [0; 3], "it was looked at late enough");
}
