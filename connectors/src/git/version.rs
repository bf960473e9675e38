//! What a tag's name says about the release that it stands for.

/// The words that mark a version as not meant for production. Letters alone (`a1`, `b2`, `m3`) count directly after a
/// digit or a separator and only with a number of their own.
const WORDS: &[&str] = &[
    "alpha",
    "beta",
    "canary",
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
const LETTERS: &[&str] = &["a", "b", "c", "m"];

/// Whether the name is that of a pre-release: `v1.2.0-rc.1`, `2.0.0-beta`, `v3.13.0rc1`, `v3.0a2`.
///
/// Semantic versioning calls every suffix after `-` a pre-release, but teams tag `v1.2.3-hotfix.1` and ship it; so only
/// the words that are known to mean "not yet" count.
pub(super) fn is_prerelease(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // What follows a `+` is build metadata and says nothing about maturity.
    let version = name.split('+').next().unwrap_or_default();
    let Some(first_digit) = version.find(|c: char| c.is_ascii_digit()) else {
        return words(version).any(|(word, _)| WORDS.contains(&word));
    };
    words(&version[first_digit..])
        .any(|(word, numbered)| WORDS.contains(&word) || (numbered && LETTERS.contains(&word)))
}

/// The runs of letters in a name, each with whether a digit follows it directly or behind one separator.
fn words(name: &str) -> impl Iterator<Item = (&str, bool)> {
    let bytes = name.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(u8::is_ascii_alphabetic)?;
        let end = bytes[start..].iter().position(|b| !b.is_ascii_alphabetic()).map_or(bytes.len(), |n| start + n);
        at = end;
        let separator = usize::from(bytes.get(end).is_some_and(|b| matches!(b, b'.' | b'-' | b'_')));
        Some((&name[start..end], bytes.get(end + separator).is_some_and(u8::is_ascii_digit)))
    })
}

/// Whether the name ends in a version of at least two numbers: `1.2.3`, `release-2.0`, `app/v1.4`.
pub(super) fn looks_like_a_version(name: &str) -> bool {
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
