//! The shapes of the payloads, as they are landed and as the mapper reads them back.

use crate::mapping::SECONDS;
pub(super) use crate::person::Person;
use serde::{Deserialize, Serialize};

/// A time as git keeps it. Both parts are missing when what git has is absurd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct When {
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<i64>,
    /// The person's offset from UTC, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) offset: Option<i64>,
}

impl When {
    /// Reads `1700000000 +0130`.
    pub(super) fn parse(text: &str) -> Self {
        let mut parts = text.split_ascii_whitespace();
        let at = parts.next().and_then(|s| s.parse().ok()).filter(|at| SECONDS.contains(at));
        let offset = parts.next().and_then(minutes);
        Self { at, offset: at.and(offset) }
    }

    /// Microseconds since 1970.
    pub(super) fn micros(self) -> Option<i64> {
        self.at.map(|at| at * 1_000_000)
    }
}

/// `+0130` in minutes; none beyond the fourteen hours that zones have.
fn minutes(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.trim_start_matches('+')), |rest| (-1, rest));
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    let minutes = number / 100 * 60 + number % 100;
    (minutes <= 14 * 60 && number % 100 < 60).then_some(sign * minutes)
}

/// What a commit changed against its first parent, when counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Changed {
    pub(super) additions: i64,
    pub(super) deletions: i64,
    pub(super) files: i64,
}

/// Stream `commits`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Commit {
    pub(super) sha: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parents: Vec<String>,
    pub(super) author: Person,
    pub(super) authored: When,
    pub(super) committer: Person,
    pub(super) committed: When,
    pub(super) title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) reverts: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) cherry_picked_from: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) work_item_keys: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) changed: Option<Changed>,
}

/// Stream `commit_files`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct CommitFiles {
    pub(super) sha: String,
    pub(super) files: Vec<File>,
}

/// One changed file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct File {
    pub(super) path: String,
    /// The path with its strange bytes written out, where `path` alone could be that of two files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exact: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<String>,
    pub(super) change: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) additions: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deletions: Option<i64>,
}

/// Stream `tags`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Tag {
    #[serde(default)]
    pub(super) name: String,
    /// The commit that it names; none when it names a tree or a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha: Option<String>,
    #[serde(default)]
    pub(super) annotated: bool,
    /// The first line of an annotated tag's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    /// When it was tagged; for a light tag, when its commit was committed.
    #[serde(default)]
    pub(super) tagged: When,
}

/// Stream `branches`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Branch {
    pub(super) name: String,
    pub(super) remote: bool,
    pub(super) sha: Option<String>,
}

/// Stream `merges`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Merge {
    #[serde(default)]
    pub(super) sha: String,
    #[serde(default)]
    pub(super) branch: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) committed: When,
}

/// Stream `repository`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct About {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default_branch: Option<String>,
    /// The commit that it stands at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) default_sha: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absurd_time_is_no_time() {
        let when = |at, offset| When { at, offset };
        assert_eq!(When::parse("1700000000 +0130"), when(Some(1_700_000_000), Some(90)));
        assert_eq!(When::parse("-86400 -0330"), when(Some(-86_400), Some(-210)));
        assert_eq!(When::parse("0 +0000"), when(Some(0), Some(0)));
        assert_eq!(When::parse("253402300799 +0000").at, Some(253_402_300_799));
        for absurd in
            ["253402300800 +0000", "-62135596801 +0000", "99999999999999999999 +0000", "", "yesterday", "x +0100"]
        {
            assert_eq!(When::parse(absurd), when(None, None), "{absurd}");
        }
        assert_eq!(When::parse("1700000000 +9959"), when(Some(1_700_000_000), None));
        assert_eq!(When::parse("1700000000"), when(Some(1_700_000_000), None));
    }
}
