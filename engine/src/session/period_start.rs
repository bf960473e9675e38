//! `period_start(at, grain, time_zone)`: where metrics' periods begin, for SQL.

use crate::metrics::{Grain, Period};
use arrow::array::{AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use chrono_tz::Tz;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::sync::Arc;

/// The start of the `day`, `week` or `month` of a time zone that an instant lies in, as an instant.
pub(super) fn function() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(PeriodStart { signature: Signature::user_defined(Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PeriodStart {
    signature: Signature,
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

impl ScalarUDFImpl for PeriodStart {
    fn name(&self) -> &str {
        "period_start"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            // What a parameter is of which nothing is known yet is NULL.
            [DataType::Timestamp(..) | DataType::Null, grain, zone] if is_text(grain) && is_text(zone) => {
                Ok(vec![instant(), DataType::Utf8, DataType::Utf8])
            }
            _ => plan_err!(
                "period_start takes a timestamp, 'day', 'week' or 'month', and a time zone such as 'Europe/Berlin'"
            ),
        }
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(instant())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [at, grain, zone] = args.args.as_slice() else {
            return plan_err!("period_start takes three arguments");
        };
        let (Some(grain), Some(zone)) = (text(grain), text(zone)) else {
            return plan_err!("period_start takes its grain and time zone as constants that are not NULL");
        };
        let Ok(grain) = grain.parse::<Grain>() else {
            return plan_err!("`{grain}` is not a grain: use 'day', 'week' or 'month'");
        };
        let Ok(zone) = zone.parse::<Tz>() else {
            return plan_err!("`{zone}` is not a time zone: use a name of the tz database, such as 'Europe/Berlin'");
        };
        let mut starts = Starts { zone, grain, known: Vec::new() };
        match at {
            ColumnarValue::Scalar(ScalarValue::TimestampMicrosecond(at, _)) => {
                let start = at.and_then(|at| starts.of(at));
                Ok(ColumnarValue::Scalar(ScalarValue::TimestampMicrosecond(start, Some("UTC".into()))))
            }
            ColumnarValue::Array(array) => {
                let array = array.as_primitive::<TimestampMicrosecondType>();
                let begun: TimestampMicrosecondArray = array.iter().map(|at| at.and_then(|at| starts.of(at))).collect();
                Ok(ColumnarValue::Array(Arc::new(begun.with_timezone("UTC"))))
            }
            ColumnarValue::Scalar(other) => plan_err!("period_start takes a timestamp, not {}", other.data_type()),
        }
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null)
}

fn text(value: &ColumnarValue) -> Option<&str> {
    match value {
        ColumnarValue::Scalar(ScalarValue::Utf8(Some(text))) => Some(text),
        _ => None,
    }
}

/// The periods that were met so far, in order: a column has many instants and few periods.
struct Starts {
    zone: Tz,
    grain: Grain,
    known: Vec<(i64, i64)>,
}

impl Starts {
    /// `None` for instants beyond the calendar.
    fn of(&mut self, at: i64) -> Option<i64> {
        let place = self.known.partition_point(|(from, _)| *from <= at);
        if let Some((from, until)) = place.checked_sub(1).and_then(|i| self.known.get(i))
            && at < *until
        {
            return Some(*from);
        }
        let period = Period::containing(self.zone, self.grain, at)?;
        self.known.insert(place, (period.from, period.until));
        Some(period.from)
    }
}
