//! A read replica: it is asked while it is fresh, and nobody can tell but by how it is spared.

use crate::postgres::{Standby, database};
use crate::world::{PASSWORD, World, acme, from};
use pulse_engine::Clock;
use pulse_server::Error;
use pulse_server::auth::{Access, Credential, Signer, SingleSignOn, Vault};
use pulse_server::control::{Control, Cursor, Sees};
use sqlx::{AnyPool, Row as _};
use std::time::Duration;

const BEHIND: Duration = Duration::from_millis(500);

/// A primary with its standby, a process that has both, and another that has the primary alone.
struct Both {
    other: World,
    access: Access,
    standby: Option<Standby>,
    /// Straight to the standby.
    there: AnyPool,
    replica: String,
}

impl Both {
    async fn start() -> Self {
        let primary = tokio::task::spawn_blocking(database).await.unwrap();
        let other = World::on(&primary, None).await;
        let standby = tokio::task::spawn_blocking(Standby::start).await.unwrap();
        let replica = standby.address(&primary);
        let control = Control::open(&primary, other.control().clock()).await.unwrap();
        let control = control.with_replica(&replica, BEHIND).await.unwrap();
        let vault = Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let signer = Signer::open(control.clone(), vault.clone(), "http://pulse.test").await.unwrap();
        let sso = SingleSignOn::new(vault, control.clock(), &"http://pulse.test".parse().unwrap()).unwrap();
        let there = AnyPool::connect(&replica).await.unwrap();
        Self { other, access: Access::new(control, signer, sso), standby: Some(standby), there, replica }
    }

    /// How often the standby was asked for members by others than us.
    async fn asked_there(&self) -> bool {
        let query = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE query LIKE '%FROM members m JOIN%' AND pid <> pg_backend_pid()";
        sqlx::query(query).fetch_one(&self.there).await.unwrap().get::<i64, _>("n") > 0
    }

    async fn members(&self) -> usize {
        let page = self.access.control.nearby().members(&acme(), &Cursor::new(None, None).unwrap()).await;
        page.unwrap().items.len()
    }

    async fn standby(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.there).await.unwrap();
    }

    /// Until the standby is asked.
    async fn warm(&self) {
        for _ in 0..3_000 {
            self.members().await;
            if self.asked_there().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the standby is never asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_replica_is_asked_and_a_late_one_is_not() {
    let both = Both::start().await;
    both.warm().await;
    assert_eq!(both.members().await, 1);
    both.standby("SELECT pg_wal_replay_pause()").await;
    both.other.join("bob@example.com", &["viewer"], Sees::Everything).await;
    // For a moment it may be what it was; once the replica is late, it is what it is.
    tokio::time::sleep(BEHIND + Duration::from_millis(200)).await;
    assert_eq!(both.members().await, 2);
    // What a process wrote itself it sees at once.
    for n in 0..20 {
        let (owner, roles) = (both.other.owner().await, vec!["viewer".to_owned()]);
        let control = &both.access.control;
        let link =
            control.invite(&acme(), &owner, &format!("p{n}@example.com"), roles, Sees::Everything).await.unwrap();
        control.accept(link.tell(), "", "P", PASSWORD, "").await.unwrap();
        assert_eq!(both.members().await, 3 + n);
    }
    both.standby("SELECT pg_wal_replay_resume()").await;
    for _ in 0..200 {
        assert_eq!(both.members().await, 22, "it is never older than what was seen before");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_in_elsewhere_a_moment_ago_is_known_and_who_was_sent_away_is_not() {
    let both = Both::start().await;
    both.warm().await;
    both.standby("SELECT pg_wal_replay_pause()").await;
    // The standby never learns of this session: the primary is asked for what it does not have.
    let grant = both.other.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap();
    let asked = async |token: &str| both.access.principal(Credential::Access(token)).await.unwrap();
    assert!(asked(&grant.token).await.is_some());
    // Sent away by this process, with the standby still saying otherwise.
    both.standby("SELECT pg_wal_replay_resume()").await;
    both.warm().await;
    both.standby("SELECT pg_wal_replay_pause()").await;
    both.access.control.end_session(&grant.session.user_id, &grant.session.id, None, "test").await.unwrap();
    both.access.changed();
    assert!(asked(&grant.token).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_goes_away_is_missed_by_nobody() {
    let mut both = Both::start().await;
    both.warm().await;
    let grant = both.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap();
    both.warm().await;
    let standby = both.standby.take();
    tokio::task::spawn_blocking(move || drop(standby)).await.unwrap();
    // A list that asks it in the moment in which it went is answered by the primary.
    let control = both.access.control.nearby();
    assert_eq!(
        control.sessions(&grant.session.user_id, None, &Cursor::new(None, None).unwrap()).await.unwrap().items.len(),
        1
    );
    assert_eq!(control.roles(&acme()).await.unwrap().len(), 6);
    both.access.changed();
    assert!(both.access.principal(Credential::Access(&grant.token)).await.unwrap().is_some());
    assert_eq!(both.members().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_replica_of_this_very_database_is_taken() {
    let both = Both::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("control.db").display());
    let embedded = Control::open(&file, Clock::Fixed(1)).await.unwrap();
    let refused = embedded.with_replica(&both.replica, BEHIND).await;
    assert!(matches!(&refused, Err(Error::Usage(why)) if why.contains("PostgreSQL")), "{refused:?}");
    let away = Control::open(&tokio::task::spawn_blocking(database).await.unwrap(), Clock::Fixed(1)).await.unwrap();
    let refused = away.with_replica("postgres://pulse@127.0.0.1:1/x", BEHIND).await;
    assert!(matches!(refused, Err(Error::DatabaseAway(_))), "{refused:?}");
}
