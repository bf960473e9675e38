//! How many things GitHub says there are.

use crate::connector::{Counts, Told};
use serde_json::Value;

/// By what its repositories say of themselves.
pub(super) const TOLD: Told =
    Told { statement: include_str!("told.sql"), counts: |there, _| counts(there.iter().map(|(_, body)| body)) };

/// The lists in GitHub's payload of a repository that say how long they are, and the entity that their items become.
const COUNTED: [(&str, &str); 5] = [
    ("pullRequests", "pull_requests"),
    ("issues", "work_items"),
    ("deployments", "deployments"),
    ("releases", "releases"),
    ("milestones", "versions"),
];

/// What payloads of repositories say: nothing of an entity that one of them says nothing of.
fn counts<'a>(repositories: impl Iterator<Item = &'a Value> + Clone) -> Counts {
    let sum = |(list, entity): &(&str, &'static str)| {
        let totals = repositories.clone().map(|body| body[*list]["totalCount"].as_u64());
        Some((*entity, totals.sum::<Option<u64>>()?))
    };
    let mut told: Counts = COUNTED.iter().filter_map(sum).collect();
    let count = repositories.clone().count() as u64;
    if count == 0 {
        return Counts::new();
    }
    told.insert("repositories", count);
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn totals_of_repositories_are_added_and_one_that_says_nothing_makes_them_unknown() {
        let one = json!({
            "pullRequests": {"totalCount": 3}, "issues": {"totalCount": 2}, "releases": null, "milestones": {"totalCount": 5},
        });
        let two = json!({"pullRequests": {"totalCount": 4}, "issues": null, "milestones": {"totalCount": 1}});
        let told = counts([&one, &two].into_iter());
        assert_eq!(told, Counts::from([("pull_requests", 7), ("repositories", 2), ("versions", 6)]));
        assert_eq!(counts([].iter()), Counts::new(), "nothing was read");
    }
}
