//! Texts that stand in a column more than once, each looked at once: in a column that was read by a dictionary, one that comes again is the same
//! place in memory.

use arrow::array::{Array as _, BooleanArray, StringViewArray};
use datafusion::common::Result;

/// How many texts are remembered at once: more cost more to set up for each batch than they save.
const REMEMBERED: usize = 1 << 11;
/// Of so few rows setting up costs as much as looking.
const FEW: usize = 64;

/// What is found of each text of a column, NULL of one that is NULL. Of two that are the same place, or the same few letters, the second is mostly
/// not looked at.
///
/// # Errors
/// The first that looking gave.
pub(super) fn found(texts: &StringViewArray, mut look: impl FnMut(&str) -> Result<bool>) -> Result<BooleanArray> {
    let size = if texts.len() < FEW { 0 } else { REMEMBERED.min(texts.len().next_power_of_two()) };
    let mut remembered: Vec<Option<(u128, bool)>> = vec![None; size];
    let each = texts.views().iter().zip(texts.iter()).map(|(view, text)| {
        let Some(text) = text else { return Ok(None) };
        let Some(place) = remembered.get_mut(place(*view, size)) else { return look(text).map(Some) };
        if let Some((seen, found)) = place
            && seen == view
        {
            return Ok(Some(*found));
        }
        let found = look(text)?;
        *place = Some((*view, found));
        Ok(Some(found))
    });
    each.collect()
}

/// Where what is found of such a text is remembered, of so many places, a power of two.
fn place(view: u128, size: usize) -> usize {
    let folded = (view ^ (view >> 64)) as u64;
    // The odd number nearest to 2^64 divided by the golden ratio spreads what differs in few bits.
    let spread = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    (spread as usize) & size.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringViewBuilder;
    use datafusion::common::exec_err;

    /// So many texts, ten of which are long, over and over.
    fn texts(rows: usize) -> StringViewArray {
        let mut texts = StringViewBuilder::new().with_deduplicate_strings();
        for row in 0..rows {
            match row % 13 {
                10 => texts.append_null(),
                11 => texts.append_value(""),
                12 => texts.append_value("short"),
                n => texts.append_value(format!("a text that is too long to stand in its view, number {n}")),
            }
        }
        texts.finish()
    }

    #[test]
    fn each_is_found_as_if_it_were_looked_at_and_what_comes_again_is_not() {
        for (rows, most) in [(0, 0), (13, 12), (63, 63), (64, 20), (8_192, 20)] {
            let (texts, mut looked) = (texts(rows), 0);
            let is_sought = |text: &str| text.is_empty() || text.ends_with('3');
            let found = found(&texts, |text| {
                looked += 1;
                Ok(is_sought(text))
            });
            let expected: BooleanArray = texts.iter().map(|text| text.map(is_sought)).collect();
            assert_eq!(found.unwrap(), expected, "{rows} rows");
            assert!(looked <= most, "{looked} of {rows}");
        }
    }

    #[test]
    fn texts_that_differ_are_looked_at_each() {
        let texts: StringViewArray =
            (0..8_192).map(|n| Some(format!("each is another, also where it is long: {n}"))).collect();
        let mut looked = 0;
        let found = found(&texts, |text| {
            looked += 1;
            Ok(text.ends_with('7'))
        });
        assert_eq!((found.unwrap().true_count(), looked), (819, 8_192));
    }

    #[test]
    fn what_stops_one_search_stops_all() {
        let told = found(&texts(100), |_| exec_err!("it is over")).unwrap_err();
        assert!(told.to_string().contains("it is over"));
    }
}
