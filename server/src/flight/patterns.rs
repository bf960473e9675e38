//! Which names a client looks for.

use crate::http::Problem;
use arrow::array::{Array as _, StringArray};
use arrow::compute::like;
use pulse_engine::session::CATALOGUE;

/// Whether a filter on the catalogue lets ours through. Drivers that know of none send nothing, or nothing between quotes.
pub(super) fn catalogue(filter: Option<&str>) -> bool {
    filter.is_none_or(|name| name.is_empty() || name == CATALOGUE)
}

/// Whether each of these names matches an SQL pattern: `%` is any text, `_` any character, and `\` takes the next as it is.
/// Without a pattern all do.
pub(super) fn matching<'a>(
    pattern: Option<&str>,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<bool>, Problem> {
    let names = StringArray::from_iter_values(names);
    let Some(pattern) = pattern else { return Ok(vec![true; names.len()]) };
    let matches = like(&names, &StringArray::new_scalar(pattern));
    let matches = matches.map_err(|e| Problem::invalid(format!("`{pattern}` cannot be used as a pattern: {e}")))?;
    Ok(matches.iter().map(|matches| matches == Some(true)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_sql_with_their_escapes() {
        let names = ["core", "facts", "a_b", "axb", "100%", "100 %", "back\\slash", ""];
        let found = |pattern: &str| -> Vec<&str> {
            let matches = matching(Some(pattern), names).unwrap();
            names.into_iter().zip(matches).filter_map(|(name, matches)| matches.then_some(name)).collect()
        };
        assert_eq!(found("%"), names);
        assert_eq!(found("core"), ["core"]);
        assert_eq!(found("CORE"), [""; 0]);
        assert_eq!(found("_a%"), ["facts", "back\\slash"]);
        assert_eq!(found("a_b"), ["a_b", "axb"]);
        assert_eq!(found("a\\_b"), ["a_b"]);
        assert_eq!(found("100\\%"), ["100%"]);
        assert_eq!(found("%\\\\%"), ["back\\slash"]);
        assert_eq!(found(""), [""]);
        assert!(matching(None, names).unwrap().into_iter().all(|matches| matches));
        assert!(catalogue(None) && catalogue(Some("")) && catalogue(Some("pulse")) && !catalogue(Some("other")));
    }
}
