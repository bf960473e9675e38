//! One reading of a repository: what is new since the cursor, as pages.

use super::commit::{self, Object};
use super::cursor::Cursor;
use super::files::Counter;
use super::payload::{About, Branch, Merge, Person, Tag};
use super::refs::{Tip, branch, peel};
use super::walk::{Shape, new_commits};
use super::{GitSource, merges};
use crate::source::{Outlet, Stop};
use crate::{Error, Result};
use gix::ObjectId;
use gix::hashtable::{HashMap, HashSet};
use gix::mailmap::Snapshot;
use gix::objs::Kind;
use gix::prelude::FindExt;
use pulse_engine::Clock;
use pulse_engine::land::{Page, Payload};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Commits on one page; fewer when their files come with them.
const COMMITS: usize = 20_000;
const COMMITS_WITH_FILES: usize = 2_000;

/// A reading in progress.
pub(super) struct Reading<'a> {
    source: &'a GitSource,
    clock: Clock,
    old: Cursor,
    /// What stands landed once the next page is.
    cursor: Cursor,
    tips: Vec<Tip>,
    mailmap: Option<ObjectId>,
    workers: Vec<Worker<'a>>,
    people: BTreeMap<String, Person>,
}

/// Reads commits on one thread. Kept from page to page for its caches.
struct Worker<'a> {
    source: &'a GitSource,
    repo: gix::Repository,
    counter: Option<Counter<'a>>,
    shallow: HashSet<ObjectId>,
    buffer: Vec<u8>,
}

/// A commit that was read.
struct Read {
    id: ObjectId,
    parents: Vec<ObjectId>,
    people: [Person; 2],
    payloads: Vec<(&'static str, String)>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(source: &'a GitSource, cursor: Option<&str>, clock: Clock) -> Result<Self> {
        let old = Cursor::parse(cursor, crate::Source::connection(source))?;
        source.refuse_stranger(old.path.as_deref())?;
        let repo = source.handle();
        let tips = source.tips()?;
        let shallow = shallow(source, &repo)?;
        let mailmap = mailmap(&repo);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let files = source.settings.files;
        let workers = (0..threads).map(|_| Worker::new(source, files, &shallow)).collect::<Result<_>>()?;

        let mut cursor = old.clone();
        cursor.path = source.path.to_str().map(str::to_owned);
        cursor.shallow = shallow.iter().map(ToString::to_string).collect();
        // Files that are asked for now, and parents that a cut-off history lacked, are on commits that were landed.
        if (files && !old.files) || cursor.shallow != old.shallow {
            cursor.heads.clear();
            cursor.complete = false;
        }
        cursor.files = files;
        if cursor.heads.is_empty() && !cursor.complete {
            cursor.mailmap = mailmap.map(|id| id.to_string());
        }
        Ok(Self { source, clock, old, cursor, tips, mailmap, workers, people: BTreeMap::new() })
    }

    pub(super) fn run(mut self, outlet: &Outlet) -> Result<(), Stop> {
        let shallow: Vec<_> = self.cursor.shallow.iter().filter_map(|id| id.parse().ok()).collect();
        let mut shape = Shape::new(self.source, &shallow);
        let commits: Vec<ObjectId> =
            self.tips.iter().filter_map(|t| t.commit).collect::<BTreeSet<_>>().into_iter().collect();

        let landed = self.landed(&shape);
        let fresh = new_commits(&mut shape, &commits, &landed)?;
        let heads = self.cursor.heads.iter().filter_map(|id| id.parse().ok()).collect();
        self.land_commits(outlet, &fresh, heads, None)?;
        drop(fresh);

        let mailmap = self.mailmap.map(|id| id.to_string());
        if self.cursor.mailmap != mailmap {
            self.land_renamed(outlet, &mut shape, &commits)?;
            self.cursor.mailmap = mailmap;
        }
        self.land_references(outlet, &mut shape)
    }

    /// The commits that are landed with all of their ancestors, as far as the repository still has them.
    fn landed(&self, shape: &Shape<'_>) -> Vec<ObjectId> {
        let repo = self.source.handle();
        let known: HashMap<ObjectId, Option<ObjectId>> = self.tips.iter().map(|t| (t.object, t.commit)).collect();
        let refs = self.cursor.refs.values().filter(|_| self.cursor.complete).filter_map(|id| id.parse().ok());
        let behind =
            |object: ObjectId| known.get(&object).copied().unwrap_or_else(|| peel(&repo, object).unwrap_or_default());
        let heads = self.cursor.heads.iter().filter_map(|id| id.parse().ok()).filter(|id| shape.has(id));
        refs.filter_map(behind).chain(heads).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Lands commits, parents first. After each page the heads of what is landed are the cursor.
    ///
    /// With `before`, only the commits whose people the mailmap names otherwise than it did before.
    fn land_commits(
        &mut self,
        outlet: &Outlet,
        ids: &[ObjectId],
        mut heads: BTreeSet<ObjectId>,
        before: Option<&Snapshot>,
    ) -> Result<(), Stop> {
        let now = self.mailmap(self.mailmap)?;
        let size = if self.source.settings.files && before.is_none() { COMMITS_WITH_FILES } else { COMMITS };
        for ids in ids.chunks(size) {
            let observed_at = self.clock.now();
            let mut page = Page::default();
            let mut named = BTreeSet::new();
            for read in read_all(&mut self.workers, ids, &now, before)? {
                for parent in &read.parents {
                    heads.remove(parent);
                }
                heads.insert(read.id);
                let key = read.id.to_string();
                for (stream, body) in read.payloads {
                    page.payloads.push(Payload { stream: stream.to_owned(), key: key.clone(), observed_at, body });
                }
                for person in read.people {
                    let Some(key) = person.key() else { continue };
                    if self.people.get(&key) != Some(&person) {
                        self.people.insert(key.clone(), person);
                        named.insert(key);
                    }
                }
            }
            for key in named {
                let body = json(&self.people[&key])?;
                page.payloads.push(Payload { stream: "identities".to_owned(), key, observed_at, body });
            }
            if before.is_none() {
                self.cursor.heads = heads.iter().map(ToString::to_string).collect();
            }
            if !page.payloads.is_empty() {
                page.cursor = Some(self.cursor.to_json()?);
                outlet.send(page)?;
            }
        }
        Ok(())
    }

    /// Lands those commits again whose people a changed mailmap names otherwise. All are looked at; a kill starts it over.
    fn land_renamed(&mut self, outlet: &Outlet, shape: &mut Shape<'_>, commits: &[ObjectId]) -> Result<(), Stop> {
        let before = self.cursor.mailmap.as_deref().and_then(|id| id.parse().ok());
        let before = self.mailmap(before)?;
        let all = new_commits(shape, commits, &[])?;
        self.land_commits(outlet, &all, BTreeSet::new(), Some(&before))
    }

    /// Lands the repository, its changed tags, branches and merges, on pages of which the last ends the reading. They come
    /// after all commits, so a tag that is landed never names a commit that is not.
    fn land_references(&mut self, outlet: &Outlet, shape: &mut Shape<'_>) -> Result<(), Stop> {
        let observed_at = self.clock.now();
        let mut payloads = Vec::new();
        let mut add = |stream: &str, key: &str, body: String| {
            payloads.push(Payload { stream: stream.to_owned(), key: key.to_owned(), observed_at, body });
        };
        let repo = self.source.handle();
        let about: About = self.source.about(&self.tips);
        let body = json(&about)?;
        if self.old.about.as_ref() != Some(&body) {
            add("repository", "repository", body.clone());
            self.cursor.about = Some(body);
        }

        let refs: BTreeMap<_, _> = self.tips.iter().map(|t| (t.name.clone(), t.object.to_string())).collect();
        for tip in self.tips.iter().filter(|t| self.old.refs.get(&t.name) != refs.get(&t.name)) {
            if let Some(name) = tip.tag() {
                add("tags", name, json(&tag(self.source, &repo, tip, name)?)?);
            } else if let Some((name, remote)) = tip.branch() {
                let sha = tip.commit.map(|id| id.to_string());
                add("branches", &tip.name, json(&Branch { name: name.to_owned(), remote, sha })?);
            }
        }
        for name in self.old.refs.keys().filter(|name| !refs.contains_key(*name)) {
            if let Some(tag) = name.strip_prefix("refs/tags/") {
                add("tags", tag, GONE.to_owned());
            } else if branch(name).is_some() {
                add("branches", name, GONE.to_owned());
            }
        }
        self.cursor.refs = refs;

        if let Some(pattern) = &self.source.settings.deployments.merges {
            let (tip, name) = merges::chosen(self.source, &self.tips, pattern, about.default_branch.as_deref())?;
            let was = self.old.merges.as_ref().and_then(|(_, id)| id.parse().ok());
            if let Some(id) = tip.commit.filter(|id| Some(*id) != was) {
                let moved = merges::moved(shape, id, was)?;
                for id in moved.came {
                    add("merges", &id.to_string(), json(&merge(self.source, &repo, &id, name)?)?);
                }
                for id in moved.went {
                    add("merges", &id.to_string(), GONE.to_owned());
                }
                self.cursor.merges = Some((name.to_owned(), id.to_string()));
            }
        }

        self.cursor.complete = true;
        self.cursor.heads.clear();
        self.finish(outlet, payloads)
    }

    /// Only the last page moves the cursor, and nothing is landed when nothing changed.
    fn finish(&self, outlet: &Outlet, mut payloads: Vec<Payload>) -> Result<(), Stop> {
        if payloads.is_empty() && self.cursor == self.old {
            return Ok(());
        }
        while payloads.len() > COMMITS {
            let rest = payloads.split_off(COMMITS);
            outlet.send(Page { payloads: std::mem::replace(&mut payloads, rest), cursor: None })?;
        }
        outlet.send(Page { payloads, cursor: Some(self.cursor.to_json()?) })
    }

    fn mailmap(&self, id: Option<ObjectId>) -> Result<Snapshot> {
        let Some(id) = id else { return Ok(Snapshot::default()) };
        let repo = self.source.handle();
        // A mailmap that was pruned since counts as empty; at worst a commit is then landed again for nothing.
        Ok(repo.find_blob(id).map_or_else(|_| Snapshot::default(), |blob| Snapshot::from_bytes(&blob.data)))
    }
}

/// What is landed for something that the repository no longer has.
const GONE: &str = r#"{"deleted":true}"#;

fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// The mailmap as committed where the main worktree stands. The file in the worktree may differ from day to day, and a bare
/// repository has none.
fn mailmap(repo: &gix::Repository) -> Option<ObjectId> {
    let main = repo.main_repo().ok()?;
    let entry = main.head_tree().ok()?.lookup_entry_by_path(".mailmap").ok()??;
    entry.mode().is_blob().then(|| entry.object_id())
}

/// Where the history is cut off; nowhere in a whole clone.
fn shallow(source: &GitSource, repo: &gix::Repository) -> Result<Vec<ObjectId>> {
    let failed = |e: gix::Error| Error::Unreadable { path: source.path.clone(), reason: e.to_string() };
    Ok(repo.shallow_commits().map_err(failed)?.map_or_else(Vec::new, |commits| commits.iter().copied().collect()))
}

/// A tag as it is landed.
fn tag(source: &GitSource, repo: &gix::Repository, tip: &Tip, name: &str) -> Result<Tag> {
    let mut buffer = Vec::new();
    let mut tag = Tag { name: name.to_owned(), sha: tip.commit.map(|id| id.to_string()), ..Tag::default() };
    if Some(tip.object) != tip.commit
        && let Ok(object) = repo.objects.find_tag(&tip.object, &mut buffer)
    {
        tag.annotated = true;
        tag.title = Some(commit::title(&commit::text(object.message, None)));
        tag.tagged = object.tagger.map_or_else(Default::default, |line| commit::when(line));
    }
    // Light tags, and annotated ones from before git kept the tagger.
    if tag.tagged.at.is_none()
        && let Some(id) = tip.commit
    {
        let object = repo.objects.find(&id, &mut buffer).map_err(|e| source.unreadable_object(&id, e))?;
        tag.tagged = Object::parse(object.data).committed();
    }
    Ok(tag)
}

fn merge(source: &GitSource, repo: &gix::Repository, id: &ObjectId, branch: &str) -> Result<Merge> {
    let mut buffer = Vec::new();
    let object = repo.objects.find(id, &mut buffer).map_err(|e| source.unreadable_object(id, e))?;
    let object = Object::parse(object.data);
    Ok(Merge { sha: id.to_string(), branch: branch.to_owned(), title: object.title(), committed: object.committed() })
}

/// Reads commits on all threads; the result is in the order of `ids`.
fn read_all(
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
    fn new(source: &'a GitSource, files: bool, shallow: &[ObjectId]) -> Result<Self> {
        let mut repo = source.handle();
        if files {
            // Neighbouring commits share most of their trees.
            repo.object_cache_size(64 * 1024 * 1024);
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
        let failed = |e: gix::Error| self.source.unreadable_object(id, e);
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
