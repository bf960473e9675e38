//! `GET /repos/{owner}/{repo}/actions/runs`, and `…/{run}/attempts/{attempt}` with its jobs.

use super::Question;
use crate::github::Answer;
use crate::shapes;
use crate::world::{Time, WorkflowRun};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde_json::{Value, json};

/// How many results of one search can be reached.
const REACHABLE: usize = 1000;

/// Workflow runs, newest first. `total_count` tells of all; only the first thousand are shown on any page.
pub(super) fn answer(question: &Question<'_>) -> Answer {
    let Question { world, repository, .. } = question;
    let range = question.parameter("created").map(Range::parse);
    let has = |name: &str, value: &str| question.parameter(name).is_none_or(|v| v == value);
    let fits = |run: &&WorkflowRun| {
        let (status, conclusion) = run.status.names();
        range.is_none_or(|r| r.holds(run.created_at))
            && (has("status", status) || conclusion.is_some_and(|c| has("status", c)))
            && has("branch", &run.branch)
            && has("event", &run.event)
            && has("head_sha", &run.sha)
    };
    let mut runs: Vec<&WorkflowRun> = repository.runs.values().filter(fits).collect();
    runs.sort_by_key(|r| std::cmp::Reverse((r.created_at, r.id)));
    let total = runs.len();
    runs.truncate(REACHABLE);
    let page = question.page();
    let shown: Vec<Value> = page.of(&runs).iter().map(|r| shapes::workflow_run(world, repository, r)).collect();
    let body = json!({"total_count": total, "workflow_runs": shown});
    page.link(&question.parameters, &question.address, runs.len(), Answer::json(200, body))
}

/// One attempt of a run.
pub(super) fn attempt(question: &Question<'_>, run: &str, attempt: &str) -> Answer {
    let Question { world, repository, .. } = question;
    let found = found(question, run, attempt);
    found.map_or_else(Answer::not_found, |run| Answer::json(200, shapes::workflow_run(world, repository, &run)))
}

/// The jobs of one attempt of a run.
pub(super) fn jobs(question: &Question<'_>, run: &str, attempt: &str) -> Answer {
    let Some(run) = found(question, run, attempt) else { return Answer::not_found() };
    let jobs = shapes::workflow_jobs(question.world, question.repository, &run);
    let page = question.page();
    let body = json!({"total_count": jobs.len(), "jobs": page.of(&jobs)});
    page.link(&question.parameters, &question.address, jobs.len(), Answer::json(200, body))
}

fn found(question: &Question<'_>, run: &str, attempt: &str) -> Option<WorkflowRun> {
    question.repository.runs.get(&run.parse().ok()?)?.at(attempt.parse().ok()?)
}

/// GitHub's search syntax for dates: `A..B`, `>=A`, `>A`, `<=B`, `<B` or one day; `*` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Range {
    /// The first instant within.
    from: Option<Time>,
    /// The last instant within.
    to: Option<Time>,
}

impl Range {
    fn parse(text: &str) -> Self {
        let second = TimeDelta::seconds(1);
        if let Some((from, to)) = text.split_once("..") {
            Self { from: first(from), to: last(to) }
        } else if let Some(from) = text.strip_prefix(">=") {
            Self { from: first(from), to: None }
        } else if let Some(from) = text.strip_prefix('>') {
            Self { from: last(from).map(|t| t + second), to: None }
        } else if let Some(to) = text.strip_prefix("<=") {
            Self { from: None, to: last(to) }
        } else if let Some(to) = text.strip_prefix('<') {
            Self { from: None, to: first(to).map(|t| t - second) }
        } else {
            Self { from: first(text), to: last(text) }
        }
    }

    fn holds(self, time: Time) -> bool {
        self.from.is_none_or(|f| time >= f) && self.to.is_none_or(|t| time <= t)
    }
}

/// The first instant that a date or a time means.
fn first(text: &str) -> Option<Time> {
    text.parse().ok().or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN).and_utc()))
}

/// The last instant that a date or a time means.
fn last(text: &str) -> Option<Time> {
    let day = || Some(first(text)? + TimeDelta::days(1) - TimeDelta::seconds(1));
    text.parse().ok().or_else(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_days_holds_the_whole_of_its_last_day() {
        let range = Range::parse("2025-01-01..2025-01-02");
        let holds = |t: &str| range.holds(t.parse().unwrap());
        assert!(holds("2025-01-01T00:00:00Z") && holds("2025-01-02T23:59:59Z"));
        assert!(!holds("2024-12-31T23:59:59Z") && !holds("2025-01-03T00:00:00Z"));
    }

    #[test]
    fn bounds_are_kept_to_the_second() {
        let at: Time = "2025-01-01T10:00:00Z".parse().unwrap();
        let holds = |t: &str| Range::parse(t).holds(at);
        assert!(holds(">=2025-01-01T10:00:00Z") && holds("<=2025-01-01T10:00:00Z"));
        assert!(!holds(">2025-01-01T10:00:00Z") && !holds("<2025-01-01T10:00:00Z"));
        assert!(holds("*..2025-01-01T10:00:00+00:00") && !holds("2025-01-01T11:00:00+01:00..2025-01-01T09:00:00Z"));
    }
}
