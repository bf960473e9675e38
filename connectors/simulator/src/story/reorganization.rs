//! Teams change because the organization wants it so, and projects begin to fail.

use super::failing::Failure;
use super::{Happening, Scene};
use crate::scenario::Scenario;
use crate::world::Role;
use chrono::TimeDelta;

impl Scene<'_> {
    /// Plans what a scenario says is to become of its teams, whose ids are given in its order.
    pub(super) fn plan_changes(&mut self, scenario: &Scenario, teams: &[i64]) {
        for change in &scenario.reorganizations {
            let ids = teams.get(change.from).zip(teams.get(change.to));
            let Some((&from, &to)) = ids else { continue };
            let morning = scenario.month(change.month) + TimeDelta::hours(9);
            self.story.schedule(morning, Happening::TeamsChange { from, to, people: change.people });
        }
        for (team, id) in scenario.teams.iter().zip(teams) {
            self.story.failing.extend(team.failing.map(|how| (*id, Failure::new(scenario, how))));
        }
    }

    /// Several people go from one team to another; one stays.
    pub(super) fn change_teams(&mut self, from: i64, to: i64, people: usize) -> Option<()> {
        for _ in 0..people {
            let members: Vec<String> = self.world.teams.get(&from)?.members.keys().cloned().collect();
            let who = self.dice.one(&members).cloned().filter(|_| members.len() > 1)?;
            self.change_team(&who, from, to)?;
        }
        Some(())
    }

    /// Somebody goes from one team to another, and works on its repositories from then on.
    pub(super) fn change_team(&mut self, who: &str, from: i64, to: i64) -> Option<()> {
        self.world.teams.get_mut(&from)?.members.remove(who);
        self.world.teams.get_mut(&to)?.members.insert(who.to_owned(), Role::Member);
        for plot in self.story.plots.values_mut() {
            if plot.team == from && plot.people.len() > 1 {
                plot.people.retain(|p| p != who);
            } else if plot.team == to && !plot.people.iter().any(|p| p == who) {
                plot.people.push(who.to_owned());
            }
        }
        Some(())
    }
}
