//! From values to what an axis says of them.

/// An axis: what its numbers are in, what they are divided by for that, and where its ticks are.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::reports) struct Scaled {
    /// What the axis says that its numbers are in.
    pub(in crate::reports) unit: String,
    /// What a value is divided by.
    pub(in crate::reports) by: f64,
}

impl Scaled {
    /// What suits values of a unit up to that size.
    pub(in crate::reports) fn of(unit: &str, most: f64) -> Self {
        let (minute, hour, day) = (60.0, 3600.0, 86400.0);
        let (unit, by) = match unit {
            "seconds" if most < 2.0 * minute => ("seconds", 1.0),
            "seconds" if most < 2.0 * hour => ("minutes", minute),
            "seconds" if most < 2.0 * day => ("hours", hour),
            "seconds" => ("days", day),
            "working seconds" => ("working hours", hour),
            "ratio" => ("%", 0.01),
            other => (other, 1.0),
        };
        Self { unit: unit.to_owned(), by }
    }
}

/// From the least to the most, in steps of 1, 2 or 5 times a power of ten; both ends are steps, and 0 lies between them.
pub(super) fn ticks(least: f64, most: f64) -> Vec<f64> {
    const STEPS: f64 = 4.0;
    let (low, high) = (least.min(0.0), most.max(0.0));
    let span = high - low;
    if !span.is_finite() || span <= f64::MIN_POSITIVE {
        return vec![0.0, 1.0];
    }
    let rough = span / STEPS;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough * 0.999_999);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
    // Counted, not added up: sums of tenths drift.
    let count = (last - first).clamp(1.0, 50.0) as u32;
    (0..=count).map(|n| (first + f64::from(n)) * step).collect()
}

/// A number on an axis: short, with thousands, millions and so on as letters.
pub(super) fn short(value: f64) -> String {
    let (value, letter) = match value.abs() {
        v if v >= 1e15 => return format!("{value:.0e}"),
        v if v >= 1e12 => (value / 1e12, "T"),
        v if v >= 1e9 => (value / 1e9, "G"),
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e4 => (value / 1e3, "k"),
        v if v != 0.0 && v < 1e-3 => return format!("{value:.0e}"),
        _ => (value, ""),
    };
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{}{letter}", if text == "-0" { "0" } else { text })
}
