//! Issues.

use super::history::Changelog;
use super::{Id, Listed, Named, Thing, User};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::cell::OnceCell;
use std::collections::HashMap;

/// Stream `issues`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Issue {
    pub(crate) key: Option<String>,
    /// Its address in the API.
    #[serde(rename = "self")]
    pub(crate) address: Option<String>,
    pub(crate) fields: AllFields,
    pub(crate) changelog: Option<Changelog>,
    /// Whether the query for incidents found it when it was read.
    pub(crate) incident: bool,
}

/// The fields: those that every Jira has, and all by their ids.
#[derive(Debug, Default)]
pub(crate) struct AllFields {
    pub(crate) own: Fields,
    text: Option<Box<RawValue>>,
    all: OnceCell<HashMap<String, Field>>,
}

/// A field, which is read when it is asked for: most never are.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Field {
    text: Box<RawValue>,
    #[serde(skip)]
    value: OnceCell<Json>,
}

impl AllFields {
    /// A field by its id; none when the issue has no such field, `null` when it is empty.
    pub(crate) fn get(&self, id: Option<&str>) -> Option<&Json> {
        // It was read as JSON before, so it is JSON.
        let read = || self.text.as_ref().and_then(|text| serde_json::from_str(text.get()).ok());
        let field = self.all.get_or_init(|| read().unwrap_or_default()).get(id?)?;
        Some(field.value.get_or_init(|| serde_json::from_str(field.text.get()).unwrap_or_default()))
    }
}

impl<'de> Deserialize<'de> for AllFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let own: Option<Fields> =
            serde_json::from_str(text.get()).map_err(|e| D::Error::custom(format!("`fields`: {e}")))?;
        Ok(Self { own: own.unwrap_or_default(), text: Some(text), all: OnceCell::new() })
    }
}

/// The fields that every Jira has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub(crate) summary: Option<String>,
    /// Text, or in version 3 a document.
    pub(crate) description: Json,
    pub(crate) issuetype: Option<IssueType>,
    pub(crate) project: Option<Thing>,
    pub(crate) status: Option<Status>,
    pub(crate) priority: Option<Named>,
    pub(crate) assignee: Option<User>,
    pub(crate) reporter: Option<User>,
    pub(crate) parent: Option<Thing>,
    pub(crate) created: Option<String>,
    pub(crate) resolutiondate: Option<String>,
    pub(crate) duedate: Option<String>,
    pub(crate) labels: Listed<String>,
    #[serde(rename = "fixVersions")]
    pub(crate) fix_versions: Listed<Thing>,
    /// The versions that it is wrong in.
    pub(crate) versions: Listed<Thing>,
    pub(crate) components: Listed<Thing>,
    pub(crate) issuelinks: Listed<Link>,
    pub(crate) comment: Option<Comments>,
}

/// A type of issues; stream `types`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct IssueType {
    pub(crate) id: Option<Id>,
    pub(crate) name: Option<String>,
    /// Told by Cloud alone.
    pub(crate) hierarchy_level: Option<i64>,
    pub(crate) subtask: Option<bool>,
}

/// A status.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) name: Option<String>,
    pub(crate) status_category: Option<Category>,
}

/// What a status means to Jira.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Category {
    pub(crate) key: Option<String>,
}

/// A link, of which an issue tells the other side.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Link {
    pub(crate) id: Option<Id>,
    pub(crate) r#type: LinkType,
    pub(crate) outward_issue: Option<Linked>,
    pub(crate) inward_issue: Option<Linked>,
}

/// The other side of a link.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Linked {
    pub(crate) id: Option<Id>,
    pub(crate) key: Option<String>,
}

/// What a link says, read from the issue that it starts at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LinkType {
    pub(crate) outward: Option<String>,
}

/// The comments.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Comments {
    pub(crate) comments: Listed<Comment>,
}

/// A comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Comment {
    pub(crate) id: Option<Id>,
    pub(crate) author: Option<User>,
    pub(crate) created: Option<String>,
}
