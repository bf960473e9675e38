//! A server with two tenants, both of them the sample's company.

use crate::Fallible;
use pulse_connectors::net::{Manner as Asking, Posting, Reach};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use pulse_server::auth::{Access, Permission, Signer, SingleSignOn, Vault};
use pulse_server::control::{Authority, Control, NewToken, Sees};
use pulse_server::dashboards::Dashboards;
use pulse_server::demo;
use pulse_server::events::{Bounds, Events};
use pulse_server::http::{App, Cookies, SqlText, router};
use pulse_server::jobs::{Repositories, Sources};
use pulse_server::queries::{Manner, Queries};
use pulse_simulator::Scenario;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) struct House {
    engine: Engine,
    rest: String,
    pub(crate) flight: String,
    /// That of the tenant who asks for little.
    pub(crate) token: String,
    hog: String,
    client: reqwest::Client,
    _folder: tempfile::TempDir,
}

/// Who asks for little, and who for too much.
const TENANTS: [&str; 2] = ["good", "hog"];

impl House {
    pub(crate) async fn open() -> Fallible<Self> {
        let folder = tempfile::tempdir()?;
        let engine = Engine::open(&format!("file://{}", folder.path().join("lake").display())).await?;
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::System).await?;
        let all = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let mut tokens = Vec::new();
        for (n, name) in (0..).zip(TENANTS) {
            let tenant = TenantId::new(name)?;
            control.create_tenant(&tenant, name, "UTC").await?;
            let permissions = [Permission::MetricsRead, Permission::SqlRun].into_iter().collect();
            let new = NewToken { name: "bench".into(), permissions, sees: None, days: 30, service: true };
            tokens.push(control.create_token(&tenant, &all, "bench", new).await?.1.tell().to_owned());
            let tenant = engine.tenant(&tenant);
            demo::land(&tenant, Scenario::named("small")?, demo::PORT + 100 + n, Clock::System, &|_| {}).await?;
            for mapper in pulse_connectors::mappers() {
                tenant.map(mapper.as_ref(), false).await?;
            }
            tenant.model(&Settings::default()).await?;
        }
        let (hog, token) = (tokens.pop().ok_or("no token")?, tokens.pop().ok_or("no token")?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let door = TcpListener::bind("127.0.0.1:0").await?;
        let rest = format!("http://{}", listener.local_addr()?);
        let flight = format!("http://{}", door.local_addr()?);
        let vault = Vault::open(&folder.path().join("key"))?;
        let url = rest.parse()?;
        let signer = Signer::open(control.clone(), vault.clone(), &rest).await?;
        let usual = Manner::default();
        let limits = pulse_engine::session::Limits { rows: 20_000_000, bytes: 8 << 30, ..usual.limits };
        let app = App {
            engine: engine.clone(),
            settings: Settings::default(),
            clock: Clock::System,
            access: Access::new(control.clone(), signer, SingleSignOn::new(vault, Clock::System, &url)?),
            events: Events::new(control, Bounds::default()),
            sources: Sources {
                repositories: Repositories::default(),
                manner: Asking { reach: Reach::Anywhere, ..Asking::default() },
            },
            posting: Posting::new(Reach::Anywhere, Duration::from_secs(30))?,
            dashboards: Dashboards::default(),
            cookies: Cookies::new(&url),
            behind_proxy: false,
            sql_text: SqlText::Whole,
            queries: Queries::new(Clock::System, Manner { limits, ..usual }),
        };
        tokio::spawn(pulse_server::flight::serve(app.clone(), door, None, std::future::pending()));
        let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { engine, rest, flight, token, hog, client, _folder: folder })
    }

    /// The tenant who asks for little.
    pub(crate) fn good(&self) -> Tenant {
        TenantId::new(TENANTS[0]).map(|id| self.engine.tenant(&id)).unwrap_or_else(|_| std::process::abort())
    }

    /// Asks over REST, and reads the whole answer.
    pub(crate) async fn ask(&self, sql: &str) -> Fallible<usize> {
        asked(&self.client, &self.rest, &self.token, sql).await
    }

    /// Asks this again and again, as the other tenant.
    pub(crate) fn hog(&self, sql: &'static str) -> JoinHandle<()> {
        let (client, rest, token) = (self.client.clone(), self.rest.clone(), self.hog.clone());
        tokio::spawn(async move {
            loop {
                // That it is refused is what it is for.
                drop(asked(&client, &rest, &token, sql).await);
            }
        })
    }
}

async fn asked(client: &reqwest::Client, rest: &str, token: &str, sql: &str) -> Fallible<usize> {
    let request = client.post(format!("{rest}/api/v1/sql")).bearer_auth(token).json(&json!({ "sql": sql }));
    Ok(request.send().await?.error_for_status()?.bytes().await?.len())
}
