//! What the rest of Pulse asks of this connector.

use super::{CONNECTOR, PushMapper};
use crate::connector::Connector;

/// Its place among the connectors.
pub(crate) static ENTRY: Connector = Connector {
    name: CONNECTOR,
    mapper: || Box::new(PushMapper),
    opens: None,
    settings: None,
    called: None,
    holds: &[],
    told: None,
};
