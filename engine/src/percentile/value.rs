//! Values as sortable keys, percentiles as fractions, and the one exact step between two neighbours.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_err, internal_err, plan_err};
use datafusion::error::DataFusionError;
use std::sync::Arc;

const SIGN: u64 = 1 << 63;

/// What kind of numbers is looked at. Every value is kept as a `u64` key that sorts as the value does, so that one
/// selection, one state and one running structure serve all kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Int,
    UInt,
    Float,
}

impl Numbers {
    /// The type that an argument is cast to.
    pub(super) fn coerced(argument: &DataType) -> Result<DataType> {
        Ok(match argument {
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => DataType::Int64,
            DataType::UInt64 => DataType::UInt64,
            DataType::Null | DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
            decimal if decimal.is_decimal() => DataType::Float64,
            other => {
                return plan_err!(
                    "a percentile is taken of numbers, not of {other}: for a duration, take its seconds first"
                );
            }
        })
    }

    pub(super) fn of(coerced: &DataType) -> Result<Self> {
        match coerced {
            DataType::Int64 => Ok(Numbers::Int),
            DataType::UInt64 => Ok(Numbers::UInt),
            DataType::Float64 | DataType::Null => Ok(Numbers::Float),
            other => internal_err!("percentile over {other} was not coerced"),
        }
    }

    /// Calls `each` with place and key of every value that is not NULL.
    pub(super) fn for_each(self, array: &ArrayRef, mut each: impl FnMut(usize, u64)) -> Result<()> {
        macro_rules! visit {
            ($type:ty, $key:expr) => {{
                let array = array.as_primitive::<$type>();
                for (i, value) in array.values().iter().enumerate() {
                    if array.is_valid(i) {
                        each(i, $key(*value)?);
                    }
                }
            }};
        }
        if array.data_type() == &DataType::Null {
            return Ok(());
        }
        match self {
            Numbers::Int => visit!(Int64Type, int_key),
            Numbers::UInt => visit!(UInt64Type, Ok::<u64, DataFusionError>),
            Numbers::Float => visit!(Float64Type, float_key),
        }
        Ok(())
    }

    /// What lies `weight / of` of the way from one value to the next.
    pub(super) fn between(self, low: u64, high: u64, weight: u64, of: u64) -> f64 {
        match self {
            Numbers::Int => exact(int_of(low).into(), int_of(high).into(), weight, of, 0),
            Numbers::UInt => exact(low.into(), high.into(), weight, of, 0),
            Numbers::Float => float_between(float_of(low), float_of(high), weight, of),
        }
    }
}

/// How keys travel between the two phases of an aggregation.
pub(super) fn state_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::UInt64, true)))
}

fn int_key(value: i64) -> Result<u64> {
    Ok(value.cast_unsigned() ^ SIGN)
}

pub(super) fn float_key(value: f64) -> Result<u64> {
    if !value.is_finite() {
        return exec_err!("a percentile of {value} means nothing, for it has no place among the others");
    }
    // -0.0 and 0.0 are the same number.
    let bits = (value + 0.0).to_bits();
    Ok(if bits & SIGN == 0 { bits | SIGN } else { !bits })
}

fn int_of(key: u64) -> i64 {
    (key ^ SIGN).cast_signed()
}

fn float_of(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// A percentile as the decimal that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

impl Fraction {
    /// The 10th percentile.
    pub const P10: Self = Self { numerator: 1, denominator: 10 };
    /// The 25th percentile.
    pub const P25: Self = Self { numerator: 1, denominator: 4 };
    /// The median.
    pub const HALF: Self = Self { numerator: 1, denominator: 2 };
    /// The 75th percentile.
    pub const P75: Self = Self { numerator: 3, denominator: 4 };
    /// The 90th percentile.
    pub const P90: Self = Self { numerator: 9, denominator: 10 };
    /// The most decimal places that are told apart.
    const PLACES: usize = 15;

    /// From a number of SQL: its shortest decimal, which is the one that was written.
    pub(super) fn new(number: f64) -> Result<Self> {
        let refused = || plan_err!("a percentile is a number from 0 to 1 with at most 15 decimals, not {number}");
        let digits = format!("{number}");
        let (whole, decimals) = digits.split_once('.').unwrap_or((&digits, ""));
        if !(0.0..=1.0).contains(&number) || decimals.len() > Self::PLACES {
            return refused();
        }
        let denominator = 10_u64.pow(decimals.len() as u32);
        let (Ok(whole), Ok(rest)) =
            (whole.trim_start_matches('-').parse::<u64>(), format!("0{decimals}").parse::<u64>())
        else {
            return refused();
        };
        let numerator = whole * denominator + rest;
        let divisor = gcd(numerator, denominator);
        Ok(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// The same, counted from the greatest value down.
    pub(super) fn seen_from_above(self) -> Self {
        Self { numerator: self.denominator - self.numerator, ..self }
    }

    /// The rank of this percentile among `n ≥ 1` values: the place below it, and how far to the next in `1 / .2`.
    pub(super) fn rank(self, n: usize) -> (usize, u64, u64) {
        let (n, denominator) = (n as u128, u128::from(self.denominator));
        let scaled = n.saturating_sub(1) * u128::from(self.numerator);
        let (place, rest) = (scaled / denominator, (scaled % denominator) as u64);
        let divisor = gcd(rest, self.denominator);
        (place as usize, rest / divisor, self.denominator / divisor)
    }

    /// The percentile of keys in any order, which are left in another.
    pub(super) fn select(self, numbers: Numbers, keys: &mut [u64]) -> Option<f64> {
        if keys.is_empty() {
            return None;
        }
        let (place, weight, of) = self.rank(keys.len());
        let (_, low, above) = keys.select_nth_unstable(place);
        let low = *low;
        let high = if weight == 0 { low } else { above.iter().copied().min().unwrap_or(low) };
        Some(numbers.between(low, high, weight, of))
    }
}

/// The percentile of a few floats; `None` when there are none, or one of them is not finite.
pub fn of(values: &[f64], fraction: Fraction) -> Option<f64> {
    let mut keys = values.iter().map(|v| float_key(*v)).collect::<Result<Vec<_>>>().ok()?;
    fraction.select(Numbers::Float, &mut keys)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// `(low·(of − weight) + high·weight) / of · 2^exponent`, rounded once. Needs `|low|, |high| < 2^76` and `of < 2^50`.
fn exact(low: i128, high: i128, weight: u64, of: u64, exponent: i32) -> f64 {
    let total = low * i128::from(of) + (high - low) * i128::from(weight);
    if total == 0 {
        return 0.0;
    }
    // Shifted to the top, the quotient has more than 53 bits to spare; the lowest stands for all that was cut off.
    let magnitude = total.unsigned_abs();
    let shift = magnitude.leading_zeros();
    let shifted = magnitude << shift;
    let quotient = (shifted / u128::from(of)) | u128::from(!shifted.is_multiple_of(u128::from(of)));
    let rounded = scaled(quotient as f64, exponent - shift as i32);
    if total < 0 { -rounded } else { rounded }
}

/// `value · 2^exponent`, in two steps so that neither power leaves the range of floats.
fn scaled(value: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    value * 2f64.powi(half) * 2f64.powi(exponent - half)
}

fn float_between(low: f64, high: f64, weight: u64, of: u64) -> f64 {
    if weight == 0 || low == high {
        return low;
    }
    let ((low_digits, low_exponent), (high_digits, high_exponent)) = (parts(low), parts(high));
    let exponent = low_exponent.min(high_exponent);
    // Near the subnormal floats a second rounding would come in.
    if exponent >= -960
        && let Some(low) = widened(low_digits, low_exponent - exponent)
        && let Some(high) = widened(high_digits, high_exponent - exponent)
    {
        return exact(low, high, weight, of, exponent);
    }
    // So far apart in size that integers do not hold both: within one unit in the last place, and never outside the two.
    let share = weight as f64 / of as f64;
    (low * (1.0 - share) + high * share).clamp(low, high)
}

/// `digits · 2^shift`, as long as it is within the reach of [`exact`].
fn widened(digits: i128, shift: i32) -> Option<i128> {
    let used = i128::BITS - digits.unsigned_abs().leading_zeros();
    (digits == 0 || used + shift.unsigned_abs() <= 75).then(|| if digits == 0 { 0 } else { digits << shift })
}

/// A finite float as an odd integer times a power of two. Zero takes a large power, so that it never sets the scale.
fn parts(value: f64) -> (i128, i32) {
    let bits = value.to_bits();
    let (raw_exponent, fraction) = (((bits >> 52) & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let (digits, exponent) =
        if raw_exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), raw_exponent - 1075) };
    if digits == 0 {
        return (0, 1024);
    }
    let zeros = digits.trailing_zeros();
    let digits = i128::from(digits >> zeros);
    (if value < 0.0 { -digits } else { digits }, exponent + zeros as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ints(values: &[i64], p: f64) -> Option<f64> {
        let mut keys: Vec<_> = values.iter().map(|v| int_key(*v).unwrap()).collect();
        Fraction::new(p).unwrap().select(Numbers::Int, &mut keys)
    }

    #[test]
    fn hand_computed_percentiles() {
        let fourteen: Vec<i64> = (1..=14).map(|i| i * i).collect();
        // rank 13 · 0.85 = 11.05, between 12² = 144 and 13² = 169: 144 + 0.05 · 25 = 145.25
        assert_eq!(ints(&fourteen, 0.85), Some(145.25));
        assert_eq!(ints(&[10, 20], 0.5), Some(15.0));
        assert_eq!(ints(&[7], 0.85), Some(7.0));
        assert_eq!(ints(&[], 0.5), None);
        assert_eq!(ints(&[3, 3, 3, 9], 0.5), Some(3.0));
        assert_eq!(ints(&[-5, -1, -9], 0.5), Some(-5.0));
        assert_eq!(ints(&[-5, 2], 0.9), Some(1.3)); // -5 + 0.9 · 7, a float sum gives 1.2999999999999998
        assert_eq!(ints(&[1, 2, 3], 0.0), Some(1.0));
        assert_eq!(ints(&[1, 2, 3], 1.0), Some(3.0));
        assert_eq!(of(&[0.1, 0.3], Fraction::HALF), Some(0.2));
        assert_eq!(of(&[f64::NAN], Fraction::HALF), None);
    }

    #[test]
    fn a_percentile_is_the_decimal_that_was_written() {
        assert_eq!(Fraction::new(0.85).unwrap(), Fraction { numerator: 17, denominator: 20 });
        assert_eq!(Fraction::new(5e-1).unwrap(), Fraction::HALF);
        for refused in [1.01, -0.1, f64::NAN, 0.1234567890123456] {
            assert!(Fraction::new(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        assert_eq!(ints(&[i64::MIN, i64::MAX], 0.5), Some(-0.5));
        assert_eq!(of(&[-f64::MAX, f64::MAX], Fraction::HALF), Some(0.0));
        assert_eq!(of(&[f64::MAX, f64::MAX], Fraction::P90), Some(f64::MAX));
        assert_eq!(of(&[0.0, 5e-324], Fraction::P90), Some(5e-324));
        let huge = of(&[1e-300, 1e300], Fraction::HALF).unwrap();
        assert!((huge - 5e299).abs() <= 1e284);
    }

    /// Whether no other float is nearer to `total / of` than `got`: compared in whole numbers of `1 / (of · 2^80)`.
    fn is_nearest(got: f64, total: i128, of: i128) -> bool {
        let distance = |candidate: f64| {
            let (digits, exponent) = parts(candidate);
            match digits {
                0 => (total << 80).abs(),
                _ if exponent < -80 => i128::MAX,
                _ => ((digits << (exponent + 80)) * of - (total << 80)).abs(),
            }
        };
        distance(got) <= distance(got.next_up()) && distance(got) <= distance(got.next_down())
    }

    proptest! {
        #[test]
        fn select_is_the_naive_rank_over_the_sorted_values(
            mut values in prop::collection::vec(-1_000_000_i64..1_000_000, 1..60), percent in 0_i128..=100
        ) {
            let got = ints(&values, percent as f64 / 100.0).unwrap();
            values.sort_unstable();
            let scaled = (values.len() as i128 - 1) * percent;
            let (place, rest) = ((scaled / 100) as usize, scaled % 100);
            let next = values[(place + 1).min(values.len() - 1)];
            let total = i128::from(values[place]) * (100 - rest) + i128::from(next) * rest;
            prop_assert!(is_nearest(got, total, 100), "{got} is not {total}/100");
            if total % 100 == 0 {
                prop_assert_eq!(got, (total / 100) as f64);
            }
        }

        #[test]
        fn keys_sort_as_floats_do(a in -1e12..1e12_f64, b in -1e12..1e12_f64) {
            let (x, y) = (float_key(a).unwrap(), float_key(b).unwrap());
            prop_assert_eq!(x.cmp(&y), a.partial_cmp(&b).unwrap());
            prop_assert_eq!(float_of(x), a);
        }

        #[test]
        fn whole_floats_agree_with_integers(
            values in prop::collection::vec(-9_000_000_000_i64..9_000_000_000, 1..40), percent in 0_u32..=100
        ) {
            let p = f64::from(percent) / 100.0;
            let floats: Vec<f64> = values.iter().map(|v| *v as f64).collect();
            prop_assert_eq!(ints(&values, p), of(&floats, Fraction::new(p).unwrap()));
        }
    }
}
