//! The patterns that a query has made ready, which for some takes longer than to search a batch of rows by them.

use parking_lot::Mutex;
use regex::{Error, Regex};
use std::collections::HashMap;
use std::fmt;

/// The most that are kept, and the most places of one: such a one takes a few megabytes where each place is any letter of any language.
const MOST: usize = 8;
const FEW_PLACES: usize = 64;

/// Those of one query. `Debug` tells no SQL.
#[derive(Default)]
pub(super) struct Ready(Mutex<HashMap<String, Regex>>);

impl Ready {
    /// One of so many places. Whoever asks for it again has a copy: it is the same, and has room of its own to search in, for which threads need
    /// not wait for each other.
    ///
    /// # Errors
    /// When it is no pattern, or too large.
    pub(super) fn of(&self, pattern: &str, places: usize) -> Result<Regex, Error> {
        if let Some(ready) = self.0.lock().get(pattern) {
            return Ok(ready.clone());
        }
        // Nobody waits meanwhile for another pattern.
        let ready = Regex::new(pattern)?;
        let mut kept = self.0.lock();
        if places <= FEW_PLACES && kept.len() < MOST {
            kept.insert(pattern.to_owned(), ready.clone());
        }
        Ok(ready)
    }

    /// How many are kept.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.0.lock().len()
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_made_ready_once_unless_it_is_large_or_one_of_many() {
        let ready = Ready::default();
        assert!(ready.of("(", 1).is_err() && ready.kept() == 0);
        for _ in 0..2 {
            assert!(ready.of("^a", 2).unwrap().is_match("ab"));
            assert!(ready.of("(?i)^A", 2).unwrap().is_match("ab"));
            assert!(ready.of("a{65}", 66).unwrap().is_match(&"a".repeat(65)));
        }
        assert_eq!(ready.kept(), 2);
        for n in 0..MOST {
            assert!(ready.of(&format!("x{n}"), 2).unwrap().is_match(&format!("x{n}")));
        }
        assert_eq!(ready.kept(), MOST);
    }
}
