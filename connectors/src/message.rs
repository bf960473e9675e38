//! What a commit's message says: its title, and what it names of other commits and of work items.

/// What a message names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) reverts: Vec<String>,
    pub(crate) cherry_picked_from: Vec<String>,
    pub(crate) work_item_keys: Vec<String>,
}

/// Words that look like the key of a work item and are none.
const NOT_PROJECTS: &[&str] = &[
    "AES", "ANSI", "BASE", "CP", "CVE", "CWE", "ECMA", "EUC", "GB", "GHSA", "GPL", "GPT", "HTTP", "IEEE", "IPV", "ISO",
    "KOI", "LGPL", "MD", "PEP", "RFC", "RSA", "SHA", "SSL", "TLS", "UCS", "UTF", "WCAG", "WINDOWS", "YYYY",
];

/// Reads a message as git and people write it: `This reverts commit <sha>`, `(cherry picked from commit <sha>)`, `ABC-123`.
pub(crate) fn named(message: &str) -> Named {
    Named {
        reverts: ids_after(message, "This reverts commit"),
        cherry_picked_from: ids_after(message, "(cherry picked from commit"),
        work_item_keys: work_item_keys(message),
    }
}

/// The first line that is not empty.
pub(crate) fn title(message: &str) -> String {
    message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// The object ids that follow a phrase, which may be wrapped onto the next line. Abbreviated ids name no one commit for
/// sure, so they are left out.
fn ids_after(message: &str, phrase: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for (at, _) in message.match_indices(phrase) {
        let rest = message[at + phrase.len()..].trim_start();
        let id: String = rest.chars().take_while(char::is_ascii_hexdigit).take(65).collect();
        if id.len() == 40 || id.len() == 64 {
            push(&mut ids, id.to_ascii_lowercase());
        }
    }
    ids
}

/// Keys of the form `ABC-123` that stand as words of their own.
pub(crate) fn work_item_keys(message: &str) -> Vec<String> {
    let bytes = message.as_bytes();
    let mut keys = Vec::new();
    for (dash, _) in message.match_indices('-') {
        let project = bytes[..dash].iter().rev().take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit()).count();
        let number = bytes[dash + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let (start, end) = (dash - project, dash + 1 + number);
        let word = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        // `PAY-12-fix-login` is how branches are named; a second number means a date or a part number.
        let dashed = bytes.get(end) == Some(&b'-') && !bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        let inside = (start > 0 && word(bytes.get(start - 1))) || (word(bytes.get(end)) && !dashed);
        let shaped =
            project >= 2 && (1..=9).contains(&number) && bytes[start].is_ascii_uppercase() && bytes[dash + 1] != b'0';
        if shaped && !inside && !NOT_PROJECTS.contains(&&message[start..dash]) {
            push(&mut keys, message[start..end].to_owned());
        }
    }
    keys
}

fn push(list: &mut Vec<String>, item: String) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    #[test]
    fn a_revert_and_a_cherry_pick_name_their_commits() {
        let message = format!(
            "Revert \"x\"\n\nThis reverts commit {A}, reversing\nchanges.\nThis reverts commit\n{B}.\nThis reverts commit abc1234.\n\n(cherry picked from commit {A})\n"
        );
        let named = named(&message);
        assert_eq!(named.reverts, [A.to_owned(), B.to_lowercase()]);
        assert_eq!(named.cherry_picked_from, [A]);
    }

    #[test]
    fn a_work_item_is_a_word_of_its_own() {
        let keys = |text| named(text).work_item_keys;
        assert_eq!(keys("PAY-12: fix (PAY-12, OPS2-7) [AB-1]"), ["PAY-12", "OPS2-7", "AB-1"]);
        assert_eq!(keys("Merge branch 'feature/PAY-12-fix-login'"), ["PAY-12"]);
        assert_eq!(keys("UTF-8 SHA-256 CVE-2026-1 x-ABC-1 ABC-0 A-1 ABC-12b ABC-1-2 abc-1 ABC- -1"), [""; 0]);
        assert_eq!(keys("päy PAY-3ä"), ["PAY-3"]);
    }
}
