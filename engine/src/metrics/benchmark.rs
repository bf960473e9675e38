//! What the yearly surveys published, and where a figure stands among it.
//!
//! The files of `data/dora/` give either *tiers* (clusters of respondents, until 2024) or *distributions* of answers (2025).
//! A figure is put beside them only where that is honest:
//!
//! - Below the minimum n there is no standing.
//! - A range is used as it was published. A value in a gap between ranges, or in ranges of more than one tier, has no tier.
//! - A cluster that was published as one number (a change fail rate of 20 %) is a centre, not a border: it places nothing.
//! - One figure is compared with answers to one question. A tier was found over four questions together, so the tier of a
//!   single metric is named as that metric's alone; profiles that rest on survey answers are never inferred.
//! - Every standing carries how it was read: verified in a primary source, in a secondary one, or recalled and not checked.
//! - It carries its limits in words, too: who was asked what, and what that says nothing of.
//! - What was checked comes first. Of the years with tiers, and of those with distributions, the best known of those that place
//!   a value is named, and of equally known ones the newest; the better known of the two is the first, and so the default.

use super::{Definition, Figure};
use crate::{Error, Result, Settings};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::OnceLock;

const FILES: &[(u16, &str)] = &[
    (2021, include_str!("../../../data/dora/2021.toml")),
    (2022, include_str!("../../../data/dora/2022.toml")),
    (2023, include_str!("../../../data/dora/2023.toml")),
    (2024, include_str!("../../../data/dora/2024.toml")),
    (2025, include_str!("../../../data/dora/2025.toml")),
];

/// How well a published number is known to us, the best known first. The files have letters, an answer has words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mark {
    /// Read in a primary source.
    #[serde(rename(serialize = "verified", deserialize = "V"))]
    Verified,
    /// Read in a secondary source.
    #[serde(rename(serialize = "secondary", deserialize = "S"))]
    Secondary,
    /// Recalled, and not checked.
    #[serde(rename(serialize = "recalled", deserialize = "R"))]
    Recalled,
}

/// One year's publication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// The year of the report.
    pub year: u16,
    /// Its title.
    pub title: String,
    /// Where it can be read.
    pub sources: Vec<String>,
    /// Who answered.
    pub whom: String,
    /// What they were asked, one a metric.
    #[serde(rename = "question")]
    pub questions: Vec<Asked>,
    /// Tiers, best first.
    #[serde(default, rename = "tier")]
    pub tiers: Vec<Tier>,
    /// Distributions.
    #[serde(default, rename = "distribution")]
    pub distributions: Vec<Distribution>,
}

/// What a survey asked of one metric, in our words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The metric.
    pub metric: String,
    /// The question.
    pub asked: String,
}

/// A cluster of respondents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// `elite`, `high`, `medium` or `low`.
    pub name: String,
    /// The share of respondents in it, in percent.
    pub percent: f64,
    /// How the share is known.
    pub mark: Mark,
    /// What its members answered, one a metric.
    #[serde(rename = "answer")]
    pub answers: Vec<Range>,
}

/// A range of a metric's values, in the metric's unit, as an answer of the survey names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The metric.
    #[serde(default)]
    pub metric: String,
    /// The answer in words.
    pub label: String,
    /// From this value on.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// Up to and with this value.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// Up to and without this value.
    #[serde(default)]
    pub below: Option<f64>,
    /// The centre of a cluster for which no range was published.
    #[serde(default)]
    pub centre: Option<f64>,
    /// The share of respondents who gave this answer, in percent, in a distribution.
    #[serde(default)]
    pub percent: Option<f64>,
    /// How it is known; in a distribution the whole has one mark.
    #[serde(default)]
    pub mark: Option<Mark>,
}

impl Range {
    fn holds(&self, value: f64) -> bool {
        let bounded = self.at_least.is_some() || self.at_most.is_some() || self.below.is_some();
        bounded
            && self.centre.is_none()
            && self.at_least.is_none_or(|least| value >= least)
            && self.at_most.is_none_or(|most| value <= most)
            && self.below.is_none_or(|end| value < end)
    }
}

/// How answers to one question were spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// The metric.
    pub metric: String,
    /// How it is known.
    pub mark: Mark,
    /// The answers, best first. Where only some were published, only those stand here.
    #[serde(rename = "bucket")]
    pub buckets: Vec<Range>,
    /// Whether the buckets are all that there were, so that shares beside one can be added up.
    pub complete: bool,
}

/// Where a published survey puts a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The year of the report.
    pub year: u16,
    /// The tier of this metric alone, in a year with tiers.
    pub tier: Option<String>,
    /// The survey's answer that the value falls under.
    pub bucket: String,
    /// The share of respondents with that answer, or in that tier, in percent.
    pub percent: Option<f64>,
    /// The share of respondents with a better answer, in percent, where the whole distribution is known.
    pub better_percent: Option<f64>,
    /// The share with a worse one.
    pub worse_percent: Option<f64>,
    /// How many observations the figure rests on.
    pub n: i64,
    /// How the comparison is known: as well as the least known number in it.
    pub mark: Mark,
    /// Where it was published.
    pub source: String,
    /// What the comparison cannot say, one sentence each.
    pub limits: Vec<String>,
}

impl Benchmark {
    /// What a comparison of a metric's figures with it cannot say.
    pub(super) fn limits(&self, metric: &str) -> Vec<String> {
        let mut limits = vec![format!("{} asked {}.", self.title, self.whom)];
        if let Some(question) = self.questions.iter().find(|question| question.metric == metric) {
            limits.push(format!(
                "They were asked {}, of the application or service that they mostly work on, and chose one of a few ranges by what they know or believe; Pulse measures.",
                question.asked
            ));
        }
        limits.push(if self.tiers.is_empty() {
            "Answers to this question alone are compared, as they were spread; the survey made no tiers of them."
                .to_owned()
        } else {
            "The survey found its tiers over several questions together: that of this metric alone is none of a team."
                .to_owned()
        });
        limits.push("A figure over several services stands beside answers that are on one each.".to_owned());
        limits.push(format!("The answers are of {}, and practice has moved on since.", self.year));
        limits
    }
}

/// Every year, oldest first.
///
/// # Errors
/// [`Error::Setting`] when a file cannot be read, which a test rules out.
pub fn benchmarks() -> Result<&'static [Benchmark]> {
    static ALL: OnceLock<Vec<Benchmark>> = OnceLock::new();
    if let Some(all) = ALL.get() {
        return Ok(all);
    }
    let parse = |(year, text): &(u16, &str)| {
        toml::from_str::<Benchmark>(text).map_err(|e| Error::Setting(format!("data/dora/{year}.toml: {e}")))
    };
    let all = FILES.iter().map(parse).collect::<Result<Vec<_>>>()?;
    Ok(ALL.get_or_init(|| all))
}

/// The tiers that the published answers of one year put two figures of a metric in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiers {
    /// The year.
    pub year: u16,
    /// That of the earlier figure.
    pub earlier: &'static str,
    /// That of the later one.
    pub later: &'static str,
    /// Whether the later one is the lower.
    pub fell: bool,
}

impl Definition {
    /// Where published surveys put a figure of this metric.
    pub(super) fn standings(&self, figure: &Figure, settings: &Settings) -> Vec<Standing> {
        standings(self, figure, self.least_n(settings))
    }

    /// The tiers that published answers put two figures of this metric in. Of the years that place both the best known counts, and of
    /// equally known ones the newest: a figure's own standing may be by another year. `None` where no year places both, and where
    /// either rests on too few observations.
    pub fn tiers(&self, earlier: &Figure, later: &Figure, settings: &Settings) -> Option<Tiers> {
        let least = self.least_n(settings);
        let value = |figure: &Figure| figure.value.filter(|_| figure.n >= least);
        let (earlier, later) = value(earlier).zip(value(later))?;
        let by = |of: &'static Benchmark| {
            let (from, to) = tier_of(&self.name, earlier, of).zip(tier_of(&self.name, later, of))?;
            // The best is first.
            let place = |tier: &Tier| of.tiers.iter().position(|other| other.name == tier.name);
            let fell = place(to.0)? > place(from.0)?;
            let tiers = Tiers { year: of.year, earlier: &from.0.name, later: &to.0.name, fell };
            Some((known(from).max(known(to)), tiers))
        };
        let all = benchmarks().ok()?.iter().rev().filter_map(by);
        all.min_by_key(|(mark, _)| *mark).map(|(_, tiers)| tiers)
    }

    /// Whether published answers put its figures into tiers at all.
    pub fn has_tiers(&self) -> bool {
        let Ok(all) = benchmarks() else { return false };
        let answers = all.iter().flat_map(|of| &of.tiers).flat_map(|tier| &tier.answers);
        answers.map(|answer| &answer.metric).any(|metric| *metric == self.name)
    }

    /// The fewest observations of which it is told where they stand.
    fn least_n(&self, settings: &Settings) -> i64 {
        self.minimum_n.max(i64::try_from(settings.minimum_n).unwrap_or(i64::MAX))
    }
}

/// The tier whose members gave the answer that a value falls under, and that answer; `None` where it is not one tier alone.
fn tier_of<'b>(metric: &str, value: f64, of: &'b Benchmark) -> Option<(&'b Tier, &'b Range)> {
    let answers = of.tiers.iter().flat_map(|tier| tier.answers.iter().map(move |answer| (tier, answer)));
    only(answers.filter(|(_, answer)| answer.metric == metric && answer.holds(value)))
}

/// How a tier's answer is known: as well as the less known of the two.
fn known((tier, answer): (&Tier, &Range)) -> Mark {
    answer.mark.unwrap_or(Mark::Recalled).max(tier.mark)
}

/// Where surveys put a figure's value: a year with tiers, a year with a distribution, the better known first. None below
/// `minimum_n` observations, without a value, and wherever what was published does not place it in exactly one range.
fn standings(definition: &Definition, figure: &Figure, minimum_n: i64) -> Vec<Standing> {
    let (Some(value), Ok(years)) = (figure.value.filter(|_| figure.n >= minimum_n), benchmarks()) else {
        return Vec::new();
    };
    let newest_first = years.iter().rev();
    let mut placed: Vec<_> = newest_first.filter_map(|year| place(definition, value, figure.n, year)).collect();
    // In a stable order: of those that are equally known, the newest stays first.
    placed.sort_by_key(|standing| standing.mark);
    let mut forms = HashSet::new();
    placed.retain(|standing| forms.insert(standing.tier.is_some()));
    placed
}

/// Where one year's survey puts a value.
fn place(definition: &Definition, value: f64, n: i64, benchmark: &Benchmark) -> Option<Standing> {
    let year = benchmark.year;
    let source = benchmark.sources.first().cloned().unwrap_or_default();
    if let Some(spread) = benchmark.distributions.iter().find(|d| d.metric == definition.name) {
        let place = only(spread.buckets.iter().enumerate().filter(|(_, b)| b.holds(value)))?.0;
        let sum = |buckets: &[Range]| {
            let sum = buckets.iter().filter_map(|b| b.percent).sum::<f64>();
            // Shares have one decimal, and so has their sum.
            spread.complete.then_some((sum * 10.0).round() / 10.0)
        };
        let bucket = spread.buckets.get(place)?;
        return Some(Standing {
            year,
            tier: None,
            bucket: bucket.label.clone(),
            percent: bucket.percent,
            better_percent: sum(&spread.buckets[..place]),
            worse_percent: sum(&spread.buckets[place + 1..]),
            n,
            mark: spread.mark,
            source,
            limits: benchmark.limits(&definition.name),
        });
    }
    let (tier, answer) = tier_of(&definition.name, value, benchmark)?;
    Some(Standing {
        year,
        tier: Some(tier.name.clone()),
        bucket: answer.label.clone(),
        percent: Some(tier.percent),
        better_percent: None,
        worse_percent: None,
        n,
        mark: known((tier, answer)),
        source,
        limits: benchmark.limits(&definition.name),
    })
}

/// The only item; `None` when there is none, or more than one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::super::{Direction, definition};
    use super::*;

    /// Whether `a` is the better of two values.
    fn better(direction: Direction, a: f64, b: f64) -> bool {
        match direction {
            Direction::Lower => a < b,
            Direction::Higher => a > b,
            Direction::Neither => false,
        }
    }
    fn place_in(year: u16, metric: &str, value: f64) -> Option<Standing> {
        let year = benchmarks().unwrap().iter().find(|b| b.year == year).unwrap();
        place(definition(metric, &[]).unwrap(), value, 20, year)
    }
    fn tier(metric: &str, value: f64, year: u16) -> Option<String> {
        place_in(year, metric, value).and_then(|s| s.tier)
    }
    fn of(metric: &str, value: f64) -> Vec<(u16, Option<String>, Mark)> {
        let figure = Figure { value: Some(value), n: 20, ..Figure::default() };
        let standings = standings(definition(metric, &[]).unwrap(), &figure, 10);
        standings.into_iter().map(|s| (s.year, s.tier, s.mark)).collect()
    }

    #[test]
    fn every_file_is_read_and_names_known_metrics_best_first() {
        let all = benchmarks().unwrap();
        assert_eq!(all.iter().map(|b| b.year).collect::<Vec<_>>(), [2021, 2022, 2023, 2024, 2025]);
        for benchmark in all {
            assert!(!benchmark.sources.is_empty() && !benchmark.whom.is_empty());
            let answered = benchmark.tiers.iter().flat_map(|tier| &tier.answers).map(|answer| &answer.metric);
            let answered: HashSet<_> = answered.chain(benchmark.distributions.iter().map(|d| &d.metric)).collect();
            let asked: HashSet<_> = benchmark.questions.iter().map(|question| &question.metric).collect();
            assert_eq!(asked, answered, "{}: what is compared says what was asked", benchmark.year);
            for answer in benchmark.tiers.iter().flat_map(|t| &t.answers) {
                definition(&answer.metric, &[]).unwrap();
                assert!(answer.mark.is_some(), "{} {}", benchmark.year, answer.label);
            }
            for spread in &benchmark.distributions {
                let metric = definition(&spread.metric, &[]).unwrap();
                let starts: Vec<_> = spread.buckets.iter().map(|b| b.at_least.unwrap_or(0.0)).collect();
                assert!(starts.is_sorted_by(|a, b| better(metric.direction, *a, *b)), "{}", spread.metric);
            }
        }
    }

    #[test]
    fn a_value_is_placed_among_the_answers_of_2025() {
        let days = place_in(2025, "change_lead_time", 3.0 * 86_400.0).unwrap();
        assert_eq!((days.bucket.as_str(), days.percent, days.tier), ("one day to one week", Some(31.9), None));
        assert_eq!((days.better_percent, days.worse_percent), (Some(24.4), Some(43.5))); // 9.4 + 15.0; 28.3 + 13.2 + 2.0
        assert_eq!((days.n, days.year, days.mark), (20, 2025, Mark::Recalled));
        // Only the ends of the frequency's distribution were published.
        assert!(place_in(2025, "deployment_frequency", 2.0).is_none());
        assert_eq!(place_in(2025, "deployment_frequency", 20.0).unwrap().better_percent, None);
        assert!(place_in(2025, "deployment_rework_rate", 0.1).is_none());
    }

    #[test]
    fn below_the_minimum_n_there_is_no_standing() {
        let lead = definition("change_lead_time", &[]).unwrap();
        let of = |value, n| standings(lead, &Figure { value, n, ..Figure::default() }, 10);
        assert!(of(Some(60.0), 9).is_empty());
        assert!(!of(Some(60.0), 10).is_empty());
        assert!(of(None, 90).is_empty());
    }

    #[test]
    fn what_was_checked_stands_before_what_is_newer() {
        let (high, elite) = (Some("high".to_owned()), Some("elite".to_owned()));
        // 2024 and 2022 say high too, from memory.
        let days = [(2021, high, Mark::Verified), (2025, None, Mark::Recalled)];
        assert_eq!(of("change_lead_time", 3.0 * 86_400.0), days);
        // Of two verified years the newer; the distribution is from a secondary source.
        let often = [(2023, elite, Mark::Verified), (2025, None, Mark::Secondary)];
        assert_eq!(of("deployment_frequency", 20.0), often);
        // Where nothing verified places a value, the rest does, and says so.
        let weeks = [(2025, None, Mark::Recalled), (2024, Some("medium".to_owned()), Mark::Recalled)];
        assert_eq!(of("change_lead_time", 14.0 * 86_400.0), weeks);
        assert!(of("deployment_rework_rate", 0.1).is_empty());
    }

    #[test]
    fn two_figures_are_held_against_each_other_by_the_best_known_year_that_places_both() {
        let of = |metric: &str, n: i64, earlier: f64, later: f64| {
            let figure = |value| Figure { value: Some(value), n, ..Figure::default() };
            let metric = definition(metric, &[]).unwrap();
            let tiers = metric.tiers(&figure(earlier), &figure(later), &Settings::default());
            tiers.map(|tiers| (tiers.year, tiers.earlier, tiers.later, tiers.fell))
        };
        const DAY: f64 = 86_400.0;
        assert_eq!(of("change_lead_time", 10, 60.0, 3.0 * DAY), Some((2021, "elite", "high", true)));
        assert_eq!(of("change_lead_time", 10, 3.0 * DAY, 60.0), Some((2021, "high", "elite", false)));
        assert_eq!(of("change_lead_time", 10, 60.0, 70.0), Some((2023, "elite", "elite", false)));
        // By itself 20 a week is elite by 2023, which was checked, and 3 are high by 2024: that year places both.
        assert_eq!(of("deployment_frequency", 10, 20.0, 3.0), Some((2024, "elite", "high", true)));
        // 2021 has no tier for two weeks, and so another year tells of both.
        assert_eq!(of("change_lead_time", 10, 3.0 * DAY, 14.0 * DAY), Some((2024, "high", "medium", true)));
        assert_eq!(of("deployment_frequency", 10, 20.0, 10.0), None, "10 a week are in no range");
        assert_eq!(of("change_lead_time", 9, 60.0, 3.0 * DAY), None, "they are too few");
        assert_eq!(of("deployment_rework_rate", 90, 0.1, 0.9), None);
    }

    #[test]
    fn a_standing_says_in_words_how_well_it_is_known() {
        let mark =
            |year, metric, value| serde_json::to_value(place_in(year, metric, value).unwrap()).unwrap()["mark"].clone();
        assert_eq!(mark(2021, "change_lead_time", 60.0), "verified");
        assert_eq!(mark(2024, "deployment_frequency", 14.0), "secondary");
        // The tier's share is from a secondary source, its answer from memory: the least known decides.
        assert_eq!(mark(2024, "change_lead_time", 60.0), "recalled");
    }

    #[test]
    fn no_standing_names_a_profile_of_teams() {
        // Those of 2025 rest on what people said of themselves. "Foundational challenges", "Legacy bottleneck", "Constrained by process",
        // "High impact, low cadence", "Stable and methodical", "Pragmatic performers" and "Harmonious high-achievers" are its names.
        let words = [
            "profile",
            "archetype",
            "foundational",
            "legacy",
            "bottleneck",
            "constrained",
            "cadence",
            "methodical",
            "pragmatic",
            "harmonious",
        ];
        let mut count = 0;
        for benchmark in benchmarks().unwrap() {
            for question in &benchmark.questions {
                let metric = definition(&question.metric, &[]).unwrap();
                // Shares, and times and rates up to a year.
                for value in [0.0, 0.01, 0.1, 0.2, 0.5, 1.0, 3.0, 20.0, 3_600.0, 86_400.0, 604_800.0, 3e6, 3e7] {
                    let Some(standing) = place(metric, value, 20, benchmark) else { continue };
                    let told = serde_json::to_string(&standing).unwrap().to_lowercase();
                    assert!(words.iter().all(|word| !told.contains(word)), "{told}");
                    count += 1;
                }
            }
        }
        assert!(count > 50, "only {count} values have a standing");
    }

    #[test]
    fn a_standing_carries_its_limits_in_words() {
        let limits = |year, metric, value| place_in(year, metric, value).unwrap().limits;
        let tier = limits(2021, "failed_deployment_recovery_time", 60.0);
        assert_eq!(tier.len(), 5);
        assert!(
            tier[0].starts_with("Accelerate State of DevOps 2021 asked people who work on software"),
            "{}",
            tier[0]
        );
        assert!(
            tier[1].contains("after an incident or a defect") && tier[1].contains("chose one of a few ranges"),
            "{}",
            tier[1]
        );
        assert!(tier[2].contains("none of a team") && tier[4].contains("of 2021"), "{tier:?}");
        let spread = limits(2025, "failed_deployment_recovery_time", 60.0);
        assert!(
            spread[1].contains("when a change to production has failed") && spread[2].contains("made no tiers"),
            "{spread:?}"
        );
        let told = serde_json::to_value(place_in(2025, "change_lead_time", 60.0).unwrap()).unwrap();
        assert_eq!(told["limits"].as_array().map(Vec::len), Some(5));
    }

    #[test]
    fn tiers_are_named_only_where_one_range_holds_the_value() {
        assert_eq!(tier("change_lead_time", 3_600.0, 2024).as_deref(), Some("elite"));
        assert_eq!(tier("change_lead_time", 3.0 * 86_400.0, 2024).as_deref(), Some("high"));
        assert_eq!(tier("failed_deployment_recovery_time", 1_800.0, 2024).as_deref(), Some("elite"));
        // High and medium gave the same answer.
        assert_eq!(tier("failed_deployment_recovery_time", 7_200.0, 2024), None);
        // 20 %, 10 % and 40 % are centres of clusters, not borders.
        assert_eq!(tier("change_fail_rate", 0.2, 2024), None);
        // Nobody was put between a week and a month in 2021.
        assert_eq!(tier("change_lead_time", 14.0 * 86_400.0, 2021), None);
        assert_eq!(tier("change_fail_rate", 0.15, 2021).as_deref(), Some("elite"));
        assert_eq!(tier("change_fail_rate", 0.2, 2021), None);
        // Between once and twice a day is neither daily nor on demand.
        assert_eq!(tier("deployment_frequency", 10.0, 2024), None);
        assert_eq!(tier("deployment_frequency", 14.0, 2024).as_deref(), Some("elite"));
    }
}
