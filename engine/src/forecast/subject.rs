//! What forecasts are about.

use super::lives::{as_of, at, events, in_progress};
use super::{Day, History, Life, State};
use crate::{Error, Result};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The kinds of things that are forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// All items of a project.
    Project,
    /// The items below an epic.
    Epic,
    /// What is in a sprint.
    Sprint,
    /// What is to be fixed in a version of a project.
    Release,
    /// All items of a team. These are asked for, and not frozen.
    Team,
    /// All items that a filter leaves, likewise.
    Items,
}

impl Kind {
    /// All that there are.
    pub const ALL: [Kind; 6] = [Kind::Project, Kind::Epic, Kind::Sprint, Kind::Release, Kind::Team, Kind::Items];
    /// Those of which forecasts are frozen, and scored.
    pub const FROZEN: [Kind; 4] = [Kind::Project, Kind::Epic, Kind::Sprint, Kind::Release];

    /// Its name in SQL and API.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Project => "project",
            Kind::Epic => "epic",
            Kind::Sprint => "sprint",
            Kind::Release => "release",
            Kind::Team => "team",
            Kind::Items => "items",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Kind::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let known = Kind::ALL.map(Kind::name).join(", ");
            Error::Question(format!("`{text}` is nothing that is forecast; there are: {known}"))
        })
    }
}

/// One thing that is forecast, and the lives of its items.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) project_id: Option<String>,
    pub(super) team_id: Option<String>,
    pub(super) due: Option<NaiveDate>,
    /// The first day of a sprint.
    pub(super) begins: Option<NaiveDate>,
    /// Whether it is over, though items may be open: a sprint that was closed, a version that is out.
    pub(super) is_over: bool,
    /// Whether its own status is mapped, where it has one: of an epic whose is not nobody knows whether it is over.
    pub(super) is_mapped: bool,
    pub(super) lives: Vec<Life>,
    /// What its pace is taken from, when that is not its own items.
    pub(super) pace: Option<Arc<Pace>>,
}

/// The sprints of a project, or its releases one after another, whose pace the next one is expected to have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pace {
    pub(super) lives: Vec<Life>,
    /// The days on which they began or ended: what comes in or goes out then was planned, and is no growth.
    pub(super) planned: BTreeSet<NaiveDate>,
}

/// Why nothing is foretold of an epic whose status is not mapped.
const UNMAPPED: &str = "its status is not mapped, so that nobody knows whether it is done";

impl Subject {
    /// Why there is no forecast over that history, if there is none.
    pub(super) fn lack(&self, history: &History) -> Option<String> {
        if self.is_mapped { history.lack().map(|lack| lack.to_string()) } else { Some(UNMAPPED.to_owned()) }
    }

    /// How it stood at the beginning of a day.
    pub(super) fn as_of(&self, origin: NaiveDate, is_working: &dyn Fn(NaiveDate) -> bool) -> State {
        let own = as_of(&self.lives, origin, is_working);
        let Some(pace) = &self.pace else { return own };
        let history = at(&pace.events(), origin, is_working).history;
        State { in_progress: in_progress(&pace.lives, &history, is_working), history, ..own }
    }

    /// The lives that its pace is taken from.
    pub(super) fn paced(&self) -> &[Life] {
        self.pace.as_ref().map_or(&self.lives, |pace| &pace.lives)
    }

    /// What came of it, as it is known now.
    pub(super) fn past(&self) -> Past {
        let mut open = 0;
        let mut ends = Vec::new();
        let own = events(&self.lives);
        for day in own.chunk_by(|a, b| a.0 == b.0) {
            open += day.iter().map(|(_, event)| i64::from(event.added) - i64::from(event.done)).sum::<i64>();
            ends.extend(day.first().map(|(day, _)| (*day, open)));
        }
        Past { ends, own }
    }
}

/// What happened to a subject.
pub(super) struct Past {
    /// How many items were open at the end of each day on which something happened.
    ends: Vec<(NaiveDate, i64)>,
    own: Vec<(NaiveDate, Day)>,
}

impl Past {
    /// The first day from `from` on at whose end nothing was open; `None` while that is not known.
    pub(super) fn done_on(&self, from: NaiveDate) -> Option<NaiveDate> {
        let later = self.ends.get(self.ends.partition_point(|(day, _)| *day < from)..)?;
        later.iter().find(|(_, open)| *open <= 0).map(|(day, _)| *day)
    }

    /// Its items that were done from a day to the end of another.
    pub(super) fn done_between(&self, from: NaiveDate, until: NaiveDate) -> u32 {
        let during = self.own.iter().filter(|(day, _)| (from..=until).contains(day));
        during.map(|(_, event)| event.done).sum()
    }
}

impl Pace {
    fn events(&self) -> Vec<(NaiveDate, Day)> {
        let planned = |(day, event)| (day, if self.planned.contains(&day) { Day { added: 0, ..event } } else { event });
        events(&self.lives).into_iter().map(planned).collect()
    }
}
