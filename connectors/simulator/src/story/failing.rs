//! Projects that fail.

use super::{Plot, Story};
use crate::scenario::{Failing, Scenario};
use crate::world::Time;
use chrono::NaiveDate;

/// How a project fails, in a story's own time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    from: Time,
    due: Time,
    how: Failing,
}

impl Failure {
    pub(super) fn new(scenario: &Scenario, how: Failing) -> Self {
        Self { from: scenario.month(how.from), due: scenario.month(how.due), how }
    }

    /// The share of its changes that is still made at an instant.
    fn pace(&self, at: Time) -> f64 {
        let share = (at - self.from).num_seconds() as f64 / (self.due - self.from).num_seconds() as f64;
        1.0 - (1.0 - self.how.pace) * share.clamp(0.0, 1.0)
    }
}

impl Story {
    /// Pull requests that are begun in a repository on a working day.
    pub(super) fn pace(&self, plot: &Plot, at: Time) -> f64 {
        plot.pace * self.failing.get(&plot.team).map_or(1.0, |f| f.pace(at))
    }

    /// Those of all repositories of a team.
    pub(super) fn team_pace(&self, team: i64, at: Time) -> f64 {
        self.plots.values().filter(|p| p.team == team).map(|p| self.pace(p, at)).sum()
    }

    /// Those that a team is asked for, whether or not its project fails: what its sprints are filled by.
    pub(super) fn asked(&self, team: i64) -> f64 {
        self.plots.values().filter(|p| p.team == team).map(|p| p.pace).sum()
    }

    /// Issues that are written for a team on a working day.
    pub(super) fn written(&self, team: i64, at: Time) -> f64 {
        let scope = self.failing.get(&team).filter(|f| at >= f.from).map_or(1.0, |f| f.how.scope);
        scope * self.plots.values().filter(|p| p.team == team).map(|p| p.pace * p.habits.tickets).sum::<f64>()
    }

    /// The day that what is written for a team now is due with its project.
    pub(super) fn due(&self, team: i64, at: Time) -> Option<NaiveDate> {
        self.failing.get(&team).filter(|f| at >= f.from).map(|f| f.due.date_naive())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Size;

    #[test]
    fn less_and_less_is_done_from_when_it_fails_to_when_it_is_due() {
        let scenario = Scenario::from(Size::tiny());
        let failure = Failure::new(&scenario, Failing { from: 12, due: 24, scope: 2.0, pace: 0.4 });
        let paces = [0, 12, 18, 24, 36].map(|month| (failure.pace(scenario.month(month)) * 10.0).round());
        assert_eq!(paces, [10.0, 10.0, 7.0, 4.0, 4.0]);
    }
}
