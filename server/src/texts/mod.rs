//! The languages of a report: its fixed texts, its numbers and its days.
//!
//! A text stands in English where it is used, and is the key under which [`german`] has it in German: what that does not have is
//! told in English. Places for values have names in braces, as in `{count} others`, since languages order them in other ways.

mod definitions;
mod german;
mod risks;
mod titles;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use german::WORDS;
use pulse_engine::metrics::{Dimension, Grain};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::LazyLock;
use titles::{METRICS, REPORTS, RULES};
use utoipa::ToSchema;

/// A language that reports are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[schema(as = ReportLanguage)]
pub enum Language {
    /// English, with a decimal point.
    #[default]
    #[serde(rename = "en")]
    #[value(name = "en")]
    English,
    /// German, with a decimal comma.
    #[serde(rename = "de")]
    #[value(name = "de")]
    German,
}

/// All of German, by the English text.
static GERMAN: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| WORDS.iter().chain(REPORTS).copied().collect());

/// Why there is no forecast, or no probability in it, as the engine says it.
pub(crate) const WHY_NONE: [&str; 3] = [
    "its status is not mapped, so that nobody knows whether it is done",
    "not enough history: {done} done over {weeks}, of at least {least} over {least_weeks}",
    "no skill: over {n} due days of the {from}, the probabilities were no better than saying the base rate each time (Brier skill {skill})",
];

/// How much something grew, as the engine says it.
pub(crate) const GROWN: [&str; 2] = ["by {share}", "to {times} times as much"];

/// What people call a dimension.
fn spoken(of: Dimension) -> &'static str {
    if of == Dimension::OwningTeam { "owning team" } else { of.name() }
}

/// What stands in the places of a text where it was told; `None` when something else was.
fn values<'t>(text: &'t str, told: &'t str) -> Option<Vec<(&'t str, &'t str)>> {
    let (before, mut text) = text.split_once('{')?;
    let mut told = told.strip_prefix(before)?;
    let mut values = Vec::new();
    while let Some((name, rest)) = text.split_once('}') {
        let (value, behind) = match rest.split_once('{') {
            Some((between, next)) => {
                text = next;
                told.split_once(between)?
            }
            None => {
                text = "";
                (told.strip_suffix(rest)?, "")
            }
        };
        values.push((name, value));
        told = behind;
    }
    Some(values)
}

impl Language {
    /// Its code, as documents and pages name it.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }

    /// A text of ours in this language; one that is not known stays as it is.
    pub(crate) fn say(self, english: &str) -> &str {
        match self {
            Language::English => english,
            Language::German => GERMAN.get(english).copied().unwrap_or(english),
        }
    }

    /// A text of ours with values in its places. What a value holds is no place.
    pub(crate) fn fill(self, english: &str, values: &[(&str, &str)]) -> String {
        let mut said = String::new();
        let mut rest = self.say(english);
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((name, behind)) = after.split_once('}') else { break };
            said.push_str(values.iter().find(|(of, _)| *of == name).map_or("", |(_, value)| *value));
            rest = behind;
        }
        said.push_str(rest);
        said
    }

    /// What was told in English by one of these texts, in this language: what stands in its places is a number, or a text of ours.
    /// Anything else stays as it is.
    pub(crate) fn again(self, told: &str, by: &[&str]) -> String {
        // One without values is told as it is.
        if by.contains(&told) {
            return self.say(told).to_owned();
        }
        let Some((text, values)) = by.iter().find_map(|text| Some((*text, values(text, told)?))) else {
            return told.to_owned();
        };
        // What is no text of ours is a number, which something may be counted by.
        let said = |value: &str| match self.say(value) {
            same if same == value => self.counted(value),
            own => self.number(own),
        };
        let values: Vec<(&str, String)> = values.into_iter().map(|(name, value)| (name, said(value))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.fill(text, &values)
    }

    /// What a metric is called, which is titled so in English: those of a tenant's own are called as it says.
    pub(crate) fn metric<'t>(self, name: &str, title: &'t str) -> &'t str {
        self.named(METRICS, name, title)
    }

    /// What a risk rule is called, which is titled so in English.
    pub(crate) fn rule<'t>(self, name: &str, title: &'t str) -> &'t str {
        self.named(RULES, name, title)
    }

    fn named<'t>(self, german: &[(&'static str, &'static str)], name: &str, title: &'t str) -> &'t str {
        match self {
            Language::English => title,
            Language::German => german.iter().find(|(of, _)| *of == name).map_or(title, |(_, german)| *german),
        }
    }

    /// A text of a built-in report in this language, whichever it is in; any other stays as it is.
    pub(crate) fn of_a_report(self, text: &str) -> String {
        let found = REPORTS.iter().find(|(english, german)| [*english, *german].contains(&text));
        let told = found.map(|(english, german)| match self {
            Language::English => *english,
            Language::German => *german,
        });
        told.unwrap_or(text).to_owned()
    }

    /// A number that is written in English, without marks between its thousands.
    pub(crate) fn number(self, english: &str) -> String {
        match self {
            Language::English => english.to_owned(),
            Language::German => english.replace('.', ","),
        }
    }

    /// A value in its unit, short: `3.2 days`, `3,2 Tage`.
    pub(crate) fn quantity(self, value: f64, unit: &str) -> String {
        self.counted(&crate::report::quantity(value, unit))
    }

    /// A number with what it counts, which are written in English: `1 week`, `12.9 weeks`.
    pub(crate) fn counted(self, english: &str) -> String {
        match english.split_once(' ') {
            Some((number, what)) => format!("{} {}", self.number(number), self.say(what)),
            None => self.number(english),
        }
    }

    /// The values from one to another, with their unit once where both are told in the same: `7.8 to 12 h`, `45 min to 2 h`; one where both
    /// read the same.
    pub(crate) fn range(self, (low, high): (f64, f64), unit: &str) -> String {
        let (low_told, high_told) = (self.quantity(low, unit), self.quantity(high, unit));
        if low_told == high_told {
            return high_told;
        }
        // A time is told in the unit that suits it, and none of it in any.
        let own_unit = |told: &str| told.split_once(' ').map(|(_, unit)| unit.to_owned());
        let is_once = unit != "seconds" || low.abs() < 1.0 || own_unit(&low_told) == own_unit(&high_told);
        let number = low_told.split_once(' ').filter(|_| is_once).map_or(low_told.as_str(), |(number, _)| number);
        self.fill("{from} to {until}", &[("from", number), ("until", &high_told)])
    }

    /// When a period is, by its first day, in a sentence.
    pub(crate) fn when(self, first: NaiveDate, grain: Grain) -> String {
        let day = self.day(first);
        match grain {
            Grain::Day => self.fill("on {day}", &[("day", &day)]),
            Grain::Week => self.fill("in the week of {day}", &[("day", &day)]),
            Grain::Month => {
                let (month, year) = (first.format("%B").to_string(), first.year().to_string());
                self.fill("in {month} {year}", &[("month", self.say(&month)), ("year", &year)])
            }
        }
    }

    /// So many periods before another.
    pub(crate) fn before(self, count: usize, grain: Grain) -> String {
        let text = match grain {
            Grain::Day => "the {count} days before",
            Grain::Week => "the {count} weeks before",
            Grain::Month => "the {count} months before",
        };
        self.fill(text, &[("count", &count.to_string())])
    }

    /// Names in a sentence: all of them, or the first and how many more there are.
    pub(crate) fn some(self, names: &[String], most: usize) -> String {
        match names {
            [one] => one.clone(),
            [first @ .., last] if names.len() <= most => {
                self.fill("{names} and {last}", &[("names", &first.join(", ")), ("last", last)])
            }
            _ => {
                let (first, rest) = names.split_at(most.saturating_sub(1).min(names.len()));
                let count = rest.len().to_string();
                self.fill("{names} and {count} more", &[("names", &first.join(", ")), ("count", &count)])
            }
        }
    }

    /// A chance, in percent: `35 %`, `less than 1 %`.
    pub(crate) fn chance(self, share: f64) -> String {
        self.number(self.say(&pulse_engine::chance(share)))
    }

    /// A day in a table.
    pub(crate) fn day(self, day: NaiveDate) -> String {
        match self {
            Language::English => day.to_string(),
            Language::German => day.format("%d.%m.%Y").to_string(),
        }
    }

    /// A time in a table.
    pub(crate) fn time(self, at: NaiveDateTime) -> String {
        format!("{} {}", self.day(at.date()), at.format("%H:%M:%S"))
    }

    /// A day in a sentence.
    pub(crate) fn date(self, day: NaiveDate) -> String {
        let (of_month, month, year) = (day.day().to_string(), day.format("%B").to_string(), day.year().to_string());
        self.fill("{day} {month} {year}", &[("day", &of_month), ("month", self.say(&month)), ("year", &year)])
    }

    /// The days from the first to before the last.
    pub(crate) fn days(self, from: NaiveDate, until: NaiveDate) -> String {
        let last = crate::report::last_day(until);
        if from == last {
            return self.date(from);
        }
        let first = if from.year() == last.year() {
            let (day, month) = (from.day().to_string(), from.format("%B").to_string());
            self.fill("{day} {month}", &[("day", &day), ("month", self.say(&month))])
        } else {
            self.date(from)
        };
        self.fill("{from} to {until}", &[("from", &first), ("until", &self.date(last))])
    }

    /// An instant (microseconds since 1970) on the clocks of a time zone.
    pub(crate) fn instant(self, at: i64, zone: Tz) -> String {
        let at = DateTime::from_timestamp_micros(at).unwrap_or_default().with_timezone(&zone);
        format!("{}, {}", self.date(at.date_naive()), at.format("%H:%M"))
    }

    /// What figures are told apart by.
    pub(crate) fn dimension(self, of: Dimension) -> &'static str {
        self.say(spoken(of))
    }

    /// What something is told apart by, behind its title; nothing where it is not.
    pub(crate) fn by(self, by: Option<Dimension>) -> String {
        by.map_or_else(String::new, |by| self.fill(" by {what}", &[("what", self.dimension(by))]))
    }
}

#[cfg(test)]
mod tests;
