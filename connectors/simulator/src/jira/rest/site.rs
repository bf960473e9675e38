//! What holds for all of a site: who asks, fields, statuses, types and projects.

use super::Question;
use super::page::Page;
use crate::answer::Answer;
use crate::jira::shapes::all_fields;
use crate::world::jira::{Component, IssueType, Priority, Project, Status, Version};
use serde_json::{Value, json};

pub(super) fn server_info(question: &Question<'_>) -> Answer {
    let view = &question.view;
    let mut info = json!({
        "baseUrl": view.address(), "version": "9.12.5", "versionNumbers": [9, 12, 5], "deploymentType": "Server",
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

/// Jira's own fields, and those that were added to the projects that may be seen, each of which has all of them.
pub(super) fn fields(question: &Question<'_>) -> Answer {
    let is_any_seen = !seen(question).is_empty();
    let mut all = all_fields(question.view.edition);
    all.retain(|field| is_any_seen || field["custom"] != true);
    Answer::json(200, Value::Array(all))
}

pub(super) fn statuses(question: &Question<'_>) -> Answer {
    Answer::json(200, Status::ALL.into_iter().map(|s| question.view.status(s)).collect())
}

/// The types of the projects that may be seen, each of which has all of them.
pub(super) fn issue_types(question: &Question<'_>) -> Answer {
    let is_any_seen = !seen(question).is_empty();
    let all = IssueType::ALL.into_iter().filter(|_| is_any_seen);
    Answer::json(200, all.map(|t| question.view.issue_type(t)).collect())
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

/// A project, with all keys that it has or had where that is asked for.
fn shown(question: &Question<'_>, project: &Project) -> Value {
    let mut shape = question.view.project(project);
    if question.expands("projectKeys") {
        shape["projectKeys"] = project.former_keys.iter().chain([&project.key]).cloned().collect();
    }
    shape
}

pub(super) fn projects(question: &Question<'_>) -> Answer {
    Answer::json(200, seen(question).into_iter().map(|p| shown(question, p)).collect())
}

pub(super) fn project_search(question: &Question<'_>) -> Answer {
    let is_recycled = question.asked.parameter("status").as_deref() == Some("deleted");
    let all = if is_recycled { question.view.site().recycled.values().collect() } else { seen(question) };
    let page = Page::of(question, 50, 100);
    let shown = |project: &Project| {
        let mut shape = shown(question, project);
        if question.expands("insight") {
            let issues = question.view.site().issues.values().filter(|issue| issue.fields.project == project.id);
            let updated = issues.clone().map(|issue| issue.updated_at).max();
            shape["insight"] = json!({
                "totalIssueCount": issues.count(), "lastIssueUpdateTime": updated.map(|at| question.view.time(at)),
            });
        }
        shape
    };
    let link = |start: usize| question.view.link(&format!("project/search?startAt={start}&maxResults={}", page.size));
    let mut body = json!({
        "self": link(page.start), "maxResults": page.size, "startAt": page.start, "total": all.len(),
        "isLast": page.is_last(all.len()),
        "values": page.cut(&all).iter().map(|project| shown(project)).collect::<Vec<_>>(),
    });
    if !page.is_last(all.len()) {
        body["nextPage"] = json!(link(page.start + page.size));
    }
    Answer::json(200, body)
}

/// A project of a name, if it may be seen.
fn found<'a>(question: &Question<'a>, name: &str) -> Result<&'a Project, Answer> {
    let project = question.view.site().project(name).filter(|p| question.token.sees(p));
    project.ok_or_else(|| Answer::error(404, &format!("No project could be found with key '{name}'.")))
}

fn versions(question: &Question<'_>, project: &Project) -> Vec<Value> {
    project.versions.values().map(|v| question.view.whole_version(project, v)).collect()
}

fn components(question: &Question<'_>, project: &Project) -> Vec<Value> {
    project.components.values().map(|c| question.view.whole_component(project, c)).collect()
}

/// All versions or components of a project.
pub(super) fn parts(question: &Question<'_>, name: &str, what: &str) -> Answer {
    match found(question, name) {
        Ok(project) if what == "versions" => Answer::json(200, versions(question, project).into()),
        Ok(project) => Answer::json(200, components(question, project).into()),
        Err(answer) => answer,
    }
}

/// The versions of a project by pages.
pub(super) fn version_page(question: &Question<'_>, name: &str) -> Answer {
    let project = match found(question, name) {
        Ok(project) => project,
        Err(answer) => return answer,
    };
    let (all, page) = (versions(question, project), Page::of(question, 50, 50));
    Answer::json(
        200,
        json!({
            "self": question.view.link(&format!("project/{name}/version?startAt={}", page.start)),
            "maxResults": page.size, "startAt": page.start, "total": all.len(), "isLast": page.is_last(all.len()),
            "values": page.cut(&all),
        }),
    )
}

/// The part that is wanted of the first project that has it, of those that may be seen.
fn part<'a, T>(question: &Question<'a>, part: impl Fn(&'a Project) -> Option<&'a T>) -> Option<(&'a Project, &'a T)> {
    seen(question).into_iter().find_map(|project| Some((project, part(project)?)))
}

pub(super) fn version(question: &Question<'_>, id: &str) -> Answer {
    let id = id.parse::<i64>().ok();
    let found: Option<(&Project, &Version)> = part(question, |project| project.versions.get(&id?));
    found.map_or_else(
        || Answer::error(404, "Could not find version for the given id."),
        |(project, version)| Answer::json(200, question.view.whole_version(project, version)),
    )
}

pub(super) fn component(question: &Question<'_>, id: &str) -> Answer {
    let id = id.parse::<i64>().ok();
    let found: Option<(&Project, &Component)> = part(question, |project| project.components.get(&id?));
    found.map_or_else(
        || Answer::error(404, "The component with the given id does not exist."),
        |(project, component)| Answer::json(200, question.view.whole_component(project, component)),
    )
}

pub(super) fn project(question: &Question<'_>, name: &str) -> Answer {
    let view = &question.view;
    let project = match found(question, name) {
        Ok(project) => project,
        Err(answer) => return answer,
    };
    let mut shape = view.project(project);
    shape["lead"] = view.user(project.lead.as_deref());
    shape["components"] = components(question, project).into();
    shape["versions"] = versions(question, project).into();
    shape["issueTypes"] = IssueType::ALL.into_iter().map(|t| view.issue_type(t)).collect();
    Answer::json(200, shape)
}
