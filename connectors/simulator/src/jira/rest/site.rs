//! What holds for all of a site: who asks, fields, statuses, types and projects.

use super::Question;
use super::page::Page;
use crate::answer::Answer;
use crate::jira::shapes::all_fields;
use crate::world::jira::{IssueType, Priority, Project, Status};
use serde_json::{Value, json};

pub(super) fn server_info(question: &Question<'_>) -> Answer {
    let view = &question.view;
    let mut info = json!({
        "baseUrl": view.base, "version": "9.12.5", "versionNumbers": [9, 12, 5], "deploymentType": "Server",
        "buildNumber": 9120005, "buildDate": "2024-02-20T00:00:00.000+0000", "databaseBuildNumber": 9120005,
        "serverTime": view.time(question.now), "scmInfo": "c0de2f1a", "serverTitle": "Jira",
    });
    if view.is_cloud() {
        info["version"] = json!("1001.0.0-SNAPSHOT");
        info["versionNumbers"] = json!([1001, 0, 0]);
        info["deploymentType"] = json!("Cloud");
        info["buildNumber"] = json!(100_286);
        info["defaultLocale"] = json!({"locale": "en_US"});
    }
    Answer::json(200, info)
}

pub(super) fn myself(question: &Question<'_>) -> Answer {
    let owner = question.token.owner(question.view.world);
    owner.map_or_else(
        || Answer::error(404, "The user does not exist."),
        |user| Answer::json(200, question.view.myself(user)),
    )
}

pub(super) fn fields(question: &Question<'_>) -> Answer {
    Answer::json(200, Value::Array(all_fields(question.view.edition)))
}

pub(super) fn statuses(question: &Question<'_>) -> Answer {
    Answer::json(200, Status::ALL.into_iter().map(|s| question.view.status(s)).collect())
}

pub(super) fn issue_types(question: &Question<'_>) -> Answer {
    Answer::json(200, IssueType::ALL.into_iter().map(|t| question.view.issue_type(t)).collect())
}

pub(super) fn priorities(question: &Question<'_>) -> Answer {
    let all = Priority::ALL.into_iter().map(|p| question.view.named("priority", p.names()));
    Answer::json(200, all.collect())
}

/// Projects that may be seen, by key.
fn seen<'a>(question: &Question<'a>) -> Vec<&'a Project> {
    let all = question.view.site().projects.values();
    let mut seen: Vec<&Project> = all.filter(|p| question.token.sees(p)).collect();
    seen.sort_by(|a, b| a.key.cmp(&b.key));
    seen
}

pub(super) fn projects(question: &Question<'_>) -> Answer {
    Answer::json(200, seen(question).into_iter().map(|p| question.view.project(p)).collect())
}

pub(super) fn project_search(question: &Question<'_>) -> Answer {
    let all = seen(question);
    let page = Page::of(question, 50, 100);
    let link = |start: usize| question.view.link(&format!("project/search?startAt={start}&maxResults={}", page.size));
    let mut body = json!({
        "self": link(page.start), "maxResults": page.size, "startAt": page.start, "total": all.len(),
        "isLast": page.is_last(all.len()),
        "values": page.cut(&all).iter().map(|p| question.view.project(p)).collect::<Vec<_>>(),
    });
    if !page.is_last(all.len()) {
        body["nextPage"] = json!(link(page.start + page.size));
    }
    Answer::json(200, body)
}

pub(super) fn project(question: &Question<'_>, name: &str) -> Answer {
    let view = &question.view;
    let Some(project) = view.site().project(name).filter(|p| question.token.sees(p)) else {
        return Answer::error(404, &format!("No project could be found with key '{name}'."));
    };
    let mut shape = view.project(project);
    shape["lead"] = view.user(project.lead.as_deref());
    shape["components"] = project.components.values().map(|c| view.component(c)).collect();
    shape["versions"] = project.versions.values().map(|v| view.version(v)).collect();
    shape["issueTypes"] = IssueType::ALL.into_iter().map(|t| view.issue_type(t)).collect();
    Answer::json(200, shape)
}
