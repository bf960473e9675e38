//! Which issues texts and addresses of GitHub name.

use crate::cause::without_comments;

/// The words with which a pull request closes an issue.
const CLOSING: &[&str] = &["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];

/// What stands before the number in the address of an issue or a pull request.
const KINDS: [&str; 2] = ["issues", "pull"];

/// `owner/name` and number of the issue or pull request behind an address. Only the end of the path counts: an Enterprise
/// host may have a path of its own.
pub(super) fn address(url: &str) -> Option<(String, &str)> {
    let path = url.split(['?', '#']).next()?.trim_end_matches('/');
    let mut parts = path.rsplit('/');
    let (number, kind, name, owner) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let named = super::is_number(number) && !name.is_empty() && !owner.is_empty();
    (named && KINDS.contains(&kind)).then(|| (format!("{owner}/{name}"), number))
}

/// The issues that a text closes, as `owner/name#12`. `own` is the `owner/name` of the repository that it stands in.
pub(super) fn closed(text: &str, own: &str) -> Vec<String> {
    // What names none need not be gone through word by word.
    if !text.contains('#') && !KINDS.iter().any(|kind| text.contains(kind)) {
        return Vec::new();
    }
    let text = without_comments(text);
    let mut words = text.split_whitespace().peekable();
    let mut keys = Vec::new();
    while let Some(word) = words.next() {
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end_matches([':', '*', '_']);
        if !CLOSING.iter().any(|closing| closing.eq_ignore_ascii_case(word)) {
            continue;
        }
        if let Some(key) = words.peek().and_then(|next| issue(next, own))
            && !keys.contains(&key)
        {
            keys.push(key);
        }
    }
    keys
}

/// The issue that a word names: `#12`, `owner/name#12`, or its address.
fn issue(word: &str, own: &str) -> Option<String> {
    let word = word.trim_start_matches(['[', '(', '<', '*', '_', '`']);
    let bare = word.split([')', ']', '>', ',', ';', '*', '`']).next().unwrap_or_default();
    let bare = bare.trim_end_matches(['.', ':', '!', '?']);
    let (repository, number) = match bare.split_once('#') {
        Some(("", number)) => (own.to_owned(), number),
        Some((repository, number)) if is_repository(repository) => (repository.to_owned(), number),
        _ => address(bare)?,
    };
    let number = number.trim_end_matches('_');
    // Names of repositories are the same in any case; keys are not.
    let repository = if repository.eq_ignore_ascii_case(own) { own } else { &repository };
    (super::is_number(number) && !number.starts_with('0')).then(|| format!("{repository}#{number}"))
}

/// Whether a text has the form `owner/name`.
fn is_repository(text: &str) -> bool {
    text.split_once('/').is_some_and(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_issue_on_any_host() {
        let named = |url| address(url).map(|(name, number)| format!("{name}#{number}"));
        assert_eq!(named("https://github.com/acme/shop/issues/12").as_deref(), Some("acme/shop#12"));
        assert_eq!(named("https://git.acme.example/hub/acme/shop/pull/3#x").as_deref(), Some("acme/shop#3"));
        for none in ["", "https://github.com/acme/shop", "https://github.com/acme/shop/issues/new", "a//issues/1"] {
            assert_eq!(named(none), None, "{none}");
        }
    }

    #[test]
    fn a_text_closes_what_follows_a_closing_word() {
        let keys = |text| closed(text, "acme/shop");
        assert_eq!(
            keys("Fixes #12, closes: acme/api#3.\n**Resolves** [#4](x)"),
            ["acme/shop#12", "acme/api#3", "acme/shop#4"]
        );
        assert_eq!(keys("(fixed https://github.com/acme/web/issues/7) FIX ACME/Shop#1"), ["acme/web#7", "acme/shop#1"]);
        assert_eq!(keys("close #5 close #5"), ["acme/shop#5"]);
        for none in [
            "#12",
            "see #12",
            "prefixes #12",
            "fixes it #12",
            "fixes #",
            "fixes #x",
            "fixes #0",
            "<!-- fixes #12 -->",
            "fixes a#1",
        ] {
            assert_eq!(keys(none), [""; 0], "{none}");
        }
    }
}
