//! What was met of a vendor's things, and as what each was landed: so a reading of everything lands what differs and nothing else, and
//! what it did not meet is known all the same.

use crate::Result;
use crate::source::GONE;
use arrow::array::{Array as _, AsArray as _};
use futures::TryStreamExt as _;
use pulse_engine::Tenant;
use pulse_engine::entities::core;
use pulse_engine::land::Payload;
use std::collections::BTreeMap;

/// The stream that tells it: `[[<number>, <sum>], …]`.
const MET: &str = "met";

/// Which of a connection's things it is asked of: those of an entity that go by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The entity.
    pub entity: &'static str,
    /// What stands between the connection and the number in their ids.
    pub under: &'static str,
    /// Since when they were met, in microseconds since 1970.
    pub since: i64,
}

/// What was met: the number of each, when it was met last, and the sum of its payload then; in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct Met(Vec<(u64, i64, u64)>);

impl Met {
    /// Of one that was met several times the last counts.
    fn of(mut met: Vec<(u64, i64, u64)>) -> Self {
        met.sort_unstable();
        met.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                *earlier = *later;
            }
            is_same
        });
        Self(met)
    }

    /// What was met through a connection since a time.
    ///
    /// # Errors
    /// When storage fails.
    pub(crate) async fn since(
        tenant: &Tenant,
        connector: &str,
        connection: &str,
        since: i64,
    ) -> pulse_engine::Result<Self> {
        let mut met = Vec::new();
        let note = |at: i64, _: &str, body: &str| met.extend(read(at, body));
        tenant.observed(connector, connection, MET, since, note).await?;
        Ok(Self::of(met))
    }

    /// What was met of some lists through a connection, each since a time of its own: by the name of the list, below which the payloads that
    /// tell it are called.
    ///
    /// # Errors
    /// When storage fails.
    pub(crate) async fn of_lists(
        tenant: &Tenant,
        connector: &str,
        connection: &str,
        lists: &BTreeMap<String, i64>,
    ) -> pulse_engine::Result<BTreeMap<String, Self>> {
        let Some(first) = lists.values().min() else { return Ok(BTreeMap::new()) };
        let mut met: BTreeMap<&str, Vec<(u64, i64, u64)>> =
            lists.keys().map(|list| (list.as_str(), Vec::new())).collect();
        let note = |at: i64, key: &str, body: &str| {
            let list = key.rsplit_once('/').map_or(key, |(list, _)| list);
            if let Some(met) = met.get_mut(list).filter(|_| lists.get(list).is_some_and(|since| at >= *since)) {
                met.extend(read(at, body));
            }
        };
        tenant.observed(connector, connection, MET, *first, note).await?;
        Ok(met.into_iter().map(|(list, met)| (list.to_owned(), Self::of(met))).collect())
    }

    /// What was met of some things, but for those that core knows to be gone: what went must land when it is met again, whatever it says. What was
    /// let go because of its age is known all the same, and lands once it says something else.
    ///
    /// # Errors
    /// When storage fails.
    pub(crate) async fn held(
        tenant: &Tenant,
        connector: &str,
        connection: &str,
        things: Numbered,
    ) -> pulse_engine::Result<Self> {
        let Some(table) = tenant.lake().table(core(things.entity)?).latest().await? else { return Ok(Self::default()) };
        let Self(mut met) = Self::since(tenant, connector, connection, things.since).await?;
        let (start, mut went) = (format!("{connection}:{}/", things.under), Vec::new());
        let mut rows = table.read(Some(&["id", "deleted_at"]), None, &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            let (ids, gone) = (batch.column(0).as_string::<i32>(), batch.column(1));
            let gone = (0..batch.num_rows()).filter(|row| gone.is_valid(*row)).map(|row| ids.value(row));
            went.extend(gone.filter_map(|id| id.strip_prefix(&start)?.parse::<u64>().ok()));
        }
        went.sort_unstable();
        met.retain(|(number, ..)| went.binary_search(number).is_err());
        Ok(Self(met))
    }

    /// Whether a thing was met.
    pub(crate) fn has(&self, number: u64) -> bool {
        self.sum(number).is_some()
    }

    /// Whether it was met last with a payload of this sum.
    pub(crate) fn is_same(&self, number: u64, sum: u64) -> bool {
        self.sum(number) == Some(sum)
    }

    /// Those that were met before a time and not since, but for those that were known to be gone by then.
    pub(crate) fn missed(&self, at: i64) -> impl Iterator<Item = u64> {
        let gone = gone();
        self.0.iter().filter(move |(_, met, sum)| *met < at && *sum != gone).map(|(number, ..)| *number)
    }

    fn sum(&self, number: u64) -> Option<u64> {
        let place = self.0.binary_search_by_key(&number, |(number, ..)| *number).ok()?;
        self.0.get(place).map(|(.., sum)| *sum)
    }
}

/// The payload that tells what was met at a time, by number and sum; none where nothing was.
pub(crate) fn payload(met: &[(u64, u64)], at: i64) -> Result<Option<Payload>> {
    let Some((first, _)) = met.first() else { return Ok(None) };
    let body = serde_json::to_string(met)?;
    Ok(Some(Payload { stream: MET.to_owned(), key: first.to_string(), observed_at: at, body }))
}

/// What a payload of the stream says that was read at a time. What cannot be read is as if it were not there: then its things are landed once
/// more.
fn read(at: i64, body: &str) -> impl Iterator<Item = (u64, i64, u64)> {
    let told: Vec<(u64, u64)> = serde_json::from_str(body).unwrap_or_default();
    told.into_iter().map(move |(number, sum)| (number, at, sum))
}

/// The sum of what is gone.
pub(crate) fn gone() -> u64 {
    sum(GONE.bytes())
}

/// A short sum of bytes, to know them again: FNV-1a, which is the same on every machine and in every version.
pub(crate) fn sum(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    bytes.into_iter().fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The same of a text, with all its hexadecimal digits.
pub(crate) fn digits(text: &str) -> String {
    format!("{:016x}", sum(text.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_fnv_1a() {
        assert_eq!(sum([]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(sum(*b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(digits("foobar"), "85944171f73967e8");
        assert_eq!(digits("").len(), 16);
    }

    #[test]
    fn of_a_thing_that_was_met_several_times_the_last_counts() {
        let met = Met::of(vec![(7, 20, 3), (5, 10, 9), (7, 30, 1), (7, 10, 2)]);
        assert_eq!(met.0, [(5, 10, 9), (7, 30, 1)]);
        assert!(met.is_same(7, 1) && !met.is_same(7, 3) && met.is_same(5, 9));
        assert!(met.has(5) && !met.has(6) && !met.is_same(6, 0));
    }

    #[test]
    fn what_was_not_met_since_a_time_is_missed_unless_it_was_gone_by_then() {
        let met =
            Met::of(vec![(5, 10, 1), (6, 20, 1), (7, 10, gone()), (8, 10, gone()), (8, 15, 1), (9, 5, 1), (9, 20, 1)]);
        assert_eq!(met.missed(20).collect::<Vec<_>>(), [5, 8]);
    }

    #[test]
    fn what_is_met_is_told_in_one_payload_and_nothing_in_none() {
        assert_eq!(payload(&[], 1).unwrap(), None);
        let told = payload(&[(10001, u64::MAX), (10002, 0)], 7).unwrap().unwrap();
        assert_eq!((told.stream.as_str(), told.key.as_str(), told.observed_at), ("met", "10001", 7));
        assert_eq!(told.body, "[[10001,18446744073709551615],[10002,0]]");
        assert_eq!(serde_json::from_str::<Vec<(u64, u64)>>(&told.body).unwrap(), [(10001, u64::MAX), (10002, 0)]);
    }
}
