//! From when on a period without any is 0: before that nobody knows that there were none.

use super::known::{First, Kept};
use super::places::Apart;
use super::scope::Scope;
use super::{Dimension, Filter, filter};
use crate::session::Session;
use crate::{Result, calendar};
use chrono::{DateTime, NaiveTime};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The day on which each group's counts begin, as its first instant in microseconds since 1970 (UTC): that of the first observation, or of
/// the first sign of life that the metric's definition names, whichever came first.
#[derive(Debug)]
pub(super) struct Since {
    /// Of what is told apart; empty where all begin at once.
    groups: BTreeMap<Option<String>, i64>,
    all: i64,
}

impl Since {
    /// Whatever was, was always known.
    pub(super) const EVER: Self = Self { groups: BTreeMap::new(), all: i64::MIN };

    /// The signs of life that a scope's counts begin with, besides observations.
    pub(super) async fn lives(
        scope: &Scope<'_>,
        filter: &Filter,
        session: &Session,
        kept: &Kept,
    ) -> Result<Option<Arc<First>>> {
        let Some(lives) = scope.definition.since.and_then(super::Subject::lives) else { return Ok(None) };
        let condition = of_places(filter, session).await?;
        let apart = Apart { by: place(scope), ..scope.apart.clone() };
        kept.first(session, lives, apart, &condition).await.map(Some)
    }

    /// When a scope's counts begin, of what is known of its observations and of these.
    pub(super) fn of(scope: &Scope<'_>, first: &First, lives: Option<&First>) -> Self {
        if !scope.definition.kind.is_counted() {
            return Self::EVER;
        }
        let by = place(scope);
        let firsts = || first.iter().chain(lives.into_iter().flatten());
        let mut groups = BTreeMap::new();
        if by.is_some() {
            for (key, at) in firsts() {
                let first = groups.entry(key.clone()).or_insert(*at);
                *first = (*first).min(*at);
            }
            groups.values_mut().for_each(|at| *at = day(scope.zone, *at));
        }
        let all = firsts().map(|(_, at)| *at).min().map_or(i64::MAX, |at| day(scope.zone, at));
        Self { groups, all }
    }

    /// Whether the counts of each of these begin before a scope does: then nothing that was there earlier yet changes any figure in it.
    pub(super) fn is_before(&self, scope: &Scope<'_>, keys: &BTreeSet<Option<String>>) -> bool {
        let is_known = |key: &Option<String>| place(scope).is_none() || self.groups.contains_key(key);
        keys.iter().all(|key| is_known(key) && self.begins(key) <= scope.span().0)
    }

    /// When a group's counts begin; beyond all time where nothing is known of it.
    pub(super) fn begins(&self, key: &Option<String>) -> i64 {
        self.groups.get(key).copied().unwrap_or(self.all)
    }

    /// When those of all together begin.
    pub(super) fn all(&self) -> i64 {
        self.all
    }
}

/// What is told apart, if that comes about, as repositories, projects and teams do. A class or a severity was always there, and nothing was
/// of it.
fn place(scope: &Scope<'_>) -> Option<Dimension> {
    scope.by.filter(|by| Dimension::PLACES.contains(by))
}

/// A filter as far as it is of where signs of life are.
async fn of_places(asked: &Filter, session: &Session) -> Result<String> {
    let mut places = Filter::default();
    for dimension in Dimension::PLACES {
        places.of_mut(dimension).extend_from_slice(asked.of(dimension));
    }
    filter::condition(session, &places, filter::Rows { columns: &Dimension::PLACES, of: None }).await
}

/// Where the day of an instant begins; beyond the calendar that instant itself.
fn day(zone: Tz, at: i64) -> i64 {
    let day = DateTime::from_timestamp_micros(at).map(|at| at.with_timezone(&zone).date_naive());
    let midnight = day.and_then(|day| calendar::instant(zone, day.and_time(NaiveTime::MIN)));
    // Where clocks go back over midnight, a day's date is read again after the next day has begun.
    midnight.map_or(at, |midnight| midnight.min(at))
}
