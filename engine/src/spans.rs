//! Spans of the work that somebody follows, for logs and traces.

/// A span of a part of what is under way in a span already; none where nothing is, so that work in the background begins no trace.
macro_rules! part {
    ($($of:tt)*) => {
        if tracing::Span::current().is_none() { tracing::Span::none() } else { tracing::debug_span!($($of)*) }
    };
}

pub(crate) use part;
