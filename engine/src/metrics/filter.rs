//! A question's filter, and what its groups are told apart by, as SQL.

use super::{Dimension, Filter, Subject, names};
use crate::session::Session;
use crate::{Error, Result};

/// What a project says of a repository that belongs to it.
macro_rules! of_repositories {
    () => {
        "scope_id AS scoped_repository_id, project_id AS scoped_project_id FROM core.project_scopes \
         WHERE scope_kind = 'repository' AND deleted_at IS NULL"
    };
}

/// Which repository belongs to which projects. It may be to several: the facts name the first of them, so that a view has
/// one row for each observation, and what asks by project looks here. No view has columns of these names.
pub(super) const MEMBERSHIPS: &str = concat!("(SELECT DISTINCT ", of_repositories!(), ")");

/// The same, in which one may stand several times.
pub(super) const SCOPES: &str = concat!("SELECT ", of_repositories!());

/// What a filter has to know of the rows that it is for.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// What stands in columns of their own.
    pub columns: &'a [Dimension],
    /// What they are of, which tells the rest, and the column that has its id.
    pub of: Option<(Subject, &'a str)>,
}

/// A filter as a condition on such rows, ` AND …` or nothing.
///
/// # Errors
/// [`Error::Question`] when it names something that is not there, or what these rows have not.
pub async fn condition(session: &Session, filter: &Filter, rows: Rows<'_>) -> Result<String> {
    let mut all = String::new();
    for dimension in Dimension::ALL {
        let texts = filter.of(dimension);
        if !texts.is_empty() {
            let wanted = names::resolve(session, dimension, texts).await?;
            let part = if rows.columns.contains(&dimension) {
                wanted.condition(dimension)
            } else {
                wanted.looked_up(dimension, rows.of)?
            };
            all.push_str(&format!(" AND {part}"));
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

    fn list(&self) -> String {
        self.ids.iter().map(|id| literal(id)).collect::<Vec<_>>().join(", ")
    }

    fn condition(&self, dimension: Dimension) -> String {
        let list = self.list();
        let (among, none) = match dimension {
            // Not joined, a row is still looked at once, whichever of its projects is meant.
            Dimension::Project => {
                let members = format!("SELECT scoped_repository_id FROM {MEMBERSHIPS} AS memberships");
                (
                    format!(
                        "(project_id IN ({list}) OR repository_id IN ({members} WHERE scoped_project_id IN ({list})))"
                    ),
                    format!("(project_id IS NULL AND (repository_id IS NULL OR repository_id NOT IN ({members})))"),
                )
            }
            _ => {
                let column = dimension.column();
                (format!("{column} IN ({list})"), format!("{column} IS NULL"))
            }
        };
        self.either(among, none)
    }

    /// The same where what the rows are of tells of it. A row stands once, however many labels that has.
    fn looked_up(&self, dimension: Dimension, of: Option<(Subject, &str)>) -> Result<String> {
        let found = of.and_then(|(subject, id)| Some((subject.told_in(dimension)?, id)));
        let Some((table, id)) = found else {
            let why = format!("this cannot be asked by {0}: leave out `{0}`", dimension.name());
            return Err(Error::Question(why));
        };
        let condition = match dimension {
            Dimension::Label => {
                let among = format!("array_has_any(labels, make_array({}))", self.list());
                self.either(among, "NOT COALESCE(cardinality(labels) > 0, FALSE)".to_owned())
            }
            _ => self.condition(dimension),
        };
        Ok(format!("{id} IN (SELECT id FROM {table} WHERE {condition})"))
    }

    fn either(&self, among: String, none: String) -> String {
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
