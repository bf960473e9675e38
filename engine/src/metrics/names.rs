//! What repositories, projects and teams are called.

use super::Dimension;
use super::filter::{MEMBERSHIPS, SCOPES, Wanted, literal};
use super::places::Memberships;
use crate::session::Session;
use crate::{Error, Result};
use arrow::array::AsArray as _;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The names of each dimension, and which repository belongs to which projects, as they were first looked up in a session: its tables do
/// not change.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    names: Mutex<HashMap<Dimension, Names>>,
    memberships: OnceCell<Arc<Memberships>>,
}

/// By id; none where the session lacks the dimension's table.
pub(crate) type Names = Option<Arc<BTreeMap<String, String>>>;

/// The names of a dimension by id; none where the session lacks its table.
pub(crate) async fn of(session: &Session, dimension: Dimension) -> Result<Names> {
    let kept = session.names().names.lock().get(&dimension).cloned();
    if let Some(names) = kept {
        return Ok(names);
    }
    let names = look_up(session, dimension).await?.map(Arc::new);
    session.names().names.lock().insert(dimension, names.clone());
    Ok(names)
}

async fn look_up(session: &Session, dimension: Dimension) -> Result<Option<BTreeMap<String, String>>> {
    let Some(table) = dimension.table().filter(|table| session.has_table("core", table)) else { return Ok(None) };
    let mut names = BTreeMap::new();
    for batch in session.collect(&format!("SELECT id, name FROM core.{table}")).await? {
        let (ids, labels) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
        for (id, label) in ids.iter().zip(labels) {
            if let (Some(id), Some(label)) = (id, label) {
                names.insert(id.to_owned(), label.to_owned());
            }
        }
    }
    Ok(Some(names))
}

/// The projects of each repository.
pub(super) async fn memberships(session: &Session) -> Result<Arc<Memberships>> {
    let look_up = || async {
        let mut memberships = Memberships::new();
        for batch in session.collect(SCOPES).await? {
            let (repositories, projects) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
            for (repository, project) in repositories.iter().zip(projects) {
                if let (Some(repository), Some(project)) = (repository, project) {
                    memberships.entry(repository.to_owned()).or_default().push(project.to_owned());
                }
            }
        }
        // Once each and in order: that takes less here than to be planned.
        for projects in memberships.values_mut() {
            projects.sort_unstable();
            projects.dedup();
        }
        Ok(Arc::new(memberships))
    };
    session.names().memberships.get_or_try_init(look_up).await.cloned()
}

/// The word in a filter for what belongs to no repository, project or team. A thing of that name is asked for by its id.
pub const NONE: &str = "none";

/// What a filter means, which may name ids, names or `none`; a name that two things share means both. An id that the facts
/// know is known, whether or not anything says what it is called.
pub(crate) async fn resolve(session: &Session, dimension: Dimension, texts: &[String]) -> Result<Wanted> {
    let names = of(session, dimension).await?.unwrap_or_default();
    let mut wanted = Wanted::default();
    for text in texts {
        if text == NONE {
            wanted.none = true;
            continue;
        }
        // A word that stands for itself is known by the rows that have it.
        if dimension.table().is_none() {
            wanted.ids.push(text.clone());
            continue;
        }
        let known = wanted.ids.len();
        if !names.contains_key(text) {
            wanted.ids.extend(names.iter().filter(|(_, name)| *name == text).map(|(id, _)| id.clone()));
        }
        if wanted.ids.len() > known {
            continue;
        }
        if !names.contains_key(text) && !is_known(session, dimension, text).await? {
            let some: Vec<_> = names.values().take(10).map(String::as_str).collect();
            return Err(Error::Question(format!(
                "no {} `{text}`; there are: {}{}",
                dimension.name().replace('_', " "),
                if some.is_empty() { "none yet".to_owned() } else { some.join(", ") },
                if names.len() > some.len() { ", …" } else { "" }
            )));
        }
        wanted.ids.push(text.clone());
    }
    Ok(wanted)
}

/// The ids of projects that are named by id or name, each of them one; of what belongs to none, which is `none`, an empty one.
///
/// # Errors
/// [`Error::Question`] when one is not known, or when several are called so.
pub async fn projects(session: &Session, named: &[String]) -> Result<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    for text in named {
        let wanted = resolve(session, Dimension::Project, std::slice::from_ref(text)).await?;
        match wanted.ids.as_slice() {
            [] => ids.insert(String::new()),
            [one] => ids.insert(one.clone()),
            several => {
                let which = several.join(", ");
                return Err(Error::Question(format!(
                    "several projects are called `{text}`; name one by its id: {which}"
                )));
            }
        };
    }
    Ok(ids)
}

/// Whether any fact, or any project or its scope, has this id.
pub(crate) async fn is_known(session: &Session, dimension: Dimension, id: &str) -> Result<bool> {
    const FACTS: [&str; 5] =
        ["facts.deployments", "facts.changes", "facts.pull_requests", "facts.work_items", "facts.incidents"];
    let facts = FACTS.map(|fact| (dimension.column(), fact));
    let places: Vec<(&str, &str)> = match dimension {
        Dimension::Project => [("scoped_project_id", MEMBERSHIPS)].into_iter().chain(facts).collect(),
        // Facts have it from there.
        Dimension::OwningTeam => vec![("team_id", "core.projects")],
        _ => facts.to_vec(),
    };
    for (column, place) in places {
        let statement = format!("SELECT 1 FROM {place} AS known WHERE {column} = {} LIMIT 1", literal(id));
        if session.collect(&statement).await?.iter().any(|batch| batch.num_rows() > 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entity, session};
    use super::*;
    use crate::row::Row;

    #[tokio::test]
    async fn a_repository_belongs_once_to_each_of_its_projects_which_come_in_order() {
        let scope = |id: &str, project: &str, kind: &str| {
            let row = Row::new(entity("core/project_scopes")).set("id", id).set("project_id", project);
            row.set("scope_kind", kind).set("scope_id", "r1")
        };
        let rows = [
            scope("1", "p2", "repository"),
            scope("2", "p1", "repository"),
            scope("3", "p2", "repository"),
            scope("4", "p0", "board"),
        ];
        let found = memberships(&session(&rows)).await.unwrap();
        assert_eq!(*found, Memberships::from([("r1".to_owned(), vec!["p1".to_owned(), "p2".to_owned()])]));
    }
}
