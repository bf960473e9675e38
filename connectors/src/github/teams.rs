//! An organization's teams and who is in them.

use super::client::{Client, further};
use super::listing::append;
use super::operation::{TEAM_PARTS, TEAMS};
use crate::net::Trouble;
use pulse_engine::land::Payload;
use serde_json::{Value, json};

/// The teams of an organization; none of somebody who is a person.
#[derive(Debug, Default)]
pub(super) struct Teams {
    /// Each with all its members.
    pub(super) payloads: Vec<Payload>,
    /// When they were asked for.
    pub(super) began: Option<i64>,
    /// Which are not told, and why: these keep none of the others from being told.
    pub(super) untold: Option<String>,
}

/// Asks for the teams of an owner.
pub(super) async fn teams(client: &Client, owner: &str) -> Result<Teams, Trouble> {
    let (mut payloads, mut after, mut first, mut began) = (Vec::new(), Value::Null, 50_u32, None);
    let mut failed: Vec<(String, Trouble)> = Vec::new();
    loop {
        let told = match client.page(&TEAMS, json!({"owner": owner, "after": after}), &mut first).await {
            Ok(told) => told,
            // Teams belong to organizations; that there is no such owner at all is told elsewhere.
            Err(Trouble::Missing(_)) => return Ok(Teams::default()),
            Err(trouble) => return Err(trouble),
        };
        began = began.or(Some(told.at));
        let list = &told.data["organization"]["teams"];
        if list.is_null() {
            return match told.hidden.into_iter().next() {
                Some(hidden) => Err(Trouble::Refused(hidden)),
                None => Ok(Teams::default()),
            };
        }
        for team in list["nodes"].as_array().into_iter().flatten() {
            // Left out, it would be gone.
            let unseen = || Trouble::Refused("this credential may not see all teams".to_owned());
            let id = team["databaseId"].as_i64().ok_or_else(unseen)?;
            match whole(client, owner, team.clone()).await {
                Ok(team) => {
                    let (stream, key, body) = ("teams".to_owned(), id.to_string(), team.to_string());
                    payloads.push(Payload { stream, key, observed_at: told.at, body });
                }
                Err(trouble) => {
                    let name = team["slug"].as_str().unwrap_or_default();
                    failed.push((name.to_owned(), trouble.unless_fatal()?));
                }
            }
        }
        let Some(next) = further(list, &after)? else {
            let (count, is_each) = (failed.len(), payloads.is_empty() && failed.len() > 1);
            return match failed.into_iter().next() {
                // Where none of several is told, it is none of them that fails.
                Some((_, trouble)) if is_each => Err(trouble),
                first => {
                    let untold = first
                        .map(|(name, trouble)| format!("{count} not told, the first `{name}`: {}", trouble.reason()));
                    Ok(Teams { payloads, began, untold })
                }
            };
        };
        after = next;
    }
}

/// A team with all its members.
async fn whole(client: &Client, owner: &str, mut team: Value) -> Result<Value, Trouble> {
    // Landed like this, it would say that there are none.
    if team["members"].is_null() {
        return Err(Trouble::Refused("this credential may not see the members of a team".to_owned()));
    }
    let mut after = further(&team["members"], &Value::Null)?;
    while let Some(members) = after {
        let variables = json!({"owner": owner, "slug": team["slug"], "members": members});
        let mut told = client.query(&TEAM_PARTS, &variables).await?;
        let more = told.data.pointer_mut("/organization/team/members").map(Value::take).filter(|more| !more.is_null());
        let more = more.ok_or_else(|| Trouble::Again("a team went away while it was read".to_owned()))?;
        after = further(&more, &members)?;
        append(&mut team["members"], more);
    }
    Ok(team)
}
