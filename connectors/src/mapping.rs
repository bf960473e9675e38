//! What the mappers of all vendors do alike.

use pulse_engine::entities::{Entity, core};
use pulse_engine::map::{RawPayload, Reject};
use serde::de::DeserializeOwned;

/// The first and last second of the years 1 to 9999, which every reader of the lake can represent.
pub(crate) const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The payload in its shape.
pub(crate) fn read<T: DeserializeOwned>(payload: RawPayload<'_>) -> Result<T, Reject> {
    serde_json::from_str(payload.body).map_err(|e| Reject::new(format!("payload of `{}`: {e}", payload.stream)))
}

/// The core entity of that name.
pub(crate) fn entity(name: &str) -> Result<&'static Entity, Reject> {
    core(name).map_err(|e| Reject::new(e.to_string()))
}

/// Whether the payload says only that the thing is gone: `{"deleted":true}`.
pub(crate) fn is_gone(payload: RawPayload<'_>) -> bool {
    #[derive(serde::Deserialize)]
    struct Tombstone {
        #[serde(default)]
        deleted: bool,
    }
    serde_json::from_str::<Tombstone>(payload.body).is_ok_and(|t| t.deleted)
}
