//! One pushed row: checked, and typed by the columns of its entity.

use crate::mapping::SECONDS;
use chrono::{DateTime, Datelike as _, NaiveDate};
use pulse_engine::entities::{Column, Entity, Kind};
use pulse_engine::map::{Reject, owned};
use pulse_engine::row::{Row, Value};
use serde_json::{Map, Value as Json};

/// The column that says that a thing is gone.
pub(super) const DELETED: &str = "deleted";

/// What a row says.
pub(super) enum Said {
    /// This is how the thing is.
    Is(Row),
    /// The thing of this id is gone.
    Gone(String),
}

/// The names that a row may use.
pub(super) fn known(entity: &Entity) -> String {
    let names: Vec<_> = entity.own_columns().iter().map(|c| c.name).chain([DELETED]).collect();
    names.join(", ")
}

/// The column of that name, or what is wrong with it.
pub(super) fn column(entity: &'static Entity, name: &str) -> Result<&'static Column, Reject> {
    entity.own_columns().iter().find(|c| c.name == name).ok_or_else(|| {
        Reject::field(name, format!("{} has no column `{name}`; there are: {}", entity.name, known(entity)))
    })
}

/// Checks a row and types its values. Ids are made whole with `connection`, which is `push:<name>`.
pub(super) fn check(entity: &'static Entity, object: &Map<String, Json>, connection: &str) -> Result<Said, Reject> {
    let mut row = Row::new(entity);
    let mut gone = false;
    for (name, json) in object {
        if name == DELETED && entity.own_columns().iter().all(|c| c.name != DELETED) {
            gone = match json {
                Json::Null => false,
                Json::Bool(gone) => *gone,
                other => return Err(wrong(name, Kind::Bool, other)),
            };
            continue;
        }
        let column = column(entity, name)?;
        let key = is_key(name);
        let value = match typed(column, json)? {
            // Blank text names nothing, whatever the format calls it.
            Value::Text(text) if text.trim().is_empty() && (key || column.required) => Value::Null,
            Value::Text(text) if key => Value::Text(whole(text, connection)),
            value => value,
        };
        row.put(column.name, value);
    }
    let Some(id) = row.text("id") else {
        return Err(Reject::field("id", "`id` is required and missing"));
    };
    if id.ends_with(':') {
        return Err(Reject::field("id", format!("`id` ends with `:`, and this is {id:?}: name the thing behind it")));
    }
    owned(connection, id)?;
    if gone {
        return Ok(Said::Gone(row.text("id").unwrap_or_default().to_owned()));
    }
    row.check()?;
    Ok(Said::Is(row))
}

/// Whether a column of this name holds a key.
pub(super) fn is_key(name: &str) -> bool {
    name == "id" || name.ends_with("_id")
}

/// A key of the form `connector:connection:native` as it is, any other text as a native id of `connection`.
pub fn whole(text: String, connection: &str) -> String {
    let mut parts = text.splitn(3, ':');
    let has = |part: Option<&str>| part.is_some_and(|p| !p.is_empty());
    if has(parts.next()) && has(parts.next()) && has(parts.next()) { text } else { format!("{connection}:{text}") }
}

fn typed(column: &Column, json: &Json) -> Result<Value, Reject> {
    let wrong = || wrong(column.name, column.kind, json);
    Ok(match (column.kind, json) {
        (_, Json::Null) => Value::Null,
        (Kind::Text, Json::String(text)) => Value::Text(text.clone()),
        (Kind::TextList, Json::Array(items)) => {
            let texts = items.iter().map(|i| i.as_str().map(str::to_owned));
            Value::Texts(texts.collect::<Option<_>>().ok_or_else(wrong)?)
        }
        (Kind::Bool, Json::Bool(flag)) => Value::Bool(*flag),
        (Kind::Int, Json::Number(number)) => Value::Int(number.as_i64().ok_or_else(wrong)?),
        (Kind::Float, Json::Number(number)) => Value::Float(number.as_f64().ok_or_else(wrong)?),
        (Kind::Time, Json::String(text)) => {
            let time = DateTime::parse_from_rfc3339(text.trim()).ok();
            let time = time.filter(|time| SECONDS.contains(&time.timestamp())).ok_or_else(wrong)?;
            Value::Time(time.timestamp_micros())
        }
        (Kind::Date, Json::String(text)) => {
            let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
            let day = day.filter(|day| (1..=9999).contains(&day.year())).ok_or_else(wrong)?;
            Value::Date(day.to_epoch_days())
        }
        _ => return Err(wrong()),
    })
}

/// Text of a CSV cell as the JSON that [`check`] takes. What does not parse stays text, which `check` then refuses.
pub(super) fn cell(kind: Kind, text: &str) -> Json {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Json::Null;
    }
    let parsed = match kind {
        Kind::Text | Kind::Time | Kind::Date => None,
        Kind::Bool => match trimmed.to_ascii_lowercase().as_str() {
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ => None,
        },
        Kind::Int => trimmed.parse::<i64>().ok().map(Json::from),
        Kind::Float => trimmed.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Json::Number),
        Kind::TextList if trimmed.starts_with('[') => serde_json::from_str(trimmed).ok(),
        Kind::TextList => {
            let parts = trimmed.split(';').map(str::trim).filter(|p| !p.is_empty());
            Some(Json::Array(parts.map(Json::from).collect()))
        }
    };
    parsed.unwrap_or_else(|| Json::from(text))
}

fn wrong(column: &str, kind: Kind, json: &Json) -> Reject {
    let expected = match kind {
        Kind::Text => "text",
        Kind::TextList => "a list of texts, as a JSON array",
        Kind::Bool => "`true` or `false`",
        Kind::Int => "a whole number",
        Kind::Float => "a number",
        Kind::Time => "a time such as 2026-11-23T10:00:00Z",
        Kind::Date => "a day such as 2026-11-23",
    };
    let mut shown = json.to_string();
    if let Some((end, _)) = shown.char_indices().nth(60) {
        shown.truncate(end);
        shown.push('…');
    }
    Reject::field(column, format!("`{column}` is {expected}, and this is {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::entities::core;
    use serde_json::json;

    fn said(entity: &str, object: Json) -> Result<Row, Reject> {
        match check(core(entity).unwrap(), object.as_object().unwrap(), "push:file")? {
            Said::Is(row) => Ok(row),
            Said::Gone(id) => panic!("{id} is gone"),
        }
    }

    #[test]
    fn values_take_the_kind_of_their_column() {
        let row = said(
            "work_items",
            json!({
                "id": "1", "key": "A-1", "points": 2, "labels": ["x", "y"], "due_on": "1970-01-02",
                "created_at": "1970-01-01T01:00:00.5+01:00", "title": null,
            }),
        )
        .unwrap();
        assert_eq!(row.text("id"), Some("push:file:1"));
        assert_eq!(row.get("points"), &Value::Float(2.0));
        assert_eq!(row.get("labels"), &Value::Texts(vec!["x".into(), "y".into()]));
        assert_eq!(row.get("due_on"), &Value::Date(1));
        assert_eq!(row.get("created_at"), &Value::Time(500_000));
        assert_eq!(row.get("title"), &Value::Null);
    }

    #[test]
    fn a_bad_value_is_told_with_its_column() {
        let cases = [
            (json!({"key": "A-1"}), "id", "required"),
            (json!({"id": "1"}), "key", "required"),
            (json!({"id": "1", "key": 7}), "key", "is text"),
            (json!({"id": "1", "key": "k", "points": "2"}), "points", "is a number"),
            (json!({"id": "1", "key": "k", "labels": ["a", 1]}), "labels", "list"),
            (json!({"id": "1", "key": "k", "created_at": "2026-11-23 10:00"}), "created_at", "2026-11-23T10:00:00Z"),
            (
                json!({"id": "1", "key": "k", "created_at": "0000-06-01T00:00:00Z"}),
                "created_at",
                "2026-11-23T10:00:00Z",
            ),
            (json!({"id": "1", "key": "k", "due_on": "23.11.2026"}), "due_on", "2026-11-23"),
            (json!({"id": "1", "key": "k", "due_on": "+12026-11-23"}), "due_on", "2026-11-23"),
            (json!({"id": "1", "key": "k", "due_on": "0000-11-23"}), "due_on", "2026-11-23"),
            (json!({"id": "1", "key": "k", "colour": "red"}), "colour", "there are: id, project_id, key"),
            (json!({"id": "1", "key": "k", "observed_at": "2026-11-23T10:00:00Z"}), "observed_at", "no column"),
            (json!({"id": "1", "deleted": "yes"}), "deleted", "`true` or `false`"),
        ];
        for (object, field, reason) in cases {
            let reject = said("work_items", object.clone()).unwrap_err();
            assert_eq!(reject.field.as_deref(), Some(field), "{object}");
            assert!(reject.reason.contains(reason), "{object}: {}", reject.reason);
        }
    }

    #[test]
    fn blank_text_names_nothing() {
        let row = said(
            "incidents",
            json!({"id": "1", "began_at": "2026-11-23T10:00:00Z", "deployment_id": "", "project_id": " "}),
        );
        let row = row.unwrap();
        assert_eq!((row.get("deployment_id"), row.get("project_id")), (&Value::Null, &Value::Null));
        for (entity, object, field) in [
            ("teams", json!({"id": " ", "name": "A"}), "id"),
            ("teams", json!({"id": "1", "name": ""}), "name"),
            ("commits", json!({"id": "1", "repository_id": "", "sha": "a"}), "repository_id"),
        ] {
            let reject = said(entity, object.clone()).unwrap_err();
            assert_eq!(reject.field.as_deref(), Some(field), "{object}");
            assert!(reject.reason.contains("required and missing"), "{object}: {}", reject.reason);
        }
        let reject = said("teams", json!({"id": "a:", "name": "A"})).unwrap_err();
        assert!(reject.reason.contains("ends with `:`"), "{}", reject.reason);
    }

    #[test]
    fn an_id_is_whole_with_two_colons_and_native_without() {
        let row = said("deployments", json!({
            "id": "a:b", "repository_id": "git:shop:repository", "environment": "e", "is_production": true, "status": "succeeded",
            "incident_id": "7", "sha": "abc",
        }))
        .unwrap();
        assert_eq!(row.text("id"), Some("push:file:a:b"));
        assert_eq!(row.text("repository_id"), Some("git:shop:repository"));
        assert_eq!(row.text("incident_id"), Some("push:file:7"));
        assert_eq!(row.text("sha"), Some("abc"));
    }

    #[test]
    fn a_cell_is_read_by_its_columns_kind() {
        assert_eq!(cell(Kind::TextList, "a; b;;c"), json!(["a", "b", "c"]));
        assert_eq!(cell(Kind::TextList, "[\"a;b\"]"), json!(["a;b"]));
        assert_eq!(cell(Kind::Bool, "TRUE"), json!(true));
        assert_eq!(cell(Kind::Bool, "1"), json!("1"));
        assert_eq!(cell(Kind::Int, " 7 "), json!(7));
        assert_eq!(cell(Kind::Float, "inf"), json!("inf"));
        assert_eq!(cell(Kind::Text, " a "), json!(" a "));
        assert_eq!(cell(Kind::Text, "  "), Json::Null);
    }
}
