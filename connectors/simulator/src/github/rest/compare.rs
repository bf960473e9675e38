//! `GET /repos/{owner}/{repo}/compare/{base}...{head}`

use super::Question;
use crate::github::Answer;
use crate::shapes::{self, API, PAGES};
use serde_json::{Value, json};

/// How many commits are shown when no page is asked for.
const WITHOUT_PAGES: usize = 250;

/// Commits that `head` leads to and `base` does not, oldest first.
pub(super) fn answer(question: &Question<'_>, basehead: &str) -> Answer {
    let Question { world, repository, .. } = question;
    let owner = format!("{}:", world.organization.login);
    let side = |name: &str| repository.resolve(name.strip_prefix(owner.as_str()).unwrap_or(name));
    let Some((base_name, head_name)) = basehead.split_once("...") else { return Answer::not_found() };
    let (Some(base), Some(head)) = (side(base_name), side(head_name)) else { return Answer::not_found() };
    let commit = |sha: &str| repository.commits.get(sha).map(|c| shapes::commit(world, repository, c));
    let Some(merge_base) = repository.merge_base(base, head) else {
        let message = format!("No common ancestor between {base_name} and {head_name}.");
        return Answer::message(404, &message, "https://docs.github.com/rest/commits/commits#compare-two-commits");
    };
    let ahead = repository.difference(base, head);
    let behind = repository.beyond(base, &repository.reachable(head)).len();
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let is_paged = question.parameter("page").is_some() || question.parameter("per_page").is_some();
    let page = question.page();
    let shown = if is_paged { page.of(&ahead) } else { &ahead[..ahead.len().min(WITHOUT_PAGES)] };
    let shown: Vec<Value> = shown.iter().map(|c| shapes::commit(world, repository, c)).collect();
    let path = format!("{}/compare/{basehead}", shapes::full_name(world, repository));
    let body = json!({
        "url": format!("{API}/repos/{path}"),
        "html_url": format!("{PAGES}/{path}"),
        "permalink_url": format!("{PAGES}/{path}"),
        "diff_url": format!("{PAGES}/{path}.diff"),
        "patch_url": format!("{PAGES}/{path}.patch"),
        "base_commit": commit(base),
        "merge_base_commit": shapes::commit(world, repository, merge_base),
        "status": status,
        "ahead_by": ahead.len(),
        "behind_by": behind,
        "total_commits": ahead.len(),
        "commits": shown,
        "files": [],
    });
    let answer = Answer::json(200, body);
    if is_paged { page.link(&question.parameters, &question.address, ahead.len(), answer) } else { answer }
}
