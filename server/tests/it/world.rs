//! A control database for tests, on SQLite and on PostgreSQL.

use pulse_engine::{Clock, TenantId};
use pulse_server::Error;
use pulse_server::auth::{Access, Credential, Permission, Permissions, Principal, Signer, SingleSignOn, Vault};
use pulse_server::control::*;
use std::sync::atomic::{AtomicI64, Ordering};

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 24 * 3600 * SECOND;
pub(crate) const PASSWORD: &str = "plinth-otter-sundial";

/// A control database with a tenant `acme`, whose owner is Ada.
pub(crate) struct World {
    pub(crate) access: Access,
    pub(crate) ada: User,
    address: String,
    now: &'static AtomicI64,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    pub(crate) async fn on(address: &str, folder: Option<tempfile::TempDir>) -> Self {
        let now: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(1_775_088_000 * SECOND)));
        let control = Control::open(address, Clock::Moved(now)).await.unwrap();
        control.create_tenant(&acme(), "Acme", "Europe/Berlin").await.unwrap();
        let link = control.setup_link(&acme(), true).await.unwrap();
        let ada = control.accept(link.tell(), "Ada@example.com", "Ada", PASSWORD, "").await.unwrap();
        Self { access: access(control).await, ada, address: address.to_owned(), now, _folder: folder }
    }

    /// What another process has over the same control database.
    pub(crate) async fn beside(&self) -> Access {
        access(Control::open(&self.address, self.control().clock()).await.unwrap()).await
    }

    pub(crate) fn control(&self) -> &Control {
        &self.access.control
    }

    /// Where its control database is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn pass(&self, time: i64) {
        self.now.fetch_add(time, Ordering::Relaxed);
    }

    /// Moves the clock on by a microsecond; what it shows then.
    pub(crate) fn pass_one(&self) -> i64 {
        self.now.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) async fn join(&self, email: &str, roles: &[&str], sees: Sees) -> User {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let link = self.control().invite(&acme(), &self.owner().await, email, roles, sees).await.unwrap();
        self.control().accept(link.tell(), "", "Somebody", PASSWORD, "").await.unwrap()
    }

    /// An API token of a service that may read and ask.
    pub(crate) async fn token(&self, tenant: &TenantId) -> String {
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let may = permissions(&[Permission::MetricsRead, Permission::SqlRun, Permission::PeopleRead]);
        let new = NewToken { name: "test".into(), permissions: may, sees: None, days: 300, service: true };
        self.control().create_token(tenant, &by, "shell", new).await.unwrap().1.tell().to_owned()
    }

    pub(crate) async fn owner(&self) -> Authority {
        self.authority(&self.ada).await
    }

    pub(crate) async fn authority(&self, user: &User) -> Authority {
        let member = self.control().member(&acme(), &user.id).await.unwrap().unwrap();
        Authority { permissions: member.permissions, sees: member.sees }
    }

    pub(crate) async fn principal(&self, token: &str) -> Option<Principal> {
        let found = self.access.principal(Credential::Access(token)).await.unwrap();
        found.map(|principal| (*principal).clone())
    }
}

async fn access(control: Control) -> Access {
    let vault = Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let signer = Signer::open(control.clone(), vault.clone(), "http://pulse.test").await.unwrap();
    let sso = SingleSignOn::new(vault, control.clock(), &"http://pulse.test".parse().unwrap()).unwrap();
    Access::new(control, signer, sso)
}

pub(crate) fn acme() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(crate) fn from() -> Visitor {
    Visitor { address: "192.0.2.7".into(), agent: "test".into(), ..Visitor::default() }
}

pub(crate) fn permissions(all: &[Permission]) -> Permissions {
    all.iter().copied().collect()
}

pub(crate) fn refusal<T: std::fmt::Debug>(outcome: pulse_server::Result<T>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?} is no refusal"),
    }
}

/// A token that is to be made.
pub(crate) fn new_token(permission: Permission, service: bool) -> NewToken {
    NewToken { name: "nightly".into(), permissions: permissions(&[permission]), sees: None, days: 30, service }
}

/// Runs promises on both databases.
macro_rules! on_both {
    ($world:ident; $($promise:ident)*) => {$(
        mod $promise {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                let folder = tempfile::tempdir().unwrap();
                let address = format!("sqlite:{}", folder.path().join("läke #1/control.db").display());
                super::$promise(super::$world::on(&address, Some(folder)).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                let address = tokio::task::spawn_blocking(crate::postgres::database).await.unwrap();
                super::$promise(super::$world::on(&address, None).await).await;
            }
        }
    )*};
}

pub(crate) use on_both;
