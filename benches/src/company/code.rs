//! Repositories' histories: commits, pull requests with their reviews, builds, deployments, incidents and releases.

use super::luck::{DAY, HOUR, Luck, SECOND, title};
use super::people::People;
use super::pile::{Pile, time};
use super::{PROJECTS, REPOSITORIES, TEAMS, day, instant, project, repository, shares, work};
use crate::Fallible;
use pulse_engine::Tenant;
use pulse_engine::row::{Row, Value};

/// Every how many commits repositories are deployed: some on each push, others every week.
const DEPLOYED: [usize; 4] = [5, 10, 20, 40];
const RELEASED: usize = 100;

/// Writes them. `items` are how many work items each project has.
pub(super) async fn write(
    tenant: &Tenant,
    people: &People,
    changes: usize,
    items: &[usize],
    ends: i64,
) -> Fallible<()> {
    let mut writing = Writing {
        people,
        items,
        ends,
        commits: Pile::new(tenant, "commits")?,
        requests: Pile::new(tenant, "pull_requests")?,
        own: Pile::new(tenant, "pull_request_commits")?,
        reviews: Pile::new(tenant, "reviews")?,
        comments: Pile::new(tenant, "comments")?,
        builds: Pile::new(tenant, "builds")?,
        deployments: Pile::new(tenant, "deployments")?,
        incidents: Pile::new(tenant, "incidents")?,
        releases: Pile::new(tenant, "releases")?,
    };
    for (number, count) in shares(changes, REPOSITORIES, 0.7).into_iter().enumerate() {
        writing.repository(number, count).await?;
    }
    writing.outages(changes / 2_000).await?;
    for pile in [
        &mut writing.commits,
        &mut writing.requests,
        &mut writing.own,
        &mut writing.reviews,
        &mut writing.comments,
        &mut writing.builds,
        &mut writing.deployments,
        &mut writing.incidents,
        &mut writing.releases,
    ] {
        pile.write().await?;
    }
    Ok(())
}

struct Writing<'t> {
    people: &'t People,
    items: &'t [usize],
    ends: i64,
    commits: Pile<'t>,
    requests: Pile<'t>,
    own: Pile<'t>,
    reviews: Pile<'t>,
    comments: Pile<'t>,
    builds: Pile<'t>,
    deployments: Pile<'t>,
    incidents: Pile<'t>,
    releases: Pile<'t>,
}

/// A commit of a repository's default branch.
struct Commit {
    repository: usize,
    number: usize,
    author: String,
    title: String,
    additions: i64,
    deletions: i64,
    at: i64,
}

impl Commit {
    fn sha(&self) -> String {
        sha("commit", self.repository, self.number)
    }

    /// The same place under another name: what belongs to a commit.
    fn named(&self, what: &str) -> String {
        format!("bench:a:{what}-{:03}-{:06}", self.repository, self.number)
    }

    fn luck(&self, of: &str) -> Luck {
        Luck::of(of, place(self.repository, self.number))
    }
}

impl Writing<'_> {
    async fn repository(&mut self, repository: usize, count: usize) -> Fallible<()> {
        let mut last = 0;
        for number in 0..count {
            let mut luck = Luck::of("commit", place(repository, number));
            let on = day(number as f64 / count as f64, self.ends, &mut luck);
            // One after the other, as a branch's commits are.
            last = instant(on, &mut luck).max(last + SECOND);
            let commit = Commit {
                repository,
                number,
                author: self.people.someone(repository % PROJECTS % TEAMS, &mut luck),
                title: title(&mut luck),
                additions: luck.hours(60.0) / HOUR,
                deletions: luck.hours(25.0) / HOUR,
                at: last,
            };
            self.commit(&commit).await?;
            if luck.share(65) {
                self.merged(&commit).await?;
            } else if luck.share(8) {
                self.unmerged(&commit).await?;
            }
            if number.is_multiple_of(2) {
                self.built(&commit).await?;
            }
            let every = DEPLOYED[repository % DEPLOYED.len()];
            if number % every == every - 1 {
                self.deployed(&commit, every).await?;
            }
            if number % RELEASED == RELEASED - 1 {
                self.released(&commit).await?;
            }
        }
        Ok(())
    }

    async fn commit(&mut self, commit: &Commit) -> Fallible<()> {
        let before = commit.number.checked_sub(1).map(|before| sha("commit", commit.repository, before));
        let row = of(&self.commits, commit, "commit").set("sha", commit.sha());
        let row = row.set("parents", before.into_iter().collect::<Vec<_>>()).set("author_id", commit.author.as_str());
        let row = row.set("committer_id", commit.author.as_str()).set("authored_at", Value::Time(commit.at - HOUR));
        let row = row.set("committed_at", Value::Time(commit.at)).set("title", commit.title.as_str());
        let row = row.set("additions", commit.additions).set("deletions", commit.deletions);
        self.commits.put(row).await
    }

    /// The pull request that a commit was.
    async fn merged(&mut self, commit: &Commit) -> Fallible<()> {
        let mut luck = commit.luck("pull");
        let id = commit.named("pull");
        let approved = commit.at - luck.hours(3.0);
        let first = approved - luck.hours(10.0);
        let opened = first - luck.hours(8.0);
        let begun = opened - luck.hours(20.0);
        let row = self.request(commit, &mut luck).set("state", "merged").set("merged_at", Value::Time(commit.at));
        let row = row.set("closed_at", Value::Time(commit.at)).set("merge_commit_sha", commit.sha());
        let drafted = luck.share(10).then(|| opened - luck.hours(24.0));
        let row = row.set("created_at", Value::Time(drafted.unwrap_or(opened))).set("is_draft", false);
        self.requests.put(row.set("ready_at", time(drafted.map(|_| opened)))).await?;
        for number in 0..=luck.below(3) {
            let row = self.own.row(format!("{id}-{number}")).set("pull_request_id", id.as_str());
            let at = begun + (opened - begun) / 3 * number;
            let row = row.set("sha", sha("own", place(commit.repository, commit.number), number as usize));
            self.own.put(row.set("authored_at", Value::Time(at)).set("author_id", commit.author.as_str())).await?;
        }
        let reviews: i64 = [0, 1, 1, 1, 2, 2, 3, 4][luck.place(8)];
        for number in 0..reviews {
            let (is_last, at) = (number + 1 == reviews, first + (approved - first) / reviews.max(1) * (number + 1));
            let state = match (is_last, luck.below(10)) {
                (true, 0..9) => "approved",
                (false, 0..4) => "changes_requested",
                _ => "commented",
            };
            let row = self.reviews.row(format!("{id}-{number}")).set("pull_request_id", id.as_str());
            let who = self.people.someone(commit.repository % PROJECTS % TEAMS, &mut luck);
            let row = row.set("reviewer_id", who).set("state", state);
            self.reviews.put(row.set("submitted_at", Value::Time(if number == 0 { first } else { at }))).await?;
        }
        for number in 0..luck.below(2) {
            let row = self.comments.row(format!("{id}-{number}")).set("subject_id", id.as_str());
            let who = self.people.someone(commit.repository % PROJECTS % TEAMS, &mut luck);
            let at = opened + luck.below(commit.at - opened);
            self.comments.put(row.set("author_id", who).set("created_at", Value::Time(at))).await?;
        }
        Ok(())
    }

    /// A pull request that was closed, or is still open.
    async fn unmerged(&mut self, commit: &Commit) -> Fallible<()> {
        let mut luck = commit.luck("pull");
        let closed = commit.at + luck.hours(120.0);
        let closed = (closed < self.ends && luck.share(85)).then_some(closed);
        let row = self.request(commit, &mut luck).set("state", if closed.is_some() { "closed" } else { "open" });
        let row = row.set("is_draft", closed.is_none() && luck.share(20)).set("created_at", Value::Time(commit.at));
        self.requests.put(row.set("closed_at", time(closed))).await
    }

    /// What pull requests have in common.
    fn request(&self, commit: &Commit, luck: &mut Luck) -> Row {
        let home = commit.repository % PROJECTS;
        let named = luck.share(60).then(|| work::key(home, 1 + luck.place(self.items[home].max(1))));
        let branch = if luck.share(3) { "hotfix/now" } else { "topic" };
        let title = if luck.share(2) { format!("Revert \"{}\"", commit.title) } else { commit.title.clone() };
        let row = of(&self.requests, commit, "pull").set("number", commit.number as i64 + 1).set("title", title);
        let url = format!("https://code.example.com/acme/service-{}/pull/{}", commit.repository, commit.number + 1);
        let row = row.set("url", url).set("author_id", commit.author.as_str());
        let row = row.set("base_branch", "main").set("head_branch", format!("{branch}-{}", commit.number));
        let row = row.set("additions", commit.additions).set("deletions", commit.deletions);
        let row = row.set("changed_files", luck.hours(6.0) / HOUR + 1);
        row.set("work_item_keys", named.into_iter().collect::<Vec<_>>())
    }

    /// A build, and sometimes a second attempt.
    async fn built(&mut self, commit: &Commit) -> Fallible<()> {
        let mut luck = commit.luck("build");
        let name = luck.one(&["test", "test", "lint", "package"]);
        let mut starts = commit.at + 2 * 60 * SECOND;
        for attempt in 1..=2_i64 {
            let took = luck.hours(0.25);
            let status = match luck.below(100) {
                0..12 => "failed",
                12..14 => "cancelled",
                _ => "succeeded",
            };
            let row = of(&self.builds, commit, &format!("build-{attempt}")).set("name", name).set("sha", commit.sha());
            let row = row.set("branch", "main").set("status", status).set("attempt", attempt);
            let row = row.set("started_at", Value::Time(starts)).set("finished_at", Value::Time(starts + took));
            if starts + took < self.ends {
                self.builds.put(row).await?;
            }
            if status != "failed" || luck.share(50) {
                break;
            }
            starts += took + luck.hours(0.5);
        }
        Ok(())
    }

    /// A deployment to staging, then to production, and what came of that.
    async fn deployed(&mut self, commit: &Commit, every: usize) -> Fallible<()> {
        let mut luck = commit.luck("deployment");
        let staged = commit.at + luck.hours(0.5);
        let finished = staged + luck.hours(5.0);
        let status = match luck.below(100) {
            0..5 => "failed",
            5..7 => "cancelled",
            _ => "succeeded",
        };
        let kind = match luck.below(100) {
            0..4 => Some("hotfix"),
            4..60 => Some("regular"),
            _ => None,
        };
        for (environment, status, kind, at) in
            [("staging", "succeeded", None, staged), ("production", status, kind, finished)]
        {
            if at < self.ends {
                let row = self.deployment(commit, environment, commit.sha(), at).set("kind", kind);
                self.deployments.put(row.set("status", status)).await?;
            }
        }
        if status != "succeeded" || finished >= self.ends {
            return Ok(());
        }
        if luck.share(6) {
            self.broke(commit, finished, &mut luck).await?;
        }
        let back = finished + luck.hours(2.0);
        if let Some(before) = commit.number.checked_sub(every).filter(|_| luck.share(2) && back < self.ends) {
            let row = self.deployment(commit, "production-back", sha("commit", commit.repository, before), back);
            let row = row.set("environment", "production").set("is_production", true).set("kind", "rollback");
            self.deployments.put(row.set("status", "succeeded")).await?;
        }
        Ok(())
    }

    fn deployment(&self, commit: &Commit, environment: &str, sha: String, at: i64) -> Row {
        let row = of(&self.deployments, commit, &format!("deployment-{environment}")).set("environment", environment);
        let row = row.set("is_production", environment == "production").set("sha", sha).set("ref_name", "main");
        row.set("started_at", Value::Time(at - 12 * 60 * SECOND)).set("finished_at", Value::Time(at))
    }

    /// The incident that a deployment caused.
    async fn broke(&mut self, commit: &Commit, deployed: i64, luck: &mut Luck) -> Fallible<()> {
        let began = deployed + luck.hours(4.0);
        let row = of(&self.incidents, commit, "incident").set("project_id", project(commit.repository % PROJECTS));
        let row = match luck.below(10) {
            0..5 => row.set("deployment_id", commit.named("deployment-production")),
            5..7 => row.set("caused_by_sha", commit.sha()),
            _ => row,
        };
        self.incident(row, began, luck).await
    }

    /// Incidents that no deployment is known to have caused.
    async fn outages(&mut self, count: usize) -> Fallible<()> {
        for number in 0..count {
            let mut luck = Luck::of("outage", number);
            let row = self.incidents.row(format!("bench:a:outage-{number:06}"));
            let row = row.set("project_id", project(luck.place(PROJECTS)));
            let began = self.ends - luck.below(360 * DAY) - HOUR;
            self.incident(row, began, &mut luck).await?;
        }
        Ok(())
    }

    async fn incident(&mut self, row: Row, began: i64, luck: &mut Luck) -> Fallible<()> {
        if began >= self.ends {
            return Ok(());
        }
        let taken = luck.share(90).then(|| began + luck.hours(0.3));
        let ended = began + luck.hours(6.0);
        let row = row.set("title", title(luck)).set("began_at", Value::Time(began));
        let row =
            row.set("severity", luck.share(85).then(|| luck.one(&["sev1", "sev2", "sev2", "sev3", "sev3", "sev4"])));
        let row = row.set("acknowledged_at", time(taken.filter(|at| *at < self.ends)));
        self.incidents.put(row.set("resolved_at", time((ended < self.ends).then_some(ended)))).await
    }

    async fn released(&mut self, commit: &Commit) -> Fallible<()> {
        let version = format!("v1.{}", commit.number / RELEASED);
        let row = of(&self.releases, commit, "release").set("name", version.as_str()).set("tag", version);
        let row = row.set("sha", commit.sha()).set("is_prerelease", commit.number % 300 < RELEASED);
        let at = commit.at + HOUR;
        if at < self.ends {
            self.releases.put(row.set("published_at", Value::Time(at))).await?;
        }
        Ok(())
    }
}

/// A row of a repository that belongs to a commit.
fn of(pile: &Pile<'_>, commit: &Commit, what: &str) -> Row {
    pile.row(commit.named(what)).set("repository_id", repository(commit.repository))
}

/// The place of a commit among all.
fn place(repository: usize, number: usize) -> usize {
    repository * 1_000_000 + number
}

/// An object id, of which no two are alike.
fn sha(kind: &str, repository: usize, number: usize) -> String {
    let mut luck = Luck::of(kind, repository.wrapping_mul(1_000_003).wrapping_add(number));
    format!("{:016x}{:016x}{:08x}", luck.draw(), luck.draw(), luck.draw() >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn object_ids_are_whole_and_no_two_are_alike() {
        let all: HashSet<String> = (0..100).flat_map(|r| (0..100).map(move |n| sha("commit", r, n))).collect();
        assert_eq!(all.len(), 10_000);
        assert!(all.iter().all(|sha| sha.len() == 40));
        assert_ne!(sha("commit", 1, 1), sha("own", 1, 1));
    }
}
