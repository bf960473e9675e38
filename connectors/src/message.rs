//! What a commit's message says: its title, and what it names of other commits and of work items.

/// What a message names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) reverts: Vec<String>,
    pub(crate) cherry_picked_from: Vec<String>,
    pub(crate) work_item_keys: Vec<String>,
}

/// Whatever number.
const ANY: &[(u32, u32)] = &[(0, u32::MAX)];

/// What looks like the key of a work item and is the name of something else: the word, and from which number to which. A project may be
/// called like a word of these, so that with other numbers it is a key. Nobody knows here which projects there are, and who counts
/// changes that name a work item takes every key for one.
const NOT_KEYS: &[(&str, &[(u32, u32)])] = &[
    ("AES", &[(128, 128), (192, 192), (256, 256)]),
    ("ANSI", &[(1250, 1258)]),
    ("BASE", &[(16, 16), (32, 32), (58, 58), (62, 62), (64, 64), (85, 85)]),
    ("CP", &[(437, 437), (850, 852), (866, 866), (932, 932), (936, 936), (949, 950), (1250, 1258), (65001, 65001)]),
    ("CVE", &[(1999, 2099)]),
    ("CWE", ANY),
    ("ECMA", &[(100, 999)]),
    ("GB", &[(2312, 2312), (18030, 18030)]),
    ("GHSA", ANY),
    ("GPL", &[(1, 3)]),
    ("GPT", &[(2, 5)]),
    ("HTTP", &[(1, 3)]),
    ("IEEE", &[(100, 9999)]),
    ("IPV", &[(4, 4), (6, 6)]),
    ("ISO", &[(100, 99999)]),
    ("KOI", &[(7, 8)]),
    ("LGPL", &[(2, 3)]),
    ("MD", &[(4, 5)]),
    ("PEP", ANY),
    ("RFC", &[(100, 9999)]),
    ("RSA", &[(512, 512), (1024, 1024), (2048, 2048), (3072, 3072), (4096, 4096)]),
    ("SHA", &[(1, 3), (224, 224), (256, 256), (384, 384), (512, 512)]),
    ("SSL", &[(2, 3)]),
    ("TLS", &[(1, 1)]),
    ("UCS", &[(2, 2), (4, 4)]),
    ("UTF", &[(7, 8), (16, 16), (32, 32)]),
    ("WCAG", &[(1, 3)]),
    ("WINDOWS", &[(7, 8), (10, 11), (95, 95), (98, 98), (874, 874), (1250, 1258), (2000, 2000)]),
    ("YYYY", ANY),
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

/// Whether a word and a number together are the name of something that is no work item.
fn is_no_key(word: &str, number: &str) -> bool {
    let mut of_word = NOT_KEYS.iter().filter(|(name, _)| *name == word).flat_map(|(_, numbers)| *numbers);
    number.parse().is_ok_and(|number: u32| of_word.any(|(from, to)| (*from..=*to).contains(&number)))
}

/// Keys of the form `ABC-123` or `MY_APP-123` that stand as words of their own: a project's begins with an upper-case letter, and goes on with
/// such letters, digits and underscores.
pub(crate) fn work_item_keys(message: &str) -> Vec<String> {
    let bytes = message.as_bytes();
    let mut keys = Vec::new();
    for (dash, _) in message.match_indices('-') {
        let is_of_project = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'_';
        let project = bytes[..dash].iter().rev().take_while(is_of_project).count();
        let number = bytes[dash + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let (start, end) = (dash - project, dash + 1 + number);
        let word = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        // `PAY-12-fix-login` is how branches are named; a second number means a date or a part number.
        let dashed = bytes.get(end) == Some(&b'-') && !bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        let inside = (start > 0 && word(bytes.get(start - 1))) || (word(bytes.get(end)) && !dashed);
        let shaped =
            project >= 2 && (1..=9).contains(&number) && bytes[start].is_ascii_uppercase() && bytes[dash + 1] != b'0';
        if shaped && !inside && !is_no_key(&message[start..dash], &message[dash + 1..end]) {
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
    #[test]
    fn a_project_may_be_called_like_something_else_or_with_an_underscore() {
        for (text, expected) in [
            (
                "CP-12 MD-7 GB-3 BASE-5 GPT-12 ISO-9 RFC-12",
                &["CP-12", "MD-7", "GB-3", "BASE-5", "GPT-12", "ISO-9", "RFC-12"][..],
            ),
            ("CP-1252 MD-5 GB-18030 BASE-64 GPT-4 ISO-8859 RFC-2119 CVE-2026 CWE-79 PEP-8", &[]),
            ("UTF-8 UTF-9", &["UTF-9"]),
            ("MY_APP-12: pay", &["MY_APP-12"]),
            ("feature/MY_APP2-7-login (A_B-1)", &["MY_APP2-7", "A_B-1"]),
            ("_APP-1 my_APP-1 2_APP-1 x-MY_APP-1 MY_APP-0 MY_APP-1_2", &[]),
        ] {
            assert_eq!(work_item_keys(text), expected, "{text}");
        }
    }
}
