//! The order of the stages of flow.

use crate::Settings;

/// Where a stage stands: the tenant's own in its order, then the categories of statuses as work goes through them, then those
/// that are mapped no more, by name; what is in none comes last.
pub(super) type Place = (usize, Option<String>);

/// The categories of statuses, which stand for stages where none are mapped.
const CATEGORIES: [&str; 3] = ["todo", "doing", "done"];

/// Where a stage stands.
pub(super) fn place(settings: &Settings, stage: Option<&str>) -> Place {
    let own = settings.flow.stages.iter().map(|stage| stage.name.as_str());
    let all: Vec<&str> = own.chain(CATEGORIES).collect();
    let place = match stage {
        Some(stage) => all.iter().position(|name| *name == stage).unwrap_or(all.len()),
        None => all.len() + 1,
    };
    (place, stage.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::super::golden_facts::facts;
    use super::super::tests::{berlin, now, question, session};
    use super::super::{Dimension, ask};
    use super::*;
    use crate::settings::Stage;
    use crate::{Flow, Pattern};

    /// `b` is in no stage: nobody knows what its status means.
    #[tokio::test]
    async fn stages_come_in_the_order_of_flow_and_what_is_in_none_last() {
        let stays = "
            work_item_id position class   level stage status_category entered_at  left_at
            a            0        feature item  -     todo            03-20T08:00 03-24T08:00
            a            1        feature item  write doing           03-24T08:00 03-25T08:00
            a            2        feature item  check doing           03-25T08:00 03-26T08:00
            a            3        feature item  -     done            03-26T08:00 -
            b            0        feature item  -     -               03-24T08:00 -";
        let stage =
            |name: &str| Stage { name: name.to_owned(), statuses: vec![Pattern::new(name).unwrap()], active: true };
        let flow = Flow { stages: vec![stage("write"), stage("check")], ..Flow::default() };
        let settings = Settings { flow, ..berlin() };
        let asked = question("cumulative_flow", Some(Dimension::Stage));
        let told = ask(&session(&facts("facts/work_item_stays", stays)), &asked, &settings, now()).await.unwrap();
        let stages: Vec<_> = told.groups.iter().map(|group| group.key.as_deref()).collect();
        assert_eq!(stages, [Some("write"), Some("check"), Some("todo"), Some("done"), None]);
    }
}
