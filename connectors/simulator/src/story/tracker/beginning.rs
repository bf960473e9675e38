//! Jira as it is when the story begins.

use super::Desk;
use crate::story::{Errand, Scene, names};
use crate::world::AccountKind;
use crate::world::jira::BoardKind;
use std::collections::BTreeSet;

/// The account that a connector asks by.
const SERVICE_ACCOUNT: (&str, &str) = ("pulse", "Pulse");

impl Scene<'_> {
    /// Users, a project and a board for each team, and one of each for incidents.
    pub(in crate::story) fn make_tracker(&mut self) {
        self.make_users();
        let teams: BTreeSet<i64> = self.story.plots.values().map(|p| p.team).collect();
        for team in teams {
            self.make_desk(team);
        }
        let lead = self.story.tracker.managers.first().cloned().unwrap_or_default();
        let incidents = self.world.create_jira_project("INC", "Incidents", &lead, None);
        self.world.create_jira_board("Incidents", BoardKind::Kanban, incidents);
        self.story.tracker.incidents = incidents;
    }

    /// All people on GitHub, and a few who are not.
    fn make_users(&mut self) {
        let (login, name) = SERVICE_ACCOUNT;
        self.world.add_jira_user(login, name);
        let people: Vec<(String, String)> = self
            .world
            .people
            .values()
            .filter(|p| p.kind == AccountKind::User)
            .map(|p| (p.login.clone(), p.name.clone().unwrap_or_else(|| p.login.clone())))
            .collect();
        for (login, name) in &people {
            self.world.add_jira_user(login, name);
        }
        let count = 1 + people.len() / 8;
        for (i, name) in names::MANAGERS.iter().cycle().take(count).enumerate() {
            let login = format!("{}-pm{}", name.to_lowercase(), i + 1);
            self.world.add_jira_user(&login, &format!("{name} (Product)"));
            self.story.tracker.managers.push(login);
        }
        for i in 0..count.max(2) {
            let login = format!("leaver-{}", i + 1);
            self.world.add_jira_user(&login, &format!("Leaver {}", i + 1));
            self.story.tracker.leavers.push(login);
        }
    }

    fn make_desk(&mut self, team: i64) -> Option<()> {
        let name = self.world.teams.get(&team)?.name.clone();
        let count = self.story.tracker.desks.len();
        let managers = &self.story.tracker.managers;
        let manager = managers.get(count % managers.len().max(1)).cloned().unwrap_or_default();
        let project = self.world.create_jira_project(&self.free_key(&name), &name, &manager, Some(team));
        let board = self.world.create_jira_board(&format!("{name} board"), BoardKind::Scrum, project);
        let repositories: Vec<i64> =
            self.story.plots.iter().filter(|(_, p)| p.team == team).map(|(id, _)| *id).collect();
        for repository in repositories {
            let name = self.world.repositories.get(&repository)?.name.clone();
            self.world.jira_component(project, &name);
            self.world.jira_service(&name);
        }
        let desk = Desk {
            team,
            manager,
            board,
            sprint: None,
            next_sprint: None,
            sprints: 0,
            planned: Vec::new(),
            committed: Vec::new(),
            backlog: Vec::new(),
            version: None,
            versions: 0,
            epics: Vec::new(),
            fidget: None,
        };
        self.story.tracker.desks.insert(project, desk);
        self.errand_after(0.2, Errand::VersionTurns { project });
        for _ in 0..2 {
            self.errand_after(0.3, Errand::EpicBegins { project });
        }
        let crew = self.crew(team).len();
        for _ in 0..3 + crew * 3 {
            let hours = self.dice.between(0.5, 8.5);
            self.errand_after(hours, Errand::Arrives { project });
        }
        self.errand_after(9.0, Errand::SprintTurns { project });
        Some(())
    }

    /// A key for a project: its name in capitals, and for those that come again a number.
    fn free_key(&self, name: &str) -> String {
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let (word, number) = letters.split_at(letters.find(|c: char| c.is_ascii_digit()).unwrap_or(letters.len()));
        let key = format!("{}{number}", word.chars().take(8).collect::<String>().to_uppercase());
        let is_taken = self.world.jira.project(&key).is_some();
        if is_taken { format!("{key}X") } else { key }
    }
}
