//! Payloads as they came.

use super::{Entity, Layer, Schemas, int, text, time};

/// The table behind each `raw/<connector>`; the connector's name takes the place of `name`.
pub static RAW: Entity = Entity {
    layer: Layer::Raw,
    name: "payloads",
    doc: "A payload as the vendor sent it. The same payload may stand here twice. None is changed; a tenant may let older ones of a key go that nothing rests on.",
    key: &["batch", "row"],
    partition: &["connection", "stream"],
    sort: &["row"],
    belongs: &[],
    columns: &[
        text("key", "the vendor's id of the thing, one payload of a key replaces the one before").required(),
        time("observed_at", "when it was read from the vendor").required(),
        text("body", "the payload itself, as JSON").required(),
        text("batch", "the id of the commit that landed it").required(),
        int("row", "its place within the batch, from 0").required(),
        text("connection", "the connection that it came through, `connector:name`").required(),
        text(
            "stream",
            "what kind of thing it is, in the connector's words; `settings` and `cursor` are the connection's own",
        )
        .required(),
    ],
    schemas: Schemas::new(),
};
