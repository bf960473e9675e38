//! How long `pulse serve` takes from its start to its first answers, over a tenant that has data; and how much memory it holds once nobody
//! asks any more.
//!
//!     cargo run --release --workspace --bin start
//!     cargo run --release --workspace --bin start -- --part 10
//!
//! It starts the program `pulse` that stands beside it, each time anew, over the company of `pulse_benches::company`, or one of so many parts
//! of it.

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use pulse_benches::company::{self, Size};
use pulse_benches::{Fallible, at, end, ms};
use pulse_engine::{Clock, Engine, TenantId};
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, Control, NewToken, Sees};
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Whose data it is.
const TENANT: &str = "acme";
/// Of so many parts of the company one, unless it is said.
const PART: usize = 50;
/// How often it is started.
const ROUNDS: usize = 10;
/// For how long nobody asks before its memory is looked at: what was freed goes back to the system within ten seconds.
const QUIET: Duration = Duration::from_secs(30);
/// What is asked first.
const QUESTION: &str = "SELECT count(*) AS n FROM facts.changes";

/// The goals: milliseconds to the first answer at the median, and MB of memory.
const SOON: f64 = 1_000.0;
const MEMORY: u64 = 150;

fn main() -> Fallible<()> {
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(measure()).await? })
}

async fn measure() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let part = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => PART,
        ["--part", of] => of.parse()?,
        _ => return Err("it takes `--part NUMBER` or nothing".into()),
    };
    let place = Installation::make(Size::part(part)).await?;
    let (mut answers, mut pages) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let server = place.start()?;
        place.ask(&server).await?;
        answers.push(ms(server.began));
        place.open(&server).await?;
        pages.push(ms(server.began));
    }
    for times in [&mut answers, &mut pages] {
        times.sort_by(f64::total_cmp);
    }
    println!("| from the start of the process | median | worst of {ROUNDS} |\n|---|--:|--:|");
    for (what, times) in [("to the first answer", &answers), ("to the first page after it", &pages)] {
        println!("| {what} | {:.0} ms | {:.0} ms |", at(times, 50), at(times, 100));
    }

    println!("\n| memory, {} s later | resident | of that its own |\n|---|--:|--:|", QUIET.as_secs());
    let server = place.start()?;
    place.ask(&server).await?;
    let idle = quiet("nobody asked for more than the first answer", &server).await?;
    place.open(&server).await?;
    quiet("somebody opened a page", &server).await?;

    let soon = at(&answers, 50);
    println!("\nfirst answer: {soon:.0} ms, and the goal is {SOON} ms; memory: {idle} MB, and the goal is {MEMORY} MB");
    let mut missed = Vec::new();
    missed.extend((soon > SOON).then_some("the first answer"));
    missed.extend((idle > MEMORY).then_some("memory"));
    end(&missed)
}

/// A lake and a control database, as they lie while no process is there.
struct Installation {
    folder: tempfile::TempDir,
    pulse: PathBuf,
    token: String,
    /// How many changes the tenant has: the first answer.
    changes: i64,
    client: reqwest::Client,
}

/// A server that runs until it is dropped.
struct Server {
    child: Child,
    address: String,
    began: Instant,
    /// It may tell more than where it is.
    told: BufReader<ChildStdout>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that is gone already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Installation {
    async fn make(size: Size) -> Fallible<Self> {
        let pulse = std::env::current_exe()?.with_file_name("pulse");
        if !pulse.exists() {
            return Err(format!("there is no {}: build the whole workspace", pulse.display()).into());
        }
        let folder = tempfile::tempdir()?;
        let (start, id) = (Instant::now(), TenantId::new(TENANT)?);
        let tenant = Engine::open(&format!("file://{}", folder.path().join("lake").display())).await?.tenant(&id);
        company::fill(&tenant, size, company::midnight()).await?;
        company::model(&tenant).await?;
        let counted = tenant.sql(QUESTION).await?;
        let changes = counted.first().ok_or("nothing was counted")?.column(0).as_primitive::<Int64Type>().value(0);
        println!("{changes} changes and {} work items made in {:.1} s\n", size.items, ms(start) / 1e3);
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::System).await?;
        control.create_tenant(&id, TENANT, "UTC").await?;
        let all = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let permissions = [Permission::MetricsRead, Permission::SqlRun].into_iter().collect();
        let new = NewToken { name: "bench".into(), permissions, sees: None, days: 30, service: true };
        let token = control.create_token(&id, &all, "bench", new).await?.1.tell().to_owned();
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { folder, pulse, token, changes, client })
    }

    /// Starts a server, which is there once it has said where.
    fn start(&self) -> Fallible<Server> {
        let began = Instant::now();
        let mut child = Command::new(&self.pulse)
            .current_dir(self.folder.path())
            .args(["--lake", &format!("file://{}", self.folder.path().join("lake").display())])
            .args(["--tenant", TENANT, "serve", "--port", "0"])
            .args(["--control", "sqlite:control.db", "--key-file", "key"])
            .stdout(Stdio::piped())
            .spawn()?;
        let told = child.stdout.take().ok_or("it has no standard output")?;
        let mut server = Server { child, address: String::new(), began, told: BufReader::new(told) };
        let mut line = String::new();
        server.told.read_line(&mut line)?;
        let address = line.trim().strip_prefix("Serving on ");
        server.address = address.ok_or_else(|| format!("it does not say where it is: `{line}`"))?.to_owned();
        Ok(server)
    }

    /// Asks a question, and reads all of the answer.
    async fn ask(&self, server: &Server) -> Fallible<()> {
        let request = self.client.post(format!("{}/api/v1/sql", server.address)).bearer_auth(&self.token);
        let answer = request.json(&json!({ "sql": QUESTION })).send().await?.error_for_status()?.text().await?;
        if answer.contains(&self.changes.to_string()) { Ok(()) } else { Err(format!("it answers {answer}").into()) }
    }

    /// Asks for what the first page of the dashboard shows.
    async fn open(&self, server: &Server) -> Fallible<()> {
        let request = self.client.get(format!("{}/api/v1/dashboards/overview", server.address));
        request.bearer_auth(&self.token).send().await?.error_for_status()?.bytes().await?;
        Ok(())
    }
}

/// Waits while nobody asks, and tells what the server holds then: all that is resident, in MB.
async fn quiet(after: &str, server: &Server) -> Fallible<u64> {
    tokio::time::sleep(QUIET).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id()))?;
    let of = |name: &str| -> Fallible<u64> {
        let line = status.lines().find(|line| line.starts_with(name)).ok_or("no memory is known")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no memory is known")?.parse()?;
        Ok(kilobytes >> 10)
    };
    let (resident, own) = (of("VmRSS:")?, of("RssAnon:")?);
    println!("| {after} | {resident} MB | {own} MB |");
    Ok(resident)
}
