//! What alerts cost: 10,000 rules of 1,000 tenants, looked at after each tenant's facts changed, by as many at once as a server has
//! workers for; and after those of one changed, whose rules alone are looked at then. It ends with an error where either takes longer than
//! it may, or a rule was not looked at.
//!
//!     cargo run --release --workspace --bin alerts
//!     cargo run --release --workspace --bin alerts -- --tenants 50
//!
//! Each tenant has the sample's company, whose files it shares with the others, and ten rules of one owner, of which two fire: one over a
//! metric, and one over forecasts, since a project of the company is open after its due day.

use pulse_benches::{Fallible, at, end, ms, processor, share};
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use pulse_server::alerts::{Alerts, Memory, Rule};
use pulse_server::auth::Permission;
use pulse_server::control::{ALERT, Authority, Control, Limits, NewToken, Outcome, Sees, Trigger};
use pulse_server::demo;
use pulse_server::jobs::{AtWork, Work as _};
use pulse_simulator::Scenario;
use serde_json::{Value, json};
use std::env;
use std::sync::Arc;
use std::time::Instant;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const TENANTS: usize = 1_000;
/// How long it may take for all of them, in seconds, and for those of one tenant among so many.
const GOAL: f64 = 10.0;
/// How many tenants change one after the other.
const CHANGED: usize = 20;
/// The first round changes where each alert stands, the others find it so.
const ROUNDS: usize = 3;
/// How many of a tenant's rules fire.
const FIRING: usize = 2;
/// More than any metric's value.
const BEYOND: f64 = 1e15;

fn main() -> Fallible<()> {
    let tenants = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => TENANTS,
        [option, number] if option == "--tenants" => number.parse()?,
        _ => return Err("it takes `--tenants NUMBER` or nothing".into()),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async move { tokio::spawn(measured(tenants)).await? })
}

/// The rules of a tenant.
fn rules() -> [Value; 10] {
    let of = |metric: &str, test: Value| json!({"metric": {"metric": metric, "test": test}});
    let by = |metric: &str, by: &str| json!({"metric": {"metric": metric, "by": by, "test": {"above": BEYOND}}});
    [
        // This one fires: there were deployments, and they are fewer than that.
        of("deployment_frequency", json!({"below": BEYOND})),
        of("deployment_frequency", json!({"above": BEYOND})),
        of("change_lead_time", json!({"above": BEYOND})),
        of("change_lead_time", json!("tier_drop")),
        by("change_lead_time", "team"),
        of("change_fail_rate", json!({"above": BEYOND})),
        of("cycle_time", json!({"above": BEYOND})),
        by("throughput", "project"),
        // And this one: what is open after its due day has no chance of making it.
        json!({"forecast": {"below": 1e-9}}),
        json!({"sql": {"sql": "SELECT id AS key FROM core.incidents WHERE resolved_at IS NULL AND began_at > now()"}}),
    ]
}

/// Lands the sample's company, and makes its facts.
async fn fill(tenant: &Tenant) -> Fallible<()> {
    demo::land(tenant, Scenario::named("small")?, demo::PORT + 310, Clock::System, &|_| {}).await?;
    for mapper in pulse_connectors::mappers() {
        tenant.map(mapper.as_ref(), false).await?;
    }
    tenant.model(&Settings::default()).await?;
    tenant.freeze_forecasts(&Settings::default(), Clock::System).await?;
    Ok(())
}

/// Sets the rules of a tenant, whose owner is a token of its own.
async fn set(control: &Control, tenant: &TenantId) -> Fallible<()> {
    let all = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
    let permissions = [Permission::MetricsRead, Permission::SqlRun].into_iter().collect();
    let new = NewToken { name: "bench".into(), permissions, sees: None, days: 30, service: true };
    let (token, _) = control.create_token(tenant, &all, "bench", new).await?;
    for (n, condition) in rules().into_iter().enumerate() {
        let rule: Rule = serde_json::from_value(json!({"title": format!("Rule {n}"), "condition": condition}))?;
        control.set_alert_rule(tenant, &format!("rule-{n}"), (&rule, &[]), &token.id, 0).await?;
    }
    Ok(())
}

async fn measured(count: usize) -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let lake = folder.path().join("lake");
    let engine = Engine::open(&format!("file://{}", lake.display())).await?;
    let address = format!("sqlite:{}", folder.path().join("control.db").display());
    let control = Control::open(&address, Clock::System).await?;
    let tenants: Vec<TenantId> = (0..count).map(|n| TenantId::new(&format!("t{n}"))).collect::<Result<_, _>>()?;
    let begun = Instant::now();
    let first = tenants.first().ok_or("there has to be a tenant")?;
    fill(&engine.tenant(first)).await?;
    for tenant in &tenants {
        if tenant != first {
            share(&lake.join(first.prefix()), &lake.join(tenant.prefix()))?;
        }
        control.create_tenant(tenant, tenant.as_str(), "UTC").await?;
        set(&control, tenant).await?;
    }
    let rules = count * rules().len();
    println!("{rules} rules of {count} tenants were set in {:.0} s\n", ms(begun) / 1e3);
    println!(
        "| round | all rules | a tenant: median | p95 | processor time | alerts open |\n|--:|--:|--:|--:|--:|--:|"
    );
    let (mut worst, mut last): (f64, _) = (0.0, None);
    for round in 1..=ROUNDS {
        let since = control.now();
        for tenant in &tenants {
            // What was asked for while rules were set is one with this.
            control.trigger(tenant, &Trigger::new(ALERT, ""), "bench").await?;
        }
        // Nothing is remembered of the round before: the facts of each tenant are to have changed since.
        let work = Arc::new(Alerts {
            control: control.clone(),
            engine: engine.clone(),
            settings: Settings::default(),
            base: "https://pulse.example.com/".parse()?,
            memory: Memory::default(),
        });
        let (begun, used) = (Instant::now(), processor()?);
        let mut times = looked(&control, &work).await?;
        let (took, used) = (ms(begun) / 1e3, processor()? - used);
        times.sort_by(f64::total_cmp);
        let (mut open, mut seen) = (0, 0);
        for tenant in &tenants {
            for rule in control.alert_rules(tenant).await? {
                if let Some(why) = rule.fault {
                    return Err(format!("the rule {} of {tenant} looks at nothing: {why}", rule.name).into());
                }
                seen += usize::from(rule.looked_at.is_some_and(|at| at >= since));
            }
            // Each alert has a first step.
            let history = control.alert_history(tenant).await?;
            open += history.iter().filter(|step| step.number == 1 && step.alert.cleared_at.is_none()).count();
        }
        let (median, p95) = (at(&times, 50), at(&times, 95));
        println!("| {round} | {took:.1} s | {median:.1} ms | {p95:.1} ms | {used:.1} s | {open} |");
        if seen != rules {
            return Err(format!("only {seen} of {rules} rules were looked at").into());
        }
        let firing = FIRING * count;
        if open < firing {
            return Err(format!("of {firing} rules that should fire {open} do").into());
        }
        worst = worst.max(took);
        last = Some(work);
    }
    let slowest = after_one_change(&engine, &tenants, &last.ok_or("there has to be a round")?).await?;
    let goal = GOAL * count as f64 / TENANTS as f64;
    let all = (format!("the rules of all tenants within {goal:.1} s"), worst, goal);
    let one = (format!("those of the tenant that changed within {GOAL:.1} s"), slowest, GOAL);
    let mut missed = Vec::new();
    println!();
    for (what, took, goal) in [all, one] {
        println!("- {what}: {}", if took <= goal { "met" } else { "missed" });
        missed.extend((took > goal).then(|| format!("{what}, which took {took:.2} s")));
    }
    end(&missed)
}

/// How long it takes at the most until the rules of a tenant were looked at whose facts changed, in seconds: some tenants' repositories are
/// put into projects, one after the other, by which each has its facts made anew and is asked for as a server asks. What was seen in the
/// round before is remembered, as a server remembers it.
async fn after_one_change(engine: &Engine, tenants: &[TenantId], work: &Arc<Alerts>) -> Fallible<f64> {
    let (control, mut times) = (&work.control, Vec::new());
    for tenant in tenants.iter().step_by((tenants.len() / CHANGED).max(1)).take(CHANGED) {
        let of = engine.tenant(tenant);
        if demo::decide(&of, Clock::System).await? == 0 {
            return Err(format!("nothing is left to be decided of {tenant}").into());
        }
        if of.model(&Settings::default()).await?.rows.values().sum::<u64>() == 0 {
            return Err(format!("no row of the facts of {tenant} is another than before").into());
        }
        let (since, begun) = (control.now(), Instant::now());
        control.trigger(tenant, &Trigger::new(ALERT, ""), "bench").await?;
        let jobs = looked(control, work).await?.len();
        times.push(ms(begun) / 1e3);
        let rules = control.alert_rules(tenant).await?;
        if jobs != 1 || !rules.iter().all(|rule| rule.looked_at.is_some_and(|at| at >= since)) {
            return Err(format!("{jobs} jobs looked at the rules of {tenant}, or not at all of them").into());
        }
    }
    times.sort_by(f64::total_cmp);
    let slowest = at(&times, 100);
    println!(
        "\nafter the facts of one tenant changed, its rules, of {} in turn: median {:.2} s, slowest {slowest:.2} s",
        times.len(),
        at(&times, 50)
    );
    Ok(slowest)
}

/// Does all jobs that there are, and tells how long each took, in milliseconds.
async fn looked(control: &Control, work: &Arc<Alerts>) -> Fallible<Vec<f64>> {
    let limits = Limits { tenant: 1, kinds: Vec::new(), known: vec![ALERT.to_owned()] };
    let mut workers = tokio::task::JoinSet::new();
    for n in 0..2 * std::thread::available_parallelism()?.get() {
        let (control, work, limits) = (control.clone(), Arc::clone(work), limits.clone());
        workers.spawn(async move {
            let mut times = Vec::new();
            while let Some(job) = control.claim(&format!("bench-{n}"), &limits).await? {
                let begun = Instant::now();
                let outcome = work.run(&job, &AtWork::new(control.clone())).await;
                times.push(ms(begun));
                control.finish(&job, &outcome).await?;
                if outcome != Outcome::Done(Vec::new()) {
                    return Err(format!("the rules of {} were not looked at: {outcome:?}", job.tenant).into());
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
        });
    }
    let mut all = Vec::new();
    while let Some(times) = workers.join_next().await {
        all.extend(times??);
    }
    Ok(all)
}
