//! Numbers that look random and are the same each time, and the words of titles.

/// In microseconds, as all times are.
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3_600 * SECOND;
pub(super) const DAY: i64 = 24 * HOUR;

/// A row of such numbers: SplitMix64.
pub(super) struct Luck(u64);

impl Luck {
    /// That of one thing: what kind of thing it is, and its place among those.
    pub(super) fn of(kind: &str, place: usize) -> Self {
        let seed = kind
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        Self(seed ^ (place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// The next number.
    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to before `end`.
    pub(super) fn below(&mut self, end: i64) -> i64 {
        ((u128::from(self.draw()) * u128::from(end.unsigned_abs())) >> 64) as i64
    }

    /// A place among so many.
    pub(super) fn place(&mut self, among: usize) -> usize {
        self.below(among as i64) as usize
    }

    /// Whether it is one of so many in a hundred.
    pub(super) fn share(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// One of these, of which there is at least one.
    pub(super) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.place(of.len())]
    }

    /// A duration that takes so many hours on average, and sometimes a multiple of that.
    pub(super) fn hours(&mut self, mean: f64) -> i64 {
        let share = (self.draw() >> 11) as f64 / (1_u64 << 53) as f64;
        SECOND + (-(1.0 - share).ln() * mean * HOUR as f64) as i64
    }
}

const VERBS: [&str; 12] = [
    "Fix", "Add", "Remove", "Speed up", "Simplify", "Test", "Document", "Refactor", "Improve", "Handle", "Rename",
    "Upgrade",
];
const THINGS: [&str; 16] = [
    "retry handling",
    "the checkout",
    "error pages",
    "the cache of product lists",
    "timeouts",
    "the login form",
    "currency formats",
    "pagination",
    "the metrics endpoint",
    "background jobs",
    "the search index",
    "payment callbacks",
    "feature flags",
    "the export",
    "audit entries",
    "image uploads",
];
const WHERE: [&str; 10] = [
    "of the shop",
    "for partners",
    "on mobile",
    "in the back office",
    "after a restart",
    "under load",
    "for new customers",
    "in the gateway",
    "of invoices",
    "when offline",
];

/// What something is called.
pub(super) fn title(luck: &mut Luck) -> String {
    format!("{} {} {}", luck.one(&VERBS), luck.one(&THINGS), luck.one(&WHERE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_is_the_same_each_time_and_another_for_another_thing() {
        let drawn = |kind, place| {
            let mut luck = Luck::of(kind, place);
            [luck.draw(), luck.draw()]
        };
        assert_eq!(drawn("commit", 7), drawn("commit", 7));
        assert_ne!(drawn("commit", 7), drawn("commit", 8));
        assert_ne!(drawn("commit", 7), drawn("review", 7));
    }

    #[test]
    fn durations_have_the_mean_that_is_asked_for() {
        let mut luck = Luck::of("test", 0);
        let all: i64 = (0..20_000).map(|_| luck.hours(10.0)).sum();
        let mean = all as f64 / 20_000.0 / HOUR as f64;
        assert!((9.7..10.3).contains(&mean), "{mean} hours");
    }
}
