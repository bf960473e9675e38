//! What the binary and its API promise, through the public surface.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stand outside of `#[test]` functions"
)]

mod alerting;
mod alerts;
mod as_of;
mod asides;
mod backup;
mod bad_input;
mod branding;
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
mod docs;
mod docs_blocks;
mod docs_python;
mod docs_requests;
mod docs_run;
mod docs_sql;
mod doctor;
mod door;
mod doors;
mod elsewhere;
mod entering;
mod escapes;
mod events;
mod export;
mod flight;
mod flight_adbc;
mod flight_entry;
mod flight_metadata;
mod flight_running;
mod flight_statements;
mod flight_tickets;
mod following;
mod forecasts;
mod github;
mod golden;
mod grafana;
mod hogs;
mod hooks;
mod import;
mod jira;
mod jobs;
mod killed;
mod landing;
mod landing_killed;
mod leaving;
mod let_go;
mod lock;
mod mapping;
mod migrations;
mod observed;
mod own_metrics;
mod page;
mod people;
mod permitted;
mod policy;
mod postgres;
mod probes;
mod queries;
mod questions;
mod quota;
mod readers;
mod ready;
mod recomputed;
mod reloading;
mod repair;
mod replica;
mod reports;
mod reports_kept;
mod reports_read;
mod reports_sent;
mod rest;
mod rolled;
mod rules;
#[path = "../../../engine/tests/it/s3_server.rs"]
mod s3_server;
mod saved_queries;
mod schema;
mod serving;
mod settings;
mod shell;
mod sso;
mod store;
mod syncs;
mod tasks;
mod told_killed;
mod traced;
mod trail;
mod two;
mod upkeep;
mod web;
mod world;
