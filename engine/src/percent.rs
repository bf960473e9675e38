//! Counts, shares, chances and growth as people read them.

use std::fmt::Display;

/// So many of something, in the words for one or for any other number of it: `1 week`, `0 weeks`, `1.5 weeks`. What is written as 1 is one.
pub fn counted(count: impl Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let what = if count == "1" { one } else { many };
    format!("{count} {what}")
}

/// A share in percent, with a decimal below a tenth, and where it is nearly all: `42 %`, `4.2 %`, `0 %`, `99.6 %`. What is not all of it is
/// never told as 100 %: what is missing may be what somebody looks for. Sentences, reports and messages have it so, and so has the page.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let rounded = if percent > 99.0 && percent < 100.0 {
        (percent * 10.0).floor() / 10.0
    } else if share.abs() < 0.1 {
        // Halves go away from 0, as they do in browsers.
        (percent * 10.0).round() / 10.0
    } else {
        percent.round()
    };
    // What is next to nothing below 0 is no minus 0.
    format!("{} %", rounded + 0.0)
}

/// A chance in percent. It is the share of so many plays of the future, so it is never none and never all: below 1 % and above 99 %
/// no more is said than that.
pub fn chance(share: f64) -> String {
    match share {
        rare if rare < 0.01 => "less than 1 %".to_owned(),
        nearly_all if nearly_all > 0.99 => "more than 99 %".to_owned(),
        between => percent(between),
    }
}

/// From how many times as much on a change is told as that: nobody reads 4,149 % as 42 times. The page has it so, too.
pub const TENFOLD: f64 = 10.0;

/// How much something grew, by this share of what it was: `by 42 %`, and from ten times as much on `to 14 times as much`.
pub fn grown(share: f64) -> String {
    let times = share + 1.0;
    if times >= TENFOLD { format!("to {times:.0} times as much") } else { format!("by {}", percent(share)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_something_has_a_word_of_its_own() {
        let told = [0, 1, 2, 21].map(|count| counted(count, "week", "weeks"));
        assert_eq!(told, ["0 weeks", "1 week", "2 weeks", "21 weeks"]);
        assert_eq!([counted("1", "item", "items"), counted("1.5", "item", "items")], ["1 item", "1.5 items"]);
    }

    #[test]
    fn a_share_below_a_tenth_or_of_nearly_all_has_a_decimal() {
        for (share, told) in [
            (0.0, "0 %"),
            (-0.0, "0 %"),
            (0.002, "0.2 %"),
            (0.0004, "0 %"),
            (-0.0004, "0 %"),
            (0.042, "4.2 %"),
            (0.0425, "4.3 %"),
            (0.05, "5 %"),
            (0.0996, "10 %"),
            (0.1, "10 %"),
            (0.125, "13 %"),
            (0.424, "42 %"),
            (0.9899, "99 %"),
            (0.99, "99 %"),
            (0.9992, "99.9 %"),
            (0.9999, "99.9 %"),
            (1.0, "100 %"),
            (1.004, "100 %"),
            (12.5, "1250 %"),
            (-0.034, "-3.4 %"),
        ] {
            assert_eq!(percent(share), told, "{share}");
        }
    }

    #[test]
    fn from_tenfold_on_growth_is_told_as_times_as_much() {
        for (share, told) in [
            (0.5, "by 50 %"),
            (0.094, "by 9.4 %"),
            (8.99, "by 899 %"),
            (9.0, "to 10 times as much"),
            (12.5, "to 14 times as much"),
        ] {
            assert_eq!(grown(share), told, "{share}");
        }
    }

    #[test]
    fn a_chance_is_never_none_and_never_all() {
        for (share, told) in [
            (0.0, "less than 1 %"),
            (0.002, "less than 1 %"),
            (0.009_99, "less than 1 %"),
            (0.01, "1 %"),
            (0.042, "4.2 %"),
            (0.35, "35 %"),
            (0.99, "99 %"),
            (0.9901, "more than 99 %"),
            (1.0, "more than 99 %"),
        ] {
            assert_eq!(chance(share), told, "{share}");
        }
    }
}
