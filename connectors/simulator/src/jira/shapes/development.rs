//! What Jira knows of an issue's pull requests.

use super::View;
use crate::shapes::{PAGES, full_name};
use crate::world::{PullRequest, State};
use serde_json::{Value, json};

/// What the app that tells of GitHub is called.
pub(crate) const APPLICATION: &str = "GitHub";

/// How Jira calls a pull request's state.
fn state(request: &PullRequest) -> &'static str {
    match request.state {
        State::Open => "OPEN",
        State::Merged => "MERGED",
        State::Closed => "DECLINED",
    }
}

impl View<'_> {
    /// Of all pull requests of an issue how many there are, and how the one stands that is farthest from its end. None when
    /// there is none.
    fn overall(&self, issue: i64) -> Option<Value> {
        let all: Vec<&PullRequest> = self.world.developments(issue).map(|(_, request)| request).collect();
        let counts = ["OPEN", "MERGED", "DECLINED"].map(|s| (s, all.iter().filter(|r| state(r) == s).count()));
        let (first, count) = counts.into_iter().find(|(_, count)| *count > 0)?;
        let [(_, open), (_, merged), (_, declined)] = counts;
        Some(json!({
            "count": all.len(), "stateCount": count, "state": first, "open": first == "OPEN",
            "lastUpdated": all.iter().map(|r| r.updated_at).max().map(|at| self.time(at)),
            "details": {"openCount": open, "mergedCount": merged, "declinedCount": declined, "total": all.len()},
        }))
    }

    /// What is known of each kind of thing.
    pub(crate) fn development_summary(&self, issue: i64) -> Value {
        let Some(overall) = self.overall(issue) else { return json!({}) };
        let by_type = json!({APPLICATION: {"count": overall["count"], "name": APPLICATION}});
        json!({"pullrequest": {"overall": overall, "byInstanceType": by_type}})
    }

    /// What stands in the field of an issue: no JSON, but a text that holds some. Data Center's names objects of the moment.
    pub(crate) fn development_field(&self, issue: i64) -> String {
        let summary = self.development_summary(issue);
        let overall = &summary["pullrequest"]["overall"];
        let (count, state) = (&overall["stateCount"], overall["state"].as_str().unwrap_or("OPEN"));
        let cached = |summary: &Value| json!({"cachedValue": {"errors": [], "summary": summary}, "isStale": true});
        match (self.is_cloud(), overall.is_null()) {
            (true, true) => "{}".to_owned(),
            (true, false) => format!(
                "{{pullrequest={{dataType=pullrequest, state={state}, stateCount={count}}}, json={}}}",
                cached(&summary)
            ),
            (false, _) => format!(
                "{{summaryBean=com.atlassian.jira.plugin.devstatus.rest.SummaryBean@{:x}[summary={{pullrequest=com.atlassian.\
                 jira.plugin.devstatus.rest.SummaryItemBean@{:x}[overall=PullRequestOverallBean{{stateCount={}, \
                 state='{state}'}},byInstanceType={{}}]}},errors=[],configErrors=[]], devSummaryJson={}}}",
                self.world.now.timestamp(),
                self.world.now.timestamp() + issue,
                count.as_u64().unwrap_or_default(),
                cached(&summary)
            ),
        }
    }

    /// The pull requests of an issue, as the app that told of them did.
    pub(crate) fn development_detail(&self, issue: i64) -> Value {
        let shape = |(repository, request): (&crate::world::Repository, &PullRequest)| {
            let name = full_name(self.world, repository);
            let place = format!("{PAGES}/{name}");
            let branch = |name: &str| json!({"branch": name, "url": format!("{place}/tree/{name}")});
            json!({
                "id": format!("#{}", request.number), "name": request.title, "status": state(request),
                "url": format!("{place}/pull/{}", request.number), "lastUpdate": self.time(request.updated_at),
                "commentCount": request.comments.len(), "source": branch(&request.head),
                "destination": branch(&request.base), "reviewers": [], "repositoryName": name, "repositoryUrl": place,
            })
        };
        let requests: Vec<Value> = self.world.developments(issue).map(shape).collect();
        json!({
            "errors": [],
            "detail": [{
                "branches": [], "repositories": [], "pullRequests": requests,
                "_instance": {"name": APPLICATION, "type": APPLICATION, "baseUrl": PAGES, "singleInstance": true},
            }],
        })
    }
}
