//! Payloads of Jira become rows of core.

mod custom;
mod development;
mod document;
mod history;
mod incidents;
mod issues;
mod links;
mod listings;
mod people;
mod planning;
mod project_parts;
mod stays;
#[cfg(test)]
mod tests;
mod values;
mod webhooks;

use super::payload::{User, known};
use super::{CONNECTOR, JiraSettings};
use crate::mapping::{entity, is_gone, problem, read, settings_of};
use people::People;
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::Row;
use serde::Deserialize;
use std::sync::Arc;

/// Maps what Jira told.
///
/// The settings decide here and not while reading: what a status means, which fields are kept and which issues are incidents
/// changes with a replay, which a change of the settings brings about by itself. What an older payload of the same thing may
/// have made and this one does not is said to be gone.
#[derive(Clone, Copy, Debug, Default)]
pub struct JiraMapper;

impl Mapper for JiraMapper {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn version(&self) -> u64 {
        9
    }

    fn stands_alone(&self, stream: &str) -> bool {
        // A page's note is kept under its first issue, and tells of all that are on it.
        stream == "met"
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let mut work = Work { connection, payload, people: People::default(), out };
        match payload.stream {
            "projects" => planning::project(&mut work)?,
            "boards" => planning::board(&mut work)?,
            "sprints" => planning::sprint(&mut work)?,
            "versions" => project_parts::version(&mut work)?,
            "components" => project_parts::component(&mut work)?,
            "issues" => issues::map(&mut work)?,
            "development" => development::map(&mut work)?,
            "listings" => listings::map(&mut work)?,
            "problems" => problem(payload)?,
            "webhooks" => webhooks::map(&mut work)?,
            "statuses" => issues::status(&mut work)?,
            "types" => issues::issue_type(&mut work)?,
            // For whoever reads the next time, and for whoever says which field means what.
            "met" | "fields" => {}
            other => return Err(Reject::new(format!("`{other}` is not a stream of Jira"))),
        }
        work.finish()
    }

    fn is_left(&self, connection: &Connection, payload: RawPayload<'_>) -> bool {
        #[derive(Deserialize)]
        struct Issue {
            key: String,
        }
        if !matches!(payload.stream, "issues" | "development") {
            return false;
        }
        let issue: Option<Issue> = serde_json::from_str(payload.body).ok();
        let project = issue.as_ref().and_then(|issue| Some(issue.key.rsplit_once('-')?.0));
        project.zip(settings(connection).ok()).is_some_and(|(project, settings)| !settings.wants(project))
    }
}

fn settings(connection: &Connection) -> Result<Arc<JiraSettings>, Reject> {
    settings_of(connection, JiraSettings::from_json)
}

/// One payload on its way.
struct Work<'a> {
    connection: &'a Connection,
    payload: RawPayload<'a>,
    people: People,
    out: &'a mut Mapped,
}

impl<'a> Work<'a> {
    /// The key of a thing in core.
    fn id(&self, native: &str) -> String {
        [self.connection.id.as_str(), ":", native].concat()
    }

    /// The payload's key, which is the number of the thing.
    fn number(&self, shape: &str) -> Result<&'a str, Reject> {
        let key = self.payload.key;
        let is_number = !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit());
        if is_number { Ok(key) } else { Err(self.misshapen(shape)) }
    }

    fn misshapen(&self, shape: &str) -> Reject {
        let RawPayload { stream, key, .. } = self.payload;
        Reject::new(format!("`{}` is not a key of `{stream}`: it has the form `{shape}`", key.escape_default()))
    }

    fn read<T: Deserialize<'a>>(&self) -> Result<T, Reject> {
        read(self.payload)
    }

    fn is_gone(&self) -> bool {
        is_gone(self.payload)
    }

    fn settings(&self) -> Result<Arc<JiraSettings>, Reject> {
        settings(self.connection)
    }

    fn row(&self, name: &str, native: &str) -> Result<Row, Reject> {
        Ok(Row::new(entity(name)?).set("id", self.id(native)))
    }

    /// A row of one of the parts of a thing, which are called so below it.
    fn part_row(&self, name: &str, [thing, below, part]: [&str; 3]) -> Result<Row, Reject> {
        let id = [self.connection.id.as_str(), ":", thing, "/", below, "/", part].concat();
        Ok(Row::new(entity(name)?).set("id", id))
    }

    fn push(&mut self, row: Row) -> Result<(), Reject> {
        self.out.push(row)
    }

    fn gone(&mut self, name: &str, native: &str) -> Result<(), Reject> {
        let id = self.id(native);
        self.out.gone(entity(name)?, id);
        Ok(())
    }

    /// All rows below that key are told here.
    fn all(&mut self, name: &str, native: &str) -> Result<(), Reject> {
        let id = self.id(native);
        self.out.parts(entity(name)?, id);
        Ok(())
    }

    /// All parts of a thing are told here that are called so below it.
    fn parts(&mut self, name: &str, thing: &str, below: &str) -> Result<(), Reject> {
        let id = [self.connection.id.as_str(), ":", thing, "/", below].concat();
        self.out.parts(entity(name)?, id);
        Ok(())
    }

    /// The identity of somebody, whose row it makes; none of somebody of whom Jira knows nothing any more.
    fn user(&mut self, user: Option<&User>) -> Option<String> {
        let native = self.people.user(user?)?;
        Some(self.id(&native))
    }

    /// The identity of somebody who is told by an id alone.
    fn user_of(&self, id: Option<&str>) -> Option<String> {
        Some(self.id(&people::native(known(id?)?)))
    }

    /// Makes the rows of everybody who was named.
    fn finish(mut self) -> Result<(), Reject> {
        for (native, person) in std::mem::take(&mut self.people).named() {
            let row = self
                .row("identities", &native)?
                .set("name", person.name)
                .set("email", person.email)
                .set("login", person.login)
                .set("is_bot", person.is_bot);
            self.push(row)?;
        }
        Ok(())
    }
}
