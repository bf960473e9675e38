//! How old the newest backup is.

use parking_lot::Mutex;
use pulse_engine::lake::Backups;
use std::sync::Arc;
use std::time::Duration;

/// How often the place of backups is asked for a list, which a store bills.
const EVERY: Duration = Duration::from_secs(600);

/// When the newest backup was begun. It is looked at beside whoever watches: a place that does not answer keeps none of them waiting.
#[derive(Clone, Debug, Default)]
pub(super) struct Newest(Arc<Mutex<Known>>);

/// What is known of it.
#[derive(Clone, Copy, Debug, Default)]
enum Known {
    /// Nothing yet: nobody has looked.
    #[default]
    Unseen,
    /// There is none, or none could ever be read.
    Nowhere,
    /// When it was begun, in microseconds.
    At(i64),
}

impl Newest {
    /// Looks from now on, for as long as the process lives.
    pub(super) fn of(place: Arc<Backups>) -> Self {
        let newest = Self::default();
        let seen = newest.clone();
        tokio::spawn(async move {
            loop {
                seen.look(&place).await;
                tokio::time::sleep(EVERY).await;
            }
        });
        newest
    }

    async fn look(&self, place: &Backups) {
        let found = place.newest_at().await;
        let mut known = self.0.lock();
        match found {
            Ok(at) => *known = at.map_or(Known::Nowhere, |at| Known::At(at.timestamp_micros())),
            Err(error) => {
                tracing::warn!(%error, place = %place.address(), "how old the newest backup is cannot be told");
                // One that was known goes on to age.
                if matches!(*known, Known::Unseen) {
                    *known = Known::Nowhere;
                }
            }
        }
    }

    /// How many seconds ago it was begun, endlessly many where there is none; `None` until somebody has looked.
    pub(super) fn seconds_ago(&self, now: i64) -> Option<f64> {
        match *self.0.lock() {
            Known::Unseen => None,
            Known::Nowhere => Some(f64::INFINITY),
            Known::At(at) => Some(super::gauges::number(u64::try_from(now - at).unwrap_or_default() / 1_000_000)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_is_known_goes_on_to_age_while_its_place_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("place");
        let manifests = at.join("backups");
        std::fs::create_dir_all(&manifests).unwrap();
        let place = Backups::open(&format!("file://{}", at.display()), &[]).unwrap();
        let newest = Newest::default();
        assert_eq!(newest.seconds_ago(0), None, "nobody has looked");
        newest.look(&place).await;
        assert_eq!(newest.seconds_ago(0), Some(f64::INFINITY));
        for name in ["20261127T161500Z.json", "20261128T161500Z.json", "notes.json"] {
            std::fs::write(manifests.join(name), "{}").unwrap();
        }
        newest.look(&place).await;
        let begun = 1_795_882_500_000_000;
        assert_eq!(newest.seconds_ago(begun + 90_500_000), Some(90.0));
        assert_eq!(newest.seconds_ago(begun - 1), Some(0.0), "by a clock that is behind");
        // A file in the place of the folder is no list.
        std::fs::remove_dir_all(&at).unwrap();
        std::fs::write(&at, "").unwrap();
        newest.look(&place).await;
        assert_eq!(newest.seconds_ago(begun + 7_200_000_000), Some(7200.0));
        let never = Newest::default();
        never.look(&place).await;
        assert_eq!(never.seconds_ago(0), Some(f64::INFINITY), "that none could be read is told as loudly");
    }
}
