//! The connectors through their public surface: real repositories, real files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod alike;
mod repo;

mod converge;
mod fields;
mod git_errors;
mod git_files;
mod git_history;
mod git_incremental;
mod git_mapper;
mod git_merges;
mod git_random;
mod github_app;
mod github_bad;
mod github_cursors;
mod github_fields;
mod github_issues;
mod github_lake;
mod github_many;
mod github_mapper;
mod github_milestones;
mod github_payloads;
mod github_production;
mod github_range;
mod github_recorded;
mod github_renamed;
mod github_requests;
mod github_runs;
mod github_silent;
mod github_sync;
mod github_waiting;
mod github_words;
mod golden;
mod jira_bad;
mod jira_boards;
mod jira_data_center;
mod jira_development;
mod jira_doubts;
mod jira_incidents;
mod jira_lake;
mod jira_mapper;
mod jira_met;
mod jira_oauth;
mod jira_parts;
mod jira_range;
mod jira_recorded;
mod jira_scope;
mod jira_sync;
mod lake;
mod payloads;
mod push;
mod push_parquet;
mod reading;
mod told;
