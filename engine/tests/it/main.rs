//! The engine's behaviour through its public surface.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod aged;
mod aged_items;
mod backups;
mod beside;
mod example;
mod few;
mod forget;
mod forgotten;
mod lake;
mod masks;
mod model;
mod model_anew;
mod model_memory;
mod model_random;
mod outlived;
mod policy;
mod protocol;
mod race;
mod s3;
mod s3_server;
mod snapshots;
mod steps;
mod support;
mod upkeep;
mod verify;
mod versions;
mod writes;
