//! Values of parameters, as JSON writes them.

use crate::{Error, Result};
use arrow::array::ListArray;
use arrow::datatypes::{DataType, Field};
use chrono::{DateTime, NaiveDate};
use datafusion::common::ScalarValue;
use pulse_engine::session::{MOST_PARAMETERS, Parameters};
use serde_json::Value;
use std::sync::Arc;

/// The values of a statement's parameters: an array of those of `$1`, `$2`, …, or an object of those that have names.
///
/// JSON's own types are taken as they are. What JSON has no type for says its own: `{"type": "timestamp", "value": "…"}`.
///
/// # Errors
/// [`Error::Usage`] when a value cannot be read; it says which.
pub fn parameters(json: Option<&Value>) -> Result<Parameters> {
    let few = |n: usize| match n {
        n if n > MOST_PARAMETERS => {
            Err(wrong("`params`", &format!("has {n} values, and at most {MOST_PARAMETERS} are taken")))
        }
        _ => Ok(()),
    };
    match json {
        None | Some(Value::Null) => Ok(Parameters::default()),
        Some(Value::Array(values)) => {
            few(values.len())?;
            let values = values.iter().enumerate();
            Ok(Parameters::Numbered(values.map(|(n, v)| value(v, &format!("${}", n + 1))).collect::<Result<_>>()?))
        }
        Some(Value::Object(values)) => {
            few(values.len())?;
            let named = |(name, v): (&String, &Value)| -> Result<(String, ScalarValue)> {
                let shown = format!("${}", name.escape_default());
                // As the planner reads `$Name`, letters are as they are written.
                if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                    return Err(wrong(&shown, "is no name of a parameter: use letters, digits and _"));
                }
                Ok((name.clone(), value(v, &shown)?))
            };
            Ok(Parameters::Named(values.iter().map(named).collect::<Result<_>>()?))
        }
        Some(_) => Err(wrong("`params`", "should be an array, or an object by name")),
    }
}

pub(super) fn wrong(name: &str, why: &str) -> Error {
    Error::Usage(format!("{name} {why}"))
}

/// A value, plain or with its type.
pub(super) fn value(json: &Value, name: &str) -> Result<ScalarValue> {
    match json {
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str);
            match (kind, fields.get("value"), fields.len()) {
                (Some(kind), Some(value), 2) => typed(kind, value, name),
                _ => Err(wrong(
                    name,
                    "should be {\"type\": \"timestamp\", \"value\": \"2026-01-31T00:00:00Z\"}, or a plain value",
                )),
            }
        }
        Value::Array(values) => {
            let values: Vec<ScalarValue> = values.iter().map(|json| value(json, name)).collect::<Result<_>>()?;
            let kinds = values.iter().map(ScalarValue::data_type).filter(|kind| *kind != DataType::Null);
            let mut kinds: Vec<DataType> = kinds.collect();
            let is_number = |kind: &DataType| matches!(kind, DataType::Int64 | DataType::UInt64 | DataType::Float64);
            if kinds.contains(&DataType::Float64) && kinds.iter().all(is_number) {
                // JavaScript writes 2.0 as 2.
                let fraction =
                    |value: &ScalarValue| value.cast_to(&DataType::Float64).map_err(|e| Error::Engine(e.into()));
                return list(&values.iter().map(fraction).collect::<Result<Vec<_>>>()?, &DataType::Float64);
            }
            kinds.dedup();
            match kinds.as_slice() {
                [kind] if !kind.is_nested() => list(&values, kind),
                [] => Err(wrong(name, "is an array of nothing: say of what, as {\"type\": \"text[]\", \"value\": []}")),
                _ => Err(wrong(name, "should be an array of values of one kind")),
            }
        }
        plain => Ok(self::plain(plain)),
    }
}

/// A value of one of JSON's own types.
fn plain(json: &Value) -> ScalarValue {
    match json {
        Value::Bool(value) => ScalarValue::from(*value),
        Value::String(value) => ScalarValue::from(value.as_str()),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => ScalarValue::from(value),
            (None, Some(value)) => ScalarValue::from(value),
            (None, None) => ScalarValue::Float64(number.as_f64()),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => ScalarValue::Null,
    }
}

/// A list of values of one type, NULLs among them.
fn list(values: &[ScalarValue], kind: &DataType) -> Result<ScalarValue> {
    let null = || ScalarValue::try_from(kind).map_err(|e| Error::Engine(e.into()));
    let of_kind = |value: &ScalarValue| if value.data_type() == *kind { Ok(value.clone()) } else { null() };
    let values: Vec<ScalarValue> = values.iter().map(of_kind).collect::<Result<_>>()?;
    Ok(ScalarValue::List(ScalarValue::new_list_nullable(&values, kind)))
}

/// How much of a type that there is not is told.
const SHOWN: usize = 40;
/// The types that a value may say that it has.
const TYPES: &str = "boolean, integer, double, text, date or timestamp, or an array of one such as text[]";

/// A value of the type of that name.
pub(super) fn typed(kind: &str, json: &Value, name: &str) -> Result<ScalarValue> {
    let unknown = |kind: &str| {
        let shown: String = kind.chars().take(SHOWN).collect();
        wrong(name, &format!("has a type `{}` that there is not: it should be {TYPES}", shown.escape_default()))
    };
    if let Some(of) = kind.strip_suffix("[]") {
        // Arrays of arrays are not taken, however often somebody writes `[]`.
        if of.ends_with("[]") {
            return Err(unknown(of));
        }
        let none = typed(of, &Value::Null, name)?.data_type();
        let values = match json {
            Value::Array(values) => values.iter().map(|json| typed(of, json, name)).collect::<Result<Vec<_>>>()?,
            Value::Null => {
                let of = Arc::new(Field::new_list_field(none, true));
                return Ok(ScalarValue::List(Arc::new(ListArray::new_null(of, 1))));
            }
            _ => return Err(wrong(name, "should be an array")),
        };
        return list(&values, &none);
    }
    let text = json.as_str();
    let is_null = json.is_null();
    let read = match kind {
        "boolean" => json.as_bool().map(ScalarValue::from).or(is_null.then_some(ScalarValue::Boolean(None))),
        "integer" => json.as_i64().map(ScalarValue::from).or(is_null.then_some(ScalarValue::Int64(None))),
        "double" => json.as_f64().map(ScalarValue::from).or(is_null.then_some(ScalarValue::Float64(None))),
        "text" => text.map(ScalarValue::from).or(is_null.then_some(ScalarValue::Utf8(None))),
        "date" => {
            let day = text.and_then(|text| text.parse::<NaiveDate>().ok());
            let days = day.and_then(|day| i32::try_from((day - NaiveDate::default()).num_days()).ok());
            (is_null || days.is_some()).then_some(ScalarValue::Date32(days))
        }
        "timestamp" => {
            let at = text.and_then(|text| DateTime::parse_from_rfc3339(text).ok()).map(|at| at.timestamp_micros());
            (is_null || at.is_some()).then(|| ScalarValue::TimestampMicrosecond(at, Some("UTC".into())))
        }
        _ => return Err(unknown(kind)),
    };
    read.ok_or_else(|| {
        let example = match kind {
            "date" => ", such as \"2026-01-31\"",
            "timestamp" => ", such as \"2026-01-31T09:00:00+01:00\"",
            _ => "",
        };
        wrong(name, &format!("should be of the type {kind}{example}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(value: Value) -> ScalarValue {
        match parameters(Some(&json!([value]))).unwrap() {
            Parameters::Numbered(values) => values[0].clone(),
            Parameters::Named(_) => panic!("an array has no names"),
        }
    }

    #[test]
    fn values_have_the_type_that_json_gives_them_or_that_they_say() {
        assert_eq!(one(json!(null)), ScalarValue::Null);
        assert_eq!(one(json!(true)), ScalarValue::Boolean(Some(true)));
        assert_eq!(one(json!(-3)), ScalarValue::Int64(Some(-3)));
        assert_eq!(one(json!(u64::MAX)), ScalarValue::UInt64(Some(u64::MAX)));
        assert_eq!(one(json!(0.5)), ScalarValue::Float64(Some(0.5)));
        assert_eq!(one(json!("a")), ScalarValue::Utf8(Some("a".into())));
        assert_eq!(one(json!({"type": "double", "value": 1})), ScalarValue::Float64(Some(1.0)));
        assert_eq!(one(json!({"type": "integer", "value": null})), ScalarValue::Int64(None));
        // 31 January 2026 is the day 20,484 after 1 January 1970.
        assert_eq!(one(json!({"type": "date", "value": "2026-01-31"})), ScalarValue::Date32(Some(20_484)));
        assert_eq!(
            one(json!({"type": "timestamp", "value": "1970-01-01T01:00:01+01:00"})),
            ScalarValue::TimestampMicrosecond(Some(1_000_000), Some("UTC".into()))
        );
        let texts = ScalarValue::List(ScalarValue::new_list_nullable(
            &[ScalarValue::from("a"), ScalarValue::Utf8(None)],
            &DataType::Utf8,
        ));
        assert_eq!(one(json!(["a", null])), texts);
        assert_eq!(one(json!({"type": "text[]", "value": ["a", null]})), texts);
        let fractions = [0.5, 2.0].map(|value| ScalarValue::Float64(Some(value)));
        let fractions = ScalarValue::new_list_nullable(
            &[fractions[0].clone(), ScalarValue::Float64(None), fractions[1].clone()],
            &DataType::Float64,
        );
        assert_eq!(one(json!([0.5, null, 2])), ScalarValue::List(fractions), "as JavaScript writes [0.5, null, 2.0]");
        assert!(one(json!({"type": "date[]", "value": null})).is_null());
        let named = parameters(Some(&json!({"from": 1, "until": {"type": "integer", "value": 2}}))).unwrap();
        assert_eq!(named.len(), 2);
        assert!(parameters(None).unwrap().is_empty() && parameters(Some(&Value::Null)).unwrap().is_empty());
    }

    #[test]
    fn a_fraction_is_read_to_its_last_digit() {
        // Each is the shortest text of its double; the first two are one off where digits are rounded twice.
        for text in ["0.9109141908648859", "3.000100494278347e-42", "0.1", "5e-324", "1.7976931348623157e308"] {
            let read: Value = serde_json::from_str(text).unwrap();
            assert_eq!(one(read), ScalarValue::Float64(Some(text.parse().unwrap())), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_name() {
        for (params, told) in [
            (
                json!([1, {"type": "date", "value": "31.1.2026"}]),
                "$2 should be of the type date, such as \"2026-01-31\"",
            ),
            (json!([{"type": "timestamp", "value": "2026-01-31"}]), "$1 should be of the type timestamp, such as"),
            (json!([{"type": "money", "value": 1}]), "$1 has a type `money` that there is not"),
            (json!([{"type": "text[][]", "value": null}]), "$1 has a type `text[]` that there is not"),
            (json!([{"type": "[]".repeat(100_000), "value": null}]), "$1 has a type `[][][]"),
            (json!([{"value": 1}]), "$1 should be {\"type\""),
            (json!([{"type": "integer", "value": 1, "unit": "s"}]), "$1 should be {\"type\""),
            (json!([{"type": "integer", "value": 0.5}]), "$1 should be of the type integer"),
            (json!([[1, "a"]]), "$1 should be an array of values of one kind"),
            (json!([[[1]]]), "$1 should be an array of values of one kind"),
            (json!([[]]), "$1 is an array of nothing"),
            (json!({"a b": 1}), "$a b is no name of a parameter"),
            (json!("a"), "`params` should be an array"),
            (json!(vec![1; 1_001]), "`params` has 1001 values"),
        ] {
            let refused = parameters(Some(&params)).err().unwrap().to_string();
            assert!(refused.contains(told), "{params}: {refused}");
        }
    }
}
