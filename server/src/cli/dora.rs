//! `pulse dora`.

use super::place::Place;
use super::reading::Reading;
use super::repositories;
use super::steps;
use crate::report::{self, Report, Scope};
use crate::{Error, Result};
use chrono::NaiveDate;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use pulse_engine::metrics::{Dimension, Filter, Grain};
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// Report the five DORA metrics of git repositories, or of what the lake holds
///
/// Repositories that are named are read into a lake in memory, which is gone when the report is printed, unless --lake
/// or PULSE_LAKE names one. Without a path the report is on all that the lake holds.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse dora .
  pulse dora ../api ../web --since 2026-01-01 --by repository
  pulse dora . --deployments 'release-*' --json
  pulse --lake file:///var/lib/pulse dora --by team --grain month
  pulse dora --team Checkout")]
pub(super) struct Dora {
    /// Folders with a clone, or bare repositories
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// The first day that is reported on [default: 26 weeks, 12 months or 60 days ago]
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// The day after the last that is reported on [default: tomorrow]
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// One report for each
    #[arg(long, value_parser = dimensions())]
    by: Option<Dimension>,
    /// How long each step of a trend line is
    #[arg(long, value_parser = grains(), default_value = Grain::Week.name())]
    grain: Grain,
    /// Only this repository, by id or name; may be given again
    #[arg(long = "repository", value_name = "NAME")]
    repositories: Vec<String>,
    /// Only this project, by id or name; may be given again
    #[arg(long = "project", value_name = "NAME")]
    projects: Vec<String>,
    /// Only this team, of whoever made it, by id or name; may be given again
    #[arg(long = "team", value_name = "NAME")]
    teams: Vec<String>,
    /// Only what is of projects that this team owns; may be given again
    #[arg(long = "owning-team", value_name = "NAME")]
    owning_teams: Vec<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

fn dimensions() -> impl TypedValueParser<Value = Dimension> {
    let names =
        [Dimension::Repository, Dimension::Project, Dimension::Team, Dimension::OwningTeam].map(Dimension::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Dimension>())
}

fn grains() -> impl TypedValueParser<Value = Grain> {
    PossibleValuesParser::new([Grain::Day, Grain::Week, Grain::Month].map(Grain::name))
        .try_map(|name| name.parse::<Grain>())
}

impl Dora {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let found = repositories::find(place, &self.paths, &self.reading)?;
        let kept = found.is_empty() || place.names_lake();
        let tenant = if found.is_empty() { place.known_tenant().await? } else { place.passing_tenant().await? };
        let sources = repositories::open(place, &tenant, found, &self.reading).await?;
        for (name, kept) in sources.iter().filter_map(|s| Some((&s.name, s.kept.as_ref()?))) {
            repositories::note(&format!("{name}: {kept}"));
        }
        let without = repositories::without_deployments(&sources)?;
        // One repository without deployments is a gap; when all are, there is nothing to report on, unless the lake has
        // deployments that came another way.
        if !sources.is_empty() && without.len() == sources.len() && !place.names_lake() {
            return Err(Error::Data(without.join("\n")));
        }
        without.iter().for_each(|why| repositories::note(why));
        if !sources.is_empty() {
            repositories::land_all(place, &tenant, sources, |_, _| Ok(())).await?;
            steps::map(place, &tenant, false).await?;
            steps::model(place, &tenant).await?;
        }
        let mut scope = Scope::recent(&place.settings, place.clock, self.grain);
        scope.by = self.by;
        let (repositories, projects, teams) = (self.repositories, self.projects, self.teams);
        let owning_teams = self.owning_teams;
        scope.filter = Filter { repositories, projects, teams, owning_teams, ..Filter::default() };
        scope.from = self.since.unwrap_or(scope.from);
        scope.until = self.until.unwrap_or(scope.until);
        let report = {
            let _progress = place.progress("Asking");
            Report::make(&tenant, &place.settings, place.clock, &scope).await?
        };
        if !report.has_deployments {
            return Err(Error::Data(
                "the lake holds no production deployment, so there is nothing to report: `pulse sync PATH --deployments PATTERN` takes tags for deployments, `--merges BRANCH` the merges into a branch, and `pulse push deployments FILE` brings recorded ones"
                    .into(),
            ));
        }
        if self.json {
            return super::write(&format!("{}\n", serde_json::to_string_pretty(&report)?));
        }
        super::write(&report::text::render(&report, std::io::stdout().is_terminal(), kept))
    }
}
