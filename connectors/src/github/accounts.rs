//! The accounts behind commits. REST, which tells commits, tells an account's number and login and leaves out the rest; whoever only
//! pushes is named nowhere else. So each account is asked for by GraphQL, once a reading.

use super::client::Told;
use super::operation::ACCOUNTS;
use super::reader::Reader;
use super::untold::{ENOUGH, Untold};
use crate::net::Trouble;
use pulse_engine::land::Payload;
use serde_json::{Value, json};

/// The stream of accounts.
pub(super) const USERS: &str = "users";
/// How many accounts are asked for at once: GitHub takes no more.
const AT_ONCE: usize = 100;

impl Reader<'_> {
    /// Those of a page of commits that were not met before. They are landed with the page: were it read again, they would be, too.
    pub(super) async fn accounts(&mut self, commits: &Value) -> Result<Vec<Payload>, Trouble> {
        let new: Vec<(u64, &str)> = {
            let mut met = self.met.lock();
            let named = commits.as_array().into_iter().flatten();
            let named = named.flat_map(|commit| [&commit["author"], &commit["committer"]]);
            let known = named.filter_map(|account| Some((account["id"].as_u64()?, account["node_id"].as_str()?)));
            known.filter(|(number, _)| met.insert(*number)).collect()
        };
        let mut payloads = Vec::with_capacity(new.len());
        for some in new.chunks(AT_ONCE) {
            let ids: Vec<&str> = some.iter().map(|(_, id)| *id).collect();
            let told = match self.users(&ids).await {
                Err(Trouble::Again(_) | Trouble::TooMuch(_)) => self.one_by_one(some).await,
                told => told,
            };
            match told {
                Ok(told) => payloads.extend(told),
                // Commits do not wait for who made them: their addresses are known all the same.
                Err(Trouble::Missing(_) | Trouble::Refused(_)) => {}
                Err(trouble) => {
                    self.met.lock().retain(|number| new.iter().all(|(new, _)| new != number));
                    return Err(trouble);
                }
            }
        }
        Ok(payloads)
    }

    /// Accounts by their node ids.
    pub(super) async fn users(&self, ids: &[&str]) -> Result<Vec<Payload>, Trouble> {
        let Told { data, at, .. } = self.client.query(&ACCOUNTS, &json!({ "ids": ids })).await?;
        let payload = |account: &Value| {
            let (stream, key) = (USERS.to_owned(), account["databaseId"].as_u64()?.to_string());
            Some(Payload { stream, key, observed_at: at, body: account.to_string() })
        };
        Ok(data["nodes"].as_array().into_iter().flatten().filter_map(payload).collect())
    }

    /// The same, where GitHub does not answer for all of them at once: one that fails keeps neither the others from being told nor the commits.
    async fn one_by_one(&mut self, some: &[(u64, &str)]) -> Result<Vec<Payload>, Trouble> {
        let (mut payloads, mut untold) = (Vec::new(), Untold::default());
        for (number, id) in some {
            match self.users(&[*id]).await {
                Ok(told) => {
                    payloads.extend(told);
                    untold.others += 1;
                }
                Err(trouble) => untold.add(number.to_string(), (*id).to_owned(), trouble.unless_fatal()?),
            }
            if untold.is_each(ENOUGH) {
                break;
            }
        }
        let told = self.untold(USERS, untold, self.probe.at)?;
        if !told.is_empty() {
            self.emit(told).await?;
        }
        Ok(payloads)
    }
}
