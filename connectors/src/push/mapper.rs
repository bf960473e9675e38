//! Pushed rows become rows of core.

use super::CONNECTOR;
use super::row::{Said, check};
use super::source::Body;
use pulse_engine::entities::core;
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};

/// Maps what [`super::PushSource`] landed.
#[derive(Clone, Copy, Debug, Default)]
pub struct PushMapper;

impl Mapper for PushMapper {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
        let entity = core(payload.stream).map_err(|e| Reject::new(e.to_string()))?;
        let body: Body = serde_json::from_str(payload.body).map_err(|e| Reject::new(format!("a pushed row: {e}")))?;
        if body.cleared {
            return Ok(());
        }
        let at_line = |reject: Reject| Reject { line: Some(body.line), ..reject };
        let Some(row) = &body.row else {
            let reason = body.reason.unwrap_or_else(|| "it is not a row".to_owned());
            return Err(Reject { reason, field: body.field, line: Some(body.line) });
        };
        match check(entity, row, &connection.id).map_err(at_line)? {
            Said::Is(row) => out.push(row).map_err(at_line),
            Said::Gone(id) => {
                out.gone(entity, id);
                Ok(())
            }
        }
    }
}
