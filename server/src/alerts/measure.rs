//! What a rule sees of a metric, period by period.

use super::machine::Verdict;
use super::rule::{MetricCondition, Side, Test};
use super::track::{Seen, Track};
use crate::Result;
use crate::report::{Scope, evidence_address, quantity};
use chrono::{DateTime, NaiveDate};
use pulse_engine::metrics::{
    self, Answer, Asking, Definition, Dimension, Figure, Group, Kind, Point, Question, Tiers, Typical,
};
use std::collections::{BTreeMap, HashMap};

/// In microseconds.
pub(super) const HOUR: i64 = 3_600_000_000;

/// What is seen of a metric within a scope, as of now.
pub(super) struct Measure<'a> {
    pub(super) asking: &'a Asking,
    /// When the newest model was made, in microseconds since 1970: of what came later nothing is known yet.
    pub(super) modelled_at: i64,
    /// What is looked for, and up to which value it has to come back.
    pub(super) of: &'a MetricCondition,
    pub(super) clear_at: Option<f64>,
    /// Since when somebody waits for observations: by that it is told that there never were any. `None`: nobody does.
    pub(super) since: Option<i64>,
}

impl Measure<'_> {
    /// Each thing that the rule is about, over the recent past.
    pub(super) async fn recent(&self) -> Result<Vec<Track>> {
        let recent = Scope::recent(self.asking.settings(), self.asking.clock(), self.of.grain);
        let Test::MissingHours(hours) = self.of.test else { return self.within(recent.from, recent.until).await };
        let question = self.scope(recent.from, recent.until).question(&self.of.metric);
        let newest = self.asking.newest_at(&question).await?;
        Ok(vec![missing(self.definition()?, (newest, self.since), hours, self.asking.clock().now())])
    }

    /// The same over a span of days.
    pub(super) async fn within(&self, from: NaiveDate, until: NaiveDate) -> Result<Vec<Track>> {
        let scope = self.scope(from, until);
        if let Test::MissingHours(hours) = self.of.test {
            return self.silences(&scope, hours).await;
        }
        let answer = self.asking.figures(&scope.question(&self.of.metric)).await?;
        match self.of.test {
            Test::TierDrop => Ok(self.tiers(&answer, &scope)),
            Test::Unusual(_) => {
                let whole = answer.groups.first().and_then(|group| group.points.iter().rfind(|p| self.is_whole(p)));
                let typical = match whole {
                    // What is typical is of the year before the period that is looked at.
                    Some(point) => {
                        let (from, until) = self.days(point);
                        let one = Scope { from, until, ..scope.clone() };
                        let one = self.asking.ask(&one.question(&self.of.metric)).await?;
                        let typical = |group: &Group| Some((group.key.clone(), group.typical.clone()?));
                        one.groups.iter().filter_map(typical).collect()
                    }
                    None => BTreeMap::new(),
                };
                Ok(self.tracks(&answer, &scope, &typical))
            }
            _ => Ok(self.tracks(&answer, &scope, &BTreeMap::new())),
        }
    }

    fn scope(&self, from: NaiveDate, until: NaiveDate) -> Scope {
        scope(self.of, from, until)
    }

    fn definition(&self) -> Result<&Definition> {
        Ok(metrics::definition(&self.of.metric, self.asking.session().own())?)
    }

    /// The silences of a span: each fires once it has lasted for so long, and is over with the next observation.
    async fn silences(&self, scope: &Scope, hours: u32) -> Result<Vec<Track>> {
        let (session, settings, clock) = (self.asking.session(), self.asking.settings(), self.asking.clock());
        let question = scope.question(&self.of.metric);
        let newest = self.asking.newest_at(&question).await?;
        let least = i64::from(hours) * HOUR;
        let mut seen = Vec::new();
        for silence in metrics::silences(session, &question, least, settings, clock).await? {
            seen.push(Seen { at: silence.from.saturating_add(least), value: None, verdict: Verdict::Fires });
            seen.extend(silence.until.map(|at| Seen { at, value: None, verdict: Verdict::Clear }));
        }
        Ok(vec![Track { seen, ..missing(self.definition()?, (newest, self.since), hours, clock.now()) }])
    }

    fn tracks(&self, answer: &Answer, scope: &Scope, typical: &BTreeMap<Option<String>, Typical>) -> Vec<Track> {
        let is_unseen = is_unseen(answer);
        let of = |group: &Group| {
            let typical = typical.get(&group.key);
            let counted: Vec<&Point> = group.points.iter().filter(|point| self.counts(point, answer.as_of)).collect();
            let judged = |point: &Point| match verdict((self.of, self.clear_at), &point.figure, typical) {
                // Nobody knows that there were none.
                Verdict::Fires if is_unseen => Verdict::Unknown,
                verdict => verdict,
            };
            let seen = |point: &&Point| Seen {
                at: point.until.min(answer.as_of),
                value: point.figure.value,
                verdict: judged(point),
            };
            // What is so is told by the last period that says anything.
            let told = counted.iter().rfind(|point| judged(point) != Verdict::Unknown).or(counted.last())?;
            let (from, until) = self.days(told);
            let scope = Scope { from, until, ..scope.clone() };
            let sentence = match is_unseen {
                true => format!("{} was never observed.", answer.definition.title),
                false => self.sentence(&answer.definition, group, told, typical),
            };
            Some(Track {
                seen: counted.iter().map(seen).collect(),
                sentence,
                evidence: evidence_address(&answer.definition.name, &scope, group.key.as_deref()),
                ..of_group(group, scope.by.is_some())
            })
        };
        answer.groups.iter().filter_map(of).collect()
    }

    /// Whether a period says something: one that is over, and the one that runs where that is wished.
    fn counts(&self, point: &Point, now: i64) -> bool {
        self.is_whole(point) || (self.of.running && point.from <= now)
    }

    /// Whether a period was over when it was modelled.
    fn is_whole(&self, point: &Point) -> bool {
        !point.partial && point.until <= self.modelled_at
    }

    fn sentence(&self, metric: &Definition, group: &Group, point: &Point, typical: Option<&Typical>) -> String {
        let whose = group.name.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        let shown = |value: f64| quantity(value, &metric.unit);
        let Some(value) = point.figure.value else {
            return format!("{}{whose} has no value in {}.", metric.title, point.label);
        };
        let limit = match (self.of.test, typical) {
            (Test::Above(limit), _) => format!("; it should be at most {}", shown(limit)),
            (Test::Below(limit), _) => format!("; it should be at least {}", shown(limit)),
            (_, Some(typical)) => {
                format!("; {} to {} is typical of the year before", shown(typical.p10), shown(typical.p90))
            }
            _ => String::new(),
        };
        let n = point.figure.n;
        format!("{}{whose} was {} in {} (n = {n}){limit}.", metric.title, shown(value), point.label)
    }

    /// Each group's tier in each whole period, beside that in the one before.
    fn tiers(&self, answer: &Answer, scope: &Scope) -> Vec<Track> {
        let track = |group: &Group| {
            let whole: Vec<&Point> = group.points.iter().filter(|point| self.is_whole(point)).collect();
            let settings = self.asking.settings();
            let stood = whole.windows(2).filter_map(|pair| {
                let [earlier, later] = pair else { return None };
                let enough = later.figure.n >= self.of.minimum_n;
                let tiers = answer.definition.tiers(&earlier.figure, &later.figure, settings);
                Some((*earlier, *later, tiers.filter(|_| enough)))
            });
            let stood: Vec<(&Point, &Point, Option<Tiers>)> = stood.collect();
            // As with values.
            let (before, told, tiers) = stood.iter().rfind(|(.., tiers)| tiers.is_some()).or(stood.last())?;
            let seen = stood.iter().map(|(_, point, tiers)| Seen {
                at: point.until,
                value: point.figure.value,
                verdict: match tiers {
                    Some(tiers) if tiers.fell => Verdict::Fires,
                    Some(_) => Verdict::Clear,
                    None => Verdict::Unknown,
                },
            });
            let whose = group.name.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
            let sentence = match tiers {
                Some(Tiers { year, earlier, later, .. }) => format!(
                    "{}{whose} stood in the tier `{later}` in {}, by the answers of {year}; in {} it was `{earlier}`.",
                    answer.definition.title, told.label, before.label
                ),
                None => format!("{}{whose} stands in no tier, or too little was observed.", answer.definition.title),
            };
            let (from, until) = self.days(told);
            let scope = Scope { from, until, ..scope.clone() };
            Some(Track {
                seen: seen.collect(),
                sentence,
                evidence: evidence_address(&answer.definition.name, &scope, group.key.as_deref()),
                ..of_group(group, scope.by.is_some())
            })
        };
        answer.groups.iter().filter_map(track).collect()
    }

    /// The days of a period.
    fn days(&self, point: &Point) -> (NaiveDate, NaiveDate) {
        let day = |at: i64| {
            DateTime::from_timestamp_micros(at)
                .unwrap_or_default()
                .with_timezone(&self.asking.settings().time_zone)
                .date_naive()
        };
        (day(point.from), day(point.until))
    }
}

/// A span of what a condition is about.
fn scope(of: &MetricCondition, from: NaiveDate, until: NaiveDate) -> Scope {
    let (grain, by, filter) = (of.grain, of.by, of.filter.clone());
    Scope { from, until, grain, by, filter, compare: None, time_zone: None, as_of: None }
}

/// What a condition asks of the figures of the recent past; nothing where it looks for the newest observation.
fn question(of: &MetricCondition, asking: &Asking) -> Option<Question> {
    let recent = Scope::recent(asking.settings(), asking.clock(), of.grain);
    let is_asked = !matches!(of.test, Test::MissingHours(_));
    is_asked.then(|| scope(of, recent.from, recent.until).question(&of.metric))
}

/// Has what these conditions ask, where that differs in what is told apart alone, read once for all that do.
pub(super) fn expect<'c>(conditions: impl Iterator<Item = &'c MetricCondition>, asking: &Asking) {
    for (question, by) in apart(conditions.filter_map(|of| question(of, asking))) {
        asking.expect_figures(&question, &by);
    }
}

/// What several questions tell apart that are the same but for that, by the one that tells nothing apart.
fn apart(questions: impl Iterator<Item = Question>) -> HashMap<Question, Vec<Option<Dimension>>> {
    let mut all: HashMap<Question, Vec<Option<Dimension>>> = HashMap::new();
    for question in questions {
        let by = question.by;
        let known = all.entry(Question { by: None, ..question }).or_default();
        if !known.contains(&by) {
            known.push(by);
        }
    }
    all.retain(|_, by| by.len() > 1);
    all
}

/// Whether it is counted what nothing was ever observed of: perhaps nothing that knows of it is connected, and its zeros say nothing.
fn is_unseen(answer: &Answer) -> bool {
    matches!(answer.definition.kind, Kind::Count | Kind::Level) && answer.newest_at.is_none()
}

/// A group of which nothing was seen yet.
fn of_group(group: &Group, grouped: bool) -> Track {
    Track::of(key(group.key.as_deref(), grouped), group.name.clone().unwrap_or_default())
}

/// What a group is told apart by; nothing where there is but one.
fn key(of: Option<&str>, grouped: bool) -> String {
    match of {
        // A severity or a type may be called so, which is not the same as to have none.
        Some(metrics::NONE) => format!("`{}`", metrics::NONE),
        Some(key) => key.to_owned(),
        None if grouped => metrics::NONE.to_owned(),
        None => String::new(),
    }
}

/// What is seen of a metric of which nothing was observed, since nothing was ever landed, and for whose observations somebody waits.
pub(super) fn nothing(of: &MetricCondition, own: &[Definition], since: i64, now: i64) -> Result<Vec<Track>> {
    let Test::MissingHours(hours) = of.test else { return Ok(Vec::new()) };
    Ok(vec![missing(metrics::definition(&of.metric, own)?, (None, Some(since)), hours, now)])
}

/// Whether anything was observed of late, by when the newest observation was; where there never was any, by since when somebody waits.
fn missing(metric: &Definition, (newest, since): (Option<i64>, Option<i64>), hours: u32, now: i64) -> Track {
    let due = newest.or(since).map(|begun| begun.saturating_add(i64::from(hours) * HOUR));
    let (at, verdict) = match (due, newest) {
        (Some(due), _) if due <= now => (due, Verdict::Fires),
        (_, Some(_)) => (now, Verdict::Clear),
        // It cannot be well again, whoever waits for it anew.
        (_, None) => (now, Verdict::Unknown),
    };
    let title = &metric.title;
    let told = |at: i64| DateTime::from_timestamp_micros(at).unwrap_or_default().format("%Y-%m-%d %H:%M UTC");
    let sentence = match (newest, since) {
        (Some(newest), _) => format!("The newest observation of {title} is of {}.", told(newest)),
        (None, Some(since)) => format!("Nothing was ever observed of {title}; the rule was set on {}.", told(since)),
        (None, None) => format!("There is no observation of {title}."),
    };
    Track {
        key: String::new(),
        name: String::new(),
        seen: vec![Seen { at, value: None, verdict }],
        sentence,
        evidence: format!("/api/v1/metrics/{}", metric.name),
        next_at: due.filter(|due| *due > now),
        members: Vec::new(),
    }
}

/// What a figure says by a condition and the value up to which it has to come back, and by what is typical.
fn verdict((of, clear_at): (&MetricCondition, Option<f64>), figure: &Figure, typical: Option<&Typical>) -> Verdict {
    let Some(value) = figure.value.filter(|_| figure.n >= of.minimum_n) else { return Verdict::Unknown };
    let verdict = |fires: bool, clear: bool| match (fires, clear) {
        (true, _) => Verdict::Fires,
        (_, true) => Verdict::Clear,
        _ => Verdict::Between,
    };
    match (of.test, typical) {
        (Test::Above(above), _) => verdict(value > above, value <= clear_at.unwrap_or(above)),
        (Test::Below(below), _) => verdict(value < below, value >= clear_at.unwrap_or(below)),
        (Test::Unusual(side), Some(typical)) => {
            let (high, low) = (value > typical.p90, value < typical.p10);
            let fires = match side {
                Side::Above => high,
                Side::Below => low,
                Side::Either => high || low,
            };
            verdict(fires, true)
        }
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::metrics::{Filter, Grain};

    #[test]
    fn what_differs_in_what_is_told_apart_alone_is_asked_together() {
        let asked = |metric: &str, by: Option<Dimension>, grain: Grain| {
            let days = ["2026-03-01", "2026-04-01"].map(|day| day.parse().unwrap());
            Question {
                metric: metric.into(),
                from: days[0],
                until: days[1],
                grain,
                by,
                filter: Filter::default(),
                compare: None,
            }
        };
        let (team, none) = (Some(Dimension::Team), None);
        let all = [
            asked("cycle_time", none, Grain::Week),
            asked("cycle_time", team, Grain::Week),
            asked("cycle_time", team, Grain::Week),
            asked("cycle_time", team, Grain::Month),
            asked("throughput", team, Grain::Week),
            asked("throughput", team, Grain::Week),
        ];
        let expected = HashMap::from([(all[0].clone(), vec![none, team])]);
        assert_eq!(apart(all.into_iter()), expected);
    }

    #[test]
    fn what_is_called_none_is_another_than_what_has_none() {
        let keys = [Some("none"), Some("pay"), None].map(|of| key(of, true));
        assert_eq!(keys, ["`none`", "pay", "none"]);
        assert_eq!(key(None, false), "", "one alone needs no key");
    }

    #[test]
    fn a_silence_lasts_since_the_newest_observation_or_since_somebody_waits_for_the_first() {
        let of = |newest, since| {
            let metric = metrics::definition("cycle_time", &[]).unwrap();
            let Track { seen, sentence, next_at, .. } = missing(metric, (newest, since), 2, 5 * HOUR);
            (seen[0].at / HOUR, seen[0].verdict, next_at.map(|at| at / HOUR), sentence)
        };
        let (at, verdict, next_at, told) = of(Some(3 * HOUR), Some(0));
        assert_eq!((at, verdict, next_at), (3 + 2, Verdict::Fires, None));
        assert!(told.ends_with(" is of 1970-01-01 03:00 UTC."), "{told}");
        let (at, verdict, next_at, _) = of(Some(4 * HOUR), Some(0));
        assert_eq!((at, verdict, next_at), (5, Verdict::Clear, Some(6)));
        let (at, verdict, next_at, told) = of(None, Some(HOUR));
        assert_eq!((at, verdict, next_at), (3, Verdict::Fires, None));
        assert!(told.starts_with("Nothing was ever") && told.ends_with("set on 1970-01-01 01:00 UTC."), "{told}");
        let (at, verdict, next_at, _) = of(None, Some(4 * HOUR));
        assert_eq!((at, verdict, next_at), (5, Verdict::Unknown, Some(6)));
        assert_eq!(of(None, None).1, Verdict::Unknown);
    }

    #[test]
    fn a_value_is_judged_by_its_limit_or_by_what_is_typical_and_none_is_not_judged() {
        let typical = Typical { p10: 2.0, median: 5.0, p90: 9.0, periods: 20, from: 0, until: 1 };
        let judged = |test: Test, clear_at: Option<f64>, value: Option<f64>, n: i64| {
            let of = MetricCondition {
                metric: "change_lead_time".into(),
                grain: Grain::Week,
                by: None,
                filter: Filter::default(),
                running: false,
                minimum_n: 3,
                test,
            };
            verdict((&of, clear_at), &Figure { value, n, ..Figure::default() }, Some(&typical))
        };
        let above = |value: f64| judged(Test::Above(10.0), Some(8.0), Some(value), 5);
        assert_eq!(
            [11.0, 10.0, 9.0, 8.0].map(above),
            [Verdict::Fires, Verdict::Between, Verdict::Between, Verdict::Clear]
        );
        assert_eq!(judged(Test::Above(10.0), None, Some(10.0), 5), Verdict::Clear);
        let below = |value: f64| judged(Test::Below(10.0), Some(12.0), Some(value), 5);
        assert_eq!([9.0, 10.0, 12.0].map(below), [Verdict::Fires, Verdict::Between, Verdict::Clear]);
        let unusual = |side, value: f64| judged(Test::Unusual(side), None, Some(value), 5);
        assert_eq!(
            [1.0, 2.0, 9.0, 9.5].map(|v| unusual(Side::Either, v)),
            [Verdict::Fires, Verdict::Clear, Verdict::Clear, Verdict::Fires]
        );
        assert_eq!((unusual(Side::Above, 1.0), unusual(Side::Below, 1.0)), (Verdict::Clear, Verdict::Fires));
        assert_eq!(judged(Test::Above(10.0), None, None, 5), Verdict::Unknown);
        assert_eq!(judged(Test::Above(10.0), None, Some(11.0), 2), Verdict::Unknown, "too few to tell");
    }
}
