//! Jira: what its API tells of projects, issues and their history, boards and sprints.
//!
//! Both editions are read: Cloud by version 3 of its API, Data Center by version 2, and boards and sprints by
//! `/rest/agile/1.0` of either. Bodies are payloads as Jira sent them, and may be of either edition.
//!
//! | stream | key | body |
//! |---|---|---|
//! | `projects` | `<project>` | a project, with all `projectKeys` that it has or had, and on Cloud with its `insight`: how many issues it has; or `{"deleted":true}` |
//! | `statuses` | `<status>` | a status with its `statusCategory`, or `{"deleted":true}` |
//! | `types` | `<type>` | a type of issues, or `{"deleted":true}` |
//! | `fields` | `<field>` | a field that issues may have, or `{"deleted":true}`: for whoever says what it means |
//! | `versions` | `<version>` | a version, or `{"deleted":true}` |
//! | `components` | `<component>` | a component, or `{"deleted":true}` |
//! | `boards` | `<board>` | a board, where Data Center does not say where it is with the `location` that its list of one project's boards tells; or `{"deleted":true}` |
//! | `sprints` | `<sprint>` | a sprint, with the `location` of the board that it was made on as `originBoard`, where that has one; or `{"deleted":true}` |
//! | `issues` | `<issue>` | an issue with all `fields`, all of `changelog.histories` in any order and all of `fields.comment.comments`, with `"incident": true` where the query in `incidents.jql` found it, `"unasked": true` where that could not be asked, and with `"above": {<key>: <issue>}` of the issues that its fields on Data Center name as above it; or `{"deleted":true}` |
//! | `met` | `<issue>`, the first of them | `[[<issue>, <sum>], …]`: the issues that a page told of, and as what each was landed |
//! | `development` | `<issue>` | `{"key": …, "detail": […]}`: all that `/rest/dev-status` tells of its pull requests |
//! | `listings` | `projects`, `versions`, `components`, `boards`, `sprints`, `issues` | `{}`: whatever of that stream was not read since is gone |
//! | `problems` | what could not be read, such as `issues`, `issues/<issue>`, `issues/changed/<project>/<from>..<until>` or `projects/<key>` | `{"reason": …}`: why it could not be read, `null` once it can |
//! | `webhooks` | the id of a delivery; of one that has none, what it says and when | `{"event": …, "payload": …}`: what a hook was called with; `jira:issue_deleted` takes the issue away, a reading hears that a project was deleted, the others are kept for later |
//!
//! All of these ids are Jira's numbers, which outlive every rename and move: an issue that goes to another project has another
//! key and the same id.
//!
//! The keys of what these become begin with `jira:<connection>:`, and go on with
//!
//! | entity | key |
//! |---|---|
//! | `projects` | `projects/<project>` |
//! | `project_keys` | `projects/<project>/keys/<key>` |
//! | `versions` | `versions/<version>` |
//! | `components` | `components/<component>` |
//! | `work_item_types` | `types/<type>` |
//! | `boards` | `boards/<board>` |
//! | `project_scopes` | `boards/<board>`, of a board that says which project it is in |
//! | `sprints` | `sprints/<sprint>` |
//! | `work_items` | `issues/<issue>`, its parts below it |
//! | `work_item_transitions` | `issues/<issue>/events/<history>/<n>`: the place in its history, from 0 |
//! | `work_item_versions` | `issues/<issue>/versions/<relation>/<version>` |
//! | `work_item_components` | `issues/<issue>/components/<component>` |
//! | `comments` | `issues/<issue>/comments/<comment>` |
//! | `work_item_links` | `issues/<issue>/links/<link>`, of the issue that the link starts at, or that it leads to where the former is in a project that is not read |
//! | `sprint_items` | `issues/<issue>/sprints/<sprint>/<k>`: which of its stays in that sprint, from 1 |
//! | `work_item_fields` | `issues/<issue>/fields/<name>`, by the name that the settings give the field |
//! | `work_item_pull_requests` | `issues/<issue>/pull_requests/<url>` |
//! | `incidents` | `incidents/<issue>`, beside the work item of the same issue |
//! | `identities` | `users/<account id>` of Cloud, `users/<key>` of Data Center |

mod above;
mod access;
mod client;
mod connector;
mod coverage;
mod cursor;
mod development;
mod fields;
mod gaps;
mod limits;
mod look;
mod mapper;
mod payload;
mod reading;
mod rekeyed;
mod search;
mod settings;
mod source;
mod structure;
mod turns;
mod untold;
mod webhook;

pub(crate) use connector::ENTRY;
pub use fields::{Field, told as told_fields};
pub use mapper::JiraMapper;
pub use settings::{Fields, Incidents, JiraSettings, Statuses};
pub use source::JiraSource;
pub use webhook::called;

/// The connector's name, as in `raw/jira`.
pub const CONNECTOR: &str = "jira";
