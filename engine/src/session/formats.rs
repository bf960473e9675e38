//! How PostgreSQL writes what a time is shown as, for `to_char`.

/// What PostgreSQL's `to_char` calls something, and what ours does. Of two that begin alike the longer is first; those of small letters
/// are written so.
const FORMATS: [(&str, &str); 22] = [
    ("Month", "%B"),
    ("Mon", "%b"),
    ("Day", "%A"),
    ("Dy", "%a"),
    ("YYYY", "%Y"),
    ("IYYY", "%G"),
    ("YY", "%y"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%I"),
    ("MI", "%M"),
    ("MM", "%m"),
    ("SS", "%S"),
    ("MS", "%3f"),
    ("US", "%6f"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("ID", "%u"),
    ("IW", "%V"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("FM", ""),
];
/// How many of those are told apart by the size of their letters.
const NAMES: usize = 4;

/// A format of PostgreSQL's as ours.
///
/// # Errors
/// The letters that are known to neither.
pub(super) fn ours(format: &str) -> Result<String, String> {
    let (mut made, mut rest) = (String::new(), format);
    while let Some(first) = rest.chars().next() {
        if let Some((quoted, after)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            made.push_str(quoted);
            rest = after;
            continue;
        }
        let found = FORMATS.iter().enumerate().find_map(|(place, (theirs, ours))| {
            let (begins, after) = rest.split_at_checked(theirs.len())?;
            let is_it = if place < NAMES { begins == *theirs } else { begins.eq_ignore_ascii_case(theirs) };
            is_it.then_some((*ours, after))
        });
        match found {
            Some((ours, after)) => {
                made.push_str(ours);
                rest = after;
            }
            None if first.is_alphabetic() => {
                return Err(rest.chars().take_while(|letter| letter.is_alphabetic()).collect());
            }
            None => {
                made.push(first);
                rest = rest.strip_prefix(first).unwrap_or_default();
            }
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_of_postgresql_is_one_of_ours_letter_by_letter() {
        for (theirs, expected) in [
            ("YYYY-MM-DD", "%Y-%m-%d"),
            ("yyyy-mm-dd hh24:mi:ss.us", "%Y-%m-%d %H:%M:%S.%6f"),
            ("DD.MM.YY", "%d.%m.%y"),
            ("FMDay, DD", "%A, %d"),
            ("IYYY-\"W\"IW", "%G-W%V"),
            ("Mon YYYY", "%b %Y"),
            ("HH12:MI AM", "%I:%M %p"),
            ("DDD", "%j"),
            ("", ""),
        ] {
            assert_eq!(ours(theirs).unwrap(), expected, "{theirs}");
        }
        assert_eq!(ours("DDth"), Err("th".to_owned()));
        assert_eq!(ours("YYYY-Q"), Err("Q".to_owned()));
        assert_eq!(ours("MONTH"), Err("MONTH".to_owned()));
        assert_eq!(ours("é"), Err("é".to_owned()));
    }
}
