//! A report as it is, whatever it is written as: what each format shows is this and nothing else.

use super::cells::Rows;
use super::definition::Shape;
use crate::dashboards::State;
use crate::report::SourceTime;
use crate::texts::Language;
use arrow::datatypes::{DataType, Field, TimeUnit};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset as _};
use chrono_tz::Tz;
use pulse_engine::metrics::{Dimension, Direction, Filter, Grain, Kind};
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// A report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paper {
    /// What stands on its first page.
    pub cover: Cover,
    /// What is to be said in words, each sentence with the request for its rows.
    pub headline: Vec<Sentence>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// How each of its metrics is defined, by title.
    pub definitions: Vec<Defined>,
    /// When each connection was last read.
    pub sources: Vec<SourceTime>,
    /// What is to be known of the report itself.
    pub notes: Vec<String>,
}

/// What a report is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cover {
    /// Which report, by its name.
    pub report: String,
    /// What it is called.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Whose it is, as people call them.
    pub organization: String,
    /// Whether its data is made up.
    pub sample: bool,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub until: NaiveDate,
    /// The rule that those days follow, in words.
    pub period: String,
    /// The first day of what is drawn over time.
    pub trend_from: NaiveDate,
    /// How long each step of that is.
    pub grain: Grain,
    /// What figures are held against, in words.
    pub compared: Option<String>,
    /// The time zone whose days, weeks and months are meant.
    pub time_zone: String,
    /// Of when it is, in microseconds since 1970.
    pub as_of: i64,
    /// The same, on the clocks of the time zone.
    pub as_of_words: String,
    /// What alone it is on.
    pub filter: Filter,
    /// The same in words: `everything` where nothing is left out.
    pub filter_words: String,
    /// The language that it is written in.
    pub language: Language,
}

/// A sentence of the headline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// What it says.
    pub text: String,
    /// The metric that it is about; `risk` for risks, `forecast` for forecasts.
    pub metric: String,
    /// The version of its definition, where it is of one.
    pub version: Option<i64>,
    /// The request that answers with the rows behind it.
    pub evidence: String,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What is said below that, one paragraph each.
    pub text: Vec<String>,
    /// What it shows.
    pub parts: Vec<Part>,
}

/// Something that a section shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Single figures.
    Tiles(Vec<Tile>),
    /// A metric over time, or groups side by side.
    Chart(Chart),
    /// Rows.
    Table(Table),
}

/// A single figure with all that it takes to judge it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tile {
    /// The metric.
    pub metric: String,
    /// What it is called.
    pub title: String,
    /// What its value is in.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// How observations become a figure.
    pub kind: Kind,
    /// How it is to be read.
    pub state: State,
    /// The value; `None` is not 0.
    pub value: Option<f64>,
    /// How many observations it rests on.
    pub n: i64,
    /// The 90th percentile, of a median.
    pub p90: Option<f64>,
    /// The value as people read it, or why there is none.
    pub shown: String,
    /// What it rests on, in words.
    pub details: String,
    /// The value that it is held against.
    pub before: Option<f64>,
    /// The change against that: a share of it, or of shares their difference.
    pub change: Option<f64>,
    /// The change in words.
    pub change_words: Option<String>,
    /// Whether that is for the better.
    pub better: Option<bool>,
    /// What the tenant aims at.
    pub target: Option<f64>,
    /// Whether the value is as good as that.
    pub meets_target: Option<bool>,
    /// Where published answers put it, with their year.
    pub standing: Option<String>,
    /// The request that answers with the rows behind it.
    pub evidence: String,
}

/// A chart's data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    /// The metric.
    pub metric: String,
    /// What it is called.
    pub title: String,
    /// What its values are in.
    pub unit: String,
    /// How it is drawn.
    pub shape: Shape,
    /// What its lines are told apart by.
    pub by: Option<Dimension>,
    /// Whether its lines may be added up.
    pub adds_up: bool,
    /// What is to be said of the metric.
    pub state: State,
    /// The steps' labels, oldest first; of a spread one, the period.
    pub labels: Vec<String>,
    /// Which of them are not over, or cut.
    pub partial: Vec<bool>,
    /// What is drawn, by name.
    pub lines: Vec<ChartLine>,
    /// The tenth and the ninetieth percentile of what is typical of a step, where that is known: of a spread chart, of the groups.
    pub typical: Option<(f64, f64)>,
    /// The median of that.
    pub median: Option<f64>,
    /// What the tenant aims at.
    pub target: Option<f64>,
    /// The request that answers with the rows behind it.
    pub evidence: String,
    /// The language of the report.
    #[serde(skip)]
    pub language: Language,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartLine {
    /// What it is called.
    pub name: String,
    /// Its value in each step; `None` is a gap.
    pub values: Vec<Option<f64>>,
    /// How many observations each rests on.
    pub n: Vec<i64>,
}

/// Rows with a heading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// What its rows are.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, with a cell for each column.
    pub rows: Rows,
    /// What is said where there are no rows.
    pub none: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it is called.
    pub title: String,
    /// What its cells are.
    pub holds: Holds,
    /// What its values are in, of times the zone whose clocks they are on; empty of words, days and times of no zone.
    pub unit: String,
    /// How wide it is beside others.
    #[serde(skip)]
    pub width: u8,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Words.
    Text,
    /// Numbers in the column's unit.
    Number,
    /// Days.
    Day,
    /// Times.
    Time,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing is known, which is not 0.
    Nothing,
    /// Words.
    Text(String),
    /// A number in the column's unit.
    Number(f64),
    /// A day.
    Day(NaiveDate),
    /// A time.
    Time(Clock),
}

/// What clocks show: at an instant those of a zone; of a time that knows of no zone, that alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What they show.
    pub at: NaiveDateTime,
    /// How far they are ahead of UTC then; `None`: nobody knows.
    pub ahead: Option<FixedOffset>,
}

impl Clock {
    /// What the clocks of a zone show so many microseconds after 1970 began; without one, those of UTC, which is not said.
    pub(super) fn of(micros: i64, zone: Option<Tz>) -> Option<Self> {
        let utc = DateTime::from_timestamp_micros(micros)?;
        Some(match zone.map(|zone| utc.with_timezone(&zone)) {
            Some(there) => Self { at: there.naive_local(), ahead: Some(there.offset().fix()) },
            None => Self { at: utc.naive_utc(), ahead: None },
        })
    }

    /// So many microseconds after 1970 began they show it.
    pub(super) fn micros(self) -> i64 {
        let ahead = self.ahead.map_or(0, |ahead| i64::from(ahead.local_minus_utc()));
        self.at.and_utc().timestamp_micros() - ahead * 1_000_000
    }
}

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.at.format("%Y-%m-%dT%H:%M:%S%.f");
        match self.ahead {
            Some(ahead) => serializer.collect_str(&format_args!("{at}{ahead}")),
            None => serializer.collect_str(&at),
        }
    }
}

impl Cover {
    /// An instant, in microseconds since 1970, on the clocks of the report.
    pub(super) fn time(&self, at: i64) -> Cell {
        Clock::of(at, self.time_zone.parse().ok()).map_or(Cell::Nothing, Cell::Time)
    }
}

impl Cell {
    /// A text that may be missing.
    pub(super) fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Cell::Nothing, |text| Cell::Text(text.into()))
    }

    /// A number that may be missing.
    pub(super) fn number(number: Option<f64>) -> Self {
        number.map_or(Cell::Nothing, Cell::Number)
    }
}

impl Column {
    /// A column of words.
    pub(super) fn text(title: &str, width: u8) -> Self {
        Self { title: title.to_owned(), holds: Holds::Text, unit: String::new(), width }
    }

    /// A column of days.
    pub(super) fn day(title: &str) -> Self {
        Self { holds: Holds::Day, ..Self::text(title, 3) }
    }

    /// A column of times on the clocks of a zone, or of none that is known.
    pub(super) fn time(title: &str, zone: Option<Tz>) -> Self {
        let unit = zone.map(|zone| zone.name().to_owned()).unwrap_or_default();
        Self { holds: Holds::Time, unit, ..Self::text(title, 6) }
    }

    /// The zone that its times are on the clocks of.
    pub(super) fn zone(&self) -> Option<Arc<str>> {
        (self.holds == Holds::Time && !self.unit.is_empty()).then(|| Arc::from(self.unit.as_str()))
    }

    /// A column of numbers in a unit.
    pub(super) fn number(title: &str, unit: &str) -> Self {
        Self { holds: Holds::Number, unit: unit.to_owned(), ..Self::text(title, 3) }
    }

    /// The same column in Arrow, under a name.
    pub(super) fn field(&self, name: &str) -> Field {
        let kind = match self.holds {
            Holds::Text => DataType::Utf8,
            Holds::Number => DataType::Float64,
            Holds::Day => DataType::Date32,
            Holds::Time => DataType::Timestamp(TimeUnit::Microsecond, self.zone()),
        };
        Field::new(name, kind, true)
    }

    /// Its title with its unit, for programs that show numbers as they are.
    pub(super) fn heading(&self, language: Language) -> String {
        if self.unit.is_empty() { self.title.clone() } else { format!("{} ({})", self.title, language.say(&self.unit)) }
    }
}

/// How a metric of the report is defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Defined {
    /// Its name.
    pub metric: String,
    /// What it is called.
    pub title: String,
    /// The version of its definition.
    pub version: u32,
    /// What its value is in.
    pub unit: String,
    /// What it measures, and what it leaves out.
    pub description: String,
    /// How it is computed.
    pub formula: String,
    /// Where the definition comes from.
    pub source: String,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A report with these sections, and nothing else in it.
    pub(in crate::reports) fn paper(sections: Vec<Section>) -> Paper {
        let day = |text: &str| text.parse().unwrap();
        let cover = Cover {
            report: "test".into(),
            title: "Test".into(),
            description: String::new(),
            organization: "Acme".into(),
            sample: false,
            from: day("2026-03-01"),
            until: day("2026-04-01"),
            period: "March".into(),
            trend_from: day("2026-03-01"),
            grain: Grain::Month,
            compared: None,
            time_zone: "UTC".into(),
            as_of: 1_775_088_000_000_000,
            as_of_words: "2 April 2026, 00:00".into(),
            filter: Filter::default(),
            filter_words: "everything".into(),
            language: Language::English,
        };
        Paper { cover, headline: Vec::new(), sections, definitions: Vec::new(), sources: Vec::new(), notes: Vec::new() }
    }
}
