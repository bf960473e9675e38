//! What is wrong with a lake is found, told by its kind, and repaired where something else holds what was lost.

use super::lake::tenant;
use super::steps::Toy;
use super::support::*;
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use pulse_engine::entities::{core, fact};
use pulse_engine::lake::{Fault, Lake, Options, Progress, References, Repair, Table, TenantLake, When, facts_mark};
use pulse_engine::land::{Page, Payload};
use pulse_engine::row::Row;
use pulse_engine::{Engine, Tenant, TenantId};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A lake in a folder, of which each handle knows nothing of what another has seen.
fn open(folder: &Path) -> Engine {
    let url = url::Url::from_file_path(folder).unwrap();
    Engine::over(Lake::open(url.as_str(), Options::default()).unwrap())
}

fn acme(folder: &Path) -> Tenant {
    open(folder).tenant(&TenantId::new("acme").unwrap())
}

fn memory() -> TenantLake {
    tenant(&Lake::open("memory:///", Options::default()).unwrap())
}

/// The files of a table's newest version, as the disk has them.
async fn files(folder: &Path, table: &Table) -> Vec<PathBuf> {
    let folder = folder.join("tenant=acme").join(table.name());
    table.latest().await.unwrap().unwrap().files().iter().map(|file| folder.join(&file.path)).collect()
}

/// What is wrong, by kind.
async fn faults(table: &Table) -> Vec<(Fault, String)> {
    let found = table.verify().await.unwrap().problems;
    found.into_iter().map(|problem| (problem.fault, problem.reason)).collect()
}

#[tokio::test]
async fn a_file_that_is_not_there_and_one_that_was_cut_are_each_named() {
    let folder = tempfile::tempdir().unwrap();
    let table = repositories(acme(folder.path()).lake());
    for n in 0..3 {
        table.append(&[batch(&[repository(&format!("r{n}"), "x", n)])], &[], When::New).await.unwrap();
    }
    let files = files(folder.path(), &table).await;
    std::fs::remove_file(&files[0]).unwrap();
    let mut bytes = std::fs::read(&files[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    std::fs::write(&files[1], &bytes).unwrap();
    let mut problems: Vec<_> = table.verify().await.unwrap().problems.into_iter().map(|p| p.reason).collect();
    problems.sort();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("the log says") && problems[1].contains("missing"), "{problems:?}");
}

#[tokio::test]
async fn what_was_read_of_a_file_before_hides_nothing_of_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let table = repositories(acme(folder.path()).lake());
    for n in 0..2 {
        table.append(&[batch(&[repository(&format!("r{n}"), "x", n)])], &[], When::New).await.unwrap();
    }
    let whole = told(&table).await;
    let files = files(folder.path(), &table).await;
    std::fs::remove_file(&files[0]).unwrap();
    std::fs::write(&files[1], "cut").unwrap();
    assert_eq!(told(&table).await, whole, "small files are read once");
    let mut faults = faults(&table).await;
    faults.sort_by(|one, other| one.1.cmp(&other.1));
    assert!(faults.iter().all(|(fault, _)| *fault == Fault::Lost), "{faults:?}");
    let reasons: Vec<_> = faults.iter().map(|(_, reason)| reason.as_str()).collect();
    assert!(
        matches!(reasons[..], [cut, "is missing"] if cut.starts_with("is 3 bytes long, the log says ")),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn keys_that_stand_there_more_than_once_are_counted_each_once() {
    let table = repositories(&memory());
    let of = |ids: &[&str]| batch(&ids.iter().map(|id| repository(id, "x", 1)).collect::<Vec<_>>());
    for ids in [&["a", "c"][..], &["b", "d", "a"], &["a", "e", "b"]] {
        table.append(&[of(ids)], &[], When::New).await.unwrap();
    }
    let found = table.verify().await.unwrap();
    assert_eq!((found.files, found.rows), (3, 8));
    let reasons: Vec<_> = found.problems.iter().map(|problem| (problem.fault, problem.reason.as_str())).collect();
    assert_eq!(reasons, [(Fault::Repeated, "2 keys stand there more than once: `a`; `b`")]);
    // Of several columns each counts.
    let stays = tenant(&Lake::open("memory:///", Options::default()).unwrap());
    let stays = stays.table(fact("work_item_stays").unwrap());
    let stay = |item: &str, position: i64| {
        Row::new(stays.entity()).set("work_item_id", item).set("position", position).set("home_id", "h")
    };
    stays.append(&[batch(&[stay("i", 0), stay("i", 1), stay("j", 0)])], &[], When::New).await.unwrap();
    assert!(faults(&stays).await.is_empty());
    stays.append(&[batch(&[stay("i", 1)])], &[], When::New).await.unwrap();
    assert_eq!(faults(&stays).await, [(Fault::Repeated, "1 keys stand there more than once: `i`, `1`".to_owned())]);
}

#[tokio::test]
async fn statistics_that_are_not_so_are_told_and_put_right_without_a_change_of_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = acme(folder.path());
    let table = repositories(tenant.lake());
    table.append(&[batch(&[repository("a", "one", 1), repository("b", "two", 2)])], &[], When::New).await.unwrap();
    let log = folder.path().join("tenant=acme/core/repositories/_delta_log/00000000000000000000.json");
    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let mut entry: Json = serde_json::from_str(line).unwrap();
            if let Some(stats) = entry["add"]["stats"].as_str() {
                let mut stats: Json = serde_json::from_str(stats).unwrap();
                stats["numRecords"] = 3.into();
                stats["maxValues"]["id"] = "a".into();
                entry["add"]["stats"] = stats.to_string().into();
            }
            entry.to_string()
        })
        .collect();
    std::fs::write(&log, lines.join("\n")).unwrap();
    let tenant = acme(folder.path());
    let table = repositories(tenant.lake());
    let found = table.verify().await.unwrap();
    let [problem] = found.problems.as_slice() else { panic!("{found:?}") };
    assert_eq!(problem.reason, "holds 2 rows, the log says 3; the greatest `id` is b, the log says a");
    let repair = Repair::of(std::slice::from_ref(&found));
    assert!(!repair.replay && !repair.model && repair.let_go.is_empty(), "{repair:?}");
    assert_eq!(table.restate(&repair.restate["core/repositories"]).await.unwrap(), 1);
    assert!(faults(&table).await.is_empty());
    assert_eq!(told(&table).await, ["a=one@1", "b=two@2"]);
    assert_eq!(table.restate(&repair.restate["core/repositories"]).await.unwrap(), 0, "it is another file by now");
}

#[tokio::test]
async fn a_file_that_no_version_names_is_told_once_it_is_a_day_old() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = acme(folder.path());
    let table = repositories(tenant.lake());
    table.append(&[batch(&[repository("a", "one", 1)])], &[], When::New).await.unwrap();
    // What left the table is named by the version before.
    table.upsert(&batch(&[repository("a", "two", 2)]), &[], When::New).await.unwrap();
    let stray = folder.path().join("tenant=acme/core/repositories/part-stray.zstd.parquet");
    std::fs::write(&stray, "stray").unwrap();
    assert_eq!(table.verify().await.unwrap().orphans, []);
    #[expect(clippy::disallowed_methods, reason = "a file's age is told by the machine's clock")]
    let long_ago = SystemTime::now() - Duration::from_secs(25 * 3600);
    for entry in std::fs::read_dir(stray.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_file() {
            std::fs::File::options().write(true).open(entry).unwrap().set_modified(long_ago).unwrap();
        }
    }
    let found = table.verify().await.unwrap();
    assert_eq!(found.problems, [], "it does no harm");
    let [orphan] = found.orphans.as_slice() else { panic!("{found:?}") };
    assert_eq!((orphan.file.as_str(), orphan.bytes), ("part-stray.zstd.parquet", 5));
    assert_eq!(Repair::of(&[found]).vacuum, ["core/repositories"]);
    assert_eq!(table.vacuum(24, false).await.unwrap().files, ["part-stray.zstd.parquet"]);
}

#[tokio::test]
async fn a_file_that_readers_are_on_is_looked_at_though_a_later_version_has_it_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = acme(folder.path());
    let (changes, anchor) =
        (tenant.lake().table(fact("changes").unwrap()), tenant.lake().table(fact("deployments").unwrap()));
    let row = |table: &Table| batch(&[Row::new(table.entity()).set("id", "x")]);
    changes.append(&[row(&changes)], &[], When::New).await.unwrap();
    anchor.append(&[row(&anchor)], &[Progress::new(facts_mark("changes"), 0)], When::New).await.unwrap();
    let read = files(folder.path(), &changes).await;
    // A run that was killed before it committed the anchor.
    changes.replace(&[], None, &[], When::Changed).await.unwrap();
    assert!(faults(&changes).await.is_empty());
    std::fs::remove_file(&read[0]).unwrap();
    assert_eq!(faults(&changes).await, [(Fault::Lost, "is missing".to_owned())]);
}

fn payload(key: &str, body: &str) -> Payload {
    Payload { stream: "things".into(), key: key.into(), observed_at: 7, body: body.into() }
}

#[tokio::test]
async fn rows_of_core_that_were_lost_are_made_again_of_raw() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = acme(folder.path());
    for (key, name) in [("1", "one"), ("2", "two"), ("3", "three")] {
        let payloads = vec![payload(key, &format!("{{\"name\":\"{name}\"}}"))];
        tenant.land("toy", "toy:a", Page { payloads, ..Page::default() }).await.unwrap();
        tenant.map(&Toy, false).await.unwrap();
    }
    let table = repositories(tenant.lake());
    let before = told(&table).await;
    assert_eq!(before, ["toy:a:1=one@7", "toy:a:2=two@7", "toy:a:3=three@7"]);
    let whole = tenant.lake().origins(None).await.unwrap();
    let seen: Vec<&str> = whole.iter().filter(|of| of.references > 0).map(|of| of.table.as_str()).collect();
    assert!(seen == ["core/repositories", "core/teams"] && whole.iter().all(|of| of.open == 0), "{whole:?}");
    let there = files(folder.path(), &table).await;
    assert_eq!(there.len(), 3);
    std::fs::remove_file(&there[1]).unwrap();
    let found = table.verify().await.unwrap();
    let repair = Repair::of(std::slice::from_ref(&found));
    assert!(repair.replay && repair.model && repair.beyond.is_empty(), "{repair:?}");
    assert_eq!(table.let_go(&repair.let_go["core/repositories"]).await.unwrap(), 1);
    assert_eq!(told(&table).await.len(), 2);
    assert_eq!(table.let_go(&repair.let_go["core/repositories"]).await.unwrap(), 0);
    tenant.map(&Toy, true).await.unwrap();
    assert_eq!(told(&table).await, before);
    assert!(faults(&table).await.is_empty());
}

#[tokio::test]
async fn the_payloads_of_rows_are_looked_up_all_or_some() {
    let tenant = Engine::over(Lake::open("memory:///", Options::default()).unwrap());
    let tenant = tenant.tenant(&TenantId::new("acme").unwrap());
    let payloads = vec![payload("1", "{}"), payload("2", "{}")];
    tenant.land("toy", "toy:a", Page { payloads, ..Page::default() }).await.unwrap();
    tenant.land("toy", "toy:b", Page { payloads: vec![payload("1", "{}")], ..Page::default() }).await.unwrap();
    let raw = tenant.lake().raw("toy").unwrap().latest().await.unwrap().unwrap();
    let mut places = Vec::new();
    for rows in read(&raw, &["batch", "row"]).await {
        let (batches, numbers) = (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<Int64Type>());
        places.extend((0..rows.num_rows()).map(|at| format!("toy/{}/{:08}", batches.value(at), numbers.value(at))));
    }
    assert_eq!(places.len(), 3);
    let gone = places[0].replace("/0000000", "/9000000");
    let rows: Vec<Row> = places
        .iter()
        .chain([&gone, &"else/x/00000000".to_owned()])
        .enumerate()
        .map(|(n, place)| repository(&format!("r{n}"), "x", 1).set("raw", place.as_str()))
        .collect();
    repositories(tenant.lake()).append(&[batch(&rows)], &[], When::New).await.unwrap();
    let expected = [References {
        table: "core/repositories".into(),
        column: "raw".into(),
        to: "raw".into(),
        references: 5,
        open: 2,
        example: Some("else/x/00000000".into()),
    }];
    assert_eq!(tenant.lake().origins(None).await.unwrap(), expected);
    assert_eq!(tenant.lake().origins(Some(5)).await.unwrap(), expected, "a sample that is all");
    let some = tenant.lake().origins(Some(2)).await.unwrap();
    assert_eq!(some[0].references, 2);
    assert_eq!(some, tenant.lake().origins(Some(2)).await.unwrap(), "the same each time");
}

#[tokio::test]
async fn what_columns_hold_the_id_of_is_counted_where_it_is_not_there() {
    let lake = memory();
    repositories(&lake).append(&[batch(&[repository("r1", "one", 1)])], &[], When::New).await.unwrap();
    let commits = lake.table(core("commits").unwrap());
    let commit = |id: &str, repository: Option<&str>| {
        let row = Row::new(commits.entity()).set("id", id);
        row.set("repository_id", repository.map(str::to_owned))
    };
    let rows = [commit("1", Some("r1")), commit("2", Some("r9")), commit("3", None), commit("4", Some("r0"))];
    commits.append(&[batch(&rows)], &[], When::New).await.unwrap();
    let teams = lake.table(core("team_members").unwrap());
    let member = Row::new(teams.entity()).set("id", "m").set("team_id", "t1").set("member_id", "p");
    teams.append(&[batch(&[member])], &[], When::New).await.unwrap();
    let told = |table: &str, column: &str, to: &str, references, open, example: &str| References {
        table: table.into(),
        column: column.into(),
        to: to.into(),
        references,
        open,
        example: Some(example.into()),
    };
    let expected = [
        told("core/commits", "repository_id", "core/repositories", 3, 2, "r0"),
        told("core/team_members", "team_id", "core/teams", 1, 1, "t1"),
    ];
    assert_eq!(lake.references().await.unwrap(), expected);
}
