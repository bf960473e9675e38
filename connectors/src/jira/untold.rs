//! Issues that Jira does not tell, as where something in the history of one is broken. A page that fails is asked for issue by issue, so that one
//! keeps none of the others from being read. It is known by a cursor of its own, which lands with the page that it is missing from, and is
//! asked for with each reading until Jira tells it.

use super::client::{Client, Found};
use super::reading::{AT_ONCE, MINUTE, Reading};
use super::search::{ALL, Issues};
use crate::Error;
use crate::net::Trouble;
use crate::source::{GONE, apart, cursor, problem, send_over};
use futures::StreamExt as _;
use pulse_engine::land::{Cursors, Page};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// How the parts of these issues are called.
pub(super) const UNTOLD: &str = "untold/";
/// What says where an issue is and when it changed, and nothing else of it.
const LITTLE: [(&str, &str); 1] = [("fields", "project,updated")];
/// How many of them are asked for in one reading.
const MOST: usize = 20;
/// Where so many of a page are not told, wherever they stand in it, and no other is, no more of it are asked for.
const ENOUGH: usize = 10;

/// Where one stands.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Untold {
    /// Why Jira does not tell it, as was said last; none of one that it told in the end, as earlier versions left it.
    #[serde(default = "unknown")]
    reason: Option<String>,
    /// The project that it is in, by its number.
    #[serde(default)]
    project: String,
}

/// The reason of one whose cursor says none: it is asked for all the same.
fn unknown() -> Option<String> {
    Some(String::new())
}

impl Untold {
    /// Whether Jira told it in the end.
    pub(super) fn is_over(&self) -> bool {
        self.reason.is_none()
    }
}

impl Client {
    /// A page of what a query finds, from a place on that the page before told; where that fails, issue by issue.
    pub(super) async fn search(&self, jql: &str, place: Option<&str>) -> Result<Issues, Trouble> {
        let failed = match self.find(jql, place, &ALL).await {
            Err(failed @ (Trouble::Again(_) | Trouble::TooMuch(_))) => failed,
            found => return found,
        };
        // Where this fails, too, it is no issue that does.
        let mut page = self.find(jql, place, &LITTLE).await?;
        for (_, little) in apart(std::mem::take(&mut page.issues), ENOUGH) {
            let Some(path) = little["id"].as_str().map(|id| format!("issue/{id}")) else { continue };
            match self.thing(&path, &ALL).await {
                Ok(Found { body, .. }) => page.issues.push(body),
                // One that is not there, though the search just found it, may be gone or not be told for a moment: which it is, is known when it is
                // asked for again.
                Err(trouble) => {
                    let reason = trouble.unless_fatal()?.reason();
                    page.untold.push((little, reason));
                }
            }
            if page.issues.is_empty() && page.untold.len() >= ENOUGH {
                break;
            }
        }
        // Where it tells none of several, it is none of them that fails.
        if page.issues.is_empty() && page.untold.len() > 1 { Err(failed) } else { Ok(page) }
    }
}

impl Reading<'_> {
    /// Asks anew for issues that Jira did not tell: each is landed once it does, or as gone where Jira knows it no more, or it is in a
    /// project that is not read. Somebody is told of one that it does not tell for another reason than before.
    pub(super) async fn untold(
        &self,
        cursors: &Cursors,
        connection: &str,
        projects: &BTreeSet<&str>,
        now: i64,
    ) -> Result<(), Trouble> {
        let mut ids = Vec::new();
        for part in cursors.keys() {
            let Some(id) = part.strip_prefix(UNTOLD) else { continue };
            let Some(known) = cursor::<Option<Untold>>(cursors, part, connection)? else { continue };
            if known.project.is_empty() || projects.contains(known.project.as_str()) {
                ids.push((id, known));
                continue;
            }
            // Should its project be read again, all of that is.
            let over = Page { payloads: vec![problem(&what(id), None, now)], ..Page::default() };
            send_over(self.outlet, part, over).await?;
        }
        // Another one goes first each time, so that none is always among the last.
        let first = usize::try_from(now / MINUTE).unwrap_or_default() % ids.len().max(1);
        ids.rotate_left(first);
        ids.truncate(MOST);
        let asked = ids.into_iter().map(|(id, known)| async move { (id, known, self.again(id, projects, now).await) });
        let mut asked = futures::stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE);
        while let Some((id, known, told)) = asked.next().await {
            let mut page = Page::default();
            let payload = match told {
                Ok(Some(payload)) => payload,
                Ok(None) => continue,
                Err(trouble) => {
                    let reason = trouble.unless_fatal()?.reason();
                    if known.reason.as_deref() != Some(told_of(id, &reason).as_str()) {
                        note(&mut page, [id, &known.project], &reason, now)?;
                        self.outlet.send(page).await.map_err(|_| Trouble::Closed)?;
                    }
                    continue;
                }
            };
            if payload.body == GONE {
                page.cursors.extend(self.development.forget(id)?);
            }
            let over = problem(&what(id), None, payload.observed_at);
            page.payloads = vec![payload, over];
            send_over(self.outlet, &format!("{UNTOLD}{id}"), page).await?;
        }
        Ok(())
    }
}

/// Notes in the page that an issue of a project is missing from that Jira does not tell it.
pub(super) fn note(page: &mut Page, [id, project]: [&str; 2], reason: &str, at: i64) -> Result<(), Trouble> {
    let reason = told_of(id, reason);
    page.payloads.push(problem(&what(id), Some(reason.as_str()), at));
    let stands = Untold { reason: Some(reason), project: project.to_owned() };
    page.cursors.insert(format!("{UNTOLD}{id}"), serde_json::to_string(&stands).map_err(Error::from)?);
    Ok(())
}

/// Which issue it is, and which project it is in, by their numbers.
pub(super) fn numbers(issue: &Value) -> [&str; 2] {
    ["/id", "/fields/project/id"].map(|at| issue.pointer(at).and_then(Value::as_str).unwrap_or_default())
}

/// What is said of an issue that is not told for a reason.
fn told_of(id: &str, reason: &str) -> String {
    format!("{}: {reason}", what(id))
}

/// What it is called that an issue is not told.
fn what(id: &str) -> String {
    format!("issues/{id}")
}
