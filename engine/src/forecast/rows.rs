//! Statements' rows, of which forecasts read texts, days and flags.

use crate::session::Session;
use crate::{Error, Result};
use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// The rows of a statement.
pub(super) struct Rows {
    batches: Vec<RecordBatch>,
    zone: Tz,
}

/// Reads them; an instant's day is that of the zone.
pub(super) async fn read(session: &Session, statement: &str, zone: Tz) -> Result<Rows> {
    Ok(Rows { batches: session.collect(statement).await?, zone })
}

impl Rows {
    /// Calls `found` with each row; one that lacks what it must have is passed over.
    pub(super) fn each(&self, mut found: impl FnMut(&At<'_>) -> Option<()>) -> Result<()> {
        for batch in &self.batches {
            let mut columns = BTreeMap::new();
            for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
                let known = matches!(
                    column.data_type(),
                    DataType::Utf8 | DataType::Timestamp(_, _) | DataType::Date32 | DataType::Boolean
                );
                if !known {
                    let reason = format!("column `{}` is of a kind that forecasts do not read", field.name());
                    return Err(Error::Table { table: "facts".to_owned(), reason });
                }
                columns.insert(field.name().as_str(), column);
            }
            for row in 0..batch.num_rows() {
                let _ = found(&At { columns: &columns, row, zone: self.zone });
            }
        }
        Ok(())
    }
}

/// One row.
pub(super) struct At<'a> {
    columns: &'a BTreeMap<&'a str, &'a ArrayRef>,
    row: usize,
    zone: Tz,
}

impl At<'_> {
    fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.columns.get(name).copied().filter(|column| column.is_valid(self.row))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        Some(self.column(name)?.as_string_opt::<i32>()?.value(self.row))
    }

    /// The day of a date, or that an instant lies on in the tenant's zone.
    pub(super) fn day(&self, name: &str) -> Option<NaiveDate> {
        let column = self.column(name)?;
        if let Some(days) = column.as_primitive_opt::<Date32Type>() {
            return NaiveDate::from_epoch_days(days.value(self.row));
        }
        day(self.zone, self.time(name)?)
    }

    /// An instant, in microseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        Some(self.column(name)?.as_primitive_opt::<TimestampMicrosecondType>()?.value(self.row))
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        Some(self.column(name)?.as_boolean_opt()?.value(self.row))
    }
}

/// The day that an instant lies on, in microseconds since 1970.
pub(super) fn day(zone: Tz, at: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_micros(at)?.with_timezone(&zone).date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_it_does_in_its_zone_also_when_it_has_23_or_25_hours() {
        let on = |at: &str| {
            let at: DateTime<chrono::Utc> = at.parse().unwrap();
            day(Tz::Europe__Berlin, at.timestamp_micros()).unwrap().to_string()
        };
        for (first, last, told) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999999Z", "2026-03-29"),
            ("2026-03-29T22:00:00Z", "2026-03-30T21:59:59.999999Z", "2026-03-30"),
            ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999999Z", "2026-10-25"),
            ("2026-10-25T23:00:00Z", "2026-10-26T22:59:59.999999Z", "2026-10-26"),
        ] {
            assert_eq!([on(first), on(last)], [told, told]);
        }
        assert_eq!(day(Tz::UTC, i64::MAX), None);
    }
}
