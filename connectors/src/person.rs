//! People as commits name them.

use serde::{Deserialize, Serialize};

/// A person as a commit names them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Person {
    /// The last part of the person's key; none for somebody without name and address.
    pub(crate) fn key(&self) -> Option<String> {
        let key = if self.email.is_empty() { &self.name } else { &self.email };
        (!key.is_empty()).then(|| key.to_lowercase())
    }

    /// Whether the name or address is that of a program.
    pub(crate) fn is_bot(&self) -> bool {
        is_bot(&self.name) || is_bot(self.email.split('@').next().unwrap_or_default())
    }
}

/// Whether a name, of a person or of an account, is that of a program.
pub(crate) fn is_bot(name: &str) -> bool {
    // Whoever is named anywhere is asked for, and hardly any is one.
    if !name.as_bytes().windows(3).any(|letters| letters.eq_ignore_ascii_case(b"bot")) {
        return PROGRAMS.iter().any(|program| name.eq_ignore_ascii_case(program));
    }
    let name = name.to_lowercase();
    name.contains("[bot]")
        || matches!(name.as_str(), "bot" | "dependabot")
        || ["-bot", "_bot", " bot", ".bot"].iter().any(|end| name.strip_suffix(end).is_some_and(is_no_surname))
}

/// Programs whose names do not say that they are.
const PROGRAMS: [&str; 4] = ["renovate", "greenkeeper", "github-actions", "web-flow"];

/// Whether what stands before `bot` does not make it `Le Bot`, which people are called.
fn is_no_surname(before: &str) -> bool {
    before.split(['-', '_', ' ', '.']).next_back() != Some("le")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_people() {
        let person = |name: &str, email: &str| Person { name: name.to_owned(), email: email.to_owned() };
        for (name, email) in [
            ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
            ("Release Bot", "release@example.com"),
            ("CI", "ci-bot@example.com"),
            ("Renovate", "x@y"),
            ("DependaBot", "x@y"),
            ("x", "deploy.BOT@example.com"),
        ] {
            assert!(person(name, email).is_bot(), "{name}");
        }
        for (name, email) in [
            ("Ada Abbot", "abbot@example.com"),
            ("Bot Botham", "both@example.com"),
            ("Yann Le Bot", "yann.le.bot@example.com"),
            ("", ""),
        ] {
            assert!(!person(name, email).is_bot(), "{name}");
        }
    }

    #[test]
    fn a_person_without_an_address_goes_by_name() {
        let person = |name: &str, email: &str| Person { name: name.to_owned(), email: email.to_owned() };
        assert_eq!(person("Ada", "Ada@Example.com").key().as_deref(), Some("ada@example.com"));
        assert_eq!(person("Ada", "").key().as_deref(), Some("ada"));
        assert_eq!(person("", "").key(), None);
    }
}
