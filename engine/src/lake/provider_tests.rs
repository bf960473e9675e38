//! What the query engine is told about a table, and what it makes of it.

use super::{Lake, LakeTable, Options, Scope, Table, TenantLake, When};
use crate::entities;
use crate::row::{self, Row, Value};
use crate::{Result, TenantId};
use arrow::array::{Array as _, AsArray as _};
use datafusion::catalog::TableProvider as _;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties as _, collect, displayable};
use datafusion::prelude::SessionContext;
use datafusion_proto::physical_plan::{AsExecutionPlan as _, DefaultPhysicalExtensionCodec};
use datafusion_proto::protobuf::PhysicalPlanNode;
use std::sync::Arc;

fn lake() -> Result<TenantLake> {
    Ok(Lake::open("memory:///", Options { file_rows: 3, ..Options::default() })?.tenant(&TenantId::new("acme")?))
}

fn commit(n: i64) -> Row {
    Row::new(entities::core("commits").unwrap())
        .set("id", format!("git:a:{n:03}"))
        .set("repository_id", format!("git:a:r{}", n / 3))
        .set("sha", format!("{n:03}"))
        .set("committed_at", Value::Time(n * 1_000_000))
}

async fn twelve_commits() -> Table {
    let table = lake().unwrap().table(entities::core("commits").unwrap());
    let rows: Vec<Row> = (0..12).rev().map(commit).collect();
    table.append(&[row::batch(table.entity(), &rows).unwrap()], &[], When::New).await.unwrap();
    table
}

async fn plan(table: &Table, filters: &[Expr]) -> Arc<dyn ExecutionPlan> {
    let snapshot = table.latest().await.unwrap().unwrap();
    let provider = LakeTable::new(snapshot, None);
    provider.scan(table.lake().state(), None, filters, None).await.unwrap()
}

fn files(plan: &dyn ExecutionPlan) -> usize {
    displayable(plan).indent(true).to_string().matches(".parquet").count()
}

#[tokio::test]
async fn files_that_cannot_match_are_not_read() {
    let table = twelve_commits().await;
    assert_eq!(files(plan(&table, &[]).await.as_ref()), 4);
    assert_eq!(files(plan(&table, &[col("repository_id").eq(lit("git:a:r2"))]).await.as_ref()), 1);
    assert_eq!(files(plan(&table, &[col("sha").gt_eq(lit("009"))]).await.as_ref()), 1);
    assert_eq!(files(plan(&table, &[col("sha").eq(lit("nothing"))]).await.as_ref()), 0);
}

#[tokio::test]
async fn about_how_many_rows_there_are_is_told_so_that_a_join_holds_its_smaller_side() {
    let table = twelve_commits().await;
    for (filters, rows) in [(vec![], 12), (vec![col("repository_id").eq(lit("git:a:r2"))], 3)] {
        let plan = plan(&table, &filters).await;
        let told = displayable(plan.as_ref()).set_show_statistics(true).indent(true).to_string();
        assert!(told.contains(&format!("Rows=Inexact({rows})")), "{told}");
    }
    let context = SessionContext::new_with_state(table.lake().state().clone());
    context.register_table("commits", Arc::new(LakeTable::new(table.latest().await.unwrap().unwrap(), None))).unwrap();
    let joined =
        context.sql("SELECT 1 FROM commits JOIN (VALUES ('1'), ('2')) AS few(sha) ON commits.sha > few.sha").await;
    let plan = joined.unwrap().create_physical_plan().await.unwrap();
    let told = displayable(plan.as_ref()).indent(true).to_string();
    let (_, sides) = told.split_once("NestedLoopJoinExec").expect("a join");
    let held = sides.find("partition_sizes").expect("the two");
    assert!(held < sides.find(".parquet").expect("the commits"), "{told}");
}

#[tokio::test]
async fn the_declared_order_is_told_so_that_a_query_need_not_sort() {
    let table = twelve_commits().await;
    let plan = plan(&table, &[]).await;
    let order = plan.output_ordering().expect("an order").to_string();
    assert!(order.starts_with("repository_id@1 ASC"), "{order}");
}

#[tokio::test]
async fn a_scan_of_some_columns_leaves_out_files_and_is_in_order_as_one_of_all() {
    let table = twelve_commits().await;
    let provider = LakeTable::new(table.latest().await.unwrap().unwrap(), None);
    let schema = provider.schema();
    let place = |name: &str| schema.index_of(name).unwrap();
    let columns = vec![place("repository_id"), place("id")];
    let asked = [col("sha").gt_eq(lit("009"))];
    let scan =
        async |filters: &[Expr]| provider.scan(table.lake().state(), Some(&columns), filters, None).await.unwrap();
    let (whole, some) = (scan(&[]).await, scan(&asked).await);
    assert_eq!((files(whole.as_ref()), files(some.as_ref())), (4, 1));
    let order = whole.output_ordering().expect("an order").to_string();
    assert!(order.starts_with("repository_id@0 ASC"), "{order}");
}

#[tokio::test]
async fn files_that_begin_with_nulls_are_not_told_to_follow_each_other() {
    let lake = Lake::open("memory:///", Options::default()).unwrap().tenant(&TenantId::new("acme").unwrap());
    let table = lake.table(entities::core("commits").unwrap());
    // One repository; each file holds an undated commit and dated ones later than those of the file before.
    for file in 0..40i64 {
        let undated = commit(0).set("id", format!("u{file}")).set("committed_at", Value::Null);
        let dated = commit(0).set("id", format!("d{file}")).set("committed_at", Value::Time(file));
        table.append(&[row::batch(table.entity(), &[undated, dated]).unwrap()], &[], When::New).await.unwrap();
    }
    let order = plan(&table, &[]).await.output_ordering().map(ToString::to_string).unwrap_or_default();
    assert!(!order.contains("committed_at"), "{order}");
}

#[tokio::test]
async fn a_plan_crosses_the_wire_by_the_query_engines_own_codec() {
    let table = twelve_commits().await;
    let plan = plan(&table, &[col("sha").gt(lit("004"))]).await;
    let codec = DefaultPhysicalExtensionCodec {};
    let node = PhysicalPlanNode::try_from_physical_plan(plan.clone(), &codec).unwrap();
    let state = table.lake().state();
    let context = SessionContext::new_with_state(state.clone());
    let back = node.try_into_physical_plan(&context.task_ctx(), &codec).unwrap();
    let rows = |batches: Vec<arrow::array::RecordBatch>| {
        let mut ids: Vec<String> = batches
            .iter()
            .flat_map(|b| b.column(0).as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        ids.sort();
        ids
    };
    let (here, there) =
        (collect(plan, state.task_ctx()).await.unwrap(), collect(back, state.task_ctx()).await.unwrap());
    assert!(!rows(here.clone()).is_empty());
    assert_eq!(rows(here), rows(there));
}

#[tokio::test]
async fn a_column_that_is_added_later_reads_as_null_in_older_files() {
    let store = Arc::new(object_store::memory::InMemory::new());
    let open = || Lake::over(store.clone(), Options::default()).unwrap().tenant(&TenantId::new("acme").unwrap());
    let old = open().table(&entities::testing::BEFORE);
    let row = Row::new(&entities::testing::BEFORE).set("id", "a");
    old.append(&[row::batch(&entities::testing::BEFORE, &[row]).unwrap()], &[], When::New).await.unwrap();

    let new = open().table(&entities::testing::AFTER);
    let row = Row::new(&entities::testing::AFTER).set("id", "b").set("later", 7i64);
    // A reader that knows the column before any file has it.
    assert_eq!(later(&new).await, [("a".to_owned(), None)]);
    new.append(&[row::batch(&entities::testing::AFTER, &[row]).unwrap()], &[], When::New).await.unwrap();
    assert_eq!(later(&new).await, [("a".to_owned(), None), ("b".to_owned(), Some(7))]);
    let files = new.latest().await.unwrap().unwrap().files().len();
    assert_eq!(files, 2, "the old file was not rewritten");
    let schema = new.latest().await.unwrap().unwrap().state().schema();
    assert!(schema.field("later").is_some(), "other readers of the log see the column too");
    new.compact().await.unwrap();
    assert_eq!(later(&new).await, [("a".to_owned(), None), ("b".to_owned(), Some(7))]);
}

async fn later(table: &Table) -> Vec<(String, Option<i64>)> {
    let snapshot = table.latest().await.unwrap().unwrap();
    let provider = LakeTable::new(snapshot, None);
    let state = table.lake().state();
    let plan = provider.scan(state, Some(&vec![0, 1]), &[], None).await.unwrap();
    let mut rows = Vec::new();
    for batch in collect(plan, state.task_ctx()).await.unwrap() {
        let later = batch.column(1).as_primitive::<arrow::datatypes::Int64Type>();
        for i in 0..batch.num_rows() {
            let value = later.is_valid(i).then(|| later.value(i));
            rows.push((batch.column(0).as_string::<i32>().value(i).to_owned(), value));
        }
    }
    rows.sort();
    rows
}

#[tokio::test]
async fn deletion_vectors_count_for_what_a_snapshot_takes_in_memory() {
    let options = Options { masked_rows: 8, ..Options::default() };
    let lake = Lake::open("memory:///", options).unwrap().tenant(&TenantId::new("acme").unwrap());
    let table = lake.table(entities::core("commits").unwrap());
    let rows: Vec<Row> = (0..4000).map(commit).collect();
    table.append(&[row::batch(table.entity(), &rows).unwrap()], &[], When::New).await.unwrap();
    let before = table.latest().await.unwrap().unwrap().memory();
    let values = (0..3000).step_by(5).map(|n| format!("{n:03}")).collect();
    table.replace(&[], Some(&Scope { column: "sha", values }), &[], When::Changed).await.unwrap();
    let after = table.latest().await.unwrap().unwrap();
    assert_eq!((after.files().len(), after.rows()), (1, Some(3400)));
    // A vector takes two bytes a row here.
    assert!(after.memory() >= before + 4 * 2 * 600, "{before} {}", after.memory());
}
