//! The text of statements: where one ends, and where in it a mistake is.

use std::fmt::Write as _;

/// The statements that a text has up to a `;`, and what comes after the last of them: nothing when that is white space or comments.
pub(super) fn statements(text: &str) -> (Vec<&str>, &str) {
    let (mut whole, mut begun, mut says) = (Vec::new(), 0, false);
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        let more = text.get(at..).unwrap_or_default();
        let past = match c {
            ';' => {
                whole.extend(text.get(begun..at).filter(|_| says));
                (begun, says) = (at + 1, false);
                continue;
            }
            '\'' | '"' => {
                says = true;
                more.get(1..).and_then(|inner| inner.find(c)).map(|end| at + 1 + end)
            }
            '-' if more.starts_with("--") => more.find('\n').map(|end| at + end),
            '/' if more.starts_with("/*") => {
                more.get(2..).and_then(|inner| inner.find("*/")).map(|end| at + 2 + end + 1)
            }
            c => {
                says |= !c.is_whitespace();
                continue;
            }
        };
        // To the end of what is quoted or a comment; one that has none takes the rest.
        match past {
            Some(past) => while rest.offset() <= past && rest.next().is_some() {},
            None => break,
        }
    }
    let unfinished = text.get(begun..).filter(|_| says).unwrap_or_default();
    (whole, unfinished)
}

/// How much of a line stands on each side of a mistake.
const AROUND: usize = 60;

/// The line of a mistake with a caret below it, where the statement has that place. Lines and columns count from 1.
pub(super) fn pointed(statement: &str, (line, column): (u64, u64)) -> Option<String> {
    let number = usize::try_from(line.checked_sub(1)?).ok()?;
    let place = usize::try_from(column.checked_sub(1)?).ok()?;
    let whole: Vec<char> = statement.lines().nth(number)?.chars().collect();
    let from = place.saturating_sub(AROUND).min(whole.len());
    let shown = whole.get(from..whole.len().min(place + AROUND))?;
    let before = shown.iter().take(place - from);
    let margin: String = before.map(|c| if *c == '\t' { '\t' } else { ' ' }).collect();
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write!(text, "{line:>4} | {}\n     | {margin}^", shown.iter().collect::<String>());
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_at_a_semicolon_that_is_neither_quoted_nor_in_a_comment() {
        let split = |text| statements(text);
        assert_eq!(split("SELECT 1;"), (vec!["SELECT 1"], ""));
        assert_eq!(split("SELECT 1; SELECT\n2 ; "), (vec!["SELECT 1", " SELECT\n2 "], ""));
        assert_eq!(split("SELECT 1"), (vec![], "SELECT 1"));
        assert_eq!(split("SELECT ';' || \";\" -- ;\n/* ; */ ;x"), (vec!["SELECT ';' || \";\" -- ;\n/* ; */ "], "x"));
        assert_eq!(split("SELECT 'it''s;'"), (vec![], "SELECT 'it''s;'"));
        assert_eq!(split("SELECT 'open; "), (vec![], "SELECT 'open; "));
        assert_eq!(split("SELECT 'ä;ö';ü"), (vec!["SELECT 'ä;ö'"], "ü"));
        assert_eq!(split(" ;; -- nothing"), (vec![], ""));
        assert_eq!(split("SELECT 1; /* open ;"), (vec!["SELECT 1"], ""));
        assert_eq!(split("/*/ ; */ SELECT 1;").0, ["/*/ ; */ SELECT 1"]);
        assert_eq!(split("SELECT 4 - 2 / 1;"), (vec!["SELECT 4 - 2 / 1"], ""));
    }

    #[test]
    fn a_mistake_is_shown_in_its_line() {
        let statement = "SELECT id,\n\tnönsens FROM t";
        assert_eq!(pointed(statement, (2, 2)).unwrap(), "   2 | \tnönsens FROM t\n     | \t^");
        assert_eq!(pointed(statement, (1, 8)).unwrap(), "   1 | SELECT id,\n     |        ^");
        let long = format!("SELECT {} x", "a + ".repeat(100));
        let shown = pointed(&long, (1, 408)).unwrap();
        assert!(shown.lines().all(|line| line.chars().count() < 130), "{shown}");
        assert_eq!(shown.lines().next().unwrap().chars().last(), Some('x'));
        for none in [(3, 1), (0, 1), (1, 0), (u64::MAX, u64::MAX)] {
            assert_eq!(pointed(statement, none), None, "{none:?}");
        }
    }
}
