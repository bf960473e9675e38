//! What the binary and its API promise, through the public surface.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stand outside of `#[test]` functions"
)]

mod alerting;
mod alerts;
mod bad_input;
mod chains;
mod commands;
mod condition;
mod control;
mod credentials;
mod cut;
mod dashboards;
mod delivered_killed;
mod deliveries;
mod delivering;
mod demo;
mod door;
mod entering;
mod events;
mod export;
mod following;
mod github;
mod golden;
mod hooks;
mod jira;
mod jobs;
mod killed;
mod landing;
mod landing_killed;
mod lock;
mod migrations;
mod own_metrics;
mod page;
mod policy;
mod postgres;
mod queries;
mod quota;
mod readers;
mod replica;
mod rest;
mod rules;
#[path = "../../../engine/tests/it/s3_server.rs"]
mod s3_server;
mod schema;
mod serving;
mod sso;
mod store;
mod syncs;
mod tasks;
mod trail;
mod two;
mod web;
mod world;
