//! How long GitHub waits for the answer to a call of a hook, which is landed before it: bodies of three sizes, one call after the other and
//! sixteen at once, over a control database in a file and a lake on the disk.
//!
//!     cargo run --release --workspace --bin hooks
//!
//! It ends with an error where a call is not in raw in the end, or the goal is missed. The calls are signed before they are sent; who sends
//! them is in the same process.

use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use pulse_benches::house::House;
use pulse_benches::{Fallible, at, end, ms};
use pulse_simulator::webhooks::sign;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Whose hook it is.
const TENANT: &str = "acme";
/// How many bytes a body has, and how many calls with such are sent in each way.
const BODIES: [(&str, usize, usize); 3] = [("2 KB", 2 << 10, 320), ("20 KB", 20 << 10, 320), ("1 MB", 1 << 20, 80)];
/// How many come at once.
const AT_ONCE: [usize; 2] = [1, 16];
/// What the slowest of twenty may take of those at once, in milliseconds: GitHub ends a call after ten seconds.
/// <https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks>
const GOAL: f64 = 1_000.0;
const QUESTION: &str = "SELECT count(DISTINCT key) AS n FROM raw.github WHERE stream = 'webhooks'";

/// Where the calls go.
struct Hook {
    house: House,
    url: String,
    secret: String,
}

/// One of them.
struct Call {
    delivery: String,
    signature: String,
    body: String,
}

fn main() -> Fallible<()> {
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(measure()).await? })
}

async fn measure() -> Fallible<()> {
    let house = House::open(&[TENANT]).await?;
    let (url, secret) = house.hook_of_github(TENANT).await?;
    let hook = Arc::new(Hook { house, url, secret });
    // The first one makes the table.
    hook.call(&hook.signed("first", 1)).await?;
    let (mut sent, mut slowest) = (1, 0.0_f64);
    println!("| calls | of | a second | median | p95 | longest |\n|---|--:|--:|--:|--:|--:|");
    for (size, bytes, count) in BODIES {
        for at_once in AT_ONCE {
            let way = if at_once == 1 { "one after the other".to_owned() } else { format!("{at_once} at once") };
            let calls = (0..count).map(|n| hook.signed(&format!("{size}, {way}, {n}"), bytes)).collect();
            let start = Instant::now();
            let mut times = called(&hook, calls, at_once).await?;
            let took = ms(start) / 1e3;
            sent += count;
            times.sort_by(f64::total_cmp);
            let [median, p95, longest] = [50, 95, 100].map(|share| at(&times, share));
            let a_second = count as f64 / took;
            println!("| {count}, {way} | {size} | {a_second:.0} | {median:.1} ms | {p95:.1} ms | {longest:.1} ms |");
            if at_once > 1 {
                slowest = slowest.max(p95);
            }
        }
    }
    let counted = hook.house.tenant(TENANT)?.sql(QUESTION).await?;
    let landed = counted.first().ok_or("nothing was counted")?.column(0).as_primitive::<Int64Type>().value(0);
    if landed != i64::try_from(sent)? {
        return Err(format!("of {sent} calls {landed} are in raw").into());
    }
    println!("\nall {sent} calls are in raw");
    let is_met = slowest <= GOAL;
    println!("an answer within {GOAL} ms at the 95th of those at once: {}", if is_met { "met" } else { "missed" });
    let missed = (!is_met).then(|| format!("an answer within {GOAL} ms, which took {slowest:.0} ms"));
    end(missed.as_slice())
}

/// Sends calls, so many at once, and tells how long each waited for its answer, in milliseconds.
async fn called(hook: &Arc<Hook>, calls: Vec<Call>, at_once: usize) -> Fallible<Vec<f64>> {
    let (calls, next) = (Arc::new(calls), Arc::new(AtomicUsize::new(0)));
    let mut calling = JoinSet::new();
    for _ in 0..at_once {
        let (hook, calls, next) = (Arc::clone(hook), Arc::clone(&calls), Arc::clone(&next));
        calling.spawn(async move {
            let mut times = Vec::new();
            while let Some(call) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
                times.push(hook.call(call).await?);
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
        });
    }
    let mut all = Vec::new();
    while let Some(times) = calling.join_next().await {
        all.extend(times??);
    }
    Ok(all)
}

impl Hook {
    /// A call that is told from all others by its number.
    fn signed(&self, delivery: &str, bytes: usize) -> Call {
        let body = push(delivery, bytes);
        let signature = sign(self.secret.as_bytes(), body.as_bytes());
        Call { delivery: delivery.to_owned(), signature, body }
    }

    /// Calls it as GitHub does; how long it takes until the whole answer is there, in milliseconds.
    async fn call(&self, call: &Call) -> Fallible<f64> {
        let request = self.house.client.post(&self.url).header("content-type", "application/json");
        let request = request.header("x-github-event", "push").header("x-github-delivery", &call.delivery);
        let request = request.header("x-hub-signature-256", &call.signature).body(call.body.clone()).build()?;
        let start = Instant::now();
        let answer = self.house.client.execute(request).await?;
        let (status, told) = (answer.status(), answer.text().await?);
        let took = ms(start);
        if status == StatusCode::ACCEPTED { Ok(took) } else { Err(format!("it answers {status}: {told}").into()) }
    }
}

/// What GitHub tells of a push, with as many commits as make up so many bytes, each unlike all others.
fn push(delivery: &str, bytes: usize) -> String {
    let mut seed = delivery.bytes().fold(0, |seed: u64, byte| mixed(seed ^ u64::from(byte)));
    let mut commits: Vec<Value> = Vec::new();
    let mut length = 0;
    while length < bytes {
        let mut object = || {
            let [first, second, third] = [(); 3].map(|()| {
                seed = mixed(seed);
                seed
            });
            format!("{first:016x}{second:016x}{:08x}", third >> 32)
        };
        let (id, tree) = (object(), object());
        let by = json!({"name": "Ada", "email": "ada@example.com", "username": "ada"});
        let commit = json!({
            "id": id, "tree_id": tree, "distinct": true, "message": format!("Work on SHOP-{}", seed % 10_000),
            "timestamp": "2026-11-30T12:00:00Z", "url": format!("https://github.com/acme/shop/commit/{id}"),
            "author": by, "committer": by, "added": [], "removed": [], "modified": [format!("src/{}.rs", seed % 1_000)],
        });
        length += commit.to_string().len();
        commits.push(commit);
    }
    let repository = json!({"id": 1, "name": "shop", "full_name": "acme/shop", "private": true});
    json!({"ref": "refs/heads/main", "repository": repository, "commits": commits}).to_string()
}

/// Another number, in all of whose bits that one is (splitmix64).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
