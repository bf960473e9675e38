//! Deployments that wait for longer than their list is read back: for a person, or for a day. Each is asked for by its id until it comes
//! to an end. Many come to none, as nobody tells how they went: so the youngest are asked for, and not for ever. One that failed may be
//! tried again, of which its list says nothing where younger ones are: so it is asked for, too, for a while.

use super::cursor::micros;
use super::listing::{DAY, Listing, MINUTE};
use super::operation::WAITING_DEPLOYMENTS;
use super::reader::Reader;
use super::untold::{Failing, Untold};
use crate::net::Trouble;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How many are asked for at most, of one repository and at once: GitHub takes no more ids.
const MOST: usize = 100;
/// How long one is asked for after it was made: GitHub lets a run wait for a person for thirty days.
const LONGEST: i64 = 60 * DAY;
/// How often they are asked for.
const EVERY: i64 = 6 * 60 * MINUTE;
/// How long one that failed is asked for, after its last status.
const AGAIN: i64 = 7 * DAY;

/// How far one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It came to no end yet.
    UnderWay,
    /// It failed not long ago, and may be tried again.
    Failed,
    /// Nothing more is to be heard of it.
    Over,
}

impl Stage {
    /// How far a deployment is, at a time.
    pub(super) fn of(deployment: &Value, at: i64) -> Self {
        let statuses = deployment["statuses"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let was = |states: [&str; 2]| {
            statuses.iter().filter_map(|status| status["state"].as_str()).any(|state| states.contains(&state))
        };
        let last = statuses.iter().filter_map(|status| micros(status["createdAt"].as_str()?)).max();
        let has_failed = was(["FAILURE", "ERROR"]);
        let is_over = was(["SUCCESS", "INACTIVE"]) || (has_failed && last.is_none_or(|last| at - last >= AGAIN));
        match (is_over, has_failed) {
            (true, _) => Self::Over,
            (false, true) => Self::Failed,
            (false, false) => Self::UnderWay,
        }
    }
}

/// Those that were under way, or had failed not long ago, when they were last read, by their node ids.
pub(super) type Waiting = BTreeMap<String, Stands>;

/// When one was made, in microseconds since 1970, and when it had last changed as it was landed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Stands {
    made: i64,
    changed: Option<String>,
    /// Whether it had failed. Earlier versions asked for none of these.
    #[serde(default)]
    failed: bool,
}

impl Stands {
    fn of(deployment: &Value, stage: Stage) -> Option<(String, Self)> {
        let made = deployment["createdAt"].as_str().and_then(micros)?;
        let changed = deployment["updatedAt"].as_str().map(str::to_owned);
        Some((deployment["id"].as_str()?.to_owned(), Self { made, changed, failed: stage == Stage::Failed }))
    }
}

/// Takes in one that is so far at a time, of a list that is read from the youngest on, unless it is over.
pub(super) fn note(waiting: &mut Waiting, deployment: &Value, stage: Stage, at: i64) {
    if stage != Stage::Over && waiting.len() < MOST {
        waiting.extend(Stands::of(deployment, stage).filter(|(_, stands)| stands.made >= at - LONGEST));
    }
}

/// Those that were met in a list, and of those before the ones that are older than it was read back to: as many as are asked for.
pub(super) fn joined(before: Waiting, met: Waiting, floor: i64) -> Waiting {
    let older = before.into_iter().filter(|(_, stands)| stands.made < floor);
    let mut all: Vec<(String, Stands)> = older.chain(met).collect();
    all.sort_by_key(|(_, stands)| Reverse(stands.made));
    all.truncate(MOST);
    all.into_iter().collect()
}

impl Reader<'_> {
    /// Asks for those that are still under way and that a reading of what is new comes by no more, and for those that failed: what is
    /// new may be none of theirs for as long.
    pub(super) async fn waiting(&mut self, listing: &Listing) -> Result<(), Trouble> {
        let Some(reach) = self.part.lists.get(listing.stream) else { return Ok(()) };
        let floor = reach.created.as_deref().and_then(micros).map_or(i64::MIN, |at| at - listing.order.lately());
        let mut asked = reach.waiting.clone();
        asked.retain(|_, stands| stands.made < floor || stands.failed);
        let is_soon = |at: i64| self.probe.at - at < EVERY;
        if asked.is_empty() || reach.asked.is_some_and(is_soon) {
            return Ok(());
        }
        let (nodes, mut still, at) = self.of_ids(listing, &asked).await?;
        let (mut payloads, mut untold) = (Vec::new(), Untold::default());
        for deployment in &nodes {
            let stage = Stage::of(deployment, at);
            let Some((id, stands)) = Stands::of(deployment, stage) else { continue };
            // What was landed as it still is need not be again.
            if asked.get(&id).is_none_or(|known| known.changed != stands.changed) {
                match self.told(listing, deployment, at, &mut Failing::new()).await? {
                    Ok(payload) => {
                        untold.others += usize::from(payload.is_some());
                        payloads.extend(payload);
                    }
                    Err(trouble) => {
                        untold.note(listing, deployment, trouble);
                    }
                }
            }
            note(&mut still, deployment, stage, at);
        }
        payloads.extend(self.untold(listing.stream, untold, at)?);
        let reach = self.part.lists.entry(listing.stream.to_owned()).or_default();
        reach.waiting.retain(|id, _| !asked.contains_key(id));
        reach.waiting.extend(still);
        reach.asked = Some(at);
        self.emit(payloads).await
    }

    /// Deployments by their ids, those of them that are not told now, and when. Where GitHub does not answer for all at once, each is asked for
    /// alone, so that one that fails keeps none of the others from being told.
    async fn of_ids(&self, listing: &Listing, asked: &Waiting) -> Result<(Vec<Value>, Waiting, i64), Trouble> {
        let ids: Vec<&String> = asked.keys().collect();
        let failed = match self.client.query(&WAITING_DEPLOYMENTS, &json!({ "ids": ids })).await {
            Ok(mut told) => {
                let nodes = told.data.get_mut("nodes").and_then(Value::as_array_mut).map(std::mem::take);
                let nodes = nodes.unwrap_or_default();
                return Ok((nodes, Waiting::new(), told.at));
            }
            Err(failed @ (Trouble::Again(_) | Trouble::TooMuch(_))) => failed,
            Err(trouble) => return Err(trouble),
        };
        let (mut nodes, mut untold, mut at) = (Vec::new(), Waiting::new(), self.probe.at);
        for (id, stands) in asked {
            match self.one(listing, "", id).await {
                Ok(told) => {
                    at = told.at;
                    nodes.push(told.data);
                }
                // It is gone.
                Err(Trouble::Missing(_)) => {}
                Err(trouble) => {
                    trouble.unless_fatal()?;
                    untold.insert(id.clone(), stands.clone());
                }
            }
        }
        if untold.len() == asked.len() { Err(failed) } else { Ok((nodes, untold, at)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(number: usize, day: i64) -> Value {
        let made = chrono::DateTime::from_timestamp_micros(day * DAY).map(|time| time.to_rfc3339());
        json!({"id": format!("d{number}"), "createdAt": made, "updatedAt": made})
    }

    fn met(days: &[(usize, i64)], at: i64) -> Waiting {
        let mut waiting = Waiting::new();
        for (number, day) in days {
            note(&mut waiting, &deployment(*number, *day), Stage::UnderWay, at * DAY);
        }
        waiting
    }

    #[test]
    fn one_that_failed_may_be_tried_again_for_a_week_after_its_last_status() {
        let stage = |states: &[(&str, i64)], day: i64| {
            let status = |(state, day): &(&str, i64)| {
                let at = chrono::DateTime::from_timestamp_micros(day * DAY).map(|time| time.to_rfc3339());
                json!({"state": state, "createdAt": at})
            };
            let nodes: Vec<Value> = states.iter().map(status).collect();
            Stage::of(&json!({"statuses": {"nodes": nodes}}), day * DAY)
        };
        for (states, day, expected) in [
            (&[][..], 90, Stage::UnderWay),
            (&[("WAITING", 1)], 90, Stage::UnderWay),
            (&[("IN_PROGRESS", 2), ("QUEUED", 1)], 90, Stage::UnderWay),
            (&[("FAILURE", 1)], 7, Stage::Failed),
            (&[("FAILURE", 1)], 8, Stage::Over),
            (&[("ERROR", 1)], 7, Stage::Failed),
            (&[("IN_PROGRESS", 5), ("FAILURE", 1)], 11, Stage::Failed),
            (&[("IN_PROGRESS", 5), ("FAILURE", 1)], 12, Stage::Over),
            (&[("SUCCESS", 2), ("FAILURE", 1)], 2, Stage::Over),
            (&[("FAILURE", 2), ("SUCCESS", 1)], 2, Stage::Over),
            (&[("INACTIVE", 2), ("FAILURE", 1)], 2, Stage::Over),
        ] {
            assert_eq!(stage(states, day), expected, "{states:?} {day}");
        }
        assert_eq!(Stage::of(&json!({"statuses": null}), 0), Stage::UnderWay);
    }

    #[test]
    fn what_was_met_takes_the_place_of_what_is_as_young() {
        let (before, now) = (met(&[(1, 1), (2, 5), (3, 9)], 10), met(&[(3, 9), (4, 10)], 10));
        let ids = |floor: i64| joined(before.clone(), now.clone(), floor).into_keys().collect::<Vec<_>>();
        // The second is as young as what was read, and was not met: it is not under way any more.
        assert_eq!(ids(4 * DAY), ["d1", "d3", "d4"]);
        assert_eq!(ids(6 * DAY), ["d1", "d2", "d3", "d4"]);
        assert_eq!(ids(i64::MIN), ["d3", "d4"], "all was read");
    }

    #[test]
    fn no_more_are_asked_for_than_the_youngest_and_none_for_ever() {
        let young = met(&[(1, 100), (2, 40), (3, 39)], 100);
        assert_eq!(young.into_keys().collect::<Vec<_>>(), ["d1", "d2"]);
        let many: Vec<(usize, i64)> = (0..MOST + 5).map(|number| (number, 50)).collect();
        assert_eq!(met(&many, 50).len(), MOST);
        let all = joined(met(&[(500, 40)], 50), met(&many, 50), 45 * DAY);
        assert!(all.len() == MOST && !all.contains_key("d500"), "{all:?}");
    }
}
