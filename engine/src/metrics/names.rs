//! What repositories, projects and teams are called.

use super::ask::literal;
use super::{Dimension, Filter};
use crate::session::Session;
use crate::{Error, Result};
use arrow::array::AsArray as _;
use std::collections::BTreeMap;

/// The names of a dimension by id; none where the session lacks its table.
pub(super) async fn of(session: &Session, dimension: Dimension) -> Result<Option<BTreeMap<String, String>>> {
    let table = dimension.table();
    if !session.has_table("core", table) {
        return Ok(None);
    }
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

/// A filter as a condition on rows that have a repository, project and team: ` AND …`, or nothing.
///
/// # Errors
/// [`Error::Question`] when it names something that is not there.
pub async fn condition(session: &Session, filter: &Filter) -> Result<String> {
    let wanted = [
        (Dimension::Repository, &filter.repositories),
        (Dimension::Project, &filter.projects),
        (Dimension::Team, &filter.teams),
    ];
    let mut condition = String::new();
    for (dimension, values) in wanted {
        if !values.is_empty() {
            let ids: Vec<_> = resolve(session, dimension, values).await?.iter().map(|id| literal(id)).collect();
            condition.push_str(&format!(" AND {} IN ({})", dimension.column(), ids.join(", ")));
        }
    }
    if let Some(dimension) = filter.without {
        condition.push_str(&format!(" AND {} IS NULL", dimension.column()));
    }
    Ok(condition)
}

/// The ids that a filter means, which may name ids or names; a name that two things share means both.
async fn resolve(session: &Session, dimension: Dimension, wanted: &[String]) -> Result<Vec<String>> {
    let Some(names) = of(session, dimension).await? else { return Ok(wanted.to_vec()) };
    let mut ids = Vec::new();
    for text in wanted {
        let known = ids.len();
        if names.contains_key(text) {
            ids.push(text.clone());
        } else {
            ids.extend(names.iter().filter(|(_, name)| *name == text).map(|(id, _)| id.clone()));
        }
        if ids.len() == known {
            let some: Vec<_> = names.values().take(10).map(String::as_str).collect();
            return Err(Error::Question(format!(
                "no {} `{text}`; there are: {}{}",
                dimension.name(),
                if some.is_empty() { "none yet".to_owned() } else { some.join(", ") },
                if names.len() > some.len() { ", …" } else { "" }
            )));
        }
    }
    Ok(ids)
}
