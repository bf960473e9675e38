//! `pulse forecast`.

use super::place::Place;
use crate::{Error, Result};
use chrono::NaiveDate;
use clap::Args;
use pulse_engine::forecast::{About, Answer, Ask, Count, Kind, WhatIf};
use pulse_engine::metrics::Filter;
use pulse_engine::{chance, counted};

/// Freeze today's forecasts and score the earlier ones; or forecast one thing, also as it might be
///
/// What is forecast for one thing, or for the items of some, is not kept.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse forecast
  pulse forecast project jira:acme:projects/10000
  pulse forecast epic jira:acme:issues/10042 --due 2027-03-31 --scope 12
  pulse forecast sprint jira:acme:sprints/7 --pace 1.5 --wip-limit 4
  pulse forecast items --team Checkout --class defect")]
pub(super) struct Forecast {
    /// project, epic, sprint, release, team, or items: all of a tenant's, or those that the options below leave
    kind: Option<String>,
    /// Its id; items have none
    id: Option<String>,
    /// Only items of this repository, by id or name; may be given again
    #[arg(long = "repository", value_name = "NAME", requires = "kind")]
    repositories: Vec<String>,
    /// Only items of this project, by id or name; may be given again
    #[arg(long = "project", value_name = "NAME", requires = "kind")]
    projects: Vec<String>,
    /// Only items of this team, by id or name; may be given again
    #[arg(long = "team", value_name = "NAME", requires = "kind")]
    teams: Vec<String>,
    /// Only items of projects that this team owns; may be given again
    #[arg(long = "owning-team", value_name = "NAME", requires = "kind")]
    owning_teams: Vec<String>,
    /// Only items of this class: feature, defect, debt, unplanned or unclassified; may be given again
    #[arg(long = "class", value_name = "NAME", requires = "kind")]
    classes: Vec<String>,
    /// Only items of this type, as their source names it; may be given again
    #[arg(long = "kind", value_name = "NAME", requires = "kind")]
    kinds: Vec<String>,
    /// Only items with this label; may be given again
    #[arg(long = "label", value_name = "NAME", requires = "kind")]
    labels: Vec<String>,
    /// The day by which it is to be done [default: the one that it is due on]
    #[arg(long, value_name = "DATE", requires = "kind")]
    due: Option<NaiveDate>,
    /// A day: how many items will be done by its end?
    #[arg(long, value_name = "DATE", requires = "kind")]
    by: Option<NaiveDate>,
    /// Items more, or fewer, than are open
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    scope: i32,
    /// What a day's work is multiplied by
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pace: f64,
    /// How many items may be in progress at once
    #[arg(long, value_name = "N", requires = "kind")]
    wip_limit: Option<f64>,
    /// The first day that is worked on it
    #[arg(long, value_name = "DATE", requires = "kind")]
    start: Option<NaiveDate>,
    /// What is open now is all
    #[arg(long, requires = "kind")]
    no_growth: bool,
}

impl Forecast {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let tenant = place.known_tenant().await?;
        let Some(kind) = self.kind else {
            let _progress = place.progress("Forecasting");
            let report = tenant.freeze_forecasts(&place.settings, place.clock).await?;
            return super::print(&format!(
                "{} forecasts frozen, {} of them with a reason in the place of days; more is known of {} earlier ones.\n",
                report.frozen, report.without, report.scored
            ));
        };
        let filter = Filter {
            repositories: self.repositories,
            projects: self.projects,
            teams: self.teams,
            owning_teams: self.owning_teams,
            classes: self.classes,
            kinds: self.kinds,
            labels: self.labels,
            ..Filter::default()
        };
        let usage = |error: pulse_engine::Error| Error::Usage(error.to_string());
        let kind: Kind = kind.parse().map_err(usage)?;
        let ask = Ask {
            about: About::named(kind, self.id, filter).map_err(usage)?,
            growth: !self.no_growth,
            due: self.due,
            by: self.by,
            what_if: WhatIf { scope: self.scope, pace: self.pace, start: self.start },
            limit: self.wip_limit,
        };
        let answer = tenant.forecast(&ask, &place.settings, place.clock).await?;
        super::print(&told(&answer))
    }
}

/// An answer for people.
fn told(answer: &Answer) -> String {
    let history = &answer.history;
    let mut lines = vec![
        format!("{}: {} open on {}", answer.name, counted(answer.remaining, "item", "items"), answer.made_on),
        format!(
            "from {} done and {} added on {} since {}",
            counted(history.done(), "item", "items"),
            history.added(),
            counted(history.days().len(), "working day", "working days"),
            history.from()
        ),
    ];
    if let Some(outcome) = &answer.outcome {
        let days = outcome.done_on;
        lines.extend([(50, days.p50), (70, days.p70), (85, days.p85), (95, days.p95)].map(|(level, day)| match day {
            Some(day) => format!("  {level} %  by {day}"),
            None => format!("  {level} %  not within five years"),
        }));
        lines.extend(
            answer.due.zip(outcome.due_probability).map(|(due, p)| format!("due {due}: a chance of {}", chance(p))),
        );
        let done = outcome.done_by;
        lines.extend(done.map(|done| format!("done by then: at least {} (85 %), {} (50 %)", done.p85, done.p50)));
    }
    lines.extend(answer.reason.clone());
    lines.push(match answer.card.inside.p85 {
        Count { of: 0, .. } => "no such forecast is over yet".to_owned(),
        Count { hits, of } => format!("{hits} of {of} such forecasts that are over were done by their 85 % day"),
    });
    lines.push(String::new());
    lines.join("\n")
}
