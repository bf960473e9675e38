//! The figures of flow, change, reliability and quality, and of the stages of delivery, computed by hand.
//!
//! The weeks are those of [`super::tests`]: W13 to W16 in Berlin, of which W13 ends on Sunday, 29 March, 22:00 UTC, after the change
//! to summer time, and of W16 three of seven days have passed. So what happens on 29 March at 21:30 is in W13, and at 22:30 in W14.

use super::golden_facts::{facts, golden, told};
use super::tests::{answer, question, session};
use super::*;
use crate::risk::rules;
use crate::row::Row;
use crate::session::{RISKS_SCHEMA, Session};
use std::collections::BTreeSet;

/// `i11` is done at the very end of W14, which is the first instant of W15; `i6` is open; `i5` was never begun.
const ITEMS: &str = "
    id  project_id repository_id team_id class        level created_at  committed_at started_at  done_at     is_done cycle_seconds lead_seconds active_seconds waiting_seconds blocked_seconds reopened returned excluded
    i1  p1 -  t1 feature      item    03-24T08:00 03-20T08:00 03-23T08:00 03-29T21:30 yes 100 150 30 70  10 0 0 -
    i2  p1 -  t1 defect       item    03-24T08:00 03-20T08:00 03-24T08:00 03-29T22:30 yes 200 250 50 150 0  0 1 -
    i3  p1 -  t2 defect       item    03-24T08:00 -           03-24T08:00 04-01T10:00 yes 200 -   -  -   50 1 - -
    i4  p2 -  -  unclassified item    03-24T08:00 03-20T08:00 03-30T08:00 04-05T21:59 yes 800 850 -  -   -  0 - -
    i5  p1 -  t1 unplanned    item    03-24T08:00 03-20T08:00 -           04-14T10:00 yes -   999 -  -   0  0 - -
    i6  p1 -  t1 feature      item    03-24T08:00 04-06T22:30 04-07T10:00 -           no  -   -   -  -   0  0 0 -
    i7  p1 -  t1 feature      epic    03-24T08:00 03-20T08:00 03-25T08:00 04-02T10:00 yes 700 700 10 10  0  0 0 epic
    i8  p1 -  t1 feature      item    04-08T10:00 -           -           -           no  -   -   -  -   -  0 - unmapped_status
    i9  p1 -  t1 feature      subtask 03-24T08:00 -           04-07T10:00 -           no  -   -   -  -   -  0 0 subtask
    i10 -  r1 -  debt         item    03-24T08:00 03-20T08:00 04-01T10:00 04-02T10:00 yes 600 650 -  -   0  0 - -
    i11 p2 -  t1 feature      item    03-24T08:00 03-20T08:00 03-30T08:00 04-05T22:00 yes 300 350 -  -   30 0 - -";

const STAYS: &str = "
    work_item_id position class   level stage  status_category entered_at  left_at     is_last
    i1           0        feature item  -      todo            03-20T08:00 03-23T08:00 yes
    i1           1        feature item  -      doing           03-23T08:00 03-29T21:30 yes
    i1           2        feature item  -      done            03-29T21:30 -           yes
    i2           0        defect  item  -      todo            03-20T08:00 03-24T08:00 yes
    i2           1        defect  item  review doing           03-24T08:00 03-26T08:00 no
    i2           2        defect  item  review doing           03-26T08:00 03-29T22:30 yes
    i2           3        defect  item  -      done            03-29T22:30 -           yes";

/// `e` came into s1 and was taken out of it again; `g` is in a sprint that runs until 17 April.
const SPRINTS: &str = "
    sprint_id work_item_id sprint_state sprint_ends_at is_committed is_added is_removed is_completed is_carried_over points excluded
    s1        a            closed       04-03T10:00    yes no  no  yes no  5 -
    s1        b            closed       04-03T10:00    yes no  no  no  yes 3 -
    s1        c            closed       04-03T10:00    no  yes no  yes no  2 -
    s1        d            closed       04-03T10:00    yes no  yes no  no  - -
    s1        e            closed       04-03T10:00    no  yes yes no  no  1 -
    s1        f            closed       04-03T10:00    yes no  no  yes no  8 subtask
    s2        g            active       04-17T10:00    yes no  no  no  no  1 -";

fn work() -> Vec<Row> {
    [facts("facts/work_items", ITEMS), facts("facts/work_item_stays", STAYS), facts("facts/sprint_items", SPRINTS)]
        .concat()
}

const FLOW: &[(&str, &str)] = &[
    // W14: 200, 200, 600 and 800. All six: 100, 200, 200, 300, 600 and 800.
    ("cycle_time", "100 1/0/0 | 400 4/0/1 | 300 1/1/2 | - 0/0/1 = 250 6/1/4"),
    // i3 was never committed to. 150, 250, 350, 650, 850, 999.
    ("work_item_lead_time", "150 1/0/0 | 650 3/0/2 | 350 1/1/1 | 999 1/0/0 = 500 6/1/3"),
    // The first item was made on Tuesday of W13: one in six days is 7/6 a week, one in three days 7/3, seven in 23 days 49/23.
    ("throughput", "1.1666666666666667 1/0/0 | 4 4/0/1 | 1 1/0/1 | 2.3333333333333335 1/0/0 = 2.130434782608696 7/0/2"),
    ("allocation", "1.1666666666666667 1/0/0 | 4 4/0/1 | 1 1/0/1 | 2.3333333333333335 1/0/0 = 2.130434782608696 7/0/2"),
    ("unplanned_work", "0 1/0/0 | 0 3/0/2 | 0 1/0/1 | 1 1/0/0 = 0.16666666666666666 6/0/3"),
    // At the end of W13 i2 and i3, and the epic i7; of W14 i11, which is done an instant later; then i6 and the subtask i9.
    ("work_in_progress", "2 2/0/1 | 1 1/0/0 | 1 1/0/1 | 1 1/0/1 = 1 1/0/1"),
    // i2 and i3: 5 d 14 h. i11: 6 d 14 h. i6: 5 d 12 h at the end of W15, 8 d 12 h now.
    ("work_item_age", "482400 2/0/1 | 568800 1/0/0 | 475200 1/0/1 | 734400 1/0/1 = 734400 1/0/1"),
    // 30 of 100, 50 of 200, 80 of 300. i6 is in work still: whether its stages are mapped is told once it is done.
    ("flow_efficiency", "0.3 1/0/0 | 0.25 1/0/4 | - 0/1/3 | - 0/0/1 = 0.26666666666666666 2/1/8"),
    // 10 of 100, 50 of 1000 (i4 is not known), 30 of 300: 90 of 1400.
    ("blocked_time", "0.1 1/0/0 | 0.05 3/0/2 | 0.1 1/1/2 | - 0/0/1 = 0.06428571428571428 5/1/5"),
    ("reopened_work", "0 1/0/0 | 0.25 4/0/1 | 0 1/0/1 | 0 1/0/0 = 0.14285714285714285 7/0/2"),
    ("returned_work", "0 1/0/0 | 1 1/0/4 | - 0/0/2 | - 0/0/1 = 0.5 2/0/7"),
    // a, b and d in 23 days, which are 21/23 a week; f is a subtask, and g is in a sprint that runs.
    ("sprint_commitment", "0 0/0/0 | 3 3/0/1 | 0 0/0/0 | 0 0/1/0 = 0.9130434782608695 3/1/1"),
    ("sprint_completion", "- 0/0/0 | 0.3333333333333333 3/0/1 | - 0/0/0 | - 0/1/0 = 0.3333333333333333 3/1/1"),
    ("sprint_carry_over", "- 0/0/0 | 0.3333333333333333 3/0/1 | - 0/0/0 | - 0/0/0 = 0.3333333333333333 3/0/1"),
    // c and e came in, d and e were taken out: 4, where a, b and d were committed.
    ("sprint_scope_change", "- 0/0/0 | 1.3333333333333333 5/0/1 | - 0/0/0 | - 0/1/0 = 1.3333333333333333 5/1/1"),
    // Of 8 points committed 5 are done; d has no estimate.
    ("sprint_completion_points", "- 0/0/0 | 0.625 2/0/2 | - 0/0/0 | - 0/1/0 = 0.625 2/1/2"),
    // Of the 10 of a, b and c, the 3 of b.
    ("sprint_carry_over_points", "- 0/0/0 | 0.3 3/0/1 | - 0/0/0 | - 0/0/0 = 0.3 3/0/1"),
    // 2 of c and twice the 1 of e, where a and b have 8.
    ("sprint_scope_change_points", "- 0/0/0 | 0.5 4/0/2 | - 0/0/0 | - 0/1/0 = 0.5 4/1/2"),
    // i1 left `doing` after 6 d 13 h 30 min, i2 `review` after 5 d 14 h 30 min, an hour later.
    ("stage_exit_age", "567000 1/0/0 | 484200 1/0/0 | - 0/0/0 | - 0/0/0 = 525600 2/0/0"),
    ("mapped_work_items", "1 8/0/2 | - 0/0/0 | 0 1/0/0 | - 0/0/0 = 0.8888888888888888 9/0/2"),
    ("attributed_work_items", "0.75 8/0/2 | - 0/0/0 | 1 1/0/0 | - 0/0/0 = 0.7777777777777778 9/0/2"),
    ("classified_work_items", "1 1/0/0 | 0.75 4/0/1 | 1 1/0/1 | 1 1/0/0 = 0.8571428571428571 7/0/2"),
];

#[tokio::test]
async fn flow() {
    golden(&session(&work()), FLOW).await;
}

/// i2 was done without the pull request that names it, and i9 after a commit that is gone; of i4 its subtask i5 is named; i6 is not done.
const NAMED: &str = "
    id key  level   parent_id created_at  done_at     is_done excluded
    i1 A-1  item    -         03-24T08:00 03-29T21:30 yes     -
    i2 A-2  item    -         03-24T08:00 03-29T22:30 yes     -
    i3 A-3  item    -         03-24T08:00 04-01T10:00 yes     -
    i4 A-4  item    -         03-24T08:00 04-02T10:00 yes     -
    i5 A-5  subtask i4        03-24T08:00 04-02T10:00 yes     subtask
    i6 A-6  item    -         03-24T08:00 -           no      -
    i7 A-7  item    -         04-08T10:00 -           no      unmapped_status
    i8 A-8  item    -         03-24T08:00 04-14T10:00 yes     -
    i9 A-9  item    -         03-24T08:00 04-14T10:00 yes     -";

const NAMING: &str = "
    id state  work_item_keys
    p1 merged A-1,A-5,A-6
    p2 closed A-2
    p3 merged A-8,B-1
    p4 merged -";

const COMMITS: &str = "
    id work_item_keys deleted_at
    c1 A-3,A-8        -
    c2 A-9            04-14T08:00
    c3 -              -";

#[tokio::test]
async fn work_items_are_linked_by_what_names_them_or_their_subtasks() {
    let rows = [facts("facts/work_items", NAMED), facts("facts/pull_requests", NAMING), facts("core/commits", COMMITS)];
    // W14: i3 and i4 of three. W16: i8, once, of two.
    let line = "1 1/0/0 | 0.6666666666666666 3/0/1 | - 0/0/1 | 0.5 2/0/0 = 0.6666666666666666 6/0/2";
    golden(&session(&rows.concat()), &[("linked_work_items", line)]).await;
    // Nothing that names any is read.
    let line = "0 1/0/0 | 0 3/0/1 | - 0/0/1 | 0 2/0/0 = 0 6/0/2";
    golden(&session(&rows[0]), &[("linked_work_items", line)]).await;
}

/// The same items, of which some went by other keys.
fn who_went_by(former: &[(&str, &str)]) -> Vec<Row> {
    let lines = NAMED.lines().map(str::trim).filter(|line| !line.is_empty());
    let with_keys = lines.enumerate().map(|(place, line)| {
        let keys = former.iter().find(|(id, _)| line.starts_with(id)).map_or("-", |(_, keys)| *keys);
        format!("{line} {}", if place == 0 { "former_keys" } else { keys })
    });
    facts("facts/work_items", &with_keys.collect::<Vec<_>>().join("\n"))
}

async fn linked(former: &[(&str, &str)], direct: &str, line: &str) {
    let direct = format!("id work_item_keys deleted_at\n c4 {direct} -");
    let rows = [
        who_went_by(former),
        facts("facts/pull_requests", NAMING),
        facts("core/commits", COMMITS),
        facts("core/commits", &direct),
    ];
    golden(&session(&rows.concat()), &[("linked_work_items", line)]).await;
}

#[tokio::test]
async fn work_items_are_linked_by_what_names_them_as_they_were_called_before() {
    // i9 was Z-9; i2 and i6 were Y-1 both, and i2 was what i1 is called now.
    let former = [("i9", "Z-9,V-9"), ("i2", "Y-1,A-1"), ("i6", "Y-1")];
    // In W16 i9 as well, and nothing else.
    let line = "1 1/0/0 | 0.6666666666666666 3/0/1 | - 0/0/1 | 1 2/0/0 = 0.8333333333333334 6/0/2";
    linked(&former, "Z-9,Y-1,X-2,W-2", line).await;
    linked(&former, "V-9", line).await;
    // The name of a repository is the same in upper and lower case.
    linked(&[("i9", "acme/shop#9")], "ACME/Shop#9", line).await;
    // Which of two that went by it is meant nobody knows.
    let line = "1 1/0/0 | 0.6666666666666666 3/0/1 | - 0/0/1 | 0.5 2/0/0 = 0.6666666666666666 6/0/2";
    linked(&[("i9", "Z-9"), ("i8", "Z-9")], "Z-9", line).await;
}

async fn groups(session: &Session, metric: &str, by: Dimension) -> Vec<(String, String, Option<f64>)> {
    let answer = answer(session, &question(metric, Some(by))).await;
    answer.groups.iter().map(|g| (g.key.clone().unwrap_or("none".into()), told(g), g.share)).collect()
}

#[tokio::test]
async fn a_cumulative_flow_has_a_band_for_each_stage() {
    let bands = groups(&session(&work()), "cumulative_flow", Dimension::Stage).await;
    let told: Vec<_> = bands.iter().map(|(key, told, _)| (key.as_str(), told.as_str())).collect();
    // In the order of flow, a stage that is mapped no more last. i2 stood in the stage `review` until W14; nothing is left
    // where nothing else is.
    assert_eq!(
        told,
        [
            ("todo", "0 0/0/0 | 0 0/0/0 | 0 0/0/0 | 0 0/0/0 = 0 0/0/0"),
            ("doing", "0 0/0/0 | 0 0/0/0 | 0 0/0/0 | 0 0/0/0 = 0 0/0/0"),
            ("done", "1 1/0/0 | 2 2/0/0 | 2 2/0/0 | 2 2/0/0 = 2 2/0/0"),
            ("review", "1 1/0/0 | 0 0/0/0 | 0 0/0/0 | 0 0/0/0 = 0 0/0/0"),
        ]
    );
}

#[tokio::test]
async fn the_classes_share_all_that_was_done() {
    let classes = groups(&session(&work()), "allocation", Dimension::Class).await;
    let shares: Vec<_> = classes.iter().map(|(key, _, share)| (key.as_str(), share.unwrap())).collect();
    let sevenths = |n: f64| n / 7.0;
    let expected = [("debt", 1.0), ("defect", 2.0), ("feature", 2.0), ("unclassified", 1.0), ("unplanned", 1.0)];
    assert_eq!(shares, expected.map(|(class, n)| (class, sevenths(n))));
}

#[tokio::test]
async fn a_work_item_belongs_to_its_own_project_and_to_those_of_its_repository() {
    let scope = |id: &str, project: &str| {
        Row::new(super::tests::entity("core/project_scopes"))
            .set("id", id)
            .set("project_id", project)
            .set("scope_kind", "repository")
            .set("scope_id", "r1")
    };
    let rows = [work(), vec![scope("1", "p1"), scope("2", "p3")]].concat();
    let session = session(&rows);
    let n = |groups: Vec<(String, String, Option<f64>)>| {
        let n = |told: &str| told.split(" = ").nth(1).unwrap().split(' ').nth(1).unwrap().to_owned();
        groups.into_iter().map(|(key, told, _)| (key, n(&told))).collect::<Vec<_>>()
    };
    // i10 has no project of its own, and its repository belongs to two.
    let expected = [("p1", "5/0/2"), ("p2", "2/0/0"), ("p3", "1/0/0")].map(|(k, n)| (k.to_owned(), n.to_owned()));
    assert_eq!(n(groups(&session, "throughput", Dimension::Project).await), expected);
    let mut of = question("throughput", None);
    for (projects, expected) in [(vec!["p1"], 5), (vec!["p1", "p3"], 5), (vec!["p2", "p3"], 3), (vec!["none"], 0)] {
        of.filter.projects = projects.iter().map(|p| (*p).to_owned()).collect();
        assert_eq!(answer(&session, &of).await.groups[0].total.n, expected, "{projects:?}");
    }
}

/// p4 is a program's, p5 was closed, p6 is open, p7 a draft; p8 goes elsewhere than into the default branch, and has 1,000 lines.
const PULL_REQUESTS: &str = "
    id state  repository_id by_bot is_draft is_to_default opened_at   merged_at   closed_at   pickup_seconds review_seconds rework_seconds merge_wait_seconds open_seconds additions deletions reviewers is_reviewed is_revert is_hotfix work_item_keys
    p1 merged r1 no  no  yes 03-27T10:00 03-29T21:30 03-29T21:30 100 200 0   50 350 10  5   1 yes no  no  K-1
    p2 merged r1 no  no  yes 03-28T10:00 03-29T22:30 03-29T22:30 300 400 100 -  700 900 200 2 yes yes no  -
    p3 merged r1 no  no  -   04-01T09:00 04-01T10:00 04-01T10:00 -   -   -   -  20  -   -   0 no  no  yes -
    p4 merged r1 yes no  yes 03-28T10:00 04-02T10:00 04-02T10:00 1   1   1   1  1   1   1   0 no  no  no  -
    p5 closed r1 no  no  yes 03-28T10:00 -           04-03T10:00 1   1   1   -  -   1   1   1 -   no  no  -
    p6 open   r1 no  no  yes 04-07T10:00 -           -           -   -   -   -  -   1   1   0 -   no  no  -
    p7 open   r1 no  yes yes -           -           -           -   -   -   -  -   1   1   0 -   no  no  -
    p8 merged r1 no  no  no  04-02T11:00 04-02T12:00 04-02T12:00 300 0   0   10 310 600 400 1 no  no  no  -";

const REVIEWS: &str = "
    id repository_id submitted_at wait_seconds excluded
    r1 r1            03-29T21:30  100          -
    r2 r1            03-29T22:30  -            -
    r3 r1            04-01T10:00  5            own";

/// In r1, March: two by a, two by b, one by c and one by d, who comes after c. In April four, which are too few; in r2 five by e.
const REVIEWERS: &str = "
    id  repository_id reviewer_id submitted_at excluded
    m1  r1            a           03-24T10:00  -
    m2  r1            a           03-25T10:00  -
    m3  r1            b           03-26T10:00  -
    m4  r1            b           03-31T10:00  -
    m5  r1            c           03-27T10:00  -
    m6  r1            d           03-31T23:00  -
    m7  r1            d           03-31T23:00  own
    m8  r1            -           03-31T23:00  -
    n1  r1            a           04-01T10:00  -
    n2  r1            a           04-07T10:00  -
    n3  r1            b           04-07T10:00  -
    n4  r1            c           04-07T10:00  -
    o1  r2            e           04-06T10:00  -
    o2  r2            e           04-07T10:00  -
    o3  r2            e           04-08T10:00  -
    o4  r2            e           04-09T10:00  -
    o5  r2            e           04-14T10:00  -";

/// p1 was idle twice, the second time from the very beginning of W14, which the end of W13 is not in; p2 will be.
const IDLES: &str = "
    pull_request_id position repository_id acted_at    idle_from   idle_until  excluded
    p1              0        r1            03-16T10:00 03-23T23:00 03-24T10:00 -
    p1              1        r1            03-24T10:00 03-29T22:00 04-06T10:00 -
    p3              0        r1            03-20T10:00 03-27T23:00 -           -
    p4              0        r1            03-20T10:00 03-27T23:00 -           bot
    p2              0        r1            04-14T10:00 04-21T22:00 -           -";

const IDLENESS: &[(&str, &str)] = &[
    ("idle_pull_requests", "1 1/0/1 | 2 2/0/1 | 1 1/0/1 | 1 1/0/1 = 1 1/0/1"),
    // W13: three of four by a and b. W14: one of two, and three do not count. W15: all four by e. W16: the fifth.
    ("review_concentration", "0.75 4/0/0 | 0.5 2/0/3 | 1 4/0/3 | 1 1/0/0 = 0.8181818181818182 11/0/6"),
];

#[tokio::test]
async fn idleness_and_who_reviews() {
    let rows = [facts("facts/reviews", REVIEWERS), facts("facts/pull_request_idles", IDLES)];
    golden(&session(&rows.concat()), IDLENESS).await;
}

#[tokio::test]
async fn what_is_a_draft_again_is_not_open_and_what_was_closed_as_one_was() {
    let rows = "
        id state  repository_id by_bot is_draft opened_at   closed_at
        q1 open   r1            no     yes      03-28T10:00 -
        q2 open   r1            no     no       04-07T10:00 -
        q3 closed r1            no     yes      03-28T10:00 04-03T10:00";
    golden(
        &session(&facts("facts/pull_requests", rows)),
        &[
            ("open_pull_requests", "1 1/0/1 | 0 0/0/1 | 1 1/0/1 | 1 1/0/1 = 1 1/0/1"),
            // 36 h at the end of W13; 5 d 12 h at that of W15, and 8 d 12 h now.
            ("open_pull_request_age", "129600 1/0/1 | - 0/0/1 | 475200 1/0/1 | 734400 1/0/1 = 734400 1/0/1"),
            // It may be merged yet.
            ("pull_request_open_time", "- 0/1/0 | - 0/0/1 | - 0/1/0 | - 0/0/0 = - 0/2/1"),
        ],
    )
    .await;
}

const CHANGES: &str = "
    id kind         repository_id team_id deployed_at merged_at   lead_seconds excluded
    c1 pull_request r1            t1      03-29T21:30 -           5            -
    c2 commit       r1            -       03-29T22:30 -           6            -
    c3 commit       r1            -       04-01T10:00 -           -            baseline
    c4 pull_request r1            -       -           04-07T10:00 -            not_deployed";

const DEPLOYMENTS: &str = "
    id repository_id finished_at is_baseline commits excluded
    d1 r1            03-29T21:30 yes         50      -
    d2 r1            03-29T22:30 no          3       -
    d3 r1            04-01T10:00 no          0       -
    d4 r1            04-02T10:00 no          5       -
    d5 r1            04-03T10:00 no          9       failed";

/// b2 failed and b3 succeeded on the same commit; b6 never did; of b7 nobody knows the pipeline; b8 is gone.
const BUILDS: &str = "
    id repository_id name sha status    started_at  finished_at deleted_at
    b1 r1            ci   s0  succeeded 03-29T21:00 03-29T21:30 -
    b2 r1            ci   s1  failed    04-01T09:50 04-01T10:00 -
    b3 r1            ci   s1  succeeded 04-01T10:00 04-01T10:10 -
    b4 r1            ci   s1  cancelled 04-03T10:00 04-03T10:00 -
    b5 r1            ci   s1  running   04-07T10:00 -           -
    b6 r1            ci   s2  failed    04-02T10:00 04-02T10:00 -
    b7 r1            -    s1  failed    04-01T09:00 04-01T09:01 -
    b8 r1            ci   s1  failed    04-01T09:00 04-01T09:01 04-02T10:00";

const RELEASES: &str = "
    id  repository_id tag is_prerelease published_at
    rl1 r1            a   no            03-29T21:30
    rl2 r1            b   yes           04-01T10:00
    rl3 r1            c   no            -";

const CHANGE: &[(&str, &str)] = &[
    ("pull_request_pickup_time", "100 1/0/0 | 300 2/0/3 | - 0/1/0 | - 0/0/0 = 300 3/1/3"),
    ("pull_request_review_time", "200 1/0/0 | 200 2/0/3 | - 0/1/0 | - 0/0/0 = 200 3/1/3"),
    ("pull_request_rework_time", "0 1/0/0 | 50 2/0/3 | - 0/1/0 | - 0/0/0 = 0 3/1/3"),
    ("pull_request_merge_wait", "50 1/0/0 | 10 1/0/4 | - 0/1/0 | - 0/0/0 = 30 2/1/4"),
    ("pull_request_open_time", "350 1/0/0 | 310 3/0/2 | - 0/1/0 | - 0/0/0 = 330 4/1/2"),
    ("pull_request_size", "15 1/0/0 | 1050 2/0/3 | - 0/1/0 | - 0/0/0 = 1000 3/1/3"),
    ("oversized_pull_requests", "0 1/0/0 | 0.5 2/0/3 | - 0/1/0 | - 0/0/0 = 0.3333333333333333 3/1/3"),
    ("reviewers_per_pull_request", "1 1/0/0 | 1 3/0/2 | - 0/1/0 | - 0/0/0 = 1 4/1/2"),
    // At the end of W13 p2 and p5, and the program's p4.
    ("open_pull_requests", "2 2/0/1 | 0 0/0/0 | 1 1/0/0 | 1 1/0/0 = 1 1/0/0"),
    // 36 h; 5 d 12 h and 8 d 12 h.
    ("open_pull_request_age", "129600 2/0/1 | - 0/0/0 | 475200 1/0/0 | 734400 1/0/0 = 734400 1/0/0"),
    ("unreviewed_merges", "0 1/0/0 | 0.5 2/0/2 | - 0/0/0 | - 0/0/0 = 0.3333333333333333 3/0/2"),
    ("revert_rate", "0 1/0/0 | 0.3333333333333333 3/0/1 | - 0/0/0 | - 0/0/0 = 0.25 4/0/1"),
    ("hotfix_rate", "0 1/0/0 | 0.3333333333333333 3/0/1 | - 0/0/0 | - 0/0/0 = 0.25 4/0/1"),
    ("linked_changes", "1 1/0/0 | 0 3/0/1 | - 0/0/0 | - 0/0/0 = 0.25 4/0/1"),
    // Nothing is known before Sunday of W13: one on a day, and two in 18 days.
    ("review_load", "7 1/0/0 | 1 1/0/1 | 0 0/0/0 | 0 0/0/0 = 0.7777777777777778 2/0/1"),
    ("review_wait", "100 1/0/0 | - 0/0/2 | - 0/0/0 | - 0/0/0 = 100 1/0/2"),
    // The change of W15 is merged, and not deployed.
    ("direct_pushes", "0 1/0/0 | 1 1/0/1 | - 0/0/1 | - 0/0/0 = 0.5 2/0/2"),
    ("traced_changes", "1 1/0/0 | 0.5 2/0/0 | 0 1/0/0 | - 0/0/0 = 0.5 4/0/0"),
    ("attributed_changes", "1 1/0/0 | 0 2/0/0 | 0 1/0/0 | - 0/0/0 = 0.25 4/0/0"),
    ("batch_size", "- 0/0/1 | 4 2/0/2 | - 0/0/0 | - 0/0/0 = 4 2/0/3"),
    ("build_time", "1800 1/0/0 | 600 1/0/4 | - 0/1/0 | - 0/0/0 = 1200 2/1/4"),
    ("build_failure_rate", "0 1/0/0 | 0.75 4/0/1 | - 0/1/0 | - 0/0/0 = 0.6 5/1/1"),
    ("build_flakiness", "- 0/0/0 | 0.5 2/0/2 | - 0/1/0 | - 0/0/0 = 0.5 2/1/2"),
    // One in those 18 days; what was never published is excluded from the whole.
    ("release_cadence", "7 1/0/0 | 0 0/0/1 | 0 0/0/0 | 0 0/0/0 = 0.3888888888888889 1/0/2"),
];

#[tokio::test]
async fn change() {
    let rows = [
        facts("facts/pull_requests", PULL_REQUESTS),
        facts("facts/reviews", REVIEWS),
        facts("facts/changes", CHANGES),
        facts("facts/deployments", DEPLOYMENTS),
        facts("core/builds", BUILDS),
        facts("core/releases", RELEASES),
    ];
    golden(&session(&rows.concat()), CHANGE).await;
}

/// p1 is open, and p2 was when its repository went.
const LEFT: &str = "
    id state repository_id by_bot opened_at   excluded
    p1 open  r1            no     03-28T10:00 -
    p2 open  r2            no     03-27T10:00 repository_deleted";

#[tokio::test]
async fn what_is_open_in_a_repository_that_is_gone_counts_nowhere() {
    golden(
        &session(&facts("facts/pull_requests", LEFT)),
        &[
            ("open_pull_requests", "1 1/0/1 | 1 1/0/1 | 1 1/0/1 | 1 1/0/1 = 1 1/0/1"),
            // 36 h, and a week or what there is of one each time.
            ("open_pull_request_age", "129600 1/0/1 | 734400 1/0/1 | 1339200 1/0/1 | 1598400 1/0/1 = 1598400 1/0/1"),
            // Of what counts once it is merged, p1 is still to come, and p2 never will.
            ("pull_request_pickup_time", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
            ("pull_request_review_time", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
            ("pull_request_rework_time", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
            ("pull_request_merge_wait", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
            ("pull_request_open_time", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
            ("pull_request_size", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
            ("oversized_pull_requests", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
            ("reviewers_per_pull_request", "- 0/1/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/1/1"),
        ],
    )
    .await;
}

/// c2 took no time until it was opened, and c4 none until it was deployed; nobody reviewed c4 before it was merged.
const STAGES: &str = "
    id kind         repository_id deployed_at merged_at   lead_seconds coding_seconds pickup_seconds review_seconds deploy_seconds excluded
    c1 pull_request r1            03-29T21:30 -           100          10             20             30             40             -
    c2 pull_request r1            03-29T22:30 -           200          0              20             -              60             -
    c3 pull_request r1            04-01T10:00 -           300          20             40             50             60             -
    c4 pull_request r1            04-02T10:00 -           400          20             -              50             0              -
    c5 pull_request r1            04-03T10:00 -           -            5              5              5              5              baseline
    c6 pull_request r1            -           04-07T10:00 -            -              -              -              -              not_deployed
    c7 pull_request r1            04-14T10:00 -           500          30             40             50             60             -";

const STAGED: &[(&str, &str)] = &[
    // W14: 200, 300 and 400.
    ("change_lead_time", "100 1/0/0 | 300 3/0/1 | - 0/0/1 | 500 1/0/0 = 300 5/0/2"),
    // 0, 20 and 20; all: 0, 10, 20, 20 and 30.
    ("lead_time_coding", "10 1/0/0 | 20 3/0/1 | - 0/0/1 | 30 1/0/0 = 20 5/0/2"),
    // 20 and 40; all: 20, 20, 40 and 40.
    ("lead_time_pickup", "20 1/0/0 | 30 2/0/2 | - 0/0/1 | 40 1/0/0 = 30 4/0/3"),
    // 50 twice; all: 30 and three times 50.
    ("lead_time_review", "30 1/0/0 | 50 2/0/2 | - 0/0/1 | 50 1/0/0 = 50 4/0/3"),
    // 0 and twice 60; all: 0, 40 and three times 60.
    ("lead_time_deploy", "40 1/0/0 | 60 3/0/1 | - 0/0/1 | 60 1/0/0 = 60 5/0/2"),
];

#[tokio::test]
async fn stages_of_lead_time() {
    golden(&session(&facts("facts/changes", STAGES)), STAGED).await;
}

/// i2 has the title of i1, which began an hour before; i3 that of i0, which began 46 days before.
const INCIDENTS: &str = "
    id project_id repository_id team_id severity title   began_at    acknowledged_at resolved_at acknowledge_seconds recovery_seconds is_open on_hours deployment_id
    i0 -          r1            -       sev2     Disk    02-20T10:00 -               02-21T10:00 -  86400 no  yes -
    i1 p1         -             t1      sev1     DB_down 03-29T21:30 03-29T21:31     03-29T22:30 60 3600  no  no  d1
    i2 p1         -             -       sev2     db_DOWN 03-29T22:30 -               04-01T10:00 -  7200  no  yes -
    i3 -          r1            -       -        Disk    04-07T10:00 -               -           -  -     yes -   -
    i4 -          r1            t1      sev1     -       04-08T10:00 04-08T10:01     -           30 -     yes yes -";

const RELIABILITY: &[(&str, &str)] = &[
    ("incidents", "1 1/0/0 | 1 1/0/0 | 2 2/0/0 | 0 0/0/0 = 1.1666666666666667 4/0/0"),
    ("incident_acknowledge_time", "60 1/0/0 | - 0/0/1 | 30 1/1/0 | - 0/0/0 = 45 2/1/1"),
    ("incident_recovery_time", "3600 1/0/0 | 7200 1/0/0 | - 0/2/0 | - 0/0/0 = 5400 2/2/0"),
    ("repeat_incidents", "0 1/0/0 | 1 1/0/0 | 0 1/0/1 | - 0/0/0 = 0.3333333333333333 3/0/1"),
    ("working_hours_incidents", "0 1/0/0 | 1 1/0/0 | 1 1/0/1 | - 0/0/0 = 0.6666666666666666 3/0/1"),
    ("open_incidents", "1 1/0/0 | 0 0/0/0 | 2 2/0/0 | 2 2/0/0 = 2 2/0/0"),
    // i1: 30 min. i3 and i4: 5 d 12 h and 4 d 12 h, now 8 d 12 h and 7 d 12 h.
    ("open_incident_age", "1800 1/0/0 | - 0/0/0 | 432000 2/0/0 | 691200 2/0/0 = 691200 2/0/0"),
    ("linked_incidents", "1 1/0/0 | 0 1/0/0 | 0 2/0/0 | - 0/0/0 = 0.25 4/0/0"),
    ("attributed_incidents", "1 1/0/0 | 0 1/0/0 | 0.5 2/0/0 | - 0/0/0 = 0.5 4/0/0"),
];

#[tokio::test]
async fn reliability() {
    let session = session(&facts("facts/incidents", INCIDENTS));
    golden(&session, RELIABILITY).await;
    let mix = groups(&session, "incidents", Dimension::Severity).await;
    let mix: Vec<_> = mix.iter().map(|(severity, _, share)| (severity.as_str(), *share)).collect();
    assert_eq!(mix, [("sev1", Some(0.5)), ("sev2", Some(0.25)), ("none", Some(0.25))]);
}

#[test]
fn every_metric_has_figures_that_were_computed_by_hand() {
    let told = [FLOW, IDLENESS, CHANGE, STAGED, RELIABILITY].into_iter().flatten().map(|(metric, _)| *metric);
    let told: BTreeSet<&str> = told.collect();
    let all: BTreeSet<&str> = catalogue().unwrap().iter().map(|d| d.name.as_str()).collect();
    // Two have tests of their own above, and what is told of deployments has them in `tests`.
    let beside = [
        "change_fail_rate",
        "cumulative_flow",
        "deployment_frequency",
        "deployment_rework_rate",
        "failed_deployment_recovery_time",
        "linked_work_items",
    ];
    assert_eq!(all.difference(&told).copied().collect::<BTreeSet<_>>(), BTreeSet::from(beside));
    assert!(told.is_subset(&all));
}

#[tokio::test]
async fn every_column_of_every_view_says_what_it_means() {
    let schemas = SCHEMAS.iter().map(|(schema, _)| *schema).chain([RISKS_SCHEMA]);
    let schemas: Vec<_> = schemas.map(|schema| format!("'{schema}'")).collect();
    let columns = format!("FROM information_schema.columns WHERE table_schema IN ({})", schemas.join(", "));
    let of = async |statement: String| {
        let batches = session(&[]).collect(&statement).await.unwrap();
        arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string()
    };
    let silent = of(format!("SELECT count(*) AS n {columns} AND description = ''")).await;
    assert!(silent.contains("| 0 "), "{silent}");
    let views = of(format!("SELECT count(*) AS n FROM (SELECT DISTINCT table_schema, table_name {columns})")).await;
    // And what surveys published, and the combined risks.
    let all = catalogue().unwrap().len() + 1 + rules().unwrap().len() + 1;
    assert!(views.contains(&format!("| {all} ")), "{views}");
}

#[tokio::test]
async fn a_level_is_told_at_the_ends_of_at_most_800_periods() {
    let mut days = question("work_in_progress", None);
    (days.grain, days.from, days.until) = (Grain::Day, "2024-02-09".parse().unwrap(), "2026-04-20".parse().unwrap());
    let session = session(&work());
    let refused = ask(&session, &days, &super::tests::berlin(), super::tests::now()).await.unwrap_err().to_string();
    assert!(refused.contains("at most 800 periods, and 2024-02-09 to 2026-04-20 has 801"), "{refused}");
    days.from = "2024-02-10".parse().unwrap();
    let group = answer(&session, &days).await.groups.remove(0);
    // 16 April begins this very instant; the three days after it have not begun.
    let last: Vec<_> = group.points.iter().rev().take(5).map(|p| p.figure.value).collect();
    assert_eq!((group.points.len(), last), (800, vec![None, None, None, Some(1.0), Some(1.0)]));
    assert_eq!(group.total.value, Some(1.0));
}
