//! A forecast that somebody asks for. It is not frozen.

use super::freeze::Trust;
use super::run::{cards, records};
use super::simulate::forecast_while;
use super::subject::Subject;
use super::{History, Kind, Outcome, Question, Record, Scorecard, State, WhatIf, input, rows};
use crate::entities::fact;
use crate::metrics::{Dimension, Filter, names};
use crate::row::{self, Row};
use crate::session::Session;
use crate::session::values::pairs;
use crate::{Clock, Error, Result, Settings};
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// What a forecast is about.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// One thing, by its kind and its id.
    One(Kind, String),
    /// All items that a filter leaves.
    Items(Filter),
}

impl About {
    /// What is named by its kind, and by its id or, of [`Kind::Items`], by a filter.
    ///
    /// # Errors
    /// [`Error::Question`] when the kind is named in the other way.
    pub fn named(kind: Kind, id: Option<String>, filter: Filter) -> Result<Self> {
        let is_filtered = filter.dimensions().next().is_some();
        let name = kind.name();
        match (kind, id) {
            (Kind::Items, None) => Ok(About::Items(filter)),
            (Kind::Items, Some(_)) => Err(Error::Question(
                "`items` have no id: name what they are of, such as a project, or nothing for all of them".to_owned(),
            )),
            (_, Some(_)) if is_filtered => Err(Error::Question(format!(
                "a {name} is named by its id alone: ask for `items` to have those that a filter leaves"
            ))),
            (kind, Some(id)) => Ok(About::One(kind, id)),
            (_, None) => Err(Error::Question(format!("which {name}? It is named by its id"))),
        }
    }
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// What it is about.
    pub about: About,
    /// Whether scope grows as it did.
    pub growth: bool,
    /// The day by which it is to be done; `None` for the one that it is due on, if it is.
    pub due: Option<NaiveDate>,
    /// A day: how many items will be done by its end?
    pub by: Option<NaiveDate>,
    /// What is supposed to be otherwise.
    pub what_if: WhatIf,
    /// How many items may be in progress at once, if that is to be limited.
    pub limit: Option<f64>,
}

impl Ask {
    /// When will it be done, as things are?
    pub fn of(about: About) -> Self {
        Self { about, growth: true, due: None, by: None, what_if: WhatIf::default(), limit: None }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The name of what it is about.
    pub name: String,
    /// The day at whose beginning everything is as it was known.
    pub made_on: NaiveDate,
    /// Items that are open.
    pub remaining: u32,
    /// Items in progress at the end of a working day, on average.
    pub in_progress: Option<f64>,
    /// What it rests on.
    pub history: History,
    /// The day that it is due.
    pub due: Option<NaiveDate>,
    /// What came out; `None` without enough history.
    pub outcome: Option<Outcome>,
    /// Why there is no forecast, or no probability of the due day.
    pub reason: Option<String>,
    /// How the frozen forecasts of that kind have done, of those that may be seen; of what is never frozen there are none.
    pub card: Scorecard,
}

/// Answers over what a session shows.
///
/// # Errors
/// [`Error::Question`] when there is no such subject to be seen, or what is asked makes no sense; else as
/// [`Session::collect`].
pub async fn ask(session: &Session, ask: &Ask, settings: &Settings, clock: Clock) -> Result<Answer> {
    check(ask)?;
    let beyond =
        || Error::Question("the clock stands beyond the calendar, so that there is no day to forecast on".to_owned());
    let today = rows::day(settings.time_zone, clock.now()).ok_or_else(beyond)?;
    let (subject, card) = match &ask.about {
        About::One(kind, id) => {
            let subject = one(session, (*kind, id.as_str()), settings).await?;
            (subject, cards(&all(session).await?).remove(kind.name()))
        }
        About::Items(filter) => (input::filtered(session, filter, settings.time_zone).await?, None),
    };
    let card = card.unwrap_or_else(|| Scorecard::of([]));
    let (ask, settings) = (ask.clone(), settings.clone());
    let answer = move |goes_on: &dyn Fn() -> bool| {
        let is_working = |day| settings.calendar.is_working_day(day);
        let State { history, open, in_progress } = subject.as_of(today, &is_working);
        let what_if = match ask.limit.zip(in_progress) {
            Some((limit, now)) => ask.what_if.limited(limit, now),
            None => ask.what_if,
        };
        let due = ask.due.or(subject.due);
        let question = Question { growth: ask.growth, due, by: ask.by, what_if, ..Question::of(open) };
        let mut reason = subject.lack(&history);
        let mut outcome = reason.is_none().then(|| forecast_while(goes_on, &history, &question, &is_working));
        // That a day which is over is missed needs no skill to be told.
        let is_ahead = due.is_some_and(|due| due >= today);
        if let Some(outcome) = outcome.as_mut().filter(|outcome| is_ahead && outcome.due_probability.is_some()) {
            reason = Trust::of(goes_on, &subject, &card, today, &is_working).reason();
            outcome.due_probability = outcome.due_probability.filter(|_| reason.is_none());
        }
        Answer { name: subject.name, made_on: today, remaining: open, in_progress, history, due, outcome, reason, card }
    };
    while_waited_for(answer).await
}

/// What `work` comes to on a thread of its own. It asks from time to time whether anybody waits for it still, and ends early when nobody
/// does: a thread cannot be stopped from outside.
async fn while_waited_for<T>(work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static) -> Result<T>
where
    T: Send + 'static,
{
    let (gone, _waits) = oneshot::channel::<()>();
    Ok(spawn_blocking(move || work(&|| !gone.is_closed())).await?)
}

/// The subject of that kind and id.
pub(super) async fn one(session: &Session, (kind, id): (Kind, &str), settings: &Settings) -> Result<Subject> {
    let subjects = input::subjects(session, settings).await?;
    let subject = subjects.into_iter().find(|subject| subject.kind == kind && subject.id == id);
    subject.ok_or_else(|| {
        let kind = kind.name();
        let known = format!("SELECT subject_id, subject_name FROM facts.forecasts WHERE subject_kind = '{kind}'");
        Error::Question(format!("there is no {kind} `{id}` that you may see; `{known}` lists those that there are"))
    })
}

fn check(ask: &Ask) -> Result<()> {
    let refuse = |reason: &str| Err(Error::Question(reason.to_owned()));
    if !(ask.what_if.pace.is_finite() && ask.what_if.pace >= 0.0) {
        return refuse("the pace is a number from 0 on: 1 is as it is, 1.5 half as much again");
    }
    if ask.limit.is_some_and(|limit| !(limit.is_finite() && limit >= 0.0)) {
        return refuse("the limit on work in progress is a number of items, from 0 on");
    }
    Ok(())
}

/// How old the newest forecast may be: as of a later day nothing stands any more.
pub const STANDS_FOR: Days = Days::new(14);

/// The forecasts that were frozen, as far as they may be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frozen {
    /// Those that stand, as rows of `facts.forecasts`, in the order of kinds and ids: of what was open on the last day on which any
    /// was made. Of what is done or over none is made any more.
    pub standing: Vec<Row>,
    /// What stood of each of them a week before, in the same order: the newest that was made by then, and not more than another week before.
    pub before: Vec<Row>,
    /// The day that was asked for, which may be some days after they were made.
    pub day: Option<NaiveDate>,
    /// Whether any was made after the day that was asked for.
    pub later: bool,
    /// How all of a kind have done, by its name.
    pub records: BTreeMap<String, Record>,
}

/// The frozen forecasts that a session shows as they stood on a day, of the projects and teams of a filter.
///
/// # Errors
/// [`Error::Question`] when the filter names what is not known; else as [`Session::collect`].
pub async fn frozen(session: &Session, filter: &Filter, day: NaiveDate) -> Result<Frozen> {
    let mut rows = all(session).await?;
    let last = last_by(&rows, day);
    for (dimension, column) in [(Dimension::Project, "project_id"), (Dimension::Team, "team_id")] {
        let texts = filter.of(dimension);
        if !texts.is_empty() {
            let wanted = names::resolve(session, dimension, texts).await?;
            rows.retain(|row| wanted.holds(row.text(column)));
        }
    }
    let owning = filter.of(Dimension::OwningTeam);
    if !owning.is_empty() {
        let wanted = names::resolve(session, Dimension::OwningTeam, owning).await?;
        let owners = "SELECT id, team_id FROM core.projects WHERE deleted_at IS NULL";
        let owners: BTreeMap<String, String> = pairs(session, owners).await?.into_iter().collect();
        let owner = |row: &Row| owners.get(row.text("project_id")?).map(String::as_str);
        rows.retain(|row| wanted.holds(owner(row)));
    }
    let later = rows.iter().any(|row| row.date("made_on").is_some_and(|made| made > day));
    let records = records(&rows);
    let (standing, others) = parted(rows, last, day);
    let before = last.map_or_else(Vec::new, |last| a_week_before(&standing, &others, last));
    Ok(Frozen { standing, before, day: Some(day), later, records })
}

/// Those that stand on a day, as [`Frozen::standing`] has them, without all that were made before; `None` where none was made within
/// [`STANDS_FOR`]: then they do not say that nothing is open.
///
/// # Errors
/// As [`Session::collect`].
pub async fn standing(session: &Session, day: NaiveDate) -> Result<Option<Vec<Row>>> {
    let since = day.checked_sub_days(STANDS_FOR).unwrap_or(day);
    let which = format!(" WHERE made_on > DATE '{since}' AND made_on <= DATE '{day}'");
    let rows = rows_of(session, &which).await?;
    Ok(last_by(&rows, day).map(|last| parted(rows, Some(last), day).0))
}

/// The day on which any was made last by a day, unless that is too long ago. It is told by all that may be seen: of what is over there is
/// nothing of that day.
fn last_by(rows: &[Row], day: NaiveDate) -> Option<NaiveDate> {
    let last = rows.iter().filter_map(|row| row.date("made_on")).filter(|made| *made <= day).max();
    last.filter(|last| last.checked_add_days(STANDS_FOR).is_none_or(|until| day < until))
}

/// Those of the last day whose subjects are open on a day, in the order of kinds and ids, and all others.
fn parted(rows: Vec<Row>, last: Option<NaiveDate>, day: NaiveDate) -> (Vec<Row>, Vec<Row>) {
    let is_open = |row: &Row| row.date("done_on").is_none_or(|done| done > day);
    let stands = |row: &Row| row.date("made_on") == last && last.is_some() && is_open(row);
    let (mut standing, others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(stands);
    standing.sort_by(|a, b| subject(a).cmp(&subject(b)));
    (standing, others)
}

/// What a forecast is of.
fn subject(row: &Row) -> [Option<&str>; 2] {
    ["subject_kind", "subject_id"].map(|column| row.text(column))
}

/// Of what stands on a day, what stood a week before.
fn a_week_before(standing: &[Row], others: &[Row], day: NaiveDate) -> Vec<Row> {
    let by = |days| day.checked_sub_days(Days::new(days));
    let Some((after, until)) = by(14).zip(by(7)) else { return Vec::new() };
    let mut newest: BTreeMap<[Option<&str>; 2], (NaiveDate, &Row)> = BTreeMap::new();
    for (made, row) in others.iter().filter_map(|row| Some((row.date("made_on")?, row))) {
        let known = newest.get(&subject(row)).map(|(made, _)| *made);
        if after < made && made <= until && known.is_none_or(|known| known < made) {
            newest.insert(subject(row), (made, row));
        }
    }
    standing.iter().filter_map(|row| newest.get(&subject(row)).map(|(_, before)| (*before).clone())).collect()
}

/// The frozen forecasts that a session shows that were made from a day on, as rows of `facts.forecasts`, in the order of their days.
///
/// # Errors
/// As [`Session::collect`].
pub async fn made(session: &Session, from: NaiveDate) -> Result<Vec<Row>> {
    let mut rows = all(session).await?;
    rows.retain(|row| row.date("made_on").is_some_and(|made| made >= from));
    rows.sort_by_key(|row| row.date("made_on"));
    Ok(rows)
}

async fn all(session: &Session) -> Result<Vec<Row>> {
    rows_of(session, "").await
}

/// The rows of `facts.forecasts` of which a condition holds: ` WHERE …`, or nothing.
async fn rows_of(session: &Session, which: &str) -> Result<Vec<Row>> {
    let entity = fact("forecasts")?;
    let mut rows = Vec::new();
    for batch in session.collect(&format!("SELECT * FROM facts.forecasts{which}")).await? {
        rows.extend(row::rows(entity, &batch)?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_named_by_its_id_and_items_by_a_filter() {
        let shop = || Filter { projects: vec!["shop".to_owned()], ..Filter::default() };
        let named = |kind, id: Option<&str>, filter| About::named(kind, id.map(str::to_owned), filter);
        let epic = named(Kind::Epic, Some("e"), Filter::default()).unwrap();
        assert_eq!(epic, About::One(Kind::Epic, "e".to_owned()));
        assert_eq!(named(Kind::Items, None, shop()).unwrap(), About::Items(shop()));
        assert_eq!(named(Kind::Items, None, Filter::default()).unwrap(), About::Items(Filter::default()));
        for (kind, id, filter, why) in [
            (Kind::Items, Some("shop"), Filter::default(), "have no id"),
            (Kind::Epic, Some("e"), shop(), "by its id alone"),
            (Kind::Epic, None, shop(), "which epic?"),
        ] {
            let refused = named(kind, id, filter).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_told_so() {
        let ((begun, begins), (ended, ends)) = (oneshot::channel(), oneshot::channel());
        let waits = tokio::spawn(while_waited_for(move |goes_on| {
            begun.send(()).unwrap();
            let looks = std::iter::repeat_with(|| {
                std::thread::sleep(std::time::Duration::from_millis(1));
                goes_on()
            });
            ended.send(looks.take(10_000).any(|goes_on| !goes_on)).unwrap();
        }));
        begins.await.unwrap();
        waits.abort();
        assert!(ends.await.unwrap(), "it went on for ten seconds");
        assert!(while_waited_for(|goes_on| goes_on()).await.unwrap());
    }

    #[test]
    fn a_week_before_is_the_newest_of_that_day_or_of_the_week_before_it() {
        let day = |n| NaiveDate::from_ymd_opt(2026, 6, n).unwrap();
        let of = |id: &str, made: u32| {
            let row = Row::new(fact("forecasts").unwrap()).set("subject_kind", "project").set("subject_id", id);
            row.set("made_on", day(made))
        };
        let standing = [of("a", 22), of("b", 22), of("c", 22)];
        // Of `b` there is one of a day too late and one of a day too early, of `c` none.
        let others = [of("a", 9), of("a", 15), of("a", 12), of("a", 21), of("b", 16), of("b", 8), of("x", 15)];
        let before = a_week_before(&standing, &others, day(22));
        let found: Vec<_> = before.iter().map(|row| (row.text("subject_id"), row.date("made_on"))).collect();
        assert_eq!(found, [(Some("a"), Some(day(15)))]);
    }
}
