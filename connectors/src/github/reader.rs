//! Reads one repository: all that is new in it, stream by stream.

use super::client::Client;
use super::commits;
use super::cursor::Part;
use super::listing::LISTS;
use super::probe::Probe;
use super::runs::RUNS;
use super::settings::GithubSettings;
use super::turns::{Done, Rest, Turn};
use crate::net::Trouble;
use crate::source::send_page;
use crate::{Met, Result};
use parking_lot::Mutex;
use pulse_engine::land::{Page, Payload};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

/// What became of a turn of a repository.
pub(super) struct Read {
    /// What could not be read, where it is read to its end.
    pub(super) failed: Vec<String>,
    /// What is left for its next turn.
    pub(super) rest: Option<Box<Rest>>,
}

/// Reads one repository.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client,
    pub(super) settings: &'a GithubSettings,
    pub(super) outlet: &'a mpsc::Sender<Page>,
    /// Since when everything is read anew, whatever is new.
    pub(super) whole: Option<i64>,
    /// The accounts that were met in this reading, by number.
    pub(super) met: &'a Mutex<HashSet<u64>>,
    /// As what things of lists were met, of those that are to be read whole, by the names of these.
    pub(super) known: &'a BTreeMap<String, Met>,
    pub(super) probe: Probe,
    /// Where it stands, as it goes out with each page.
    pub(super) part: Part,
    /// Whether its branches and tags changed since they last went out, too.
    pub(super) refs_moved: AtomicBool,
    /// Its turn, of those that it has in this reading, and what became of it in those before.
    pub(super) turn: Turn<'a>,
    pub(super) done: Done,
}

impl Reader<'_> {
    /// Reads all that is new, as far as its turn goes. What could not be read through no fault of the credential is told, and tried again next
    /// time.
    pub(super) async fn run(mut self) -> Result<Read, Trouble> {
        let mut failed = std::mem::take(&mut self.done.failed);
        match self.all(&mut failed).await {
            Ok(()) => Ok(Read { failed, rest: None }),
            Err(Trouble::Rests) => {
                let done = Done { failed, ..self.done };
                let rest = Rest { turns: self.turn.number + 1, probe: self.probe, part: self.part, done };
                Ok(Read { failed: Vec::new(), rest: Some(Box::new(rest)) })
            }
            Err(trouble) => Err(trouble),
        }
    }

    async fn all(&mut self, failed: &mut Vec<String>) -> Result<(), Trouble> {
        let before = self.part.clone();
        self.about();
        if self.part.about != before.about || before.gone {
            let body = self.probe.body.clone();
            let payload =
                Payload { stream: "repositories".into(), key: self.probe.id.clone(), observed_at: self.probe.at, body };
            self.emit(vec![payload]).await?;
        }
        // Those that were read before their milestones were are read once more, where there are any.
        let are_any = self.probe.about.milestones.as_ref().is_some_and(|list| list.total_count > 0);
        if are_any && !self.part.lists.contains_key("milestones") {
            self.read_anew("issues");
        }
        // All commits of a repository may be very many, and what people wait for first is what they work on.
        let is_known = self.part.commits.default_sha.is_some();
        // Once a reading: what was left a moment ago is hardly told now.
        if self.turn.number == 0 {
            self.ask_again().await?;
        }
        if is_known {
            self.read_commits(failed).await?;
        }
        for list in LISTS {
            if self.done.streams.contains(&list.stream) {
                continue;
            }
            let read = self.list(list).await;
            self.settle(list.stream, read, failed).await?;
            self.done.streams.push(list.stream);
        }
        if !is_known {
            self.read_commits(failed).await?;
        }
        let runs = self.runs().await;
        self.settle(RUNS, runs, failed).await
    }

    /// Ends its turn after a page, where it had enough of them and others wait for theirs: it goes on behind that page.
    pub(super) fn rest(&mut self) -> Result<(), Trouble> {
        if self.turn.is_over() { Err(Trouble::Rests) } else { Ok(()) }
    }

    async fn read_commits(&mut self, failed: &mut Vec<String>) -> Result<(), Trouble> {
        if self.done.streams.contains(&commits::STREAM) {
            return Ok(());
        }
        let read = self.commits().await;
        self.settle(commits::STREAM, read, failed).await?;
        self.done.streams.push(commits::STREAM);
        Ok(())
    }

    /// Whether what was read at a time has to be read anew.
    pub(super) fn is_stale(&self, read: Option<i64>) -> bool {
        read.is_none_or(|read| self.whole.is_some_and(|whole| read < whole))
    }

    fn about(&mut self) {
        // Issues go by the name of their repository: under another one each has another key, of which nothing in its list tells.
        if !self.part.name.is_empty() && self.part.name != self.probe.name() {
            self.read_anew("issues");
        }
        self.part.name = self.probe.name().to_owned();
        self.part.about.clone_from(&self.probe.digest);
        self.part.gone = false;
    }

    /// Has a list read whole, whatever of it is landed.
    fn read_anew(&mut self, stream: &str) {
        if let Some(reach) = self.part.lists.get_mut(stream) {
            (reach.read, reach.walk) = (None, None);
        }
    }

    /// Notes how reading a stream ended. What the credential may not see is a problem for a person to solve, and no failure;
    /// nothing else waits for it.
    pub(super) async fn settle(
        &mut self,
        stream: &str,
        read: Result<(), Trouble>,
        failed: &mut Vec<String>,
    ) -> Result<(), Trouble> {
        let (reason, fails) = match read {
            Ok(()) => (None, false),
            Err(trouble) => {
                let trouble = trouble.unless_fatal()?;
                (Some(format!("{stream} of {}: {}", self.probe.name(), trouble.reason())), trouble.passes())
            }
        };
        failed.extend(reason.clone().filter(|_| fails));
        match self.tell(stream, reason, self.probe.at) {
            Some(payload) => self.emit(vec![payload]).await,
            None => Ok(()),
        }
    }

    /// A payload of this repository.
    pub(super) fn payload(&self, stream: &str, native: &str, at: i64, body: &Value) -> Payload {
        self.text(stream, native, at, body.to_string())
    }

    /// As [`Reader::payload`], of JSON that is written already.
    pub(super) fn text(&self, stream: &str, native: &str, at: i64, body: String) -> Payload {
        Payload { stream: stream.to_owned(), key: format!("{}/{native}", self.probe.id), observed_at: at, body }
    }

    /// Its branches and tags as they are known, to be changed.
    pub(super) fn known_refs(&mut self) -> &mut BTreeMap<String, String> {
        *self.refs_moved.get_mut() = true;
        &mut self.part.commits.refs
    }

    /// Hands payloads over, with where the repository stands once they are landed.
    pub(super) async fn emit(&self, payloads: Vec<Payload>) -> Result<(), Trouble> {
        let mut page = Page { payloads, ..Page::default() };
        if self.refs_moved.swap(false, Ordering::Relaxed) {
            page.cursors.extend([self.part.refs(&self.probe.id)?]);
        }
        send_page(self.outlet, &self.probe.id, &self.part, page).await
    }
}
