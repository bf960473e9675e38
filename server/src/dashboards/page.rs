//! What is on each page: which metrics, told apart by what.

use pulse_engine::metrics::Dimension::{self, Class, Project, Repository, Severity, Stage, Team};
use serde::Serialize;

/// A page of the dashboard.
#[derive(Debug)]
pub struct Page {
    /// Its name in the address.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The metrics that are shown as single figures.
    pub tiles: &'static [&'static str],
    /// The metrics that are drawn over time.
    pub series: &'static [Drawn],
    /// Metrics side by side, one row each repository, project or team.
    pub tables: &'static [Aligned],
    /// What the figures rest on.
    pub coverage: &'static [&'static str],
    /// The page of [`crate::report::story`] whose figures its paragraph is about.
    pub told: Option<&'static str>,
    /// Whether it shows the risks that stand, and its paragraph begins with them.
    pub risks: bool,
    /// Whether it shows forecasts. Where it shows no risks, which rest on them, its paragraph begins with them.
    pub forecasts: bool,
}

/// A metric over time.
#[derive(Debug)]
pub struct Drawn {
    /// The metric.
    pub metric: &'static str,
    /// What it is told apart by.
    pub by: Option<Dimension>,
    /// How it is drawn.
    pub as_: Form,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A line a group.
    Line,
    /// Bars.
    Bar,
    /// Areas on one another: parts of a whole.
    Stacked,
}

/// Metrics side by side.
#[derive(Debug)]
pub struct Aligned {
    /// One row for each of these.
    pub by: Dimension,
    /// One column for each of these.
    pub metrics: &'static [&'static str],
}

const fn line(metric: &'static str) -> Drawn {
    Drawn { metric, by: None, as_: Form::Line }
}
const fn bar(metric: &'static str) -> Drawn {
    Drawn { metric, by: None, as_: Form::Bar }
}
const fn stacked(metric: &'static str, by: Dimension) -> Drawn {
    Drawn { metric, by: Some(by), as_: Form::Stacked }
}

const DELIVERY: &[&str] = &[
    "change_lead_time",
    "deployment_frequency",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
];
const WORK: &[&str] = &["throughput", "cycle_time", "work_in_progress", "work_item_age", "unplanned_work"];
const BOTH: &[&str] = &[
    "throughput",
    "cycle_time",
    "work_in_progress",
    "work_item_age",
    "change_lead_time",
    "deployment_frequency",
    "change_fail_rate",
];
const PULL_REQUESTS: &[&str] = &[
    "pull_request_open_time",
    "pull_request_pickup_time",
    "pull_request_review_time",
    "pull_request_size",
    "oversized_pull_requests",
    "unreviewed_merges",
];
const CHANGES_KNOWN: &[&str] = &["traced_changes", "linked_changes", "attributed_changes"];
const ITEMS_KNOWN: &[&str] = &["mapped_work_items", "classified_work_items", "attributed_work_items"];

/// The page of one project, which is named in its address.
pub const PROJECT: &str = "project";

/// All pages, in the order in which people read them.
pub const PAGES: &[Page] = &[
    Page {
        name: "overview",
        title: "Overview",
        tiles: &[
            "change_lead_time",
            "deployment_frequency",
            "change_fail_rate",
            "failed_deployment_recovery_time",
            "cycle_time",
            "throughput",
            "work_in_progress",
            "open_incidents",
        ],
        series: &[bar("deployment_frequency"), line("change_lead_time"), bar("throughput")],
        tables: &[Aligned { by: Team, metrics: BOTH }],
        coverage: &["traced_changes", "linked_changes", "mapped_work_items", "linked_incidents"],
        told: Some("dora"),
        risks: true,
        forecasts: true,
    },
    Page {
        name: "dora",
        title: "DORA",
        tiles: DELIVERY,
        series: &[
            line("change_lead_time"),
            line("lead_time_coding"),
            line("lead_time_pickup"),
            line("lead_time_review"),
            line("lead_time_deploy"),
            bar("deployment_frequency"),
            line("change_fail_rate"),
            line("failed_deployment_recovery_time"),
            line("deployment_rework_rate"),
        ],
        tables: &[
            Aligned { by: Team, metrics: DELIVERY },
            Aligned { by: Project, metrics: DELIVERY },
            Aligned { by: Repository, metrics: DELIVERY },
        ],
        coverage: &["traced_changes", "attributed_changes", "linked_incidents"],
        told: Some("dora"),
        risks: false,
        forecasts: false,
    },
    Page {
        name: "flow",
        title: "Flow",
        tiles: &[
            "cycle_time",
            "work_item_lead_time",
            "throughput",
            "work_in_progress",
            "work_item_age",
            "flow_efficiency",
            "blocked_time",
            "unplanned_work",
        ],
        series: &[
            stacked("cumulative_flow", Stage),
            stacked("allocation", Class),
            line("cycle_time"),
            bar("throughput"),
            line("work_in_progress"),
            line("work_item_age"),
            line("sprint_completion"),
            line("sprint_carry_over"),
        ],
        tables: &[Aligned { by: Team, metrics: WORK }, Aligned { by: Project, metrics: WORK }],
        coverage: &["mapped_work_items", "classified_work_items", "linked_work_items", "attributed_work_items"],
        told: Some("flow"),
        risks: false,
        forecasts: false,
    },
    Page {
        name: "change",
        title: "Change",
        tiles: &[
            "pull_request_open_time",
            "pull_request_size",
            "unreviewed_merges",
            "direct_pushes",
            "revert_rate",
            "hotfix_rate",
            "idle_pull_requests",
            "build_failure_rate",
        ],
        series: &[
            line("pull_request_pickup_time"),
            line("pull_request_review_time"),
            line("pull_request_rework_time"),
            line("pull_request_merge_wait"),
            line("pull_request_size"),
            bar("review_load"),
            line("review_concentration"),
            line("batch_size"),
            line("build_time"),
            line("build_flakiness"),
            bar("release_cadence"),
        ],
        tables: &[Aligned { by: Team, metrics: PULL_REQUESTS }, Aligned { by: Repository, metrics: PULL_REQUESTS }],
        coverage: CHANGES_KNOWN,
        told: Some("change"),
        risks: false,
        forecasts: false,
    },
    Page {
        name: "reliability",
        title: "Reliability",
        tiles: &[
            "incidents",
            "incident_acknowledge_time",
            "incident_recovery_time",
            "open_incidents",
            "repeat_incidents",
            "working_hours_incidents",
            "change_fail_rate",
            "failed_deployment_recovery_time",
        ],
        series: &[
            stacked("incidents", Severity),
            line("incident_recovery_time"),
            line("change_fail_rate"),
            bar("deployment_frequency"),
        ],
        tables: &[Aligned {
            by: Project,
            metrics: &["incidents", "incident_recovery_time", "open_incidents", "repeat_incidents", "change_fail_rate"],
        }],
        coverage: &["linked_incidents", "attributed_incidents"],
        told: Some("reliability"),
        risks: false,
        forecasts: false,
    },
    Page {
        name: "projects",
        title: "Projects",
        tiles: WORK,
        series: &[bar("throughput"), line("work_in_progress")],
        tables: &[Aligned { by: Project, metrics: BOTH }],
        coverage: ITEMS_KNOWN,
        told: Some("projects"),
        risks: true,
        forecasts: true,
    },
    Page {
        name: PROJECT,
        title: "Project",
        tiles: &[
            "throughput",
            "cycle_time",
            "work_in_progress",
            "work_item_age",
            "unplanned_work",
            "sprint_completion",
            "change_lead_time",
            "deployment_frequency",
        ],
        series: &[
            stacked("cumulative_flow", Stage),
            bar("throughput"),
            line("cycle_time"),
            stacked("allocation", Class),
        ],
        tables: &[Aligned { by: Repository, metrics: DELIVERY }],
        coverage: &["mapped_work_items", "linked_changes", "linked_incidents"],
        told: Some("project"),
        risks: true,
        forecasts: true,
    },
    Page {
        name: "teams",
        title: "Teams",
        tiles: &["change_lead_time", "deployment_frequency", "cycle_time", "throughput", "work_in_progress"],
        series: &[Drawn { metric: "throughput", by: Some(Team), as_: Form::Line }],
        tables: &[Aligned { by: Team, metrics: BOTH }, Aligned { by: Team, metrics: PULL_REQUESTS }],
        coverage: &["attributed_changes", "attributed_work_items"],
        told: Some("teams"),
        risks: true,
        forecasts: false,
    },
    Page {
        name: "forecast",
        title: "Forecast",
        tiles: &["throughput", "work_in_progress", "cycle_time"],
        series: &[bar("throughput"), line("work_in_progress")],
        tables: &[],
        coverage: ITEMS_KNOWN,
        told: None,
        risks: false,
        forecasts: true,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::story;
    use pulse_engine::metrics::definition;

    #[test]
    fn every_page_shows_metrics_that_there_are_and_can_be_told_apart_so() {
        for page in PAGES {
            assert!(page.told.is_none_or(|told| story::page(told).is_some()), "{}", page.name);
            let drawn = page.series.iter().map(|drawn| (drawn.metric, drawn.by));
            let single = page.tiles.iter().chain(page.coverage).map(|metric| (*metric, None));
            let aligned =
                page.tables.iter().flat_map(|table| table.metrics.iter().map(|metric| (*metric, Some(table.by))));
            for (metric, by) in single.chain(drawn).chain(aligned) {
                let definition = definition(metric, &[]).unwrap_or_else(|error| panic!("{}: {error}", page.name));
                assert!(by.is_none_or(|by| definition.dimensions.contains(&by)), "{}: {metric} by {by:?}", page.name);
            }
        }
    }
}
