//! What the binary and its API promise, through the public surface.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside of `#[test]` functions")]

mod commands;
mod golden;
mod lock;
mod readers;
mod rest;
mod syncs;
