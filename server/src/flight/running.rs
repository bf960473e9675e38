//! Which questions are being answered, so that they can be taken back.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// The questions that are being answered in this process, by their ids. One may be answered several times at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<Mutex<HashMap<String, Vec<Arc<Notify>>>>>);

impl Running {
    /// One more answer begins.
    pub(super) fn begin(&self, id: &str) -> Answering {
        let stop = Arc::new(Notify::new());
        self.0.lock().entry(id.to_owned()).or_default().push(Arc::clone(&stop));
        Answering { running: self.clone(), id: id.to_owned(), stop }
    }

    /// Stops all answers to a question; false when there is none here.
    pub(super) fn stop(&self, id: &str) -> bool {
        let running = self.0.lock();
        let Some(answers) = running.get(id) else { return false };
        for stop in answers {
            stop.notify_one();
        }
        true
    }
}

/// An answer on its way.
#[derive(Debug)]
pub(super) struct Answering {
    running: Running,
    id: String,
    stop: Arc<Notify>,
}

impl Answering {
    /// Until somebody takes the question back.
    pub(super) async fn stopped(&self) {
        self.stop.notified().await;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut running = self.running.0.lock();
        if let Some(answers) = running.get_mut(&self.id) {
            answers.retain(|stop| !Arc::ptr_eq(stop, &self.stop));
            if answers.is_empty() {
                running.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn a_question_is_stopped_in_all_its_answers_and_forgotten_with_the_last() {
        let running = Running::default();
        assert!(!running.stop("a"));
        let (first, second, other) = (running.begin("a"), running.begin("a"), running.begin("b"));
        drop(running.begin("a"));
        assert!(running.stop("a"));
        first.stopped().await;
        second.stopped().await;
        assert!(other.stopped().now_or_never().is_none());
        drop((first, second));
        assert!(!running.stop("a") && running.stop("b"));
        drop(other);
        assert!(running.0.lock().is_empty());
    }
}
