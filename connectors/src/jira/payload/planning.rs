//! Projects with their versions and components, boards and sprints.

use super::{Id, User};
use serde::Deserialize;

/// Stream `projects`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Project {
    pub(crate) name: Option<String>,
    pub(crate) key: Option<String>,
    /// All that it has or had.
    pub(crate) project_keys: Vec<String>,
}

/// Stream `versions`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Version {
    pub(crate) name: Option<String>,
    pub(crate) project_id: Option<Id>,
    pub(crate) released: bool,
    pub(crate) archived: bool,
    pub(crate) start_date: Option<String>,
    pub(crate) release_date: Option<String>,
}

/// Stream `components`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Component {
    pub(crate) name: Option<String>,
    pub(crate) project_id: Option<Id>,
    pub(crate) lead: Option<User>,
}

/// Stream `boards`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Board {
    pub(crate) name: Option<String>,
    pub(crate) location: Option<Location>,
}

/// Where a board is. One may be a person's own instead of a project's, or of several.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Location {
    pub(crate) project_id: Option<Id>,
}

/// Stream `sprints`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Sprint {
    pub(crate) name: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) start_date: Option<String>,
    pub(crate) end_date: Option<String>,
    pub(crate) complete_date: Option<String>,
    /// The board that it was made on.
    pub(crate) origin_board_id: Option<Id>,
    /// Where that is.
    pub(crate) origin_board: Option<Board>,
}
