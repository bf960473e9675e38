//! The comments of long threads: each comes with its first few.

use super::listing::append;
use super::operation::THREAD_PARTS;
use super::reader::Reader;
use crate::net::Trouble;
use serde_json::{Value, json};

impl Reader<'_> {
    /// Brings the rest of the comments of each thread of an item, where it has any.
    pub(super) async fn threads(&self, item: &mut Value) -> Result<(), Trouble> {
        for thread in item["reviewThreads"]["nodes"].as_array_mut().into_iter().flatten() {
            // Landed like this, it would say that there are none.
            if !thread.is_null() && thread["comments"].is_null() {
                return Err(Trouble::Refused("this credential may not see the comments of a thread".to_owned()));
            }
            while thread["comments"]["pageInfo"]["hasNextPage"] == true {
                let end = thread["comments"]["pageInfo"]["endCursor"].clone();
                let variables = json!({"id": thread["id"], "comments": end});
                let mut told = self.client.query(&THREAD_PARTS, &variables).await?;
                let more = told.data.pointer_mut("/node/comments").map(Value::take).filter(|more| !more.is_null());
                let more = more.ok_or_else(|| Trouble::Again("a thread went away while it was read".to_owned()))?;
                if more["pageInfo"]["hasNextPage"] == true && more["pageInfo"]["endCursor"] == end {
                    return Err(Trouble::Again("the comments of a thread do not come to an end".to_owned()));
                }
                append(&mut thread["comments"], more);
            }
        }
        Ok(())
    }
}
