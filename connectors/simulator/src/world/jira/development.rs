//! What Jira knows of pull requests, as an app that watches GitHub tells it.

use super::Site;
use crate::world::{PullRequest, Repository, World};

impl World {
    /// Jira hears of a pull request: it belongs to the issues whose keys stand in its branch, its title or its commits.
    pub(in crate::world) fn develop(&mut self, repository: i64, number: u64) -> Option<()> {
        let found = self.repositories.get(&repository)?;
        let request = found.pull_requests.get(&number)?;
        let commits = request.commits.iter().filter_map(|sha| found.commits.get(sha)).map(|c| c.message.as_str());
        let texts = commits.chain([request.head.as_str(), request.title.as_str()]);
        let issues: Vec<i64> = texts.flat_map(|text| named(&self.jira, text)).collect();
        self.jira.developments.extend(issues.into_iter().map(|issue| (issue, repository, number)));
        Some(())
    }

    /// The pull requests that Jira knows of an issue, each with its repository.
    pub(crate) fn developments(&self, issue: i64) -> impl Iterator<Item = (&Repository, &PullRequest)> {
        let known = self.jira.developments.range((issue, i64::MIN, 0)..=(issue, i64::MAX, u64::MAX));
        known.filter_map(|(_, repository, number)| {
            let repository = self.repositories.get(repository)?;
            Some((repository, repository.pull_requests.get(number)?))
        })
    }
}

/// The issues whose keys stand in a text.
fn named(site: &Site, text: &str) -> Vec<i64> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
    let parts = words.map(|word| word.split('-').collect::<Vec<_>>());
    let keys = parts.flat_map(|parts| parts.windows(2).map(|pair| pair.join("-")).collect::<Vec<_>>());
    keys.filter_map(|key| site.issue(&key).map(|issue| issue.id)).collect()
}
