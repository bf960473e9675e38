//! Commits, branches and tags of a repository.
//!
//! The default branch is read once from its head to its root, at a commit that stands still while it is read. After that, and
//! of every other branch and tag, only what its head has and the default branch does not: GitHub compares the two. Branches
//! and tags are landed after the commits that they name.

use super::client::{Found, further};
use super::cursor::{CommitWalk, micros};
use super::operation::{REFS, REFS_ALONE};
use super::reader::Reader;
use super::untold::{ENOUGH, Untold};
use crate::circle::Circle;
use crate::net::Trouble;
use crate::source::GONE;
use pulse_engine::land::Payload;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// How many commits are asked for at once, and how many branches or tags, each of which GitHub compares.
const COMMITS: &str = "100";
/// How many of them are asked for at once where that fails: a page holds as many times as many.
const SOME: u32 = 10;
/// What stands between two that GitHub compares.
const DOTS: &str = "...";
/// The stream of commits.
pub(super) const STREAM: &str = "commits";
const REFS_FIRST: u32 = 50;
/// After how many of them in a row that fail no more are read.
pub(super) const IN_A_ROW: usize = 10;
/// How many branches or tags are told together that GitHub does not compare.
const FEW: u32 = 10;

/// How many payloads of branches and tags are landed together.
const TOGETHER: usize = 200;

/// A branch or tag that is new or moved.
pub(super) struct Ref {
    /// `heads/…` or `tags/…`.
    name: String,
    /// The object that it names.
    object: String,
    payload: Option<Payload>,
    /// Its commit, when that one's history is not all in that of the default branch.
    pub(super) beside: Option<String>,
    /// When that was committed.
    pub(super) committed_at: Option<i64>,
}

impl Reader<'_> {
    /// Lands commits that are new since the last reading, then branches and tags.
    pub(super) async fn commits(&mut self) -> Result<(), Trouble> {
        let about = &self.probe.about;
        if about.is_empty {
            return Ok(());
        }
        let Some(head) = self.probe.default_sha().map(str::to_owned) else {
            return match self.probe.hidden.first() {
                Some(hidden) => Err(Trouble::Refused(hidden.clone())),
                None => Ok(()),
            };
        };
        if self.is_stale(self.part.commits.read) {
            let known = &mut self.part.commits;
            (known.read, known.default_sha, known.pushed_at) = (Some(self.probe.at), None, None);
            // Their names stay: so it is seen which of them are gone.
            self.known_refs().values_mut().for_each(String::clear);
        }
        let known = &self.part.commits;
        let same = known.default_sha.as_deref() == Some(&head) && known.pushed_at == self.probe.about.pushed_at;
        if same {
            return Ok(());
        }
        // The last reading left one of them unread.
        let was_left = known.default_sha.is_some() && known.pushed_at.is_none();
        self.default_branch(&head).await?;
        let (mut moved, mut there) = (Vec::new(), HashSet::new());
        for prefix in ["heads", "tags"] {
            self.refs(prefix, &head, &self.part.commits.refs, &mut moved, &mut there).await?;
        }
        let (beside, within): (Vec<Ref>, Vec<Ref>) = moved.into_iter().partition(|moved| moved.beside.is_some());
        let (mut payloads, mut ready) = (Vec::new(), Vec::new());
        let (mut failed, mut others, mut in_a_row, mut went) = (Vec::new(), within.len(), 0, false);
        for Ref { name, object, payload, beside, .. } in beside {
            let read = self.beside(&head, beside.as_deref().unwrap_or(&head)).await;
            if read.is_err() || payloads.len() >= TOGETHER {
                // What is noted as read goes out with what was read: whatever is told next may be told without it.
                self.known_refs().extend(ready.drain(..));
                self.emit(std::mem::take(&mut payloads)).await?;
            }
            let last = match read {
                Ok(Some(last)) => last,
                // One that went away in this moment is not there for the next reading. One that is, GitHub knows by then.
                Ok(None) if !was_left => {
                    went = true;
                    continue;
                }
                Ok(None) => {
                    failed.push((name, Trouble::Missing("GitHub does not know its commits".to_owned())));
                    continue;
                }
                // One that fails keeps none of the others from being read.
                Err(trouble) => {
                    failed.push((name, trouble.unless_fatal()?));
                    in_a_row += 1;
                    // Where so many do, it is none of them that fails.
                    if in_a_row >= IN_A_ROW {
                        return failed_of(failed, others);
                    }
                    continue;
                }
            };
            (others, in_a_row) = (others + 1, 0);
            ready.push((name, object));
            payloads.extend(last.into_iter().chain(payload));
        }
        self.known_refs().extend(ready);
        for Ref { name, object, payload, .. } in within {
            self.known_refs().insert(name, object);
            payloads.extend(payload);
        }
        let gone = self.part.commits.refs.keys().filter(|name| !there.contains(*name)).cloned();
        for name in gone.collect::<Vec<_>>() {
            payloads.extend(self.reference(&name, self.probe.at, GONE.to_owned()));
            self.known_refs().remove(&name);
        }
        // Those that were not read are asked for with each reading, as none of them is known as it stands now.
        let is_all = failed.is_empty() && !went;
        self.part.commits.pushed_at = self.probe.about.pushed_at.clone().filter(|_| is_all);
        self.part.commits.walk = self.part.commits.walk.take().filter(|_| !is_all);
        self.emit(payloads).await?;
        failed_of(failed, others)
    }

    /// Lands what is new on the default branch.
    async fn default_branch(&mut self, head: &str) -> Result<(), Trouble> {
        let Some(before) = self.part.commits.default_sha.clone() else { return self.whole_branch(head).await };
        if before == head || self.goes_on(Some(&before), head).await? {
            return Ok(());
        }
        // History was written anew, and what was the head is forgotten: all of it is read again.
        self.part.commits.default_sha = None;
        let read = self.whole_branch(head).await;
        // Where nothing of that is told either, the two may be compared another time.
        if read.is_err() && self.part.commits.walk.as_ref().is_none_or(|walk| walk.base.is_some()) {
            self.part.commits.default_sha = Some(before);
        }
        read
    }

    /// Lands all of the default branch.
    async fn whole_branch(&mut self, head: &str) -> Result<(), Trouble> {
        // A first reading goes on at the commit that it began at, and then to where the branch went meanwhile.
        let begun = self.part.commits.walk.clone().filter(|walk| walk.base.is_none()).map(|walk| walk.head);
        if let Some(begun) = begun.filter(|begun| begun != head)
            && self.goes_on(None, &begun).await?
            && self.goes_on(Some(&begun), head).await?
        {
            return Ok(());
        }
        if self.goes_on(None, head).await? {
            return Ok(());
        }
        Err(Trouble::Missing("GitHub does not know the commit that the default branch stands at".to_owned()))
    }

    /// Lands the default branch's commits between two heads, or all of the second's. False when GitHub knows one no more.
    async fn goes_on(&mut self, base: Option<&str>, head: &str) -> Result<bool, Trouble> {
        let Some(last) = self.walk_commits(base, head).await? else { return Ok(false) };
        self.part.commits.default_sha = Some(head.to_owned());
        self.emit(last).await?;
        Ok(true)
    }

    /// Lands what a branch or tag has beside the default branch but for the last page of it. One that shares no history with it
    /// is read whole.
    async fn beside(&mut self, head: &str, tip: &str) -> Result<Option<Vec<Payload>>, Trouble> {
        match self.walk_commits(Some(head), tip).await? {
            None => self.walk_commits(None, tip).await,
            some => Ok(some),
        }
    }

    /// Lands commits page by page, from where an earlier reading of the same left off, but for the last page: what follows from
    /// having them all is to be landed with it. `None` when GitHub does not know them.
    async fn walk_commits(&mut self, base: Option<&str>, head: &str) -> Result<Option<Vec<Payload>>, Trouble> {
        let name = self.probe.name();
        let path = match base {
            Some(base) => format!("repos/{name}/compare/{base}{DOTS}{head}"),
            None => format!("repos/{name}/commits"),
        };
        let begun = self.part.commits.walk.clone();
        let begun = begun.filter(|walk| walk.base.as_deref() == base && walk.head == head);
        // It is known to fail where an earlier reading stopped.
        let mut stuck = begun.is_some() && self.part.problems.contains_key(STREAM);
        let (mut page, mut circle) = (begun.map_or(1, |walk| walk.page), Circle::default());
        loop {
            let number = page.to_string();
            let mut query = vec![("per_page", COMMITS), ("page", number.as_str())];
            query.extend(base.is_none().then_some(("sha", head)));
            let found = match self.client.get(&path, &query, None).await {
                Ok(Some(found)) => found,
                Ok(None) | Err(Trouble::Missing(_)) => return Ok(None),
                // Two that differ by too much are not compared.
                Err(Trouble::Refused(_) | Trouble::TooMuch(_) | Trouble::Again(_)) if base.is_some() && page == 1 => {
                    return Ok(None);
                }
                Err(failed @ (Trouble::TooMuch(_) | Trouble::Again(_))) => {
                    match self.in_small(&path, base, head, page, failed).await {
                        // All that it has is read where the two cannot be compared to the end.
                        Err(Trouble::TooMuch(_) | Trouble::Again(_)) if base.is_some() && stuck => return Ok(None),
                        small => small?,
                    }
                }
                Err(Trouble::Refused(_)) if base.is_some() => return Ok(None),
                Err(trouble) => return Err(trouble),
            };
            stuck = false;
            let commits = if base.is_some() { &found.body["commits"] } else { &found.body };
            let page_of = commits.as_array().map(Vec::as_slice).unwrap_or_default();
            if let Err(trouble) = circle.comes_to(STREAM, page_of, "sha") {
                // The next reading would take this page for news, and go on behind what was never told: it begins anew.
                self.part.commits.walk = None;
                self.emit(Vec::new()).await?;
                return Err(trouble);
            }
            let mut payloads = self.landed(commits, found.at)?;
            let ends = !found.more || payloads.is_empty();
            payloads.extend(self.accounts(commits).await?);
            if ends {
                self.part.commits.walk = None;
                return Ok(Some(payloads));
            }
            page += 1;
            self.part.commits.walk = Some(CommitWalk { base: base.map(str::to_owned), head: head.to_owned(), page });
            self.emit(payloads).await?;
            // Of branches and tags it would be looked at all anew.
            if self.part.commits.default_sha.is_none() {
                self.rest()?;
            }
        }
    }

    /// A page of commits that GitHub does not answer: some at a time, and one by one where these fail, so that one that fails keeps none of the
    /// others from being read. It is known by its place among those that the head has, or has and the base does not, which stays the same.
    async fn in_small(
        &mut self,
        path: &str,
        base: Option<&str>,
        head: &str,
        page: u32,
        failed: Trouble,
    ) -> Result<Found, Trouble> {
        let of = base.map_or_else(|| head.to_owned(), |base| format!("{base}{DOTS}{head}"));
        let (mut all, mut untold, mut at, mut more) = (Vec::new(), Untold::default(), self.probe.at, false);
        // How many each window holds, and where it stands: the first one is taken first.
        let mut windows: Vec<(u32, u32)> = ((page - 1) * SOME + 1..=page * SOME).rev().map(|at| (SOME, at)).collect();
        while let Some((size, place)) = windows.pop() {
            let (per_page, number) = (size.to_string(), place.to_string());
            let mut query = vec![("per_page", per_page.as_str()), ("page", number.as_str())];
            query.extend(base.is_none().then_some(("sha", head)));
            match self.client.get(path, &query, None).await {
                Ok(Some(mut found)) => {
                    (at, more) = (found.at, found.more);
                    let some = if base.is_some() { found.body.get_mut("commits") } else { Some(&mut found.body) };
                    let Some(Value::Array(some)) = some.map(Value::take) else { return Err(failed) };
                    untold.others += some.len();
                    all.extend(some);
                    if !more {
                        break;
                    }
                }
                Ok(None) | Err(Trouble::Missing(_)) => return Err(failed),
                Err(Trouble::TooMuch(_) | Trouble::Again(_)) if size > 1 => {
                    windows.extend(((place - 1) * size + 1..=place * size).rev().map(|one| (1, one)));
                }
                Err(trouble @ (Trouble::TooMuch(_) | Trouble::Again(_))) => {
                    untold.add(format!("{of}/{place}"), String::new(), trouble);
                    if untold.is_each(ENOUGH) {
                        return Err(failed);
                    }
                }
                Err(trouble) => return Err(trouble),
            }
        }
        let told = self.untold(STREAM, untold, at)?;
        if !told.is_empty() {
            self.emit(told).await?;
        }
        let body = if base.is_some() { json!({ "commits": all }) } else { Value::Array(all) };
        Ok(Found { body, at, etag: None, more })
    }

    /// A commit that GitHub did not tell before, by a head and its place among those that this has, or has beside a base; nothing where there is
    /// none any more, as GitHub says it twice.
    pub(super) async fn commit_again(&mut self, key: &str) -> Result<Vec<Payload>, Trouble> {
        let Some((of, place)) = key.split_once('/') else { return Ok(Vec::new()) };
        let (name, compares) = (self.probe.name(), of.contains(DOTS));
        let path = if compares { format!("repos/{name}/compare/{of}") } else { format!("repos/{name}/commits") };
        let mut query = vec![("per_page", "1"), ("page", place)];
        query.extend((!compares).then_some(("sha", of)));
        let found = match self.client.get(&path, &query, None).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Vec::new()),
            Err(Trouble::Missing(reason)) => return self.not_there(STREAM, key, reason),
            // So GitHub says it of a head that history was written anew without.
            Err(Trouble::Refused(reason)) if reason.starts_with("422") => return Ok(Vec::new()),
            Err(trouble) => return Err(trouble),
        };
        let commits = if compares { &found.body["commits"] } else { &found.body };
        let mut payloads = self.landed(commits, found.at)?;
        payloads.extend(self.accounts(commits).await?);
        Ok(payloads)
    }

    pub(super) fn landed(&self, commits: &Value, at: i64) -> Result<Vec<Payload>, Trouble> {
        let commits = commits.as_array().ok_or_else(|| Trouble::Again("it sent no list of commits".to_owned()))?;
        let payload = |commit: &Value| Some(self.payload(STREAM, commit["sha"].as_str()?, at, commit));
        Ok(commits.iter().filter_map(payload).collect())
    }

    /// Looks at all branches or all tags: those that are not as they are known, and the names of all that are there.
    pub(super) async fn refs(
        &self,
        prefix: &str,
        head: &str,
        known: &BTreeMap<String, String>,
        moved: &mut Vec<Ref>,
        there: &mut HashSet<String>,
    ) -> Result<(), Trouble> {
        let (owner, name) = self.probe.path();
        let (mut after, mut first) = (Value::Null, REFS_FIRST);
        loop {
            let mut variables =
                json!({"owner": owner, "name": name, "prefix": format!("refs/{prefix}/"), "after": after});
            let alone = variables.clone();
            variables["default"] = json!(head);
            let told = match self.client.page(&REFS, variables, &mut first).await {
                // GitHub may come to no end where it compares one that is far away: a few are told without that.
                Err(Trouble::TooMuch(_) | Trouble::Again(_)) => {
                    let mut few = first.min(FEW);
                    first = REFS_FIRST;
                    self.client.page(&REFS_ALONE, alone, &mut few).await?
                }
                told => told?,
            };
            let list = &told.data["repository"]["refs"];
            if list.is_null() {
                let hidden = told.hidden.into_iter().next();
                return Err(Trouble::Refused(hidden.unwrap_or_else(|| "this credential may not see them".to_owned())));
            }
            for node in list["nodes"].as_array().into_iter().flatten() {
                let (Some(name), Some(object)) = (node["name"].as_str(), node["target"]["oid"].as_str()) else {
                    continue;
                };
                let name = format!("{prefix}/{name}");
                if known.get(&name).map(String::as_str) != Some(object) {
                    let payload = self.reference(&name, told.at, node.to_string());
                    // GitHub does not compare what has no history in common.
                    let is_beside = node["compare"]["behindBy"].as_u64().is_none_or(|n| n > 0);
                    let commit = commit(&node["target"]);
                    let committed_at = commit.and_then(|commit| micros(commit["committedDate"].as_str()?));
                    let beside = commit.and_then(|commit| commit["oid"].as_str()).filter(|_| is_beside);
                    let (beside, object) = (beside.map(str::to_owned), object.to_owned());
                    moved.push(Ref { name: name.clone(), object, payload, beside, committed_at });
                }
                there.insert(name);
            }
            let Some(next) = further(list, &after)? else { return Ok(()) };
            after = next;
        }
    }

    /// A branch's or tag's payload.
    fn reference(&self, name: &str, at: i64, body: String) -> Option<Payload> {
        let (prefix, name) = name.split_once('/')?;
        let stream = if prefix == "heads" { "branches" } else { "tags" };
        Some(self.text(stream, name, at, body))
    }
}

/// That branches and tags could not be read, beside others that could.
pub(super) fn failed_of(failed: Vec<(String, Trouble)>, others: usize) -> Result<(), Trouble> {
    let count = failed.len();
    let Some((name, trouble)) = failed.into_iter().next() else { return Ok(()) };
    let reason = format!(
        "{count} of its branches and tags are not read, and {others} were, the first: {name}: {}",
        trouble.reason()
    );
    Err(if trouble.passes() { Trouble::Again(reason) } else { Trouble::Refused(reason) })
}

/// The commit that a branch or tag leads to; none where a tag names a tree or a file.
fn commit(target: &Value) -> Option<&Value> {
    let target = if target["__typename"] == "Tag" { &target["target"] } else { target };
    Some(target).filter(|target| target["__typename"] == "Commit")
}
