//! What each row lacks that is not linked, mapped or attributed.

use super::golden_facts::facts;
use super::tests::session;
use super::*;
use crate::session::Session;
use crate::session::values::pairs;

const CHANGES: &str = "
    id project_id team_id lead_seconds excluded
    c1 p1         t1      3600         -
    c2 p1         -       -            baseline
    c3 -          -       -            not_deployed
    c4 -          t1      -            -";

const PULL_REQUESTS: &str = "
    id state  work_item_keys
    p1 merged A-1
    p2 merged -";

const ITEMS: &str = "
    id key level class        project_id team_id is_done excluded
    i1 A-1 item  feature      p1         t1      yes     -
    i2 A-2 item  unclassified p1         -       yes     -
    i3 A-3 item  defect       -          -       no      unmapped_status
    i4 A-4 epic  feature      -          t1      no      epic";

const INCIDENTS: &str = "
    id project_id team_id deployment_id link_rule link_reason
    n1 p1         t1      d1            sha       named
    n2 p1         -       -             -         nothing_was_deployed
    n3 -          -       -             -         -";

fn known() -> Session {
    let rows = [
        facts("facts/changes", CHANGES),
        facts("facts/pull_requests", PULL_REQUESTS),
        facts("facts/work_items", ITEMS),
        facts("facts/incidents", INCIDENTS),
    ];
    session(&rows.concat())
}

#[tokio::test]
async fn what_is_not_known_says_what_it_lacks() {
    let session = known();
    for (metric, expected) in [
        ("traced_changes", "c1 -, c2 baseline, c3 not deployed, c4 no lead time"),
        ("attributed_changes", "c1 -, c2 no owner, c3 no project, c4 -"),
        ("linked_changes", "p1 -, p2 no work item"),
        ("mapped_work_items", "i1 -, i2 -, i3 unmapped status, i4 -"),
        ("classified_work_items", "i1 -, i2 unclassified, i3 -"),
        ("linked_work_items", "i1 -, i2 no code, i3 no code"),
        ("attributed_work_items", "i1 -, i2 no owner, i3 no project, i4 -"),
        ("linked_incidents", "n1 -, n2 nothing was deployed, n3 no deployment"),
        ("attributed_incidents", "n1 -, n2 no owner, n3 no project"),
    ] {
        let statement = format!("SELECT subject_id, COALESCE(lacks, '-') FROM quality.{metric} ORDER BY subject_id");
        let told = pairs(&session, &statement).await.unwrap();
        let told: Vec<String> = told.iter().map(|(id, lacks)| format!("{id} {lacks}")).collect();
        assert_eq!(told.join(", "), expected, "{metric}");
    }
}

#[tokio::test]
async fn every_row_of_coverage_is_known_or_left_out_or_lacks_something() {
    let session = known();
    for metric in catalogue().unwrap().iter().filter(|metric| metric.schema == "quality") {
        let wrong = format!(
            "SELECT subject_id, 'x' FROM quality.{} WHERE excluded IS NULL AND (numerator = 1) <> (lacks IS NULL)",
            metric.name
        );
        let wrong = pairs(&session, &wrong).await.unwrap();
        assert!(wrong.is_empty(), "{}: {wrong:?}", metric.name);
    }
}
