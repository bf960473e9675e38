//! One issue, its changelog and its comments.

use super::Question;
use super::page::Page;
use crate::answer::Answer;
use crate::jira::shapes::{View, Wanted};
use crate::world::jira::{History, Issue, JiraComment};
use serde_json::{Value, json};

/// Cloud shows so many histories with one issue.
const HISTORIES: usize = 100;

pub(super) fn one(question: &Question<'_>, id_or_key: &str) -> Answer {
    let Some(issue) = question.issue(id_or_key) else { return Answer::no_issue() };
    let view = View { all_comments: true, ..question.view };
    let wanted = Wanted::of(&question.asked.list("fields"), Wanted::All);
    let mut shape = view.issue(issue, &wanted);
    if question.expands("changelog") {
        let most = if view.is_cloud() { HISTORIES } else { usize::MAX };
        shape["changelog"] = embedded_changelog(&view, issue, most);
    }
    Answer::json(200, shape)
}

/// The changelog as it comes with an issue: the newest first in Cloud, and all of it from the oldest on in Data Center.
pub(super) fn embedded_changelog(view: &View<'_>, issue: &Issue, most: usize) -> Value {
    let total = issue.histories.len();
    let shape = |h: &History| view.history(h);
    let histories: Vec<Value> = if view.is_cloud() {
        issue.histories.iter().rev().take(most).map(shape).collect()
    } else {
        issue.histories.iter().map(shape).collect()
    };
    let size = if view.is_cloud() { most } else { total };
    json!({"startAt": 0, "maxResults": size, "total": total, "histories": histories})
}

/// The whole changelog by pages, the oldest first.
pub(super) fn changelog(question: &Question<'_>, id_or_key: &str) -> Answer {
    let Some(issue) = question.issue(id_or_key) else { return Answer::no_issue() };
    let page = Page::of(question, 100, 100);
    let total = issue.histories.len();
    let values: Vec<Value> = page.cut(&issue.histories).iter().map(|h| question.view.history(h)).collect();
    let link = |start: usize| {
        question.view.link(&format!("issue/{id_or_key}/changelog?maxResults={}&startAt={start}", page.size))
    };
    let mut body = json!({
        "self": link(page.start), "maxResults": page.size, "startAt": page.start, "total": total,
        "isLast": page.is_last(total), "values": values,
    });
    if !page.is_last(total) {
        body["nextPage"] = json!(link(page.start + page.size));
    }
    Answer::json(200, body)
}

/// Comments by pages, the oldest first, or with `orderBy=-created` the newest.
pub(super) fn comments(question: &Question<'_>, id_or_key: &str) -> Answer {
    let Some(issue) = question.issue(id_or_key) else { return Answer::no_issue() };
    let page = Page::of(question, 50, 5000);
    let mut comments: Vec<&JiraComment> = issue.comments.iter().collect();
    if question.asked.parameter("orderBy").as_deref() == Some("-created") {
        comments.reverse();
    }
    let shown: Vec<Value> = page.cut(&comments).iter().map(|c| question.view.comment(issue.id, c)).collect();
    let total = comments.len();
    Answer::json(200, json!({"startAt": page.start, "maxResults": page.size, "total": total, "comments": shown}))
}
