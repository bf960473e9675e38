//! What the forecasts that stand say, in a paragraph made by rules.
//!
//! Told are the due days that are less likely than not: those that are ahead, the least likely first, then those that are over, the last one
//! first; then what moved: the 85 % days that are a week or more from where they stood a week before, with what is open now and was then; then
//! the kinds whose forecasts have lost their calibration.

use super::story::{Clause, Paragraph};
use crate::texts::Language;
use chrono::NaiveDate;
use pulse_engine::counted;
use pulse_engine::forecast::{Count, Frozen, Record};
use pulse_engine::row::{Row, Value};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The page of forecasts.
pub const FORECAST: &str = "forecast";
/// Below which chance a due day is told.
const UNLIKELY: f64 = 0.5;
/// By how many days in a week, at least, an 85 % day moves that is told.
const FAR: i64 = 7;

/// What the forecasts say that stand.
pub fn of_forecasts(frozen: &Frozen, language: Language) -> Paragraph {
    let mut clauses = unlikely(frozen, language);
    clauses.extend(moved(frozen, language));
    clauses.extend(uncalibrated(frozen, language));
    if clauses.is_empty() {
        let text = if frozen.standing.is_empty() {
            language.say("Nothing is forecast yet.")
        } else {
            language.say("No due day has a chance below 50 %, and no 85 % day moved by a week or more.")
        };
        clauses.push(clause(text.to_owned(), None));
    }
    Paragraph { clauses }
}

/// A sentence on one forecast or on all, and the request that answers with the forecasts of its project, or with all.
fn clause(text: String, forecast: Option<&Row>) -> Clause {
    let address = "/api/v1/forecasts";
    let of = |project| url::form_urlencoded::Serializer::new(String::new()).append_pair("project", project).finish();
    let href = forecast
        .and_then(|row| row.text("project_id"))
        .map_or_else(|| address.to_owned(), |project| format!("{address}?{}", of(project)));
    Clause { text, metric: "forecast".to_owned(), version: forecast.and_then(|row| row.int("rules")), href }
}

fn name(row: &Row) -> &str {
    row.text("subject_name").or_else(|| row.text("subject_id")).unwrap_or_default()
}

/// The due day that was over when a forecast was made: no chance keeps it.
fn late_since(row: &Row) -> Option<NaiveDate> {
    row.date("due_on").zip(row.date("made_on")).filter(|(due, made)| due < made).map(|(due, _)| due)
}

/// The due days that are less likely than not.
fn unlikely(frozen: &Frozen, language: Language) -> Vec<Clause> {
    let told = |row| match Row::get(row, "due_probability") {
        Value::Float(chance) if *chance < UNLIKELY => Some((*chance, row)),
        _ => None,
    };
    let mut all: Vec<(f64, &Row)> = frozen.standing.iter().filter_map(told).collect();
    // Forecasts may be older than the day that is told of: what was ahead when they were made may be over.
    let is_past = |day: &NaiveDate| frozen.day.is_some_and(|today| *day < today);
    let over = |row: &Row| late_since(row).or_else(|| row.date("due_on").filter(is_past));
    // What is ahead can still be kept; what was due long ago, and may be forgotten, is told at the end.
    all.sort_by(|(a, one), (b, other)| {
        let (one, other) = (over(one).map(Reverse), over(other).map(Reverse));
        one.cmp(&other).then(a.total_cmp(b))
    });
    let sentence = |(chance, row): (f64, &Row)| {
        let due = row.date("due_on").map(|due| language.day(due)).unwrap_or_default();
        let (was_late, is_over) = (late_since(row).is_some(), over(row).is_some());
        // An 85 % day that is over with it says nothing of what is to come.
        let p85 = row.date("p85_on");
        let day = p85.filter(|day| !is_over || !is_past(day)).map(|day| language.day(day));
        let text = match (was_late, is_over, day.is_some()) {
            // Without a history no day was looked for; one that is over is none to wait for.
            (true, _, false) if p85.is_some() || row.int("runs").is_none() => {
                "{name} was due on {due} and is not done."
            }
            (true, _, true) => "{name} was due on {due} and is not done, and it is 85 % likely to be done by {day}.",
            (true, _, false) => "{name} was due on {due} and is not done, and no day within five years is 85 % likely.",
            (false, true, true) => {
                "{name} was due on {due}; the chance that it would be done by then was {chance}, and it is 85 % likely to be done by {day}."
            }
            (false, true, false) => "{name} was due on {due}; the chance that it would be done by then was {chance}.",
            (false, false, true) => {
                "{name} is due on {due}; the chance that it is done by then is {chance}, and it is 85 % likely to be done by {day}."
            }
            (false, false, false) => {
                "{name} is due on {due}; the chance that it is done by then is {chance}, and no day within five years is 85 % likely."
            }
        };
        let chance = language.chance(chance);
        let day = day.unwrap_or_default();
        let values: [(&str, &str); 4] = [("name", name(row)), ("due", &due), ("chance", &chance), ("day", &day)];
        clause(language.fill(text, &values), Some(row))
    };
    all.into_iter().map(sentence).collect()
}

/// The 85 % days that moved within a week, those first that are gone, then those that are the most days later.
fn moved(frozen: &Frozen, language: Language) -> Vec<Clause> {
    let subject = |row: &Row| ["subject_kind", "subject_id"].map(|column| row.text(column).map(str::to_owned));
    let before: BTreeMap<_, &Row> = frozen.before.iter().map(|row| (subject(row), row)).collect();
    let mut all = Vec::new();
    for row in &frozen.standing {
        let Some(before) = before.get(&subject(row)) else { continue };
        let Some(was) = before.date("p85_on") else { continue };
        // Without a history there is no day at all, and the reason says so.
        let Some(open) = row.int("remaining").filter(|_| row.int("runs").is_some()) else { continue };
        let later = row.date("p85_on").map(|day| (day - was).num_days());
        if later.is_some_and(|days| days.abs() < FAR) {
            continue;
        }
        let text = match later {
            None => {
                "{name} has no 85 % day within five years any more; a week before it was {was}. Open: {open}, after {before}."
            }
            Some(days) if days > 0 => {
                "The 85 % day of {name} is {day}, {days} days later than a week before. Open: {open}, after {before}."
            }
            Some(_) => {
                "The 85 % day of {name} is {day}, {days} days earlier than a week before. Open: {open}, after {before}."
            }
        };
        let day = row.date("p85_on").map(|day| language.day(day)).unwrap_or_default();
        let days = later.unwrap_or_default().abs().to_string();
        let (was, open) = (language.day(was), language.counted(&counted(open, "item", "items")));
        let before = before.int("remaining").unwrap_or_default().to_string();
        let values: [(&str, &str); 6] =
            [("name", name(row)), ("day", &day), ("days", &days), ("was", &was), ("open", &open), ("before", &before)];
        all.push((Reverse(later.unwrap_or(i64::MAX)), clause(language.fill(text, &values), Some(row))));
    }
    all.sort_by_key(|(days, _)| *days);
    all.into_iter().map(|(_, clause)| clause).collect()
}

/// The kinds whose forecasts have lost their calibration.
fn uncalibrated(frozen: &Frozen, language: Language) -> Vec<Clause> {
    let lost = frozen.records.iter().filter(|(_, record)| record.all.drifted == Some(true));
    let sentence = |(kind, record): (&String, &Record)| {
        let p85 = record.all.inside.p85;
        let (hits, of) = (p85.hits.to_string(), p85.of.to_string());
        let values: [(&str, &str); 3] = [("kind", language.say(kind)), ("hits", &hits), ("of", &of)];
        let text = "Forecasts of the kind {kind} have lost their calibration: of all that are over, {hits} of {of} were done by their 85 % day.";
        clause(language.fill(text, &values), None)
    };
    lost.map(sentence).collect()
}

/// How the earlier forecasts of each kind have done of which any is over, one sentence a kind: what stands beside forecasts.
pub(crate) fn records(frozen: &Frozen, language: Language) -> Vec<String> {
    let over = frozen.records.iter().map(|(kind, record)| (kind, record.all.inside.p85)).filter(|(_, p85)| p85.of > 0);
    let sentence = |(kind, p85): (&String, Count)| {
        let (hits, of) = (p85.hits.to_string(), p85.of.to_string());
        let values: [(&str, &str); 3] = [("kind", language.say(kind)), ("hits", &hits), ("of", &of)];
        let text = "Of the forecasts of the kind {kind} that are over, {hits} of {of} were done by their 85 % day.";
        language.fill(text, &values)
    };
    over.map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::entities::fact;
    use pulse_engine::forecast::{Scorecard, Series};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A forecast of a project: its 85 % day, and how much is open.
    fn of(id: &str, p85: Option<&str>, open: i64) -> Row {
        let row = Row::new(fact("forecasts").unwrap()).set("subject_kind", "project").set("subject_id", id);
        let row = row
            .set("subject_name", id.to_uppercase())
            .set("project_id", id)
            .set("runs", 10_000_i64)
            .set("rules", 1_i64);
        row.set("p85_on", p85.map(day)).set("remaining", open)
    }

    fn due(row: Row, on: &str, chance: f64) -> Row {
        row.set("due_on", day(on)).set("due_probability", chance)
    }

    fn texts(frozen: &Frozen, language: Language) -> Vec<String> {
        of_forecasts(frozen, language).clauses.into_iter().map(|clause| clause.text).collect()
    }

    #[test]
    fn unlikely_due_days_are_told_first_and_then_what_moved() {
        let frozen = Frozen {
            standing: vec![
                due(of("a", Some("2026-07-20"), 9), "2026-07-01", 0.49),
                due(of("b", None, 30), "2026-07-01", 0.002),
                due(of("c", Some("2026-06-20"), 4), "2026-07-01", 0.5),
                of("d", Some("2026-06-07"), 1),
                of("e", Some("2026-06-16"), 5),
            ],
            before: vec![
                of("a", Some("2026-07-06"), 7),
                of("b", Some("2026-08-01"), 20),
                // Six days are not told.
                of("c", Some("2026-06-14"), 4),
                of("d", Some("2026-06-14"), 8),
                // It had no day before.
                of("e", None, 5),
            ],
            ..Frozen::default()
        };
        assert_eq!(
            texts(&frozen, Language::English),
            [
                "B is due on 2026-07-01; the chance that it is done by then is less than 1 %, and no day within five years is 85 % likely.",
                "A is due on 2026-07-01; the chance that it is done by then is 49 %, and it is 85 % likely to be done by 2026-07-20.",
                "B has no 85 % day within five years any more; a week before it was 2026-08-01. Open: 30 items, after 20.",
                "The 85 % day of A is 2026-07-20, 14 days later than a week before. Open: 9 items, after 7.",
                "The 85 % day of D is 2026-06-07, 7 days earlier than a week before. Open: 1 item, after 8.",
            ]
        );
        let german = texts(&frozen, Language::German);
        assert_eq!(
            german.first().map(String::as_str),
            Some(
                "B ist am 01.07.2026 fällig; die Aussicht, bis dahin fertig zu sein, ist unter 1 %, und innerhalb von fünf Jahren ist kein Tag zu 85 % wahrscheinlich."
            )
        );
        let clauses = of_forecasts(&frozen, Language::English).clauses;
        let told = |clause: &Clause| (clause.metric.clone(), clause.version, clause.href.clone());
        assert_eq!(told(&clauses[0]), ("forecast".into(), Some(1), "/api/v1/forecasts?project=b".into()));
    }

    #[test]
    fn what_was_due_before_it_was_forecast_is_told_without_a_chance() {
        let made = |row: Row| row.set("made_on", day("2026-06-08"));
        let standing = vec![
            made(due(of("a", Some("2026-07-20"), 9), "2026-06-07", 0.0)),
            made(due(of("b", None, 30), "2026-06-07", 0.0)),
            made(due(of("c", None, 30), "2026-06-08", 0.0)),
            // Of this one nothing but that is known.
            made(due(of("d", None, 30), "2026-06-01", 0.0)).set("runs", Value::Null),
            made(due(of("e", Some("2026-07-20"), 9), "2025-05-30", 0.0)),
            made(due(of("f", Some("2026-07-20"), 9), "2026-07-01", 0.25)),
        ];
        let late = Frozen { standing, ..Frozen::default() };
        assert_eq!(
            texts(&late, Language::English),
            [
                // What can still be kept is told first, and at the end what was due a year ago.
                "C is due on 2026-06-08; the chance that it is done by then is less than 1 %, and no day within five years is 85 % likely.",
                "F is due on 2026-07-01; the chance that it is done by then is 25 %, and it is 85 % likely to be done by 2026-07-20.",
                "A was due on 2026-06-07 and is not done, and it is 85 % likely to be done by 2026-07-20.",
                "B was due on 2026-06-07 and is not done, and no day within five years is 85 % likely.",
                "D was due on 2026-06-01 and is not done.",
                "E was due on 2025-05-30 and is not done, and it is 85 % likely to be done by 2026-07-20.",
            ]
        );
        let german = texts(&late, Language::German);
        assert_eq!(
            german.get(2).map(String::as_str),
            Some(
                "A war am 07.06.2026 fällig und ist nicht fertig, und mit einer Aussicht von 85 % ist es bis 20.07.2026 fertig."
            )
        );
        assert_eq!(german.get(4).map(String::as_str), Some("D war am 01.06.2026 fällig und ist nicht fertig."));
    }

    #[test]
    fn what_has_become_due_since_it_was_forecast_was_due() {
        let made = |row: Row| row.set("made_on", day("2026-06-08"));
        let standing = vec![
            made(due(of("a", Some("2026-07-20"), 9), "2026-06-09", 0.25)),
            // Its 85 % day is over, too; and there is none.
            made(due(of("b", Some("2026-06-09"), 9), "2026-06-08", 0.25)),
            made(due(of("c", None, 30), "2026-06-08", 0.0)),
            // It is due on the day that is told of.
            made(due(of("d", Some("2026-07-20"), 9), "2026-06-10", 0.25)),
            // It was late by then, and the day by which it would be done is over.
            made(due(of("e", Some("2026-06-09"), 9), "2026-06-01", 0.0)),
        ];
        let frozen = Frozen { standing, day: Some(day("2026-06-10")), ..Frozen::default() };
        assert_eq!(
            texts(&frozen, Language::English),
            [
                "D is due on 2026-06-10; the chance that it is done by then is 25 %, and it is 85 % likely to be done by 2026-07-20.",
                "A was due on 2026-06-09; the chance that it would be done by then was 25 %, and it is 85 % likely to be done by 2026-07-20.",
                "C was due on 2026-06-08; the chance that it would be done by then was less than 1 %.",
                "B was due on 2026-06-08; the chance that it would be done by then was 25 %.",
                "E was due on 2026-06-01 and is not done.",
            ]
        );
        let german = texts(&frozen, Language::German);
        assert_eq!(
            german[1..3],
            [
                "A war am 09.06.2026 fällig; die Aussicht, bis dahin fertig zu sein, war 25 %, und mit einer von 85 % ist es bis 20.07.2026 fertig.",
                "C war am 08.06.2026 fällig; die Aussicht, bis dahin fertig zu sein, war unter 1 %.",
            ]
        );
    }

    #[test]
    fn where_nothing_is_unlikely_and_nothing_moved_that_is_told() {
        assert_eq!(texts(&Frozen::default(), Language::English), ["Nothing is forecast yet."]);
        let standing = vec![due(of("a", Some("2026-06-20"), 4), "2026-07-01", 0.5)];
        let calm = Frozen { standing, ..Frozen::default() };
        let told = "No due day has a chance below 50 %, and no 85 % day moved by a week or more.";
        assert_eq!(texts(&calm, Language::English), [told]);
    }

    #[test]
    fn how_a_kind_has_done_stands_beside_it_and_lost_calibration_is_told() {
        let record = |drifted, hits| {
            let inside = Series { p85: Count { hits, of: 40 }, ..Series::default() };
            Record { all: Scorecard { inside, drifted, ..Scorecard::of([]) }, ..Record::of(&[]) }
        };
        let records =
            [("epic", record(Some(true), 24)), ("project", record(Some(false), 34)), ("sprint", record(None, 3))];
        let records = records.map(|(kind, record)| (kind.to_owned(), record));
        let frozen = Frozen { records: records.into(), ..Frozen::default() };
        let each = ["epic", "project", "sprint"].into_iter().zip([24, 34, 3]);
        let beside = each.map(|(kind, hits)| {
            format!("Of the forecasts of the kind {kind} that are over, {hits} of 40 were done by their 85 % day.")
        });
        assert_eq!(super::records(&frozen, Language::English), beside.collect::<Vec<_>>());
        let told = "Forecasts of the kind epic have lost their calibration: of all that are over, 24 of 40 were done by their 85 % day.";
        assert_eq!(texts(&frozen, Language::English), [told]);
        let of_none = Frozen { records: [("epic".to_owned(), Record::of(&[]))].into(), ..Frozen::default() };
        assert!(super::records(&of_none, Language::English).is_empty());
    }
}
