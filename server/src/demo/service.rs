//! One service's history.

use super::dice::Dice;
use super::scenario::{self, Scenario};
use super::{Rows, id};
use chrono::{DateTime, Datelike as _, SecondsFormat};
use serde_json::json;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// A commit on the main branch.
struct Landing {
    at: i64,
    sha: String,
    author: String,
    authored_at: i64,
    title: String,
}

/// A deployment before it is known which commit it carries.
struct Plan {
    at: i64,
    kind: &'static str,
    status: &'static str,
    incident: Option<String>,
    /// For a rollback, the commit that it goes back to.
    sha: Option<String>,
}

pub(super) struct Service<'a> {
    plan: &'a scenario::Service,
    weeks: u32,
    now: i64,
    /// Midnight before now: all times are told from there, so that asking again on the same day gives the same rows.
    today: i64,
    dice: Dice,
    main: Vec<Landing>,
    deployments: Vec<Plan>,
}

impl<'a> Service<'a> {
    pub(super) fn new(plan: &'a scenario::Service, scenario: &Scenario, index: u64, now: i64) -> Self {
        let dice = Dice::new(scenario.seed.wrapping_add(index.wrapping_mul(1_000_003)));
        let today = now - now.rem_euclid(DAY);
        Self { plan, weeks: scenario.weeks, now, today, dice, main: Vec::new(), deployments: Vec::new() }
    }

    pub(super) fn play(mut self, rows: &mut Rows) {
        let begin = self.today + DAY - i64::from(self.weeks) * 7 * DAY;
        for week in 0..self.weeks {
            let share = f64::from(week) / f64::from(self.weeks.max(2) - 1);
            let monday = begin + i64::from(week) * 7 * DAY;
            for _ in 0..self.dice.about(self.plan.changes_per_week.at(share)) {
                let opened = self.working_time(monday);
                self.change(opened, share, rows);
            }
            for _ in 0..self.dice.about(self.plan.deployments_per_week.at(share)) {
                let at = self.working_time(monday);
                let status = if self.dice.happens(0.03) { "failed" } else { "succeeded" };
                self.deployments.push(Plan { at, kind: "regular", status, incident: None, sha: None });
            }
        }
        self.main.sort_by_key(|l| l.at);
        self.deployments.sort_by_key(|d| d.at);
        let failures = self.failures(begin, rows);
        self.main.sort_by_key(|l| l.at);
        self.deployments.extend(failures);
        self.deployments.sort_by_key(|d| d.at);
        self.write(rows);
    }

    /// A time at which people work, within a week from `monday`.
    fn working_time(&mut self, monday: i64) -> i64 {
        let day = monday + (self.dice.share() * 7.0) as i64 * DAY;
        let weekend = DateTime::from_timestamp_micros(day).map_or(0, |d| d.weekday().num_days_from_monday());
        // What would fall on a weekend falls on the Thursday or Friday before.
        let day = if weekend >= 5 { day - 2 * DAY } else { day };
        day + 8 * HOUR + (self.dice.share() * 9.0 * HOUR as f64) as i64
    }

    fn later(&mut self, at: i64, hours: f64) -> i64 {
        at + (self.dice.around(hours) * HOUR as f64) as i64
    }

    fn person(&mut self) -> String {
        let person = self.dice.one(&self.plan.people).cloned().unwrap_or_default();
        id("person", person)
    }

    /// A pull request with its review and its commit on main.
    fn change(&mut self, opened: i64, share: f64, rows: &mut Rows) {
        let number = rows.get("pull_requests").map_or(0, Vec::len) + 1;
        let pull_request = id("change", number);
        let author = self.person();
        let reviewer = (0..8).map(|_| self.person()).find(|r| *r != author);
        let coding = self.plan.coding_hours.at(share);
        let first_commit = 2 * opened - self.later(opened, coding);
        let pickup = self.plan.pickup_hours.at(share);
        let reviewed = self.later(opened, pickup);
        let review = self.plan.review_hours.at(share);
        let merged = self.later(reviewed, review);
        let (tip, merge) = (self.dice.sha(), self.dice.sha());
        let lines = 10 + (self.dice.around(60.0)) as i64;
        let is_merged = merged <= self.now && !self.dice.happens(0.04);
        if opened > self.now {
            return;
        }
        let mut add = |entity, row| rows.entry(entity).or_default().push(row);
        add(
            "pull_requests",
            json!({
                "id": pull_request, "repository_id": self.repository(), "number": number,
                "title": format!("Change {number} of {}", self.plan.name), "author_id": author,
                "state": if is_merged { "merged" } else { "open" }, "is_draft": false, "created_at": time(opened),
                "merged_at": is_merged.then(|| time(merged)), "closed_at": is_merged.then(|| time(merged)),
                "merge_commit_sha": is_merged.then_some(&merge), "head_sha": tip, "base_branch": "main",
                "additions": lines, "deletions": lines / 3, "changed_files": 1 + lines / 40,
            }),
        );
        add(
            "pull_request_commits",
            json!({
                "id": id("tip", number), "pull_request_id": pull_request, "sha": tip,
                "authored_at": time(first_commit), "author_id": author,
            }),
        );
        if let Some(reviewer) = reviewer.filter(|_| reviewed <= self.now) {
            add(
                "reviews",
                json!({
                    "id": id("review", number), "pull_request_id": pull_request, "reviewer_id": reviewer,
                    "state": "approved", "submitted_at": time(reviewed),
                }),
            );
        }
        if is_merged {
            let title = format!("Change {number} of {} (#{number})", self.plan.name);
            self.main.push(Landing { at: merged, sha: merge, author, authored_at: first_commit, title });
        }
    }

    /// Some deployments fail: an incident begins, and a hotfix or a rollback ends it.
    fn failures(&mut self, begin: i64, rows: &mut Rows) -> Vec<Plan> {
        let span = (self.today + DAY - begin).max(1) as f64;
        let mut repairs = Vec::new();
        for i in 1..self.deployments.len() {
            let (at, status) = (self.deployments[i].at, self.deployments[i].status);
            let share = ((at - begin) as f64 / span).clamp(0.0, 1.0);
            if status != "succeeded" || at > self.now || !self.dice.happens(self.plan.fail_share.at(share)) {
                continue;
            }
            let number = rows.get("incidents").map_or(0, Vec::len) + 1;
            let incident = id("incident", number);
            let began = self.later(at + HOUR / 2, 0.5);
            let recovery = self.plan.recovery_hours.at(share);
            let resolved = self.later(began, recovery);
            if began > self.now {
                continue;
            }
            // Two of three people name the deployment that did it.
            let named = self.dice.happens(0.66).then(|| self.deployment_id(at));
            rows.entry("incidents").or_default().push(json!({
                "id": incident, "project_id": id("project", &self.plan.name),
                "title": format!("{} answers with errors", self.plan.name), "severity": if number.is_multiple_of(3) { "high" } else { "medium" },
                "began_at": time(began), "resolved_at": (resolved <= self.now).then(|| time(resolved)),
                "deployment_id": named,
            }));
            let carried = |main: &[Landing], at: i64| {
                main.iter().filter(|l| l.at <= at).max_by_key(|l| l.at).map(|l| l.sha.clone())
            };
            if self.dice.happens(0.6) {
                let (sha, author) = (self.dice.sha(), self.person());
                let written = resolved - HOUR / 3;
                let title = format!("Hotfix for incident {number}");
                self.main.push(Landing { at: written, sha, author, authored_at: written - HOUR / 4, title });
                let incident = Some(incident);
                repairs.push(Plan {
                    at: resolved - HOUR / 5,
                    kind: "hotfix",
                    status: "succeeded",
                    incident,
                    sha: None,
                });
            } else if self.dice.happens(0.5) {
                let sha = carried(&self.main, self.deployments[i - 1].at);
                let incident = Some(incident);
                repairs.push(Plan { at: resolved - HOUR / 5, kind: "rollback", status: "succeeded", incident, sha });
            }
        }
        repairs
    }

    fn repository(&self) -> String {
        id("repository", &self.plan.name)
    }

    /// The time tells deployments of one service apart.
    fn deployment_id(&self, at: i64) -> String {
        id("deployment", format!("{}-{}", self.plan.name, (self.today - at) / 1_000_000))
    }

    /// The commits of main, each on the one before, and the deployments, each of the newest commit then.
    fn write(self, rows: &mut Rows) {
        let repository = self.repository();
        let mut parent: Option<&str> = None;
        for landing in self.main.iter().filter(|l| l.at <= self.now) {
            rows.entry("commits").or_default().push(json!({
                "id": id("commit", &landing.sha), "repository_id": repository, "sha": landing.sha,
                "parents": parent.into_iter().collect::<Vec<_>>(), "author_id": landing.author, "committer_id": landing.author,
                "authored_at": time(landing.authored_at), "committed_at": time(landing.at), "title": landing.title,
            }));
            parent = Some(&landing.sha);
        }
        for plan in self.deployments.iter().filter(|d| d.at + HOUR / 6 <= self.now) {
            let newest = self.main.iter().rev().find(|l| l.at <= plan.at).map(|l| &l.sha);
            let Some(sha) = plan.sha.as_ref().or(newest) else { continue };
            rows.entry("deployments").or_default().push(json!({
                "id": self.deployment_id(plan.at), "repository_id": repository, "environment": "production",
                "is_production": true, "status": plan.status, "sha": sha, "created_at": time(plan.at),
                "started_at": time(plan.at), "finished_at": time(plan.at + HOUR / 6), "kind": plan.kind,
                "incident_id": plan.incident,
            }));
        }
    }
}

fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}
