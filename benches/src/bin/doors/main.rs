//! What it costs to ask over REST and over Flight SQL, beside asking in the process and beside a bare Flight server that sends the same
//! batches; how much memory an answer of ten million rows takes; and what somebody who asks for too much does to somebody else.
//!
//! Both the server and its clients are in this process, so memory is that of all of them; but for those that are connected and nothing else.
//! What ten million rows take is measured in another, which has done nothing large before.

mod bare;
mod hogs;
mod rows;

use arrow_flight::Ticket;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::client::FlightSqlServiceClient;
use futures::{StreamExt as _, TryStreamExt as _};
use pulse_benches::house::House;
use pulse_benches::{Fallible, at, end, ms, peak, resident};
use pulse_engine::threads::background;
use pulse_server::demo;
use serde_json::json;
use std::time::Instant;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Who asks for little, and who for too much.
const TENANTS: [&str; 2] = ["good", "hog"];

/// How often each is measured.
const SMALL: usize = 300;
const LARGE: usize = 41;

/// A question of one row, whose answer is not kept: `now()` is another each time.
const ONE_ROW: &str = "SELECT count(*) AS n, max(finished_at) < now() AS past FROM facts.deployments";
/// A million rows of four columns.
const MILLION: &str = "SELECT value AS id, value * 3 AS amount, value / 7.0 AS ratio, concat('item ', value) AS name \
                       FROM generate_series(1, 1000000)";

fn main() -> Fallible<()> {
    let told: Vec<String> = std::env::args().skip(1).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    if let [hogs::CONNECT, address] = told.as_slice() {
        return hogs::connects(address);
    }
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    match told.as_slice() {
        [rows::ROWS, lake] => {
            let lake = (*lake).to_owned();
            runtime.block_on(async { tokio::spawn(async move { rows::asks(&lake).await }).await? })
        }
        _ => runtime.block_on(async { tokio::spawn(measure()).await? }),
    }
}

async fn measure() -> Fallible<()> {
    let house = House::open(&TENANTS).await?;
    // Nothing was asked yet: what later questions leave in use is growth, too.
    let idle = resident()?;
    let [good, hog] = [house.tenant(TENANTS[0])?, house.tenant(TENANTS[1])?];
    for (n, tenant) in (0..).zip([&good, &hog]) {
        house.fill(tenant, demo::PORT + 100 + n).await?;
    }
    println!("| one row | median | p95 |\n|---|--:|--:|");
    let (mut inside, mut rest, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SMALL {
        let start = Instant::now();
        good.session().await?.collect(ONE_ROW).await?;
        inside.push(ms(start));
        let start = Instant::now();
        ask(&house, ONE_ROW).await?;
        rest.push(ms(start));
        let start = Instant::now();
        ask(&house, "SELECT count(*) AS n FROM facts.deployments").await?;
        kept.push(ms(start));
    }
    let inside = line("in the process", &mut inside);
    let alone = line("over REST", &mut rest);
    line("over REST, answered before", &mut kept);
    println!("\nREST costs {:.2} ms more at the median; the goal is at most 1 ms", alone - inside);
    let mut missed = Vec::new();
    missed.extend((alone - inside > 1.0).then_some("REST's cost"));

    let batches: Vec<_> = good.session().await?.collect(MILLION).await?;
    let bytes: usize = batches.iter().map(|batch| batch.get_array_memory_size()).sum();
    let bare = bare::serve(batches).await?;
    println!("\n| {} MiB of a million rows | median | p95 |\n|---|--:|--:|", bytes >> 20);
    let (mut led, mut ours, mut theirs, mut anew, mut stream_of) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    house.keeps(Some(1 << 30));
    for round in 0..LARGE {
        // Another statement each time, which nothing is kept of.
        let other = format!("{MILLION} -- {round}");
        let (mut client, ticket) = lead(&house, &other).await?;
        let start = Instant::now();
        held(fetch(&mut client, ticket).await? == 1_000_000, "rows are missing")?;
        anew.push(ms(start));
        // The same one again: the batches are there, as the bare server's are.
        let start = Instant::now();
        let (mut client, ticket) = lead(&house, &other).await?;
        led.push(ms(start));
        let start = Instant::now();
        held(fetch(&mut client, ticket).await? == 1_000_000, "rows are missing")?;
        ours.push(ms(start));
        let channel = Endpoint::from_shared(bare.clone())?.connect().await?;
        let start = Instant::now();
        let messages = FlightServiceClient::new(channel).do_get(Ticket::new("all")).await?.into_inner();
        let mut rows = FlightRecordBatchStream::new_from_flight_data(messages.map_err(FlightError::from));
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            count += batch?.num_rows();
        }
        held(count == 1_000_000, "rows are missing")?;
        theirs.push(ms(start));
        let start = Instant::now();
        let mut rows = good.session().await?.sql(MILLION).await?;
        while let Some(batch) = rows.next().await {
            batch?;
        }
        stream_of.push(ms(start));
    }
    house.keeps(None);
    line("Flight SQL, what leads to the rows: connecting, and what the answer's columns are", &mut led);
    let ours = line("Flight SQL, rows that were made before", &mut ours);
    let theirs = line("a bare Flight server, the same batches from memory", &mut theirs);
    line("Flight SQL, making the rows", &mut anew);
    line("making the rows, in the process", &mut stream_of);
    println!("\nthroughput ÷ bare server, of the same batches: {:.2}; the goal is at least 0.9", theirs / ours);
    missed.extend((theirs / ours < 0.9).then_some("Flight's throughput"));

    let grown = rows::grown(&house.lake).await?;
    println!("\nten million rows: memory grew by {grown} MiB at most; the goal is less than 100");
    missed.extend((grown >= 100).then_some("memory"));

    hogs::stopped(&house).await?;
    let (_, budget) = house.engine.lake().memory();
    // From here on the kernel counts anew.
    peak()?;
    let beside = hogs::beside(&house, ONE_ROW).await?;
    let (grown, budget) = (peak()?.saturating_sub(idle), budget as u64 >> 20);
    println!(
        "\nbeside hogs: memory grew by {grown} MiB at most, whoever accounts for it; the goal is at most the budget of {budget}"
    );
    missed.extend((grown > budget).then_some("memory beside hogs"));
    let [alone, others @ ..] = &beside;
    let slower = others.iter().map(|times| hogs::slower(times, alone)).fold(0.0, f64::max);
    println!("\np95 ÷ alone, of the slower: {slower:.2}; the goal is at most 2");
    missed.extend((slower > 2.0).then_some("the one beside hogs"));
    end(&missed)
}

/// Asks over REST as the tenant who asks for little, and reads the whole answer.
async fn ask(house: &House, sql: &str) -> Fallible<usize> {
    let request = house.client.post(format!("{}/api/v1/sql", house.rest)).bearer_auth(house.token(0)?);
    Ok(request.json(&json!({ "sql": sql })).send().await?.error_for_status()?.bytes().await?.len())
}

/// Asks this again and again, as the other tenant.
fn asks_for_too_much(house: &House, sql: &'static str) -> Fallible<JoinHandle<()>> {
    let request = house.client.post(format!("{}/api/v1/sql", house.rest)).bearer_auth(house.token(1)?);
    let request = request.json(&json!({ "sql": sql })).build()?;
    // Whoever asks for much reads much, which elsewhere is work of another machine: here of threads that let the server's go first.
    let client = reqwest::Client::builder().no_proxy().build()?;
    Ok(background()?.spawn(async move {
        while let Some(request) = request.try_clone() {
            // That it is refused is what it is for.
            if let Ok(answer) = client.execute(request).await {
                drop(answer.bytes().await);
            }
        }
    }))
}

/// Asks over Flight SQL as the same tenant: the connection, and the ticket that fetches the rows.
async fn lead(house: &House, sql: &str) -> Fallible<(FlightSqlServiceClient<Channel>, Ticket)> {
    let channel = Endpoint::from_shared(house.flight.clone())?.connect().await?;
    let mut client = FlightSqlServiceClient::new(channel);
    client.set_token(house.token(0)?.to_owned());
    let info = client.execute(sql.to_owned(), None).await?;
    let ticket = info.endpoint.into_iter().next().and_then(|end| end.ticket).ok_or("no ticket")?;
    Ok((client, ticket))
}

/// Fetches the rows, from the call to the last of them; how many there were.
async fn fetch(client: &mut FlightSqlServiceClient<Channel>, ticket: Ticket) -> Fallible<usize> {
    let mut rows = client.do_get(ticket).await?;
    let mut count = 0;
    while let Some(batch) = rows.next().await {
        count += batch?.num_rows();
    }
    Ok(count)
}

fn held(promise: bool, broken: &str) -> Fallible<()> {
    if promise { Ok(()) } else { Err(broken.into()) }
}

/// Prints a line of a table; the median.
fn line(what: &str, times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    println!("| {what} | {:.2} ms | {:.2} ms |", at(times, 50), at(times, 95));
    at(times, 50)
}
