//! The commit that a text names as the cause of an incident.

use std::borrow::Cow;

/// The words before it.
const ROOT_CAUSE: &str = "root cause";

/// The commit that an incident's text names as its cause: `root cause: <sha>`, abbreviated to no less than seven digits or
/// as the address of the commit. The sha may stand below a heading of these words, as forms have it.
pub(crate) fn root_cause(text: &str) -> Option<String> {
    let text = without_comments(text);
    let lower = text.to_ascii_lowercase();
    lower.match_indices(ROOT_CAUSE).find_map(|(at, _)| {
        let rest = &lower[at + ROOT_CAUSE.len()..];
        let told = rest.trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, ':' | '*' | '_' | '`' | '<' | '[' | '(' | '{')
        });
        let between = &rest[..rest.len() - told.len()];
        let told = told.strip_prefix("commit").map_or(told, |rest| rest.trim_start_matches([' ', ':', '`', '[']));
        if between.contains([':', '\n']) { sha(told) } else { None }
    })
}

/// The object id that a text begins with, as it is or as the address of a commit.
fn sha(text: &str) -> Option<String> {
    let word = text
        .split(|c: char| c.is_whitespace() || matches!(c, ')' | ']' | '>' | '}' | '|' | '`' | ',' | '*' | '#'))
        .next()?;
    let word = word.trim_end_matches(['.', ';', '/', '_']);
    let id = if word.contains("/commit/") || word.contains("/commits/") { word.rsplit('/').next()? } else { word };
    // Without a digit it is more likely a word.
    let shaped = (7..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit());
    (shaped && id.bytes().any(|b| b.is_ascii_digit())).then(|| id.to_owned())
}

/// A text without what its template says to those who fill it in.
pub(crate) fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains("<!--") {
        return Cow::Borrowed(text);
    }
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some((before, comment)) = rest.split_once("<!--") {
        kept.push_str(before);
        kept.push(' ');
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_behind_an_incident_is_read_in_the_ways_that_people_write_it() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        for text in [
            format!("root cause: {id}"),
            format!("**Root cause:** `{}`.", id.to_uppercase()),
            format!("### Root cause\r\n\r\n{id}\r\n"),
            format!("Root Cause: commit {id}, deployed at noon"),
            format!("Root cause: https://github.com/acme/shop/commit/{id}."),
            format!("h3. Root cause\r\n\r\n{{{{{id}}}}}"),
            format!("*Root cause*: [{id}|https://git.acme.example/commit/{id}]"),
            format!("The root cause is not known.\nroot cause: [{id}](https://github.com/x)"),
        ] {
            assert_eq!(root_cause(&text).as_deref(), Some(id), "{text}");
        }
        assert_eq!(root_cause("Root cause: 0a1b2c3").as_deref(), Some("0a1b2c3"));
        for none in [
            "root cause: unknown",
            "root cause: 0a1b2c",
            "root cause: defaced pages",
            "the root cause 0a1b2c3d",
            "<!-- root cause: 0a1b2c3d -->",
            "root cause: 0a1b2c3g",
            "",
        ] {
            assert_eq!(root_cause(none), None, "{none}");
        }
    }
}
