//! The rules on work, each by a case computed by hand and by one that is just not enough.

use super::testing::*;
use crate::metrics::tests::entity;
use crate::row::{Row, Value};

/// 40 items were open 28 days ago, of which 10 are done since.
fn scope(added: usize) -> Vec<Row> {
    let mut rows = many(30, |n| item(&format!("o{n}"), 60));
    rows.extend(many(10, |n| done(item(&format!("d{n}"), 60), 5)));
    rows.extend(many(added, |n| item(&format!("n{n}"), 5)));
    rows.extend(many(5, |n| done(item(&format!("x{n}"), 60), 40)));
    rows
}

#[tokio::test]
async fn scope_that_grows() {
    // (30 − 10) / 40 = 0.5 is 1; z = 20 / √40 = 3.1623 is 0.4415 of the way from 2.5 to 4.
    let said = "Open work grew by 50 % in 28 days: 30 items were added, 10 done.";
    fires("scope_growth", &scope(30), "p1", (20.0 / 40_f64.sqrt() - 2.5) / 1.5, said, 30).await;
    // What was abandoned since went out without being done: (30 − 4 − 10) / 44 of those that were open, z = 16 / √44 = 2.4121; of three
    // it is 17 / √43. One that is abandoned later is open, and one that was long before never counted.
    let with = |n: usize| [scope(30), many(n, |n| abandoned(item(&format!("w{n}"), 60), 5))].concat();
    is_silent("scope_growth", &with(4)).await;
    let said = "Open work grew by 40 % in 28 days: 30 items were added, 3 abandoned, 10 done.";
    let score = (17.0 / 43_f64.sqrt() - 2.5) / 1.5;
    fires("scope_growth", &with(3), "p1", score, said, 30).await;
    let mut others = with(3);
    others.push(abandoned(item("long", 60), 40));
    fires("scope_growth", &others, "p1", score, said, 30).await;
    // z = 8 / √28 = 1.51.
    is_silent("scope_growth", &scope(18)).await;
    is_silent("scope_growth", &many(30, |n| item(&format!("n{n}"), 5))).await;
    is_silent("scope_growth", &[]).await;
}

fn finished(late: usize, open: usize) -> Vec<Row> {
    let mut rows = many(48, |n| done(item(&format!("b{n}"), 200), 30 + n as i64));
    rows.extend(many(late, |n| done(item(&format!("l{n}"), 200), 1 + n as i64)));
    rows.extend(many(open, |n| item(&format!("o{n}"), 200)));
    rows
}

#[tokio::test]
async fn throughput_that_falls() {
    // 48 in 84 days let 16 be expected in 28; 4 are three quarters fewer, which is 1, and
    // z = 2 (√(48.375 / 3) − √4.375) / √(4 / 3) = 3.3324 is 0.5549 of the way from 2.5 to 4.
    let z = 2.0 * (16.125_f64.sqrt() - 4.375_f64.sqrt()) / (4.0_f64 / 3.0).sqrt();
    let said = "4 items were done in 28 days, 75 % fewer than before.";
    fires("throughput_falling", &finished(4, 1), "p1", (z - 2.5) / 1.5, said, 52).await;
    fires(
        "throughput_falling",
        &finished(0, 1),
        "p1",
        1.0,
        "0 items were done in 28 days, 100 % fewer than before.",
        48,
    )
    .await;
    // A quarter fewer.
    is_silent("throughput_falling", &finished(12, 1)).await;
    // Nothing is left to do, and nobody will do what was abandoned; nor was that done.
    is_silent("throughput_falling", &finished(4, 0)).await;
    let mut shut = finished(4, 0);
    shut.extend(many(30, |n| abandoned(item(&format!("w{n}"), 200), 5)));
    is_silent("throughput_falling", &shut).await;
    let mut beside = finished(4, 1);
    beside.push(abandoned(item("w", 200), 5));
    fires("throughput_falling", &beside, "p1", (z - 2.5) / 1.5, said, 52).await;
}

#[tokio::test]
async fn more_in_progress_than_people_carry() {
    let rows = |n: usize| -> Vec<Row> {
        (0..n).flat_map(|n| doing(&format!("i{n}"), ["ann", "ben", "cem"][n % 3], 3)).collect()
    };
    let said = "9 items are in progress for 3 people, where 2 for each are the limit.";
    fires("wip_over_limit", &rows(9), "p1", 1.0 / 3.0, said, 9).await;
    is_silent("wip_over_limit", &rows(6)).await;
    // What nobody has moved for twelve weeks is forgotten.
    let mut forgotten = rows(6);
    forgotten.extend((0..5).flat_map(|n| doing(&format!("f{n}"), "ann", 85)));
    is_silent("wip_over_limit", &forgotten).await;
    let mut beside = rows(9);
    beside.extend((0..5).flat_map(|n| doing(&format!("f{n}"), "dan", 84)));
    let said = "9 items are in progress for 3 people, besides 5 that are forgotten, where 2 for each are the limit.";
    fires("wip_over_limit", &beside, "p1", 1.0 / 3.0, said, 9).await;
    let nobodys: Vec<Row> = rows(9)
        .into_iter()
        .map(|row| match row.text("id") {
            Some(_) => row.set("assignee_id", Value::Null),
            None => row,
        })
        .collect();
    is_silent("wip_over_limit", &nobodys).await;
    // Who finished something of late can carry something.
    let mut helped = rows(9);
    helped.extend(many(2, |n| done(item(&format!("d{n}"), 20), 5).set("assignee_id", format!("h{n}"))));
    is_silent("wip_over_limit", &helped).await;
}

#[tokio::test]
async fn items_that_age() {
    let mut rows: Vec<Row> = [("a", 50), ("b", 31), ("c", 29), ("d", 1)]
        .into_iter()
        .flat_map(|(id, since)| doing(id, "ann", since))
        .collect();
    let said = "2 items are in progress for more than 30 days, of 2 that were begun in the 84 days before; the oldest since 2026-04-12.";
    fires("ageing_items", &rows, "p1", 1.0, said, 2).await;
    is_silent("ageing_items", &rows[2..]).await;
    // Three done after a day are begun, too; what was begun long before is forgotten.
    let quick = |n: usize| done(item(&format!("q{n}"), 60), 59).set("started_at", ago(60));
    rows.extend(many(3, quick));
    rows.extend((0..9).flat_map(|n| doing(&format!("f{n}"), "ann", 120)));
    let said = "2 items are in progress for more than 30 days, of 5 that were begun in the 84 days before; the oldest since 2026-04-12.";
    fires("ageing_items", &rows, "p1", 0.4, said, 2).await;
    // What was abandoned is not in progress, and was not begun to be done.
    let [shut, stay] = doing("shut", "ann", 60);
    let beside = [rows.clone(), vec![abandoned(shut, 40), stay.set("left_at", ago(40))]].concat();
    fires("ageing_items", &beside, "p1", 0.4, said, 2).await;
    // Ten done in four days each, two weeks ago: from six days on an item ages.
    let usual = |n: usize| done(item(&format!("x{n}"), 40), 10).set("cycle_seconds", 4.0 * 86_400.0);
    rows.extend(many(10, |n| usual(n).set("started_at", ago(14))));
    is_silent("ageing_items", &rows).await;
    rows.extend(["g", "h"].into_iter().flat_map(|id| doing(id, "ann", 20)));
    let said = "5 items are in progress for more than 6 days, of 18 that were begun in the 84 days before; the oldest since 2026-04-12.";
    fires("ageing_items", &rows, "p1", (5.0 / 18.0 - 0.2) / 0.5, said, 5).await;
}

#[tokio::test]
async fn work_that_is_blocked() {
    let blocked = |since: [i64; 2]| -> Vec<Row> {
        let mut rows: Vec<Row> = (0..5).flat_map(|n| doing(&format!("i{n}"), "ann", 20)).collect();
        for (n, since) in since.into_iter().enumerate() {
            rows[2 * n] = rows[2 * n].clone().set("blocked_since", ago(since));
        }
        rows
    };
    let said = "2 items are blocked for more than 3 days, of 5 in progress; the longest since 2026-05-22.";
    fires("blocked_work", &blocked([10, 3]), "p1", 0.75, said, 2).await;
    is_silent("blocked_work", &blocked([10, 2])).await;
    // What has neither moved nor been blocked anew for twelve weeks is forgotten, blocked or not.
    let long = |id: &str, moved: i64, blocked: Option<i64>| {
        let [item, stay] = doing(id, "ann", moved);
        [item.set("blocked_since", blocked.map_or(Value::Null, ago)), stay]
    };
    let forgotten: Vec<Row> =
        [long("f1", 100, Some(90)), long("f2", 90, Some(84)), long("f3", 90, None)].into_iter().flatten().collect();
    is_silent("blocked_work", &forgotten).await;
    let beside = [blocked([10, 3]), forgotten].concat();
    let said = "2 items are blocked for more than 3 days, of 5 in progress, besides 2 that are forgotten; the longest since 2026-05-22.";
    fires("blocked_work", &beside, "p1", 0.75, said, 2).await;
    // Nothing waits for what was abandoned.
    let [shut, stay] = doing("shut", "ann", 20);
    let shut = [abandoned(shut.set("blocked_since", ago(10)), 2), stay.set("left_at", ago(2))];
    fires("blocked_work", &[beside, shut.to_vec()].concat(), "p1", 0.75, said, 2).await;
    // One that is blocked anew, and one that was moved since, are not.
    let told: Vec<Row> = [long("n1", 100, Some(83)), long("n2", 83, Some(90))].into_iter().flatten().collect();
    let said = "2 items are blocked for more than 3 days, of 2 in progress; the longest since 2026-03-03.";
    fires("blocked_work", &told, "p1", 1.0, said, 2).await;
}

fn sprint(carried: usize, ended: i64) -> Vec<Row> {
    many(10, |n| {
        Row::new(entity("facts/sprint_items"))
            .set("sprint_id", "s1")
            .set("sprint_name", "Sprint 7")
            .set("sprint_state", "closed")
            .set("work_item_id", format!("i{n}"))
            .set("project_id", "p1")
            .set("sprint_ends_at", ago(ended))
            .set("is_committed", true)
            .set("is_added", false)
            .set("is_removed", false)
            .set("is_completed", n >= carried)
            .set("is_carried_over", n < carried)
    })
}

#[tokio::test]
async fn a_sprint_that_is_carried_over() {
    let said = "7 items of 10 in the sprint Sprint 7 were not done when it ended on 2026-05-29, where 30 % are usual.";
    fires("carry_over", &sprint(7, 3), "s1", 0.5, said, 7).await;
    is_silent("carry_over", &sprint(5, 3)).await;
    let after = |carried: usize, before: usize, sprints: i64| -> Vec<Row> {
        let mut rows = sprint(carried, 3);
        for n in 1..=sprints {
            rows.extend(sprint(before, 3 + 14 * n).into_iter().map(|row| row.set("sprint_id", format!("s-{n}"))));
        }
        rows
    };
    // 0.7 after 0.2 is 0.75; d = 1/10 + 1/30, pooled 13 of 40, z = (0.5 − d / 2) / √(0.325 · 0.675 d) = 2.5337.
    let d = 1.0 / 10.0 + 1.0 / 30.0;
    let z = (0.5 - d / 2.0) / (0.325_f64 * 0.675 * d).sqrt();
    let said = "7 items of 10 in the sprint Sprint 7 were not done when it ended on 2026-05-29, where 20 % are usual.";
    fires("carry_over", &after(7, 2, 3), "s1", (z - 1.5) / 1.5, said, 7).await;
    // Who always carries as much over fails no more than before; two sprints are not enough to know.
    is_silent("carry_over", &after(7, 7, 3)).await;
    is_silent("carry_over", &after(5, 2, 2)).await;
    is_silent("carry_over", &sprint(10, 29)).await;
    is_silent("carry_over", &sprint(10, -1)).await;
    // Sprints of no known project have nothing to do with one another: the last of them stands for none, nor is any usual.
    let apart = |n: i64| sprint(7, 3 + n).into_iter().map(move |row| row.set("sprint_id", format!("s{n}")));
    let apart: Vec<Row> = (0..5).flat_map(apart).map(|row| row.set("project_id", Value::Null)).collect();
    let found = ask("carry_over", &apart).await.findings;
    let told: Vec<_> = found.iter().map(|found| (found.subject_id.as_str(), found.score)).collect();
    assert!(told.iter().all(|(_, score)| (score - 0.5).abs() < 1e-9), "{told:?}");
    assert_eq!(told.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["s0", "s1", "s2", "s3", "s4"]);
    // With an item of another project in it, it is of neither, unless its source says, or somebody decided, of which.
    let mut mixed = sprint(7, 3);
    mixed[0] = mixed[0].clone().set("project_id", "a0");
    let named = Row::new(entity("core/sprints")).set("id", "s1").set("name", "Sprint 7").set("project_id", "p1");
    let by_hand = |row: Row| row.set("sprint_project_id", "p2");
    let decided = mixed.iter().cloned().map(by_hand).chain([named.clone()]).collect();
    let told = [mixed.clone(), vec![named]].concat();
    for (rows, project) in [(mixed, None), (told, Some("p1")), (decided, Some("p2"))] {
        let found = ask("carry_over", &rows).await.findings;
        let of: Vec<_> = found.iter().map(|found| (found.subject_id.as_str(), found.project_id.as_deref())).collect();
        assert_eq!(of, [("s1", project)]);
    }
    // A newer sprint of the project stands for it.
    let newer = sprint(0, 1).into_iter().map(|row| row.set("sprint_id", "s2"));
    is_silent("carry_over", &sprint(7, 3).into_iter().chain(newer).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn items_that_wait_for_unmoved_ones() {
    let link = |kind: &str, from: &str, to: &str| {
        Row::new(entity("core/work_item_links")).set("id", "l").set("kind", kind).set("from_id", from).set("to_id", to)
    };
    let rows = |link: Row, moved: i64| vec![item("a", 90), stay("a", moved), item("b", 80), link];
    let said = "1 item waits for others that have not moved for more than 14 days; the longest since 2026-05-12.";
    for link in [link("Blocks", "a", "b"), link("is blocked by", "b", "a"), link("depends on", "b", "a")] {
        fires("stale_dependencies", &rows(link, 20), "p1", 0.1, said, 1).await;
    }
    is_silent("stale_dependencies", &rows(link("blocks", "a", "b"), 13)).await;
    is_silent("stale_dependencies", &rows(link("relates to", "a", "b"), 20)).await;
    is_silent("stale_dependencies", &rows(link("blocks", "a", "b").set("deleted_at", ago(1)), 20)).await;
    let mut over = rows(link("blocks", "a", "b"), 20);
    over[0] = done(over[0].clone(), 1);
    is_silent("stale_dependencies", &over).await;
    // Neither waits nor is waited for what was abandoned, until it is.
    for place in [0, 2] {
        let mut shut = rows(link("blocks", "a", "b"), 20);
        shut[place] = abandoned(shut[place].clone(), 1);
        is_silent("stale_dependencies", &shut).await;
        shut[place] = abandoned(shut[place].clone(), -1);
        fires("stale_dependencies", &shut, "p1", 0.1, said, 1).await;
    }
    // Whether one that is not read is done is not known; nor does such a one wait.
    is_silent("stale_dependencies", &[item("b", 80), link("blocks", "lost", "b")]).await;
    is_silent("stale_dependencies", &[item("a", 90), stay("a", 20), link("blocks", "a", "lost")]).await;
    for unmapped in [0, 2] {
        let mut unknown = rows(link("blocks", "a", "b"), 20);
        unknown[unmapped] = unknown[unmapped].clone().set("excluded", "unmapped status");
        is_silent("stale_dependencies", &unknown).await;
    }
    // Of epics and subtasks neither: what they are left out for says nothing of their status.
    for (place, level) in [(0, "epic"), (2, "subtask")] {
        let mut other = rows(link("blocks", "a", "b"), 20);
        other[place] = other[place].clone().set("level", level).set("excluded", level);
        is_silent("stale_dependencies", &other).await;
        other[place] = other[place].clone().set("status_category", "todo");
        fires("stale_dependencies", &other, "p1", 0.1, said, 1).await;
    }
}

#[tokio::test]
async fn work_without_owner_or_estimate() {
    let rows = |unowned: usize| -> Vec<Row> {
        let mut rows: Vec<Row> = (0..6).flat_map(|n| doing(&format!("i{n}"), "ann", 3)).collect();
        for n in 0..unowned {
            rows[2 * n] = rows[2 * n].clone().set("assignee_id", Value::Null);
        }
        rows
    };
    let said = "3 of 6 items in progress have no owner.";
    fires("unready_work", &rows(3), "p1", 0.6, said, 3).await;
    is_silent("unready_work", &rows(2)).await;
    // What nobody has moved for twelve weeks is in progress no more, here as where work in progress is counted.
    let unowned = |row: Row| if row.text("id").is_some() { row.set("assignee_id", Value::Null) } else { row };
    let forgotten: Vec<Row> = (0..4).flat_map(|n| doing(&format!("f{n}"), "ann", 84)).map(unowned).collect();
    is_silent("unready_work", &forgotten).await;
    fires("unready_work", &[rows(3), forgotten].concat(), "p1", 0.6, said, 3).await;
    // Half of what was done has an estimate, so that the rest should.
    let mut estimating = rows(3);
    estimating.push(done(item("d1", 20), 5).set("points", 3.0));
    estimating.push(done(item("d2", 20), 5));
    let said = "6 of 6 items in progress have no owner or no estimate: 3 have no owner, and 6 have no estimate.";
    fires("unready_work", &estimating, "p1", 1.0, said, 6).await;
    let mut owned = rows(0);
    owned.extend(estimating[estimating.len() - 2..].iter().cloned());
    let said = "6 of 6 items in progress have no estimate, where the project estimates such work.";
    fires("unready_work", &owned, "p1", 1.0, said, 6).await;
}

#[tokio::test]
async fn a_project_that_is_silent() {
    let rows = |since: i64| doing("i1", "ann", since).to_vec();
    fires("silent_project", &rows(28), "p1", 0.5, "Nothing has happened since 2026-05-04, with 1 item in progress.", 1)
        .await;
    is_silent("silent_project", &rows(14)).await;
    let mut reviewed = rows(28);
    reviewed.push(pull_request("pr1", 30).set("last_activity_at", ago(10)));
    is_silent("silent_project", &reviewed).await;
    // Nothing is in progress: it is at rest.
    is_silent("silent_project", &[item("i1", 90)]).await;
    // Nor is what has not moved for twelve weeks: it is forgotten, beside what is not, and alone, though a pull request was touched since.
    fires("silent_project", &rows(83), "p1", 1.0, "Nothing has happened since 2026-03-10, with 1 item in progress.", 1)
        .await;
    is_silent("silent_project", &rows(84)).await;
    let beside = [rows(28), doing("i2", "ann", 400).to_vec()].concat();
    fires("silent_project", &beside, "p1", 0.5, "Nothing has happened since 2026-05-04, with 1 item in progress.", 1)
        .await;
    let mut left = rows(400);
    left.push(pull_request("pr1", 60).set("last_activity_at", ago(30)));
    is_silent("silent_project", &left).await;
    // The repository is another project's first, and this one's, too.
    let mut shared = rows(28);
    let elsewhere = pull_request("pr1", 30).set("project_id", "p0").set("last_activity_at", ago(10));
    shared.push(elsewhere.clone());
    fires("silent_project", &shared, "p1", 0.5, "Nothing has happened since 2026-05-04, with 1 item in progress.", 1)
        .await;
    shared.push(super::testing::scope("r1", "p1"));
    is_silent("silent_project", &shared).await;
}
