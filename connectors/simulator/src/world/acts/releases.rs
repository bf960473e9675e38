//! Commits are tagged and released.

use super::pushes::{NOTHING, Push};
use crate::shapes;
use crate::world::commit::object_id;
use crate::world::{Annotation, Release, Tag, World};
use serde_json::json;

impl World {
    /// A commit gets a tag, which is annotated when there is a message.
    pub fn tag(&mut self, repository: i64, name: &str, commit: &str, message: Option<&str>, actor: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let annotation = message.map(|message| Annotation {
            oid: object_id(&format!("tag {name} {commit} {now}\n{message}")),
            message: message.to_owned(),
            date: now,
        });
        // A push of an annotated tag tells the tag object's id.
        let after = annotation.as_ref().map_or_else(|| commit.to_owned(), |a| a.oid.clone());
        found.tags.insert(name.to_owned(), Tag { commit: commit.to_owned(), annotation });
        found.pushed_at = Some(now);
        let reference = format!("refs/tags/{name}");
        self.tell_push(
            repository,
            actor,
            Push { reference, before: NOTHING, after: &after, is_forced: false, shas: &[] },
        );
    }

    /// A release of a tag is drafted. Returns its id.
    pub fn draft_release(&mut self, repository: i64, tag: &str, name: &str, author: &str) -> Option<i64> {
        let (id, now) = (self.next_id(), self.now);
        let release = Release {
            id,
            name: name.to_owned(),
            tag: tag.to_owned(),
            is_draft: true,
            is_prerelease: tag.contains('-'),
            created_at: now,
            published_at: None,
            updated_at: now,
            author: Some(author.to_owned()),
        };
        self.repositories.get_mut(&repository)?.releases.insert(id, release);
        self.tell_release(repository, id, author, "created");
        Some(id)
    }

    /// A draft is published.
    pub fn publish_release(&mut self, repository: i64, release: i64, actor: &str) {
        let now = self.now;
        let found = self.repositories.get_mut(&repository).and_then(|r| r.releases.get_mut(&release));
        let Some(found) = found else { return };
        found.is_draft = false;
        found.published_at = Some(now);
        found.updated_at = now;
        self.tell_release(repository, release, actor, "published");
    }

    fn tell_release(&mut self, repository: i64, release: i64, actor: &str, action: &str) {
        self.deliver("release", repository, actor, |world, r| {
            json!({"action": action, "release": r.releases.get(&release).map(|x| shapes::release(world, r, x))})
        });
    }
}
