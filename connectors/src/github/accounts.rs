//! The accounts behind commits. REST, which tells commits, tells an account's number and login and leaves out the rest; whoever only
//! pushes is named nowhere else. So each account is asked for by GraphQL, once a reading.

use super::operation::ACCOUNTS;
use super::reader::Reader;
use crate::net::Trouble;
use pulse_engine::land::Payload;
use serde_json::{Value, json};

/// How many accounts are asked for at once: GitHub takes no more.
const AT_ONCE: usize = 100;

impl Reader<'_> {
    /// Those of a page of commits that were not met before. They are landed with the page: were it read again, they would be, too.
    pub(super) async fn accounts(&self, commits: &Value) -> Result<Vec<Payload>, Trouble> {
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
            let told = match self.client.query(&ACCOUNTS, &json!({ "ids": ids })).await {
                Ok(told) => told,
                // Commits do not wait for who made them: their addresses are known all the same.
                Err(Trouble::Missing(_) | Trouble::Refused(_)) => continue,
                Err(trouble) => {
                    self.met.lock().retain(|number| new.iter().all(|(new, _)| new != number));
                    return Err(trouble);
                }
            };
            for account in told.data["nodes"].as_array().into_iter().flatten() {
                let Some(number) = account["databaseId"].as_u64() else { continue };
                let (stream, key, body) = ("users".to_owned(), number.to_string(), account.to_string());
                payloads.push(Payload { stream, key, observed_at: told.at, body });
            }
        }
        Ok(payloads)
    }
}
