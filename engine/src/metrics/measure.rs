//! All figures that an answer takes, in as few passes over a metric's observations as there can be.

use super::ask::instant;
use super::figures::{self, Figures, There};
use super::filter::{self, literal};
use super::scope::{COUNTED, MOST_ENDS, Scope};
use super::{Dimension, Kind, OWN};
use crate::Result;
use crate::session::Session;
use std::collections::{BTreeMap, BTreeSet};

/// The one place where observations become figures, and those for how many stays there are and how old.
const OBSERVATIONS: &str = include_str!("../../../sql/ask.sql");
const LEVELS: &str = include_str!("../../../sql/level.sql");
const AGES: &str = include_str!("../../../sql/ages.sql");
const NONE: &str = "CAST(NULL AS DOUBLE)";

/// The spans that an answer looks at.
#[derive(Clone, Copy)]
pub(super) struct Spans<'a, 's> {
    /// The one that was asked for.
    pub(super) now: &'a Scope<'s>,
    /// The one that it is held against, of which the total is wanted.
    pub(super) earlier: Option<&'a Scope<'s>>,
    /// The year before it, of whose complete periods it is told what is typical.
    pub(super) year: Option<&'a Scope<'s>>,
    /// Whether the groups' own figures are all that is wanted, and nothing of all groups together.
    pub(super) alone: bool,
}

/// Which of the spans a pass over observations is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Now,
    Before,
}

/// The figures of each key in these spans, and those of all keys together.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) now: Figures,
    pub(super) earlier: Figures,
    /// Those of the periods before the span, as far as the spans reach.
    pub(super) year: Figures,
    /// When the first observation of each key was, in microseconds since 1970, where that is told.
    pub(super) first: BTreeMap<Option<String>, i64>,
    /// Under the key `None`. Empty where nothing is told apart, and by project: what belongs to several is in each of them.
    pub(super) overall: Figures,
}

impl<'a, 's> Spans<'a, 's> {
    /// One span alone.
    pub(super) fn only(now: &'a Scope<'s>) -> Self {
        Self { now, earlier: None, year: None, alone: false }
    }

    /// The groups' own figures in one span alone.
    pub(super) fn of_groups(now: &'a Scope<'s>) -> Self {
        Self { alone: true, ..Self::only(now) }
    }

    /// Whether what is counted tells, too, when the first of each key was, which a statement of its own would tell else.
    pub(super) fn tells_first(&self) -> bool {
        self.alone && self.now.definition.kind == Kind::Count
    }

    fn all(&self) -> impl Iterator<Item = &'a Scope<'s>> {
        std::iter::once(self.now).chain(self.earlier).chain(self.year)
    }

    /// Whether the figures of all keys together come with those of each. Percentiles hold each value for each set of groups that it is
    /// in, so that those of one pass would take a multiple of the memory.
    pub(super) fn tells_overall(&self) -> bool {
        let is_apart = self.now.by.is_some_and(|by| by != Dimension::Project);
        is_apart && !self.alone && self.now.definition.kind != Kind::Percentile
    }

    /// What is measured in them.
    pub(super) async fn measure(&self, session: &Session) -> Result<Measured> {
        if !self.now.definition.kind.is_of_stays() {
            return self.observed(session).await;
        }
        let ends: BTreeSet<i64> = self.all().flat_map(Scope::ends).map(|(_, end)| end).collect();
        let mut there = There::default();
        for some in ends.into_iter().collect::<Vec<_>>().chunks(MOST_ENDS) {
            let rows = session.collect(&self.stays(some)).await?;
            match self.now.definition.kind {
                Kind::Age => figures::of_stays(&rows, &mut there)?,
                _ => figures::of_levels(&rows, some, self.tells_overall(), &mut there)?,
            }
        }
        let of = |scope: &Scope<'_>| there.groups.iter().map(|(key, at)| (key.clone(), scope.at_ends(at))).collect();
        Ok(Measured {
            now: of(self.now),
            earlier: self.earlier.map(of).unwrap_or_default(),
            year: self.year.map(of).unwrap_or_default(),
            first: BTreeMap::new(),
            overall: Figures::from([(None, self.now.at_ends(&there.overall))]),
        })
    }

    async fn observed(&self, session: &Session) -> Result<Measured> {
        let of = async |part| figures::of_observations(&session.collect(&self.observations(part)).await?);
        if self.now.definition.kind != Kind::Percentile {
            return of(Part::Whole).await;
        }
        let now = of(Part::Now).await?;
        if self.earlier.is_none() && self.year.is_none() {
            return Ok(now);
        }
        let before = of(Part::Before).await?;
        Ok(Measured { earlier: before.earlier, year: before.year, ..now })
    }

    fn observations(&self, part: Part) -> String {
        let kind = self.now.definition.kind;
        let (columns, figures) = match kind {
            Kind::Percentile | Kind::Age => ("value", format!("{}, {}", percentiles("value"), no_sums())),
            Kind::Ratio => (
                "numerator, denominator",
                format!("{}, {}, {}", no_percentiles(), self.sum("numerator"), self.sum("denominator")),
            ),
            Kind::Count | Kind::Level => ("at", format!("{}, {}", no_percentiles(), no_sums())),
        };
        let (wants_now, wants_before) = (part != Part::Before, part != Part::Now);
        let mut sets = vec!["(key, now, period)"];
        if wants_now {
            sets.push("(key, now)");
        }
        let held = self.earlier.filter(|_| wants_before);
        if held.is_some() {
            sets.push("(key, earlier)");
            // Of counts it is told what they were in its periods, too.
            if kind == Kind::Count {
                sets.push("(key, earlier, period)");
            }
        }
        if wants_now && self.tells_overall() {
            sets.extend(["(now)", "(now, period)"]);
        }
        let earlier = held.map_or_else(|| "FALSE".to_owned(), Scope::observed);
        let (zone, grain) = (literal(self.now.zone.name()), self.now.grain.name());
        let mut period = format!("period_start(at, '{grain}', {zone})");
        let mut first = "arrow_cast(NULL, 'Int64')";
        if self.tells_first() {
            // Of what was before the span it is told when the first was, and no more.
            let from = instant(self.now.span().0);
            period = format!("CASE WHEN at < {from} THEN {from} ELSE {period} END");
            first = "arrow_cast(min(at), 'Int64')";
        }
        OBSERVATIONS
            .replace("{key}", filter::key(self.now.by))
            .replace("{period}", &period)
            .replace("{now}", &self.now.observed())
            .replace("{earlier}", &earlier)
            .replace("{held}", if held.is_some() { "earlier" } else { "CAST(NULL AS BOOLEAN)" })
            .replace("{columns}", columns)
            .replace("{figures}", &figures)
            .replace("{first}", first)
            .replace("{sets}", &sets.join(", "))
            .replace("{counted}", COUNTED)
            .replace("{rows}", &self.now.rows())
            .replace("{span}", &self.span(wants_now, wants_before))
            // Last, because it holds what a person wrote.
            .replace("{filter}", &self.now.filter)
    }

    /// The sum of a part of a ratio. Floats add up to another sum in another order, and rows come in any: from files and threads. What the
    /// catalogue adds is whole, or has no more decimals than a microsecond or an estimate, and is added as decimals, which are exact. How
    /// fine a tenant's own parts are nobody knows: those are added as they are, which is exact for whole numbers alone.
    fn sum(&self, part: &str) -> String {
        let sum = if self.now.definition.schema == OWN {
            format!("sum({part}) FILTER (WHERE counted)")
        } else {
            // An estimate that no decimal can hold is none.
            format!("CAST(sum(TRY_CAST({part} AS DECIMAL(38, 6))) FILTER (WHERE counted) AS DOUBLE)")
        };
        format!("{sum} AS {part}")
    }

    /// What lies in any of the spans: the later ones begin where the earlier ones end. When the first was is told by all that ever was.
    fn span(&self, wants_now: bool, wants_before: bool) -> String {
        let now = std::iter::once(self.now).filter(|_| wants_now);
        let before = self.earlier.into_iter().chain(self.year).filter(|_| wants_before);
        let spans: Vec<_> = now.chain(before).map(Scope::span).collect();
        let from = spans.iter().map(|(from, _)| *from).min().unwrap_or_default();
        let until = spans.iter().map(|(_, until)| *until).max().unwrap_or_default();
        if self.tells_first() {
            return format!("(at IS NULL OR at < {})", instant(until));
        }
        format!("(at IS NULL OR (at >= {} AND at < {}))", instant(from), instant(until))
    }

    /// What was there at some of the ends, which are in order.
    fn stays(&self, ends: &[i64]) -> String {
        let is_of_ages = self.now.definition.kind == Kind::Age;
        let listed: Vec<_> =
            ends.iter().map(|end| if is_of_ages { format!("({end})") } else { end.to_string() }).collect();
        let listed = listed.join(", ");
        let sets = if self.tells_overall() { "(key, ends_at), (ends_at)" } else { "(key, ends_at)" };
        let (first, last) = ends.first().zip(ends.last()).map_or((0, 0), |(first, last)| (*first, *last));
        let (statement, listed) = if is_of_ages { (AGES, listed) } else { (LEVELS, format!("[{listed}]")) };
        statement
            .replace("{ends}", &listed)
            .replace("{key}", filter::key(self.now.by))
            .replace("{now}", &self.now.now.to_string())
            .replace("{figures}", &format!("{}, {}", percentiles("age"), no_sums()))
            .replace("{sets}", sets)
            .replace("{rows}", &self.now.rows())
            .replace("{from}", &instant(first))
            .replace("{until}", &instant(last))
            // Last, because it holds what a person wrote.
            .replace("{filter}", &self.now.filter)
    }
}

fn percentiles(of: &str) -> String {
    format!(
        "exact_median({of}) FILTER (WHERE counted) AS median, \
         exact_percentile({of}, 0.9) FILTER (WHERE counted) AS p90"
    )
}

fn no_percentiles() -> String {
    format!("{NONE} AS median, {NONE} AS p90")
}

fn no_sums() -> String {
    format!("{NONE} AS numerator, {NONE} AS denominator")
}
