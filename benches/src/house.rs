//! A server with the tenants of a bench, in this process.

use crate::Fallible;
use pulse_connectors::net::{Manner as Asking, Posting, Reach};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use pulse_server::auth::{Access, Permission, Signer, SingleSignOn, Vault};
use pulse_server::control::{Authority, Connection, Control, LAND, NewToken, Sees, Trigger};
use pulse_server::dashboards::Dashboards;
use pulse_server::demo;
use pulse_server::events::{Bounds, Events};
use pulse_server::http::{App, Calls, Cookies, Served, SqlText, router};
use pulse_server::jobs::{Repositories, Sources};
use pulse_server::observe::Ready;
use pulse_server::queries::{Manner, Queries};
use pulse_server::sockets::{self, Sockets};
use pulse_simulator::Scenario;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;

/// A server.
pub struct House {
    /// Its engine.
    pub engine: Engine,
    /// Where its REST API is.
    pub rest: String,
    /// Where its door for Flight SQL is.
    pub flight: String,
    /// A token for each tenant, in their order.
    pub tokens: Vec<String>,
    /// What asks.
    pub client: reqwest::Client,
    /// The folder of its lake.
    pub lake: PathBuf,
    control: Control,
    vault: Vault,
    queries: Queries,
    manner: Manner,
    _folder: tempfile::TempDir,
}

impl House {
    /// A server with these tenants, in whose lakes there is nothing yet.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub async fn open(tenants: &[&str]) -> Fallible<Self> {
        Self::over(None, tenants).await
    }

    /// A server with these tenants over the lake in a folder, which stays; over one that goes with it when none is named.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub async fn over(lake: Option<PathBuf>, tenants: &[&str]) -> Fallible<Self> {
        let folder = tempfile::tempdir()?;
        let lake = lake.unwrap_or_else(|| folder.path().join("lake"));
        let engine = Engine::open(&format!("file://{}", lake.display())).await?;
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::System).await?;
        let all = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let mut tokens = Vec::new();
        for name in tenants {
            let tenant = TenantId::new(name)?;
            control.create_tenant(&tenant, name, "UTC").await?;
            let permissions =
                [Permission::MetricsRead, Permission::SqlRun, Permission::PeopleRead].into_iter().collect();
            let new = NewToken { name: "bench".into(), permissions, sees: None, days: 30, service: true };
            tokens.push(control.create_token(&tenant, &all, "bench", new).await?.1.tell().to_owned());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let door = TcpListener::bind("127.0.0.1:0").await?;
        let rest = format!("http://{}", listener.local_addr()?);
        let flight = format!("http://{}", door.local_addr()?);
        let vault = Vault::open(&folder.path().join("key"))?;
        let url = rest.parse()?;
        let signer = Signer::open(control.clone(), vault.clone(), &rest).await?;
        let usual = Manner::default();
        let limits = pulse_engine::session::Limits { rows: 20_000_000, bytes: 8 << 30, ..usual.limits };
        let manner = Manner { limits, ..usual };
        let queries = Queries::new(Clock::System, manner);
        let app = App::from(Served {
            ready: Ready::new(control.clone(), engine.clone()),
            engine: engine.clone(),
            settings: Settings::default(),
            clock: Clock::System,
            access: Access::new(control.clone(), signer, SingleSignOn::new(vault.clone(), Clock::System, &url)?),
            events: Events::new(control.clone(), Bounds::default()),
            sources: Sources {
                repositories: Repositories::default(),
                manner: Asking { reach: Reach::Anywhere, ..Asking::default() },
            },
            posting: Posting::new(Reach::Anywhere, Duration::from_secs(30))?,
            calls: Calls::default(),
            dashboards: Dashboards::default(),
            cookies: Cookies::new(&url),
            base: url,
            behind_proxy: false,
            sql_text: SqlText::Whole,
            queries: queries.clone(),
        });
        let clients = Sockets::default();
        tokio::spawn(pulse_server::flight::serve(app.clone(), door, clients, None, std::future::pending()));
        tokio::spawn(sockets::serve(listener, Sockets::default(), router(app), std::future::pending()));
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { engine, rest, flight, tokens, client, lake, control, vault, queries, manner, _folder: folder })
    }

    /// Keeps answers of so many bytes from now on; as many as usual, when nothing is said.
    pub fn keeps(&self, bytes: Option<usize>) {
        let cache_bytes = bytes.unwrap_or(self.manner.cache_bytes);
        self.queries.changes(Manner { cache_bytes, ..self.manner });
    }

    /// The token of the tenant at that place.
    ///
    /// # Errors
    /// When there is none.
    pub fn token(&self, place: usize) -> Fallible<&str> {
        Ok(self.tokens.get(place).ok_or("there is no such tenant")?)
    }

    /// A tenant of it.
    ///
    /// # Errors
    /// When that is no tenant's name.
    pub fn tenant(&self, name: &str) -> Fallible<Tenant> {
        Ok(self.engine.tenant(&TenantId::new(name)?))
    }

    /// A hook of a tenant's connection to GitHub, which no job reads: where it is called, and its secret.
    ///
    /// # Errors
    /// When the control database fails, or the tenant has one already.
    pub async fn hook_of_github(&self, name: &str) -> Fallible<(String, String)> {
        let tenant = TenantId::new(name)?;
        let set = Connection {
            name: "hub".into(),
            connector: "github".into(),
            place: "https://api.github.com".into(),
            settings: json!({ "owners": [name] }),
            has_credential: false,
            created_by: "bench".into(),
            created_at: 0,
            version: 0,
        };
        let set = self.control.set_connection(&tenant, &set, None, &self.vault).await?;
        let asks = Trigger::new(LAND, &set.name);
        let (hook, secret) = self.control.create_hook(&tenant, "github", &asks, "bench", &self.vault).await?;
        Ok((format!("{}/hooks/{}", self.rest, hook.id), secret.tell().to_owned()))
    }

    /// Lands the sample's company for a tenant, through its simulated vendors, and makes its facts.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn fill(&self, tenant: &Tenant, port: u16) -> Fallible<()> {
        demo::land(tenant, Scenario::named("small")?, port, Clock::System, &|_| {}).await?;
        for mapper in pulse_connectors::mappers() {
            tenant.map(mapper.as_ref(), false).await?;
        }
        tenant.model(&Settings::default()).await?;
        Ok(())
    }
}
