//! Numbers as people read them.

use pulse_engine::{counted, percent};

/// A value in its unit, short: `3.2 days`, `12 %`, `4.5 a week`.
pub fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "seconds" => duration(value),
        "ratio" => percent(value),
        "working seconds" => counted(figures(value / 3600.0), "working hour", "working hours"),
        other if other.ends_with(" per week") => format!("{} a week", figures(value)),
        other => counted(figures(value), other.strip_suffix('s').unwrap_or(other), other),
    }
}

/// A length of time in the unit that suits it.
pub fn duration(seconds: f64) -> String {
    let (minute, hour, day) = (60.0, 3600.0, 86400.0);
    match seconds.abs() {
        s if s < 1.0 => "0 s".to_owned(),
        s if s < minute => format!("{} s", figures(seconds)),
        s if s < hour => format!("{} min", figures(seconds / minute)),
        s if s < 2.0 * day => format!("{} h", figures(seconds / hour)),
        _ => format!("{} days", figures(seconds / day)),
    }
}

/// Two figures, or the whole part when that has more.
fn figures(value: f64) -> String {
    let text = match value.abs() {
        v if v >= 9.95 => format!("{value:.0}"),
        v if v >= 0.995 || v == 0.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    match text.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|b| b == b'0') => whole.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_unit_that_suits_it() {
        let told = [(0.0, "0 s"), (45.0, "45 s"), (90.0, "1.5 min"), (7200.0, "2 h"), (172_800.0, "2 days")];
        for (seconds, text) in told {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(duration(36.0 * 86400.0), "36 days");
    }

    #[test]
    fn a_value_comes_with_its_unit() {
        assert_eq!(quantity(0.125, "ratio"), "13 %");
        assert_eq!(quantity(0.0, "ratio"), "0 %");
        assert_eq!(quantity(0.002, "ratio"), "0.2 %");
        assert_eq!(quantity(0.996, "ratio"), "99.6 %");
        assert_eq!(quantity(4.5, "deployments per week"), "4.5 a week");
        // Two figures below one, too.
        let told = [0.96, 0.95, 0.994, 0.996].map(|value| quantity(value, "deployments per week"));
        assert_eq!(told, ["0.96 a week", "0.95 a week", "0.99 a week", "1 a week"]);
        // Not in days: a working day has fewer than 24 hours.
        assert_eq!(quantity(180_000.0, "working seconds"), "50 working hours");
        assert_eq!(quantity(3600.0, "working seconds"), "1 working hour");
        assert_eq!((quantity(7.0, "items"), quantity(1.0, "items")), ("7 items".into(), "1 item".into()));
    }
}
