//! Repositories and teams change, which does not happen often.

use super::{Scene, names};
use crate::scenario::Habits;

/// What an experiment's name begins with.
const EXPERIMENT: &str = "experiment-";

impl Scene<'_> {
    /// Somebody tries something in a new repository.
    pub(super) fn begin_experiment(&mut self) -> Option<()> {
        let (team, people) = self.story.plots.values().next().map(|p| (p.team, p.people.clone()))?;
        let count = self.world.repositories.values().filter(|r| r.name.starts_with(EXPERIMENT)).count();
        let day = (self.world.now - self.story.begun).num_days();
        let name = format!("{EXPERIMENT}{}-{day}", names::nth(names::TEAMS, count).to_lowercase());
        let repository = self.make_repository(&name, &people);
        let plot = self.plot(team, people, 0.4, Habits::default());
        self.story.plots.insert(repository, plot);
        Some(())
    }

    /// A repository that is worked on gets another name.
    pub(super) fn rename_repository(&mut self) -> Option<()> {
        let is_lasting = |name: &str| !name.starts_with(EXPERIMENT);
        let worked_on = self.story.plots.keys().filter_map(|id| self.world.repositories.get(id));
        let lasting: Vec<i64> = worked_on.filter(|r| is_lasting(&r.name)).map(|r| r.id).collect();
        let repository = self.dice.one(&lasting).copied()?;
        let old = &self.world.repositories.get(&repository)?.name;
        let day = (self.world.now - self.story.begun).num_days();
        let stem = old.split("-service").next().unwrap_or(old);
        let name = if old.contains("-service") { format!("{stem}-service-{day}") } else { format!("{stem}-service") };
        let actor = self.somebody(repository, "")?;
        self.world.rename_repository(repository, &name, &actor);
        Some(())
    }

    /// The oldest experiment is deleted.
    pub(super) fn delete_repository(&mut self) -> Option<()> {
        let repository = self.world.repositories.values().find(|r| r.name.starts_with(EXPERIMENT))?.id;
        let actor = self.somebody(repository, "")?;
        self.world.delete_repository(repository, &actor);
        self.story.plots.remove(&repository);
        Some(())
    }

    /// A repository is archived: nothing happens in it any more.
    pub(super) fn archive_repository(&mut self, repository: i64) -> Option<()> {
        let actor = self.somebody(repository, "")?;
        self.world.archive_repository(repository, &actor);
        self.story.plots.remove(&repository);
        Some(())
    }

    /// Somebody goes from one team to another.
    pub(super) fn move_member(&mut self) -> Option<()> {
        let teams: Vec<i64> = self.world.teams.values().filter(|t| t.members.len() > 1).map(|t| t.id).collect();
        let from = self.dice.one(&teams).copied()?;
        let others: Vec<i64> = teams.into_iter().filter(|t| *t != from).collect();
        let to = self.dice.one(&others).copied()?;
        let members: Vec<String> = self.world.teams.get(&from)?.members.keys().cloned().collect();
        let who = self.dice.one(&members).cloned()?;
        self.change_team(&who, from, to)
    }
}
