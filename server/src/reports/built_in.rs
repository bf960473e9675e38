//! The reports that every tenant has.

use super::definition::{ChartOf, Definition, SectionOf, Shape, Shows};
use super::period::{Period, Unit};
use crate::report::METRICS as DELIVERY;
use pulse_engine::metrics::Dimension::{self, Class, Project, Repository, Stage, Team};
use pulse_engine::metrics::Grain;

/// A report that every tenant has, and nobody changes.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name in the API.
    pub name: &'static str,
    make: fn() -> Definition,
}

/// All of them.
pub const BUILT_IN: [BuiltIn; 7] = [
    BuiltIn { name: "executive-monthly", make: executive_monthly },
    BuiltIn { name: "board-quarterly", make: board_quarterly },
    BuiltIn { name: "team-weekly", make: team_weekly },
    BuiltIn { name: "project-status", make: project_status },
    BuiltIn { name: "sprint-review", make: sprint_review },
    BuiltIn { name: "risk-register", make: risk_register },
    BuiltIn { name: "data-quality", make: data_quality },
];

/// The definition of the built-in report of that name.
pub fn built_in(name: &str) -> Option<Definition> {
    BUILT_IN.iter().find(|built_in| built_in.name == name).map(BuiltIn::definition)
}

impl BuiltIn {
    /// What it has in it.
    pub fn definition(&self) -> Definition {
        (self.make)()
    }
}

const FLOW: &[&str] = &["throughput", "cycle_time", "work_in_progress", "work_item_age", "unplanned_work"];
const BOTH: &[&str] =
    &["throughput", "cycle_time", "work_in_progress", "change_lead_time", "deployment_frequency", "change_fail_rate"];
const STAGES: [&str; 4] = ["lead_time_coding", "lead_time_pickup", "lead_time_review", "lead_time_deploy"];
const KNOWN: &[&str] = &[
    "traced_changes",
    "linked_changes",
    "attributed_changes",
    "mapped_work_items",
    "classified_work_items",
    "linked_work_items",
    "attributed_work_items",
    "linked_incidents",
    "attributed_incidents",
];

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

fn section(title: &str, shows: Shows) -> SectionOf {
    SectionOf { title: title.to_owned(), text: String::new(), shows }
}

fn tiles(title: &str, metrics: &[&str]) -> SectionOf {
    section(title, Shows::Tiles(names(metrics)))
}

fn table(title: &str, by: Dimension, metrics: &[&str]) -> SectionOf {
    section(title, Shows::Table { by, metrics: names(metrics) })
}

fn charts<const N: usize>(title: &str, charts: [ChartOf; N]) -> SectionOf {
    section(title, Shows::Charts(charts.into()))
}

fn coverage(metrics: &[&str]) -> SectionOf {
    section("What the figures rest on", Shows::Coverage(names(metrics)))
}

fn line(metric: &str) -> ChartOf {
    ChartOf { metric: metric.to_owned(), by: None, shape: Shape::Line }
}

fn bar(metric: &str) -> ChartOf {
    ChartOf { shape: Shape::Bar, ..line(metric) }
}

fn stacked(metric: &str, by: Dimension) -> ChartOf {
    ChartOf { shape: Shape::Stacked, by: Some(by), ..line(metric) }
}

fn spread(metric: &str, by: Dimension) -> ChartOf {
    ChartOf { shape: Shape::Spread, by: Some(by), ..line(metric) }
}

fn executive_monthly() -> Definition {
    Definition {
        title: "Engineering in the last month".to_owned(),
        description:
            "Delivery and flow in a few figures, the projects that need attention, and when they will be done."
                .to_owned(),
        headline: names(&["risk", "dora", "flow"]),
        sections: vec![
            tiles(
                "Delivery and flow",
                &[
                    "change_lead_time",
                    "deployment_frequency",
                    "change_fail_rate",
                    "failed_deployment_recovery_time",
                    "cycle_time",
                    "throughput",
                    "work_in_progress",
                    "open_incidents",
                ],
            ),
            charts(
                "How they moved",
                [bar("deployment_frequency"), line("change_lead_time"), bar("throughput"), line("cycle_time")],
            ),
            charts("Where the effort went", [stacked("allocation", Class)]),
            table("Teams side by side", Team, BOTH),
            section("Risks", Shows::Risks),
            section("Forecasts", Shows::Forecasts),
            coverage(&["traced_changes", "linked_changes", "mapped_work_items", "linked_incidents"]),
        ],
        ..Definition::default()
    }
}

fn board_quarterly() -> Definition {
    Definition {
        title: "Software delivery in the last quarter".to_owned(),
        description:
            "The five DORA metrics, how they moved over a year, and how they are spread over the organization."
                .to_owned(),
        period: Period::Last(Unit::Quarter),
        headline: names(&["dora"]),
        sections: vec![
            tiles("The five metrics", &DELIVERY),
            charts("Speed", [line("change_lead_time"), bar("deployment_frequency")]),
            charts(
                "Stability",
                [line("change_fail_rate"), line("failed_deployment_recovery_time"), line("deployment_rework_rate")],
            ),
            tiles("What change lead time is made of", &STAGES),
            charts("How teams differ", [spread("change_lead_time", Team), spread("deployment_frequency", Team)]),
            table("Teams", Team, &DELIVERY),
            table("Projects", Project, &DELIVERY),
            coverage(&["traced_changes", "attributed_changes", "linked_incidents"]),
        ],
        ..Definition::default()
    }
}

fn team_weekly() -> Definition {
    Definition {
        title: "The team's last week".to_owned(),
        description: "What got done, what waits, and what came in between. Teams, never people.".to_owned(),
        period: Period::Last(Unit::Week),
        grain: Grain::Week,
        headline: names(&["flow", "change"]),
        sections: vec![
            tiles("Work items", FLOW),
            tiles(
                "Changes",
                &[
                    "change_lead_time",
                    "deployment_frequency",
                    "pull_request_pickup_time",
                    "pull_request_review_time",
                    "pull_request_size",
                    "idle_pull_requests",
                    "build_failure_rate",
                    "unreviewed_merges",
                ],
            ),
            charts(
                "The last weeks",
                [bar("throughput"), line("work_in_progress"), line("cycle_time"), line("pull_request_review_time")],
            ),
            table(
                "Repositories",
                Repository,
                &["deployment_frequency", "change_lead_time", "pull_request_review_time"],
            ),
            coverage(&["mapped_work_items", "linked_changes"]),
        ],
        ..Definition::default()
    }
}

fn project_status() -> Definition {
    Definition {
        title: "Where projects stand".to_owned(),
        description: "Risks with what they rest on, forecasts, and how work flows.".to_owned(),
        period: Period::LastOf { count: 4, unit: Unit::Week },
        grain: Grain::Week,
        trend: 26,
        headline: names(&["risk", "flow"]),
        sections: vec![
            section("Risks", Shows::Risks),
            section("Forecasts", Shows::Forecasts),
            tiles("Flow", FLOW),
            charts("Work over time", [stacked("cumulative_flow", Stage), bar("throughput"), line("cycle_time")]),
            table("Projects side by side", Project, BOTH),
            coverage(&["mapped_work_items", "classified_work_items", "linked_changes"]),
        ],
        ..Definition::default()
    }
}

fn sprint_review() -> Definition {
    Definition {
        title: "Sprint review".to_owned(),
        description: "What sprints that ended promised, delivered and carried over.".to_owned(),
        period: Period::LastOf { count: 2, unit: Unit::Week },
        grain: Grain::Week,
        headline: names(&["flow"]),
        sections: vec![
            tiles(
                "Sprints that ended",
                &[
                    "sprint_commitment",
                    "sprint_completion",
                    "sprint_carry_over",
                    "sprint_scope_change",
                    "throughput",
                    "unplanned_work",
                    "reopened_work",
                ],
            ),
            charts(
                "The last sprints",
                [line("sprint_completion"), line("sprint_carry_over"), line("sprint_scope_change"), bar("throughput")],
            ),
            table("Teams", Team, &["sprint_completion", "sprint_carry_over", "throughput", "cycle_time"]),
            coverage(&["mapped_work_items", "attributed_work_items"]),
        ],
        ..Definition::default()
    }
}

fn risk_register() -> Definition {
    Definition {
        title: "Risk register".to_owned(),
        description: "Every project's risk, each finding with the rule that made it and how many rows show it."
            .to_owned(),
        period: Period::LastOf { count: 4, unit: Unit::Week },
        grain: Grain::Week,
        headline: names(&["risk"]),
        sections: vec![
            section("Risks", Shows::Risks),
            section("Forecasts", Shows::Forecasts),
            tiles("What is open", &["work_in_progress", "work_item_age", "open_incidents", "open_pull_requests"]),
        ],
        ..Definition::default()
    }
}

fn data_quality() -> Definition {
    Definition {
        title: "Data quality".to_owned(),
        description: "How much could be linked, mapped and attributed, what was left out and why, and how fresh it is."
            .to_owned(),
        sections: vec![
            coverage(KNOWN),
            charts(
                "How that moved",
                [
                    line("traced_changes"),
                    line("linked_changes"),
                    line("mapped_work_items"),
                    line("attributed_work_items"),
                ],
            ),
            table("Teams", Team, &["traced_changes", "linked_changes", "mapped_work_items", "classified_work_items"]),
            table("Repositories", Repository, &["traced_changes", "linked_changes", "attributed_changes"]),
        ],
        ..Definition::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_report_is_one_that_could_be_set() {
        for built_in in BUILT_IN {
            let definition = built_in.definition();
            definition.check(&[]).unwrap_or_else(|error| panic!("{}: {error}", built_in.name));
            let json = serde_json::to_string(&definition).unwrap();
            assert_eq!(serde_json::from_str::<Definition>(&json).unwrap(), definition, "{}", built_in.name);
        }
        assert!(super::built_in("weather").is_none());
    }

    #[test]
    fn the_boards_report_draws_each_of_the_five_metrics_and_how_teams_differ() {
        let charted: Vec<String> = board_quarterly()
            .sections
            .into_iter()
            .filter_map(|section| if let Shows::Charts(charts) = section.shows { Some(charts) } else { None })
            .flatten()
            .map(|chart| chart.metric)
            .collect();
        assert_eq!(charted.len(), 7);
        assert_eq!(charted[..5], DELIVERY);
        assert_eq!(charted[5..], ["change_lead_time", "deployment_frequency"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_field() {
        let refused = |change: fn(&mut Definition)| {
            let mut definition = board_quarterly();
            change(&mut definition);
            definition.check(&[]).unwrap_err().to_string()
        };
        assert!(refused(|d| d.title = " ".into()).contains("`title`"));
        assert!(refused(|d| d.sections.clear()).contains("`sections`"));
        assert!(refused(|d| d.trend = 0).contains("`trend`"));
        assert!(refused(|d| d.headline = names(&["weather"])).contains("`headline`"));
        assert!(refused(|d| d.time_zone = Some("Mars".into())).contains("Mars"));
        assert!(refused(|d| d.sections = vec![tiles("x", &["velocity"])]).contains("velocity"));
        assert!(refused(|d| d.sections = vec![table("x", Stage, &["cumulative_flow"])]).contains("tables by"));
        assert!(refused(|d| d.sections = vec![charts("x", [stacked("cycle_time", Stage)])]).contains("does not know"));
    }
}
