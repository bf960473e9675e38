//! Payloads of a repository become rows of core.

use super::payload::{About, Branch, Commit, CommitFiles, Merge, Person, Tag};
use super::settings::Sort;
use super::{CONNECTOR, GitSettings};
use crate::mapping::{entity, is_gone, read, settings_of};
use crate::version::is_prerelease;
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::Row;
use std::sync::Arc;

/// Maps what [`super::GitSource`] landed.
///
/// The settings decide here and not while reading: which tags and merges are deployments, and of which sort, changes
/// with a replay.
#[derive(Clone, Copy, Debug, Default)]
pub struct GitMapper;

impl Mapper for GitMapper {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn version(&self) -> u64 {
        2
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let at = Place { id: &connection.id };
        match payload.stream {
            "commits" => at.commit(read(payload)?, out),
            "commit_files" => at.commit_files(read(payload)?, out),
            "identities" => at.identity(payload.key, &read(payload)?, out),
            "tags" => at.tag(payload, settings(connection)?.as_ref(), out),
            "merges" => at.merge(payload, settings(connection)?.as_ref(), out),
            "repository" => at.repository(read(payload)?, out),
            "branches" => at.branch(payload, out),
            other => Err(Reject::new(format!("`{other}` is not a stream of a git repository"))),
        }
    }
}

fn settings(connection: &Connection) -> Result<Arc<GitSettings>, Reject> {
    settings_of(connection, GitSettings::from_json)
}

/// Makes the keys of one connection.
struct Place<'a> {
    id: &'a str,
}

impl Place<'_> {
    fn key(&self, native: &str) -> String {
        format!("{}:{native}", self.id)
    }

    fn person(&self, person: &Person) -> Option<String> {
        person.key().map(|key| self.key(&key))
    }

    fn repository(&self, about: About, out: &mut Mapped) -> Result<(), Reject> {
        out.push(
            Row::new(entity("repositories")?)
                .set("id", self.key("repository"))
                .set("name", about.name)
                .set("url", about.url)
                .set("default_branch", about.default_branch)
                .set("default_sha", about.default_sha),
        )
    }

    fn commit(&self, commit: Commit, out: &mut Mapped) -> Result<(), Reject> {
        let time = |micros: Option<i64>| micros.map(pulse_engine::row::Value::Time);
        out.push(
            Row::new(entity("commits")?)
                .set("id", self.key(&commit.sha))
                .set("repository_id", self.key("repository"))
                .set("author_id", self.person(&commit.author))
                .set("committer_id", self.person(&commit.committer))
                .set("sha", commit.sha)
                .set("parents", commit.parents)
                .set("authored_at", time(commit.authored.micros()))
                .set("authored_offset", commit.authored.offset)
                .set("committed_at", time(commit.committed.micros()))
                .set("committed_offset", commit.committed.offset)
                .set("title", commit.title)
                .set("reverts", commit.reverts)
                .set("cherry_picked_from", commit.cherry_picked_from)
                .set("work_item_keys", commit.work_item_keys)
                .set("additions", commit.changed.map(|c| c.additions))
                .set("deletions", commit.changed.map(|c| c.deletions))
                .set("changed_files", commit.changed.map(|c| c.files)),
        )
    }

    fn commit_files(&self, commit: CommitFiles, out: &mut Mapped) -> Result<(), Reject> {
        let entity = entity("commit_files")?;
        out.parts(entity, self.key(&commit.sha));
        for file in commit.files {
            let native = format!("{}/{}", commit.sha, file.exact.as_ref().unwrap_or(&file.path));
            out.push(
                Row::new(entity)
                    .set("id", self.key(&native))
                    .set("commit_id", self.key(&commit.sha))
                    .set("repository_id", self.key("repository"))
                    .set("path", file.path)
                    .set("previous_path", file.previous)
                    .set("change", file.change)
                    .set("additions", file.additions)
                    .set("deletions", file.deletions),
            )?;
        }
        Ok(())
    }

    fn identity(&self, key: &str, person: &Person, out: &mut Mapped) -> Result<(), Reject> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        out.push(
            Row::new(entity("identities")?)
                .set("id", self.key(key))
                .set("name", some(&person.name))
                .set("email", some(&person.email))
                .set("is_bot", person.is_bot()),
        )
    }

    fn branch(&self, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        if is_gone(payload) {
            out.gone(entity("refs")?, self.key(&format!("branch/{}", payload.key)));
            return Ok(());
        }
        let branch: Branch = read(payload)?;
        out.push(self.reference("branch", payload.key)?.set("sha", branch.sha))
    }

    /// A branch or tag, which has the name that git gives it below `refs`.
    fn reference(&self, kind: &'static str, name: &str) -> Result<Row, Reject> {
        let row = Row::new(entity("refs")?).set("id", self.key(&format!("{kind}/{name}"))).set("kind", kind);
        Ok(row.set("repository_id", self.key("repository")).set("name", name))
    }

    fn tag(&self, payload: RawPayload<'_>, settings: &GitSettings, out: &mut Mapped) -> Result<(), Reject> {
        let id = self.key(&format!("tag/{}", payload.key));
        let is_gone = is_gone(payload);
        let tag: Tag = if is_gone { Tag::default() } else { read(payload)? };
        if is_gone {
            out.gone(entity("refs")?, id.clone());
        } else {
            let tagged = tag.tagged.micros().map(pulse_engine::row::Value::Time);
            out.push(self.reference("tag", payload.key)?.set("sha", tag.sha.clone()).set("tagged_at", tagged))?;
        }
        if !settings.deployments.matches_tag(payload.key) {
            return Ok(());
        }
        // A tag that was moved onto a tree or a file delivers nothing any more either.
        let Some(sha) = tag.sha else {
            out.gone(entity("deployments")?, id.clone());
            out.gone(entity("releases")?, id);
            return Ok(());
        };
        let tagged = tag.tagged.micros();
        out.push(
            Row::new(entity("releases")?)
                .set("id", id.clone())
                .set("repository_id", self.key("repository"))
                .set("name", tag.title.filter(|t| !t.is_empty()).unwrap_or_else(|| tag.name.clone()))
                .set("tag", tag.name.clone())
                .set("sha", sha.clone())
                .set("is_prerelease", is_prerelease(&tag.name))
                .set("published_at", tagged.map(pulse_engine::row::Value::Time)),
        )?;
        let sort = settings.deployments.of_tag(&tag.name);
        self.deployment(Inferred { id, sha, from: "tag", name: &tag.name, finished: tagged, sort }, out)
    }

    fn merge(&self, payload: RawPayload<'_>, settings: &GitSettings, out: &mut Mapped) -> Result<(), Reject> {
        let Some(pattern) = &settings.deployments.merges else { return Ok(()) };
        let id = self.key(&format!("merge/{}", payload.key));
        if is_gone(payload) {
            out.gone(entity("deployments")?, id);
            return Ok(());
        }
        let merge: Merge = read(payload)?;
        if !pattern.matches(&merge.branch) {
            return Ok(());
        }
        let sort = settings.deployments.of_merge(&merge.title);
        let finished = merge.committed.micros();
        self.deployment(Inferred { id, sha: merge.sha, from: "merge", name: &merge.branch, finished, sort }, out)
    }

    fn deployment(&self, deployment: Inferred<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let finished = deployment.finished.map(pulse_engine::row::Value::Time);
        out.push(
            Row::new(entity("deployments")?)
                .set("id", deployment.id)
                .set("repository_id", self.key("repository"))
                .set("environment", deployment.sort.environment)
                .set("is_production", deployment.sort.is_production)
                .set("status", "succeeded")
                .set("sha", deployment.sha)
                .set("ref_name", deployment.name)
                .set("finished_at", finished)
                .set("kind", deployment.sort.kind)
                .set("inferred_from", deployment.from),
        )
    }
}

/// A deployment that nobody recorded.
struct Inferred<'a> {
    id: String,
    sha: String,
    from: &'static str,
    name: &'a str,
    finished: Option<i64>,
    sort: Sort<'a>,
}
