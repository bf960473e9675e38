//! The organization as it is when the story begins.

use super::{Happening, Plot, Scene, names};
use crate::scenario::{Habits, Scenario};
use crate::world::{Commit, MergeMethod};
use chrono::TimeDelta;

/// The bot that updates dependencies.
pub(super) const DEPENDABOT: &str = "dependabot";

impl Scene<'_> {
    /// People, teams and repositories.
    pub(super) fn make_organization(&mut self, scenario: &Scenario) {
        let count: usize = scenario.teams.iter().map(|t| t.people).sum();
        let people = self.make_people(scenario.first_person, count);
        let teams = self.make_teams(scenario, people);
        for repository in &scenario.repositories {
            let Some((team, members)) = teams.get(repository.team) else { continue };
            let id = self.make_repository(&repository.name, members);
            let pace = repository.changes * self.dice.between(0.6, 1.4);
            let plot = self.plot(*team, members.clone(), pace, repository.habits.clone());
            self.story.plots.insert(id, plot);
        }
        if let Some(team) = teams.first().filter(|_| scenario.odd_repositories) {
            self.make_oddities(team);
        }
        let ids: Vec<i64> = teams.iter().map(|(id, _)| *id).collect();
        self.plan_changes(scenario, &ids);
    }

    fn make_people(&mut self, first: usize, count: usize) -> Vec<String> {
        self.world.add_bot(DEPENDABOT);
        let mut logins = Vec::new();
        for i in first..first + count {
            let (first, last) = names::person(i);
            let login = format!("{}-{}", first.to_lowercase(), last.to_lowercase());
            let is_taken = self.world.people.contains_key(&login);
            let login = if is_taken { format!("{login}-{i}") } else { login };
            let has_name = !self.dice.happens(0.15);
            self.world.add_person(&login, has_name.then_some(format!("{first} {last}").as_str()));
            logins.push(login);
        }
        logins
    }

    /// Teams under one parent; people are dealt to them in turn, until each is full.
    fn make_teams(&mut self, scenario: &Scenario, people: Vec<String>) -> Vec<(i64, Vec<String>)> {
        let parent = self.world.add_team("Engineering", None, &[]);
        let first = people.first().cloned();
        let mut dealt: Vec<Vec<String>> = vec![Vec::new(); scenario.teams.len()];
        let mut people = people.into_iter();
        while people.len() > 0 {
            let open = dealt.iter_mut().zip(&scenario.teams).filter(|(members, team)| members.len() < team.people);
            open.for_each(|(members, _)| members.extend(people.next()));
        }
        let mut teams = Vec::new();
        for (team, mut members) in scenario.teams.iter().zip(dealt) {
            if members.is_empty() {
                members.extend(first.clone());
            }
            let logins: Vec<&str> = members.iter().map(String::as_str).collect();
            teams.push((self.world.add_team(&team.name, Some(parent), &logins), members));
        }
        teams
    }

    /// How it goes in a repository.
    pub(super) fn plot(&mut self, team: i64, people: Vec<String>, pace: f64, habits: Habits) -> Plot {
        let methods = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase];
        let method = self.dice.one(&methods).copied().unwrap_or(MergeMethod::Squash);
        Plot {
            people,
            team,
            pace,
            method,
            deploys: self.dice.within(habits.deploys),
            accidents: self.dice.within(habits.accidents),
            release: 1,
            habits,
        }
    }

    /// A repository with a first few commits.
    pub(super) fn make_repository(&mut self, name: &str, people: &[String]) -> i64 {
        let author = people.first().map_or(DEPENDABOT, String::as_str);
        let repository = self.world.create_repository(name, author);
        let messages = ["Initial commit", "Add a build", "Add a first page"];
        let mut commits: Vec<Commit> = Vec::new();
        for (i, message) in messages.iter().enumerate() {
            let parents: Vec<&str> = commits.last().map(|c| c.sha.as_str()).into_iter().collect();
            let date = self.world.now - TimeDelta::hours(30 - 8 * i as i64);
            // The name is part of what makes the sha, so that two repositories do not begin with one commit.
            let message = format!("{message}\n\nFor {name}.");
            commits.push(self.world.compose(&parents, author, date, &message));
        }
        self.world.push(repository, "main", commits, author);
        repository
    }

    /// A repository that is archived soon, a fork and an empty one.
    fn make_oddities(&mut self, team: &(i64, Vec<String>)) {
        let old = self.make_repository("legacy-shop", &team.1);
        let plot = self.plot(team.0, team.1.clone(), 0.3, Habits::default());
        self.story.plots.insert(old, plot);
        self.after(24.0 * 45.0, Happening::RepositoryIsArchived { repository: old });
        let fork = self.make_repository("forked-library", &team.1);
        if let Some(fork) = self.world.repositories.get_mut(&fork) {
            fork.is_fork = true;
            fork.is_private = false;
        }
        let author = team.1.first().map_or(DEPENDABOT, String::as_str);
        self.world.create_repository("empty-room", author);
    }
}
