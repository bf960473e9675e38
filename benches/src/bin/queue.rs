//! What a claim of a job costs, with few jobs waiting and with many, and whether tenants get their turns. Over a control database in
//! a file, or the Postgres that `DATABASE_URL` names, which must be empty. It fails where a claim gets dearer with what waits, or a
//! tenant has to wait for another.

use pulse_benches::{Fallible, end};
use pulse_engine::{Clock, TenantId};
use pulse_server::control::{Control, Limits, Outcome, Trigger};
use std::collections::HashMap;
use std::time::Instant;

const TENANTS: usize = 1_000;
/// How many jobs wait, all tenants together. The first tenant has half of them.
const BACKLOGS: [usize; 3] = [2_000, 20_000, 100_000];
const CLAIMS: usize = 2_000;
/// How many times dearer a claim may be with all that waits than with the least.
const DEARER: f64 = 2.0;

#[tokio::main]
async fn main() -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}", folder.path().join("control.db").display());
    let address = std::env::var("DATABASE_URL").unwrap_or(file);
    let control = Control::open(&address, Clock::System).await?;
    let tenants: Vec<TenantId> = (0..TENANTS).map(|n| TenantId::new(&format!("t{n}"))).collect::<Result<_, _>>()?;
    for tenant in &tenants {
        control.create_tenant(tenant, tenant.as_str(), "UTC").await?;
    }
    let limits = Limits { tenant: 4, kinds: Vec::new(), known: vec!["land".to_owned()] };
    let (mut waiting, mut medians) = (0, Vec::new());
    println!(
        "| jobs waiting | claim: median | p99 | with its end: median | tenants served by 1,000 claims |\n|--:|--:|--:|--:|--:|"
    );
    for backlog in BACKLOGS {
        while waiting < backlog {
            let tenant = if waiting % 2 == 0 { 0 } else { waiting / 2 % TENANTS };
            let trigger = Trigger::new("land", &waiting.to_string());
            control.trigger(tenants.get(tenant).ok_or("no tenant")?, &trigger, "bench").await?;
            waiting += 1;
        }
        let (mut claims, mut whole, mut served) = (Vec::new(), Vec::new(), HashMap::new());
        for n in 0..CLAIMS.min(backlog / 2) {
            let start = Instant::now();
            let job = control.claim("bench", &limits).await?.ok_or("there is nothing to claim")?;
            claims.push(start.elapsed().as_secs_f64() * 1e3);
            control.finish(&job, &Outcome::Done(Vec::new())).await?;
            whole.push(start.elapsed().as_secs_f64() * 1e3);
            waiting -= 1;
            if n < TENANTS {
                *served.entry(job.tenant).or_insert(0) += 1;
            }
        }
        claims.sort_by(f64::total_cmp);
        whole.sort_by(f64::total_cmp);
        let at = |times: &[f64], share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!(
            "| {backlog} | {:.2} ms | {:.2} ms | {:.2} ms | {} |",
            at(&claims, 50),
            at(&claims, 99),
            at(&whole, 50),
            served.len()
        );
        medians.push(at(&claims, 50));
        // Each has something waiting, and one turn before any has a second.
        let turns = CLAIMS.min(backlog / 2).min(TENANTS);
        if served.len() < turns {
            return Err(
                format!("{turns} claims served {} tenants, and some had to wait for others", served.len()).into()
            );
        }
    }
    let (least, most) = medians.first().zip(medians.last()).ok_or("nothing was measured")?;
    println!(
        "\nWith {} jobs waiting a claim takes {:.2} times as long as with {}.",
        BACKLOGS[2],
        most / least,
        BACKLOGS[0]
    );
    let missed = (most / least > DEARER).then(|| format!("a claim at most {DEARER} times as long"));
    end(missed.as_slice())
}
