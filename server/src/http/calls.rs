//! What calls of hooks bring, landed in few commits however many come at once: each waits for the commit that has its own.

use crate::Result;
use parking_lot::Mutex;
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Error as Failed, Tenant};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The most calls that are landed at once.
const AT_ONCE: usize = 500;

type Answer = oneshot::Sender<Result<(), Failed>>;
/// Whose calls they are: tenant and connection.
type Line = (String, String);

/// The calls that wait to be landed, by connection. What waits while a commit is made is in the next one: of many that come at once each
/// would else try again and again, since every other was first.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    waiting: Arc<Mutex<HashMap<Line, Vec<(Payload, Answer)>>>>,
}

impl Calls {
    /// Lands what a call of a connection's hook brought.
    ///
    /// # Errors
    /// As [`Tenant::land`]; it is not landed then.
    pub(super) async fn land(&self, tenant: Tenant, connector: &str, connection: &str, payload: Payload) -> Result<()> {
        let line = (tenant.id().to_string(), connection.to_owned());
        let (answer, answered) = oneshot::channel();
        let is_first = match self.waiting.lock().entry(line.clone()) {
            Entry::Occupied(mut waiting) => {
                waiting.get_mut().push((payload, answer));
                false
            }
            Entry::Vacant(none) => {
                none.insert(vec![(payload, answer)]);
                true
            }
        };
        if is_first {
            // Not within this call, whose client may leave.
            let (calls, connector) = (self.clone(), connector.to_owned());
            tokio::spawn(async move { calls.land_all(&tenant, &connector, line).await });
        }
        match answered.await {
            Ok(landed) => Ok(landed?),
            Err(_) => Err(crate::Error::Leaving),
        }
    }

    async fn land_all(&self, tenant: &Tenant, connector: &str, line: Line) {
        while let Some(some) = self.next(&line) {
            let (payloads, answers): (Vec<_>, Vec<_>) = some.into_iter().unzip();
            let page = |payloads| Page { payloads, ..Page::default() };
            let together = tenant.land(connector, &line.1, page(payloads.clone())).await;
            let is_one = payloads.len() == 1;
            let mut whole = Some(together.map(drop)).filter(|landed| landed.is_ok() || is_one);
            for (payload, answer) in payloads.into_iter().zip(answers) {
                let landed = match &mut whole {
                    Some(Ok(())) => Ok(()),
                    // It is the only one.
                    Some(failed) => mem::replace(failed, Ok(())),
                    // What is wrong with one is no matter of the others.
                    None => tenant.land(connector, &line.1, page(vec![payload])).await.map(drop),
                };
                // Whoever called may have left.
                drop(answer.send(landed));
            }
        }
    }

    /// Those that wait, at most so many; once none does, the line is gone, and who comes then is the first again.
    fn next(&self, line: &Line) -> Option<Vec<(Payload, Answer)>> {
        let mut lines = self.waiting.lock();
        let waiting = lines.get_mut(line)?;
        if waiting.is_empty() {
            lines.remove(line);
            return None;
        }
        let later = waiting.split_off(waiting.len().min(AT_ONCE));
        Some(mem::replace(waiting, later))
    }
}
