//! Listings: everything of a stream was read anew, so what was not seen since is gone.

use super::issues::PARTS;
use super::{Work, development};
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    match work.payload.key {
        "projects" => work.all("projects", "projects"),
        "boards" => {
            work.all("boards", "boards")?;
            work.all("project_scopes", "boards")
        }
        "sprints" => work.all("sprints", "sprints"),
        "versions" => work.all("versions", "versions"),
        "components" => work.all("components", "components"),
        "issues" => {
            work.all("work_items", "issues")?;
            PARTS.iter().chain([&development::PART]).try_for_each(|(entity, _)| work.all(entity, "issues"))?;
            work.all("incidents", "incidents")
        }
        _ => Err(work.misshapen("<stream>")),
    }
}
