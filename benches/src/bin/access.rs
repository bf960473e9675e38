//! What it costs to know who asks: checking an access token, looking its session up, and signing in, over a control database
//! in a file. Prints medians and the 90th percentiles, and what signing in takes beside argon2id alone.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use pulse_benches::{Fallible, end};
use pulse_engine::{Clock, TenantId};
use pulse_server::auth::{Access, Credential, Signer, SingleSignOn, Vault};
use pulse_server::control::{Control, Visitor};
use std::time::Instant;

/// How often each is measured: cheap things, and those that run argon2id.
const CHEAP: usize = 20_000;
const DEAR: usize = 100;
/// What a token's check may take, in microseconds.
const GOAL: f64 = 50.0;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "plinth-otter-sundial";

#[tokio::main]
async fn main() -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let address = format!("sqlite:{}", folder.path().join("control.db").display());
    let control = Control::open(&address, Clock::System).await?;
    let tenant = TenantId::new("acme")?;
    control.create_tenant(&tenant, "Acme", "UTC").await?;
    let link = control.setup_link(&tenant, false).await?;
    control.accept(link.tell(), EMAIL, "Ada", PASSWORD, "").await?;
    let vault = Vault::open(&folder.path().join("key"))?;
    let url = "http://localhost:7878";
    let signer = Signer::open(control.clone(), vault.clone(), url).await?;
    let access = Access::new(control, signer, SingleSignOn::new(vault, Clock::System, &url.parse()?)?);
    let nobody = Visitor::default();
    let token = access.sign_in(EMAIL, PASSWORD, None, &nobody).await?.token;

    let claims = access.signer.check(&token).await?.ok_or("a good token was refused")?;
    let mut first = Vec::with_capacity(CHEAP);
    for _ in 0..CHEAP {
        let (new, _) = access.signer.sign(&claims.sub, claims.tenant.as_deref(), &claims.sid).await?;
        let start = Instant::now();
        let claims = access.signer.check(&new).await?;
        first.push(start.elapsed().as_secs_f64() * 1e6);
        held(claims.is_some(), "a good token was refused")?;
    }
    let mut check = Vec::with_capacity(CHEAP);
    let mut known = Vec::with_capacity(CHEAP);
    for _ in 0..CHEAP {
        let start = Instant::now();
        let claims = access.signer.check(&token).await?;
        check.push(start.elapsed().as_secs_f64() * 1e6);
        let start = Instant::now();
        let principal = access.principal(Credential::Access(&token)).await?;
        known.push(start.elapsed().as_secs_f64() * 1e6);
        held(claims.is_some() && principal.is_some(), "a good token was refused")?;
    }
    let mut looked_up = Vec::with_capacity(CHEAP / 10);
    for _ in 0..CHEAP / 10 {
        access.changed();
        let start = Instant::now();
        let principal = access.principal(Credential::Access(&token)).await?;
        looked_up.push(start.elapsed().as_secs_f64() * 1e6);
        held(principal.is_some(), "a good token was refused")?;
    }

    let hash: PasswordHash = Argon2::default().hash_password(PASSWORD.as_bytes())?;
    let (mut sum, mut right, mut wrong, mut unknown) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..DEAR {
        let start = Instant::now();
        Argon2::default().verify_password(PASSWORD.as_bytes(), &hash)?;
        sum.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        access.sign_in(EMAIL, PASSWORD, None, &nobody).await?;
        right.push(start.elapsed().as_secs_f64() * 1e3);
        // The right password between them forgets the wrong one.
        let start = Instant::now();
        let refused = access.sign_in(EMAIL, "another-otter-sundial", None, &nobody).await;
        wrong.push(start.elapsed().as_secs_f64() * 1e3);
        held(refused.is_err(), "a wrong password was let in")?;
        let start = Instant::now();
        let refused = access.sign_in(&format!("nobody{round}@example.com"), PASSWORD, None, &nobody).await;
        unknown.push(start.elapsed().as_secs_f64() * 1e3);
        held(refused.is_err(), "nobody was let in")?;
    }

    println!("| | median | p90 | unit |\n|---|--:|--:|---|");
    line("access token checked for the first time", &mut first, "µs");
    let checked = line("access token checked again", &mut check, "µs");
    line("with its session, looked up within 5 s", &mut known, "µs");
    line("with its session, looked up now", &mut looked_up, "µs");
    let alone = line("argon2id alone", &mut sum, "ms");
    let signed_in = line("sign-in", &mut right, "ms");
    let refused = line("sign-in, wrong password", &mut wrong, "ms");
    let nobody = line("sign-in, unknown address", &mut unknown, "ms");
    println!("\nchecking a token again takes at most {GOAL} µs: {}", if checked <= GOAL { "met" } else { "missed" });
    println!("sign-in ÷ argon2id alone: {:.2}", signed_in / alone);
    println!("unknown address ÷ wrong password: {:.3}", nobody / refused);
    let missed = (checked > GOAL).then_some("a token's check");
    end(missed.as_slice())
}

fn held(promise: bool, broken: &str) -> Fallible<()> {
    if promise { Ok(()) } else { Err(broken.into()) }
}

/// Prints a line of the table; the median.
fn line(what: &str, times: &mut [f64], unit: &str) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("| {what} | {:.2} | {:.2} | {unit} |", at(50), at(90));
    at(50)
}
