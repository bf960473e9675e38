//! What somebody at a job has: a way to tell how far it is, and the tenant to write to for as long as the job is theirs.

use crate::Result;
use crate::control::{Control, Job, Progress};
use parking_lot::Mutex;
use pulse_engine::lake::Writer;
use pulse_engine::{Engine, Tenant};
use std::sync::Arc;

/// What somebody at a job has. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AtWork {
    control: Control,
    far: Arc<Mutex<Far>>,
}

/// How far a try is, and from where it began to count.
#[derive(Debug, Default)]
struct Far {
    began: Option<(i64, u64)>,
    progress: Option<Progress>,
    /// What was last told of it.
    told: Option<Progress>,
}

impl AtWork {
    /// What somebody who begins has: nothing to tell yet.
    pub fn new(control: Control) -> Self {
        Self { control, far: Arc::default() }
    }

    /// The tenant that a job belongs to, for its steps: how far they are is told. From here on, whoever was at a job of
    /// that tenant and was given up writes nothing more, and whoever is at this one no longer than until they are given up and another job begins.
    ///
    /// # Errors
    /// When the database or the storage fails.
    pub async fn tenant(&self, engine: &Engine, job: &Job) -> Result<Tenant> {
        let tenant = engine.tenant(&job.tenant_id()?);
        for (lost, epoch) in self.control.lost_writers(tenant.id()).await? {
            for table in tenant.lake().tables().await? {
                table.shut_out(&lost, epoch).await?;
            }
            self.control.writer_is_out(&lost, epoch).await?;
        }
        let at = self.clone();
        let tells = move |done, of, what: &str| at.is(done, of, what);
        Ok(tenant.written_by(Writer::new(&job.id, job.epoch(), Arc::new(tells))))
    }

    /// Tells how far the job is. A try that goes on where another was begins with what that one did; one that begins to count anew
    /// is at something else.
    pub fn is(&self, done: u64, total: Option<u64>, message: &str) {
        let (now, mut far) = (self.control.now(), self.far.lock());
        let goes_on = far.progress.as_ref().is_some_and(|progress| progress.done <= done);
        if !goes_on {
            far.began = Some((now, done));
        }
        let (since, before) = far.began.unwrap_or((now, done));
        let passed = (now - since) as f64 / 1e6;
        let rate = Some((done.saturating_sub(before)) as f64 / passed).filter(|rate| rate.is_finite() && *rate > 0.0);
        let left = |total: u64, rate: f64| (total.saturating_sub(done) as f64 / rate * 1e6) as i64;
        let ends_at = rate.zip(total).map(|(rate, total)| now.saturating_add(left(total, rate)));
        far.progress = Some(Progress { done, total, message: message.to_owned(), rate, ends_at });
    }

    /// How far it is, where that is not what was told last.
    pub fn news(&self) -> Option<Progress> {
        let far = self.far.lock();
        far.progress.clone().filter(|progress| far.told.as_ref() != Some(progress))
    }

    /// This was told.
    pub(super) fn told(&self, progress: Option<Progress>) {
        if progress.is_some() {
            self.far.lock().told = progress;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::Clock;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test]
    async fn a_try_that_goes_on_knows_when_it_would_end_by_what_it_did_itself() {
        static NOW: AtomicI64 = AtomicI64::new(0);
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let at = AtWork::new(Control::open(&address, Clock::Moved(&NOW)).await.unwrap());
        at.is(500, Some(1000), "reading");
        assert_eq!(at.news().unwrap().rate, None);
        NOW.store(10_000_000, Ordering::Relaxed);
        at.is(600, Some(1000), "reading");
        let news = at.news().unwrap();
        assert_eq!((news.rate, news.ends_at), (Some(10.0), Some(50_000_000)), "400 more, 10 in a second");
        at.told(Some(news));
        assert_eq!(at.news(), None, "that was told");
        at.is(601, None, "reading");
        assert_eq!(at.news().unwrap().ends_at, None);
        // What comes next counts for itself.
        NOW.store(20_000_000, Ordering::Relaxed);
        at.is(0, Some(100), "writing");
        assert_eq!(at.news().unwrap().rate, None);
        NOW.store(21_000_000, Ordering::Relaxed);
        at.is(50, Some(100), "writing");
        let news = at.news().unwrap();
        assert_eq!((news.rate, news.ends_at), (Some(50.0), Some(22_000_000)));
    }
}
