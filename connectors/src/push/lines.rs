//! Lines of a file with their numbers, of bounded length.

use std::io::{BufRead, Read};

/// The longest line, or CSV record over several lines, that is read.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;

/// A line without its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: i64,
    pub(super) bytes: Vec<u8>,
    /// The line was longer than [`LONGEST`]; the rest of it was passed over.
    pub(super) cut: bool,
}

/// Reads lines.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: i64,
}

impl Lines {
    pub(super) fn new(reader: Box<dyn BufRead + Send>) -> Self {
        Self { reader, number: 0 }
    }

    /// The next line; a byte order mark before the first is dropped.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let limit = LONGEST as u64 + 1;
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let ended = bytes.last() == Some(&b'\n');
        let cut = !ended && bytes.len() > LONGEST;
        if cut {
            self.pass_over()?;
            bytes.truncate(1024);
        }
        for end in [b'\n', b'\r'] {
            if bytes.last() == Some(&end) {
                bytes.pop();
            }
        }
        if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Some(Line { number: self.number, bytes, cut }))
    }

    fn pass_over(&mut self) -> std::io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let end = buffer.iter().position(|b| *b == b'\n');
            let read = end.map_or(buffer.len(), |at| at + 1);
            self.reader.consume(read);
            if end.is_some() || read == 0 {
                return Ok(());
            }
        }
    }
}
