//! Pages by number, and the links between them.

use crate::github::Answer;
use url::form_urlencoded::Serializer;

/// Which page of how many each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) number: usize,
    pub(super) size: usize,
}

impl Page {
    pub(super) fn new(number: Option<usize>, size: Option<usize>) -> Self {
        Self { number: number.unwrap_or(1).max(1), size: size.unwrap_or(30).clamp(1, 100) }
    }

    /// What is on the page.
    pub(super) fn of<T>(self, all: &[T]) -> &[T] {
        let start = ((self.number - 1).saturating_mul(self.size)).min(all.len());
        &all[start..start.saturating_add(self.size).min(all.len())]
    }

    /// Adds the `Link` header to an answer, as far as there are other pages.
    pub(super) fn link(self, parameters: &[(String, String)], address: &str, total: usize, answer: Answer) -> Answer {
        let last = total.div_ceil(self.size).max(1);
        let link = |number: usize, rel: &str| {
            let others = parameters.iter().filter(|(name, _)| name != "page");
            let query =
                Serializer::new(String::new()).extend_pairs(others).append_pair("page", &number.to_string()).finish();
            format!("<{address}?{query}>; rel=\"{rel}\"")
        };
        let mut links = Vec::new();
        if self.number > 1 {
            links.push(link(self.number - 1, "prev"));
        }
        if self.number < last {
            links.push(link(self.number + 1, "next"));
            links.push(link(last, "last"));
        }
        if self.number > 1 {
            links.push(link(1, "first"));
        }
        if links.is_empty() { answer } else { answer.with("Link", links.join(", ")) }
    }
}
