//! Pages and figures: what takes several statements, and is given whole. All of them share one turn, in the same line as queries.
//!
//! Who makes a page takes its turn last, when nothing else is waited for but the lake: so nobody who has a turn waits for somebody who
//! has none. What Pulse makes by itself (jobs, pages that are kept warm) takes no turn.

use super::life::Life;
use super::live::{Comes, Live};
use super::{Door, Place, Queries, State};
use crate::Result;
use crate::audit::Asked;
use pulse_engine::{Policy, TenantId};
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// A page or a figure that somebody asks for.
#[derive(Clone, Debug)]
pub struct Page {
    /// Whose data it is of.
    pub tenant: TenantId,
    /// Who asks: the key of a user, or of a service's token.
    pub asker: String,
    /// The key of the session or token that they are known by, which has to hold until it is made.
    pub known_by: String,
    /// Its address, by which it is listed.
    pub address: String,
    /// What they see of the rows, which they have to see until it is made.
    pub seen: Policy,
}

/// Where the work on a page waits for its turn.
pub struct Line {
    queries: Queries,
    live: Arc<Live>,
    tenant: TenantId,
    asker: String,
    id: String,
    deadline: Instant,
}

/// A turn, until it is dropped.
pub struct Room {
    _place: Place,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("page", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

impl Line {
    /// Who asks for the page.
    pub(crate) fn asker(&self) -> &str {
        &self.asker
    }

    /// Waits for the page's turn, until as much time is over since its coming as a query may take.
    ///
    /// # Errors
    /// [`crate::Error::TooManyQueries`] when the tenant's queue is full, and [`pulse_engine::Error::Busy`] when the turn does not come in time.
    pub async fn turn(&self) -> Result<Room> {
        self.live.comes(State::Queued);
        let place = self.queries.turn((&self.tenant, &self.asker, &self.id), self.deadline, false).await?;
        self.live.comes(State::Running);
        Ok(Room { _place: place })
    }
}

impl Queries {
    /// Makes a page by `work`, which takes its turn before it asks the lake, and none for what is kept. `asked` tells the trail how it
    /// ends, also when this fails or is dropped. The trail knows of it when this returns.
    ///
    /// # Errors
    /// [`crate::Error::Stopped`] when somebody stops it, what `work` fails at, and when the control database fails.
    pub async fn page<T, F>(&self, page: Page, asked: Asked, work: impl FnOnce(Line) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let Page { tenant, asker, known_by, address, seen } = page;
        let (door, shown) = (Door::Page, Some(address.as_str()));
        let comes =
            Comes { tenant: &tenant, asker: &asker, known_by: &known_by, seen: &seen, door, ticket: None, shown };
        let life = Life::begin(&self.0, comes, asked)?.is_made();
        let deadline = life.deadline(self.limits());
        let line = Line { queries: self.clone(), live: life.live(), id: life.id(), tenant, asker, deadline };
        let (mut life, made) = life.through(work(line)).await?;
        life.is_known().await.inspect_err(|error| life.fails(error))?;
        life.finishes();
        Ok(made)
    }
}
