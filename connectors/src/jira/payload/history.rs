//! Histories of issues.

use super::{Id, Listed, User, words};
use serde::Deserialize;

/// The changelog of an issue.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Changelog {
    pub(crate) histories: Listed<History>,
}

/// Changes that were made at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct History {
    pub(crate) id: Option<Id>,
    pub(crate) created: Option<String>,
    /// None of what nobody known did.
    pub(crate) author: Option<User>,
    items: Option<Vec<Option<Item>>>,
}

impl History {
    /// The changes that one may see, each with its place among all.
    pub(crate) fn items(&self) -> impl Iterator<Item = (usize, &Item)> {
        self.items.iter().flatten().enumerate().filter_map(|(place, item)| Some((place, item.as_ref()?)))
    }
}

/// One change of one field: from an id and its words to others, of which either may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Item {
    pub(crate) field: Option<String>,
    /// Told by Cloud alone.
    pub(crate) field_id: Option<String>,
    fieldtype: Option<String>,
    #[serde(deserialize_with = "words")]
    pub(crate) from: Option<String>,
    #[serde(deserialize_with = "words")]
    pub(crate) from_string: Option<String>,
    #[serde(deserialize_with = "words")]
    pub(crate) to: Option<String>,
    #[serde(deserialize_with = "words")]
    pub(crate) to_string: Option<String>,
}

impl Item {
    /// Whether somebody added the field to Jira. It may then have the name of one of Jira's own.
    pub(crate) fn is_custom(&self) -> bool {
        self.fieldtype.as_deref() == Some("custom")
    }

    /// Whether it is Jira's own field of that name.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        !self.is_custom() && self.is_called(name)
    }

    /// Whether it is the field of that id. Where Jira tells no id, the name that such a field has when nobody changed it counts, and the
    /// one that it has `now`: a history keeps what a field was called then.
    pub(crate) fn is_field(&self, id: Option<&str>, first: &str, now: Option<&str>) -> bool {
        match (self.field_id.as_deref(), id) {
            (Some(told), Some(id)) => told == id,
            _ => self.is_called(first) || now.is_some_and(|now| self.is_called(now)),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        self.field.as_deref().is_some_and(|field| field.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_known_by_its_id_or_else_by_its_name() {
        let item = |json| serde_json::from_value::<Item>(json).unwrap();
        let cloud = item(json!({"field": "Iteration", "fieldId": "customfield_1", "fieldtype": "custom"}));
        let is_field = |item: &Item, id: Option<&str>, first: &str| item.is_field(id, first, None);
        assert!(is_field(&cloud, Some("customfield_1"), "Sprint"));
        assert!(!is_field(&cloud, Some("customfield_2"), "Iteration") && !is_field(&cloud, None, "Sprint"));
        let data_center = item(json!({"field": "Sprint", "fieldtype": "custom"}));
        assert!(is_field(&data_center, Some("customfield_1"), "Sprint") && is_field(&data_center, None, "sprint"));
        // It was renamed since, and what was said before then keeps its name.
        let renamed = item(json!({"field": "Iteration", "fieldtype": "custom"}));
        assert!(!is_field(&renamed, Some("customfield_1"), "Sprint"));
        for item in [renamed, data_center] {
            assert!(item.is_field(Some("customfield_1"), "Sprint", Some("iteration")));
        }
        let own = item(json!({"field": "status", "fieldtype": "jira"}));
        let added = item(json!({"field": "Status", "fieldtype": "custom"}));
        assert!(own.is_own("status") && !added.is_own("status") && added.is_custom());
    }

    #[test]
    fn what_is_empty_says_nothing_and_what_is_no_text_is_written_as_it_is() {
        let item: Item =
            serde_json::from_value(json!({"from": "", "fromString": null, "to": 5, "toString": ["a"]})).unwrap();
        assert_eq!((item.from, item.from_string), (None, None));
        assert_eq!((item.to.as_deref(), item.to_string.as_deref()), (Some("5"), Some("[\"a\"]")));
    }
}
