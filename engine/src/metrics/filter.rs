//! A question's filter as conditions of SQL.

use super::Dimension;

/// Which repository belongs to which projects. It may be to several: the facts name the first of them, so that a view has
/// one row for each observation, and what asks by project looks here.
pub(super) const MEMBERSHIPS: &str = "(SELECT DISTINCT scope_id AS repository_id, project_id FROM core.project_scopes \
     WHERE scope_kind = 'repository' AND deleted_at IS NULL)";

/// The rows of a metric's view `o`, each once; by project once for each project `m` of its repository.
pub(super) fn rows(view: &str, by: Option<Dimension>) -> String {
    match by {
        Some(Dimension::Project) => {
            format!("dora.{view} AS o LEFT JOIN {MEMBERSHIPS} AS m ON m.repository_id = o.repository_id")
        }
        _ => format!("dora.{view} AS o"),
    }
}

/// What tells groups apart among [`rows`].
pub(super) fn key(by: Option<Dimension>) -> String {
    match by {
        None => "CAST(NULL AS VARCHAR)".to_owned(),
        Some(Dimension::Project) => "m.project_id".to_owned(),
        Some(by) => format!("o.{}", by.column()),
    }
}

/// What is looked for of one dimension.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// These ids.
    pub(super) ids: Vec<String>,
    /// And what belongs to none.
    pub(super) none: bool,
}

impl Wanted {
    /// Whether one of [`rows`] is looked for.
    pub(super) fn condition(&self, dimension: Dimension, by: Option<Dimension>) -> String {
        let list = self.ids.iter().map(|id| literal(id)).collect::<Vec<_>>().join(", ");
        let (among, none) = match dimension {
            // Not joined, a row is still looked at once, whichever of its projects is meant.
            Dimension::Project if by != Some(Dimension::Project) => (
                format!(
                    "o.repository_id IN (SELECT m.repository_id FROM {MEMBERSHIPS} AS m WHERE m.project_id IN ({list}))"
                ),
                format!("o.repository_id NOT IN (SELECT m.repository_id FROM {MEMBERSHIPS} AS m)"),
            ),
            _ => {
                let column = key(Some(dimension));
                (format!("{column} IN ({list})"), format!("{column} IS NULL"))
            }
        };
        match (self.ids.is_empty(), self.none) {
            (true, _) => none,
            (false, false) => among,
            (false, true) => format!("({among} OR {none})"),
        }
    }
}

/// A text as SQL writes it.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
