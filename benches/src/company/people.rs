//! Who works there, and what they own.

use super::luck::{DAY, HOUR, Luck};
use super::pile::{Pile, time};
use super::{PROJECTS, REPOSITORIES, TEAMS, project, repository, shares, team};
use crate::Fallible;
use pulse_engine::Tenant;

/// How many people are in teams.
const MEMBERS: usize = 2_400;
/// How many are in none.
const GUESTS: usize = 60;
const BOTS: usize = 4;
const DEPARTMENTS: usize = 12;

/// Everybody.
pub(super) struct People {
    /// How many are in each team.
    sizes: Vec<usize>,
}

impl People {
    pub(super) fn new() -> Self {
        Self { sizes: shares(MEMBERS, TEAMS, 0.5) }
    }

    /// Somebody who does something for a team: mostly one of it, and of those some more often than others; sometimes one of another
    /// team or of none, or a program.
    pub(super) fn someone(&self, of: usize, luck: &mut Luck) -> String {
        match luck.below(100) {
            0..2 => bot(luck.place(BOTS)),
            2..5 => guest(luck.place(GUESTS)),
            5..9 => {
                let other = luck.place(TEAMS);
                member(other, luck.place(self.sizes[other]))
            }
            _ => {
                let members = self.sizes[of];
                member(of, luck.place(members).min(luck.place(members)))
            }
        }
    }

    /// Teams, people, projects, and the repositories that belong to these.
    pub(super) async fn write(&self, tenant: &Tenant, ends: i64) -> Fallible<()> {
        let mut teams = Pile::new(tenant, "teams")?;
        let department = |number: usize| format!("bench:a:department-{number:02}");
        for number in 0..DEPARTMENTS {
            teams.put(teams.row(department(number)).set("name", format!("Department {number}"))).await?;
        }
        let mut identities = Pile::new(tenant, "identities")?;
        let mut members = Pile::new(tenant, "team_members")?;
        for (number, size) in self.sizes.iter().enumerate() {
            let row = teams.row(team(number)).set("name", format!("Team {number}"));
            teams.put(row.set("parent_id", department(number % DEPARTMENTS))).await?;
            for place in 0..*size {
                let id = member(number, place);
                let mut luck = Luck::of("member", number * 1_000 + place);
                let row = identities.row(id.clone()).set("name", format!("Person {place} of {number}"));
                let row = row.set("email", format!("p{place}.t{number}@example.com")).set("is_bot", false);
                identities.put(row.set("login", format!("p{place}t{number}"))).await?;
                // One of five came while the year was under way.
                let joined = luck.share(20).then(|| ends - luck.below(300 * DAY) - HOUR);
                let row = members.row(format!("{id}/1")).set("team_id", team(number)).set("member_id", id);
                members.put(row.set("joined_at", time(joined))).await?;
            }
        }
        for number in 0..GUESTS {
            let row = identities.row(guest(number)).set("name", format!("Guest {number}")).set("is_bot", false);
            identities.put(row.set("login", format!("guest{number}"))).await?;
        }
        for number in 0..BOTS {
            let row = identities.row(bot(number)).set("name", format!("bot-{number}")).set("is_bot", true);
            identities.put(row.set("login", format!("bot-{number}"))).await?;
        }
        let mut projects = Pile::new(tenant, "projects")?;
        for number in 0..PROJECTS {
            let row = projects.row(project(number)).set("name", format!("Project {number}"));
            projects.put(row.set("team_id", team(number % TEAMS))).await?;
        }
        let (mut repositories, mut scopes) = (Pile::new(tenant, "repositories")?, Pile::new(tenant, "project_scopes")?);
        for number in 0..REPOSITORIES {
            let row = repositories.row(repository(number)).set("name", format!("acme/service-{number}"));
            let row = row.set("default_branch", "main").set("is_fork", false).set("is_archived", number % 40 == 39);
            repositories.put(row.set("url", format!("https://code.example.com/acme/service-{number}"))).await?;
            let row = scopes.row(format!("bench:a:scope-{number:03}")).set("project_id", project(number % PROJECTS));
            scopes.put(row.set("scope_kind", "repository").set("scope_id", repository(number))).await?;
        }
        for pile in [&mut teams, &mut identities, &mut members, &mut projects, &mut repositories, &mut scopes] {
            pile.write().await?;
        }
        Ok(())
    }
}

fn member(team: usize, place: usize) -> String {
    format!("bench:a:person-{team:03}-{place:02}")
}

fn guest(number: usize) -> String {
    format!("bench:a:guest-{number:02}")
}

fn bot(number: usize) -> String {
    format!("bench:a:bot-{number}")
}
