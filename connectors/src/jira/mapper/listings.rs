//! Listings: everything of a stream was read anew, so what was not seen since is gone.

use super::issues::PARTS;
use super::{Work, development};
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    match work.payload.key {
        "projects" => work.parts("projects", "projects"),
        "boards" => work.parts("project_scopes", "boards"),
        "sprints" => work.parts("sprints", "sprints"),
        "versions" => work.parts("versions", "versions"),
        "components" => work.parts("components", "components"),
        "issues" => {
            work.parts("work_items", "issues")?;
            PARTS.iter().chain([&development::PART]).try_for_each(|(entity, _)| work.parts(entity, "issues"))?;
            work.parts("incidents", "incidents")
        }
        _ => Err(work.misshapen("<stream>")),
    }
}
