//! One JSON object a line.

use super::lines::{LONGEST, Line, Lines};
use super::source::{Candidate, Input};
use crate::{Error, Result};
use pulse_engine::map::Reject;
use serde_json::{Map, Value as Json};
use std::io::BufRead as _;
use std::path::PathBuf;

pub(super) struct Ndjson {
    name: String,
    lines: Lines,
}

impl Ndjson {
    pub(super) fn new(input: Input) -> Result<Self> {
        let name = input.name();
        let mut reader = input.reader()?;
        let start = reader.fill_buf().map_err(|e| unreadable(&name, &e))?;
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        if start.trim_ascii_start().starts_with(b"[") {
            let reason = "it is one JSON array, where one object a line is expected: `jq -c '.[]'` makes lines of it";
            return Err(Error::Pushed { source_name: name, reason: reason.to_owned() });
        }
        Ok(Self { name, lines: Lines::new(reader) })
    }
}

impl Iterator for Ndjson {
    type Item = Result<Candidate>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.lines.next() {
                Ok(line) => line?,
                Err(e) => return Some(Err(unreadable(&self.name, &e))),
            };
            if !line.bytes.iter().all(u8::is_ascii_whitespace) {
                return Some(Ok(Candidate { line: line.number, row: object(&line) }));
            }
        }
    }
}

pub(super) fn unreadable(name: &str, error: &std::io::Error) -> Error {
    Error::Unreadable { path: PathBuf::from(name), reason: error.to_string() }
}

/// What is wrong with a line, and the line as far as it is text.
pub(super) fn bad(reason: impl Into<String>, bytes: &[u8]) -> (Reject, String) {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if let Some((end, _)) = text.char_indices().nth(10_000) {
        text.truncate(end);
    }
    (Reject::new(reason), text)
}

pub(super) fn too_long() -> String {
    format!("it is longer than {} MB", LONGEST >> 20)
}

fn object(line: &Line) -> Result<Map<String, Json>, (Reject, String)> {
    if line.cut {
        return Err(bad(too_long(), &line.bytes));
    }
    let text = std::str::from_utf8(&line.bytes)
        .map_err(|e| bad(format!("it is not UTF-8 from byte {} on", e.valid_up_to() + 1), &line.bytes))?;
    match serde_json::from_str(text) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err(bad("it is JSON, but not an object of columns and values", &line.bytes)),
        Err(e) => {
            // The place that the parser tells is one in this line, which is told already.
            let said = e.to_string();
            let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
            let before = line.bytes.get(..e.column().saturating_sub(1)).unwrap_or(&line.bytes);
            let character = String::from_utf8_lossy(before).chars().count() + 1;
            Err(bad(format!("it is not JSON, as character {character} shows: {said}"), &line.bytes))
        }
    }
}
