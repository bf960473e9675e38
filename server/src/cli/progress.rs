//! A line on standard error that says what goes on, for whatever takes longer than a second.

use crate::output::plain;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Shown after a second, on a terminal only, and gone when dropped.
pub(super) struct Progress {
    doing: String,
    bar: ProgressBar,
    shown: JoinHandle<()>,
}

impl Progress {
    pub(super) fn start(doing: impl Into<String>, quiet: bool) -> Self {
        let doing: String = doing.into();
        let doing = plain(&doing).into_owned();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(doing.clone());
        let late = bar.clone();
        let shown = tokio::spawn(async move {
            if !quiet {
                tokio::time::sleep(Duration::from_secs(1)).await;
                late.set_draw_target(ProgressDrawTarget::stderr());
                late.enable_steady_tick(Duration::from_millis(120));
            }
        });
        Self { doing, bar, shown }
    }

    /// How many of `what` are done.
    pub(super) fn at(&self, count: u64, what: &str) {
        self.bar.set_message(format!("{}: {} {what}", self.doing, HumanCount(count)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shown.abort();
        self.bar.finish_and_clear();
    }
}
