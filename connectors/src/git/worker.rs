//! Commits are read on all threads.

use super::GitSource;
use super::commit::Object;
use super::files::Counter;
use super::payload::Person;
use super::read::json;
use super::repository::reason;
use crate::Result;
use gix::ObjectId;
use gix::hashtable::HashSet;
use gix::mailmap::Snapshot;
use gix::objs::Kind;
use gix::prelude::FindExt;

/// Bytes of trees that all threads together keep when files are read.
const TREES: usize = 128 * 1024 * 1024;

/// Reads commits on one thread. Kept from page to page for its caches.
pub(super) struct Worker<'a> {
    source: &'a GitSource,
    repo: gix::Repository,
    counter: Option<Counter<'a>>,
    shallow: HashSet<ObjectId>,
    buffer: Vec<u8>,
}

/// A commit that was read.
pub(super) struct Read {
    pub(super) id: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    pub(super) people: [Person; 2],
    pub(super) payloads: Vec<(&'static str, String)>,
}

/// Reads commits on all threads; the result is in the order of `ids`.
pub(super) fn read_all(
    workers: &mut [Worker<'_>],
    ids: &[ObjectId],
    now: &Snapshot,
    before: Option<&Snapshot>,
) -> Result<Vec<Read>> {
    let share = ids.len().div_ceil(workers.len().max(1)).max(1);
    std::thread::scope(|scope| {
        let running: Vec<_> = workers
            .iter_mut()
            .zip(ids.chunks(share))
            .map(|(worker, ids)| scope.spawn(move || worker.read(ids, now, before)))
            .collect();
        let mut all = Vec::with_capacity(ids.len());
        for worker in running {
            // A panic goes on as a panic: the stream reports it as the death of the reader.
            all.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(all)
    })
}

impl<'a> Worker<'a> {
    pub(super) fn new(source: &'a GitSource, files: bool, shallow: &[ObjectId], threads: usize) -> Result<Self> {
        let mut repo = source.handle();
        if files {
            // Neighbouring commits share most of their trees.
            repo.object_cache_size((TREES / threads.max(1)).min(TREES / 2));
        }
        let counter = files.then(|| Counter::new(source, &repo)).transpose()?;
        Ok(Self { source, repo, counter, shallow: shallow.iter().copied().collect(), buffer: Vec::new() })
    }

    fn read(&mut self, ids: &[ObjectId], now: &Snapshot, before: Option<&Snapshot>) -> Result<Vec<Read>> {
        let mut read = Vec::with_capacity(ids.len());
        for id in ids {
            read.extend(self.one(id, now, before)?);
        }
        Ok(read)
    }

    fn one(&mut self, id: &ObjectId, now: &Snapshot, before: Option<&Snapshot>) -> Result<Option<Read>> {
        let failed = |e: gix::Error| self.source.unreadable_object(id, reason(&e));
        let data = self.repo.objects.find(id, &mut self.buffer).map_err(failed)?;
        if data.kind != Kind::Commit {
            return Err(self.source.unreadable_object(id, format!("it is a {} where a commit should be", data.kind)));
        }
        let mut object = Object::parse(data.data);
        if before.is_some_and(|before| object.people(before) == object.people(now)) {
            return Ok(None);
        }
        if self.shallow.contains(id) {
            object.parents.clear();
        }
        let mut commit = object.payload(id, now);
        let parents = object.parents;
        let mut payloads = Vec::with_capacity(2);
        if let Some(counter) = &mut self.counter {
            let (changed, files) = counter.count(&self.repo, id, parents.first())?;
            commit.changed = Some(changed);
            payloads.push(("commit_files", json(&files)?));
        }
        payloads.insert(0, ("commits", json(&commit)?));
        Ok(Some(Read { id: *id, parents, people: [commit.committer, commit.author], payloads }))
    }
}
