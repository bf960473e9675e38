//! Clocks of vendors that are far ahead.

/// How far ahead of ours a vendor's clock may be, in microseconds: a day, which is more than zones are apart.
const MOST: i64 = 24 * 60 * 60 * 1_000_000;

/// When something was told, as its vendor says, or `now` by our clock where that is more than a day before. Of what is told of a thing the newest
/// counts, and reading goes on where it was: after a time far ahead nothing would for as long as it is to come, though the vendor's clock is right again.
pub(crate) fn told_at(said: i64, now: i64) -> i64 {
    if said > now.saturating_add(MOST) { now } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendors_clock_counts_unless_it_is_more_than_a_day_ahead() {
        for (said, told) in [(i64::MIN, i64::MIN), (-7, -7), (1_000 + MOST, 1_000 + MOST), (1_001 + MOST, 1_000)] {
            assert_eq!(told_at(said, 1_000), told, "{said}");
        }
        assert_eq!((told_at(i64::MAX, 0), told_at(i64::MAX, i64::MAX)), (0, i64::MAX));
    }
}
