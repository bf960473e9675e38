//! The rows that show what a rule found, under the names that people know them by.

use super::catalogue::rules;
use crate::metrics::literal;
use crate::session::Session;
use crate::session::values::rows;
use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// A row that shows what a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// What people call it; `None` where its source tells nothing, or whoever asks does not see it.
    pub title: Option<String>,
    /// Where people open it.
    pub url: Option<String>,
}

/// The rows that show what a rule found of a subject that stands, at most 50, in the rule's order. A finding counts to one project, or to
/// none.
///
/// # Errors
/// [`Error::Question`] when there is no such rule; else as [`Session::collect`].
pub async fn evidence(session: &Session, rule: &str, subject: &str, project: Option<&str>) -> Result<Vec<Shown>> {
    let Some(rule) = rules()?.iter().find(|known| known.name == rule) else {
        return Err(Error::Question(format!("there is no risk rule `{}`", rule.escape_default())));
    };
    let of_project = project.map_or_else(|| "IS NULL".to_owned(), |project| format!("= {}", literal(project)));
    let found = format!(
        "SELECT evidence FROM risk.{} WHERE subject_id = {} AND project_id {of_project}",
        rule.name,
        literal(subject)
    );
    let ids: Vec<String> = rows(session, &found).await?.iter_mut().flat_map(|row| row.texts("evidence")).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = ids.iter().map(|id| literal(id)).collect::<Vec<_>>().join(", ");
    let names =
        format!("SELECT named_id, title, url FROM ({}) AS named WHERE named_id IN ({list})", rule.evidence.names());
    let mut named: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
    for mut row in rows(session, &names).await? {
        let (title, url) = (row.text("title"), row.text("url"));
        named.extend(row.text("named_id").map(|id| (id, (title, url))));
    }
    let shown = |id: String| {
        let (title, url) = named.remove(&id).unwrap_or_default();
        Shown { id, title, url }
    };
    Ok(ids.into_iter().map(shown).collect())
}
