//! What Jira knows of an issue's pull requests, for its own pages: nothing of this is promised to anybody else.

use super::Question;
use crate::answer::Answer;
use crate::jira::shapes::APPLICATION;
use serde_json::json;

pub(super) fn answer(question: &Question<'_>, what: &str) -> Answer {
    let id = question.asked.parameter("issueId").unwrap_or_default();
    let issue = id.parse::<i64>().ok().and_then(|_| question.issue(&id));
    let Some(issue) = issue else { return Answer::no_issue() };
    match what {
        "summary" => {
            let summary = question.view.development_summary(issue.id);
            Answer::json(200, json!({"errors": [], "configErrors": [], "summary": summary}))
        }
        "detail" => {
            let is = |name: &str, value: &str| question.asked.parameter(name).as_deref() == Some(value);
            if !is("dataType", "pullrequest") || !is("applicationType", APPLICATION) {
                return Answer::json(200, json!({"errors": [], "detail": []}));
            }
            Answer::json(200, question.view.development_detail(issue.id))
        }
        _ => Answer::nowhere(&question.asked.path),
    }
}
