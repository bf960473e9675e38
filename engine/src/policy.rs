//! Policies: which of a tenant's rows somebody may see, and whether what names people.
//!
//! A policy is part of the session, below SQL: of every table there is either nothing, or a table of ours that reads the real one
//! and hands on the rows that belong to what is allowed. Views, metrics, reports and evidence are planned over those, so
//! none of them can forget it. What a row belongs to is part of its table's declaration ([`crate::entities::Belonging`]); a
//! table that does not say so is not there at all.
//!
//! Whoever does not see people asks tables without the columns that name them, while views and metrics, which are of nobody,
//! are planned over whole ones: so figures are the same for everybody.

mod allowed;
mod filter;
mod page;
mod people;
#[cfg(test)]
mod random_tests;
mod table;
#[cfg(test)]
mod tests;

pub use page::policies_page;
pub(crate) use people::{Narrowed, without_people};

use crate::entities;
use allowed::Allowed;
use datafusion::catalog::TableProvider;
use std::collections::BTreeSet;
use std::sync::Arc;
use table::PolicyTable;

/// A table for a session: its schema, its name, and how it is read.
pub type Named = (&'static str, String, Arc<dyn TableProvider>);

/// What somebody may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    rows: Rows,
    people: bool,
}

/// Whose rows may be seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rows {
    /// Everybody's.
    Everything,
    /// Those that belong to any of these; with none of either, no rows.
    Only {
        /// Teams by id, each with the projects that it owns. The teams below one are to be named themselves.
        teams: BTreeSet<String>,
        /// Projects by id, each with its repositories.
        projects: BTreeSet<String>,
    },
}

impl Policy {
    /// The policy that shows all that there is.
    pub fn everything() -> Self {
        Self { rows: Rows::Everything, people: true }
    }

    /// The policy that allows these teams and projects, by id.
    pub fn only<T: Into<String>>(teams: impl IntoIterator<Item = T>, projects: impl IntoIterator<Item = T>) -> Self {
        let ids = |ids: &mut dyn Iterator<Item = T>| ids.map(Into::into).collect();
        let rows = Rows::Only { teams: ids(&mut teams.into_iter()), projects: ids(&mut projects.into_iter()) };
        Self { rows, people: true }
    }

    /// The same without what names people: tables of them, and the columns that say who did something.
    #[must_use]
    pub fn without_people(self) -> Self {
        Self { people: false, ..self }
    }

    /// Whose rows it shows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether it shows everybody's rows.
    pub fn shows_all_rows(&self) -> bool {
        self.rows == Rows::Everything
    }

    /// Whether it shows what names people.
    pub fn shows_people(&self) -> bool {
        self.people
    }

    /// What both of two policies show. It never shows more than either of them.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let rows = match (&self.rows, &other.rows) {
            (Rows::Everything, rows) | (rows, Rows::Everything) => rows.clone(),
            (Rows::Only { teams, projects }, Rows::Only { teams: other_teams, projects: other_projects }) => {
                Rows::Only { teams: teams & other_teams, projects: projects & other_projects }
            }
        };
        Self { rows, people: self.people && other.people }
    }

    /// The tables with the rows that the policy shows: what views are planned over.
    pub(crate) fn over(&self, tables: Vec<Named>) -> Shown {
        let Rows::Only { teams, projects } = &self.rows else { return Shown { tables, withheld: Vec::new() } };
        let allowed = Arc::new(Allowed::new(teams.clone(), projects.clone(), &tables));
        let mut shown = Shown::default();
        for (schema, name, table) in tables {
            match entities::declared(schema, &name) {
                Some(entity) if !entity.belongs.is_empty() => {
                    let table = PolicyTable::new(table, entity, Arc::clone(&allowed));
                    shown.tables.push((schema, name, Arc::new(table) as Arc<dyn TableProvider>));
                }
                Some(_) => shown.withheld.push((schema, name, Withheld::Belonging)),
                // Payloads: even which connectors there are is nobody's business then.
                None => {}
            }
        }
        shown
    }
}

/// Everything.
impl Default for Policy {
    fn default() -> Self {
        Self::everything()
    }
}

/// The tables that a policy shows, and the schemas and names of those that it does not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) tables: Vec<Named>,
    pub(crate) withheld: Vec<(&'static str, String, Withheld)>,
}

/// Why a table is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// Nothing says what its rows belong to.
    Belonging,
    /// It names people.
    People,
}

impl Withheld {
    /// What whoever names the table is told.
    pub(crate) fn why(self, table: &str) -> String {
        match self {
            Self::Belonging => format!(
                "the table `{table}` is not shown to whoever sees some teams and projects only, because nothing says which of them its rows belong to: leave it out, or ask somebody who sees everything. SHOW TABLES lists what you see"
            ),
            Self::People => format!(
                "the table `{table}` names people, which takes the permission `people:read`: leave it out, or ask an admin for that permission. SHOW TABLES lists what you see"
            ),
        }
    }
}
