//! What is said of a metric that moved: how far, where, of which kind, in which stage, and whether to look at it first.

use super::driver::{Part, SORTED, is_worse, largest, stage};
use super::held::{Held, Side, side};
use super::story::{Asked, Clause, evidence, typical, within};
use crate::texts::Language;
use chrono::NaiveDate;
use pulse_engine::metrics::{Definition, Dimension, Filter, Group, NONE};

/// A metric that moved.
struct Moved<'a> {
    asked: &'a Asked,
    held: Held<'a>,
    lies: Side,
    days: (NaiveDate, NaiveDate),
    filter: &'a Filter,
    language: Language,
}

/// The sentence on what to look at, and in which place it stands among those of others: the one that is furthest from what was expected of
/// those that moved for the worse, or of all where none did.
pub(super) struct Look {
    is_worse: bool,
    distance: f64,
    pub(super) clause: Clause,
}

/// The one of these to look at first: of those that are as far, the one that a page tells first.
pub(super) fn first(looks: Vec<Look>) -> Option<Clause> {
    let all = looks.into_iter();
    let first = all.min_by(|a, b| b.is_worse.cmp(&a.is_worse).then(b.distance.total_cmp(&a.distance)));
    first.map(|look| look.clause)
}

/// The sentences on a metric, and the one to look at it by; `None` where it did not move, or too little is known to tell.
pub(super) fn moved(asked: &Asked, minimum_n: u64, filter: &Filter, language: Language) -> Option<(Vec<Clause>, Look)> {
    let definition = &asked.whole.definition;
    let group = asked.whole.groups.first().filter(|_| asked.was_seen())?;
    let held = Held::of(group, definition, asked.least(minimum_n))?;
    let lies = side(held.value, held.expected(), &definition.unit);
    if lies == Side::Within {
        return None;
    }
    let days = asked.days(held.point);
    let moved = Moved { asked, held, lies, days, filter, language };
    let mut clauses = vec![moved.itself(group)];
    let place = largest(&asked.apart, definition, &moved.held);
    clauses.extend(place.as_ref().map(|part| moved.place(part)));
    if let Some((by, apart)) = &asked.sorted {
        clauses.extend(largest(apart, definition, &moved.held).map(|part| moved.sort(*by, &part)));
    }
    clauses.extend(stage(&asked.stages, &moved.held).map(|(stage, held)| moved.stage(stage, &held)));
    let look = moved.look(place.as_ref());
    Some((clauses, look))
}

/// What a metric is told apart by once more on a page that tells it apart by something.
pub(super) fn sorted(metric: &str, by: Dimension) -> Option<Dimension> {
    SORTED.iter().find(|(of, sort)| *of == metric && *sort != by).map(|(_, sort)| *sort)
}

impl Moved<'_> {
    fn clause(&self, text: String, of: &Definition, group: Option<(Dimension, &str)>) -> Clause {
        let href = evidence(&of.name, self.asked, self.days, self.filter, group);
        Clause { text, metric: of.name.clone(), version: Some(of.version.into()), href }
    }

    fn definition(&self) -> &Definition {
        &self.asked.whole.definition
    }

    /// How far it is from what was expected.
    fn itself(&self, group: &Group) -> Clause {
        let (definition, language) = (self.definition(), self.language);
        let (held, unit) = (&self.held, &definition.unit);
        let text = match self.lies {
            Side::Above => "{title}: {value} {when}, above the {range} expected from {before}{typical} (n = {n}).",
            _ => "{title}: {value} {when}, below the {range} expected from {before}{typical} (n = {n}).",
        };
        let text = language.fill(
            text,
            &[
                ("title", language.metric(&definition.name, &definition.title)),
                ("value", &language.quantity(held.value, unit)),
                ("when", &language.when(self.days.0, self.asked.grain)),
                ("range", &language.range(held.expected(), unit)),
                ("before", &language.before(held.before, self.asked.grain)),
                ("typical", &typical(group, (held.value, self.lies), unit, language).1),
                ("n", &held.point.figure.n.to_string()),
            ],
        );
        self.clause(text, definition, None)
    }

    /// Where the largest part of it is.
    fn place(&self, part: &Part<'_>) -> Clause {
        let (definition, language) = (self.definition(), self.language);
        let text = match self.lies {
            Side::Above => "The largest part of that is in {name}: {value}, up from a median of {middle}.",
            _ => "The largest part of that is in {name}: {value}, down from a median of {middle}.",
        };
        let value = language.quantity(part.held.value, &definition.unit);
        let middle = language.quantity(part.held.middle, &definition.unit);
        let text = language.fill(text, &[("name", name(part.group)), ("value", &value), ("middle", &middle)]);
        self.clause(text, definition, Some((self.asked.by, key(part.group))))
    }

    /// Of which kind most of it is, and how much.
    fn sort(&self, by: Dimension, part: &Part<'_>) -> Clause {
        let (definition, language) = (self.definition(), self.language);
        let text = match self.lies {
            Side::Above => {
                "Told apart by {what}, {share} of what rose is in {name}: {value}, up from a median of {middle}."
            }
            _ => "Told apart by {what}, {share} of what fell is in {name}: {value}, down from a median of {middle}.",
        };
        let text = language.fill(
            text,
            &[
                ("what", language.dimension(by)),
                ("share", &language.quantity(part.share, "ratio")),
                ("name", name(part.group)),
                ("value", &language.quantity(part.held.value, &definition.unit)),
                ("middle", &language.quantity(part.held.middle, &definition.unit)),
            ],
        );
        self.clause(text, definition, Some((by, key(part.group))))
    }

    /// Which of its stages moved most.
    fn stage(&self, stage: &Definition, held: &Held<'_>) -> Clause {
        let language = self.language;
        let text = match self.lies {
            Side::Above => {
                "Of its stages {stage} moved most in the same period: {value}, up from a median of {middle}."
            }
            _ => "Of its stages {stage} moved most in the same period: {value}, down from a median of {middle}.",
        };
        let text = language.fill(
            text,
            &[
                ("stage", &within(stage, language)),
                ("value", &language.quantity(held.value, &stage.unit)),
                ("middle", &language.quantity(held.middle, &stage.unit)),
            ],
        );
        self.clause(text, stage, None)
    }

    /// That it is to be looked at first, with the rows of where its largest part is.
    fn look(&self, place: Option<&Part<'_>>) -> Look {
        let (definition, language) = (self.definition(), self.language);
        let is_worse = is_worse(definition, &self.held);
        let text = match (is_worse, place.is_some()) {
            (true, true) => {
                "Look first at {metric} in {name}: of what moved for the worse, it is furthest from what was expected."
            }
            (true, false) => {
                "Look first at {metric}: of what moved for the worse, it is furthest from what was expected."
            }
            (false, true) => "Look first at {metric} in {name}: of what moved, it is furthest from what was expected.",
            (false, false) => "Look first at {metric}: of what moved, it is furthest from what was expected.",
        };
        let metric = within(definition, language);
        let text = language
            .fill(text, &[("metric", &metric), ("name", place.map(|part| name(part.group)).unwrap_or_default())]);
        let clause = self.clause(text, definition, place.map(|part| (self.asked.by, key(part.group))));
        Look { is_worse, distance: self.held.distance(), clause }
    }
}

fn name(group: &Group) -> &str {
    group.name.as_deref().unwrap_or_else(|| key(group))
}

fn key(group: &Group) -> &str {
    group.key.as_deref().unwrap_or(NONE)
}
