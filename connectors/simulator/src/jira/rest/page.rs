//! Pages by offset.

use super::Question;

/// From where on, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) start: usize,
    pub(super) size: usize,
}

impl Page {
    /// The page that is asked for. Jira makes too large a page smaller without a word.
    pub(super) fn of(question: &Question<'_>, usual: usize, largest: usize) -> Self {
        let size = question.asked.number("maxResults").unwrap_or(usual).min(largest);
        Self { start: question.asked.number("startAt").unwrap_or(0), size }
    }

    /// What is on the page.
    pub(super) fn cut<T>(self, all: &[T]) -> &[T] {
        let start = self.start.min(all.len());
        all.get(start..start.saturating_add(self.size).min(all.len())).unwrap_or_default()
    }

    /// Whether nothing comes after it.
    pub(super) fn is_last(self, total: usize) -> bool {
        self.start.saturating_add(self.size) >= total
    }
}
