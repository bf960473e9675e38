//! An increment: a hundred items change in a tenant that has many, whose files hold items of a time each, or of anywhere.

use crate::payloads::Template;
use crate::run::Spent;
use pulse_benches::Fallible;
use pulse_connectors::jira::{CONNECTOR, JiraMapper};
use pulse_engine::entities::core;
use pulse_engine::lake::When;
use pulse_engine::land::{Page, SETTINGS};
use pulse_engine::row::{Row, Value, batch};
use pulse_engine::{Engine, Settings, Tenant, TenantId};
use std::path::Path;

/// How many items change.
pub(crate) const CHANGED: u64 = 100;
/// How many rows are written at once, and how many homes the items live in.
const AT_ONCE: u64 = 1 << 18;
const PROJECTS: u64 = 1_000;
/// The number of the first item.
const FIRST: u64 = 10_000_000;
/// A prime that no count of items here is a multiple of: so many numbers on stands what was made next, where items are from anywhere.
const STRIDE: u64 = 7_368_787;
/// When it was made, and how long after it the next, in microseconds.
const BEGAN: i64 = 1_500_000_000_000_000;
const APART: i64 = 20_000_000;

/// What the steps took after a hundred items changed.
#[derive(Debug, Default)]
pub(crate) struct Increment {
    pub(crate) land: Spent,
    pub(crate) map: Spent,
    pub(crate) model: Spent,
}

impl Increment {
    /// From the last byte on, in seconds.
    pub(crate) fn wall(&self) -> f64 {
        self.land.wall + self.map.wall
    }
}

/// A tenant with so many items, each with the change of its status that made it so. Its files hold items whose numbers follow each other, or
/// `spread` such from anywhere among all, as where projects were read one after the other or files were joined by what is asked for.
pub(crate) async fn tenant(folder: &Path, items: u64, spread: bool) -> Fallible<Tenant> {
    let tenant = Engine::open(&format!("file://{}", folder.display())).await?.tenant(&TenantId::new("many")?);
    let number = |place: u64| if spread { place * STRIDE % items } else { place };
    if spread && items.is_multiple_of(STRIDE) {
        return Err(format!("{items} items cannot be spread: take another number").into());
    }
    for first in (0..items).step_by(AT_ONCE as usize) {
        let numbers = (first..items.min(first + AT_ONCE)).map(number);
        append(&tenant, "work_items", numbers.clone().map(item)).await?;
        append(&tenant, "work_item_transitions", numbers.map(transition)).await?;
    }
    Ok(tenant)
}

async fn append(tenant: &Tenant, name: &str, rows: impl Iterator<Item = Fallible<Row>>) -> Fallible<()> {
    let (entity, rows) = (core(name)?, rows.collect::<Fallible<Vec<_>>>()?);
    tenant.lake().table(entity).append(&[batch(entity, &rows)?], &[], When::Changed).await?;
    Ok(())
}

fn id(number: u64) -> String {
    format!("{CONNECTOR}:bench:issues/{}", FIRST + number)
}

/// As Jira's mapper would have made it.
fn item(number: u64) -> Fallible<Row> {
    let at = BEGAN + number as i64 * APART;
    Ok(told(Row::new(core("work_items")?).set("id", id(number)), at)
        .set("project_id", format!("{CONNECTOR}:bench:projects/{}", number % PROJECTS))
        .set("key", format!("BENCH-{number}"))
        .set("title", format!("Item {number} of a backlog that has grown for years"))
        .set("kind", "Story")
        .set("status", "In Progress")
        .set("status_category", "doing")
        .set("assignee_id", format!("{CONNECTOR}:bench:users/{}", number % 5_000))
        .set("priority", "Medium")
        .set("created_at", Value::Time(at)))
}

fn transition(number: u64) -> Fallible<Row> {
    let at = BEGAN + number as i64 * APART;
    let row = Row::new(core("work_item_transitions")?).set("id", format!("{}/events/{number}/0", id(number)));
    Ok(told(row, at)
        .set("work_item_id", id(number))
        .set("field", "status")
        .set("from_value", "To Do")
        .set("to_value", "In Progress")
        .set("changed_at", Value::Time(at + 3_600_000_000))
        .set("position", 0))
}

fn told(row: Row, at: i64) -> Row {
    row.set("connection", format!("{CONNECTOR}:bench"))
        .set("observed_at", Value::Time(at))
        .set("raw", format!("{CONNECTOR}/{at:016x}-00000000/00000000"))
}

/// Lands, maps and models a hundred changed items, `apart` numbers apart, the newest last.
pub(crate) async fn change(tenant: &Tenant, templates: &[Template], items: u64, apart: u64) -> Fallible<Increment> {
    let mut done = Increment::default();
    let (settings, issues): (Vec<&Template>, Vec<&Template>) =
        templates.iter().partition(|template| template.stream == SETTINGS);
    let mut page = Page::default();
    if tenant.connection_settings(CONNECTOR, &format!("{CONNECTOR}:bench")).await?.is_none() {
        page.payloads = settings.iter().map(|settings| settings.copy(0)).collect::<Fallible<_>>()?;
    }
    for (template, place) in issues.iter().cycle().zip(0..CHANGED) {
        let mut payload = template.copy(1)?;
        payload.key = (FIRST + items - 1 - place * apart).to_string();
        page.payloads.push(payload);
    }
    done.land.on(tenant.land(CONNECTOR, &format!("{CONNECTOR}:bench"), page)).await?;
    done.map.on(tenant.map(&JiraMapper, false)).await?;
    done.model.on(tenant.model(&Settings::default())).await?;
    Ok(done)
}
