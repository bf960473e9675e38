//! A server over a made-up company of 200 teams, for programs that ask it from outside. It runs until its standard input ends, and to each
//! line of it says in one line of JSON what it has asked the object store for.
//!
//!     cargo run --release --workspace --bin company -- FOLDER --part 10
//!     cargo run --release --workspace --bin company -- FOLDER --times 10
//!
//! It fills the lake in FOLDER with one of so many parts of the whole ([`pulse_benches::company`]), or so many times as much, or takes it as
//! it is when it is filled with the same already; without a folder the lake goes with it. Then it prints one line of JSON: where the server is, a token,
//! the instant at which the company's history ends, and the Parquet files of each table.

use pulse_benches::company::{self, Size, Table, tables};
use pulse_benches::house::House;
use pulse_benches::{Fallible, ms};
use pulse_engine::lake::Lake;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What a folder is filled with. Written once it is.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Filled {
    /// Which part of the whole.
    part: usize,
    /// How many times the whole.
    #[serde(default = "once")]
    times: usize,
    /// When its history ends, in microseconds since 1970.
    ends: i64,
    /// How long it took to write it into core, in milliseconds.
    filled_ms: f64,
    /// How long it took to model it.
    modelled_ms: f64,
}

/// As often as folders have it that were filled when there was no more than the whole.
fn once() -> usize {
    1
}

/// What is told of the server.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    filled: Filled,
    rest: &'a str,
    flight: &'a str,
    token: &'a str,
    tables: Vec<Table>,
}

fn main() -> Fallible<()> {
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(serve()).await? })
}

async fn serve() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, (part, times)) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => (None, (1, 1)),
        [folder] => (Some(whole(folder)?), (1, 1)),
        [option, number] => (None, scale(option, number)?),
        [folder, option, number] => {
            let scale = scale(option, number)?;
            (Some(whole(folder)?), scale)
        }
        _ => return Err(TAKES.into()),
    };
    let known = folder.as_deref().map(filled).transpose()?.flatten();
    if let Some(known) = known.filter(|known| (known.part, known.times) != (part, times)) {
        let has = format!("part 1 of {}, {} times", known.part, known.times);
        return Err(format!("the folder has {has}: remove it, or name another").into());
    }
    let house = House::over(folder.as_ref().map(|folder| folder.join("lake")), &["acme"]).await?;
    let filled = match known {
        Some(known) => known,
        None => {
            let made = make(&house, part, times).await?;
            if let Some(folder) = &folder {
                fs::write(folder.join(FILLED), serde_json::to_vec(&made)?)?;
            }
            made
        }
    };
    let tables = tables(&house.tenant("acme")?, &house.lake).await?;
    let told = Told { filled, rest: &house.rest, flight: &house.flight, token: house.token(0)?, tables };
    let mut out = stdout();
    writeln!(out, "{}", serde_json::to_string(&told)?)?;
    out.flush()?;
    let lake = house.engine.lake().clone();
    tokio::task::spawn_blocking(move || costs(&lake, stdin().lock(), out)).await?
}

/// To each line, what the object store was asked for since the start: a difference of two is what lies between them.
fn costs(lake: &Lake, orders: impl BufRead, mut out: impl Write) -> Fallible<()> {
    for order in orders.lines() {
        order?;
        let costs = lake.costs();
        let told = json!({
            "reads": costs.reads,
            "writes": costs.writes,
            "lists": costs.lists,
            "deletes": costs.deletes,
            "bytes_read": costs.bytes_read,
        });
        writeln!(out, "{told}")?;
        out.flush()?;
    }
    Ok(())
}

/// What it may be told.
const TAKES: &str = "it takes a FOLDER, and `--part NUMBER` or `--times NUMBER`, each of which may be left out";

/// Of how many parts of the whole one, and how many times the whole.
fn scale(option: &str, number: &str) -> Fallible<(usize, usize)> {
    match option {
        "--part" => Ok((number.parse()?, 1)),
        "--times" => Ok((1, number.parse()?)),
        _ => Err(TAKES.into()),
    }
}

/// The file that tells what a folder is filled with.
const FILLED: &str = "company.json";

/// The whole path of a folder, which is made where it is not there.
fn whole(folder: &str) -> Fallible<PathBuf> {
    fs::create_dir_all(folder)?;
    Ok(fs::canonicalize(folder)?)
}

/// What a folder is filled with; nothing, when it is empty.
fn filled(folder: &Path) -> Fallible<Option<Filled>> {
    let told = folder.join(FILLED);
    if told.exists() {
        return Ok(Some(serde_json::from_slice(&fs::read(told)?)?));
    }
    if fs::read_dir(folder)?.next().is_some() {
        return Err(
            format!("{} is neither empty nor filled whole: remove it, or name another", folder.display()).into()
        );
    }
    Ok(None)
}

async fn make(house: &House, part: usize, times: usize) -> Fallible<Filled> {
    let (tenant, ends) = (house.tenant("acme")?, company::midnight());
    let start = Instant::now();
    let size = if times > 1 { Size::times(times) } else { Size::part(part) };
    company::fill(&tenant, size, ends).await?;
    let filled_ms = ms(start);
    let start = Instant::now();
    company::model(&tenant).await?;
    Ok(Filled { part, times, ends, filled_ms, modelled_ms: ms(start) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::lake::Options;

    #[tokio::test]
    async fn each_line_is_answered_with_what_the_object_store_was_asked_for_so_far() {
        let lake = Lake::open("memory:///", Options::default()).unwrap();
        let mut told = Vec::new();
        costs(&lake, &b"\n"[..], &mut told).unwrap();
        lake.ping().await.unwrap();
        costs(&lake, &b"\n\n"[..], &mut told).unwrap();
        let lists: Vec<u64> = String::from_utf8(told)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["lists"].as_u64().unwrap())
            .collect();
        assert_eq!(lists, [0, 1, 1]);
    }
}
