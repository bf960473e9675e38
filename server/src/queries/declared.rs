//! Parameters that a saved query declares, and the values that it is run with.

use super::parameters::{typed, value, wrong};
use crate::control::Refusal;
use crate::{Error, Result};
use pulse_engine::session::Parameters;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// How many parameters a saved query may declare.
const MOST: usize = 100;
/// How long a parameter's name may be.
const NAME_BYTES: usize = 63;

/// A parameter that a saved query declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Its name, which the text has as `$name`.
    pub name: String,
    /// The type of its values: boolean, integer, double, text, date, timestamp, or one of these with `[]`.
    pub r#type: String,
    /// The value that it has where none is given; left out: one has to be given.
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// A default that is there, though it may be NULL.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Declared {
    /// Whether all of these can be declared together.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]; it says which cannot.
    pub fn check(all: &[Self]) -> Result<()> {
        let invalid = |why: String| Err(Refusal::invalid("parameters", why).into());
        if all.len() > MOST {
            return invalid(format!("should be {MOST} at most"));
        }
        let mut names = BTreeSet::new();
        for Self { name, r#type, default } in all {
            let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
            let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !name.starts_with(begins) || !name.chars().all(goes_on) || name.len() > NAME_BYTES {
                let shown = name.chars().take(NAME_BYTES).collect::<String>();
                return invalid(format!(
                    "has a name `{}`: it should be 1 to {NAME_BYTES} letters, digits and _, and begin with no digit",
                    shown.escape_default()
                ));
            }
            if !names.insert(name) {
                return invalid(format!("has `{name}` twice"));
            }
            match typed(r#type, default.as_ref().unwrap_or(&Value::Null), &format!("${name}")) {
                Ok(_) => {}
                Err(Error::Usage(why)) => return invalid(format!("has one that cannot be: {why}")),
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// The values to run with: those that are given, by name, and the defaults of the others.
    ///
    /// # Errors
    /// [`Error::Usage`] when one is missing, was not declared, or is not of its type.
    pub fn values(all: &[Self], given: Option<&Value>) -> Result<Parameters> {
        let none = serde_json::Map::new();
        let given = match given {
            None | Some(Value::Null) => &none,
            Some(Value::Object(given)) => given,
            Some(_) => return Err(wrong("`params`", "should be an object by name, as the saved query declares them")),
        };
        let known = |name: &String| all.iter().any(|declared| declared.name == *name);
        if let Some(unknown) = given.keys().find(|name| !known(name)) {
            let shown = format!("${}", unknown.escape_default());
            return Err(wrong(&shown, "is no parameter that the saved query declares"));
        }
        let mut values = BTreeMap::new();
        for declared in all {
            let shown = format!("${}", declared.name);
            let value = match (given.get(&declared.name), &declared.default) {
                (Some(given), _) => declared.value(given, &shown)?,
                (None, Some(default)) => typed(&declared.r#type, default, &shown)?,
                (None, None) => {
                    let why = format!("has no value, and no default: give it one of the type {}", declared.r#type);
                    return Err(wrong(&shown, &why));
                }
            };
            values.insert(declared.name.clone(), value);
        }
        Ok(Parameters::Named(values))
    }

    /// A given value: plain, or with its type, which has to be the declared one.
    fn value(&self, given: &Value, shown: &str) -> Result<datafusion::common::ScalarValue> {
        match given {
            Value::Object(fields) if fields.get("type").is_none_or(|kind| *kind == self.r#type) => value(given, shown),
            Value::Object(_) => Err(wrong(shown, &format!("is declared to be of the type {}", self.r#type))),
            plain => typed(&self.r#type, plain, shown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::common::ScalarValue;
    use serde_json::json;

    fn declared(json: Value) -> Vec<Declared> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_is_given_goes_before_the_default_and_has_the_declared_type() {
        let all = declared(json!([
            {"name": "from", "type": "date"},
            {"name": "ids", "type": "text[]", "default": ["a"]},
            {"name": "most", "type": "integer", "default": null},
        ]));
        Declared::check(&all).unwrap();
        let values = |given: Value| match Declared::values(&all, Some(&given)).unwrap() {
            Parameters::Named(values) => values,
            Parameters::Numbered(_) => panic!("they have names"),
        };
        let few = values(json!({"from": "1970-01-03"}));
        assert_eq!(few["from"], ScalarValue::Date32(Some(2)));
        assert_eq!(few["most"], ScalarValue::Int64(None), "NULL is a default, too");
        let all = values(json!({"from": {"type": "date", "value": "1970-01-02"}, "ids": ["b", "c"], "most": 3}));
        assert_eq!((&all["from"], &all["most"]), (&ScalarValue::Date32(Some(1)), &ScalarValue::Int64(Some(3))));
        let ids = ScalarValue::new_list_nullable(&["b".into(), "c".into()], &arrow::datatypes::DataType::Utf8);
        assert_eq!(all["ids"], ScalarValue::List(ids));
    }

    #[test]
    fn a_default_of_null_is_told_apart_from_none() {
        let all = declared(json!([{"name": "a", "type": "text", "default": null}, {"name": "b", "type": "text"}]));
        let written = serde_json::to_value(&all).unwrap();
        assert_eq!(written, json!([{"name": "a", "type": "text", "default": null}, {"name": "b", "type": "text"}]));
    }

    #[test]
    fn what_cannot_be_run_says_which_parameter_it_is() {
        let all = declared(json!([{"name": "from", "type": "date"}]));
        for (given, told) in [
            (json!(null), "$from has no value, and no default: give it one of the type date"),
            (json!({"from": 3}), "$from should be of the type date"),
            (json!({"from": {"type": "text", "value": "x"}}), "$from is declared to be of the type date"),
            (json!({"from": "2026-01-01", "until": 1}), "$until is no parameter that the saved query declares"),
            (json!(["2026-01-01"]), "`params` should be an object by name"),
        ] {
            let refused = Declared::values(&all, Some(&given)).err().unwrap().to_string();
            assert!(refused.contains(told), "{given}: {refused}");
        }
    }

    #[test]
    fn what_is_not_well_formed_cannot_be_declared() {
        for (wrong, told) in [
            (json!([{"name": "", "type": "text"}]), "has a name ``"),
            (json!([{"name": "1", "type": "text"}]), "has a name `1`"),
            (json!([{"name": "a b", "type": "text"}]), "has a name `a b`"),
            (json!([{"name": "a".repeat(64), "type": "text"}]), "has a name"),
            (json!([{"name": "a", "type": "text"}, {"name": "a", "type": "date"}]), "has `a` twice"),
            (json!([{"name": "a", "type": "money"}]), "has a type `money` that there is not"),
            (json!([{"name": "a", "type": "text[][]"}]), "has a type `text[]`"),
            (json!([{"name": "a", "type": "date", "default": "soon"}]), "$a should be of the type date"),
        ] {
            let refused = Declared::check(&declared(wrong.clone())).err().unwrap().to_string();
            assert!(refused.contains(told), "{wrong}: {refused}");
        }
        let many: Vec<Value> = (0..=MOST).map(|n| json!({"name": format!("p{n}"), "type": "text"})).collect();
        assert!(Declared::check(&declared(json!(many))).is_err());
    }
}
