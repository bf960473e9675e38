//! Issues.

use super::history::Changelog;
use super::{Id, Listed, Named, Thing, User};
use serde::de::value::MapDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;

/// Stream `issues`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Issue<'a> {
    pub(crate) key: Option<String>,
    /// Its address in the API.
    #[serde(rename = "self")]
    pub(crate) address: Option<String>,
    #[serde(borrow)]
    pub(crate) fields: AllFields<'a>,
    pub(crate) changelog: Option<Changelog>,
    /// Whether the query for incidents found it when it was read.
    pub(crate) incident: bool,
    /// Whether that query could not be asked then.
    pub(crate) unasked: bool,
    /// The ids of the issues that its fields name as above it, by their keys, where these are all that the fields tell.
    pub(crate) above: BTreeMap<String, Id>,
}

/// The fields: those that every Jira has, and all by their ids.
#[derive(Debug, Default)]
pub(crate) struct AllFields<'a> {
    pub(crate) own: Fields,
    all: Vec<Field<'a>>,
}

/// A field, which is read when it is asked for: most never are.
#[derive(Debug)]
struct Field<'a> {
    id: Cow<'a, str>,
    text: &'a RawValue,
    value: OnceCell<Json>,
}

impl AllFields<'_> {
    /// A field by its id; none when the issue has no such field, `null` when it is empty.
    pub(crate) fn get(&self, id: Option<&str>) -> Option<&Json> {
        let id = id?;
        let field = self.all.iter().find(|field| field.id == id)?;
        // Its text is JSON, unless lists are deeper in one another than anybody reads.
        Some(field.value.get_or_init(|| serde_json::from_str(field.text.get()).unwrap_or_default()))
    }
}

/// What the ids begin with of the fields that somebody added to Jira, which are most.
const ADDED: &str = "customfield_";

impl<'de: 'a, 'a> Deserialize<'de> for AllFields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = deserializer.deserialize_any(Told)?;
        let own = all.iter().filter(|field| !field.id.starts_with(ADDED)).map(|field| (&*field.id, field.text));
        let own = Fields::deserialize(MapDeserializer::<_, serde_json::Error>::new(own));
        Ok(Self { own: own.map_err(|e| D::Error::custom(format!("`fields`: {e}")))?, all })
    }
}

/// Reads the fields of an issue, which may be `null`, as their texts.
struct Told;

impl<'de> Visitor<'de> for Told {
    type Value = Vec<Field<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of an issue")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut told: A) -> Result<Self::Value, A::Error> {
        /// A text that is copied only where it is written with escapes.
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        let mut all = Vec::new();
        while let Some((Name(id), text)) = told.next_entry::<Name<'de>, &'de RawValue>()? {
            all.push(Field { id, text, value: OnceCell::new() });
        }
        Ok(all)
    }
}

/// The fields that every Jira has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub(crate) summary: Option<String>,
    pub(crate) issuetype: Option<IssueType>,
    pub(crate) project: Option<Thing>,
    pub(crate) status: Option<Status>,
    pub(crate) priority: Option<Named>,
    pub(crate) assignee: Option<User>,
    pub(crate) reporter: Option<User>,
    pub(crate) parent: Option<Thing>,
    pub(crate) created: Option<String>,
    pub(crate) resolution: Option<Named>,
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
