//! Which patterns would find deployments, for a person whose tags do not match.

use super::{GitSource, Pattern};
use crate::version::{is_prerelease, looks_like_a_version};
use crate::{Error, Result};
use std::collections::BTreeMap;

/// What the tags of a repository look like next to its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestion {
    /// How many tags there are.
    pub tags: usize,
    /// How many of them match the settings.
    pub matching: usize,
    /// How many of those are pre-releases, which do not go to production.
    pub prereleases: usize,
    /// Patterns that would match tags that look like versions, the one with the most tags first; at most five.
    pub candidates: Vec<Candidate>,
    /// The branch whose merges could stand for deployments instead.
    pub default_branch: Option<String>,
}

/// A pattern and how many tags it would match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The pattern, fit for the setting `deployments.tags`.
    pub pattern: String,
    /// How many tags it matches.
    pub tags: usize,
    /// One of them.
    pub example: String,
}

/// Looks at the tags of a repository and says which patterns would match how many. Nothing is guessed: the choice is a
/// person's.
///
/// # Errors
/// When the tags cannot be read.
pub fn suggest(source: &GitSource) -> Result<Suggestion> {
    let tips = source.tips()?;
    let tags: Vec<&str> = tips.iter().filter(|t| t.commit.is_some()).filter_map(|t| t.tag()).collect();
    let matching: Vec<_> = tags.iter().filter(|tag| source.settings.deployments.matches_tag(tag)).collect();
    // A pattern that would find pre-releases alone is no way out.
    let releases: Vec<&str> = tags.iter().copied().filter(|tag| !is_prerelease(tag)).collect();
    Ok(Suggestion {
        tags: tags.len(),
        matching: matching.len(),
        prereleases: matching.iter().filter(|tag| is_prerelease(tag)).count(),
        candidates: candidates(&releases),
        default_branch: super::refs::default_branch(&source.handle()),
    })
}

/// Why nothing in a repository stands for a deployment, with what would; none when something does, or when the settings
/// ask for none. A sync lands such a history all the same, since its deployments may come from elsewhere or later: whether
/// it is an error is for the caller to say.
///
/// # Errors
/// When the tags cannot be read.
pub fn no_deployments(source: &GitSource) -> Result<Option<Error>> {
    let deployments = &source.settings.deployments;
    if deployments.merges.is_some() || deployments.tags.is_empty() {
        return Ok(None);
    }
    let found = suggest(source)?;
    let error = || Error::NoDeployments { path: source.path.clone(), hint: found.hint(&deployments.tags) };
    Ok((found.matching == found.prereleases).then(error))
}

fn candidates(tags: &[&str]) -> Vec<Candidate> {
    let mut patterns: BTreeMap<String, &str> = BTreeMap::new();
    for &tag in tags.iter().filter(|tag| looks_like_a_version(tag)) {
        let prefix = &tag[..tag.find(|c: char| c.is_ascii_digit()).unwrap_or(0)];
        let pattern = if prefix.is_empty() { "[0-9]*".to_owned() } else { format!("{}*", literal(prefix)) };
        patterns.insert(pattern, tag);
    }
    let mut found: Vec<_> = patterns
        .into_iter()
        .filter_map(|(pattern, example)| {
            let compiled = Pattern::new(pattern.as_str()).ok()?;
            let tags = tags.iter().filter(|tag| compiled.matches(tag)).count();
            Some(Candidate { pattern, tags, example: example.to_owned() })
        })
        .collect();
    found.sort_by_key(|c| std::cmp::Reverse(c.tags));
    found.truncate(5);
    found
}

/// Text that matches itself.
fn literal(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

impl Suggestion {
    /// The sentence that a person reads when no tag that is a release matches `patterns`.
    pub(super) fn hint(&self, patterns: &[Pattern]) -> String {
        let patterns = patterns.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ");
        let branch = self.default_branch.as_deref().unwrap_or("main");
        let merges = format!("take the merges into `{branch}` for deployments (setting `deployments.merges`)");
        let found = match self.tags {
            _ if self.prereleases > 0 => {
                format!(
                    "all of its tags that match {patterns} are pre-releases, so nothing in it stands for a deployment to production"
                )
            }
            0 => "it has no tags, so nothing in it stands for a deployment".to_owned(),
            1 => format!("its one tag does not match {patterns}, so nothing in it stands for a deployment"),
            n => format!("none of its {n} tags matches {patterns}, so nothing in it stands for a deployment"),
        };
        let candidates: Vec<_> = self
            .candidates
            .iter()
            .map(|c| format!("`{}` would match {}, for example {}", c.pattern, c.tags, c.example))
            .collect();
        let define = match candidates.first() {
            None if self.tags == 0 => format!("tag what was deployed, or {merges}"),
            None => format!("name the tags that are deployments (setting `deployments.tags`), or {merges}"),
            Some(_) => format!(
                "{}; name the tags that are deployments (setting `deployments.tags`), or {merges}",
                candidates.join("; ")
            ),
        };
        format!("{found}: {define}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_made_from_tags_that_look_like_versions() {
        let candidate =
            |pattern: &str, tags, example: &str| Candidate { pattern: pattern.into(), tags, example: example.into() };
        let found = candidates(&["1.0.0", "1.1.0", "2.0", "release-1.0", "latest", "app/v1.0", "app/v1.1"]);
        assert_eq!(
            found,
            [
                candidate("[0-9]*", 3, "2.0"),
                candidate("app/v*", 2, "app/v1.1"),
                candidate("release-*", 1, "release-1.0")
            ]
        );
    }

    #[test]
    fn the_hint_says_which_pattern_would_match_how_many() {
        let found = Suggestion {
            tags: 3,
            matching: 0,
            prereleases: 0,
            candidates: candidates(&["1.0", "1.1", "x"]),
            default_branch: None,
        };
        assert_eq!(
            found.hint(&[Pattern::new("v*").unwrap()]),
            "none of its 3 tags matches `v*`, so nothing in it stands for a deployment: `[0-9]*` would match 2, for example \
             1.1; name the tags that are deployments (setting `deployments.tags`), or take the merges into `main` for \
             deployments (setting `deployments.merges`)"
        );
    }
}
