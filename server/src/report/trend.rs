//! A trend line, for text and for the page.

use pulse_engine::metrics::{Group, Point};

/// The values of a group's periods, with their scale. It begins at zero, so that a height is a size.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// One value a period; `None` where there is none to tell.
    pub values: Vec<Option<f64>>,
    /// The top of the scale: the largest value of a whole period.
    pub top: f64,
}

impl Trend {
    /// The trend of a group's points.
    pub fn of(group: &Group) -> Self {
        Self::new(group.points.iter().map(|p: &Point| (p.figure.value, p.partial)).collect())
    }

    /// The scale is that of the whole periods, when there are any: a rate over a few hours may be anything.
    fn new(points: Vec<(Option<f64>, bool)>) -> Self {
        let top = |of: &dyn Fn(bool) -> bool| {
            points.iter().filter(|(_, partial)| of(*partial)).filter_map(|(v, _)| *v).fold(0.0, f64::max)
        };
        let whole = top(&|partial| !partial);
        let top = if whole > 0.0 { whole } else { top(&|_| true) };
        Self { values: points.into_iter().map(|(value, _)| value).collect(), top }
    }

    /// How far up the scale a value is, from 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        if self.top > 0.0 { (value / self.top).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Whether any period has a value.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// One character a period: a bar from `▁` for the smallest to `█` for the top, `·` where there is no value.
    pub fn sparkline(&self) -> String {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let bar = |value: f64| BARS.get((self.share(value) * 7.0).round() as usize).copied().unwrap_or('█');
        self.values.iter().map(|v| v.map_or('·', bar)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(values: &[Option<f64>]) -> Trend {
        Trend::new(values.iter().map(|v| (*v, false)).collect())
    }

    #[test]
    fn a_sparkline_begins_at_zero_and_shows_gaps() {
        let trend = whole(&[Some(0.0), Some(7.0), None, Some(3.5)]);
        assert_eq!(trend.top, 7.0);
        assert_eq!(trend.sparkline(), "▁█·▅");
    }

    #[test]
    fn zeros_alone_lie_flat() {
        assert_eq!(whole(&[Some(0.0), Some(0.0)]).sparkline(), "▁▁");
        assert!(whole(&[None]).is_empty());
    }

    #[test]
    fn a_period_that_is_not_over_does_not_set_the_scale() {
        let trend = Trend::new(vec![(Some(7.0), false), (Some(70.0), true)]);
        assert_eq!((trend.top, trend.sparkline().as_str()), (7.0, "██"));
        assert_eq!(Trend::new(vec![(Some(3.0), true)]).top, 3.0);
    }
}
