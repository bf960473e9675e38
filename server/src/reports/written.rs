//! A report's file on this machine's disk, until it is where it should be: what holds many rows is not held in memory.

use super::format::FileFormat;
use super::look::Look;
use super::paper::Paper;
use crate::Result;
use crate::secret::hex;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufWriter, IntoInnerError, Read as _, Seek as _};

/// How much of it is read at once.
const AT_ONCE: usize = 1 << 16;

/// A report that was written. Its file has no name, and is gone with it.
#[derive(Debug)]
pub struct Written {
    file: File,
    bytes: u64,
    sum: String,
}

impl Written {
    /// Writes a report, as [`FileFormat::write`] does, where the machine has its temporary files.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn of(format: FileFormat, paper: &Paper, look: &Look, table: Option<&str>) -> Result<Self> {
        let mut out = BufWriter::new(tempfile::tempfile()?);
        format.write(paper, look, table, &mut out)?;
        let mut file = out.into_inner().map_err(IntoInnerError::into_error)?;
        file.rewind()?;
        let (mut sum, mut bytes, mut some) = (Sha256::new(), 0, vec![0; AT_ONCE]);
        loop {
            let read = file.read(&mut some)?;
            let Some(part) = some.get(..read).filter(|part| !part.is_empty()) else { break };
            sum.update(part);
            bytes += read as u64;
        }
        file.rewind()?;
        Ok(Self { file, bytes, sum: hex(sum.finalize()) })
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The SHA-256 sum of them, in hexadecimal digits.
    pub fn sum(&self) -> &str {
        &self.sum
    }

    /// The file, to be read from its beginning.
    pub fn into_file(self) -> File {
        self.file
    }
}

#[cfg(test)]
mod tests {
    use super::super::paper::tests::paper;
    use super::*;
    use crate::secret::sum;

    #[test]
    fn a_file_is_what_its_format_writes_with_its_size_and_sum() {
        for format in [FileFormat::Xlsx, FileFormat::Json, FileFormat::Text, FileFormat::Csv] {
            let (paper, look, mut bytes) = (paper(Vec::new()), Look::default(), std::io::Cursor::new(Vec::new()));
            format.write(&paper, &look, None, &mut bytes).unwrap();
            let (bytes, written) = (bytes.into_inner(), Written::of(format, &paper, &look, None).unwrap());
            assert_eq!((written.bytes(), written.sum()), (bytes.len() as u64, sum(&bytes).as_str()), "{format:?}");
            let mut read = Vec::new();
            written.into_file().read_to_end(&mut read).unwrap();
            assert!(read == bytes, "{format:?}");
        }
    }
}
