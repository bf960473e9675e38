//! What has no forecast of a day: told by a small question, so that a run that has nothing to freeze need not read all lives of all items.

use crate::lake::Progress;
use crate::metrics::instant;
use crate::session::Session;
use crate::session::values::{pairs, rows};
use crate::{Error, Result, calendar};
use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// What might be forecast on a day and is not, by kind and id, each with how many items it has from before that day. Some of it cannot be:
/// nothing of it is open.
pub(super) struct Left(BTreeMap<(String, String), i64>);

impl Left {
    /// What is left of a day, as a session sees it.
    pub(super) async fn of(session: &Session, day: NaiveDate, zone: Tz) -> Result<Self> {
        let beyond = || Error::Setting(format!("{day} has no beginning: it lies beyond the calendar"));
        let begins = calendar::instant(zone, day.and_time(NaiveTime::MIN)).ok_or_else(beyond)?;
        let there = include_str!("../../../sql/forecast/there.sql").replace("{day}", &instant(begins));
        let mut left = BTreeMap::new();
        for mut row in rows(session, &there).await? {
            if let (Some(kind), Some(id), Some(items)) = (row.text("kind"), row.text("id"), row.int("items")) {
                left.insert((kind, id), items);
            }
        }
        let frozen = format!("SELECT subject_kind, subject_id FROM facts.forecasts WHERE made_on = DATE '{day}'");
        for subject in pairs(session, &frozen).await? {
            left.remove(&subject);
        }
        Ok(Self(left))
    }

    /// Takes out a subject that has its forecast now.
    pub(super) fn remove(&mut self, kind: &str, id: &str) {
        self.0.remove(&(kind.to_owned(), id.to_owned()));
    }

    /// Its fingerprint, under which it is noted that a forecast of none of these can be made.
    pub(super) fn mark(&self) -> Progress {
        Progress::fingerprint("forecast:left", &self.0)
    }
}
