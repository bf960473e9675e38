//! The organization as it is when the story begins.

use super::{Happening, Plot, Scene, names};
use crate::world::{Commit, MergeMethod, Size};
use chrono::TimeDelta;

/// The bot that updates dependencies.
pub(super) const DEPENDABOT: &str = "dependabot";

impl Scene<'_> {
    /// People, teams and repositories.
    pub(super) fn make_organization(&mut self, size: Size) {
        let people = self.make_people(size.people.max(1));
        let teams = self.make_teams(size.teams.max(1), &people);
        let pace = size.people as f64 * 0.5 / size.repositories.max(1) as f64;
        for i in 0..size.repositories {
            let (team, members) = &teams[i % teams.len()];
            let repository = self.make_repository(&names::nth(names::REPOSITORIES, i), members);
            let pace = pace * self.dice.between(0.6, 1.4);
            let plot = self.plot(*team, members.clone(), pace, i == 1);
            self.story.plots.insert(repository, plot);
        }
        if size.repositories >= 3 {
            self.make_oddities(&teams[0]);
        }
    }

    fn make_people(&mut self, count: usize) -> Vec<String> {
        self.world.add_bot(DEPENDABOT);
        let mut logins = Vec::new();
        for i in 0..count {
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

    /// Teams under one parent; people are dealt to them in turn.
    fn make_teams(&mut self, count: usize, people: &[String]) -> Vec<(i64, Vec<String>)> {
        let parent = self.world.add_team("Engineering", None, &[]);
        let mut teams = Vec::new();
        for i in 0..count {
            let mut members: Vec<String> = people.iter().skip(i).step_by(count).cloned().collect();
            if members.is_empty() {
                members.extend(people.first().cloned());
            }
            let logins: Vec<&str> = members.iter().map(String::as_str).collect();
            teams.push((self.world.add_team(&names::nth(names::TEAMS, i), Some(parent), &logins), members));
        }
        teams
    }

    /// How it goes in a repository.
    pub(super) fn plot(&mut self, team: i64, people: Vec<String>, pace: f64, is_failing: bool) -> Plot {
        let methods = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase];
        let method = self.dice.one(&methods).copied().unwrap_or(MergeMethod::Squash);
        Plot {
            people,
            team,
            pace,
            is_failing,
            method,
            deploys: self.dice.between(0.35, 0.8),
            accidents: if is_failing { 0.2 } else { self.dice.between(0.04, 0.12) },
            release: 1,
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
        let plot = self.plot(team.0, team.1.clone(), 0.3, false);
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
