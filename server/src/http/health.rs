//! Whether the process lives.

/// Answers as long as the process serves at all; it asks nothing of the lake.
pub(super) async fn livez() -> &'static str {
    "ok\n"
}
