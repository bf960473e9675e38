//! Teams and who is in them.

use super::values::present;
use super::{Work, is_number};
use crate::github::payload::Team;
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let number = work.payload.key;
    if !is_number(number) {
        return Err(work.misshapen("<team>"));
    }
    let native = format!("teams/{number}");
    work.parts("team_members", &native, "members")?;
    if work.is_gone() {
        return work.gone("teams", &native);
    }
    let team: Team = work.read()?;
    let parent = team.parent_team.and_then(|parent| parent.database_id);
    let row = work
        .row("teams", &native)?
        .set("name", present("name", team.name.or(team.slug))?)
        .set("parent_id", parent.map(|parent| work.id(&format!("teams/{parent}"))));
    work.push(row)?;
    for account in team.members.into_iter().flat_map(|members| members.accounts()) {
        let (Some(user), Some(member)) = (account.number(), work.account(Some(&account))) else { continue };
        let row = work
            .row("team_members", &format!("{native}/members/{user}"))?
            .set("team_id", work.id(&native))
            .set("member_id", member);
        work.push(row)?;
    }
    Ok(())
}
