//! What is gathered of a metric's observations, in one pass over them. Here and nowhere else they become figures.

use super::Kind;
use super::figures::{ByStart, Cell, Figures, Measured, State};
use super::observations::Observations;
use super::places::{Apart, Group, Places};
use crate::session::Fold;
use arrow::array::RecordBatch;
use datafusion::common::hash_map::Entry;
use datafusion::common::{HashMap, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The place of what no time is known of: it is in the whole of a span, and in no part of it.
const UNDATED: usize = usize::MAX;
/// The place of the year before among the spans.
const YEAR: usize = 2;
/// About what a cell takes.
const CELL_BYTES: usize = 256;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) kind: Kind,
    /// The instant of the question: what is later has not happened.
    pub(super) now: i64,
    /// What they are told apart by, each by itself.
    pub(super) apart: Vec<Apart>,
    /// The parts, in order, of the span that was asked for, of the one that it is held against, and of the year before.
    pub(super) spans: [Vec<Part>; 3],
    /// Whether all keys together are told as well, where any are told apart.
    pub(super) overall: bool,
}

/// A period, or what a span leaves of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Where the whole period begins, by which it is known.
    pub(super) start: i64,
    pub(super) from: i64,
    /// Where it ends. Of what lasts it is told how much was there then.
    pub(super) until: i64,
}

/// The cells of one key, by place.
type Cells = HashMap<usize, Cell>;

/// What was gathered so far, of each that observations are told apart by.
pub(super) struct Gathered(Vec<Gathering>);

/// What was gathered of one of them.
struct Gathering {
    wanted: Arc<Wanted>,
    /// Its place among those that are wanted.
    apart: usize,
    /// Where parts end at which it is told what was there, in order; none of what is observed at an instant.
    ends: Arc<[i64]>,
    places: Places,
    /// By the place of a part, or of an end. Parts stand in the order of their spans.
    cells: HashMap<(Group, usize), Cell>,
    values: usize,
    /// When the first observation of each key was, by the key's place.
    first: Vec<i64>,
    newest: Option<i64>,
}

impl Gathered {
    pub(super) fn new(wanted: &Arc<Wanted>) -> Self {
        let ends: BTreeSet<i64> = match wanted.kind.is_of_stays() {
            true => wanted.spans.iter().flatten().map(|part| part.until).collect(),
            false => BTreeSet::new(),
        };
        let ends: Arc<[i64]> = ends.into_iter().collect();
        let one = |(place, apart): (usize, &Apart)| Gathering {
            wanted: Arc::clone(wanted),
            apart: place,
            ends: Arc::clone(&ends),
            places: Places::new(apart.projects.clone()),
            cells: HashMap::default(),
            values: 0,
            first: Vec::new(),
            newest: None,
        };
        Self(wanted.apart.iter().enumerate().map(one).collect())
    }
}

impl Fold for Gathered {
    type Made = Result<Vec<Measured>>;

    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let Some(wanted) = self.0.first().map(|one| Arc::clone(&one.wanted)) else { return Ok(()) };
        let rows = Observations::of(batch, &wanted.apart)?;
        self.0.iter_mut().try_for_each(|one| one.take(&rows))
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        self.0.iter_mut().zip(other.0).try_for_each(|(one, other)| one.merge(other))
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(Gathering::bytes).sum()
    }

    fn made(self) -> Self::Made {
        self.0.into_iter().map(Gathering::made).collect()
    }
}

impl Gathering {
    /// What is known of when it happened.
    fn note(&mut self, met: usize, at: i64, left_at: Option<i64>) {
        for group in self.places.groups(met) {
            note_first(&mut self.first, group.key, at);
        }
        if at <= self.wanted.now {
            let left_at = left_at.map(|left_at| left_at.min(self.wanted.now));
            self.newest = self.newest.max(Some(at)).max(left_at);
        }
    }

    /// Adds what was observed at an instant to the parts that it lies in.
    fn observed(
        &mut self,
        met: usize,
        at: i64,
        (rows, row): (&Observations, usize),
        last: &mut [usize; 3],
    ) -> Result<()> {
        let state = rows.state(row);
        let mut before = 0;
        for (parts, last) in self.wanted.spans.iter().zip(last) {
            if let Some(part) = holding(parts, at, last) {
                for group in self.places.groups(met) {
                    let cell = self.cells.entry((*group, before + part)).or_default();
                    cell.note(state, 1);
                    if state == State::Counted {
                        self.values += rows.add(row, cell)?;
                    }
                }
            }
            before += parts.len();
        }
        Ok(())
    }

    /// Adds what no time is known of, which does not count for that.
    fn undated(&mut self, met: usize, state: State) {
        let state = if state == State::Counted { State::Neither } else { state };
        for group in self.places.groups(met) {
            self.cells.entry((*group, UNDATED)).or_default().note(state, 1);
        }
    }

    /// Adds what was there from an instant to before another. Where ages are told, its age to each end at which it was there. Else one to the
    /// first of them, and one less to the first at which it was gone.
    fn stayed(&mut self, met: usize, (at, left_at): (i64, Option<i64>), state: State) -> Result<()> {
        let ends = &self.ends;
        let above = |instant: i64| ends.partition_point(|end| *end <= instant);
        let (came, went) = (above(at), left_at.map_or(ends.len(), above));
        // Which of them are open is not told.
        if came >= went || !matches!(state, State::Counted | State::Excluded) {
            return Ok(());
        }
        for group in self.places.groups(met) {
            if self.wanted.kind == Kind::Level {
                self.cells.entry((*group, came)).or_default().note(state, 1);
                if went < ends.len() {
                    self.cells.entry((*group, went)).or_default().note(state, -1);
                }
                continue;
            }
            for (place, end) in ends.iter().enumerate().take(went).skip(came) {
                let cell = self.cells.entry((*group, place)).or_default();
                cell.note(state, 1);
                if state == State::Counted {
                    cell.values.push(((*end).min(self.wanted.now) - at) as f64 / 1e6)?;
                    self.values += 1;
                }
            }
        }
        Ok(())
    }

    /// The figures of the spans, of the cells of one key.
    fn figures(&self, mut cells: Cells) -> Result<[ByStart; 3]> {
        let mut figures = <[ByStart; 3]>::default();
        if self.wanted.kind.is_of_stays() {
            let there = self.there(cells)?;
            for (parts, figures) in self.wanted.spans.iter().zip(&mut figures) {
                let told =
                    parts.iter().filter_map(|part| Some((Some(part.start), there.get(&Some(part.until))?.clone())));
                figures.extend(told);
            }
            return Ok(figures);
        }
        let mut before = 0;
        for (span, (parts, figures)) in self.wanted.spans.iter().zip(&mut figures).enumerate() {
            let (mut whole, mut is_any) = (Cell::default(), false);
            let places = parts.iter().enumerate().map(|(part, of)| (before + part, Some(of.start)));
            // Of a span that is not asked for nothing is told, and of the year its periods alone.
            let has_whole = span != YEAR && !parts.is_empty();
            let undated = has_whole.then_some((UNDATED, None));
            for (place, start) in places.chain(undated) {
                let Some(cell) = cells.get_mut(&place) else { continue };
                if has_whole {
                    is_any = true;
                    whole.merge(cell)?;
                }
                if start.is_some() {
                    figures.insert(start, cell.figure(self.wanted.kind));
                }
            }
            if is_any {
                figures.insert(None, whole.figure(self.wanted.kind));
            }
            before += parts.len();
        }
        Ok(figures)
    }

    /// What was there at the ends, by these.
    fn there(&self, mut cells: Cells) -> Result<ByStart> {
        let (mut figures, mut there) = (ByStart::new(), Cell::default());
        for (place, end) in self.ends.iter().enumerate() {
            let found = cells.get_mut(&place);
            let cell = match (self.wanted.kind, found) {
                (Kind::Level, steps) => {
                    if let Some(steps) = steps {
                        there.merge(steps)?;
                    }
                    &mut there
                }
                (_, Some(cell)) => cell,
                (_, None) => continue,
            };
            if (cell.n, cell.excluded) != (0, 0) {
                figures.insert(Some(*end), cell.figure(self.wanted.kind));
            }
        }
        Ok(figures)
    }

    fn take(&mut self, rows: &Observations) -> Result<()> {
        let is_of_stays = self.wanted.kind.is_of_stays();
        let mut last = [0; 3];
        let (mut said, mut met) = (None, 0);
        for row in 0..rows.len() {
            // Rows that stand together often say the same.
            let says = rows.says(self.apart, row);
            if said != Some(says) {
                met = self.places.met(says.0, says.1);
                said = Some(says);
            }
            let (at, left_at) = (rows.at(row), rows.left_at(row));
            match at {
                Some(at) => {
                    self.note(met, at, left_at);
                    if is_of_stays {
                        self.stayed(met, (at, left_at), rows.state(row))?;
                    } else {
                        self.observed(met, at, (rows, row), &mut last)?;
                    }
                }
                None if is_of_stays => {}
                None => self.undated(met, rows.state(row)),
            }
        }
        Ok(())
    }

    fn merge(&mut self, mut other: Self) -> Result<()> {
        for (key, at) in other.first.iter().enumerate() {
            let key = self.places.place(other.places.key(key));
            note_first(&mut self.first, key, *at);
        }
        for ((group, place), cell) in other.cells.drain() {
            let group = Group { key: self.places.place(other.places.key(group.key)), ..group };
            merge_into(&mut self.cells, (group, place), cell)?;
        }
        self.values += other.values;
        self.newest = self.newest.max(other.newest);
        Ok(())
    }

    fn bytes(&self) -> usize {
        // A list that grows takes one and a half of what is in it, by and large.
        self.places.bytes() + self.cells.len() * CELL_BYTES + self.values * 12
    }

    fn made(mut self) -> Result<Measured> {
        let is_apart = self.wanted.apart.get(self.apart).is_some_and(|apart| apart.by.is_some());
        let is_overall = self.wanted.overall && is_apart;
        let (mut keys, mut overall) = (HashMap::<usize, Cells>::default(), Cells::default());
        for ((group, place), cell) in std::mem::take(&mut self.cells) {
            if is_overall && group.stands_for_itself {
                overall.entry(place).or_default().merge(&cell)?;
            }
            merge_into(keys.entry(group.key).or_default(), place, cell)?;
        }
        let mut measured = Measured { newest: self.newest, ..Measured::default() };
        if is_overall {
            let [now, ..] = self.figures(overall)?;
            measured.overall = Figures::from([(None, now)]);
        }
        for (key, cells) in keys {
            let key = self.places.key(key).map(str::to_owned);
            let [now, earlier, year] = self.figures(cells)?;
            let spans = [(&mut measured.now, now), (&mut measured.earlier, earlier), (&mut measured.year, year)];
            for (all, figures) in spans {
                if !figures.is_empty() {
                    all.insert(key.clone(), figures);
                }
            }
        }
        for (key, at) in self.first.iter().enumerate().filter(|(_, at)| **at != NEVER) {
            measured.first.insert(self.places.key(key).map(str::to_owned), *at);
        }
        Ok(measured)
    }
}

/// Later than all that was.
const NEVER: i64 = i64::MAX;

fn note_first(first: &mut Vec<i64>, key: usize, at: i64) {
    if first.len() <= key {
        first.resize(key + 1, NEVER);
    }
    first[key] = first[key].min(at);
}

fn merge_into<K: Eq + std::hash::Hash>(cells: &mut HashMap<K, Cell>, key: K, cell: Cell) -> Result<()> {
    match cells.entry(key) {
        Entry::Occupied(mut held) => held.get_mut().merge(&cell),
        Entry::Vacant(free) => {
            free.insert(cell);
            Ok(())
        }
    }
}

/// Which part an instant lies in. Rows that stand together are often of one.
fn holding(parts: &[Part], at: i64, last: &mut usize) -> Option<usize> {
    let is_in = |part: &Part| part.from <= at && at < part.until;
    if !parts.get(*last).is_some_and(is_in) {
        let place = parts.partition_point(|part| part.from <= at).checked_sub(1)?;
        if !parts.get(place).is_some_and(is_in) {
            return None;
        }
        *last = place;
    }
    Some(*last)
}
