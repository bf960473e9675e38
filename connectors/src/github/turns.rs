//! In which order the repositories of a connection are read: some pages at a time, so that a very large one holds none of the others back.

use super::cursor::Part;
use super::listing::{LISTS, MINUTE};
use super::probe::Probe;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// After how many pages a turn is over, where others wait for theirs.
const PAGES: usize = 10;
/// How far on the next reading begins among those without news, a minute later: a prime, so that it comes by all of them.
const STRIDE: usize = 7919;

/// First those with news, the ones that somebody pushed to last before the others. Of those without, runs of workflows alone are
/// asked for, as nothing else tells of these. There may be so many that GitHub stops each reading before it is through: so another
/// one of them goes first each time, and none is always among the last.
pub(super) fn in_turn(mut probes: Vec<Probe>, parts: &BTreeMap<String, Part>, now: i64) -> Vec<Probe> {
    // Where somebody worked last, somebody waits.
    probes.sort_by(|a, b| b.about.pushed_at.cmp(&a.about.pushed_at));
    let is_new = |probe: &Probe| parts.get(&probe.id).is_none_or(|part| has_news(part, probe));
    let (mut probes, mut quiet): (Vec<Probe>, Vec<Probe>) = probes.into_iter().partition(is_new);
    let minute = usize::try_from(now / MINUTE).unwrap_or_default();
    let first = minute.wrapping_mul(STRIDE) % quiet.len().max(1);
    quiet.rotate_left(first);
    probes.extend(quiet);
    probes
}

/// A turn of a repository.
pub(super) struct Turn<'a> {
    /// How many it had before, of this reading.
    pub(super) number: usize,
    /// How many pages of it were landed after which it may go on later.
    pages: usize,
    /// How many others wait for theirs.
    waiting: &'a AtomicUsize,
}

impl<'a> Turn<'a> {
    pub(super) fn new(number: usize, waiting: &'a AtomicUsize) -> Self {
        Self { number, pages: 0, waiting }
    }

    /// Whether it is over with the page that was landed just now.
    pub(super) fn is_over(&mut self) -> bool {
        self.pages += 1;
        self.pages >= PAGES && self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// What became of a repository in the turns that it had, of this reading.
#[derive(Default)]
pub(super) struct Done {
    /// The streams that were read to their end, or could not be: none of them is read again.
    pub(super) streams: Vec<&'static str>,
    /// What could not be read.
    pub(super) failed: Vec<String>,
}

/// What is left of a repository for its next turn.
pub(super) struct Rest {
    /// How many it had by now.
    pub(super) turns: usize,
    pub(super) probe: Probe,
    pub(super) part: Part,
    pub(super) done: Done,
}

/// Those that wait for their turn. One that had the fewest goes first, and of those that had as many the one that came first.
#[derive(Default)]
pub(super) struct Turns {
    waiting: BTreeMap<(usize, usize), (Probe, Done)>,
    came: usize,
}

impl Turns {
    /// Those that had none yet, in their order.
    pub(super) fn of(probes: Vec<Probe>) -> Self {
        let mut turns = Self::default();
        probes.into_iter().for_each(|probe| turns.add(0, probe, Done::default()));
        turns
    }

    /// Has one wait that had so many.
    pub(super) fn add(&mut self, turns: usize, probe: Probe, done: Done) {
        self.waiting.insert((turns, self.came), (probe, done));
        self.came += 1;
    }

    /// The next one, how many turns it had, and what became of it in these.
    pub(super) fn take_first(&mut self) -> Option<(usize, Probe, Done)> {
        self.waiting.pop_first().map(|((turns, _), (probe, done))| (turns, probe, done))
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

/// Whether something of a repository is told to be new, or runs of its workflows were not read to their end.
fn has_news(part: &Part, probe: &Probe) -> bool {
    part.gone
        || part.about != probe.digest
        || part.commits.pushed_at != probe.about.pushed_at
        || part.commits.default_sha.as_deref() != probe.default_sha()
        || part.runs.walk.is_some()
        || LISTS.iter().any(|list| list.is_due(part, probe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::cursor::{Commits, RunsWalk};
    use serde_json::json;

    fn probe(number: i64) -> Probe {
        let pushed = format!("2026-03-0{number}T00:00:00Z");
        let node = json!({"databaseId": number, "nameWithOwner": format!("acme/{number}"), "pushedAt": pushed});
        Probe::of(node, 0, &[]).unwrap()
    }

    fn read(probe: &Probe) -> Part {
        let commits = Commits { pushed_at: probe.about.pushed_at.clone(), ..Commits::default() };
        Part { about: probe.digest.clone(), commits, ..Part::default() }
    }

    #[test]
    fn one_that_had_fewer_turns_goes_first_and_has_its_turn_to_itself_while_nobody_waits() {
        let mut turns = Turns::of((1..=3).map(probe).collect());
        let first = |turns: &mut Turns| turns.take_first().map(|(number, probe, _)| (number, probe.id));
        assert_eq!(first(&mut turns), Some((0, "1".to_owned())));
        turns.add(1, probe(1), Done::default());
        let order: Vec<_> = std::iter::from_fn(|| first(&mut turns)).collect();
        assert_eq!(order, [(0, "2".to_owned()), (0, "3".to_owned()), (1, "1".to_owned())]);
        let waiting = AtomicUsize::new(1);
        let mut turn = Turn::new(0, &waiting);
        let over = (1..=PAGES).filter(|_| turn.is_over()).count();
        assert_eq!(over, 1, "with the last of its pages");
        waiting.store(0, Ordering::Relaxed);
        assert!(!turn.is_over());
    }

    #[test]
    fn those_with_news_come_first_and_of_the_others_another_one_goes_first_each_minute() {
        let probes: Vec<Probe> = (1..=5).map(probe).collect();
        let mut parts: BTreeMap<String, Part> = probes.iter().map(|probe| (probe.id.clone(), read(probe))).collect();
        let order = |parts: &BTreeMap<String, Part>, minute: i64| -> Vec<String> {
            in_turn(probes.clone(), parts, minute * MINUTE).into_iter().map(|probe| probe.id).collect()
        };
        assert_eq!(order(&parts, 0), ["5", "4", "3", "2", "1"]);
        // Divided by five, 7919 leaves four.
        assert_eq!(order(&parts, 1), ["1", "5", "4", "3", "2"]);
        assert_eq!(order(&parts, 2), ["2", "1", "5", "4", "3"]);
        // One was never read, and another has another description.
        parts.remove("2");
        parts.get_mut("1").unwrap().about = "other".to_owned();
        assert_eq!(order(&parts, 0), ["2", "1", "5", "4", "3"]);
        parts.get_mut("3").unwrap().runs.walk = Some(RunsWalk::default());
        assert_eq!(order(&parts, 0), ["3", "2", "1", "5", "4"]);
    }
}
