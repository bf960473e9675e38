//! What clients carry for us: sealed, so that nobody reads it, changes it, or shows it as somebody else.

use super::question::Question;
use crate::auth::{Vault, purpose};
use crate::http::{Asker, Problem};
use axum::http::StatusCode;
use prost::Message;

const SECOND: i64 = 1_000_000;

/// What a question is carried as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A ticket: what an answer is fetched with.
    Ticket,
    /// The handle of a prepared statement, with its parameters once they are bound.
    Statement,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Ticket => "ticket",
            Kind::Statement => "statement",
        }
    }

    /// For how long it is good, in microseconds: a ticket until its answer has been fetched, a statement for a working day.
    pub(super) fn life(self) -> i64 {
        match self {
            Kind::Ticket => 600 * SECOND,
            Kind::Statement => 24 * 3600 * SECOND,
        }
    }
}

/// Seals a question for whoever asks it.
pub(super) fn seal(vault: &Vault, kind: Kind, asker: &Asker, question: &Question, now: i64) -> crate::Result<Vec<u8>> {
    let carried = Question { until: now.saturating_add(kind.life()), ..question.clone() };
    Ok(vault.seal(&bound(kind, asker), &carried.encode_to_vec())?.into_bytes())
}

/// Opens a question that was sealed for whoever brings it.
///
/// # Errors
/// One and the same problem, whatever is wrong with it.
pub(super) fn open(vault: &Vault, kind: Kind, asker: &Asker, sealed: &[u8], now: i64) -> Result<Question, Problem> {
    let text = std::str::from_utf8(sealed).map_err(|_| not_good())?;
    let carried = vault.open_sealed(&bound(kind, asker), text).map_err(|_| not_good())?;
    let question = Question::decode(carried.as_slice()).map_err(|_| not_good())?;
    if question.until > now { Ok(question) } else { Err(not_good()) }
}

/// A session of somebody who signed in here, until then: what they are known by from call to call.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Bearer {
    #[prost(string, tag = "1")]
    session: String,
    #[prost(int64, tag = "2")]
    until: i64,
}

/// For how long somebody is known by what a handshake gave them, in microseconds. Tools of this kind never renew it.
const KNOWN: i64 = 12 * 3600 * SECOND;
/// How a sealed text begins, and neither an access token nor an API token does.
const SEALED: &str = "v1.";

/// What somebody is known by from call to call.
pub(super) fn bearer(vault: &Vault, session: &str, now: i64) -> crate::Result<String> {
    let bearer = Bearer { session: session.to_owned(), until: now.saturating_add(KNOWN) };
    vault.seal(purpose::FLIGHT, &bearer.encode_to_vec())
}

/// The session that a token of this door names; `None` when it is another kind of token, or not good.
pub(super) fn session(vault: &Vault, token: &str, now: i64) -> Option<String> {
    let open = token.starts_with(SEALED).then(|| vault.open_sealed(purpose::FLIGHT, token).ok()).flatten()?;
    let bearer = Bearer::decode(open.as_slice()).ok()?;
    (bearer.until > now).then_some(bearer.session)
}

fn bound(kind: Kind, asker: &Asker) -> String {
    purpose::flight(kind.name(), &asker.tenant, asker.who.id())
}

fn not_good() -> Problem {
    let detail = "this ticket or prepared statement is not good: it was changed, its time is over, or it was made for somebody else. Ask again for another";
    Problem::new(StatusCode::FORBIDDEN, "bad-ticket", "The ticket is not good", detail)
}
