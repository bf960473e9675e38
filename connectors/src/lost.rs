//! Cursors that cannot be read: nothing is known by them any more, so that what they are of is read anew and nothing else stops.

use pulse_engine::land::Cursors;

/// What a cursor says by which nothing is known.
const NOTHING: &str = "{}";

/// Cursors that could not be read, as they stand now, and why the first of them could not.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    pub(crate) cursors: Cursors,
    first: Option<String>,
}

impl Lost {
    /// Lets nothing be known by those that `read` cannot read, as it says of each part and its cursor.
    pub(crate) fn of(cursors: &mut Cursors, read: impl Fn(&str, &str) -> serde_json::Result<()>) -> Self {
        let mut lost = Self::default();
        for (part, cursor) in cursors {
            if let Err(reason) = read(part, cursor) {
                NOTHING.clone_into(cursor);
                lost.note((part.clone(), cursor.clone()), &reason.to_string());
            }
        }
        lost
    }

    /// Notes one more, as it stands now, and why it could not be read.
    pub(crate) fn note(&mut self, (part, now): (String, String), reason: &str) {
        self.first.get_or_insert_with(|| format!("{part}: {reason}"));
        self.cursors.insert(part, now);
    }

    /// What is told of them; nothing where there are none.
    pub(crate) fn reason(&self) -> Option<String> {
        let others = match self.cursors.len() {
            0 | 1 => String::new(),
            count => format!(", and of {} others", count - 1),
        };
        Some(format!("how far it was read is lost of {}{others}: that is read anew", self.first.as_ref()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_cannot_be_read_says_nothing_any_more_and_is_told_and_what_can_stays_as_it_is() {
        let text = |part: &str, text: &str| (part.to_owned(), text.to_owned());
        let read = |_: &str, text: &str| serde_json::from_str::<BTreeMap<String, u64>>(text).map(drop);
        let mut cursors = Cursors::from([text("a", r#"{"n":1}"#), text("b", "["), text("c", r#"{"n":"x"}"#)]);
        let lost = Lost::of(&mut cursors, read);
        assert_eq!(cursors, Cursors::from([text("a", r#"{"n":1}"#), text("b", "{}"), text("c", "{}")]));
        assert_eq!(lost.cursors, Cursors::from([text("b", "{}"), text("c", "{}")]));
        let told = lost.reason().unwrap();
        assert!(told.starts_with("how far it was read is lost of b: invalid type"), "{told}");
        assert!(told.ends_with(", and of 1 others: that is read anew"), "{told}");
        assert_eq!(Lost::of(&mut cursors, read).reason(), None);
    }
}
