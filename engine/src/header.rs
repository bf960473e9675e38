//! The header of a statement in `sql/`: comment lines of `name: value`, which go on where a line is indented further.

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// A file's header, whose fields are taken one after the other, and the statement below it.
pub(crate) struct Header<'a> {
    file: String,
    name: &'a str,
    fields: BTreeMap<&'a str, String>,
    /// The line on which each field begins, from 1.
    lines: BTreeMap<&'a str, usize>,
    sql: String,
}

impl<'a> Header<'a> {
    /// Reads a text. `file` is what its errors call it, and `name` what it has to be named.
    pub(crate) fn read(file: String, name: &'a str, text: &'a str) -> Self {
        let (mut fields, mut lines): (BTreeMap<&str, String>, BTreeMap<&str, usize>) = Default::default();
        let mut sql = Vec::new();
        let mut last = "";
        for (number, line) in (1..).zip(text.lines()) {
            // A comment within the statement is the statement's.
            let Some(line) = line.strip_prefix("--").filter(|_| sql.is_empty()) else {
                sql.push(line);
                continue;
            };
            match line.split_once(": ") {
                Some((name, value)) if !line.starts_with("   ") => {
                    last = name.trim();
                    fields.insert(last, value.trim().to_owned());
                    lines.insert(last, number);
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
        Self { file, name, fields, lines, sql: sql.join("\n").trim().to_owned() }
    }

    /// What is wrong with the file.
    pub(crate) fn refuse(&self, why: impl Display) -> Error {
        Error::Setting(format!("{}: {why}", self.file))
    }

    /// What is wrong with a field.
    pub(crate) fn refuse_in(&self, field: &str, why: impl Display) -> Error {
        match self.lines.get(field) {
            Some(line) => self.refuse(format!("line {line}: {field}: {why}")),
            None => self.refuse(format!("{field}: {why}")),
        }
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
        text.parse().map_err(|error| self.refuse_in(name, error))
    }

    /// A field's value, when the header has it.
    ///
    /// # Errors
    /// [`Error::Setting`] when its text is no such value.
    pub(crate) fn optional<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<Option<T>> {
        if self.fields.contains_key(name) { self.parse(name).map(Some) } else { Ok(None) }
    }

    /// A field's values, between commas.
    ///
    /// # Errors
    /// [`Error::Setting`] when the header lacks it, or one of its texts is no such value.
    pub(crate) fn list<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<Vec<T>> {
        let text = self.take(name)?;
        text.split(',').map(|one| one.trim().parse().map_err(|error| self.refuse_in(name, error))).collect()
    }

    /// The statement, when every field was taken and the header names what it should.
    ///
    /// # Errors
    /// [`Error::Setting`] when a field is left that nobody knows, the names differ, or nothing stands below the header.
    pub(crate) fn statement(self, name: &str) -> Result<String> {
        match self.fields.keys().next() {
            Some(unknown) => Err(self.refuse_in(unknown, "the header has no such field")),
            None if self.name != name => {
                Err(self.refuse_in("name", format!("it is `{name}`, and should be `{}`", self.name)))
            }
            None if self.sql.is_empty() => Err(self.refuse("no statement stands below its header")),
            None => Ok(self.sql),
        }
    }
}
