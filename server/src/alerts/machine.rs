//! Where an alert stands, by what is seen and how long that holds.
//!
//! ```text
//! ok ──▶ pending ──(for so long)──▶ firing ◀─▶ acknowledged
//!           │                          │            │
//!           └──────────▶ cleared ◀─(for so long)────┘
//! ```
//!
//! It is arithmetic over instants: no clock, no I/O. What happens now, what was missed, and previews all go through [`advance`].

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an alert stands. Before it is there, all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// The condition holds, and not yet for long enough.
    Pending,
    /// It has held for long enough.
    Firing,
    /// Somebody has said that they look after it.
    Acknowledged,
    /// It holds no more, and has not for long enough.
    Cleared,
}

impl AlertState {
    /// All that there are.
    pub const ALL: [AlertState; 4] =
        [AlertState::Pending, AlertState::Firing, AlertState::Acknowledged, AlertState::Cleared];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            AlertState::Pending => "pending",
            AlertState::Firing => "firing",
            AlertState::Acknowledged => "acknowledged",
            AlertState::Cleared => "cleared",
        }
    }

    pub(crate) fn of(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| Error::Database(format!("an alert is in the unknown state `{name}`")))
    }
}

/// What one look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The condition holds.
    Fires,
    /// It does not, and has not come back far enough.
    Between,
    /// It does not.
    Clear,
    /// There is nothing to judge by: nothing changes.
    Unknown,
}

/// For how long a condition has to hold, and not to hold, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// Before it fires.
    pub fires: i64,
    /// Before it is cleared.
    pub clears: i64,
}

/// Where an alert stands, with the instants that decide where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: AlertState,
    /// Since when the condition holds.
    pub since: i64,
    /// When it had held for long enough.
    pub fired_at: Option<i64>,
    /// Since when it does not hold any more.
    pub clearing_since: Option<i64>,
}

/// Where an alert stands after a look at `now`, which says `verdict`, and that it is so since `since`. `None`: all is well, and was.
pub fn advance(before: Option<Standing>, verdict: Verdict, since: i64, hold: Hold, now: i64) -> Option<Standing> {
    let since = since.min(now);
    let Some(standing) = before else {
        let begun = Standing { state: AlertState::Pending, since, fired_at: None, clearing_since: None };
        return (verdict == Verdict::Fires).then(|| fires(begun, hold, now));
    };
    Some(match (standing.state, verdict) {
        (AlertState::Cleared, _) | (_, Verdict::Unknown) | (AlertState::Pending, Verdict::Between) => standing,
        (AlertState::Pending, Verdict::Fires) => fires(standing, hold, now),
        (AlertState::Pending, Verdict::Clear) => Standing { state: AlertState::Cleared, ..standing },
        (AlertState::Firing | AlertState::Acknowledged, Verdict::Fires | Verdict::Between) => {
            Standing { clearing_since: None, ..standing }
        }
        (AlertState::Firing | AlertState::Acknowledged, Verdict::Clear) => {
            // It cannot have been well before it fired.
            let since = standing.clearing_since.unwrap_or(since.max(standing.since));
            let over = now - since >= hold.clears;
            let state = if over { AlertState::Cleared } else { standing.state };
            Standing { state, clearing_since: Some(since), ..standing }
        }
    })
}

/// One that has held for long enough fires.
fn fires(standing: Standing, hold: Hold, now: i64) -> Standing {
    if now - standing.since < hold.fires {
        return standing;
    }
    Standing { state: AlertState::Firing, fired_at: Some(now), ..standing }
}

impl Standing {
    /// When it goes on by itself, if what is seen stays as it is.
    pub fn next_at(&self, hold: Hold) -> Option<i64> {
        match self.state {
            AlertState::Pending => Some(self.since.saturating_add(hold.fires)),
            AlertState::Firing | AlertState::Acknowledged => {
                self.clearing_since.map(|since| since.saturating_add(hold.clears))
            }
            AlertState::Cleared => None,
        }
    }
}

/// Goes through what was seen one after the other, and what the clock brings between two looks and up to `until`; calls `each` with
/// where the alert stands at every instant at which its state changed. Where it stands in the end: `None` when all is well.
pub fn replay(
    seen: impl IntoIterator<Item = (i64, Verdict)>,
    hold: Hold,
    until: i64,
    each: impl FnMut(i64, &Standing),
) -> Option<Standing> {
    replay_from(None, seen, hold, until, each)
}

/// The same from where an alert stands that waits to fire: its condition held when it was last seen.
pub(crate) fn replay_from(
    begun: Option<Standing>,
    seen: impl IntoIterator<Item = (i64, Verdict)>,
    hold: Hold,
    until: i64,
    mut each: impl FnMut(i64, &Standing),
) -> Option<Standing> {
    let mut standing = begun;
    let mut last = if begun.is_some() { Verdict::Fires } else { Verdict::Unknown };
    let mut go = |standing: &mut Option<Standing>, verdict: Verdict, at: i64| {
        let after = advance(*standing, verdict, at, hold, at);
        if let Some(now) = after.filter(|now| standing.map(|before| before.state) != Some(now.state)) {
            each(at, &now);
        }
        *standing = after.filter(|now| now.state != AlertState::Cleared);
    };
    for (at, verdict) in seen.into_iter().map(|(at, verdict)| (at, Some(verdict))).chain([(until, None)]) {
        // What has held for long enough by this look. The clock is first: what is seen of a period is known after its end.
        while let Some(due) = standing.and_then(|now| now.next_at(hold)).filter(|due| *due <= at) {
            let before = standing;
            go(&mut standing, last, due);
            if standing == before {
                break;
            }
        }
        if let Some(verdict) = verdict {
            go(&mut standing, verdict, at);
            if verdict != Verdict::Unknown {
                last = verdict;
            }
        }
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;
    use AlertState::*;
    use Verdict::*;
    use proptest::prelude::*;

    const HOLD: Hold = Hold { fires: 10, clears: 5 };

    /// The states that a series leads to, with their instants.
    fn states(seen: &[(i64, Verdict)], hold: Hold, until: i64) -> Vec<(i64, AlertState)> {
        let mut states = Vec::new();
        replay(seen.iter().copied(), hold, until, |at, standing| states.push((at, standing.state)));
        states
    }

    #[test]
    fn a_condition_fires_when_it_has_held_for_long_enough_and_clears_likewise() {
        let seen = [(0, Clear), (10, Fires), (15, Fires), (30, Clear), (60, Clear)];
        assert_eq!(states(&seen, HOLD, 99), [(10, Pending), (20, Firing), (35, Cleared)]);
        assert_eq!(states(&seen, Hold::default(), 99), [(10, Firing), (30, Cleared)]);
        assert_eq!(states(&seen[..3], HOLD, 19), [(10, Pending)], "its time is not over");
        assert_eq!(states(&seen[..3], HOLD, 20), [(10, Pending), (20, Firing)]);
    }

    #[test]
    fn what_has_held_for_long_enough_when_a_period_ends_does_not_wait_for_what_that_period_says() {
        // As when the clock looks at that instant, before the period was modelled.
        assert_eq!(states(&[(0, Fires), (10, Clear)], HOLD, 99), [(0, Pending), (10, Firing), (15, Cleared)]);
        assert_eq!(states(&[(0, Fires), (9, Clear)], HOLD, 99), [(0, Pending), (9, Cleared)]);
        let again = [(0, Fires), (10, Fires), (20, Clear), (25, Fires)];
        assert_eq!(states(&again, HOLD, 30), [(0, Pending), (10, Firing), (25, Cleared), (25, Pending)]);
        assert_eq!(
            states(&[(0, Fires), (12, Fires), (20, Clear), (24, Fires)], HOLD, 30),
            [(0, Pending), (10, Firing)]
        );
    }

    #[test]
    fn what_flaps_neither_fires_again_and_again_nor_clears() {
        // It holds for 4 of every 8: never for 10.
        let short: Vec<_> = (0..20).map(|n| (n * 4, if n % 2 == 0 { Fires } else { Clear })).collect();
        assert!(states(&short, HOLD, 99).iter().all(|(_, state)| *state != Firing));
        // Once it fires, it is well for 4 of every 8: never for 5.
        let mut long = vec![(0, Fires), (10, Fires)];
        long.extend((3..20).map(|n| (n * 4, if n % 2 == 0 { Fires } else { Clear })));
        assert_eq!(states(&long[..long.len() - 1], HOLD, 72), [(0, Pending), (10, Firing)]);
    }

    #[test]
    fn between_the_two_values_nothing_changes_and_of_what_is_missing_nothing_is_said() {
        let seen = [
            (0, Fires),
            (10, Fires),
            (20, Clear),
            (22, Between),
            (40, Unknown),
            (50, Clear),
            (52, Unknown),
            (70, Between),
        ];
        assert_eq!(states(&seen, HOLD, 99), [(0, Pending), (10, Firing), (55, Cleared)]);
        assert_eq!(states(&[(0, Unknown), (9, Between)], HOLD, 99), []);
        // A period that is missing is not one in which all was well.
        assert_eq!(states(&[(0, Fires), (5, Unknown), (12, Fires)], HOLD, 99), [(0, Pending), (10, Firing)]);
    }

    #[test]
    fn what_was_acknowledged_stays_so_until_it_clears() {
        let acked = Standing { state: Acknowledged, since: 0, fired_at: Some(10), clearing_since: None };
        assert_eq!(advance(Some(acked), Fires, 0, HOLD, 30), Some(acked));
        let clearing = advance(Some(acked), Clear, 31, HOLD, 31).unwrap();
        assert_eq!(
            (clearing.state, clearing.clearing_since, clearing.next_at(HOLD)),
            (Acknowledged, Some(31), Some(36))
        );
        assert_eq!(advance(Some(clearing), Clear, 31, HOLD, 36).unwrap().state, Cleared);
        assert_eq!(advance(Some(clearing), Fires, 33, HOLD, 33).unwrap().clearing_since, None);
    }

    #[test]
    fn what_holds_since_long_ago_fires_at_once() {
        let fired = advance(None, Fires, 3, HOLD, 50).unwrap();
        assert_eq!((fired.state, fired.since, fired.fired_at), (Firing, 3, Some(50)));
        assert_eq!(advance(None, Fires, 60, HOLD, 50).unwrap().since, 50, "nothing holds since later than now");
    }

    proptest! {
        #[test]
        fn firing_and_clearing_take_turns_and_each_comes_after_its_time(
            steps in prop::collection::vec((1_i64..20, 0_u8..4), 0..40), fires in 0_i64..30, clears in 0_i64..30,
        ) {
            let (hold, mut at) = (Hold { fires, clears }, 0);
            let seen: Vec<_> = steps.iter().map(|(step, verdict)| {
                at += step;
                (at, [Fires, Between, Clear, Unknown][usize::from(*verdict)])
            }).collect();
            let states = states(&seen, hold, at + 100);
            let mut since = None;
            for (n, (at, state)) in states.iter().enumerate() {
                let before = n.checked_sub(1).map(|n| states[n]);
                match state {
                    Pending => prop_assert!(before.is_none_or(|(_, state)| state == Cleared)),
                    Firing if before.is_some_and(|(_, state)| state == Pending) => prop_assert!(at - since.unwrap() >= fires),
                    Firing => prop_assert!(fires == 0 && before.is_none_or(|(_, state)| state == Cleared)),
                    Cleared => prop_assert!(before.is_some_and(|(_, state)| state != Cleared)),
                    Acknowledged => prop_assert!(false, "nobody is there to acknowledge it"),
                }
                if *state == Pending { since = Some(*at); }
            }
            prop_assert!(states.is_sorted_by_key(|(at, _)| *at));
        }
    }
}
