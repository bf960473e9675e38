//! One reading of a repository: what is new since the cursor, as pages.

use super::commit::{self, Object};
use super::cursor::Cursor;
use super::payload::{About, Branch, Merge, Person, Tag};
use super::refs::{Tip, branch, peel, written};
use super::repository::reason;
use super::walk::{Shape, new_commits};
use super::worker::{Worker, read_all};
use super::{GitSource, merges};
use crate::message::title;
use crate::source::{Outlet, Stop};
use crate::{Error, Result};
use gix::ObjectId;
use gix::hashtable::HashMap;
use gix::mailmap::Snapshot;
use gix::objs::Kind;
use gix::prelude::FindExt;
use pulse_engine::Clock;
use pulse_engine::land::{self, CURSOR, Cursors, Page, Payload};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Commits, or references, on one page, and bytes of their bodies.
const COMMITS: usize = 5_000;
const BYTES: usize = 8 * 1024 * 1024;
/// Commits that are read at a time when their files come with them: one of them may fill a page.
const COMMITS_WITH_FILES: usize = 100;

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

/// A page of commits that is being filled.
#[derive(Default)]
struct Filling {
    page: Page,
    commits: usize,
    bytes: usize,
    /// The people who are new or changed since the page before.
    named: BTreeSet<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(source: &'a GitSource, cursors: &Cursors, clock: Clock) -> Result<Self> {
        let old: Cursor = crate::source::cursor(cursors, CURSOR, crate::Source::connection(source))?;
        source.refuse_stranger(old.path.as_deref())?;
        let repo = source.handle();
        let tips = source.tips()?;
        source.check_branch(&tips)?;
        let shallow = shallow(source, &repo)?;
        let mailmap = mailmap(&repo);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let files = source.settings.files;
        let workers = (0..threads).map(|_| Worker::new(source, files, &shallow, threads)).collect::<Result<_>>()?;

        let mut cursor = old.clone();
        cursor.path = source.path.to_str().map(str::to_owned);
        cursor.shallow = shallow.iter().map(ToString::to_string).collect();
        cursor.replaced = replaced(source, &repo)?;
        // Files that are asked for now, and parents that a cut-off history lacked or that stand in for others, are on
        // commits that were landed.
        let parents = cursor.shallow != old.shallow || cursor.replaced != old.replaced;
        if (files && !old.files) || parents {
            cursor.heads.clear();
            cursor.complete = false;
        }
        if parents && let Some((branch, _)) = &mut cursor.merges {
            branch.clear();
        }
        cursor.files = files;
        if cursor.heads.is_empty() && !cursor.complete {
            cursor.mailmap = mailmap.map(|id| id.to_string());
        }
        Ok(Self { source, clock, old, cursor, tips, mailmap, workers, people: BTreeMap::new() })
    }

    pub(super) fn run(mut self, outlet: &Outlet) -> Result<(), Stop> {
        let shallow: Vec<_> = self.cursor.shallow.iter().filter_map(|id| id.parse().ok()).collect();
        // Objects that stand in for others are unknown to the commit-graph file; and a first reading finds what is damaged
        // before it lands a page.
        let cached = self.cursor.complete && self.cursor.replaced.is_none();
        let mut shape = Shape::new(self.source, &shallow, cached);
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
        let batch = if self.source.settings.files && before.is_none() { COMMITS_WITH_FILES } else { COMMITS };
        let mut filling = Filling::default();
        for ids in ids.chunks(batch) {
            for read in read_all(&mut self.workers, ids, &now, before)? {
                let observed_at = self.clock.now();
                for parent in &read.parents {
                    heads.remove(parent);
                }
                heads.insert(read.id);
                let key = read.id.to_string();
                for (stream, body) in read.payloads {
                    filling.bytes += body.len();
                    filling.page.payloads.push(Payload {
                        stream: stream.to_owned(),
                        key: key.clone(),
                        observed_at,
                        body,
                    });
                }
                for person in read.people {
                    let Some(key) = person.key() else { continue };
                    if self.people.get(&key) != Some(&person) {
                        self.people.insert(key.clone(), person);
                        filling.named.insert(key);
                    }
                }
                filling.commits += 1;
                if filling.commits >= COMMITS || filling.bytes >= BYTES {
                    self.land_page(outlet, std::mem::take(&mut filling), &heads, before.is_none())?;
                }
            }
        }
        self.land_page(outlet, filling, &heads, before.is_none())
    }

    /// Lands a page of commits; with `moves`, the cursor then says that they are landed.
    fn land_page(
        &mut self,
        outlet: &Outlet,
        filling: Filling,
        heads: &BTreeSet<ObjectId>,
        moves: bool,
    ) -> Result<(), Stop> {
        let Filling { mut page, named, .. } = filling;
        let observed_at = self.clock.now();
        for key in named {
            let body = json(&self.people[&key])?;
            page.payloads.push(Payload { stream: "identities".to_owned(), key, observed_at, body });
        }
        if page.payloads.is_empty() {
            return Ok(());
        }
        if moves {
            self.cursor.heads = heads.iter().map(ToString::to_string).collect();
        }
        page.cursors = land::only(Some(self.cursor.to_json()?));
        outlet.send(page)
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
        // Only the last page moves the cursor: those before it are read again after a kill.
        let mut add = |stream: &str, key: &str, body: String| -> Result<(), Stop> {
            if payloads.len() >= COMMITS {
                outlet.send(Page { payloads: std::mem::take(&mut payloads), ..Page::default() })?;
            }
            payloads.push(Payload { stream: stream.to_owned(), key: key.to_owned(), observed_at, body });
            Ok(())
        };
        let repo = self.source.handle();
        let about: About = self.source.about(&self.tips);
        let body = json(&about)?;
        if self.old.about.as_ref() != Some(&body) {
            add("repository", "repository", body.clone())?;
            self.cursor.about = Some(body);
        }

        let refs: BTreeMap<_, _> = self.tips.iter().map(|t| (t.name.clone(), t.object.to_string())).collect();
        for tip in self.tips.iter().filter(|t| self.old.refs.get(&t.name) != refs.get(&t.name)) {
            if let Some(name) = tip.tag() {
                add("tags", name, json(&tag(self.source, &repo, tip, name)?)?)?;
            } else if let Some((name, remote)) = tip.branch() {
                let sha = tip.commit.map(|id| id.to_string());
                add("branches", &tip.name, json(&Branch { name: name.to_owned(), remote, sha })?)?;
            }
        }
        for name in self.old.refs.keys().filter(|name| !refs.contains_key(*name)) {
            if let Some(tag) = name.strip_prefix("refs/tags/") {
                add("tags", tag, GONE.to_owned())?;
            } else if branch(name).is_some() {
                add("branches", name, GONE.to_owned())?;
            }
        }
        self.cursor.refs = refs;

        if let Some(pattern) = &self.source.settings.deployments.merges {
            let (tip, name) = merges::chosen(self.source, &self.tips, pattern, about.default_branch.as_deref())?;
            let was = self.cursor.merges.as_ref();
            let same = was.is_some_and(|(before, _)| before == name);
            let was = was.and_then(|(_, id)| id.parse().ok());
            if let Some(id) = tip.commit.filter(|id| !same || Some(*id) != was) {
                let moved = if same { merges::moved(shape, id, was)? } else { merges::replaced(shape, id, was)? };
                for id in moved.came {
                    add("merges", &id.to_string(), json(&merge(self.source, &repo, &id, name)?)?)?;
                }
                for id in moved.went {
                    add("merges", &id.to_string(), GONE.to_owned())?;
                }
                self.cursor.merges = Some((name.to_owned(), id.to_string()));
            }
        }

        self.cursor.complete = true;
        self.cursor.heads.clear();
        self.finish(outlet, payloads)
    }

    /// The last page, unless nothing changed at all.
    fn finish(&self, outlet: &Outlet, payloads: Vec<Payload>) -> Result<(), Stop> {
        if payloads.is_empty() && self.cursor == self.old {
            return Ok(());
        }
        outlet.send(Page { payloads, cursors: land::only(Some(self.cursor.to_json()?)) })
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

pub(super) fn json(value: &impl Serialize) -> Result<String> {
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
    let failed = |e: gix::Error| Error::Unreadable { path: source.path.clone(), reason: reason(&e) };
    Ok(repo.shallow_commits().map_err(failed)?.map_or_else(Vec::new, |commits| commits.iter().copied().collect()))
}

/// The digest of the objects that stand in for others; none where there are none.
fn replaced(source: &GitSource, repo: &gix::Repository) -> Result<Option<String>> {
    let failed = |e: gix::Error| Error::References { path: source.path.clone(), reason: reason(&e) };
    let mut all = String::new();
    for reference in repo.references().map_err(failed)?.prefixed("refs/replace/").map_err(failed)? {
        let reference = reference.map_err(failed)?;
        if let Some(id) = reference.try_id() {
            all += &format!("{} {id}\n", written(reference.name().as_bstr()));
        }
    }
    if all.is_empty() {
        return Ok(None);
    }
    let digest = gix::objs::compute_hash(repo.object_hash(), Kind::Blob, all.as_bytes()).map_err(failed)?;
    Ok(Some(digest.to_string()))
}

/// A tag as it is landed.
fn tag(source: &GitSource, repo: &gix::Repository, tip: &Tip, name: &str) -> Result<Tag> {
    let mut buffer = Vec::new();
    let mut tag = Tag { name: name.to_owned(), sha: tip.commit.map(|id| id.to_string()), ..Tag::default() };
    if Some(tip.object) != tip.commit
        && let Ok(object) = repo.objects.find_tag(&tip.object, &mut buffer)
    {
        tag.annotated = true;
        tag.title = Some(title(&commit::text(object.message, None)));
        tag.tagged = object.tagger.map_or_else(Default::default, |line| commit::when(line));
    }
    // Light tags, and annotated ones from before git kept the tagger.
    if tag.tagged.at.is_none()
        && let Some(id) = tip.commit
    {
        let object = repo.objects.find(&id, &mut buffer).map_err(|e| source.unreadable_object(&id, reason(&e)))?;
        tag.tagged = Object::parse(object.data).committed();
    }
    Ok(tag)
}

fn merge(source: &GitSource, repo: &gix::Repository, id: &ObjectId, branch: &str) -> Result<Merge> {
    let mut buffer = Vec::new();
    let object = repo.objects.find(id, &mut buffer).map_err(|e| source.unreadable_object(id, reason(&e)))?;
    let object = Object::parse(object.data);
    Ok(Merge { sha: id.to_string(), branch: branch.to_owned(), title: object.title(), committed: object.committed() })
}
