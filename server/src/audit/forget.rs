//! Letting go of the beginning of a trail. An event of the trail tells of it, so that the same chain holds what is left.

use super::{Event, Link, land_one};
use crate::Result;
use crate::control::{Control, Head};
use arrow::array::AsArray as _;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use futures::TryStreamExt as _;
use pulse_engine::lake::Table;
use pulse_engine::{Engine, Tenant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the event is called that tells of it.
const FORGET: &str = "forget";

/// What went from the beginning of a trail: its events up to one, whose sum is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Gone {
    trail: String,
    until: i64,
    sum: String,
}

/// Lets go of the events before an instant, of each trail up to the first that is not as old; how many. The trail is told first, by
/// whom it was asked for.
///
/// # Errors
/// When database or storage fails; done again, it goes on.
pub(crate) async fn forget(control: &Control, engine: &Engine, tenant: &Tenant, before: i64, by: &str) -> Result<u64> {
    let trail = tenant.lake().audit();
    let gone = over(&trail, before).await?;
    if gone.is_empty() {
        return Ok(0);
    }
    let event = Event {
        at: control.now(),
        action: FORGET.to_owned(),
        outcome: "begun".to_owned(),
        actor: Some(by.to_owned()),
        detail: Some(serde_json::to_string(&gone)?),
        ..Event::default()
    };
    control.record(tenant.id(), &event).await?;
    land_one(control, engine, tenant.id()).await?;
    let until: BTreeMap<String, i64> = gone.into_iter().map(|gone| (gone.trail, gone.until)).collect();
    let forgotten = trail.forget(&["trail", "sequence"], |rows| {
        let (trails, numbers) = (rows.column(0).as_string::<i32>(), rows.column(1).as_primitive::<Int64Type>());
        let is_over = |row| until.get(trails.value(row)).is_some_and(|until| numbers.value(row) <= *until);
        Ok((0..rows.num_rows()).map(is_over).collect())
    });
    Ok(forgotten.await?)
}

/// A trail as far as it stands in the lake.
struct Known {
    /// Its first event.
    first: i64,
    /// Its last, and that one's sum.
    last: (i64, String),
    /// The first that is not over, and the sum before it.
    young: Option<(i64, String)>,
}

/// What of the trails of a table is over.
async fn over(table: &Table, before: i64) -> Result<Vec<Gone>> {
    let Some(newest) = table.latest().await? else { return Ok(Vec::new()) };
    let mut trails: BTreeMap<String, Known> = BTreeMap::new();
    let mut rows = newest.read(Some(&["trail", "sequence", "at", "previous", "sum"]), None, &[]).await?;
    while let Some(batch) = rows.try_next().await.map_err(pulse_engine::Error::from)? {
        let text = |column: usize| batch.column(column).as_string::<i32>();
        let (numbers, times) = (batch.column(1).as_primitive::<Int64Type>(), batch.column(2));
        let times = times.as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let (sequence, previous, sum) = (numbers.value(row), text(3).value(row), text(4).value(row));
            let known = trails.entry(text(0).value(row).to_owned()).or_insert_with(|| Known {
                first: sequence,
                last: (sequence, sum.to_owned()),
                young: None,
            });
            known.first = known.first.min(sequence);
            if sequence > known.last.0 {
                known.last = (sequence, sum.to_owned());
            }
            if times.value(row) >= before && known.young.as_ref().is_none_or(|(young, _)| sequence < *young) {
                known.young = Some((sequence, previous.to_owned()));
            }
        }
    }
    let gone = trails.into_iter().filter_map(|(trail, Known { first, last, young })| {
        let (until, sum) = young.map_or(last, |(young, previous)| (young - 1, previous));
        (first <= until).then_some(Gone { trail, until, sum })
    });
    Ok(gone.collect())
}

/// How far trails are gone, and the sums that they go on from, as their own events tell, or those of the trail that the control database
/// knows the end of. What stands beyond that end tells nothing.
pub(super) fn told<'a>(links: impl Iterator<Item = &'a Link>, head: &Head) -> BTreeMap<String, (i64, String)> {
    let mut told: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for link in links.filter(|link| link.event.action == FORGET) {
        let is_known = head.trail.as_ref() == Some(&link.trail);
        if is_known && link.sequence > head.sequence {
            continue;
        }
        // Another that cannot be read was changed, which its own sum tells.
        let detail = link.event.detail.as_deref().unwrap_or_default();
        let gone: Vec<Gone> = serde_json::from_str(detail).unwrap_or_default();
        for Gone { trail, until, sum } in gone.into_iter().filter(|gone| is_known || gone.trail == link.trail) {
            if told.get(&trail).is_none_or(|(further, _)| *further < until) {
                told.insert(trail, (until, sum));
            }
        }
    }
    told
}
