//! The endpoints.

mod agile;
mod development;
mod issues;
mod page;
mod search;
mod site;

use super::exchange::Asked;
use super::shapes::View;
use super::{Edition, Token};
use crate::answer::Answer;
use crate::world::Time;
use crate::world::jira::Issue;
use chrono::TimeDelta;

/// What an endpoint answers from.
pub(super) struct Question<'a> {
    pub(super) view: View<'a>,
    pub(super) token: &'a Token,
    pub(super) asked: &'a Asked,
    pub(super) now: Time,
    /// How long the search does not know of a change.
    pub(super) search_lag: TimeDelta,
    /// The issue by which searches fail.
    pub(super) unsearchable: Option<i64>,
}

impl<'a> Question<'a> {
    /// An issue by its id or key, if it may be seen.
    fn issue(&self, id_or_key: &str) -> Option<&'a Issue> {
        let issue = self.view.site().issue(id_or_key)?;
        self.token.sees_id(self.view.world, issue.fields.project).then_some(issue)
    }

    fn expands(&self, what: &str) -> bool {
        self.asked.list("expand").iter().any(|e| e == what)
    }
}

/// Answers a request.
pub(super) fn answer(question: &Question<'_>) -> Answer {
    let asked = question.asked;
    let segments: Vec<&str> = asked.path.trim_start_matches("/rest/").split('/').filter(|s| !s.is_empty()).collect();
    let is_cloud = question.view.edition == Edition::Cloud;
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", ["agile", "1.0", rest @ ..]) => agile::answer(question, rest),
        ("GET", ["dev-status", "1.0", "issue", what]) => development::answer(question, what),
        ("GET", ["api", _, "serverInfo"]) => site::server_info(question),
        ("GET", ["api", _, "myself"]) => site::myself(question),
        ("GET", ["api", _, "field"]) => site::fields(question),
        ("GET", ["api", _, "status"]) => site::statuses(question),
        ("GET", ["api", _, "issuetype"]) => site::issue_types(question),
        ("GET", ["api", _, "priority"]) => site::priorities(question),
        ("GET", ["api", _, "project"]) => site::projects(question),
        ("GET", ["api", _, "project", "search"]) if is_cloud => site::project_search(question),
        ("GET", ["api", _, "project", name]) => site::project(question, name),
        ("GET", ["api", _, "project", name, what @ ("versions" | "components")]) => site::parts(question, name, what),
        ("GET", ["api", _, "project", name, "version"]) if is_cloud => site::version_page(question, name),
        ("GET", ["api", _, "version", id]) => site::version(question, id),
        ("GET", ["api", _, "component", id]) => site::component(question, id),
        ("GET" | "POST", ["api", _, "search", "jql"]) if is_cloud => search::by_token(question),
        ("POST", ["api", _, "search", "approximate-count"]) if is_cloud => search::count(question),
        ("GET" | "POST", ["api", _, "search"]) if is_cloud => search::gone(),
        ("GET" | "POST", ["api", _, "search"]) => search::by_offset(question),
        ("GET", ["api", _, "issue", issue]) => issues::one(question, issue),
        ("GET", ["api", _, "issue", issue, "changelog"]) if is_cloud => issues::changelog(question, issue),
        ("GET", ["api", _, "issue", issue, "comment"]) => issues::comments(question, issue),
        _ => Answer::nowhere(&asked.path),
    }
}
