//! Lists that go round in circles.

use crate::net::Trouble;
use serde_json::Value;

/// Sees whether a list goes round in circles, as where a proxy answers each question as it did the first: it would be read for ever.
#[derive(Debug, Default)]
pub(crate) struct Circle {
    /// What the last page began with.
    first: Value,
}

impl Circle {
    /// Comes to the next page of a list, whose things are told apart by a field.
    pub(crate) fn comes_to(&mut self, list: &str, page: &[Value], field: &str) -> Result<(), Trouble> {
        let first = page.first().map(|thing| thing[field].clone()).unwrap_or_default();
        if !first.is_null() && first == self.first {
            return Err(Trouble::Again(format!("its list of `{list}` does not go on")));
        }
        self.first = first;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_whose_pages_are_all_the_same_is_not_read_for_ever() {
        let page = |ids: &[u64]| -> Vec<Value> { ids.iter().map(|id| json!({ "id": id })).collect() };
        let goes_on = |pages: &[&[u64]]| {
            let mut circle = Circle::default();
            pages.iter().all(|ids| circle.comes_to("board", &page(ids), "id").is_ok())
        };
        assert!(goes_on(&[&[1, 2], &[3, 4], &[5], &[]]));
        assert!(goes_on(&[&[1, 2], &[2, 3]]), "one that shifted by one meanwhile");
        assert!(!goes_on(&[&[1, 2], &[1, 2]]));
    }
}
