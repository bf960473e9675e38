//! What a tag's name says about the release that it stands for.

/// The words that mark a version as not meant for production.
const WORDS: &[&str] = &[
    "alpha",
    "beta",
    "canary",
    "cr",
    "dev",
    "ea",
    "milestone",
    "nightly",
    "next",
    "pre",
    "prerelease",
    "preview",
    "rc",
    "snapshot",
    "test",
];
/// Letters that do so with a number of their own: `1.0b2` directly after a digit, since `v2.1-b123` is a build; the
/// milestone of `5.0.0.M3` behind a separator, too.
const LETTERS: &[&str] = &["a", "b", "c"];
const MILESTONE: &str = "m";

/// Whether the name is that of a pre-release: `v1.2.0-rc.1`, `2.0.0-beta`, `v3.13.0rc1`, `v3.0a2`.
///
/// Semantic versioning calls every suffix after `-` a pre-release, but teams tag `v1.2.3-hotfix.1` and ship it; so only
/// the words that are known to mean "not yet" count.
pub(crate) fn is_prerelease(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // A folder of tags is named for what is released, not for how mature it is.
    let name = name.rsplit('/').next().unwrap_or_default();
    // What follows a `+` is build metadata and says nothing about maturity.
    let version = name.split('+').next().unwrap_or_default();
    let Some(first_digit) = version.find(|c: char| c.is_ascii_digit()) else {
        return words(version).any(|word| WORDS.contains(&word.text));
    };
    words(&version[first_digit..]).any(|word| {
        let letter = word.text == MILESTONE || (word.after_digit && LETTERS.contains(&word.text));
        WORDS.contains(&word.text) || (word.numbered && letter)
    })
}

/// A run of letters in a name.
struct Word<'a> {
    text: &'a str,
    /// A digit stands directly before it.
    after_digit: bool,
    /// A digit follows it directly or behind one separator.
    numbered: bool,
}

/// The runs of letters in a name.
fn words(name: &str) -> impl Iterator<Item = Word<'_>> {
    let bytes = name.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(u8::is_ascii_alphabetic)?;
        let end = bytes[start..].iter().position(|b| !b.is_ascii_alphabetic()).map_or(bytes.len(), |n| start + n);
        at = end;
        let separator = usize::from(bytes.get(end).is_some_and(|b| matches!(b, b'.' | b'-' | b'_')));
        Some(Word {
            text: &name[start..end],
            after_digit: start > 0 && bytes[start - 1].is_ascii_digit(),
            numbered: bytes.get(end + separator).is_some_and(u8::is_ascii_digit),
        })
    })
}

/// Whether the name ends in a version of at least two numbers: `1.2.3`, `release-2.0`, `app/v1.4`.
pub(crate) fn looks_like_a_version(name: &str) -> bool {
    let Some(digit) = name.find(|c: char| c.is_ascii_digit()) else { return false };
    let version = &name[digit..];
    let mut parts = version.splitn(2, ['.', '-', '_']);
    let number = |part: Option<&str>| part.is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
    number(parts.next()) && number(parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prerelease_is_told_by_the_words_that_mean_not_yet() {
        for name in [
            "v1.2.0-rc.1",
            "v1.2.0-RC1",
            "2.0.0-alpha",
            "2.0.0-beta.2",
            "v3.13.0rc1",
            "v3.0a2",
            "v3.0b1",
            "release-4.0-preview",
            "v1.0.0-SNAPSHOT",
            "5.0.0.M3",
            "nightly",
            "v1.0.dev4",
            "app/v2.0.0-next.7",
            "6.0.0.CR1",
            "1.0b2",
            "v2-api/v1.0rc1",
        ] {
            assert!(is_prerelease(name), "{name} was taken for a release");
        }
        for name in [
            "v1.2.0",
            "1.2.3",
            "v1.2.3-hotfix.1",
            "v1.2.3-rollback",
            "release-2026-11-23",
            "v1.2.3+rc.build",
            "beta-app/v1.2.0",
            "v1.2.3-1",
            "v1.2.3-build.5",
            "alphabet-1.0",
            "v9a",
            "v2.1-b123",
            "jdk8u202-b08",
            "3-beta/v1.0",
            "python2-rc/1.0",
        ] {
            assert!(!is_prerelease(name), "{name} was taken for a pre-release");
        }
    }

    #[test]
    fn a_version_has_at_least_two_numbers() {
        for name in ["1.2.3", "v1.0", "release-2.0", "app/v1.4.1", "2026-11-23", "REL_17_2"] {
            assert!(looks_like_a_version(name), "{name}");
        }
        for name in ["v1", "build-7", "latest", "stable", "x1-y2"] {
            assert!(!looks_like_a_version(name), "{name}");
        }
    }
}
