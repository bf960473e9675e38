//! Who did what.

use super::{Entity, Layer, Schemas, flag, int, text, time};

/// The table behind `audit/`: a tenant's trail.
pub static AUDIT: Entity = Entity {
    layer: Layer::Audit,
    name: "events",
    doc: "Something that was done, tried or refused. Append-only; each row carries the sum of the one before it, so that one that was changed or taken out is found.",
    key: &["trail", "sequence"],
    partition: &[],
    sort: &["sequence"],
    belongs: &[],
    columns: &[
        text("trail", "the trail: one for each control database that the lake ever had").required(),
        int("sequence", "its place in the trail, from 1 and without a gap").required(),
        time("at", "when").required(),
        text("action", "what: a request's method and route, a command, a job that lets rows go, or `sign-in`").required(),
        text("outcome", "`done`, `refused`, `failed`, `timed-out`, `stopped` when somebody ended it, or `left` when whoever asked went before the end").required(),
        text("actor", "who: the key of a user or token, or `shell`; NULL for somebody who is not known"),
        text("session", "the session or token that it was done with"),
        text("target", "what it was done to, as the request's path names it"),
        text("address", "the network address that it came from, where that is known"),
        text("agent", "the program that it came from, as it says itself"),
        text("detail", "more, as JSON: a question's SQL text, why something was refused, how many rows went of which tables"),
        int("rows", "how many rows were given out"),
        int("bytes", "how many bytes were given out"),
        text("previous", "the sum of the row before; 64 zeros before the first").required(),
        text("sum", "the SHA-256 sum of `previous` and this row's other columns").required(),
        text("query", "the query, by the id that its answer's header `pulse-query` named"),
        int("milliseconds", "how long the query took, from its coming to its end"),
        int("memory_bytes", "the most memory that the query's sorts, joins and groupings held at once"),
        flag("cached", "whether the query was answered by what an earlier one had computed"),
        text("plan", "the same for queries that are planned alike, whatever the values of their parameters"),
    ],
    schemas: Schemas::new(),
};
