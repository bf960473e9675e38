//! What somebody who asks for too much does to somebody else, and what is left of it once it is stopped.

use crate::{ask, asks_for_too_much, held, line};
use pulse_benches::house::House;
use pulse_benches::{Fallible, at, ms, processor};
use serde_json::{Value, json};
use std::io::{self, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// What takes long: a giant sort, a median over everything, distinct values, a join that nothing narrows, and rows that are made of
/// rows without end.
const HOGS: [&str; 5] = [
    "SELECT * FROM (SELECT value, random() AS r FROM generate_series(1, 1000000)) ORDER BY r",
    "SELECT median(x) FROM (SELECT a.value * b.value AS x FROM generate_series(1, 1000000) a CROSS JOIN (SELECT value FROM generate_series(1, 9) LIMIT 9) b)",
    "SELECT count(DISTINCT concat(value, 'x')) FROM generate_series(1, 1000000)",
    "SELECT count(*) FROM generate_series(1, 200000) AS a(x) JOIN generate_series(1, 200000) AS b(y) ON x % 2 = y % 2",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
];
/// Twenty thousand million pairs: what is asked of them is under way for longer than anybody waits before it is stopped.
const PAIRS: &str = "generate_series(1, 200000) AS a(x) JOIN generate_series(1, 200000) AS b(y) ON x % 2 = y % 2";

/// The same kinds of questions, none of which comes to its end before it is stopped. The one without end is refused, so it is none of them.
fn endless() -> [String; 4] {
    [
        format!("SELECT x * y AS n FROM {PAIRS} ORDER BY n"),
        // What each is made of takes so long that they have room until then.
        format!("SELECT median(length(md5(concat(x, '-', y)))) FROM {PAIRS}"),
        format!("SELECT count(DISTINCT concat(x, '-', y)) FROM {PAIRS}"),
        format!("SELECT count(*) FROM {PAIRS}"),
    ]
}

/// More rows than any socket holds.
const MANY: &str = "SELECT a.x, b.y, 'a text that takes some room' AS t FROM generate_series(1, 1000) AS a(x) CROSS JOIN generate_series(1, 900) AS b(y)";
/// How many ask at once, how many read nothing of what they asked for, and how many do nothing but be connected. The last are in a process
/// of their own, which takes `ulimit -n 12000`: here there is room for a third of what this process may open.
const ASKING: usize = 12;
const DEAF: usize = 20;
const CONNECTED: usize = 10_000;
/// For how long the small question is asked.
const ASKED_FOR: Duration = Duration::from_secs(15);
/// What that process is called with, before the address.
pub(crate) const CONNECT: &str = "--connect";
/// How much of a processor may be busy in the second that begins a second after a stop.
const IDLE: f64 = 0.05;

/// Is connected as often as that, says so in a line, and does nothing else until its input ends.
pub(crate) fn connects(address: &str) -> Fallible<()> {
    let connect = |_| std::net::TcpStream::connect(address);
    let connected = (0..CONNECTED).map(connect).collect::<io::Result<Vec<_>>>()?;
    println!("{}", connected.len());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A process that is.
async fn connected(address: &str) -> Fallible<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([CONNECT, address]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn()?;
    let told = process.stdout.take().ok_or("it tells nothing")?;
    let count = BufReader::new(told).lines().next_line().await?;
    held(count == Some(CONNECTED.to_string()), "not all of them are connected")?;
    Ok(process)
}

/// The times of a small question, in order: alone, beside those that ask for too much and all that are connected, and beside those that
/// read nothing as well. Those hold their tenant's turns, so that fewer of the others have one.
pub(crate) async fn beside(house: &House, small: &str) -> Fallible<[Vec<f64>; 3]> {
    println!("\n| one row, alone | median | p95 |\n|---|--:|--:|");
    let alone = times(house, small).await?;
    let address = house.rest.trim_start_matches("http://");
    let _connected = connected(address).await?;
    let mut hogs = Vec::with_capacity(ASKING);
    for sql in HOGS.iter().cycle().take(ASKING) {
        hogs.push(asks_for_too_much(house, sql)?);
    }
    println!(
        "\n| one row, beside {ASKING} that ask for too much and {CONNECTED} connections | median | p95 |\n|---|--:|--:|"
    );
    let asking = times(house, small).await?;
    held(running(house).await?.is_some(), "nothing ran beside it")?;
    let mut deaf = Vec::new();
    for _ in 0..DEAF {
        let mut stream = TcpStream::connect(address).await?;
        let body = json!({ "sql": MANY }).to_string();
        let request = format!(
            "POST /api/v1/sql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            house.token(1)?,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        deaf.push(stream);
    }
    println!("\n| the same, beside {DEAF} that read nothing, too | median | p95 |\n|---|--:|--:|");
    let all = times(house, small).await?;
    hogs.iter().for_each(tokio::task::JoinHandle::abort);
    Ok([alone, asking, all])
}

/// The times of a small question after a while, in order. It is asked for so long that what the others ask for begins and ends again and
/// again: one of them takes a second or more.
async fn times(house: &House, small: &str) -> Fallible<Vec<f64>> {
    sleep(Duration::from_secs(2)).await;
    let (mut times, begin) = (Vec::new(), Instant::now());
    while begin.elapsed() < ASKED_FOR {
        let start = Instant::now();
        ask(house, small).await?;
        times.push(ms(start));
    }
    line("over REST", &mut times);
    Ok(times)
}

/// Stops each of those that would go on, and looks how busy the processor is a second later; an error where one goes on, or was over before.
pub(crate) async fn stopped(house: &House) -> Fallible<()> {
    println!("\n| stopped | busy a second later |\n|---|--:|");
    for sql in endless() {
        let _asking = asks_once(house, &sql)?;
        sleep(Duration::from_secs(1)).await;
        let id = running(house).await?.ok_or_else(|| format!("{sql} was over or refused before it was stopped"))?;
        let path = format!("{}/api/v1/queries/{id}", house.rest);
        house.client.delete(path).bearer_auth(house.token(1)?).send().await?.error_for_status()?;
        sleep(Duration::from_secs(1)).await;
        let before = processor()?;
        sleep(Duration::from_secs(1)).await;
        let busy = processor()? - before;
        println!("| `{sql}` | {:.1} % |", busy * 100.0);
        if busy > IDLE {
            return Err(format!("{sql} goes on after it was stopped").into());
        }
    }
    Ok(())
}

fn asks_once(house: &House, sql: &str) -> Fallible<tokio::task::JoinHandle<()>> {
    let request = house.client.post(format!("{}/api/v1/sql", house.rest)).bearer_auth(house.token(1)?);
    let request = request.json(&json!({ "sql": sql }));
    // That it is stopped is what it is for.
    Ok(tokio::spawn(async move { drop(request.send().await) }))
}

/// The query that runs.
async fn running(house: &House) -> Fallible<Option<String>> {
    let listed = house.client.get(format!("{}/api/v1/queries", house.rest)).bearer_auth(house.token(1)?);
    let listed: Value = listed.send().await?.error_for_status()?.json().await?;
    let items = listed.get("items").and_then(Value::as_array).ok_or("no list of queries")?;
    let is_under_way = |query: &&Value| query.get("ended_at").is_some_and(Value::is_null);
    let id = items.iter().find(is_under_way).and_then(|query| query.get("id")).and_then(Value::as_str);
    Ok(id.map(str::to_owned))
}

/// How much slower at the 95th of a hundred.
pub(crate) fn slower(beside: &[f64], alone: &[f64]) -> f64 {
    at(beside, 95) / at(alone, 95)
}
