//! What a rule about connections sees of one of them, by when its jobs read it. Those are forgotten a while after they were over, and what
//! they told with them.

use super::machine::Verdict;
use super::measure::HOUR;
use super::rule::ReadCondition;
use crate::control::{Last, REMEMBERED};
use pulse_engine::counted;

/// How a connection stands.
#[derive(Debug, PartialEq)]
pub(super) struct Judged {
    /// What that says.
    pub(super) verdict: Verdict,
    /// Since when, in microseconds since 1970.
    pub(super) at: i64,
    /// What is so, in a sentence.
    pub(super) sentence: String,
    /// When it will be otherwise though nothing happens.
    pub(super) next_at: Option<i64>,
}

impl ReadCondition {
    /// How a connection of that name stands now, which was set then, by what is known of how it was read last.
    pub(super) fn judges(&self, (name, set_at): (&str, i64), last: Last, now: i64) -> Judged {
        match self.unread_hours {
            Some(hours) => unread((name, set_at), last.succeeded, hours, now),
            None => tried(name, last, now),
        }
    }
}

/// Whether it was read of late. Of a reading that is forgotten it is known that it was no later than what is kept, and that there was none
/// before it was set.
fn unread((name, set_at): (&str, i64), succeeded: Option<i64>, hours: u32, now: i64) -> Judged {
    let kept_since = now.saturating_sub(REMEMBERED);
    let is_forgotten = succeeded.is_none() && set_at < kept_since;
    let read = succeeded.unwrap_or(set_at.max(kept_since));
    let limit = i64::from(hours) * HOUR;
    let (due, at_last) = (read.saturating_add(limit), succeeded.unwrap_or(set_at).saturating_add(limit));
    let late = at_last <= now;
    let since = counted((now - read) / HOUR, "hour", "hours");
    let sentence = match (late, succeeded) {
        _ if is_forgotten => format!("`{name}` was not read for {since} or longer; the limit is {hours}."),
        (true, _) => format!("`{name}` was not read for {since}; the limit is {hours}."),
        (false, Some(_)) => format!("`{name}` was read {since} ago."),
        (false, None) => format!("`{name}` was set {since} ago, and is to be read yet."),
    };
    let verdict = if late { Verdict::Fires } else { Verdict::Clear };
    Judged { verdict, at: if late { due.min(now) } else { now }, sentence, next_at: (!late).then_some(at_last) }
}

/// Whether the last try to read it failed. Where none is known, nobody can say that it is read.
fn tried(name: &str, last: Last, now: i64) -> Judged {
    let failed = last.failed.filter(|failed| last.succeeded.is_none_or(|read| *failed > read));
    let (verdict, sentence) = match (failed, last.succeeded) {
        (Some(_), _) => (Verdict::Fires, format!("The last try to read `{name}` failed.")),
        (None, Some(_)) => (Verdict::Clear, format!("`{name}` is read.")),
        (None, None) => (Verdict::Unknown, format!("No try to read `{name}` is known.")),
    };
    Judged { verdict, at: failed.unwrap_or(now), sentence, next_at: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;

    fn judged(unread_hours: Option<u32>, set_at: i64, [succeeded, failed]: [Option<i64>; 2], now: i64) -> Judged {
        let of = ReadCondition { unread_hours, ..ReadCondition::default() };
        of.judges(("hub", set_at), Last { succeeded, failed }, now)
    }

    #[test]
    fn a_reading_that_is_forgotten_was_no_later_than_what_is_kept() {
        let now = 1_000 * DAY;
        let told = |hours, set_at, succeeded| {
            let Judged { verdict, at, sentence, next_at } = judged(Some(hours), set_at, [succeeded, None], now);
            (verdict, (now - at) / DAY, sentence, next_at.map(|at| (at - now) / DAY))
        };
        let (late, well) = (Verdict::Fires, Verdict::Clear);
        let said = "`hub` was not read for 72 hours; the limit is 48.".to_owned();
        assert_eq!(told(48, 0, Some(now - 3 * DAY)), (late, 1, said, None));
        assert_eq!(told(48, 0, Some(now - DAY)), (well, 0, "`hub` was read 24 hours ago.".to_owned(), Some(1)));
        let said = "`hub` was set 24 hours ago, and is to be read yet.".to_owned();
        assert_eq!(told(48, now - DAY, None), (well, 0, said, Some(1)));
        // Not since it was set, a thousand days ago.
        let (verdict, days, said, next) = told(48, 0, None);
        assert_eq!((verdict, days, next), (late, 88, None));
        assert!(said.ends_with(" hours or longer; the limit is 48.") && !said.contains("24000"), "{said}");
        // Whether it was read within the limit nobody knows, and that it was not within what is kept.
        assert_eq!((told(4_800, 0, None).0, told(4_800, 0, None).1), (late, 0));
        // It is not there for as long as it may stay unread.
        let (verdict, _, said, next) = told(4_800, now - 100 * DAY, None);
        assert_eq!((verdict, next), (well, Some(100)));
        assert_eq!(said, "`hub` was not read for 2160 hours or longer; the limit is 4800.");
    }

    #[test]
    fn where_no_try_is_known_it_is_neither_read_nor_failing() {
        let told = |last| {
            let Judged { verdict, at, next_at, .. } = judged(None, 0, last, 9);
            (verdict, at, next_at)
        };
        assert_eq!(told([Some(3), Some(5)]), (Verdict::Fires, 5, None));
        assert_eq!(told([Some(5), Some(3)]), (Verdict::Clear, 9, None));
        assert_eq!(told([None, Some(5)]), (Verdict::Fires, 5, None));
        assert_eq!(told([None, None]), (Verdict::Unknown, 9, None));
    }
}
