//! What was done one after another: the sprints of a project, or its releases.

use super::Span;
use super::input::Items;
use super::subject::Pace;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// All sprints, or releases, of a project together.
#[derive(Default)]
pub(super) struct Ran<'a> {
    /// When each item was in one that ran.
    held: BTreeMap<&'a str, Vec<Span>>,
    planned: BTreeSet<NaiveDate>,
}

impl<'a> Ran<'a> {
    /// Adds one with its first and last day, and what it held when.
    pub(super) fn add(
        &mut self,
        begins: NaiveDate,
        ends: NaiveDate,
        is_running: bool,
        held: impl Iterator<Item = (&'a str, Span)>,
    ) {
        // Its last day belongs to it: what is left is out of it on the next one, or went into another before.
        let over = ends.succ_opt().unwrap_or(ends);
        self.planned.extend([begins, ends, over]);
        let running = Span { from: begins, until: (!is_running).then_some(over) };
        for (id, span) in held {
            self.held.entry(id).or_default().push(span.within(running));
        }
    }

    /// The pace of all of them.
    pub(super) fn pace(self, items: &Items) -> Pace {
        let lives = self.held.into_iter().filter_map(|(id, spans)| Some(items.get(id)?.life(spans)));
        Pace { lives: lives.collect(), planned: self.planned }
    }
}
