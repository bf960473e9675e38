//! `pulse doctor`.

use super::config;
use super::control::ControlArgs;
use super::place::Place;
use crate::control::{Control, Cursor};
use crate::error::whole;
use crate::{Error, Result};
use chrono::DateTime;
use clap::Args;
use pulse_engine::{TenantId, counted};
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

/// Look at an installation, and collect what whoever helps with it has to know
///
/// One text, to be read before it is sent: what is wrong and what to do, the version and the machine, the settings without secrets, the
/// control database's jobs and connections, the tables of the lake, and what a running process tells of itself. It holds no secret and no
/// row of anybody's data; names of tenants, connections and places are in it. A part that cannot be looked at says why, and the
/// others go on.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse doctor
  pulse doctor --process http://127.0.0.1:9464 --output pulse-doctor.txt")]
pub(super) struct Doctor {
    #[command(flatten)]
    control: ControlArgs,
    /// Ask a process that runs, too: the address of its --metrics
    #[arg(long, value_name = "URL", value_parser = address)]
    process: Option<url::Url>,
    /// Look how old the newest backup is, too: where backups are
    #[arg(long, value_name = "URL", env = "PULSE_BACKUPS")]
    backups: Option<String>,
    /// Write the text to a file, in the place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The most tenants that are looked at.
const MOST_TENANTS: i64 = 100;
/// With more small files than these a table wants compaction.
const MANY_SMALL_FILES: usize = 50;
/// For how long a job may have been due before it is told, in microseconds.
const LONG_WAIT: i64 = 15 * 60 * 1_000_000;
/// For how long a connection may go unread before it is told, in microseconds.
const LONG_UNREAD: i64 = 24 * 3600 * 1_000_000;
/// How old the newest backup may be before it is told, in microseconds: as long as the example set of alerts lets it.
const OLD_BACKUP: i64 = 26 * 3600 * 1_000_000;
/// How long a process may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Doctor {
    pub(super) async fn run(self, place: &Place, line: &config::Line) -> Result<()> {
        let mut seen = Seen { findings: Vec::new(), parts: Vec::new(), now: place.clock.now() };
        seen.part("Machine", Ok(machine(seen.now)));
        seen.part("Settings", Ok(config::report(line, &place.config)));
        let mut tenants = vec![place.tenant_id()?];
        let control = match self.control.is_there() {
            true => Some(self.control.connect(place).await),
            false => None,
        };
        match control {
            None => {
                let none = "cannot be looked at: there is none yet, `pulse serve` makes it";
                seen.part("Control database", Ok(none.to_owned()));
            }
            Some(Ok(control)) => {
                let told = seen.jobs(&control).await;
                seen.part("Jobs", told);
                let told = seen.connections(&control).await;
                seen.part("Connections", told);
                tenants = known(&control).await.unwrap_or(tenants);
                let told = seen.dead(&control, &tenants).await;
                seen.part("Dead jobs", told);
            }
            Some(Err(error)) => {
                seen.finding(format_args!("the control database cannot be used: {error}"));
                seen.part("Control database", Err(error));
            }
        }
        let told = seen.lake(place, &tenants).await;
        seen.part("Lake", told);
        if let Some(url) = &self.backups {
            let told = seen.backups(place, url).await;
            seen.part("Backups", told);
        }
        if let Some(process) = &self.process {
            let told = seen.process(process).await;
            seen.part("Process", told);
        }
        // Jobs say in a vendor's or a library's words why they failed.
        let text = config::without_passwords(&seen.text());
        match &self.output {
            None => super::print(&text),
            Some(path) => {
                std::fs::write(path, text).map_err(|error| Error::file("write", path, error))?;
                super::print(&format!("Written to {}: read it before you send it.\n", path.display()))
            }
        }
    }
}

/// What was found until now.
struct Seen {
    /// What is wrong, and what to do.
    findings: Vec<String>,
    /// Titles and texts.
    parts: Vec<(&'static str, String)>,
    now: i64,
}

impl Seen {
    fn finding(&mut self, text: impl Display) {
        self.findings.push(text.to_string());
    }

    fn part(&mut self, title: &'static str, text: Result<String>) {
        let text = text.unwrap_or_else(|error| {
            let why = error.to_string();
            // Whoever looked may have told already, with what to do.
            if !self.findings.iter().any(|told| told.contains(&why)) {
                self.finding(format_args!("{title} cannot be looked at: {why}"));
            }
            format!("cannot be looked at: {why}")
        });
        self.parts.push((title, if text.trim().is_empty() { "none".to_owned() } else { text }));
    }

    /// How long ago something was, in whole minutes.
    fn ago(&self, at: i64) -> String {
        format!("{} ago", counted((self.now - at).max(0) / 60_000_000, "minute", "minutes"))
    }

    async fn jobs(&mut self, control: &Control) -> Result<String> {
        let mut text = format!("schema {} of the control database\n", Control::schema());
        for jobs in control.open_jobs().await? {
            let (kind, state, count) = (&jobs.kind, &jobs.state, jobs.count);
            text.push_str(&format!("{kind:10} {state:10} {count:>8}\n"));
            if let Some(since) = jobs.waits_since.filter(|since| self.now - since > LONG_WAIT) {
                let ago = self.ago(since);
                self.finding(format_args!(
                    "a job of the kind {kind} was due {ago}, and nobody has begun it: see whether a worker runs (docs/operations.md)"
                ));
            }
        }
        text.push_str(&format!("alerts that fire: {}\n", control.firing().await?));
        Ok(text)
    }

    async fn connections(&mut self, control: &Control) -> Result<String> {
        let mut text = String::new();
        for read in control.read_at().await? {
            let name = format!("{}/{}:{}", read.tenant, read.connector, read.connection);
            let was = match read.at {
                Some(at) => format!("was read to its end {}", self.ago(at)),
                None => "was never read to its end".to_owned(),
            };
            text.push_str(&format!("{name:50} {was}\n"));
            if read.at.is_none_or(|at| self.now - at > LONG_UNREAD) {
                self.finding(format_args!(
                    "the connection {name} {was}: its page, or GET /api/v1/connections/{}/health, says why",
                    read.connection
                ));
            }
        }
        Ok(text)
    }

    async fn dead(&mut self, control: &Control, tenants: &[TenantId]) -> Result<String> {
        let mut text = String::new();
        for tenant in tenants {
            let dead = control.dead_jobs(tenant).await?;
            if !dead.is_empty() {
                self.finding(format_args!(
                    "dead jobs of the tenant {tenant}: {}; mend what they say, then `pulse jobs resume ID`",
                    dead.len()
                ));
            }
            for job in dead {
                text.push_str(&format!("{tenant}  {}  {} {}: {}\n", job.id, job.kind, job.subject, job.reason));
            }
        }
        Ok(text)
    }

    async fn lake(&mut self, place: &Place, tenants: &[TenantId]) -> Result<String> {
        let lake = place.whole_lake().await?;
        // Else each table would be waited for.
        if let Err(error) = lake.lake().ping().await {
            self.finding(format_args!("{error}"));
            return Err(error.into());
        }
        let mut text = String::new();
        for id in tenants {
            let tenant = lake.tenant(id);
            let found = match tenant.lake().tables().await {
                Ok(found) => found,
                Err(error) => {
                    self.finding(format_args!("the tables of the tenant {id} cannot be read: {error}"));
                    continue;
                }
            };
            let modelled = match tenant.modelled_at().await {
                Ok(at) => at.map_or("never".to_owned(), |at| self.ago(at)),
                Err(error) => {
                    self.finding(format_args!(
                        "when facts of the tenant {id} were made cannot be read: {error}; see `pulse --tenant {id} lake verify`"
                    ));
                    "nobody knows when".to_owned()
                }
            };
            text.push_str(&format!("{id}: {} tables, facts last made {modelled}\n", found.len()));
            for table in found {
                match table.inspect().await {
                    Ok(Some(is)) => {
                        let rows = is.rows.map_or_else(|| "?".to_owned(), |rows| rows.to_string());
                        text.push_str(&format!(
                            "  {:28} version {:>6} {:>6} files {:>6} small {:>14} bytes {rows:>12} rows\n",
                            is.table, is.version, is.files, is.small_files, is.bytes
                        ));
                        if is.small_files > MANY_SMALL_FILES {
                            self.finding(format_args!(
                                "the table {} of the tenant {id} has {} small files, which makes it slow: `pulse --tenant {id} lake compact`",
                                is.table, is.small_files
                            ));
                        }
                    }
                    // What a connector lands into is listed before anything is there.
                    Ok(None) => match table.has_files().await {
                        Ok(false) => {}
                        Ok(true) => self.finding(format_args!(
                            "the table {} of the tenant {id} has files and no log: `pulse --tenant {id} lake repair` says what can be done",
                            table.name()
                        )),
                        Err(error) => self.unread(id, table.name(), &error),
                    },
                    Err(error) => self.unread(id, table.name(), &error),
                }
            }
        }
        Ok(text)
    }

    fn unread(&mut self, tenant: &TenantId, table: &str, error: &pulse_engine::Error) {
        self.finding(format_args!(
            "the table {table} of the tenant {tenant} cannot be read: {error}; `pulse --tenant {tenant} lake repair` says what can be done"
        ));
    }

    async fn backups(&mut self, place: &Place, url: &str) -> Result<String> {
        let backups = place.backups(url.to_owned())?;
        let address = backups.address();
        let Some(at) = backups.newest_at().await?.map(|at| at.timestamp_micros()) else {
            self.finding(format_args!("there is no backup at {address}: `pulse backup make` makes one"));
            return Ok(String::new());
        };
        let ago = self.ago(at);
        if self.now - at > OLD_BACKUP {
            self.finding(format_args!(
                "the newest backup at {address} was begun {ago}: see why none is made (docs/operations.md)"
            ));
        }
        Ok(format!("the newest at {address} was begun {ago}\n"))
    }

    async fn process(&mut self, address: &url::Url) -> Result<String> {
        let away = |error: reqwest::Error| Error::Data(format!("it does not answer: {}", whole(&error.without_url())));
        let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().map_err(away)?;
        let mut text = String::new();
        for path in ["livez", "readyz", "metrics"] {
            let url =
                address.join(path).map_err(|_| Error::Usage(format!("`{address}` is no address of a process")))?;
            let answer = match client.get(url).send().await {
                Ok(answer) => answer,
                Err(error) => {
                    let error = away(error);
                    self.finding(format_args!("the process at {address} cannot be asked: {error}"));
                    return Err(error);
                }
            };
            let status = answer.status();
            let body = answer.text().await.map_err(away)?;
            if !status.is_success() {
                self.finding(format_args!("the process says at /{path}: {}", body.trim()));
            }
            text.push_str(&format!("/{path}: {status}\n{body}\n"));
        }
        Ok(text)
    }

    fn text(&self) -> String {
        let mut text = String::from("# What is wrong\n\n");
        match self.findings.as_slice() {
            [] => text.push_str("Nothing that could be seen.\n"),
            findings => findings.iter().for_each(|finding| text.push_str(&format!("- {finding}\n"))),
        }
        for (title, part) in &self.parts {
            text.push_str(&format!("\n# {title}\n\n{}\n", part.trim_end()));
        }
        text
    }
}

/// Where a process tells of itself.
fn address(text: &str) -> Result<url::Url, String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "it should be like http://127.0.0.1:9464".to_owned())
}

async fn known(control: &Control) -> Result<Vec<TenantId>> {
    let page = control.tenants(&Cursor::new(None, Some(MOST_TENANTS))?).await?;
    page.items.into_iter().map(|tenant| Ok(TenantId::new(&tenant.id)?)).collect()
}

fn machine(now: i64) -> String {
    let said = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let memory =
        said("/proc/meminfo").and_then(|text| Some(text.lines().next()?.split_whitespace().nth(1)?.to_owned()));
    let cores = std::thread::available_parallelism().map(|cores| cores.to_string()).ok();
    let time = DateTime::from_timestamp_micros(now).unwrap_or_default().format("%Y-%m-%d %H:%M:%S UTC");
    let lines = [
        ("pulse", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("system", Some(format!("{} {}", std::env::consts::OS, std::env::consts::ARCH))),
        ("kernel", said("/proc/sys/kernel/osrelease")),
        ("cores", cores),
        ("memory", memory.map(|kilobytes| format!("{kilobytes} KiB"))),
        ("memory of its group", said("/sys/fs/cgroup/memory.max")),
        ("time", Some(time.to_string())),
    ];
    let line =
        |(what, value): (&str, Option<String>)| format!("{what:20} {}\n", value.unwrap_or_else(|| "?".to_owned()));
    lines.into_iter().map(line).collect()
}
