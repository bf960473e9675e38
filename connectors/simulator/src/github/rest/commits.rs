//! `GET /repos/{owner}/{repo}/commits`

use super::Question;
use crate::github::Answer;
use crate::shapes;
use crate::world::{Commit, Time};
use serde_json::Value;

/// Commits that a branch, a tag or a sha leads to, newest first, as far as they were committed within `since` and `until`.
pub(super) fn answer(question: &Question<'_>) -> Answer {
    let Question { world, repository, .. } = question;
    if repository.is_empty() {
        let page = "https://docs.github.com/rest/commits/commits#list-commits";
        return Answer::message(409, "Git Repository is empty.", page);
    }
    let name = question.parameter("sha").unwrap_or(&repository.default_branch);
    let Some(sha) = repository.resolve(name) else { return Answer::not_found() };
    let bound = |name| question.parameter(name).and_then(|v| v.parse::<Time>().ok());
    let (since, until) = (bound("since"), bound("until"));
    let is_within =
        |c: &&Commit| since.is_none_or(|s| c.committer.date >= s) && until.is_none_or(|u| c.committer.date <= u);
    let commits: Vec<&Commit> = repository.log(sha).into_iter().filter(is_within).collect();
    let page = question.page();
    let shown: Vec<Value> = page.of(&commits).iter().map(|c| shapes::commit(world, repository, c)).collect();
    page.link(&question.parameters, &question.address, commits.len(), Answer::json(200, Value::Array(shown)))
}
