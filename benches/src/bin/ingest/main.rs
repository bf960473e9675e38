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

mod increment;
mod payloads;
mod run;
mod sample;

use payloads::{Pages, STREAMS, Template};
use pulse_benches::{Fallible, end};
use pulse_connectors::jira::CONNECTOR;
use pulse_engine::land::SETTINGS;
use run::Ran;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

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

/// How much a second, in how much memory.
fn throughput(file: &Path) -> Fallible<Vec<String>> {
    let duck = duck(file)?;
    println!("DuckDB, JSON into Parquet: MB a second of processor time, on one thread\n");
    println!("| payloads | snappy | zstd |\n|---|--:|--:|");
    for (stream, [snappy, zstd]) in &duck {
        println!("| {stream} | {snappy:.0} | {zstd:.0} |");
    }
    println!("\nLanding and mapping: MB of payloads a second of processor time\n");
    println!("| vendor | lake | payloads | rows of core | raw ÷ payloads | land | map | together | peak memory |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut missed = Vec::new();
    for (vendor, kind, bytes) in [
        ("github", "file", BYTES[0]),
        ("jira", "file", BYTES[0]),
        ("all", "memory", BYTES[0]),
        ("all", "file", BYTES[0]),
        ("all", "file", BYTES[1]),
    ] {
        let folder = tempfile::tempdir()?;
        let lake = if kind == "file" { format!("file://{}", folder.path().display()) } else { "memory:///".to_owned() };
        let ran = run::apart(&lake, file, vendor, bytes)?;
        let together = ran.rate(ran.land.processor + ran.map.processor);
        println!(
            "| {vendor} | {kind} | {} MB, {} | {} | {:.2} | {:.0} | {:.0} | {together:.0} | {} MB |",
            ran.bytes / 1_000_000,
            ran.payloads,
            ran.rows,
            ran.raw as f64 / ran.bytes as f64,
            ran.rate(ran.land.processor),
            ran.rate(ran.map.processor),
            ran.peak
        );
        missed.extend(goals(vendor, kind, &ran, &duck));
    }
    Ok(missed)
}

/// The goals that were missed.
fn goals(vendor: &str, kind: &str, ran: &Ran, duck: &BTreeMap<String, [f64; 2]>) -> Vec<String> {
    let mut missed = Vec::new();
    let together = ran.rate(ran.land.processor + ran.map.processor);
    let of = format!("{vendor}, {} MB, {kind}", ran.bytes / 1_000_000);
    if together < RATE {
        missed.push(format!("{RATE} MB a second ({of})"));
    }
    let theirs = duck.get(vendor).and_then(|rates| rates.iter().copied().reduce(f64::max));
    if theirs.is_some_and(|theirs| together < theirs) {
        missed.push(format!("as fast as DuckDB ({of})"));
    }
    if kind == "file" && ran.peak >= MEMORY {
        missed.push(format!("{MEMORY} MB of memory ({of})"));
    }
    missed
}

/// What DuckDB does of the same in a second of processor time, by stream and by vendor, with either compression.
fn duck(templates: &Path) -> Fallible<BTreeMap<String, [f64; 2]>> {
    let folder = tempfile::tempdir()?;
    let mut files: BTreeMap<String, BufWriter<File>> = BTreeMap::new();
    for (vendor, _) in STREAMS {
        let templates = payloads::read(templates, vendor)?;
        let mut pages = Pages::new(&templates, BYTES[0] / STREAMS.len() as u64);
        while let Some(page) = pages.next()? {
            for payload in page.payloads.into_iter().filter(|payload| payload.stream != SETTINGS) {
                let name = format!("{vendor} {}", payload.stream);
                let file = match files.entry(name.clone()) {
                    Entry::Occupied(file) => file.into_mut(),
                    Entry::Vacant(file) => {
                        file.insert(BufWriter::new(File::create(folder.path().join(format!("{name}.ndjson")))?))
                    }
                };
                writeln!(file, "{}", payload.body)?;
            }
        }
    }
    for mut file in files.into_values() {
        file.flush()?;
    }
    let python = std::env::var("PULSE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ingest.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output()?;
    if !output.status.success() {
        return Err(format!("DuckDB failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let mut sums: BTreeMap<String, [f64; 3]> = BTreeMap::new();
    for (name, file) in told.get("files").and_then(Value::as_object).ok_or("DuckDB read no files")? {
        let vendor = STREAMS.iter().map(|(vendor, _)| *vendor).find(|vendor| name.starts_with(vendor));
        for of in [name.as_str(), vendor.unwrap_or_default(), "all"] {
            let sum = sums.entry(of.to_owned()).or_default();
            for (sum, what) in sum.iter_mut().zip(["bytes", "snappy", "zstd"]) {
                *sum += file.get(what).and_then(Value::as_f64).ok_or("DuckDB told no time")?;
            }
        }
    }
    Ok(sums.into_iter().map(|(of, [bytes, snappy, zstd])| (of, [bytes / 1e6 / snappy, bytes / 1e6 / zstd])).collect())
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
