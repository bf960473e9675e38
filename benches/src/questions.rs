//! The questions of the bench `peers`, as Pulse is asked them: see `benches/peers/questions.py`.

use crate::Fallible;
use chrono::{DateTime, Datelike as _, Months};
use std::fs;
use std::path::Path;

const DAY: i64 = 86_400_000_000;

/// The set of analysts, and what the names of its questions begin with.
pub const ANALYSTS: char = 'a';
/// The set that the tiles and series of dashboards ask.
pub const DASHBOARDS: char = 'd';

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// As its file is called.
    pub name: String,
    /// In SQL.
    pub text: String,
}

/// All of a set, in the order of their names, about data that end at an instant, in microseconds since 1970.
///
/// # Errors
/// When they cannot be read.
pub fn of(set: char, ends: i64) -> Fallible<Vec<Question>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/questions");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Others are what a peer is asked in the place of one.
        let Some(name) = file.strip_suffix(".sql").filter(|name| name.len() == 3 && name.starts_with(set)) else {
            continue;
        };
        found.push(Question { name: name.to_owned(), text: text(&fs::read_to_string(&path)?, ends)? });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn text(written: &str, ends: i64) -> Fallible<String> {
    let lines: Vec<&str> = written.lines().filter(|line| !line.starts_with("--")).collect();
    let mut text = lines.join("\n").replace("{now}", &instant(ends)?);
    while let Some((before, rest)) = text.split_once("{now-") {
        let (days, after) = rest.split_once("d}").ok_or("a question without the end of its days")?;
        text = format!("{before}{}{after}", instant(ends - days.parse::<i64>()? * DAY)?);
    }
    Ok(text.replace("{months}", &months(ends)?))
}

fn instant(at: i64) -> Fallible<String> {
    let at = DateTime::from_timestamp_micros(at).ok_or("no such instant")?;
    Ok(format!("TIMESTAMP '{}'", at.naive_utc()))
}

/// The beginnings of the last twelve months, as a table.
fn months(ends: i64) -> Fallible<String> {
    let day = DateTime::from_timestamp_micros(ends).ok_or("no such instant")?.date_naive();
    let first = day.with_day(1).ok_or("no such day")?;
    let mut borders = Vec::new();
    for back in 0..12 {
        let border = first.checked_sub_months(Months::new(back)).ok_or("no such month")?;
        borders.push(format!("(TIMESTAMP '{border} 00:00:00')"));
    }
    Ok(format!("(VALUES {}) AS months(border)", borders.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 15 March 2026.
    const ENDS: i64 = 1_773_532_800_000_000;

    #[test]
    fn there_are_as_many_as_there_should_be_and_nothing_is_left_to_be_put_in() {
        let (analysts, dashboards) = (of(ANALYSTS, ENDS).unwrap(), of(DASHBOARDS, ENDS).unwrap());
        assert_eq!((analysts.len(), dashboards.len()), (22, 16));
        for question in analysts.iter().chain(&dashboards) {
            assert!(!question.text.contains('{') && !question.text.starts_with("--"), "{question:?}");
        }
        let slowest = analysts.iter().find(|question| question.name == "a04").unwrap();
        assert!(slowest.text.contains("TIMESTAMP '2025-12-15 00:00:00'"), "ninety days before: {}", slowest.text);
    }

    #[test]
    fn months_are_the_twelve_up_to_the_last_one_that_began() {
        let months = months(ENDS).unwrap();
        assert_eq!(months.matches("TIMESTAMP").count(), 12);
        assert!(months.starts_with("(VALUES (TIMESTAMP '2026-03-01 00:00:00'), (TIMESTAMP '2026-02-01"), "{months}");
        assert!(months.ends_with("(TIMESTAMP '2025-04-01 00:00:00')) AS months(border)"), "{months}");
    }
}
