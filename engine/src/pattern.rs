//! Patterns for names: of tags, branches, environments, labels, statuses.

use crate::{Error, Result};
use gix_glob::wildmatch;
use gix_glob::wildmatch::Mode;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A pattern as the shell has it: `*` is any text, `?` any one character, `[0-9]` one of a class. `/` is a character as
/// any other, so `release-*` matches `release-2026/3`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

impl Pattern {
    /// Checks a pattern.
    ///
    /// # Errors
    /// [`Error::Setting`] when it is empty, or a `[` is not closed: such a one could never match.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let open = text.rfind('[').is_some_and(|at| !text[at..].contains(']'));
        if text.trim().is_empty() || open {
            return Err(Error::Setting(format!(
                "`{text}` is not a pattern for names: use text with `*`, `?` and `[0-9]`, for example `v*` or `release-*`"
            )));
        }
        Ok(Self(text))
    }

    /// A pattern that stands for one name and no other; none for an empty one.
    pub fn literal(name: &str) -> Option<Self> {
        let sign = |c: char| match c {
            '*' | '?' | '[' => format!("[{c}]"),
            '\\' => "\\\\".to_owned(),
            c => c.to_string(),
        };
        Self::new(name.chars().map(sign).collect::<String>()).ok()
    }

    /// Whether the whole name matches, upper and lower case apart.
    pub fn matches(&self, name: &str) -> bool {
        self.wild(name, Mode::empty())
    }

    /// Whether the whole name matches, upper and lower case alike.
    pub fn matches_any_case(&self, name: &str) -> bool {
        self.wild(name, Mode::IGNORE_CASE)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn wild(&self, name: &str, mode: Mode) -> bool {
        wildmatch(self.0.as_str().into(), name.into(), mode)
    }
}

/// Patterns that are known to be well-formed.
pub fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().flat_map(|text| Pattern::new(*text)).collect()
}

/// Whether one of the patterns matches the whole name, upper and lower case alike.
pub fn any_of(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches_any_case(name))
}

impl TryFrom<String> for Pattern {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_names_as_in_the_shell() {
        let matches = |pattern: &str, name: &str| Pattern::new(pattern).unwrap().matches(name);
        assert!(matches("v*", "v1.2.3") && matches("v*", "v") && !matches("v*", "rev1"));
        assert!(matches("release-*", "release-2026/3") && !matches("release-*", "release"));
        assert!(matches("[0-9]*", "1.2.3") && !matches("[0-9]*", "v1.2.3"));
        assert!(matches("v?.0", "v1.0") && !matches("v?.0", "v10.0"));
        assert!(matches("*hotfix*", "v1.2-hotfix") && !matches("*hotfix*", "v1.2-HOTFIX"));
        assert!(Pattern::new("*hotfix*").unwrap().matches_any_case("v1.2-HOTFIX"));
    }

    #[test]
    fn a_name_as_a_pattern_stands_for_itself() {
        for name in ["v1", "a*b", "what?", "[x", "[a-c]", "a\\b", "Ready (QA)"] {
            let pattern = Pattern::literal(name).unwrap();
            assert!(pattern.matches(name), "{name}");
        }
        assert!(!Pattern::literal("a*b").unwrap().matches("axb") && Pattern::literal(" ").is_none());
    }

    #[test]
    fn a_pattern_that_could_never_match_is_refused() {
        for bad in ["", "  ", "[0-9", "v[1][2"] {
            assert!(Pattern::new(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
