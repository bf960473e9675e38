//! What happened while nobody looked: the periods between the last look and what is so now.

use super::machine::{AlertState, Hold, Standing, Verdict, replay_from};
use super::track::{Seen, Track};

/// The states that something came through.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Course {
    /// Where it stands in the end; `None` when all is well.
    pub(crate) standing: Option<Standing>,
    /// What it went through, with the instants.
    pub(crate) moves: Vec<(i64, Standing)>,
}

impl Course {
    /// Whether it ever fired.
    pub(crate) fn fired(&self) -> bool {
        self.moves.iter().any(|(_, standing)| standing.fired_at.is_some())
    }
}

/// What happened of a track since it was last seen, up to before what is so now: what ended, oldest first, and what is open still. The
/// first is the course of what was open already, where something was.
pub(crate) fn missed(track: &Track, open: Option<Standing>, seen_until: i64, hold: Hold) -> (Vec<Course>, Course) {
    let still = Course { standing: open, moves: Vec::new() };
    let Some((last, earlier)) = track.seen.split_last().filter(|_| seen_until > 0) else {
        return (Vec::new(), still);
    };
    let seen: Vec<&Seen> = earlier.iter().filter(|seen| seen.at > seen_until).collect();
    // The clock was first: what had waited for long enough when the last period ended did not wait for what that period says.
    let due = |standing: &Standing, waits: Verdict| {
        let due = standing.next_at(hold).filter(|due| *due <= last.at);
        due.filter(|_| last.verdict != waits && !earlier.is_empty())
    };
    match (open.map(|open| open.state), open) {
        (Some(AlertState::Firing | AlertState::Acknowledged), Some(open)) => {
            let open = interrupted(open, &seen);
            match due(&open, Verdict::Clear) {
                Some(at) => {
                    let over = Standing { state: AlertState::Cleared, ..open };
                    (vec![Course { standing: None, moves: vec![(at, over)] }], Course::default())
                }
                None => (Vec::new(), Course { standing: Some(open), ..still }),
            }
        }
        (_, Some(open)) if seen.is_empty() && due(&open, Verdict::Fires).is_none() => (Vec::new(), still),
        _ => {
            let (mut past, mut moves) = (Vec::new(), Vec::new());
            // What is open is as it was when it was last seen. Where it is so still at the last instant, that decides.
            let until = if open.is_some() && last.verdict == Verdict::Fires { last.at - 1 } else { last.at };
            let seen = seen.into_iter().map(|seen| (seen.at, seen.verdict));
            let standing = replay_from(open, seen, hold, until, |at, standing| {
                moves.push((at, *standing));
                if standing.state == AlertState::Cleared {
                    past.push(Course { standing: None, moves: std::mem::take(&mut moves) });
                }
            });
            (past, Course { standing, moves })
        }
    }
}

/// One that fires, and whose end is not there yet: it is over once it has been well for long enough without anything between.
fn interrupted(open: Standing, seen: &[&Seen]) -> Standing {
    seen.iter().fold(open, |open, seen| {
        let clearing_since = match seen.verdict {
            Verdict::Clear => open.clearing_since.or(Some(seen.at)),
            Verdict::Fires | Verdict::Between => None,
            Verdict::Unknown => open.clearing_since,
        };
        Standing { clearing_since, ..open }
    })
}

#[cfg(test)]
mod tests {
    use super::Verdict::*;
    use super::*;
    use crate::alerts::machine::advance;

    const HOLD: Hold = Hold { fires: 20, clears: 20 };

    fn track(seen: &[(i64, Verdict)]) -> Track {
        Track {
            key: String::new(),
            name: String::new(),
            seen: seen.iter().map(|(at, verdict)| Seen { at: *at, value: None, verdict: *verdict }).collect(),
            sentence: String::new(),
            evidence: String::new(),
            next_at: None,
            members: Vec::new(),
        }
    }

    fn open(state: AlertState, clearing_since: Option<i64>) -> Option<Standing> {
        let fired_at = (state != AlertState::Pending).then_some(5);
        Some(Standing { state, since: 0, fired_at, clearing_since })
    }

    fn states(course: &Course) -> Vec<(i64, AlertState)> {
        course.moves.iter().map(|(at, standing)| (*at, standing.state)).collect()
    }

    #[test]
    fn what_waited_and_was_well_in_between_has_not_held_all_the_time() {
        // It was seen at 0; at 10 it was well, and at 20 it is so again.
        let seen = track(&[(0, Fires), (10, Clear), (20, Fires)]);
        let (past, now) = missed(&seen, open(AlertState::Pending, None), 1, HOLD);
        assert_eq!(past.iter().map(states).collect::<Vec<_>>(), [[(10, AlertState::Cleared)]]);
        assert!(!past[0].fired() && now == Course::default());
        // Without that it holds since 0.
        let (past, now) =
            missed(&track(&[(0, Fires), (10, Fires), (20, Fires)]), open(AlertState::Pending, None), 1, HOLD);
        assert_eq!((past, now.standing), (Vec::new(), open(AlertState::Pending, None)));
        // What was seen before is not gone through again.
        let (past, now) = missed(&seen, open(AlertState::Pending, None), 10, HOLD);
        assert_eq!((past, now.standing), (Vec::new(), open(AlertState::Pending, None)));
    }

    #[test]
    fn what_has_waited_for_as_long_as_a_period_when_that_ends_fires_as_a_preview_says_whatever_it_brings() {
        let waits = open(AlertState::Pending, None);
        // It was seen at 0, and nobody looked before the period from 0 to 20 was known, in which all was well.
        let seen = track(&[(0, Fires), (20, Clear)]);
        let mut previewed = Vec::new();
        replay_from(None, [(0, Fires), (20, Clear)], HOLD, 39, |at, standing| previewed.push((at, standing.state)));
        assert_eq!(previewed, [(0, AlertState::Pending), (20, AlertState::Firing)]);
        let (past, now) = missed(&seen, waits, 1, HOLD);
        assert_eq!((past, states(&now)), (Vec::new(), previewed[1..].to_vec()));
        assert_eq!(now.standing.and_then(|standing| standing.fired_at), Some(20));
        let (past, now) = missed(&track(&[(0, Fires), (19, Clear)]), waits, 1, HOLD);
        assert_eq!((past, now.standing), (Vec::new(), waits), "its time is not over");
        // Of what is only known as it is now nobody knows what it was in between.
        let (past, now) = missed(&track(&[(20, Clear)]), waits, 1, HOLD);
        assert_eq!((past, now.standing), (Vec::new(), waits));
        // So is its end: well from 10 on, and as bad again in the period that ends at 30.
        let fires = open(AlertState::Firing, Some(10));
        let (past, now) = missed(&track(&[(10, Clear), (30, Fires)]), fires, 10, HOLD);
        assert_eq!(past.iter().map(states).collect::<Vec<_>>(), [[(30, AlertState::Cleared)]]);
        assert_eq!(now, Course::default());
        let (past, now) = missed(&track(&[(10, Clear), (29, Fires)]), fires, 10, HOLD);
        assert_eq!((past, now.standing), (Vec::new(), fires));
    }

    /// Where an alert comes that is looked at all the time: at each instant first by the clock, and then at what ends with it.
    fn looked_at(seen: &[(i64, Verdict)], until: i64) -> Vec<(i64, AlertState)> {
        let (mut standing, mut states): (Option<Standing>, _) = (None, Vec::new());
        for (now, known) in (0..=until).flat_map(|now| [(now, now - 1), (now, now)]) {
            let known: Vec<_> = seen.iter().copied().filter(|(at, _)| *at <= known).collect();
            let Some(sight) = track(&known).present() else { continue };
            let after = advance(standing, sight.verdict, sight.since, HOLD, now);
            if let Some(after) = after.filter(|after| standing.map(|before| before.state) != Some(after.state)) {
                states.push((now, after.state));
            }
            standing = after.filter(|after| after.state != AlertState::Cleared);
        }
        states
    }

    #[test]
    fn where_the_last_period_is_missing_the_clock_goes_on_as_a_preview_says() {
        use AlertState::{Cleared, Firing, Pending};
        let cases: [(&[(i64, Verdict)], &[(i64, AlertState)]); 6] = [
            // The last that is known holds on until its time is over.
            (&[(0, Fires), (10, Unknown)], &[(0, Pending), (20, Firing)]),
            (&[(0, Fires), (10, Unknown), (19, Clear)], &[(0, Pending), (19, Cleared)]),
            // What is well again is over though nothing more is known.
            (&[(0, Fires), (25, Clear), (35, Unknown)], &[(0, Pending), (20, Firing), (45, Cleared)]),
            (&[(0, Fires), (25, Clear), (35, Unknown), (40, Fires)], &[(0, Pending), (20, Firing)]),
            // Between the two values nothing goes on.
            (&[(0, Fires), (10, Between), (15, Unknown)], &[(0, Pending)]),
            (&[(0, Unknown), (10, Unknown)], &[]),
        ];
        for (seen, expected) in cases {
            let mut previewed = Vec::new();
            replay_from(None, seen.iter().copied(), HOLD, 60, |at, standing| previewed.push((at, standing.state)));
            assert_eq!(previewed, expected, "{seen:?}");
            assert_eq!(looked_at(seen, 60), expected, "{seen:?}");
        }
    }

    #[test]
    fn what_waited_fires_and_ends_by_its_periods_though_nobody_looked() {
        let seen = track(&[(0, Fires), (15, Fires), (30, Clear), (55, Clear), (60, Clear)]);
        let (past, now) = missed(&seen, open(AlertState::Pending, None), 1, HOLD);
        let expected = [(20, AlertState::Firing), (50, AlertState::Cleared)];
        assert_eq!((past.len(), states(&past[0])), (1, expected.to_vec()));
        assert!(past[0].fired() && now == Course::default());
    }

    #[test]
    fn what_fires_is_not_over_where_it_was_so_again_while_nobody_looked() {
        let fires = open(AlertState::Firing, Some(10));
        let since = |seen: &[(i64, Verdict)]| {
            missed(&track(seen), fires, 10, HOLD).1.standing.and_then(|standing| standing.clearing_since)
        };
        assert_eq!(since(&[(10, Clear), (20, Fires), (30, Clear)]), None);
        assert_eq!(since(&[(10, Clear), (20, Between), (25, Clear), (30, Clear)]), Some(25));
        assert_eq!(since(&[(10, Clear), (20, Unknown), (30, Clear)]), Some(10), "what is missing interrupts nothing");
        assert_eq!(since(&[(10, Clear), (30, Clear)]), Some(10));
    }
}
