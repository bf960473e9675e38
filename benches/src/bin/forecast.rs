//! How long a forecast takes, and how forecasts would have done on the histories of git repositories.
//!
//! ```text
//! cargo run --release --workspace --bin forecast                      # the time
//! cargo run --release --workspace --bin forecast -- PATH…             # and the score on each repository
//! ```
//!
//! On a repository, the items are what came onto its default branch, one after the other along first parents: each was done
//! when it was committed there. At the beginning of each week it is asked when the next 5, 10, 20 or 40 will have come, and
//! whether in one, two, four or eight weeks. Its tags are items too: when will the next one, two or four be made, and will
//! they in four, eight, thirteen or 26 weeks? Every day counts as a working day.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Weekday};
use pulse_benches::{Fallible, end};
use pulse_engine::forecast::{
    BackTest, Count, Day, History, Life, Question, Scorecard, Scored, Span, back_test, forecast,
};
use std::process::Command;
use std::time::{Duration, Instant};

/// The goal for one, at the median.
const GOAL: Duration = Duration::from_millis(50);

fn main() -> Fallible<()> {
    let missed = time()?;
    let repositories: Vec<String> = std::env::args().skip(1).collect();
    if repositories.is_empty() {
        return end(missed.as_slice());
    }
    println!(
        "\n| repository | items | asked | P50 | P70 | P85 | P95 | not over | Brier | skill over base rate | over mean pace |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut all = Vec::new();
    for path in &repositories {
        let name = path.trim_end_matches('/').trim_end_matches("/repo").rsplit(['/', '+']).next().unwrap_or(path);
        let scored = score(name, &changes(path)?, [5, 10, 20, 40].into(), [1, 2, 4, 8].into());
        row(name, "changes", &Scorecard::of(&scored));
        all.extend(scored);
        row(name, "tags", &Scorecard::of(&score(name, &tags(path)?, [1, 2, 4].into(), [4, 8, 13, 26].into())));
    }
    row("all", "changes", &Scorecard::of(&all));
    for (name, card) in Scorecard::by_horizon(&all) {
        row("all", &format!("changes, {name}"), &card);
    }
    for (name, card) in Scorecard::by_size(&all).into_iter().filter(|(_, card)| card.inside.p85.of > 0) {
        row("all", &format!("changes, {name} at once"), &card);
    }
    println!("\n| said | on average | happened | of |\n|---|--:|--:|--:|");
    let bins = Scorecard::of(&all).due.map(|due| due.bins).unwrap_or_default();
    for (n, bin) in bins.iter().enumerate() {
        let happened = bin.happened.share().unwrap_or(f64::NAN) * 100.0;
        println!(
            "| {}–{} % | {:.0} % | {happened:.0} % | {} |",
            n * 10,
            n * 10 + 10,
            bin.said * 100.0,
            bin.happened.of
        );
    }
    end(missed.as_slice())
}

/// 10,000 runs over half a year, in which two items are done on most days, for 500 items: some 250 days ahead. The goal, where it is
/// missed.
fn time() -> Fallible<Option<&'static str>> {
    let origin: NaiveDate = "2026-06-29".parse()?;
    let days: Vec<Day> =
        (0..130).map(|n| Day { done: [2, 3, 0, 4, 1][n % 5], added: [0, 0, 1, 0, 0][n % 5] }).collect();
    let history = History::new(History::earliest(origin), origin, days);
    let question = Question { due: Some("2027-06-30".parse()?), ..Question::of(500) };
    let working = |day: NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let mut took: Vec<Duration> = Vec::new();
    for _ in 0..21 {
        let begun = Instant::now();
        std::hint::black_box(forecast(&history, &question, &working));
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    let (median, most) = (took.get(10).copied().unwrap_or_default(), took.last().copied().unwrap_or_default());
    println!("10,000 runs of 500 items: median {median:.1?}, longest of 21 {most:.1?}, on one thread");
    Ok((median > GOAL).then_some("a forecast of 500 items"))
}

fn score(name: &str, done: &[NaiveDate], sizes: Vec<u32>, due_in: Vec<i64>) -> Vec<Scored> {
    let Some(last) = done.iter().max() else { return Vec::new() };
    let life =
        |day: &NaiveDate| Life { within: vec![Span::since(*day)], done: vec![Span::since(*day)], ..Life::default() };
    let lives: Vec<Life> = done.iter().map(life).collect();
    let test = BackTest { unknown_from: *last + TimeDelta::days(1), sizes, due_in, growth: false, runs: 1_000 };
    back_test(name, &lives, &test, &|_| true).into_iter().map(|tried| tried.scored).collect()
}

fn row(name: &str, items: &str, card: &Scorecard) {
    if card.inside.p85.of + card.waiting == 0 {
        return println!("| {name} | {items} | 0 | never 30 items in half a year |||||||||");
    }
    let percent = |count: Count| count.share().map_or("–".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let [low, high] = card.inside.p85.interval().map_or([f64::NAN; 2], |(low, high)| [low * 100.0, high * 100.0]);
    let due = card.due.as_ref();
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
    println!(
        "| {name} | {items} | {} | {} | {} | {} ({low:.0}–{high:.0}) | {} | {} | {} | {} | {} |",
        card.inside.p85.of + card.waiting,
        percent(card.inside.p50),
        percent(card.inside.p70),
        percent(card.inside.p85),
        percent(card.inside.p95),
        card.waiting,
        number(due.map(|due| due.brier)),
        number(due.and_then(|due| due.skill)),
        number(due.and_then(|due| due.skill_over_mean)),
    );
}

fn changes(path: &str) -> Fallible<Vec<NaiveDate>> {
    days(path, &["log", "--first-parent", "--format=%ct", "HEAD"])
}

fn tags(path: &str) -> Fallible<Vec<NaiveDate>> {
    days(path, &["for-each-ref", "--format=%(creatordate:unix)", "refs/tags"])
}

/// The days of what `git` prints, one instant a line.
fn days(path: &str, arguments: &[&str]) -> Fallible<Vec<NaiveDate>> {
    let output = Command::new("git").arg("-C").arg(path).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("git cannot read {path}: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    let day = |line: &str| Some(DateTime::from_timestamp(line.trim().parse().ok()?, 0)?.date_naive());
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(day).collect())
}
