//! As many payloads as one likes, made of those of a file: with other keys, times and object ids each time around.

use pulse_benches::Fallible;
use pulse_engine::Clock;
use pulse_engine::land::{Page, Payload, SETTINGS};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

/// What is measured of each vendor.
pub(crate) const STREAMS: [(&str, &[&str]); 2] =
    [("github", &["pull_requests", "issues", "commits"]), ("jira", &["issues"])];

/// The vendors of that name, which `all` is for each of them.
pub(crate) fn vendors(of: &str) -> Vec<&'static str> {
    STREAMS.iter().map(|(vendor, _)| *vendor).filter(|vendor| [vendor, "all"].contains(&of)).collect()
}

/// How many bytes of bodies are landed together, as the connectors do.
const PAGE: usize = 16 << 20;
/// How many days apart the times of two copies are, and after how many they begin again.
const DAYS: (i64, i64) = (17, 3_000);

/// A payload, and where in it something else stands in each copy.
pub(crate) struct Template {
    pub(crate) stream: String,
    key: String,
    parts: Vec<Part>,
}

enum Part {
    Text(String),
    /// A day, in days since 1970.
    Day(i64),
    /// An object id.
    Sha(String),
}

/// The payloads of one vendor in that file.
pub(crate) fn read(file: &Path, connector: &str) -> Fallible<Vec<Template>> {
    let mut templates = Vec::new();
    for line in BufReader::new(File::open(file)?).lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned).ok_or("no such text");
        if text("connector")? == connector {
            let (stream, key) = (text("stream")?, text("key")?);
            templates.push(Template { stream, key, parts: parts(&text("body")?) });
        }
    }
    Ok(templates)
}

fn parts(body: &str) -> Vec<Part> {
    let bytes = body.as_bytes();
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        let hex = bytes[at..].iter().take_while(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(*b)).count();
        let day = body.get(at..at + 11).and_then(|text| text.strip_suffix('T')).and_then(|text| text.parse().ok());
        let part = match day.map(|day: chrono::NaiveDate| day.to_epoch_days()) {
            Some(day) => Some((Part::Day(i64::from(day)), 10)),
            None => (hex == 40).then(|| (Part::Sha(body[at..at + 40].to_owned()), 40)),
        };
        match part {
            Some((part, length)) => {
                parts.push(Part::Text(body[from..at].to_owned()));
                parts.push(part);
                at += length;
                from = at;
            }
            None => at += hex.max(1),
        }
    }
    parts.push(Part::Text(body[from..].to_owned()));
    parts
}

impl Template {
    /// Its copy of that number; the first is as it was told.
    pub(crate) fn copy(&self, copy: u64) -> Fallible<Payload> {
        let (before, own) = self.key.rsplit_once('/').map_or(("", self.key.as_str()), |(before, own)| (before, own));
        let own = match own.parse::<u64>() {
            Ok(number) => (number + copy * 10_000_000).to_string(),
            Err(_) => sha(own, copy),
        };
        let mut body = String::with_capacity(self.bytes());
        for part in &self.parts {
            match part {
                Part::Text(text) => body.push_str(text),
                Part::Sha(id) => body.push_str(&sha(id, copy)),
                Part::Day(day) => {
                    let day = i32::try_from(day - (copy as i64 * DAYS.0) % DAYS.1)?;
                    write!(body, "{}", chrono::NaiveDate::from_epoch_days(day).ok_or("no such day")?)?;
                }
            }
        }
        let key = if before.is_empty() { own } else { format!("{before}/{own}") };
        Ok(Payload { stream: self.stream.clone(), key, observed_at: Clock::System.now(), body })
    }

    /// How long it is.
    pub(crate) fn bytes(&self) -> usize {
        let length = |part: &Part| match part {
            Part::Text(text) => text.len(),
            Part::Day(_) => 10,
            Part::Sha(_) => 40,
        };
        self.parts.iter().map(length).sum()
    }
}

/// Another object id for each copy, the same for the same.
fn sha(id: &str, copy: u64) -> String {
    let first = id.get(..8).and_then(|first| u32::from_str_radix(first, 16).ok()).unwrap_or_default();
    format!("{:08x}{}", first ^ (copy as u32).wrapping_mul(0x9e37_79b9), id.get(8..).unwrap_or_default())
}

/// Pages of payloads, until so many bytes have come.
pub(crate) struct Pages<'a> {
    templates: &'a [Template],
    next: usize,
    left: u64,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(templates: &'a [Template], bytes: u64) -> Self {
        Self { templates, next: 0, left: bytes }
    }

    /// The next page; none when there are bytes enough.
    pub(crate) fn next(&mut self) -> Fallible<Option<Page>> {
        let (mut page, mut size) = (Page::default(), 0);
        while size < PAGE && self.left > 0 {
            let place = self.next % self.templates.len();
            let template = self.templates.get(place).ok_or("there are no payloads")?;
            let copy = (self.next / self.templates.len()) as u64;
            self.next += 1;
            if template.stream == SETTINGS && copy > 0 {
                continue;
            }
            let payload = template.copy(copy)?;
            size += payload.body.len();
            self.left = self.left.saturating_sub(payload.body.len() as u64);
            page.payloads.push(payload);
        }
        Ok((size > 0).then_some(page))
    }
}
