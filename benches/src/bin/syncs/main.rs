//! What very many small syncs leave behind, and what they ask the object store for.
//!
//!     cargo run --release --workspace --bin syncs                       # 10,000 of them, and requests by the size of a tenant
//!     cargo run --release --workspace --bin syncs -- --syncs 200
//!     cargo run --release --workspace --bin syncs -- --syncs 2000 --left
//!
//! Each lands a deployment that began and the end of the one before, maps and models them. After each the tables are looked at as the
//! server does, and compacted once one is in many files; with `--left` nobody does, until the end. It ends with an error where a
//! deployment is missing or counted twice.

mod month;

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use chrono::DateTime;
use pulse_benches::{Fallible, at, ms};
use pulse_connectors::push::{CONNECTOR, PushMapper};
use pulse_engine::lake::Costs;
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use serde_json::{Value, json};
use std::time::Instant;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const SYNCS: u64 = 10_000;
/// How many lines the table has.
const LINES: u64 = 10;
/// From how many files on that a compaction would do away with the server asks for one.
const SCATTERED: usize = 200;
/// How many repositories are deployed in turn.
const REPOSITORIES: u64 = 20;
/// When the first deployment began, the first of January 2026, and how long after it the next, in microseconds.
const BEGAN: i64 = 1_767_225_600_000_000;
const APART: i64 = 40 * 60 * 1_000_000;
const QUESTION: &str =
    "SELECT count(*) AS n, max(finished_at) AS ended FROM core.deployments WHERE connection = 'push:syncs'";

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (syncs, is_left) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => (SYNCS, false),
        ["--left"] => (SYNCS, true),
        ["--syncs", syncs] => (syncs.parse()?, false),
        ["--syncs", syncs, "--left"] => (syncs.parse()?, true),
        _ => return Err("it takes `--syncs NUMBER` and `--left`, each of which may be left out".into()),
    };
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async move { tokio::spawn(measured(syncs, is_left)).await? })
}

async fn measured(syncs: u64, is_left: bool) -> Fallible<()> {
    debt(syncs, is_left).await?;
    if is_left { Ok(()) } else { month::requests().await }
}

/// What so many syncs of a tenant that had nothing come to.
async fn debt(syncs: u64, is_left: bool) -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(&format!("file://{}", folder.path().display())).await?;
    let tenant = engine.tenant(&TenantId::new("bench")?);
    println!(
        "| syncs | one: median | p95 | requests of one: read | write | list | delete | files | of them small | a question | compactions so far | took |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    let every = (syncs / LINES).max(1);
    let (mut times, mut before) = (Vec::new(), engine.lake().costs());
    let (mut compactions, mut compacting) = (0, 0.0);
    for number in 0..syncs {
        let start = Instant::now();
        sync(&tenant, number).await?;
        times.push(ms(start));
        if !is_left && is_scattered(&tenant).await? {
            let start = Instant::now();
            compact(&tenant).await?;
            (compactions, compacting) = (compactions + 1, compacting + ms(start) / 1e3);
        }
        if !(number + 1).is_multiple_of(every) {
            continue;
        }
        let asked = since(engine.lake().costs(), before);
        let [read, write, list, delete] = [asked.reads, asked.writes, asked.lists, asked.deletes]
            .map(|requests| requests as f64 / times.len() as f64);
        times.sort_by(f64::total_cmp);
        let (files, small) = size(&tenant).await?;
        let question = count(&tenant, number + 1).await?;
        println!(
            "| {} | {:.0} ms | {:.0} ms | {read:.1} | {write:.1} | {list:.1} | {delete:.1} | {files} | {small} | {question:.1} ms | {compactions} | {compacting:.1} s |",
            number + 1,
            at(&times, 50),
            at(&times, 95)
        );
        times.clear();
        before = engine.lake().costs();
    }
    let (files, small) = size(&tenant).await?;
    let start = Instant::now();
    compact(&tenant).await?;
    let took = ms(start) / 1e3;
    let (left, _) = size(&tenant).await?;
    let question = count(&tenant, syncs).await?;
    println!(
        "\nwhat is left, {files} files of which {small} are small, is compacted into {left} in {took:.1} s; a question takes {question:.1} ms then"
    );
    Ok(())
}

/// Lands what is new, maps and models it.
async fn sync(tenant: &Tenant, number: u64) -> Fallible<()> {
    let mut payloads = vec![deployment(number, false)?];
    if let Some(before) = number.checked_sub(1) {
        payloads.push(deployment(before, true)?);
    }
    if number < REPOSITORIES {
        let id = repository(number);
        payloads.push(payload("repositories", &id, json!({ "id": id, "name": id })));
    }
    tenant.land(CONNECTOR, "push:syncs", Page { payloads, ..Page::default() }).await?;
    let mapped = tenant.map(&PushMapper, false).await?;
    if mapped.rejected > 0 {
        return Err(format!("{} rows were rejected", mapped.rejected).into());
    }
    tenant.model(&Settings::default()).await?;
    Ok(())
}

fn repository(number: u64) -> String {
    format!("push:syncs:repository-{}", number % REPOSITORIES)
}

/// A deployment that began, or that is over.
fn deployment(number: u64, is_over: bool) -> Fallible<Payload> {
    let began = BEGAN + number as i64 * APART;
    let instant = |at: i64| DateTime::from_timestamp_micros(at).map(|at| at.to_rfc3339()).ok_or("no such instant");
    let id = format!("push:syncs:deployment-{number}");
    let (status, ended) = if is_over { ("succeeded", Some(instant(began + APART / 4)?)) } else { ("running", None) };
    let row = json!({
        "id": id,
        "repository_id": repository(number),
        "environment": "production",
        "is_production": true,
        "status": status,
        "started_at": instant(began)?,
        "finished_at": ended,
    });
    Ok(payload("deployments", &id, row))
}

fn payload(stream: &str, id: &str, row: Value) -> Payload {
    let body = json!({ "line": 1, "row": row }).to_string();
    Payload { stream: stream.to_owned(), key: id.to_owned(), observed_at: Clock::System.now(), body }
}

/// Whether the server would ask for a compaction, looked at as it does after each model.
async fn is_scattered(tenant: &Tenant) -> Fallible<bool> {
    for table in tenant.lake().tables().await? {
        if table.scattered_files().await? >= SCATTERED {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As the job does.
async fn compact(tenant: &Tenant) -> Fallible<()> {
    for table in tenant.lake().tables().await? {
        table.compact().await?;
    }
    Ok(())
}

/// How many files all tables have, and how many of them are small.
async fn size(tenant: &Tenant) -> Fallible<(usize, usize)> {
    let mut size = (0, 0);
    for table in tenant.lake().tables().await? {
        if let Some(seen) = table.inspect().await? {
            size = (size.0 + seen.files, size.1 + seen.small_files);
        }
    }
    Ok(size)
}

/// How long a question takes whose answer has to be that there are so many deployments, in milliseconds.
async fn count(tenant: &Tenant, deployments: u64) -> Fallible<f64> {
    let start = Instant::now();
    let answer = tenant.sql(QUESTION).await?;
    let took = ms(start);
    let counted = answer.first().ok_or("nothing was counted")?.column(0).as_primitive::<Int64Type>().value(0);
    if counted as u64 == deployments {
        Ok(took)
    } else {
        Err(format!("{counted} of {deployments} deployments are there").into())
    }
}

/// What was asked for since.
fn since(now: Costs, before: Costs) -> Costs {
    Costs {
        reads: now.reads - before.reads,
        writes: now.writes - before.writes,
        lists: now.lists - before.lists,
        deletes: now.deletes - before.deletes,
        bytes_read: now.bytes_read - before.bytes_read,
        bytes_written: now.bytes_written - before.bytes_written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_told_again_is_there_once_and_a_deployment_that_is_not_there_is_an_error() {
        let tenant = Engine::open("memory:///").await.unwrap().tenant(&TenantId::new("bench").unwrap());
        for number in 0..3 {
            sync(&tenant, number).await.unwrap();
        }
        count(&tenant, 3).await.unwrap();
        assert_eq!(count(&tenant, 4).await.unwrap_err().to_string(), "3 of 4 deployments are there");
        let (files, small) = size(&tenant).await.unwrap();
        assert!(files > 3 && small == files, "{small} of {files} files are small");
        assert!(!is_scattered(&tenant).await.unwrap());
    }
}
