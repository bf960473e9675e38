//! What it costs to land and map what GitHub and Jira tell, beside what DuckDB takes to read the same JSON into Parquet; how much memory
//! that takes, for little and for much; and how long it takes until a hundred changed items are in a tenant that has many.
//!
//!     cargo run --release --workspace --bin ingest
//!     cargo run --release --workspace --bin ingest -- --items 10000000
//!     cargo run --release --workspace --bin ingest -- --increments 10000000
//!
//! The last leaves out all but the increments, and DuckDB with it.
//!
//! It asks for processor time, since other programs may be at work, too. `PULSE_PYTHON` names a Python that has DuckDB.

mod duck;
mod increment;
mod payloads;
mod run;
mod sample;

use payloads::Template;
use pulse_benches::{Fallible, end};
use pulse_connectors::jira::CONNECTOR;
use run::Ran;
use std::collections::BTreeMap;
use std::path::Path;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many bytes of payloads are landed and mapped, once few and once many.
const BYTES: [u64; 2] = [100_000_000, 1_000_000_000];
/// How many items there are where a hundred change.
const ITEMS: u64 = 1_000_000;

/// The goals: megabytes a second of processor time, megabytes of memory, and seconds.
const RATE: f64 = 200.0;
const MEMORY: u64 = 300;
const SOON: f64 = 2.0;

fn main() -> Fallible<()> {
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(asked()).await? })
}

async fn asked() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--run", lake, templates, connector, bytes] => {
            let ran = run::here(lake, Path::new(templates), connector, bytes.parse()?).await?;
            println!("{}", serde_json::to_string(&ran)?);
            Ok(())
        }
        ["--items", items] => measured(items.parse()?, true).await,
        ["--increments", items] => measured(items.parse()?, false).await,
        [] => measured(ITEMS, true).await,
        _ => Err("it takes `--items NUMBER`, `--increments NUMBER` or nothing".into()),
    }
}

async fn measured(items: u64, whole: bool) -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("payloads");
    sample::write(&file).await?;
    let mut missed = if whole { throughput(&file)? } else { Vec::new() };
    let templates = payloads::read(&file, CONNECTOR)?;
    for spread in [false, true] {
        missed.extend(increments(&templates, items, spread).await?);
    }
    end(&missed)
}

/// How much a second, in how much memory, beside DuckDB.
fn throughput(file: &Path) -> Fallible<Vec<String>> {
    println!("Landing and mapping, and DuckDB making Parquet of the same: MB of payloads a second of processor time\n");
    println!(
        "| vendor | lake | payloads | rows of core | raw ÷ payloads | land | map | together | DuckDB: snappy | zstd | peak memory |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let (mut missed, mut streams) = (Vec::new(), BTreeMap::new());
    for (turn, (vendor, kind, bytes)) in [
        ("github", "file", BYTES[0]),
        ("jira", "file", BYTES[0]),
        ("all", "memory", BYTES[0]),
        ("all", "file", BYTES[0]),
        ("all", "file", BYTES[1]),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = tempfile::tempdir()?;
        let lake = if kind == "file" { format!("file://{}", folder.path().display()) } else { "memory:///".to_owned() };
        // By turns, the other one first each time.
        let before = if turn.is_multiple_of(2) { Some(duck::beside(file, vendor, bytes)?) } else { None };
        let ran = run::apart(&lake, file, vendor, bytes)?;
        let theirs = match before {
            Some(theirs) => theirs,
            None => duck::beside(file, vendor, bytes)?,
        };
        if let Some(difference) = theirs.difference(&ran.landed) {
            return Err(format!("{vendor}, {} MB, {kind}: {difference}", bytes / 1_000_000).into());
        }
        let together = ran.rate(ran.land.processor + ran.map.processor);
        let [snappy, zstd] = theirs.rates();
        println!(
            "| {vendor} | {kind} | {} MB, {} | {} | {:.2} | {:.0} | {:.0} | {together:.0} | {snappy:.0} | {zstd:.0} | {} MB |",
            ran.bytes / 1_000_000,
            ran.payloads,
            ran.rows,
            ran.raw as f64 / ran.bytes as f64,
            ran.rate(ran.land.processor),
            ran.rate(ran.map.processor),
            ran.peak
        );
        missed.extend(goals(vendor, kind, &ran, [snappy, zstd]));
        streams.extend(theirs.files);
    }
    println!("\nDuckDB by stream, where it read them last\n");
    println!("| payloads | snappy | zstd |\n|---|--:|--:|");
    for (stream, made) in streams {
        let [snappy, zstd] = made.rates();
        println!("| {stream} | {snappy:.0} | {zstd:.0} |");
    }
    Ok(missed)
}

/// The goals that were missed.
fn goals(vendor: &str, kind: &str, ran: &Ran, duck: [f64; 2]) -> Vec<String> {
    let mut missed = Vec::new();
    let together = ran.rate(ran.land.processor + ran.map.processor);
    let of = format!("{vendor}, {} MB, {kind}", ran.bytes / 1_000_000);
    if together < RATE {
        missed.push(format!("{RATE} MB a second ({of})"));
    }
    if duck.into_iter().any(|theirs| together < theirs) {
        missed.push(format!("as fast as DuckDB ({of})"));
    }
    if kind == "file" && ran.peak >= MEMORY {
        missed.push(format!("{MEMORY} MB of memory ({of})"));
    }
    missed
}

/// How long it takes until a hundred changed items are in core, and in facts.
async fn increments(templates: &[Template], items: u64, spread: bool) -> Fallible<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let tenant = increment::tenant(folder.path(), items, spread).await?;
    let files = if spread { "of anywhere in each file" } else { "of a time in each file" };
    println!("\n{} changed items of {items}, {files}: seconds, of which processor time\n", increment::CHANGED);
    println!("| which | land | map | from the last byte on | model |\n|---|--:|--:|--:|--:|");
    let mut missed = Vec::new();
    // The facts of all of them are made by the first, so its model is another thing.
    for (which, apart) in
        [("the first", 1), ("the newest", 1), ("the newest, again", 1), ("anywhere", items / increment::CHANGED)]
    {
        let done = increment::change(&tenant, templates, items, apart).await?;
        let of = |spent: run::Spent| format!("{:.2} ({:.2})", spent.wall, spent.processor);
        println!("| {which} | {} | {} | {:.2} | {} |", of(done.land), of(done.map), done.wall(), of(done.model));
        if done.wall() > SOON {
            missed.push(format!("{SOON} s for changed items ({which}, of {items}, {files})"));
        }
    }
    Ok(missed)
}
