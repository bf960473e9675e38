//! Payloads of GitHub become rows of core.

mod commits;
mod deployments;
mod issues;
mod jobs;
mod listings;
mod milestones;
mod people;
mod pull_requests;
mod references;
mod releases;
mod repositories;
mod review_requests;
mod runs;
mod tags;
mod teams;
mod threads;
mod timeline;
mod users;
mod values;

use super::payload::{Account, Comment, Number, Signature};
use super::{CONNECTOR, GithubSettings};
use crate::mapping::{entity, is_gone, problem, read, settings_of};
use people::People;
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::Row;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Maps what GitHub told.
///
/// The settings decide here and not while reading: what is a deployment or an incident, and of which sort, changes with a
/// replay, which a change of the settings brings about by itself. What an older payload of the same thing may have made
/// and this one does not is said to be gone; what the settings alone rule out was never made under them, and is not
/// mentioned.
#[derive(Clone, Copy, Debug, Default)]
pub struct GithubMapper;

impl Mapper for GithubMapper {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn version(&self) -> u64 {
        7
    }

    fn stands_alone(&self, stream: &str) -> bool {
        // A page's note is kept under its first item, and tells of all that are on it.
        stream == "met"
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let mut work = Work { connection, payload, people: People::default(), out };
        match payload.stream {
            "repositories" => repositories::map(&mut work)?,
            "commits" => commits::map(&mut work)?,
            "branches" => tags::branch(&mut work)?,
            "tags" => tags::map(&mut work)?,
            "pull_requests" => pull_requests::map(&mut work)?,
            "issues" => issues::map(&mut work)?,
            "milestones" => milestones::map(&mut work)?,
            "releases" => releases::map(&mut work)?,
            "deployments" => deployments::map(&mut work)?,
            "workflow_runs" => runs::map(&mut work)?,
            "jobs" => jobs::map(&mut work)?,
            "users" => users::map(&mut work)?,
            "teams" => teams::map(&mut work)?,
            "listings" => listings::map(&mut work)?,
            "problems" => problem(payload)?,
            // For whoever reads the next time.
            "met" => {}
            // Kept for later; no entity shows them yet.
            "webhooks" => {}
            other => return Err(Reject::new(format!("`{other}` is not a stream of GitHub"))),
        }
        work.finish()
    }

    fn is_left(&self, connection: &Connection, payload: RawPayload<'_>) -> bool {
        // Keys of these begin with the number of something else, or with a name.
        if matches!(payload.stream, "users" | "teams" | "listings" | "problems" | "webhooks") {
            return false;
        }
        let repository = payload.key.split('/').next().unwrap_or_default();
        settings(connection).is_ok_and(|settings| settings.left.contains(repository))
    }
}

fn settings(connection: &Connection) -> Result<Arc<GithubSettings>, Reject> {
    settings_of(connection, GithubSettings::from_json)
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

    /// The payload's key, as the repository and what follows it.
    fn key(&self) -> Result<(&'a str, &'a str), Reject> {
        let key = self.payload.key;
        let parts = key.split_once('/').filter(|(repository, rest)| is_number(repository) && !rest.is_empty());
        parts.ok_or_else(|| self.misshapen("<repository>/<name>"))
    }

    /// The same, of an attempt of a run: the repository, `<run>/<attempt>`, and the attempt.
    fn attempt(&self) -> Result<(&'a str, &'a str, &'a str), Reject> {
        let (repository, rest) = self.key()?;
        let parts = rest.split_once('/').filter(|(run, attempt)| is_number(run) && is_number(attempt));
        let (_, attempt) = parts.ok_or_else(|| self.misshapen("<repository>/<run>/<attempt>"))?;
        Ok((repository, rest, attempt))
    }

    /// The same, of a thing that has a number.
    fn numbered(&self) -> Result<(&'a str, &'a str), Reject> {
        let parts = self.key()?;
        if is_number(parts.1) { Ok(parts) } else { Err(self.misshapen("<repository>/<number>")) }
    }

    fn misshapen(&self, shape: &str) -> Reject {
        let RawPayload { stream, key, .. } = self.payload;
        Reject::new(format!("`{}` is not a key of `{stream}`: it has the form `{shape}`", key.escape_default()))
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Reject> {
        read(self.payload)
    }

    fn is_gone(&self) -> bool {
        is_gone(self.payload)
    }

    fn settings(&self) -> Result<Arc<GithubSettings>, Reject> {
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

    /// The identity of an account, whose row it makes; none of an account that is gone.
    fn account(&mut self, account: Option<&Account>) -> Option<String> {
        let native = self.people.account(account?)?;
        Some(self.id(&native))
    }

    /// The identity of who signed a commit, whose rows it makes.
    fn signer(&mut self, signature: Option<&Signature>, account: Option<&Account>) -> Option<String> {
        let native = self.people.signer(signature, account)?;
        Some(self.id(&native))
    }

    /// The comments on a thing, all of them.
    fn comments(&mut self, thing: &str, comments: &[Comment]) -> Result<(), Reject> {
        self.parts("comments", thing, "comments")?;
        for comment in comments {
            let number = part("comments.databaseId", comment.full_database_id, comment.database_id)?;
            let author = self.account(comment.author.as_ref());
            let row = self
                .part_row("comments", [thing, "comments", &number.to_string()])?
                .set("subject_id", self.id(thing))
                .set("author_id", author)
                .set("created_at", values::time(comment.created_at.as_deref()));
            self.push(row)?;
        }
        Ok(())
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

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The number of a part.
fn part(field: &str, full: Option<Number>, short: Option<Number>) -> Result<u64, Reject> {
    values::present(field, full.or(short)).map(|number| number.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn reject(stream: &str, key: &str, body: &Value, settings: Value) -> Reject {
        let connection = Connection::new("github:acme", settings);
        let body = body.to_string();
        let payload = RawPayload { stream, key, observed_at: 0, body: &body };
        GithubMapper.map(&connection, payload, &mut Mapped::default()).unwrap_err()
    }

    #[test]
    fn a_stream_that_is_not_known_is_told() {
        assert!(reject("gists", "1", &json!({}), Value::Null).reason.contains("`gists`"));
    }

    #[test]
    fn a_key_of_another_form_is_told_with_the_form_that_it_should_have() {
        for (stream, key, form) in [
            ("commits", "abc", "<repository>/<name>"),
            ("commits", "shop/abc", "<repository>/<name>"),
            ("pull_requests", "7/x", "<repository>/<number>"),
            ("workflow_runs", "7/8", "<repository>/<run>/<attempt>"),
            ("repositories", "shop", "<repository>"),
            ("teams", "core", "<team>"),
            ("users", "ada", "<user>"),
            ("jobs", "7/8", "<repository>/<run>/<attempt>"),
            ("listings", "7", "<repository>/<stream>"),
            ("listings", "7/gists", "<repository>/<stream>"),
        ] {
            let told = reject(stream, key, &json!({}), Value::Null).reason;
            assert!(told.contains(key) && told.contains(form), "{stream} {key}: {told}");
        }
    }

    #[test]
    fn settings_that_cannot_be_read_are_told_with_each_payload_that_needs_them() {
        let told = reject("tags", "7/v1", &json!({}), json!({"deployments": {"from": ["guesses"]}}));
        assert!(told.reason.contains("guesses"), "{}", told.reason);
    }
}
