//! Risks and forecasts, which are frozen by the day: what a rule makes of them, and what it would have seen on earlier days.

use super::machine::Verdict;
use super::rule::{CalibrationCondition, ForecastCondition, RiskCondition};
use super::track::{Seen, Track};
use crate::Result;
use chrono::NaiveDate;
use pulse_engine::forecast;
use pulse_engine::metrics;
use pulse_engine::risk::{self, COMBINED, RiskFilter, Status};
use pulse_engine::row::{Row, Value};
use pulse_engine::session::Session;
use pulse_engine::{chance, percent};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::spawn_blocking;

impl RiskCondition {
    /// Whose risks are looked at.
    pub(super) fn filter(&self) -> RiskFilter {
        RiskFilter { projects: self.projects.clone(), teams: self.teams.clone(), ..RiskFilter::default() }
    }

    /// Whether it looks at what a rule about teams found, which is in no project.
    pub(super) fn is_of_teams(&self) -> Result<bool> {
        let is_named = |rule: &risk::Rule| self.rule.as_ref() == Some(&rule.name);
        Ok(risk::rules()?.iter().any(|rule| is_named(rule) && rule.subject == risk::Subject::Team))
    }

    /// What a project's status and score say.
    pub(super) fn judges(&self, status: &str, score: f64) -> Verdict {
        let off_track = Status::OffTrack.name();
        let is_so = match (self.status.as_deref(), self.score) {
            (None, Some(_)) => true,
            (Some(wanted), _) if wanted == off_track => status == off_track,
            _ => status != Status::OnTrack.name(),
        };
        let fires = is_so && self.score.is_none_or(|least| score >= least);
        if fires { Verdict::Fires } else { Verdict::Clear }
    }
}

impl ForecastCondition {
    /// What a probability of making the due date says, by the one up to which it has to come back.
    pub(super) fn judges(&self, probability: Option<f64>, clear_at: Option<f64>) -> Verdict {
        match probability {
            None => Verdict::Unknown,
            Some(probability) if probability < self.below => Verdict::Fires,
            Some(probability) if probability >= clear_at.unwrap_or(self.below) => Verdict::Clear,
            Some(_) => Verdict::Between,
        }
    }
}

/// What the check for drift says of forecasts of a kind, and in words.
pub(super) fn calibrated(drifted: Option<bool>) -> (Verdict, &'static str) {
    match drifted {
        Some(true) => (Verdict::Fires, "have lost their calibration"),
        Some(false) => (Verdict::Clear, "have not lost their calibration"),
        None => (Verdict::Unknown, "are too few to say whether they have lost their calibration"),
    }
}

/// Something that is due, by a forecast that was frozen.
pub(super) struct Promise {
    /// What tells it from the others.
    pub(super) key: String,
    /// What people call it.
    pub(super) name: String,
    /// The id of its project, if it has one.
    pub(super) project: String,
    /// The day that it is due.
    pub(super) due: NaiveDate,
    /// The day at whose beginning it was forecast.
    made: Option<NaiveDate>,
    /// How likely it is to be done by then.
    pub(super) probability: Option<f64>,
}

impl Promise {
    /// The one that a row of `facts.forecasts` is about, of these projects or, without any, of all. What is done, or not due, is late for
    /// nothing, and none.
    pub(super) fn of(row: &Row, projects: &BTreeSet<String>) -> Option<Self> {
        let text = |column: &str| row.text(column).map(str::to_owned);
        let project = text("project_id").unwrap_or_default();
        let wanted = projects.is_empty() || projects.contains(&project);
        let (kind, id) = text("subject_kind").zip(text("subject_id")).filter(|_| wanted)?;
        let due = row.date("due_on").filter(|_| row.int("remaining") != Some(0))?;
        let probability = match row.get("due_probability") {
            Value::Float(probability) => Some(*probability),
            _ => None,
        };
        let name = text("subject_name").unwrap_or_else(|| id.clone());
        Some(Self { key: format!("{kind}:{id}"), name, project, due, made: row.date("made_on"), probability })
    }

    /// What is told of it on a day, by the chance below which it is told.
    pub(super) fn said(&self, below: f64, today: NaiveDate) -> String {
        let Self { name, due, .. } = self;
        // What was late when it was forecast is kept by no chance.
        if self.made.is_some_and(|made| *due < made) {
            return format!("{name} was due on {due} and is not done.");
        }
        let (chance, limit) = (self.probability.map_or("unknown".to_owned(), chance), percent(below));
        if *due < today {
            format!(
                "{name} was due on {due}; the chance that it would be done by then was {chance}. The limit is {limit}."
            )
        } else {
            format!("{name} is due on {due}; the chance that it is done by then is {chance}. The limit is {limit}.")
        }
    }
}

/// What a rule about risks would have seen from a day on.
pub(super) async fn risks(session: &Session, of: &RiskCondition, from: NaiveDate) -> Result<Vec<Track>> {
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    let rule = of.rule.as_deref().unwrap_or(COMBINED);
    for said in risk::said(session, &of.filter(), rule, from).await? {
        // What is found of a team is of that team alone.
        let place = said.project_id.unwrap_or_else(|| said.subject_id.clone());
        let (key, name, verdict) = match (&of.rule, &said.status) {
            (None, Some(status)) => (String::new(), said.project, of.judges(status, said.score)),
            // A project that is gone is at no risk.
            (None, None) => (String::new(), said.project, Verdict::Clear),
            (Some(_), _) => {
                let fires = said.stood && said.score >= of.score.unwrap_or(0.0);
                let verdict = if fires { Verdict::Fires } else { Verdict::Clear };
                (format!("/{}", said.subject_id), Some(said.subject_id), verdict)
            }
        };
        let name = name.unwrap_or_else(|| place.clone());
        let seen = Seen { at: said.found_at, value: Some(said.score), verdict };
        see(&mut tracks, place + &key, name, seen);
    }
    Ok(tracks.into_values().collect())
}

/// What a rule about forecasts would have seen from a day on.
pub(super) async fn forecasts(
    session: &Session,
    of: &ForecastCondition,
    clear_at: Option<f64>,
    from: NaiveDate,
) -> Result<Vec<Track>> {
    let projects = metrics::projects(session, &of.projects).await?;
    Ok(promised(&forecast::made(session, from).await?, (of, &projects), clear_at))
}

/// What a rule about calibration would have seen at the beginnings of days, which are given with their instants.
pub(super) async fn calibrations(
    session: &Session,
    of: &CalibrationCondition,
    days: &[(NaiveDate, i64)],
) -> Result<Vec<Track>> {
    let rows = forecast::made(session, NaiveDate::MIN).await?;
    let wanted: Vec<NaiveDate> = days.iter().map(|(day, _)| *day).collect();
    // Each day goes through all forecasts anew.
    let cards = spawn_blocking(move || forecast::cards_on(&rows, &wanted)).await?;
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for ((_, at), cards) in days.iter().zip(cards) {
        for (kind, card) in cards.into_iter().filter(|(kind, _)| of.kinds.is_empty() || of.kinds.contains(kind)) {
            let (verdict, _) = calibrated(card.drifted);
            see(&mut tracks, kind.clone(), kind, Seen { at: *at, value: card.inside.p85.share(), verdict });
        }
    }
    Ok(tracks.into_values().collect())
}

/// What forecasts say, day by day: of what is forecast no more on a later day on which any was made, all is well.
fn promised(
    rows: &[Row],
    (of, projects): (&ForecastCondition, &BTreeSet<String>),
    clear_at: Option<f64>,
) -> Vec<Track> {
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for day in rows.chunk_by(|a, b| a.date("made_on") == b.date("made_on")) {
        let made_at = day.iter().filter_map(|row| match row.get("made_at") {
            Value::Time(at) => Some(*at),
            _ => None,
        });
        let Some(at) = made_at.max() else { continue };
        let mut gone: BTreeSet<String> = tracks.keys().cloned().collect();
        for promise in day.iter().filter_map(|row| Promise::of(row, projects)) {
            gone.remove(&promise.key);
            let verdict = of.judges(promise.probability, clear_at);
            see(&mut tracks, promise.key, promise.name, Seen { at, value: promise.probability, verdict });
        }
        for key in gone {
            see(&mut tracks, key, String::new(), Seen { at, value: None, verdict: Verdict::Clear });
        }
    }
    tracks.into_values().collect()
}

/// Notes what is seen of something; it has the name under which it was seen first.
pub(super) fn see(tracks: &mut BTreeMap<String, Track>, key: String, name: String, seen: Seen) {
    tracks.entry(key.clone()).or_insert_with(|| Track::of(key, name)).seen.push(seen);
}

#[cfg(test)]
mod tests {
    use super::Verdict::*;
    use super::*;
    use pulse_engine::entities::fact;

    fn judged(condition: &RiskCondition) -> Vec<Verdict> {
        let said = [("on_track", 0.1), ("at_risk", 0.4), ("off_track", 0.8)];
        said.into_iter().map(|(status, score)| condition.judges(status, score)).collect()
    }

    #[test]
    fn a_status_is_that_or_worse_and_a_score_is_from_it_on() {
        let of = |status: Option<&str>, score| RiskCondition {
            status: status.map(str::to_owned),
            score,
            ..RiskCondition::default()
        };
        assert_eq!(judged(&of(None, None)), [Clear, Fires, Fires]);
        assert_eq!(judged(&of(Some("off_track"), None)), [Clear, Clear, Fires]);
        assert_eq!(judged(&of(None, Some(0.1))), [Fires, Fires, Fires]);
        assert_eq!(judged(&of(Some("at_risk"), Some(0.5))), [Clear, Clear, Fires]);
    }

    #[test]
    fn calibration_that_nobody_can_tell_is_neither_lost_nor_found() {
        assert_eq!([Some(true), Some(false), None].map(|drifted| calibrated(drifted).0), [Fires, Clear, Unknown]);
    }

    #[test]
    fn what_is_due_on_a_day_that_is_over_was_due_on_it() {
        let day = |n| NaiveDate::from_ymd_opt(2026, 4, n).unwrap();
        let promise = |due: u32| Promise {
            key: "epic:e".to_owned(),
            name: "Checkout".to_owned(),
            project: "p".to_owned(),
            due: day(due),
            made: Some(day(20)),
            probability: (due >= 20).then_some(0.25),
        };
        let told = |due: u32| promise(due).said(0.5, day(22));
        assert_eq!(told(19), "Checkout was due on 2026-04-19 and is not done.");
        let chance = "; the chance that it would be done by then was 25 %. The limit is 50 %.";
        assert_eq!([told(20), told(21)], [20, 21].map(|due| format!("Checkout was due on 2026-04-{due}{chance}")));
        let ahead = "; the chance that it is done by then is 25 %. The limit is 50 %.";
        assert_eq!(told(22), format!("Checkout is due on 2026-04-22{ahead}"));
    }

    #[test]
    fn what_is_forecast_no_more_is_well_from_the_next_day_on_which_any_was_made() {
        let row = |id: &str, day: u32, chance: Option<f64>| {
            let made_on = NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
            Row::new(fact("forecasts").unwrap())
                .set("subject_kind", "epic")
                .set("subject_id", id)
                .set("made_on", made_on)
                .set("made_at", Value::Time(i64::from(day)))
                .set("remaining", 3_i64)
                .set("due_on", NaiveDate::from_ymd_opt(2026, 4, 1).unwrap())
                .set("due_probability", chance)
        };
        let rows = [
            row("a", 1, Some(0.6)),
            row("b", 1, Some(0.2)),
            row("a", 2, Some(0.4)),
            row("b", 2, None),
            row("a", 5, Some(0.55)).set("subject_name", "Checkout"),
        ];
        let of = ForecastCondition { below: 0.5, projects: Vec::new() };
        let told: Vec<(String, Vec<(i64, Verdict)>)> = promised(&rows, (&of, &BTreeSet::new()), Some(0.6))
            .into_iter()
            .map(|track| (track.key, track.seen.into_iter().map(|seen| (seen.at, seen.verdict)).collect()))
            .collect();
        let a = ("epic:a".to_owned(), vec![(1, Clear), (2, Fires), (5, Between)]);
        let b = ("epic:b".to_owned(), vec![(1, Fires), (2, Unknown), (5, Clear)]);
        assert_eq!(told, [a, b]);
        let others = BTreeSet::from(["p".to_owned()]);
        assert!(promised(&rows, (&of, &others), None).is_empty());
    }
}
