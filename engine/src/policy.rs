//! Row policies: which of a tenant's rows somebody may see.
//!
//! A policy is part of the session, below SQL: of every table there is either nothing, or a table of ours that reads the real one
//! and hands on the rows that belong to what is allowed. Views, metrics, reports and evidence are planned over those, so
//! none of them can forget it. What a row belongs to is part of its table's declaration ([`crate::entities::Belonging`]); a
//! table that does not say so is not there at all.

mod allowed;
mod filter;
mod page;
#[cfg(test)]
mod random_tests;
mod table;
#[cfg(test)]
mod tests;

pub use page::policies_page;

use crate::entities;
use allowed::Allowed;
use datafusion::catalog::TableProvider;
use std::collections::BTreeSet;
use std::sync::Arc;
use table::PolicyTable;

/// A table for a session: its schema, its name, and how it is read.
pub type Named = (&'static str, String, Arc<dyn TableProvider>);

/// Whose rows may be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Everybody's.
    #[default]
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
    /// The policy that allows these teams and projects, by id.
    pub fn only<T: Into<String>>(teams: impl IntoIterator<Item = T>, projects: impl IntoIterator<Item = T>) -> Self {
        Self::Only {
            teams: teams.into_iter().map(Into::into).collect(),
            projects: projects.into_iter().map(Into::into).collect(),
        }
    }

    /// What both of two policies name. It never allows more than either of them.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everything, policy) | (policy, Self::Everything) => policy.clone(),
            (Self::Only { teams, projects }, Self::Only { teams: other_teams, projects: other_projects }) => {
                Self::Only { teams: teams & other_teams, projects: projects & other_projects }
            }
        }
    }

    /// The tables as the policy lets them be seen, and the schemas and names of those that it withholds.
    pub(crate) fn over(&self, tables: Vec<Named>) -> (Vec<Named>, Vec<(&'static str, String)>) {
        let Self::Only { teams, projects } = self else { return (tables, Vec::new()) };
        let allowed = Arc::new(Allowed::new(teams.clone(), projects.clone(), &tables));
        let (mut shown, mut withheld) = (Vec::new(), Vec::new());
        for (schema, name, table) in tables {
            match entities::declared(schema, &name) {
                Some(entity) if !entity.belongs.is_empty() => {
                    let table = PolicyTable::new(table, entity, Arc::clone(&allowed));
                    shown.push((schema, name, Arc::new(table) as Arc<dyn TableProvider>));
                }
                Some(_) => withheld.push((schema, name)),
                // Payloads: even which connectors there are is nobody's business then.
                None => {}
            }
        }
        (shown, withheld)
    }
}
