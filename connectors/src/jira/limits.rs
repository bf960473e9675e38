//! What is left of Jira's budgets, as its answers tell people; how long to wait is told apart.
//!
//! Data Center has a bucket of tokens a person, and tells how many of them come in how many seconds. Cloud tells until when a
//! budget is used up, and of which kind it is, with the answers that say so.

use crate::Budget;
use crate::net::{Answer, WAITS};
use chrono::{DateTime, NaiveDateTime};
use std::time::Duration;

const SECOND: i64 = 1_000_000;
/// What a budget is called that has no name.
const REQUESTS: &str = "requests";

/// What an answer tells; nothing where it does not say when the budget is full again.
pub(super) fn budget(answer: &Answer) -> Option<Budget> {
    let (limit, remaining) = answer.number("x-ratelimit-limit").zip(answer.number("x-ratelimit-remaining"))?;
    let at = answer.date()?;
    let resets_at = match answer.header("x-ratelimit-reset") {
        Some(text) => instant(text)?,
        None => at.checked_add(filled_in(answer, limit.checked_sub(remaining)?)?)?,
    };
    let name = answer.header("ratelimit-reason").unwrap_or(REQUESTS).to_owned();
    Some(Budget { name, limit, remaining, resets_at, at })
}

/// How long it is until a budget that is used up is full again, by Jira's clock; nothing where it does not say, or that is over.
pub(super) fn until_reset(answer: &Answer) -> Option<Duration> {
    let left = instant(answer.header("x-ratelimit-reset")?)?.checked_sub(answer.date()?)?;
    let left = u64::try_from(left).ok().filter(|left| *left > 0)?;
    Some(Duration::from_micros(left).min(WAITS))
}

/// How long it takes until so many tokens are there again, in microseconds.
fn filled_in(answer: &Answer, missing: i64) -> Option<i64> {
    let interval = answer.number("x-ratelimit-interval-seconds")?.checked_mul(SECOND)?;
    let rate = answer.number("x-ratelimit-fillrate").filter(|rate| *rate > 0)?;
    // As many come at once, at the end of each interval.
    let intervals = missing.max(0).checked_add(rate - 1)?.checked_div(rate)?;
    intervals.checked_mul(interval)
}

/// A time, which Cloud may write without its seconds.
fn instant(text: &str) -> Option<i64> {
    let told = DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_micros());
    let short = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").ok();
    told.or_else(|| short().map(|time| time.and_utc().timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 24 November 2026, 10:00:00 UTC.
    const AT: i64 = 1_795_514_400 * SECOND;

    fn told(headers: &[(&'static str, &'static str)]) -> Option<Budget> {
        let all = [("date", "Tue, 24 Nov 2026 10:00:00 GMT")].into_iter().chain(headers.iter().copied());
        let headers = all.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        budget(&Answer { status: reqwest::StatusCode::OK, headers, body: Default::default() })
    }

    fn left(name: &str, limit: i64, remaining: i64, seconds: i64) -> Option<Budget> {
        Some(Budget { name: name.to_owned(), limit, remaining, resets_at: AT + seconds * SECOND, at: AT })
    }

    #[test]
    fn a_bucket_is_full_again_when_as_many_tokens_came_as_are_missing() {
        let bucket = |remaining: &'static str| {
            told(&[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-fillrate", "40"),
                ("x-ratelimit-interval-seconds", "60"),
            ])
        };
        assert_eq!(bucket("100"), left("requests", 100, 100, 0));
        assert_eq!(bucket("99"), left("requests", 100, 99, 60));
        assert_eq!(bucket("60"), left("requests", 100, 60, 60));
        // 41 of them come in two intervals.
        assert_eq!(bucket("59"), left("requests", 100, 59, 120));
    }

    #[test]
    fn a_budget_of_cloud_has_a_name_and_a_time() {
        let cloud = |reset: &'static str| {
            told(&[
                ("x-ratelimit-limit", "65000"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", reset),
                ("ratelimit-reason", "jira-quota-global-based"),
            ])
        };
        assert_eq!(cloud("2026-11-24T10:05Z"), left("jira-quota-global-based", 65_000, 0, 300));
        assert_eq!(cloud("2026-11-24T10:05:30Z"), left("jira-quota-global-based", 65_000, 0, 330));
        assert_eq!(cloud("soon"), None);
    }

    #[test]
    fn where_not_all_of_it_is_told_nothing_is() {
        let (limit, remaining) = (("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "7"));
        let interval = ("x-ratelimit-interval-seconds", "60");
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[limit, remaining]), None);
        assert_eq!(told(&[limit, remaining, interval, ("x-ratelimit-fillrate", "0")]), None);
        assert_eq!(told(&[remaining, interval, ("x-ratelimit-fillrate", "1")]), None);
    }
}
