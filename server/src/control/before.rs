//! How much of what was before an export tells: it stands in memory, and there may be very much of it.

use crate::Result;
use serde::Serialize;

/// How many bytes of each kind an export tells at most, as the lines that it has of them.
const MOST: usize = 16 << 20;

/// What is left of that.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Room {
    /// All of it.
    pub(super) fn whole() -> Self {
        Self(MOST)
    }

    /// Whether there is room for a line more, whatever stands in it; then it is taken.
    ///
    /// # Errors
    /// When it is no line.
    pub(super) fn takes(&mut self, line: &impl Serialize) -> Result<bool> {
        let left = self.0.checked_sub(serde_json::to_string(line)?.len());
        self.0 = left.unwrap_or(self.0);
        Ok(left.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whatever_stands_in_a_line_takes_room() {
        for column in ["sql", "parameters", "title"] {
            let mut room = Room::whole();
            let half = json!({ column: "x".repeat(MOST / 2 - 100) });
            let taken = [&half, &half, &half].map(|line| room.takes(line).unwrap());
            assert_eq!(taken, [true, true, false], "{column}");
            assert!(room.takes(&json!({"sql": "SELECT 1"})).unwrap(), "of what there is no room for none is taken");
        }
    }
}
