//! Text for a terminal.

use std::borrow::Cow;

/// Text that a terminal shows and does not obey: line breaks and tabs stay, in the place of every other control character
/// stands a mark. A commit's title may hold any, and one that begins an escape sequence rewrites the screen or worse.
pub fn plain(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    match text.contains(obeyed) {
        true => Cow::Owned(text.replace(obeyed, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_but_line_breaks_and_tabs_passes() {
        let hostile = "a\u{1b}[2Jb\u{1b}]0;title\u{7}c\u{9b}31md\u{7f}\re\n\tf";
        assert_eq!(plain(hostile), "a\u{fffd}[2Jb\u{fffd}]0;title\u{fffd}c\u{fffd}31md\u{fffd}\u{fffd}e\n\tf");
        assert!(matches!(plain("Größe · 1\n"), Cow::Borrowed(_)));
    }
}
