//! Which of a site's fields mean what, where nobody said; and which there are, for whoever is to say it.

use super::settings::Fields;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A field of a site, and what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its id, by which settings name it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The type of its values in Jira's words, such as `number` or `array of option`; of some Jira tells none.
    pub kind: Option<String>,
    /// Whether it is none of Jira's own.
    pub is_custom: bool,
    /// Which of the settings below `fields` name it, such as `points` or `other.service`.
    pub mapped_as: Vec<String>,
}

/// The fields that payloads of the stream `fields` tell, by their names; one that is gone is none.
pub fn told<'a>(fields: &Fields, payloads: impl IntoIterator<Item = &'a str>) -> Vec<Field> {
    #[derive(Deserialize)]
    struct Told {
        id: String,
        name: String,
        #[serde(default)]
        custom: bool,
        #[serde(default)]
        schema: Option<Schema>,
    }
    #[derive(Deserialize)]
    struct Schema {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        items: Option<String>,
    }
    // What histories call a field is no meaning of it.
    let named: Vec<(String, &str)> = fields.named().filter(|(setting, _)| setting != "names").collect();
    let told = payloads.into_iter().filter_map(|payload| serde_json::from_str::<Told>(payload).ok());
    let field = |Told { id, name, custom, schema }: Told| Field {
        mapped_as: named.iter().filter(|(_, of)| *of == id).map(|(setting, _)| setting.clone()).collect(),
        kind: schema.map(|Schema { kind, items }| match items {
            Some(items) => format!("{kind} of {items}"),
            None => kind,
        }),
        id,
        name,
        is_custom: custom,
    };
    let mut all: Vec<Field> = told.map(field).collect();
    all.sort_by_cached_key(|field| (field.name.to_lowercase(), field.id.clone()));
    all
}

/// Fills in what a person left open, by what Jira says of its fields: first by their kind, then by the names that they have
/// from the start.
pub(super) fn found(mut fields: Fields, known: &[Value]) -> Fields {
    let by = |fits: &dyn Fn(&Value) -> bool| {
        known.iter().find(|field| fits(field)).and_then(|field| field["id"].as_str()).map(str::to_owned)
    };
    let kind = |end: &'static str| {
        move |field: &Value| field["schema"]["custom"].as_str().is_some_and(|kind| kind.ends_with(end))
    };
    let name = |name: &'static str| {
        move |field: &Value| {
            field["custom"] == true && field["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name))
        }
    };
    fields.sprint = fields.sprint.or_else(|| by(&kind(":gh-sprint")));
    fields.development = fields.development.or_else(|| by(&kind(":devsummarycf"))).or_else(|| by(&kind(":devsummary")));
    fields.epic = fields.epic.or_else(|| by(&kind(":gh-epic-link")));
    if fields.points.is_empty() {
        // Projects of one site may have different ones.
        let all = [by(&kind(":jsw-story-points")), by(&name("Story Points")), by(&name("Story point estimate"))];
        for id in all.into_iter().flatten() {
            if !fields.points.contains(&id) {
                fields.points.push(id);
            }
        }
    }
    fields.severity = fields.severity.or_else(|| by(&name("Severity")));
    fields
}

/// Fills in besides what Data Center alone does not tell with each issue: what names the one above an epic, and what its histories call
/// fields, of which they tell no id.
pub(super) fn found_of_data_center(mut fields: Fields, known: &[Value]) -> Fields {
    let is_parent = |field: &&Value| {
        field["schema"]["custom"].as_str().is_some_and(|kind| kind.ends_with(":jpo-custom-field-parent"))
    };
    let parent = || known.iter().find(is_parent).and_then(|field| field["id"].as_str()).map(str::to_owned);
    fields.parent = fields.parent.or_else(parent);
    for (id, first) in fields.told_by_name() {
        let called = known.iter().find(|field| field["id"] == id).and_then(|field| field["name"].as_str());
        if let Some(name) = called.filter(|name| !name.eq_ignore_ascii_case(first)) {
            fields.names.entry(id).or_insert_with(|| name.to_owned());
        }
    }
    fields
}

/// Has those be fields of points, too, that were found to be before, and first: projects have different ones, of which some may be out of sight.
pub(super) fn with_points(mut fields: Fields, before: &[Value]) -> Fields {
    let known = found(Fields::default(), before).points;
    let now = std::mem::replace(&mut fields.points, known);
    for id in now {
        if !fields.points.contains(&id) {
            fields.points.push(id);
        }
    }
    fields
}

/// Those of these that are taken for something where nobody says otherwise, with what says that.
pub(super) fn taken(known: &[Value]) -> Vec<Value> {
    let fields = found_of_data_center(found(Fields::default(), known), known);
    let ids: BTreeSet<String> = fields.named().map(|(_, id)| id.to_owned()).collect();
    let is_taken = |field: &&Value| field["id"].as_str().is_some_and(|id| ids.contains(id));
    let short = |field: &Value| {
        let kind = &field["schema"]["custom"];
        json!({"id": field["id"], "name": field["name"], "custom": field["custom"], "schema": {"custom": kind}})
    };
    known.iter().filter(is_taken).map(short).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_by_their_kind_then_by_their_name_and_what_a_person_said_stays() {
        let field = |id: &str, name: &str, kind: &str| json!({"id": id, "name": name, "custom": true, "schema": {"custom": kind}});
        let known = [
            json!({"id": "summary", "name": "Severity", "custom": false}),
            field("customfield_1", "story points", "com.atlassian.jira.plugin.system.customfieldtypes:float"),
            field("customfield_2", "Iteration", "com.pyxis.greenhopper.jira:gh-sprint"),
            field("customfield_3", "Severity", "com.atlassian.jira.plugin.system.customfieldtypes:select"),
            field("customfield_4", "Epic Link", "com.pyxis.greenhopper.jira:gh-epic-link"),
            field(
                "customfield_5",
                "Development",
                "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummary",
            ),
            field("customfield_6", "Story point estimate", "com.pyxis.greenhopper.jira:jsw-story-points"),
        ];
        let all = found(Fields::default(), &known);
        let [sprint, severity, epic, development] = [2, 3, 4, 5].map(|n| Some(format!("customfield_{n}")));
        assert_eq!((all.sprint, all.severity, all.epic), (sprint, severity, epic));
        assert_eq!(all.points, ["customfield_6", "customfield_1"], "first by its kind, then by its name");
        assert_eq!(all.development, development);
        let said = found(Fields { points: vec!["customfield_9".into()], ..Fields::default() }, &known);
        assert_eq!(said.points, ["customfield_9"]);
        assert_eq!(found(Fields::default(), &[]), Fields::default());
    }

    #[test]
    fn fields_are_told_with_what_they_are_taken_for_and_those_that_are_gone_are_none() {
        let payloads = [
            r#"{"id": "customfield_2", "name": "Teams", "custom": true, "schema": {"type": "array", "items": "option"}}"#,
            r#"{"id": "customfield_1", "name": "story points", "custom": true, "schema": {"type": "number"}}"#,
            r#"{"id": "parent", "name": "Parent"}"#,
            r#"{"deleted":true}"#,
        ];
        let settings = Fields {
            points: vec!["customfield_1".into()],
            names: [("customfield_1".into(), "Size".into())].into(),
            other: [("size".into(), "customfield_1".into())].into(),
            ..Fields::default()
        };
        let field = |id: &str, name: &str, kind: Option<&str>, is_custom, mapped_as: &[&str]| Field {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
            is_custom,
            mapped_as: mapped_as.iter().map(|&setting| setting.to_owned()).collect(),
        };
        let all = [
            field("parent", "Parent", None, false, &[]),
            field("customfield_1", "story points", Some("number"), true, &["points", "other.size"]),
            field("customfield_2", "Teams", Some("array of option"), true, &[]),
        ];
        assert_eq!(told(&settings, payloads), all);
    }

    #[test]
    fn data_center_is_asked_what_it_calls_the_fields_that_its_histories_tell_by_name() {
        let field = |id: &str, name: &str, kind: &str| json!({"id": id, "name": name, "schema": {"custom": kind}});
        let known = [
            field("customfield_1", "Iteration", "com.pyxis.greenhopper.jira:gh-sprint"),
            field("customfield_2", "epic link", "com.pyxis.greenhopper.jira:gh-epic-link"),
            field("customfield_3", "Above", "com.atlassian.jpo:jpo-custom-field-parent"),
        ];
        let fields = found_of_data_center(found(Fields::default(), &known), &known);
        assert_eq!(fields.parent.as_deref(), Some("customfield_3"));
        let name = |id: &str| fields.names.get(id).map(String::as_str);
        let names = ["customfield_1", "customfield_2", "customfield_3"].map(name);
        assert_eq!(
            names,
            [Some("Iteration"), None, Some("Above")],
            "where it is not the one that it has from the start"
        );
        let said = Fields { names: [("customfield_1".into(), "Takt".into())].into(), ..Fields::default() };
        let said = found_of_data_center(found(said, &known), &known);
        assert_eq!(said.names["customfield_1"], "Takt", "what a person said stays");
    }

    #[test]
    fn what_is_found_by_all_fields_is_found_by_those_alone_that_are_taken_for_something() {
        let field = |id: &str, name: &str, kind: &str| json!({"id": id, "name": name, "custom": true, "schema": {"custom": kind}});
        let known = [
            json!({"id": "summary", "name": "Summary", "custom": false}),
            field("customfield_1", "Story Points", "com.atlassian.jira.plugin.system.customfieldtypes:float"),
            field("customfield_2", "Iteration", "com.pyxis.greenhopper.jira:gh-sprint"),
            field("customfield_3", "Budget", "com.atlassian.jira.plugin.system.customfieldtypes:float"),
            field("customfield_4", "Parent Link", "com.atlassian.jpo:jpo-custom-field-parent"),
        ];
        let of = |known: &[Value]| found_of_data_center(found(Fields::default(), known), known);
        let some = taken(&known);
        let ids: Vec<&str> = some.iter().filter_map(|field| field["id"].as_str()).collect();
        assert_eq!(ids, ["customfield_1", "customfield_2", "customfield_4"]);
        assert_eq!(of(&some), of(&known));
        assert!(taken(&[]).is_empty());
    }
}
