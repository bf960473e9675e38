//! The header of a statement in `sql/`: comment lines of `name: value`, which go on where a line is indented further.

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// A file's header, whose fields are taken one after the other, and the statement below it.
pub(crate) struct Header<'a> {
    file: String,
    fields: BTreeMap<&'a str, String>,
    sql: String,
}

impl<'a> Header<'a> {
    /// Reads the file of that path below `sql/`.
    pub(crate) fn read(file: String, text: &'a str) -> Self {
        let (header, sql): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("--"));
        let mut fields: BTreeMap<&str, String> = BTreeMap::new();
        let mut last = "";
        for line in header {
            let line = line.trim_start_matches("--");
            match line.split_once(": ") {
                Some((name, value)) if !line.starts_with("   ") => {
                    last = name.trim();
                    fields.insert(last, value.trim().to_owned());
                }
                // A line that is indented further goes on with the one before.
                _ => {
                    if let Some(value) = fields.get_mut(last) {
                        value.push(' ');
                        value.push_str(line.trim());
                    }
                }
            }
        }
        Self { file, fields, sql: sql.join("\n").trim().to_owned() }
    }

    /// What is wrong with the file.
    pub(crate) fn refuse(&self, why: impl Display) -> Error {
        Error::Setting(format!("sql/{}: {why}", self.file))
    }

    /// A field's text.
    ///
    /// # Errors
    /// [`Error::Setting`] when the header lacks it.
    pub(crate) fn take(&mut self, name: &str) -> Result<String> {
        self.fields.remove(name).ok_or_else(|| self.refuse(format!("its header has no `{name}`")))
    }

    /// A field's value.
    ///
    /// # Errors
    /// [`Error::Setting`] when the header lacks it, or its text is no such value.
    pub(crate) fn parse<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<T> {
        let text = self.take(name)?;
        text.parse().map_err(|error| self.refuse(format!("{name}: {error}")))
    }

    /// The statement, when every field was taken and the file is named as its header says.
    ///
    /// # Errors
    /// [`Error::Setting`] when a field is left that nobody knows, or the names differ.
    pub(crate) fn statement(self, name: &str) -> Result<String> {
        match self.fields.keys().next() {
            Some(unknown) => Err(self.refuse(format!("its header has an unknown `{unknown}`"))),
            None if !self.file.ends_with(&format!("/{name}.sql")) => Err(self.refuse(format!("it is named `{name}`"))),
            None => Ok(self.sql),
        }
    }
}
