//! A few rows of a large file change: the file stays, and its deletion vector says which of its rows are gone.

use super::lake::{memory, tenant};
use super::support::*;
use arrow::array::RecordBatch;
use pulse_engine::lake::{Committed, Fault, Lake, Options, Repair, Scope, Snapshot, Table, When};
use pulse_engine::row::{Row, Value};
use pulse_engine::{Clock, Engine, TenantId};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;

/// Files of 64 rows, of which those of 8 and more get vectors.
fn masking() -> Options {
    Options { file_rows: 64, masked_rows: 8, checkpoint_interval: 5, ..Options::default() }
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("r{n:02}")).collect()
}

async fn filled(table: &Table, rows: usize) {
    let rows: Vec<Row> = ids(0..rows).iter().map(|id| repository(id, "x", 1)).collect();
    table.append(&[batch(&rows)], &[], When::New).await.unwrap();
}

async fn paths(table: &Table) -> BTreeSet<String> {
    table.latest().await.unwrap().unwrap().files().iter().map(|file| file.path.clone()).collect()
}

#[tokio::test]
async fn the_file_stays_and_what_changed_stands_beside_it() {
    let lake = memory(masking());
    let table = repositories(&lake);
    filled(&table, 40).await;
    let before = paths(&table).await;
    let gone = Row::new(table.entity()).set("id", "r39").set("deleted_at", Value::Time(5));
    let changed = [repository("r03", "y", 2), repository("r20", "y", 2), repository("r50", "new", 2), gone];
    let with_old: Vec<Row> = changed.into_iter().chain([repository("r10", "old", 0)]).collect();
    assert!(table.upsert(&batch(&with_old), &[], When::Changed).await.unwrap().changed());
    let now = table.latest().await.unwrap().unwrap();
    let rows: Vec<_> = now.files().iter().map(|file| (before.contains(&file.path), file.rows)).collect();
    // r10 did not change, and is not written again.
    assert_eq!(BTreeSet::from_iter(rows), BTreeSet::from([(true, Some(37)), (false, Some(4))]));
    assert_eq!(now.rows(), Some(41));
    let all = told(&table).await;
    assert_eq!(all.len(), 41);
    let of = |id: &str| all.iter().filter(|row| row.starts_with(id)).cloned().collect::<Vec<_>>();
    assert_eq!([of("r03"), of("r10"), of("r20"), of("r50")].concat(), ["r03=y@2", "r10=x@1", "r20=y@2", "r50=new@2"]);
    assert_eq!(of("r39").len(), 1);
    assert_eq!(table.upsert(&batch(&with_old), &[], When::Changed).await.unwrap(), Committed::Nothing);
    assert_eq!(table.verify().await.unwrap().problems, []);
    assert_eq!(table.verify().await.unwrap().rows, 41);
    // The old version is what it was.
    let old = read(&table.at(0).await.unwrap(), &["id"]).await;
    assert_eq!(old.iter().map(|batch| batch.num_rows()).sum::<usize>(), 40);
    // A row that changed again goes from the file that it was written to.
    table.upsert(&batch(&[repository("r03", "z", 3), repository("r04", "z", 3)]), &[], When::Changed).await.unwrap();
    let again = told(&table).await;
    assert!(again.contains(&"r03=z@3".to_owned()) && again.contains(&"r04=z@3".to_owned()));
    assert_eq!(again.len(), 41);
}

#[tokio::test]
async fn what_old_rows_said_is_not_read_where_new_ones_take_their_place() {
    let lake = Lake::open("memory:///", masking()).unwrap();
    let table = repositories(&tenant(&lake));
    // Names of 200 kB each, which cannot be packed into much less than half of that.
    let mut state = 1_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    };
    let mut named = |id: &str| {
        let name: String = (0..12_500).map(|_| word()).collect();
        repository(id, &name, 1).set("raw", "test/1")
    };
    let rows: Vec<Row> = ids(0..40).iter().map(|id| named(id)).collect();
    table.append(&[batch(&rows)], &[], When::New).await.unwrap();
    let before = table.latest().await.unwrap().unwrap();
    let (bytes, asked) = (before.files()[0].bytes, lake.costs().bytes_read);
    let changed: Vec<Row> = ids(0..40).iter().step_by(4).map(|id| repository(id, "y", 2)).collect();
    table.upsert(&batch(&changed), &[], When::Changed).await.unwrap();
    let read = lake.costs().bytes_read - asked;
    assert!(read < bytes / 2, "{read} of {bytes}");
    let now = table.latest().await.unwrap().unwrap();
    assert_eq!((now.files().len(), now.rows()), (2, Some(40)));
    assert_eq!(told(&table).await.iter().filter(|row| row.ends_with("=y@2")).count(), 10);
}

#[tokio::test]
async fn questions_see_no_row_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path()).unwrap();
    let engine = Engine::over(Lake::open(url.as_str(), masking()).unwrap());
    let acme = engine.tenant(&TenantId::new("acme").unwrap());
    acme.lake().raw("push").unwrap().append(&[], &[], When::On(None)).await.unwrap();
    let table = repositories(acme.lake());
    filled(&table, 40).await;
    let changed: Vec<Row> = ["r00", "r01", "r39"].map(|id| repository(id, "a", 2)).into();
    table.upsert(&batch(&changed), &[], When::Changed).await.unwrap();
    let asked = async |sql: &str| {
        let rows = acme.sql(sql).await.unwrap();
        arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string()
    };
    let one = |told: String| told.lines().nth(3).unwrap().replace(['|', ' '], "");
    assert_eq!(one(asked("SELECT count(*) FROM core.repositories").await), "40");
    assert_eq!(one(asked("SELECT count(*) FROM core.repositories WHERE name = 'x'").await), "37");
    // The file's own bounds still say that its least is r00.
    assert_eq!(one(asked("SELECT min(id) FROM core.repositories WHERE name = 'x'").await), "r02");
    assert_eq!(one(asked("SELECT max(name) FROM core.repositories").await), "x");
    assert_eq!(one(asked("SELECT count(*) FROM (SELECT id FROM core.repositories LIMIT 38)").await), "38");
    let limited = "SELECT count(*) FROM (SELECT id FROM core.repositories WHERE name >= 'a' LIMIT 39)";
    assert_eq!(one(asked(limited).await), "39");
    let first = asked("SELECT id, name FROM core.repositories ORDER BY id LIMIT 3").await;
    assert!(first.contains("r00 | a") && first.contains("r01 | a") && first.contains("r02 | x"), "{first}");
    // Another process reads the log from its beginning, or from a checkpoint.
    for n in 0..12 {
        table.upsert(&batch(&[repository(&format!("r{:02}", n + 5), "b", 3)]), &[], When::Changed).await.unwrap();
    }
    let other = Engine::over(Lake::open(url.as_str(), masking()).unwrap());
    let other = other.tenant(&TenantId::new("acme").unwrap());
    assert_eq!(told(&repositories(other.lake())).await, told(&table).await);
    let rows = other.sql("SELECT count(*) FROM core.repositories WHERE name = 'b'").await.unwrap();
    assert_eq!(one(arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string()), "12");
}

#[tokio::test]
async fn a_file_of_which_much_changes_is_written_again() {
    let table = repositories(&memory(masking()));
    filled(&table, 40).await;
    let before = paths(&table).await;
    // A quarter of it may be gone.
    for (some, stays) in [(0..10, true), (10..11, false)] {
        let rows: Vec<Row> = ids(some).iter().map(|id| repository(id, "y", 2)).collect();
        table.upsert(&batch(&rows), &[], When::Changed).await.unwrap();
        assert_eq!(paths(&table).await.is_superset(&before), stays);
    }
    let all = told(&table).await;
    assert_eq!((all.len(), all.iter().filter(|row| row.ends_with("=y@2")).count()), (40, 11));
    // Small ones always are.
    let small = repositories(&memory(masking()));
    filled(&small, 7).await;
    let before = paths(&small).await;
    small.upsert(&batch(&[repository("r03", "y", 2)]), &[], When::Changed).await.unwrap();
    assert!(paths(&small).await.is_disjoint(&before));
}

#[tokio::test]
async fn rows_go_from_their_places_whether_all_of_their_file_was_looked_at_or_some_pages() {
    // A page holds 20,000 rows, and by the least and greatest id that is looked for some pages are passed over.
    let table = repositories(&memory(Options { file_rows: 1 << 16, ..masking() }));
    let rows: Vec<Row> = (0..41_000).map(|n| repository(&format!("r{n:05}"), "x", 1)).collect();
    table.append(&[batch(&rows)], &[], When::New).await.unwrap();
    let before = paths(&table).await;
    for (changed, name, at) in [(["r30000", "r30001"], "y", 2), (["r00007", "r40999"], "z", 3)] {
        let rows = changed.map(|id| repository(id, name, at));
        table.upsert(&batch(&rows), &[], When::Changed).await.unwrap();
        assert!(paths(&table).await.is_superset(&before));
        let all = told(&table).await;
        assert_eq!(all.len(), 41_000);
        let named: Vec<&str> =
            all.iter().filter(|row| row.contains(&format!("={name}@"))).map(|row| &row[..6]).collect();
        assert_eq!(named, changed);
    }
}

#[tokio::test]
async fn a_replacement_of_a_few_rows_takes_them_out_of_their_files() {
    let table = repositories(&memory(masking()));
    let named = |n: usize, name: &str| repository(&format!("r{n:02}"), name, 1);
    let old: Vec<Row> = (0..40).map(|n| named(n, if n % 8 == 3 { "x" } else { "y" })).collect();
    table.append(&[batch(&old)], &[], When::New).await.unwrap();
    let before = paths(&table).await;
    let scope = Scope { column: "name", values: vec!["x".into()] };
    let new = [batch(&[named(3, "x"), named(77, "x")])];
    assert!(table.replace(&new, Some(&scope), &[], When::Changed).await.unwrap().changed());
    assert!(paths(&table).await.is_superset(&before));
    let all = told(&table).await;
    assert_eq!(all.len(), 37);
    assert_eq!(all.iter().filter(|row| row.contains("=x@")).cloned().collect::<Vec<_>>(), ["r03=x@1", "r77=x@1"]);
    assert_eq!(table.replace(&new, Some(&scope), &[], When::Changed).await.unwrap(), Committed::Nothing);
    assert_eq!(table.verify().await.unwrap().problems, []);
}

#[tokio::test]
async fn what_is_new_since_a_version_is_no_file_that_only_lost_rows() {
    let table = repositories(&memory(masking()));
    filled(&table, 40).await;
    table.upsert(&batch(&[repository("r03", "y", 2)]), &[], When::Changed).await.unwrap();
    let now = table.latest().await.unwrap().unwrap();
    let fresh = now.files_since(0).await.unwrap().unwrap();
    assert_eq!(fresh.iter().map(|file| file.rows).collect::<Vec<_>>(), [Some(1)]);
}

#[tokio::test]
async fn rows_of_large_and_small_files_are_replaced_by_as_many_by_fewer_and_by_more() {
    let table = repositories(&memory(masking()));
    let named = |id: &str, name: &str| repository(id, name, 1);
    let old: Vec<Row> =
        ids(0..40).iter().map(|id| named(id, if ["r03", "r20"].contains(&id.as_str()) { "x" } else { "y" })).collect();
    table.append(&[batch(&old)], &[], When::New).await.unwrap();
    table.append(&[batch(&[named("r50", "x")])], &[], When::New).await.unwrap();
    let scope = Scope { column: "name", values: vec!["x".into()] };
    let cases: [(&[&str], bool); 6] = [
        (&["r03", "r20", "r50"], false),
        // What the small file holds, without what the large one does.
        (&["r50"], true),
        (&["r50"], false),
        (&["r50", "r51"], true),
        (&["r60", "r61"], true),
        (&[], true),
    ];
    for (new, changes) in cases {
        let rows: Vec<RecordBatch> = new.iter().map(|id| batch(&[named(id, "x")])).collect();
        assert_eq!(table.replace(&rows, Some(&scope), &[], When::Changed).await.unwrap().changed(), changes, "{new:?}");
        let all = told(&table).await;
        let now: Vec<&str> = all.iter().filter(|row| row.contains("=x@")).map(|row| &row[..3]).collect();
        assert_eq!((now.as_slice(), all.len()), (new, 38 + new.len()));
    }
    assert_eq!(table.verify().await.unwrap().problems, []);
}

/// Changes the entries of a table's newest commits, from a version on.
async fn tampered(folder: &Path, table: &Table, from: u64, change: impl Fn(&mut Json)) {
    for version in from..=table.latest().await.unwrap().unwrap().version() {
        let log = folder.join(format!("tenant=acme/{}/_delta_log/{version:020}.json", table.name()));
        let text = std::fs::read_to_string(&log).unwrap();
        let lines = text.lines().map(|line| {
            let mut entry: Json = serde_json::from_str(line).unwrap();
            change(&mut entry);
            entry.to_string()
        });
        std::fs::write(&log, lines.collect::<Vec<_>>().join("\n")).unwrap();
    }
}

#[tokio::test]
async fn a_masked_file_that_holds_another_number_of_rows_than_the_log_says_is_told_and_put_right() {
    // The row at place 3 is gone: of a file of three rows the vector would name one that is not there.
    let cases = [
        (Some(41), "holds 40 rows, the log says 41"),
        (Some(3), "holds 40 rows, the log says 3"),
        (None, "the log does not say how many rows"),
    ];
    for (said, reason) in cases {
        let folder = tempfile::tempdir().unwrap();
        let url = url::Url::from_file_path(folder.path()).unwrap();
        let open = || tenant(&Lake::open(url.as_str(), masking()).unwrap());
        let table = repositories(&open());
        filled(&table, 40).await;
        table.upsert(&batch(&[repository("r03", "y", 2)]), &[], When::Changed).await.unwrap();
        tampered(folder.path(), &table, 1, |entry| {
            if entry["add"]["deletionVector"].is_object() {
                let mut stats: Json = serde_json::from_str(entry["add"]["stats"].as_str().unwrap()).unwrap();
                assert_eq!(stats["numRecords"], 40);
                stats["numRecords"] = said.map_or(Json::Null, Json::from);
                entry["add"]["stats"] = stats.to_string().into();
            }
        })
        .await;
        let table = repositories(&open());
        if said != Some(41) {
            let now = table.latest().await.unwrap().unwrap();
            let refused = now.read(Some(&["id"]), None, &[]).await.err().unwrap().to_string();
            assert!(refused.contains("run `pulse lake verify`"), "{refused}");
        }
        let found = table.verify().await.unwrap();
        let [problem] = found.problems.as_slice() else { panic!("{found:?}") };
        assert!(problem.fault == Fault::Statistics && problem.reason.contains(reason), "{problem:?}");
        assert_eq!(found.rows, 40);
        let repair = Repair::of(std::slice::from_ref(&found));
        assert_eq!(table.restate(&repair.restate["core/repositories"]).await.unwrap(), 1);
        assert_eq!(table.verify().await.unwrap().problems, []);
        let all = told(&table).await;
        assert_eq!(all.len(), 40);
        assert!(all.contains(&"r03=y@2".to_owned()) && !all.contains(&"r03=x@1".to_owned()));
    }
}

#[tokio::test]
async fn a_vector_that_cannot_be_read_is_a_fault_of_the_log_while_its_file_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path()).unwrap();
    let open = || tenant(&Lake::open(url.as_str(), masking()).unwrap());
    let table = repositories(&open());
    filled(&table, 40).await;
    let file = folder.path().join("tenant=acme/core/repositories").join(paths(&table).await.pop_first().unwrap());
    table.upsert(&batch(&[repository("r03", "y", 2)]), &[], When::Changed).await.unwrap();
    tampered(folder.path(), &table, 1, |entry| {
        if entry["add"]["deletionVector"].is_object() {
            entry["add"]["deletionVector"]["cardinality"] = 2.into();
        }
    })
    .await;
    let faults = async || {
        let found = repositories(&open()).verify().await.unwrap();
        found.problems.into_iter().map(|problem| problem.fault).collect::<Vec<_>>()
    };
    assert_eq!(faults().await, [Fault::Log]);
    std::fs::remove_file(file).unwrap();
    assert_eq!(faults().await, [Fault::Lost]);
}

/// A table of files of few rows, opened at an instant.
fn at(folder: &Path, now: i64) -> Table {
    let url = url::Url::from_file_path(folder).unwrap();
    let options = Options { clock: Clock::Fixed(now), file_rows: 128, ..masking() };
    repositories(&tenant(&Lake::open(url.as_str(), options).unwrap()))
}

#[tokio::test]
async fn what_a_compaction_moved_is_no_change_until_some_of_it_is_changed() {
    let week = 7 * 24 * 3600 * 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    let at = |now| at(folder.path(), now);
    let table = at(1);
    filled(&table, 100).await;
    let filled = table.latest().await.unwrap().unwrap();
    table.upsert(&batch(&[repository("r03", "y", 2)]), &[], When::Changed).await.unwrap();
    let masked = table.latest().await.unwrap().unwrap();
    let table = at(week + 1000);
    assert_eq!(table.compact().await.unwrap().files_before, 2);
    let compacted = table.latest().await.unwrap().unwrap();
    let told = async |since: &Snapshot| {
        let now = table.latest().await.unwrap().unwrap();
        let since = now.since(since.version()).await.unwrap().unwrap();
        let mut came: Vec<_> = since.came.iter().filter_map(|file| file.rows).collect();
        came.sort_unstable();
        (came, since.moved.len())
    };
    assert_eq!(told(&masked).await, (vec![], 2), "nothing is new");
    assert_eq!(told(&filled).await, (vec![100], 0), "the new row is in what came of both");
    table.append(&[batch(&[repository("r998", "z", 3)])], &[], When::New).await.unwrap();
    assert_eq!(told(&masked).await, (vec![1], 2), "what is new stands beside what moved");
    table.upsert(&batch(&[repository("r05", "y", 4)]), &[], When::Changed).await.unwrap();
    assert_eq!(
        told(&masked).await,
        (vec![1, 1, 99], 0),
        "some of what moved is changed, so all of it is to be looked at"
    );
    assert_eq!(told(&compacted).await, (vec![1, 1], 0));
}

#[tokio::test]
async fn rows_that_are_gone_leave_the_store_by_compaction_and_vacuum() {
    // A week passes between the files and the compaction; all of it is long past for the vacuum.
    let week = 7 * 24 * 3600 * 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path()).unwrap();
    let at = |now: i64| {
        tenant(&Lake::open(url.as_str(), Options { clock: Clock::Fixed(now), file_rows: 128, ..masking() }).unwrap())
    };
    let table = repositories(&at(1));
    filled(&table, 100).await;
    table.upsert(&batch(&[repository("r03", "y", 2)]), &[], When::Changed).await.unwrap();
    let held = paths(&table).await;
    // The file is there and in use, though the log says that it was taken out once.
    assert!(table.vacuum(24, false).await.unwrap().files.is_empty());
    assert_eq!(told(&table).await.len(), 100);
    assert_eq!(repositories(&at(week - 1000)).compact().await.unwrap().files_before, 0, "one row, and not for long");
    let table = repositories(&at(week + 1000));
    assert_eq!(table.compact().await.unwrap().files_before, 2);
    assert!(paths(&table).await.is_disjoint(&held));
    assert_eq!(told(&table).await.len(), 100);
    assert_eq!(table.vacuum(24, false).await.unwrap().files.len(), 2);
    assert_eq!(told(&table).await.len(), 100);
    assert_eq!(table.verify().await.unwrap().problems, []);
}

#[tokio::test]
async fn a_file_that_lost_rows_long_ago_is_kept_for_as_long_as_any_after_it_left_for_good() {
    let week = 7 * 24 * 3600 * 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    let at = |now| at(folder.path(), now);
    let forty_hours_pass = async |table: &Table| {
        tampered(folder.path(), table, 0, |entry| {
            if let Some(at) = entry["commitInfo"]["timestamp"].as_i64() {
                entry["commitInfo"]["timestamp"] = (at - 40 * 3600 * 1000).into();
            }
        })
        .await;
    };
    let table = at(1);
    filled(&table, 100).await;
    table.upsert(&batch(&[repository("r03", "y", 2)]), &[], When::Changed).await.unwrap();
    let masked = table.latest().await.unwrap().unwrap();
    forty_hours_pass(&table).await;
    // What leaves the table now is noted with a day of 1970, as everything that these clocks note.
    let table = at(week + 1000);
    assert_eq!(table.compact().await.unwrap().files_before, 2);
    assert!(table.vacuum(24, false).await.unwrap().files.is_empty(), "it was in use a moment ago");
    assert_eq!(read(&masked, &["id"]).await.iter().map(|batch| batch.num_rows()).sum::<usize>(), 100);
    forty_hours_pass(&table).await;
    assert_eq!(table.vacuum(24, false).await.unwrap().files.len(), 2);
    assert_eq!(told(&table).await.len(), 100);
}

#[tokio::test]
async fn a_file_is_written_again_a_week_after_the_first_of_its_rows_went() {
    let day: i64 = 24 * 3600 * 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path()).unwrap();
    let at = |now: i64| {
        let options = Options { clock: Clock::Fixed(now), file_rows: 1024, ..masking() };
        repositories(&tenant(&Lake::open(url.as_str(), options).unwrap()))
    };
    filled(&at(1), 900).await;
    // The file is three weeks old by then. The log has a checkpoint before the last of its rows goes.
    for n in 21_i64..28 {
        let table = at(n * day);
        let scope = Scope { column: "id", values: vec![format!("r{n}")] };
        assert!(table.replace(&[], Some(&scope), &[], When::Changed).await.unwrap().changed());
        assert_eq!(table.compact().await.unwrap().files_before, 0, "day {n}");
    }
    assert_eq!(at(28 * day - 1000).compact().await.unwrap().files_before, 0);
    let table = at(28 * day);
    assert_eq!(table.compact().await.unwrap().files_before, 1);
    assert_eq!(told(&table).await.len(), 893);
    assert_eq!(table.verify().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_race_for_the_rows_of_one_file_lose_none() {
    let folder = tempfile::tempdir().unwrap();
    let url = url::Url::from_file_path(folder.path()).unwrap();
    let open = || tenant(&Lake::open(url.as_str(), Options { commit_attempts: 100, ..masking() }).unwrap());
    filled(&repositories(&open()), 64).await;
    let mut writers = Vec::new();
    for writer in 0..4 {
        let lake = open();
        writers.push(tokio::spawn(async move {
            for n in 0..4 {
                let rows = [repository(&format!("r{:02}", writer * 16 + n), "y", 2)];
                repositories(&lake).upsert(&batch(&rows), &[], When::Changed).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let table = repositories(&open());
    let all = told(&table).await;
    assert_eq!((all.len(), all.iter().filter(|row| row.ends_with("=y@2")).count()), (64, 16));
    assert_eq!(table.verify().await.unwrap().problems, []);
}
