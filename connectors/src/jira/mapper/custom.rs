//! Fields that a site added: what they hold, as text or as a number.

use super::issues::Ticket;
use super::{Work, document, stays};
use pulse_engine::map::Reject;
use serde_json::Value as Json;

/// The fields that somebody asked to keep.
pub(super) fn map(work: &mut Work<'_>, ticket: &Ticket<'_>) -> Result<(), Reject> {
    for (name, field) in &ticket.settings.fields.other {
        let Some(value) = ticket.issue.fields.get(Some(field)).and_then(text) else { continue };
        let row = work
            .part_row("work_item_fields", [&ticket.native, "fields", name])?
            .set("work_item_id", work.id(&ticket.native))
            .set("name", name.as_str())
            .set("value", value);
        work.push(row)?;
    }
    Ok(())
}

/// A value as people would write it; none of an empty one. Types are without number: what is not known is written as its JSON.
pub(super) fn text(value: &Json) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::String(text) => stays::name(text).unwrap_or(text).trim().to_owned(),
        Json::Number(number) => plain(number),
        Json::Bool(flag) => flag.to_string(),
        Json::Array(values) => values.iter().filter_map(text).collect::<Vec<_>>().join(", "),
        Json::Object(_) => object(value),
    };
    (!text.is_empty()).then_some(text)
}

/// A number, also one that is written as text.
pub(super) fn number(value: &Json) -> Option<f64> {
    let number = value.as_f64().or_else(|| text(value)?.parse().ok());
    number.filter(|number| number.is_finite())
}

/// `5` of `5.0`: Jira writes every number with a point.
fn plain(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// An option by its value and that of the option below it, people by the name that is shown, others by their name.
fn object(value: &Json) -> String {
    if value["type"] == "doc" {
        return document::plain(value).unwrap_or_default();
    }
    let named = |name: &str| value.get(name).filter(|told| told.is_string() || told.is_number()).and_then(text);
    match (named("value"), value.get("child").and_then(text)) {
        (Some(above), Some(below)) => format!("{above} / {below}"),
        (Some(option), None) => option,
        (None, _) => named("displayName").or_else(|| named("name")).unwrap_or_else(|| value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_of_any_type_is_written_as_people_would() {
        for (value, told) in [
            (json!("checkout "), "checkout"),
            (json!(5.0), "5"),
            (json!(2.5), "2.5"),
            (json!(12), "12"),
            (json!(true), "true"),
            (json!({"self": "https://x", "value": "SEV1", "id": "10030"}), "SEV1"),
            (json!({"value": "EMEA", "id": "1", "child": {"value": "Berlin", "id": "2"}}), "EMEA / Berlin"),
            (json!({"name": "v1.2", "id": "1", "released": true}), "v1.2"),
            (json!({"accountId": "a", "displayName": "Ada"}), "Ada"),
            (json!({"name": "ada", "key": "JIRAUSER1", "displayName": "Ada"}), "Ada"),
            (json!({"id": "7d", "name": "Core", "title": "Core team", "isVisible": true}), "Core"),
            (json!([{"value": "a"}, null, {"name": "b"}, "c", 4]), "a, b, c, 4"),
            (json!({"type": "doc", "content": [{"type": "text", "text": "hi"}]}), "hi"),
            (json!({"progress": 3}), "{\"progress\":3}"),
            (json!({"value": {"deep": 1}}), "{\"value\":{\"deep\":1}}"),
            (
                json!(["com.atlassian.greenhopper.service.sprint.Sprint@1[id=7,name=Sprint, 7,startDate=x]"]),
                "Sprint, 7",
            ),
        ] {
            assert_eq!(text(&value).as_deref(), Some(told), "{value}");
        }
    }

    #[test]
    fn an_empty_value_is_none() {
        for none in [json!(null), json!(""), json!(" "), json!([]), json!([null, ""])] {
            assert_eq!(text(&none), None, "{none}");
        }
    }

    #[test]
    fn a_number_may_be_written_as_text_or_stand_in_an_option() {
        for (value, told) in [
            (json!(3), Some(3.0)),
            (json!(0.5), Some(0.5)),
            (json!("8"), Some(8.0)),
            (json!({"value": "13"}), Some(13.0)),
            (json!("XL"), None),
            (json!("inf"), None),
            (json!(null), None),
        ] {
            assert_eq!(number(&value), told, "{value}");
        }
    }
}
