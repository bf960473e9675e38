//! `pulse lake repair`.

use super::verify::look;
use crate::audit::Event;
use crate::cli::control::{ControlArgs, begun};
use crate::cli::place::Place;
use crate::cli::{print, steps};
use crate::control::Control;
use crate::{Error, Result};
use clap::Args;
use pulse_engine::lake::{KEPT_HOURS, Repair as Plan, Table};
use pulse_engine::{Tenant, counted};
use std::fmt::Write as _;
use std::io;

/// Say what can be repaired of what `verify` finds wrong with files and keys, and do so with --yes
///
/// Core is made again of the payloads in raw, with no call to a source, and facts of core. What nothing else holds is told: a backup
/// brings it back.
#[derive(Debug, Args)]
pub(super) struct Repair {
    #[command(flatten)]
    control: ControlArgs,
    /// Do it
    #[arg(long)]
    yes: bool,
}

impl Repair {
    pub(super) async fn run(self, place: &Place, tenant: &Tenant, tables: &[Table]) -> Result<()> {
        let plan = Plan::of(&look(place, tables).await?);
        print(&told(&plan).map_err(io::Error::other)?)?;
        if self.yes && !plan.is_nothing() {
            let control = self.control.open(place).await?;
            let detail = Some(serde_json::to_string(&plan)?);
            let event = begun(control.now(), "pulse lake repair".to_owned(), None);
            control.record(tenant.id(), &Event { detail, ..event }).await?;
            carry_out(place, tenant, &control, &plan, tables).await?;
            // Files that no version names may be too young for a vacuum.
            let left = Plan { vacuum: Vec::new(), ..Plan::of(&look(place, tables).await?) };
            if !left.is_nothing() {
                return Err(Error::Data(
                    "not all was repaired, perhaps since somebody wrote meanwhile: run it again".to_owned(),
                ));
            }
        }
        if !plan.beyond.is_empty() {
            return Err(Error::Data(format!("{} cannot be repaired", counted(plan.beyond.len(), "table", "tables"))));
        }
        print(match (plan.is_nothing(), self.yes) {
            (true, _) => "There is nothing to repair.\n",
            (false, true) => "Repaired.\n",
            (false, false) => "Nothing is done yet: say --yes to do so.\n",
        })
    }
}

/// What there is to do, a line each.
fn told(plan: &Plan) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for (table, files) in &plan.restate {
        writeln!(
            text,
            "{table}: write {} again, so that the log says what is so",
            counted(files.len(), "file", "files")
        )?;
    }
    for (table, files) in &plan.let_go {
        writeln!(text, "{table}: take out {}", counted(files.len(), "file that is lost", "files that are lost"))?;
    }
    if plan.replay {
        writeln!(text, "core: make it again of raw")?;
    }
    if plan.model {
        writeln!(text, "facts: make them again of core")?;
    }
    for table in &plan.vacuum {
        writeln!(text, "{table}: delete files that no version names, where they are older than a week")?;
    }
    for why in &plan.beyond {
        writeln!(text, "{why}")?;
    }
    Ok(text)
}

async fn carry_out(place: &Place, tenant: &Tenant, control: &Control, plan: &Plan, tables: &[Table]) -> Result<()> {
    let named = |name: &String| tables.iter().find(|table| table.name() == name);
    // First what queries are led by, so that none of the steps below is misled.
    for (name, files) in &plan.restate {
        if let Some(table) = named(name) {
            table.restate(files).await?;
        }
    }
    for (name, files) in &plan.let_go {
        if let Some(table) = named(name) {
            table.let_go(files).await?;
        }
    }
    if plan.replay {
        steps::map(place, tenant, true).await?;
    }
    if plan.model {
        let settings = match control.tenant(tenant.id()).await? {
            Some(known) => known.habits()?.over(&place.settings),
            None => place.settings.clone(),
        };
        let _progress = place.progress("Modelling");
        tenant.model_anew(&settings).await?;
    }
    for table in plan.vacuum.iter().filter_map(named) {
        table.vacuum(KEPT_HOURS, false).await?;
    }
    Ok(())
}
