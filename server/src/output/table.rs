//! A table to read in a terminal.

use super::plain;
use crate::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::util::display::FormatOptions;
use arrow::util::pretty::pretty_format_batches_with_options;

/// How many rows a table shows: more than a person reads, few enough to hold.
pub const TABLE_ROWS: usize = 1000;

pub(super) struct Table {
    schema: SchemaRef,
    shown: Vec<RecordBatch>,
    rows: usize,
}

impl Table {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, shown: Vec::new(), rows: 0 }
    }

    pub(super) fn push(&mut self, batch: &RecordBatch) {
        let room = TABLE_ROWS.saturating_sub(self.rows);
        if room > 0 {
            self.shown.push(batch.slice(0, room.min(batch.num_rows())));
        }
        self.rows += batch.num_rows();
    }

    pub(super) fn render(mut self) -> Result<String> {
        if self.shown.is_empty() {
            self.shown.push(RecordBatch::new_empty(self.schema));
        }
        let options = FormatOptions::default().with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%SZ"));
        let mut text = pretty_format_batches_with_options(&self.shown, &options)?.to_string();
        text = plain(&text).into_owned();
        text.push('\n');
        let rows = self.rows;
        text.push_str(&match rows {
            1 => "1 row\n".to_owned(),
            _ if rows > TABLE_ROWS => {
                format!(
                    "more than {TABLE_ROWS} rows, the first {TABLE_ROWS} shown; `--format csv` writes all of them\n"
                )
            }
            _ => format!("{rows} rows\n"),
        });
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn a_long_table_is_cut_and_says_so() {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..800));
        let batch = RecordBatch::try_from_iter([("i", column)]).unwrap();
        let mut table = Table::new(batch.schema());
        table.push(&batch);
        table.push(&batch);
        let text = table.render().unwrap();
        assert!(text.contains("more than 1000 rows, the first 1000 shown"), "{}", &text[text.len() - 100..]);
        assert_eq!(text.lines().count(), 1000 + 5);
    }

    #[test]
    fn a_title_cannot_command_the_terminal() {
        let column: ArrayRef = Arc::new(StringArray::from(vec!["\u{1b}]0;owned\u{7} \u{9b}2J"]));
        let batch = RecordBatch::try_from_iter([("title", column)]).unwrap();
        let mut table = Table::new(batch.schema());
        table.push(&batch);
        let text = table.render().unwrap();
        assert!(text.contains("]0;owned") && !text.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{text:?}");
    }

    #[test]
    fn a_table_without_rows_still_names_its_columns() {
        let column: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
        let batch = RecordBatch::try_from_iter([("commits", column)]).unwrap();
        let text = Table::new(batch.schema()).render().unwrap();
        assert!(text.contains("commits") && text.ends_with("0 rows\n"), "{text}");
    }
}
