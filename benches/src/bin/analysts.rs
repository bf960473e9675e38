//! How a hundred analysts fare who ask at once: all of one company, and ten each of ten companies. Each asks the questions of the bench
//! `peers`, one after the other without a pause, another one than their neighbour, and each time one that is new to Pulse. Whoever is told to
//! come again later does.
//!
//!     cargo run --release --workspace --bin analysts
//!     cargo run --release --workspace --bin analysts -- --part 50
//!
//! It is a tenth of the company of `pulse_benches::company`, or one of as many parts as is said. It ends with an error where an answer
//! has not as many rows as it has for somebody who asks alone, or where there is none.

use pulse_benches::company::{self, Size};
use pulse_benches::house::House;
use pulse_benches::questions::{self, ANALYSTS, Question};
use pulse_benches::{Fallible, at, ms, peak, share};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const PART: usize = 10;
const PEOPLE: usize = 100;
/// How many companies there are, each of the same data.
const COMPANIES: usize = 10;
/// How many questions each person asks.
const EACH: usize = 5;

/// What an answer was.
struct Answer {
    /// How many lines it has; none where it failed.
    lines: Option<usize>,
    /// How often whoever asked was told to come again.
    refused: u64,
}

/// What befell those who asked at once.
#[derive(Default)]
struct Crowd {
    /// How long each answer took from the first time that it was asked for, in milliseconds.
    times: Vec<f64>,
    refused: u64,
    /// The questions whose answers were none or others.
    wrong: Vec<String>,
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let part = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => PART,
        ["--part", of] => of.parse()?,
        _ => return Err("it takes `--part NUMBER` or nothing".into()),
    };
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async move { tokio::spawn(measured(part)).await? })
}

async fn measured(part: usize) -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let names: Vec<String> = (0..COMPANIES).map(|n| format!("company-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let house = Arc::new(House::over(Some(folder.path().join("lake")), &names).await?);
    let (first, ends) = (house.tenant("company-0")?, company::midnight());
    let size = Size::part(part);
    company::fill(&first, size, ends).await?;
    company::model(&first).await?;
    for name in names.iter().skip(1) {
        share(&house.lake.join(first.id().prefix()), &house.lake.join(house.tenant(name)?.id().prefix()))?;
    }
    println!("{} changes and {} work items of each of {COMPANIES} companies\n", size.changes, size.items);

    let questions = Arc::new(questions::of(ANALYSTS, ends)?);
    let (mut lines, mut alone) = (Vec::new(), Vec::new());
    // From here on the kernel counts anew.
    peak()?;
    for question in questions.iter() {
        let start = Instant::now();
        let answer = ask(&house, 0, &question.text).await?;
        alone.push(ms(start));
        lines.push(answer.lines.ok_or_else(|| format!("{} has no answer", question.name))?);
    }
    let lines = Arc::new(lines);
    println!(
        "| who asks | answers | a second | median | p95 | longest | told to come again | peak memory |\n|---|--:|--:|--:|--:|--:|--:|--:|"
    );
    let took = alone.iter().sum::<f64>() / 1e3;
    told("one alone", &mut alone, took, 0)?;
    let mut wrong = Vec::new();
    for (who, companies) in [("of one company", 1), ("of ten companies", COMPANIES)] {
        let start = Instant::now();
        let mut crowd = crowd(&house, &questions, &lines, companies).await?;
        let took = ms(start) / 1e3;
        told(&format!("{PEOPLE} {who}"), &mut crowd.times, took, crowd.refused)?;
        wrong.extend(crowd.wrong);
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("wrong or missing answers: {}", wrong.join("; ")).into()) }
}

/// All of them ask at once, so many companies' in turn.
async fn crowd(
    house: &Arc<House>,
    questions: &Arc<Vec<Question>>,
    lines: &Arc<Vec<usize>>,
    companies: usize,
) -> Fallible<Crowd> {
    let mut people = JoinSet::new();
    for person in 0..PEOPLE {
        let (house, questions, lines) = (Arc::clone(house), Arc::clone(questions), Arc::clone(lines));
        people.spawn(async move {
            let mut own = Crowd::default();
            for round in 0..EACH {
                let place = (person + round * 7) % questions.len();
                let (question, lines) =
                    questions.get(place).zip(lines.get(place)).ok_or("there is no such question")?;
                // A comment makes it another, for which no answer is kept.
                let text = format!("{}\n-- {companies} {person} {round}", question.text);
                let start = Instant::now();
                let answer = ask(&house, person % companies, &text).await?;
                own.times.push(ms(start));
                own.refused += answer.refused;
                if answer.lines != Some(*lines) {
                    own.wrong.push(format!("{}: {:?} lines instead of {lines}", question.name, answer.lines));
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(own)
        });
    }
    let mut all = Crowd::default();
    while let Some(own) = people.join_next().await {
        let own = own??;
        all.times.extend(own.times);
        all.refused += own.refused;
        all.wrong.extend(own.wrong);
    }
    Ok(all)
}

/// Asks as one of a company, and again as often as it is told to come later.
async fn ask(house: &House, company: usize, sql: &str) -> Fallible<Answer> {
    let mut refused = 0;
    loop {
        let request = house.client.post(format!("{}/api/v1/sql", house.rest)).bearer_auth(house.token(company)?);
        let answer = request.header(ACCEPT, "text/csv").json(&json!({ "sql": sql })).send().await?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let seconds = after.and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
            refused += 1;
            sleep(Duration::from_secs(seconds)).await;
            continue;
        }
        if !answer.status().is_success() {
            return Ok(Answer { lines: None, refused });
        }
        // One that is cut off on its way is none either.
        return Ok(Answer { lines: answer.text().await.ok().map(|text| text.lines().count()), refused });
    }
}

/// Prints a line of the table. The peak of memory is of all since the line before, the clients' part of it among it.
fn told(who: &str, times: &mut [f64], seconds: f64, refused: u64) -> Fallible<()> {
    times.sort_by(f64::total_cmp);
    println!(
        "| {who} | {} | {:.1} | {:.0} ms | {:.0} ms | {:.0} ms | {refused} | {} MB |",
        times.len(),
        times.len() as f64 / seconds,
        at(times, 50),
        at(times, 95),
        at(times, 100),
        peak()?
    );
    Ok(())
}
