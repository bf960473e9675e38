//! What GitHub tells late: behind a change that it told, one may come to be told for a while that was made before it, of which the list says
//! nothing by itself. So a list is looked at once more when that while is over.

use super::cursor::micros;
use super::listing::OVERLAP;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Of how many things it is known at most as what they were met: of more, each lands once more.
const MOST: usize = 100;

/// As what things were met, by their numbers.
pub(super) type Sums = BTreeMap<u64, u64>;

/// That a list is looked at once more, though nothing says that anything in it is new.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Late {
    /// When, by GitHub's clock, in microseconds since 1970.
    at: i64,
    /// As what those were met that this comes by: what is as it was does not land again.
    met: Sums,
}

impl Late {
    /// After a reading that began at a time, of a list whose latest change is known: nothing where that was long enough ago by then.
    pub(super) fn after(began: i64, changed: Option<&str>, met: Sums) -> Option<Self> {
        let at = changed.and_then(micros)? + OVERLAP;
        (at > began).then_some(Self { at, met })
    }

    /// Whether it is looked at once more at a time.
    pub(super) fn is_due(&self, at: i64) -> bool {
        at >= self.at
    }

    /// Whether a thing was met as this.
    pub(super) fn is_same(&self, number: u64, sum: u64) -> bool {
        self.met.get(&number) == Some(&sum)
    }

    /// Lets one land again where it is met as it was.
    pub(super) fn forget(&mut self, number: u64) {
        self.met.remove(&number);
    }
}

/// Notes as what a thing was met by a reading that began at a time, where it changed so lately that the next one comes by it.
pub(super) fn note(met: &mut Sums, (number, sum): (u64, u64), changed: i64, began: i64) {
    if changed >= began - 2 * OVERLAP && met.len() < MOST {
        met.insert(number, sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::listing::MINUTE;

    #[test]
    fn a_list_is_looked_at_once_more_when_nothing_behind_its_latest_change_is_told_any_more() {
        let changed = micros("2026-03-02T10:00:00Z").unwrap();
        let after = |minutes: i64| Late::after(changed + minutes * MINUTE, Some("2026-03-02T10:00:00Z"), Sums::new());
        for minutes in [0, 4] {
            let late = after(minutes).unwrap();
            assert_eq!([4, 5, 60].map(|by| late.is_due(changed + by * MINUTE)), [false, true, true], "{minutes}");
        }
        assert_eq!((after(5), after(60)), (None, None), "it was looked at late enough");
        assert_eq!(Late::after(changed, None, Sums::new()), None, "there is nothing");
    }

    #[test]
    fn what_is_met_again_as_it_was_is_known_where_it_changed_lately_until_it_is_forgotten() {
        let (mut met, began) = (Sums::new(), 60 * MINUTE);
        note(&mut met, (1, 7), 50 * MINUTE, began);
        note(&mut met, (2, 7), 49 * MINUTE, began);
        assert_eq!(met, Sums::from([(1, 7)]));
        let mut late = Late { at: began, met };
        assert_eq!([(1, 7), (1, 8), (2, 7)].map(|(number, sum)| late.is_same(number, sum)), [true, false, false]);
        late.forget(1);
        assert!(!late.is_same(1, 7));
        let mut many = Sums::new();
        (0..200).for_each(|number| note(&mut many, (number, 7), began, began));
        assert_eq!(many.len(), MOST);
    }
}
