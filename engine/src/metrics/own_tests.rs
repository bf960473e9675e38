//! Metrics of a tenant's own: what is refused, and that they are asked as all others are.

use super::golden_facts::{facts, told};
use super::tests::{answer, berlin, now, question, tables};
use super::*;
use crate::session::{Limits, Session};
use crate::{Error, Policy, Result};
use arrow::util::pretty::pretty_format_batches;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use std::sync::Arc;

const BIG_ITEMS: &str = "-- name: big_items
-- title: Big items
-- unit: ratio
-- direction: lower
-- kind: ratio
-- description: The share of the items done that
--   have more than five points.
-- formula: items done with more than five points ÷ items done
-- grain: week, month
-- dimensions: project, class
-- minimum_n: 5
-- version: 1
-- source: ours
SELECT
  done_at AS at, repository_id, project_id, team_id, class,
  id AS subject_id,
  -- What nobody estimated is small: so it is said here.
  CASE WHEN points > 5 THEN 1.0 ELSE 0.0 END AS numerator,
  1 AS denominator,
  FALSE AS open,
  excluded
FROM facts.work_items
WHERE is_done
";

const ITEMS: &str = "
    id project_id team_id class   level points done_at     is_done excluded
    a  p1         t1      feature item  8      03-24T08:00 yes     -
    b  p1         t1      defect  item  5      03-24T09:00 yes     -
    c  p2         t2      feature item  -      03-31T09:00 yes     -
    d  p2         t2      feature epic  20     03-31T09:00 yes     epic";

fn session(policy: &Policy, own: Vec<Definition>) -> Session {
    let tables = tables(&facts("facts/work_items", ITEMS));
    let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
    Session::measuring(tables, env, Limits::default(), policy, own.into()).unwrap()
}

async fn checked(name: &str, text: &str) -> Result<Definition> {
    check(&session(&Policy::everything(), Vec::new()), name, text).await
}

async fn refused(text: &str) -> String {
    checked("big_items", text).await.unwrap_err().to_string()
}

#[tokio::test]
async fn it_is_asked_as_those_of_the_catalogue_are() {
    let definition = checked("big_items", BIG_ITEMS).await.unwrap();
    assert_eq!((definition.view().as_str(), definition.minimum_n), ("own.big_items", 5));
    assert_eq!(definition.description, "The share of the items done that have more than five points.");
    let session = session(&Policy::everything(), vec![definition]);
    let whole = answer(&session, &question("big_items", None)).await;
    // a is big and b is not; c has no points, and d is an epic.
    assert_eq!(told(&whole.groups[0]), "0.5 2/0/0 | 0 1/0/1 | - 0/0/0 | - 0/0/0 = 0.3333333333333333 3/0/1");
    let by = answer(&session, &question("big_items", Some(Dimension::Class))).await;
    assert_eq!(
        by.groups.iter().map(|g| (g.key.as_deref(), g.total.value)).collect::<Vec<_>>(),
        [(Some("defect"), Some(0.0)), (Some("feature"), Some(0.5))]
    );
    let by_team = ask(&session, &question("big_items", Some(Dimension::Team)), &berlin(), now()).await.unwrap_err();
    assert!(by_team.to_string().contains("it can by: project, class"), "{by_team}");
    let rows = session.collect("SELECT subject_id, numerator FROM own.big_items ORDER BY subject_id").await.unwrap();
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 4);
    let columns = "SELECT column_name, description FROM information_schema.columns WHERE table_schema = 'own'";
    let columns = pretty_format_batches(&session.collect(columns).await.unwrap()).unwrap().to_string();
    assert!(columns.contains("| numerator     | its part of what is divided "), "{columns}");
}

#[tokio::test]
async fn its_version_is_counted_by_whoever_keeps_it_and_need_not_stand_in_its_header() {
    let version = async |text: &str| checked("big_items", text).await.map(|definition| definition.version);
    assert_eq!(version(&BIG_ITEMS.replace("-- version: 1\n", "")).await.unwrap(), 1);
    assert_eq!(version(&BIG_ITEMS.replace("version: 1", "version: 7")).await.unwrap(), 7);
    let wrong = version(&BIG_ITEMS.replace("version: 1", "version: first")).await.unwrap_err().to_string();
    assert!(wrong.contains("line 12: version: "), "{wrong}");
}

#[tokio::test]
async fn a_row_policy_holds_for_it() {
    let definition = checked("big_items", BIG_ITEMS).await.unwrap();
    let session = session(&Policy::only([], ["p2"]), vec![definition]);
    let theirs = answer(&session, &question("big_items", None)).await;
    assert_eq!(told(&theirs.groups[0]), "- 0/0/0 | 0 1/0/1 | - 0/0/0 | - 0/0/0 = 0 1/0/1");
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_line() {
    for (from, to, why) in [
        ("name: big_items", "name: other", "line 1: name: it is `other`, and should be `big_items`"),
        ("-- title: Big items\n", "", "its header has no `title`"),
        ("kind: ratio", "kind: sum", "line 5: kind: `sum` is not a kind; there are: percentile"),
        ("direction: lower", "direction: down", "line 4: direction: `down` is not a direction"),
        ("grain: week", "grain: year", "line 9: grain: "),
        ("dimensions: project", "dimensions: person", "line 10: dimensions: "),
        ("dimensions: project", "dimensions: label", "line 10: dimensions: one thing may have several labels"),
        ("minimum_n: 5", "minimum_n: some", "line 11: minimum_n: "),
        ("minimum_n: 5", "minimum_n: -1", "below 0"),
        ("source: ours", "sauce: ours", "its header has no `source`"),
        ("source: ours", "source: ours\n-- owner: me", "line 14: owner: the header has no such field"),
        ("points > 5", "size > 5", "line 18: there is no column `size` here"),
        ("WHERE is_done", "WHERE WHERE is_done", "line 23: "),
        ("facts.work_items", "facts.nothing", "there is no table or view `facts.nothing`"),
        ("facts.work_items", "flow.throughput", "there is no table or view `flow.throughput`"),
        ("  1 AS denominator,\n", "", "no column `denominator` (at, repository_id"),
        (
            "  1 AS denominator",
            "  'x' AS denominator",
            "`denominator` as Utf8, where `denominator` should be a DOUBLE or",
        ),
        ("team_id, class,", "team_id,", "no column `class`"),
        ("team_id, class,", "team_id, class, TRUE AS counted,", "returns `counted`, which Pulse itself gives"),
        ("FALSE AS open", "0 AS open", "should be true or false"),
        ("done_at AS at", "CAST(done_at AS DATE) AS at", "`at` as Date32"),
    ] {
        assert!(BIG_ITEMS.contains(from), "{from}");
        let told = refused(&BIG_ITEMS.replace(from, to)).await;
        assert!(told.contains(why), "{to}: {told}");
    }
    let header: String = BIG_ITEMS.lines().filter(|line| line.starts_with("--")).map(|l| format!("{l}\n")).collect();
    assert!(refused(&header).await.contains("no statement stands below its header"));
    let writes = refused(&format!("{header}DROP TABLE facts.work_items")).await;
    assert!(writes.contains("a session only reads"), "{writes}");
    let two = refused(&format!("{BIG_ITEMS};\nSELECT 1")).await;
    assert!(two.contains("a single statement"), "{two}");
    let long = refused(&format!("{BIG_ITEMS}{}", " ".repeat(MOST_BYTES))).await;
    assert!(long.contains("at most 16384 are kept"), "{long}");
}

#[tokio::test]
async fn names_are_plain_and_no_built_in_ones() {
    for (name, why) in [
        ("", "begins with a letter"),
        ("Big", "begins with a letter"),
        ("a-b", "begins with a letter"),
        ("1a", "begins with a letter"),
        ("own", "taken by Pulse"),
        ("cycle_time", "taken by Pulse"),
        ("change_lead_time", "taken by Pulse"),
    ] {
        let refused = own(name, &BIG_ITEMS.replace("big_items", name)).unwrap_err();
        assert!(matches!(&refused, Error::Setting(told) if told.contains(why)), "{name}: {refused}");
    }
    assert!(own(&"a".repeat(64), BIG_ITEMS).is_err());
}

#[tokio::test]
async fn what_it_is_planned_as_has_a_bound_and_so_has_naming_it() {
    let many = |n: usize| {
        let more = " UNION ALL SELECT done_at, '', '', '', '', id, 1.0, 1, FALSE, '' FROM facts.work_items".repeat(n);
        BIG_ITEMS.replace("WHERE is_done", &format!("WHERE is_done{more}"))
    };
    checked("big_items", &many(9)).await.unwrap();
    let told = refused(&many(10)).await;
    assert!(told.contains("has 22 tables and SELECTs") && told.contains("at most 20"), "{told}");
    let session = session(&Policy::everything(), vec![checked("big_items", BIG_ITEMS).await.unwrap()]);
    let named = |n: usize| ["SELECT count(*) AS n FROM own.big_items"].repeat(n).join(" UNION ALL ");
    session.collect(&named(40)).await.unwrap();
    for text in [named(60), named(60).replace("own.", "pulse.\"own\".")] {
        let told = session.collect(&text).await.unwrap_err().to_string();
        assert!(told.contains("more than 1000 tables and SELECTs"), "{told}");
    }
}

#[tokio::test]
async fn one_that_cannot_be_planned_any_more_takes_no_other_with_it() {
    let mut gone = checked("big_items", BIG_ITEMS).await.unwrap();
    gone.name = "gone".into();
    gone.sql = "SELECT id AS subject_id FROM facts.gone".into();
    let whole = checked("big_items", BIG_ITEMS).await.unwrap();
    let session = session(&Policy::everything(), vec![gone, whole]);
    let columns = "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'own'";
    let listed = pretty_format_batches(&session.collect(columns).await.unwrap()).unwrap().to_string();
    assert!(listed.contains("big_items") && !listed.contains("gone"), "{listed}");
    assert!(session.collect("SELECT * FROM own.gone").await.is_err());
    session.collect("SELECT * FROM own.big_items").await.unwrap();
}
