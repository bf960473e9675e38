//! A question's filter, and what its groups are told apart by, as SQL.

use super::{Dimension, Filter, names};
use crate::Result;
use crate::session::Session;

/// Which repository belongs to which projects. It may be to several: the facts name the first of them, so that a view has
/// one row for each observation, and what asks by project looks here. No view has columns of these names.
pub(super) const MEMBERSHIPS: &str = "(SELECT DISTINCT scope_id AS scoped_repository_id, project_id AS scoped_project_id \
     FROM core.project_scopes WHERE scope_kind = 'repository' AND deleted_at IS NULL)";

/// The rows of a metric's view, each once; by project once for each project that it belongs to: its own, and those of its
/// repository. A row policy lets the same projects see it.
pub(super) fn rows(view: &str, by: Option<Dimension>) -> String {
    if by != Some(Dimension::Project) {
        return view.to_owned();
    }
    format!(
        "(SELECT v.*, v.project_id AS scoped_project_id FROM {view} AS v \
           WHERE v.project_id IS NOT NULL OR v.repository_id IS NULL \
             OR v.repository_id NOT IN (SELECT scoped_repository_id FROM {MEMBERSHIPS} AS memberships) \
         UNION ALL SELECT v.*, memberships.scoped_project_id FROM {view} AS v \
           JOIN {MEMBERSHIPS} AS memberships ON memberships.scoped_repository_id = v.repository_id \
           WHERE v.project_id IS NULL OR v.project_id <> memberships.scoped_project_id)"
    )
}

/// What tells groups apart among [`rows`].
pub(super) fn key(by: Option<Dimension>) -> &'static str {
    match by {
        None => "CAST(NULL AS VARCHAR)",
        Some(Dimension::Project) => "scoped_project_id",
        Some(by) => by.column(),
    }
}

/// A filter as a condition, ` AND …` or nothing: on the rows of a metric as they are grouped `by`, or, without that, on any
/// rows that have what it filters by, and a repository and a project when that is projects.
///
/// # Errors
/// [`crate::Error::Question`] when it names something that is not there.
pub async fn condition(session: &Session, filter: &Filter, by: Option<Dimension>) -> Result<String> {
    let mut all = String::new();
    for dimension in Dimension::ALL {
        let texts = filter.of(dimension);
        if !texts.is_empty() {
            let wanted = names::resolve(session, dimension, texts).await?;
            all.push_str(&format!(" AND {}", wanted.condition(dimension, by)));
        }
    }
    Ok(all)
}

/// What is looked for of one dimension.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    /// These ids.
    pub(super) ids: Vec<String>,
    /// And what belongs to none.
    pub(super) none: bool,
}

impl Wanted {
    /// Whether what has this id, or none, is looked for.
    pub(crate) fn holds(&self, id: Option<&str>) -> bool {
        id.map_or(self.none, |id| self.ids.iter().any(|wanted| wanted == id))
    }

    fn condition(&self, dimension: Dimension, by: Option<Dimension>) -> String {
        let list = self.ids.iter().map(|id| literal(id)).collect::<Vec<_>>().join(", ");
        let (among, none) = match dimension {
            // Not joined, a row is still looked at once, whichever of its projects is meant.
            Dimension::Project if by != Some(Dimension::Project) => {
                let members = format!("SELECT scoped_repository_id FROM {MEMBERSHIPS} AS memberships");
                (
                    format!(
                        "(project_id IN ({list}) OR repository_id IN ({members} WHERE scoped_project_id IN ({list})))"
                    ),
                    format!("(project_id IS NULL AND (repository_id IS NULL OR repository_id NOT IN ({members})))"),
                )
            }
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

/// A text as SQL writes it, whatever is in it.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
