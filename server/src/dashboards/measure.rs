//! A metric as a dashboard shows it.

use crate::report::{Opened, OpenedGroup, Scope, evidence_address};
use pulse_engine::Settings;
use pulse_engine::metrics::{Definition, Dimension, Direction, Figure, Kind, Spread};
use serde::Serialize;

/// A metric's figures, with all that it takes to believe them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// Its name.
    pub metric: String,
    /// The version of its definition.
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// What it measures and what it leaves out.
    pub description: String,
    /// What its value is in.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// How observations become a figure.
    pub kind: Kind,
    /// What its groups are told apart by.
    pub by: Option<Dimension>,
    /// What is to be said of its figure.
    pub state: State,
    /// What the tenant aims at, in the metric's unit.
    pub target: Option<f64>,
    /// Whether the whole figure is as good as that; `None` without either, and where neither direction is better.
    pub meets_target: Option<bool>,
    /// When the newest of its observations happened, in microseconds since 1970.
    pub newest_at: Option<i64>,
    /// One group, or one for each value of the dimension, by name.
    pub groups: Vec<OpenedGroup>,
    /// The figure of all groups together; `None` when nothing was grouped by.
    pub overall: Option<Figure>,
    /// How the groups' values are spread.
    pub spread: Option<Spread>,
    /// The address of the rows behind all of it.
    pub evidence: String,
    /// Of how many observations a figure is believed.
    #[serde(skip)]
    least: i64,
}

/// What is to be said of a figure. A value of 0 is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there.
    Value,
    /// There is one, of fewer observations than it takes to believe it.
    NotEnough,
    /// Nothing of this kind was observed in the period.
    NoData,
    /// Nothing of this kind was ever observed: perhaps nothing that knows of it is connected.
    NeverSeen,
    /// Nothing was ever landed for this tenant.
    NotConnected,
    /// It cannot be told of the repositories, projects or teams that were asked for.
    NotByScope,
}

impl Measure {
    /// The figures that were asked for.
    pub(super) fn of(definition: &Definition, opened: Opened, scope: &Scope, settings: &Settings) -> Self {
        let Opened { newest_at, groups, overall, spread, evidence, .. } = opened;
        let whole = overall.as_ref().or_else(|| groups.first().map(|opened| &opened.group.total));
        let least = definition.minimum_n.max(i64::try_from(settings.minimum_n).unwrap_or(i64::MAX));
        let state = state(definition.kind, whole, newest_at, least);
        let target = settings.targets.get(&definition.name).copied();
        let value = whole.and_then(|figure| figure.value).filter(|_| state != State::NeverSeen);
        let meets_target = value.zip(target).and_then(|(value, target)| match definition.direction {
            Direction::Lower => Some(value <= target),
            Direction::Higher => Some(value >= target),
            Direction::Neither => None,
        });
        Self {
            newest_at,
            groups,
            overall,
            spread,
            evidence,
            target,
            meets_target,
            least,
            ..Self::without(definition, scope, state)
        }
    }

    /// A metric without figures, and why.
    pub(super) fn without(definition: &Definition, scope: &Scope, state: State) -> Self {
        Self {
            metric: definition.name.clone(),
            version: definition.version,
            title: definition.title.clone(),
            description: definition.description.clone(),
            unit: definition.unit.clone(),
            direction: definition.direction,
            kind: definition.kind,
            by: scope.by,
            state,
            target: None,
            meets_target: None,
            newest_at: None,
            groups: Vec::new(),
            overall: None,
            spread: None,
            evidence: evidence_address(&definition.name, &Scope { by: None, ..scope.clone() }, None),
            least: definition.minimum_n,
        }
    }

    /// What is to be said of the figure of one of its groups.
    pub(super) fn state_of(&self, figure: &Figure) -> State {
        state(self.kind, Some(figure), self.newest_at, self.least)
    }
}

fn state(kind: Kind, whole: Option<&Figure>, newest_at: Option<i64>, least: i64) -> State {
    let Some(figure) = whole.filter(|figure| figure.value.is_some()) else {
        return if newest_at.is_none() { State::NeverSeen } else { State::NoData };
    };
    match kind {
        // None of them is an answer to how many, once it is known that there is something to count.
        Kind::Count | Kind::Level if newest_at.is_none() => State::NeverSeen,
        Kind::Count | Kind::Level => State::Value,
        Kind::Percentile | Kind::Ratio | Kind::Age if figure.n < least => State::NotEnough,
        Kind::Percentile | Kind::Ratio | Kind::Age => State::Value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_no_data_never_seen_and_not_enough_are_told_apart() {
        let figure = |value, n| Figure { value, n, ..Figure::default() };
        let of = |kind, value, n, newest| state(kind, Some(&figure(value, n)), newest, 10);
        assert_eq!(of(Kind::Count, Some(0.0), 0, Some(5)), State::Value);
        assert_eq!(of(Kind::Count, Some(0.0), 0, None), State::NeverSeen);
        assert_eq!(of(Kind::Level, Some(0.0), 0, Some(5)), State::Value);
        assert_eq!(of(Kind::Percentile, None, 0, Some(5)), State::NoData);
        assert_eq!(of(Kind::Percentile, None, 0, None), State::NeverSeen);
        assert_eq!(of(Kind::Percentile, Some(3.0), 9, Some(5)), State::NotEnough);
        assert_eq!(of(Kind::Percentile, Some(3.0), 10, Some(5)), State::Value);
        assert_eq!(of(Kind::Ratio, Some(0.0), 9, Some(5)), State::NotEnough);
        assert_eq!(of(Kind::Ratio, Some(0.0), 10, Some(5)), State::Value);
        assert_eq!(state(Kind::Ratio, None, Some(1), 10), State::NoData);
    }
}
