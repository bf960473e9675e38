//! Where a delivery stands, and what comes of a try: as data, so that what is not written here does not happen.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is to be handed over.
    Queued,
    /// It is being handed over.
    Sending,
    /// A try failed, and the next is due in a while.
    Failed,
    /// It was handed over.
    Delivered,
    /// It is not tried again: it waits for a person.
    Dead,
    /// A person took it back.
    Cancelled,
}

/// What happens to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A try begins.
    Begin,
    /// It was handed over.
    Arrive,
    /// A try failed, and there is another.
    Fail,
    /// No other try is made.
    GiveUp,
    /// A person takes it back.
    Cancel,
    /// A person asks for it again.
    Ask,
}

/// What leads where.
const MOVES: [(DeliveryState, Event, DeliveryState); 16] = {
    use DeliveryState::*;
    use Event::*;
    [
        (Queued, Begin, Sending),
        (Failed, Begin, Sending),
        // Whoever was at it is gone: it is taken up again.
        (Sending, Begin, Sending),
        (Sending, Arrive, Delivered),
        (Sending, Fail, Failed),
        (Sending, GiveUp, Dead),
        (Queued, GiveUp, Dead),
        (Failed, GiveUp, Dead),
        (Queued, Cancel, Cancelled),
        (Failed, Cancel, Cancelled),
        (Sending, Cancel, Cancelled),
        (Dead, Cancel, Cancelled),
        (Failed, Ask, Queued),
        (Dead, Ask, Queued),
        (Cancelled, Ask, Queued),
        (Queued, Ask, Queued),
    ]
};

impl DeliveryState {
    /// All that there are.
    pub const ALL: [DeliveryState; 6] = [
        DeliveryState::Queued,
        DeliveryState::Sending,
        DeliveryState::Failed,
        DeliveryState::Delivered,
        DeliveryState::Dead,
        DeliveryState::Cancelled,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Queued => "queued",
            DeliveryState::Sending => "sending",
            DeliveryState::Failed => "failed",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Dead => "dead",
            DeliveryState::Cancelled => "cancelled",
        }
    }

    pub(crate) fn of(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| Error::Database(format!("a delivery is in the unknown state `{name}`")))
    }

    /// The state after something happened; `None` where it cannot happen.
    pub fn after(self, event: Event) -> Option<Self> {
        MOVES.into_iter().find(|(from, by, _)| (*from, *by) == (self, event)).map(|(_, _, to)| to)
    }
}

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was handed over, with this answer.
    Delivered(String),
    /// It has certainly not arrived, and may another time: after so long where the other side says so.
    Again(Option<Duration>, String),
    /// It may have arrived, and nobody knows whether it did.
    Unknown(String),
    /// It has not arrived, and never will as it is.
    Never(String),
    /// Whoever was at it is gone, before anything went out that may not go out twice.
    Interrupted,
}

impl Ending {
    /// Its name in the history.
    pub fn name(&self) -> &'static str {
        match self {
            Ending::Delivered(_) => "delivered",
            Ending::Again(..) => "again",
            Ending::Unknown(_) => "unknown",
            Ending::Never(_) => "never",
            Ending::Interrupted => "interrupted",
        }
    }

    /// What was said.
    pub fn said(&self) -> &str {
        match self {
            Ending::Delivered(said) | Ending::Again(_, said) | Ending::Unknown(said) | Ending::Never(said) => said,
            Ending::Interrupted => "whoever was at it is gone",
        }
    }
}

/// What follows from a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done.
    Over,
    /// It is tried again after so long.
    After(Duration),
    /// It is not tried again, for this reason.
    GiveUp(String),
}

/// How long it is until the next try, after the first, the second and so on: a day in all.
const WAITS: [u64; 7] = [30, 120, 600, 1_800, 7_200, 21_600, 43_200];
/// How often something is tried.
pub const MOST_TRIES: i64 = WAITS.len() as i64 + 1;
/// The longest wait that is believed.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Next {
    /// What follows from how the try of a number ended, from 1. `folds` says whether the other side folds repeats: where it does not,
    /// what may have arrived is never sent again but by a person.
    pub fn of(ending: &Ending, try_number: i64, folds: bool) -> Self {
        let said = ending.said();
        let again = |after: Option<Duration>| {
            let wait = usize::try_from(try_number - 1).ok().and_then(|at| WAITS.get(at));
            match wait {
                Some(usual) => {
                    let wait = after.unwrap_or(Duration::from_secs(*usual));
                    Next::After(wait.clamp(Duration::from_secs(1), LONGEST))
                }
                None => Next::GiveUp(format!("{MOST_TRIES} tries failed, the last one: {said}")),
            }
        };
        match ending {
            Ending::Delivered(_) => Next::Over,
            Ending::Never(_) => Next::GiveUp(said.to_owned()),
            Ending::Again(after, _) => again(*after),
            Ending::Unknown(_) if !folds => Next::GiveUp(format!(
                "it may have arrived, and is not sent again by itself, so that nobody gets it twice: ask whoever was to get it, \
                 and have it handed over again (`retry`) if they did not. {said}"
            )),
            Ending::Unknown(_) | Ending::Interrupted => again(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_delivered_stays_so_and_all_else_can_be_asked_for_again_or_is_under_way() {
        use DeliveryState::*;
        for event in [Event::Begin, Event::Arrive, Event::Fail, Event::GiveUp, Event::Cancel, Event::Ask] {
            assert_eq!(Delivered.after(event), None, "{event:?}");
        }
        assert_eq!(Sending.after(Event::Begin), Some(Sending), "one whose worker died is taken up again");
        assert_eq!(Dead.after(Event::Begin), None);
        for state in DeliveryState::ALL {
            let goes_on = state.after(Event::Begin).is_some() || state.after(Event::Ask).is_some();
            assert!(goes_on || state == Delivered, "{state:?} is stuck");
            assert_eq!(DeliveryState::of(state.name()).unwrap(), state);
        }
        let mut pairs: Vec<_> = MOVES.iter().map(|(from, by, _)| format!("{from:?}{by:?}")).collect();
        pairs.sort();
        pairs.dedup();
        assert_eq!(pairs.len(), MOVES.len(), "one thing leads to one state");
    }

    #[test]
    fn what_may_have_arrived_is_sent_again_only_where_repeats_are_folded() {
        let unknown = Ending::Unknown("The connection broke.".into());
        let wait = |seconds| Next::After(Duration::from_secs(seconds));
        let Next::GiveUp(why) = Next::of(&unknown, 1, false) else { panic!("it is sent again") };
        assert!(why.starts_with("it may have arrived") && why.ends_with("The connection broke."), "{why}");
        assert_eq!(Next::of(&unknown, 2, true), wait(120));
        assert_eq!(Next::of(&Ending::Interrupted, 1, false), wait(30), "nothing had gone out");
    }

    #[test]
    fn the_other_sides_wait_is_kept_within_a_day_and_the_last_try_is_the_eighth() {
        let again = |after: Option<u64>| Ending::Again(after.map(Duration::from_secs), "busy".into());
        let wait = |seconds| Next::After(Duration::from_secs(seconds));
        assert_eq!(Next::of(&again(Some(7)), 1, true), wait(7));
        assert_eq!(Next::of(&again(Some(0)), 1, true), wait(1));
        assert_eq!(Next::of(&again(Some(1_000_000)), 1, true), wait(86_400));
        assert_eq!(Next::of(&again(None), 7, true), wait(43_200));
        assert!(matches!(Next::of(&again(Some(7)), 8, true), Next::GiveUp(why) if why.contains("8 tries")));
        assert_eq!(Next::of(&Ending::Never("no".into()), 1, true), Next::GiveUp("no".into()));
    }
}
