//! Embedded analytics in ten lines: `cargo run --example embedded -- file:///path/to/lake tenant "SELECT …"`.

use arrow::util::pretty::print_batches;
use pulse_engine::{Engine, TenantId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("{what} is missing: embedded LAKE TENANT SQL"));
    let (lake, tenant, sql) = (next("the lake's address")?, next("the tenant")?, next("the statement")?);
    let tenant = Engine::open(&lake).await?.tenant(&TenantId::new(&tenant)?);
    print_batches(&tenant.sql(&sql).await?)?;
    Ok(())
}
