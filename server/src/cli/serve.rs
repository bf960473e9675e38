//! `pulse serve`.

use super::control::ControlArgs;
use super::flight::FlightArgs;
use super::mail::MailArgs;
use super::place::Place;
use super::queries::QueryArgs;
use super::reload::{Anew, Parts};
use super::telling::{LogFormat, TellArgs};
use crate::alerts::{Alerts, Memory};
use crate::audit;
use crate::auth::Access;
use crate::control::{Control, ERASE};
use crate::dashboards::Dashboards;
use crate::delivery::{Delivers, Mail};
use crate::events::{Bounds, Events};
use crate::http::{self, App, Calls, Cookies, Served, SqlText};
use crate::jobs::{self, Erases, Lands, Repositories, Sources, Worker, holdable, steps};
use crate::mapping::Tries;
use crate::observe::{self, Log, Observed, Ready, Traces};
use crate::queries::{Manner as Asking, Queries};
use crate::reports::Makes;
use crate::sockets::{self, Patience, Sockets};
use crate::{Error, Result, flight, secret};
use clap::Args;
use pulse_connectors::net::{Manner, Posting, Reach};
use pulse_engine::Engine;
use pulse_engine::lake::Options;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

/// Answer over HTTP, and show the report in a browser
///
/// People sign in, programs send a token. While the tenant has no owner, a link is printed that makes one of whoever opens it;
/// it works once. Ctrl-C lets requests that run come to their end, for 10 seconds; a second Ctrl-C does not wait.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse serve
  pulse serve --port 8080
  TOKEN=$(pulse admin token mine --role analyst)
  curl -H \"Authorization: Bearer $TOKEN\" localhost:7878/api/v1/metrics")]
pub(super) struct Serve {
    /// The port
    #[arg(long, default_value_t = 7878)]
    port: u16,
    /// The address to listen on. Other than loopback is for a network that you trust: this speaks plain HTTP
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// A proxy stands before this server, and says in X-Forwarded-For where requests come from
    #[arg(long)]
    behind_proxy: bool,
    /// How many network connections clients may have open at each of its two ports. Where all are taken, the one goes on which nothing is
    /// answered for the longest. Unless said, a third of the files that the process may open, from 256 to 8192
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    clients: Option<u32>,
    /// How a question's SQL text goes into the audit trail
    #[arg(long, value_enum, default_value_t)]
    audit_sql: SqlText,
    #[command(flatten)]
    queries: QueryArgs,
    /// What this process does: answer (`api`), do jobs (`worker`), or both. Any number of processes share a control database
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Role::Api, Role::Worker])]
    roles: Vec<Role>,
    /// How many jobs it does at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// The memory that queries and steps of jobs may take together, in MiB; what needs more goes to disk
    #[arg(long, value_name = "MIB", default_value_t = MEMORY, value_parser = clap::value_parser!(u32).range(64..))]
    memory: u32,
    /// How much of that disk they may take together, in MiB, where temporary files are; what needs more is refused
    #[arg(long, value_name = "MIB", default_value_t = SPILL, value_parser = clap::value_parser!(u32).range(1..))]
    spill: u32,
    /// A folder with git repositories that tenants may read, each in a folder of its tenant's name
    #[arg(long, value_name = "FOLDER", env = "PULSE_REPOSITORIES")]
    repositories: Option<PathBuf>,
    /// Connections may lead to private addresses and over plain HTTP, too: for vendors that stand in the same house
    #[arg(long, env = "PULSE_PRIVATE_ADDRESSES")]
    private_addresses: bool,
    /// How many jobs of a kind run at once, over all processes, such as compact=1. Each process should say the same
    #[arg(long = "limit", value_name = "KIND=N", value_delimiter = ',', value_parser = limit)]
    limits: Vec<(String, i64)>,
    /// For how many seconds it goes on to answer once it is asked to end, while /readyz says that it is to end: until whoever hands out
    /// requests has heard. Ctrl-C twice does not wait
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=600))]
    leave_seconds: u16,
    #[command(flatten)]
    tells: TellArgs,
    #[command(flatten)]
    flight: FlightArgs,
    #[command(flatten)]
    mail: MailArgs,
    #[command(flatten)]
    control: ControlArgs,
}

/// What jobs are done with.
struct Tools {
    control: Control,
    engine: Engine,
    sources: Sources,
    posting: Posting,
    mail: Option<Mail>,
}

impl Serve {
    pub(super) async fn run(self, place: &Place, anew: Anew) -> Result<()> {
        let traces = Traces::start(self.tells.otlp_endpoint.as_ref())?;
        let log = Log::start(&self.tells.log, self.tells.log_format == LogFormat::Json, &traces);
        for why in anew.open_to_others(&place.config) {
            tracing::warn!("{why}");
        }
        let done = self.serve(place, log, anew).await;
        traces.end().await;
        done
    }

    /// Lets a process that runs take what of these settings may change.
    pub(super) fn changes(&self, parts: &Parts) {
        parts.log.takes(&self.tells.log);
        parts.leave.store(self.leave_seconds, Ordering::Relaxed);
        if let Some(queries) = &parts.queries {
            queries.changes(self.asking());
        }
    }

    /// What the engine may take of the machine.
    fn takes(&self) -> Options {
        let bytes = |mebibytes: u32| u64::from(mebibytes) << 20;
        let memory_bytes = usize::try_from(bytes(self.memory)).unwrap_or(usize::MAX);
        Options { memory_bytes, spill_bytes: bytes(self.spill), ..Options::default() }
    }

    /// The connections of one port.
    fn sockets(&self) -> Sockets {
        let most = self.clients.and_then(|most| usize::try_from(most).ok()).unwrap_or_else(sockets::usual);
        Sockets::new(most, Patience::default())
    }

    fn asking(&self) -> Asking {
        Asking { trace_sql: self.tells.trace_sql, ..self.queries.manner() }
    }

    async fn serve(self, place: &Place, log: Log, anew: Anew) -> Result<()> {
        let id = place.tenant_id()?;
        let engine: Engine = place.engine_within(self.takes()).await?;
        let sources = Sources {
            repositories: Repositories::new(self.repositories.as_deref())?,
            manner: Manner {
                reach: if self.private_addresses { Reach::Anywhere } else { Reach::Public },
                clock: place.clock,
                ..Manner::default()
            },
        };
        let (posting, mail) = (Posting::new(sources.manner.reach, POSTS)?, self.mail.open()?);
        let backups = self.tells.backups.clone().map(|url| place.backups(url)).transpose()?.map(Arc::new);
        if !self.roles.contains(&Role::Api) {
            let control = self.control.open(place).await?;
            keep_time(&control);
            let ready = Ready::new(control.clone(), engine.clone());
            let (control_seen, lake) = (control.clone(), engine.clone());
            let of = Observed {
                ready: ready.clone(),
                control: control_seen,
                engine: lake,
                queries: None,
                backups,
                certificate_ends_at: None,
            };
            let observed = self.observed(of).await?;
            let stop = asked_to_stop();
            anew.whenever_asked(Parts { log, leave: Arc::default(), queries: None });
            super::print(&format!("Doing jobs.\n{observed}"))?;
            let (tell_worker, ends) = oneshot::channel::<()>();
            let at = place.clone();
            let ends = async { drop(ends.await) };
            let tools = Tools { control, engine, sources, posting, mail };
            let worker = tokio::spawn(async move { self.work(tools, &at, ends).await });
            stop.await;
            // Nobody hands it requests: it need not wait until all have heard.
            ready.leave();
            drop(tell_worker);
            return unless_in_haste(async { worker.await? }).await;
        }
        let address = SocketAddr::new(self.bind, self.port);
        let failed = |source| Error::Listen { option: "--port", address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let door = self.flight.open(self.bind, self.port, place.clock.now()).await?;
        let control = self.control.open(place).await?;
        let url = self.control.url(&opened(address))?;
        let mut text = format!("Serving on http://{address}\n");
        if control.has_owner(&id).await? {
            text.push_str(&format!("Sign in: {url}sign-in\n"));
        } else {
            let link = control.setup_link(&id, !control.has_operator().await?).await?;
            let secret = link.tell();
            text.push_str(&format!("Become the owner of `{id}` (works once, for an hour): {url}join?link={secret}\n"));
        }
        if let Some(door) = &door {
            text.push_str(&format!("Flight SQL: {}\n", door.address));
        }
        let access = self.control.access(control, &url).await?;
        let events = Events::new(access.control.clone(), Bounds::default());
        let app = App::from(Served {
            ready: Ready::new(access.control.clone(), engine.clone()),
            engine,
            settings: place.settings.clone(),
            clock: place.clock,
            access,
            events: events.clone(),
            sources: sources.clone(),
            posting: posting.clone(),
            calls: Calls::default(),
            dashboards: Dashboards::default(),
            cookies: Cookies::new(&url),
            base: url,
            behind_proxy: self.behind_proxy,
            sql_text: self.audit_sql,
            queries: Queries::new(place.clock, self.asking()),
        });
        let (access, engine, queries) = (app.access.clone(), app.engine.clone(), app.queries.clone());
        queries.clear();
        let (control, seen) = (access.control.clone(), Some(queries.clone()));
        let (ready, leave) = (app.ready.clone(), Arc::new(AtomicU16::new(self.leave_seconds)));
        anew.whenever_asked(Parts { log, leave: Arc::clone(&leave), queries: seen.clone() });
        let of = Observed {
            ready: ready.clone(),
            control,
            engine: engine.clone(),
            queries: seen,
            backups,
            certificate_ends_at: door.as_ref().and_then(|door| door.ends_at),
        };
        text.push_str(&self.observed(of).await?);
        let trail = tokio::spawn(land_trails(access.clone(), engine.clone()));
        let told = events.clone();
        tokio::spawn(async move { told.run().await });
        let (running, control) = (queries.clone(), access.control.clone());
        tokio::spawn(async move { running.tell(&control).await });
        let (dashboards, clock) = (app.dashboards.clone(), place.clock);
        let warm = tokio::spawn(async move { dashboards.keep_warm(clock).await });
        keep_time(&access.control);
        let (tell_worker, ends) = oneshot::channel::<()>();
        let works = self.roles.contains(&Role::Worker);
        let (visitors, clients) = (self.sockets(), self.sockets());
        let (control, at) = (access.control.clone(), place.clone());
        let tools = Tools { control, engine: engine.clone(), sources, posting, mail };
        let worker = works.then(|| {
            let ends = async { drop(ends.await) };
            tokio::spawn(async move { self.work(tools, &at, ends).await })
        });
        let asked = asked_to_stop();
        super::print(&text)?;
        let (shut, mut shutting) = watch::channel(false);
        let flight = door.map(|door| {
            let closed = async move { drop(shutting.wait_for(|shut| *shut).await) };
            tokio::spawn(flight::serve(app.clone(), door.listener, clients, door.tls, closed))
        });
        // What comes as HTTP/2 may come here, too, where that door is open at all.
        let calls = flight.as_ref().map(|_| flight::routes(app.clone()));
        let router = http::router(app).merge(calls.unwrap_or_default());
        let (told, stopping) = oneshot::channel();
        let stop = async move {
            asked.await;
            ready.leave();
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(leave.load(Ordering::Relaxed).into())) => {}
                () = asked_to_stop() => {}
            }
            // From now on nothing new is begun. The other ends are gone only when the server is.
            drop(tell_worker);
            events.end();
            shut.send_replace(true);
            told.send(()).ok();
        };
        let ended = async {
            let rest = async {
                sockets::serve(listener, visitors, router, stop).await;
                Ok::<(), Error>(())
            };
            match flight {
                // If that one breaks, so does the server.
                Some(flight) => tokio::try_join!(rest, async { flight.await? }).map(|((), ())| ())?,
                None => rest.await?,
            }
            match worker {
                Some(worker) => worker.await?,
                None => Ok(()),
            }
        };
        let served = tokio::select! {
            done = ended => done,
            () = waited_enough(stopping) => Ok(()),
        };
        trail.abort();
        warm.abort();
        queries.forget(None);
        // What happened last goes to the lake, too; if it cannot now, it waits in the control database.
        if let Err(error) = audit::land(&access.control, &engine).await {
            tracing::warn!(%error, "the end of the audit trail waits in the control database");
        }
        served
    }
}

impl Serve {
    /// Opens the door for whoever watches this process, where one is wished for, and says where it is. It is open until the process
    /// ends.
    async fn observed(&self, of: Observed) -> Result<String> {
        let Some(address) = self.tells.metrics else { return Ok(String::new()) };
        let failed = |source| Error::Listen { option: "--metrics", address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tokio::spawn(async move {
            if let Err(error) = observe::serve(of, listener, std::future::pending()).await {
                tracing::error!(%error, "nobody can watch this process any more");
            }
        });
        Ok(format!("Metrics: http://{address}/metrics\n"))
    }

    /// Does jobs until `end`, and puts back what it is at then.
    async fn work(&self, tools: Tools, place: &Place, end: impl Future<Output = ()> + Send) -> Result<()> {
        let Tools { control, engine, sources, posting, mail } = tools;
        let manner = jobs::Manner {
            name: secret::id("worker")?,
            places: usize::from(self.jobs),
            lease: LEASE,
            rest: REST,
            tenant: OF_A_TENANT,
            kinds: self.limits.clone(),
        };
        let mut works = steps(&control, &engine, &place.settings);
        let (vault, lake) = (self.control.vault().await?, engine.clone());
        let sends_mail = mail.is_some();
        let delivers = Delivers { control: control.clone(), vault: vault.clone(), engine: lake.clone(), posting, mail };
        works.push(Arc::new(delivers));
        let base = self.control.url(&opened(SocketAddr::new(self.bind, self.port)))?;
        let (seen, settings) = (control.clone(), place.settings.clone());
        works.push(Arc::new(Alerts {
            control: seen,
            engine: engine.clone(),
            settings,
            base: base.clone(),
            memory: Memory::default(),
        }));
        works.push(Arc::new(Tries {
            control: control.clone(),
            engine: engine.clone(),
            settings: place.settings.clone(),
        }));
        works.push(Arc::new(Makes {
            control: control.clone(),
            engine: engine.clone(),
            settings: place.settings.clone(),
            vault: vault.clone(),
            base,
            sends_mail,
        }));
        works.push(Arc::new(Lands { control: control.clone(), vault, engine: lake, sources }));
        works.push(Arc::new(Erases { control: control.clone(), engine }));
        let worker = Worker::new(control, works, manner);
        let (told, ends) = watch::channel(false);
        let ended = async {
            end.await;
            // Nobody hears it only when the worker has ended.
            told.send(true).ok();
        };
        tokio::join!(worker.run(ends), ended);
        Ok(())
    }
}

/// How many jobs of a kind run at once.
fn limit(text: &str) -> Result<(String, i64), String> {
    let (kind, most) = text.split_once('=').ok_or("should be a kind and a number, such as compact=1")?;
    let all: Vec<&str> = holdable().chain([ERASE]).collect();
    if !all.contains(&kind) {
        return Err(format!("there is no kind `{kind}`: it should be one of {}", all.join(", ")));
    }
    let most = most.parse().ok().filter(|most| *most > 0);
    Ok((kind.to_owned(), most.ok_or("should have a number from 1 on; to do none at all, put the kind on hold")?))
}

/// What queries and steps may take, in MiB, unless it is said: memory, and disk.
const MEMORY: u32 = 2_048;
const SPILL: u32 = 20_480;
/// How long a worker may show no sign of life, and how long it rests when there is nothing to do.
const LEASE: Duration = Duration::from_secs(30);
const REST: Duration = Duration::from_millis(500);
/// How long a destination is waited for.
const POSTS: Duration = Duration::from_secs(30);
/// How many jobs of one tenant are done at once, over all workers.
const OF_A_TENANT: i64 = 4;

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Role {
    /// It answers over HTTP.
    Api,
    /// It does jobs.
    Worker,
}

/// Has what is due be due by the database's clock, for as long as the process lives.
fn keep_time(control: &Control) {
    let control = control.clone();
    tokio::spawn(async move { control.keep_time().await });
}

/// How often the audit trail goes from the control database to the lake.
const TRAIL_EVERY: Duration = Duration::from_secs(2);

/// Brings the audit trail to the lake, again and again.
async fn land_trails(access: Access, engine: Engine) {
    loop {
        tokio::time::sleep(TRAIL_EVERY).await;
        if let Err(error) = audit::land(&access.control, &engine).await {
            tracing::warn!(%error, "the audit trail waits in the control database");
        }
    }
}

/// Until work is put back, unless somebody asks once more, or it takes long: then its next worker finds it left.
async fn unless_in_haste(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::select! {
        done = work => done,
        () = asked_to_stop() => Ok(()),
        () = tokio::time::sleep(Duration::from_secs(LAST_SECONDS)) => Ok(()),
    }
}

/// How long requests that run may take to end once the server was asked to stop.
const LAST_SECONDS: u64 = 10;

/// Until the server was asked to stop twice, or once a while ago: some connection may never end by itself.
async fn waited_enough(stopping: oneshot::Receiver<()>) {
    if stopping.await.is_err() {
        // The server ended by itself.
        return;
    }
    tokio::select! {
        () = asked_to_stop() => {}
        () = tokio::time::sleep(Duration::from_secs(LAST_SECONDS)) => {}
    }
}

/// The host and port that a browser on this machine opens: where all addresses are listened on, none of them is one.
fn opened(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

/// Until someone asks the process to stop. From this call on it is noticed, whenever it is waited for.
fn asked_to_stop() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::interrupt()).and_then(|interrupt| Ok((interrupt, signal(SignalKind::terminate())?)))
    };
    async move {
        #[cfg(unix)]
        if let Ok((mut interrupt, mut terminate)) = signals {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        drop(tokio::signal::ctrl_c().await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_names_a_host_that_a_browser_can_open() {
        let link = |address: &str| opened(address.parse().unwrap());
        assert_eq!(link("0.0.0.0:7878"), "localhost:7878");
        assert_eq!(link("[::]:7878"), "localhost:7878");
        assert_eq!(link("127.0.0.1:80"), "127.0.0.1:80");
    }

    #[test]
    fn what_is_taken_unless_it_is_said_is_what_the_engine_takes() {
        let usual = Options::default();
        assert_eq!((u64::from(MEMORY) << 20, u64::from(SPILL) << 20), (usual.memory_bytes as u64, usual.spill_bytes));
    }

    #[test]
    fn a_limit_names_a_kind_that_there_is_and_lets_something_through() {
        assert_eq!(limit("compact=1"), Ok(("compact".to_owned(), 1)));
        assert_eq!(limit("erase=2"), Ok(("erase".to_owned(), 2)));
        for wrong in ["compact", "compacts=1", "compact=0", "compact=-1", "compact=x", "=1"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }
}
