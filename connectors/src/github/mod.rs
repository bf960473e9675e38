//! GitHub: what its API tells of repositories, changes, deployments and issues.
//!
//! `<repo>` is GitHub's number of a repository, which outlives every rename. Bodies are payloads as GitHub sent them: nodes
//! of the queries in `queries/`, with all pages of their lists put together, or items of a REST answer.
//!
//! | stream | key | body |
//! |---|---|---|
//! | `repositories` | `<repo>` | a node of `repositories.graphql`, or `{"deleted":true}` |
//! | `commits` | `<repo>/<sha>` | an item of `GET /repos/{owner}/{repo}/commits` |
//! | `branches`, `tags` | `<repo>/<name>` | a node of `refs.graphql`, or `{"deleted":true}` |
//! | `pull_requests` | `<repo>/<number>` | a node of `pull_requests.graphql`, or `{"deleted":true}` |
//! | `issues` | `<repo>/<number>` | a node of `issues.graphql`, or `{"deleted":true}` |
//! | `milestones` | `<repo>/<number>` | a node of `milestones.graphql`, or `{"deleted":true}` |
//! | `releases` | `<repo>/<id>` | a node of `releases.graphql`, or `{"deleted":true}` |
//! | `deployments` | `<repo>/<id>` | a node of `deployments.graphql` or `waiting_deployments.graphql`, or `{"deleted":true}` |
//! | `workflow_runs` | `<repo>/<run>/<attempt>` | an item of `GET /repos/{owner}/{repo}/actions/runs`, or an answer of `…/{run}/attempts/{attempt}` |
//! | `jobs` | `<repo>/<run>/<attempt>` | `{"jobs": […]}`: the items of `GET /repos/{owner}/{repo}/actions/runs/{run}/attempts/{attempt}/jobs` |
//! | `users` | `<user>` | a node of `accounts.graphql`: whoever made a commit |
//! | `teams` | `<team>` | a node of `teams.graphql`, or `{"deleted":true}` |
//! | `listings` | `<repo>/<stream>`, `teams` | `{}`: whatever of that stream was not read since is gone |
//! | `met` | `<repo>/<stream>/<number>` | `[[<number>, <sum>], …]`: what was met of that stream, and as what; for the next reading of all of it |
//! | `problems` | `<repo>/<stream>`, `<repo>/<stream>/<number>` of a single thing, `<repo>/workflow_runs/made/<from>..<until>` of runs of which nobody says which they are, an owner, `teams/<owner>`, `unseen/<owner>`, `unseen/?` of repositories whose names are lost, `permissions`, or `cursors` | `{"reason": …}`: why it could not be read, `null` once it can |
//! | `webhooks` | the number of a delivery | what a hook was called with: it makes no rows, and says where the next reading looks (`calls.rs`) |
//!
//! The keys of what these become begin with `github:<connection>:`, and go on with
//!
//! | entity | key |
//! |---|---|
//! | `repositories` | `<repo>` |
//! | `repository_names` | `<repo>/names/<owner>/<name>` |
//! | `refs` | `<repo>/refs/branch/<name>`, `<repo>/refs/tag/<name>` |
//! | `commits` | `<repo>/commits/<sha>` |
//! | `pull_requests` | `<repo>/pull_requests/<number>`, its parts below it: `/commits/<sha>`, `/reviews/<id>`, `/review_requests/<id>`, `/comments/<id>`, and `/comments/review/<id>` of one in a thread |
//! | `work_items` | `<repo>/issues/<number>`, its parts below it: `/events/<id>`, `/comments/<id>`, `/versions/fix/<milestone>` |
//! | `versions` | `<repo>/milestones/<number>` |
//! | `incidents` | `<repo>/incidents/<number>`, beside the work item of the same issue |
//! | `releases` | `<repo>/releases/<id>` |
//! | `builds` | `<repo>/builds/<run>/<attempt>`, its jobs below it: `/jobs/<id>` |
//! | `deployments` | `<repo>/deployments/<id>` when GitHub has a record of it, else the key of what stands for it: `<repo>/releases/<id>`, `<repo>/builds/<run>/<attempt>`, `<repo>/tags/<name>` |
//! | `identities` | `users/<id>` of an account, `emails/<address>` of an address, `names/<name>` of a person without either |
//! | `teams` | `teams/<id>`, and `/members/<user>` below it |
//!
//! A deployment that nobody recorded has the key of what stands for it so that a listing of deployments, of releases or of
//! tags each takes away its own and nothing else.

mod access;
mod accounts;
mod answer;
mod calls;
mod client;
mod commits;
mod connector;
mod coverage;
mod cursor;
mod filling;
mod gaps;
mod jwt;
mod late;
mod limits;
mod listing;
mod mapper;
mod noted;
mod older;
mod operation;
mod payload;
mod probe;
mod reader;
mod runs;
mod settings;
mod source;
mod teams;
mod threads;
mod turns;
mod untold;
mod waiting;
mod webhook;

pub(crate) use connector::ENTRY;
pub use mapper::GithubMapper;
pub use settings::{DeploymentSource, Deployments, GithubSettings, Incidents, WorkItems};
pub use source::GithubSource;
pub use webhook::called;

/// The connector's name, as in `raw/github`.
pub const CONNECTOR: &str = "github";
