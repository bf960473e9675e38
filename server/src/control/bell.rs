//! The bell that rings when events were told: in this process at once, in others by Postgres' `NOTIFY`. Nobody relies on
//! hearing it: whoever listens looks by themselves now and then, too.

use super::Control;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What processes that share a Postgres call one another by.
pub(super) const CHANNEL: &str = "pulse_events";

/// How many may listen at once in a process; it has one ear, but for tests.
const EARS: u32 = 4;

/// How long it takes until a lost connection is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The bell of a control database.
#[derive(Clone, Debug)]
pub(super) struct Bell {
    rings: watch::Sender<u64>,
    /// What is listened with on Postgres.
    postgres: Option<PgPool>,
}

impl Default for Bell {
    fn default() -> Self {
        Self { rings: watch::Sender::new(0), postgres: None }
    }
}

impl Bell {
    pub(super) fn of_postgres(address: &str) -> Result<Self, sqlx::Error> {
        let postgres = PgPoolOptions::new().max_connections(EARS).connect_lazy(address)?;
        Ok(Self { postgres: Some(postgres), ..Self::default() })
    }

    pub(super) fn ring(&self) {
        self.rings.send_modify(|rings| *rings = rings.wrapping_add(1));
    }
}

/// What hears the bell.
#[derive(Debug)]
pub struct Ear {
    rings: watch::Receiver<u64>,
    patience: Duration,
    /// What passes on what other processes call; it ends with this.
    _calls: JoinSet<()>,
}

impl Control {
    /// Listens for events. Whoever hears nothing for `patience` looks all the same: another process may have written to a SQLite
    /// file, or a call was lost with its connection.
    pub fn listen(&self, patience: Duration) -> Ear {
        let (bell, mut calls) = (self.database.bell(), JoinSet::new());
        if let Some(pool) = bell.postgres.clone() {
            calls.spawn(pass_on(pool, bell.clone()));
        }
        Ear { rings: bell.rings.subscribe(), patience, _calls: calls }
    }
}

impl Ear {
    /// Until there may be something new.
    pub async fn hears(&mut self) {
        tokio::select! {
            // The sender lives as long as the database does.
            _ = self.rings.changed() => {}
            () = tokio::time::sleep(self.patience) => {}
        }
    }
}

/// Rings whenever another process calls.
async fn pass_on(pool: PgPool, bell: Bell) {
    loop {
        match listen(&pool).await {
            Ok(mut listener) => {
                // What was called before nobody heard.
                bell.ring();
                while let Ok(Some(_)) = listener.try_recv().await {
                    // Many calls are one reason to look.
                    while listener.next_buffered().is_some() {}
                    bell.ring();
                }
            }
            Err(error) => tracing::debug!(%error, "other processes cannot be heard now"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}
