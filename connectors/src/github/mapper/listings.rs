//! Listings: everything of a stream was read anew, so what was not seen since is gone.

use super::Work;
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    if work.payload.key == "teams" {
        return all_below(work, "teams", &["teams", "team_members"]);
    }
    let (repository, stream) = work.key().map_err(|_| work.misshapen("<repository>/<stream>"))?;
    // Entities, and how the keys of their rows begin.
    let (below, entities): (&str, &[&str]) = match stream {
        "releases" => ("releases", &["releases", "deployments"]),
        "deployments" => ("deployments", &["deployments"]),
        "tags" => ("tags", &["deployments"]),
        "pull_requests" => {
            ("pull_requests", &["pull_requests", "pull_request_commits", "reviews", "review_requests", "comments"])
        }
        "issues" => {
            all_below(work, &format!("{repository}/incidents"), &["incidents"])?;
            ("issues", &["work_items", "work_item_transitions", "work_item_versions", "comments"])
        }
        "milestones" => ("milestones", &["versions"]),
        // No entity shows them yet.
        "branches" => return Ok(()),
        _ => return Err(work.misshapen("<repository>/<stream>")),
    };
    all_below(work, &format!("{repository}/{below}"), entities)
}

fn all_below(work: &mut Work<'_>, native: &str, entities: &[&str]) -> Result<(), Reject> {
    entities.iter().try_for_each(|entity| work.all(entity, native))
}
