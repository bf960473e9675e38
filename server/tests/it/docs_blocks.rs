//! That each block of the pages of `docs/` is tried by a test, or is known to show what no program takes, and why.
//!
//! - `sql` is asked (`docs_sql`; on generated pages by tests of the engine), with the `json` above it; statements in a block without a
//!   language are planned.
//! - `python` is done (`docs_python`).
//! - In a block of commands, those of `pulse` are run (`docs_run`), `curl`'s are sent (`docs_requests`), and `make`'s targets are there
//!   (`docs`).
//! - Settings of a process are looked at by `pulse config check` (`docs_run`).

use crate::docs::{Block, Page, commands};
use crate::docs_sql::is_statement;
use pulse_engine::risk::RiskSettings;
use std::collections::BTreeSet;

/// What other tests do with the commands that begin so.
const TRIED: [&str; 4] = ["pulse", "docker", "curl", "make"];

/// What else stands in blocks of commands, and why no test does it.
const BESIDE: [(&str, &str); 14] = [
    ("cargo", "the tests themselves are run by it, and benches take long"),
    ("docker/secrets.sh", "`docker/check.sh` has it looked at by shellcheck"),
    ("export", "says where the stores of a compose file are, which no machine of the tests starts"),
    ("sudo", "changes the machine; `docker/steps.py` does the steps of the image in a folder"),
    ("sudoedit", "opens an editor"),
    ("journalctl", "reads the machine's log"),
    ("kubectl", "wants a cluster; `docker/check.sh` holds the manifests against Kubernetes' schemas"),
    ("openssl", "makes a key"),
    ("tr", "is told what `openssl` said"),
    ("key", "is the file that it is written to"),
    ("202", "is an answer"),
    ("event:", "is an answer"),
    ("id:", "is an answer"),
    ("data:", "is an answer"),
];

/// Settings of a process.
pub(crate) const SETTINGS: &str = "settings";
/// What a tenant may decide about risk.
const RISK: &str = "a tenant's settings of risk";

/// Blocks that show what no program takes as it stands, by page and beginning, and what they are.
const SHOWN: [(&str, &str, &str); 18] = [
    ("docs/alerts.md", "ok ──▶ pending", "a drawing"),
    ("docs/architecture.md", "connectors ──land──▶ raw", "a drawing"),
    ("docs/architecture.md", "<root>/tenant=<id>/", "a drawing"),
    ("docs/bi-tools.md", "let\n  Token = ", "Power Query's, which the page says was not tried"),
    ("docs/bi-tools.md", "jdbc:arrow-flight-sql://", "JDBC's, which the page says was not tried"),
    ("docs/deliveries.md", "queued ──▶ sending", "a drawing"),
    ("docs/design-system.md", "default-src 'none';", "a header, which a test of the page itself looks at"),
    ("docs/flight-sql.md", "jdbc:arrow-flight-sql://", "JDBC's, which another page says was not tried"),
    ("docs/flow.md", "opened ──pickup──", "a drawing"),
    ("docs/github.md", "\"credential\": ", "a part of a request"),
    ("docs/installation.md", "control = { file", SETTINGS),
    ("docs/jira.md", "\"credential\": ", "a part of a request"),
    ("docs/jobs-orchestration.md", "queued ──▶ running", "a drawing"),
    ("docs/rest.md", "Authorization: Bearer", "a header"),
    ("docs/risk.md", "risk = 1 − Π", "a formula"),
    ("docs/risk.md", "{\"at_risk\": ", RISK),
    ("docs/settings.md", "time_zone = ", SETTINGS),
    ("docs/sql.md", "{\"columns\": ", "an answer"),
];

/// What a block shows that no program takes.
pub(crate) fn shown(page: &Page, block: &Block) -> Option<(&'static str, &'static str, &'static str)> {
    let text = block.text.trim_start();
    SHOWN.into_iter().find(|(of, begin, _)| *of == page.path && text.starts_with(begin))
}

#[test]
fn what_a_tenant_may_decide_about_risk_it_may() {
    let pages = Page::all();
    let blocks = pages.iter().flat_map(|page| page.blocks().into_iter().map(move |block| (page, block)));
    let mut tried = 0;
    for (page, block) in blocks.filter(|(page, block)| shown(page, block).is_some_and(|(.., what)| what == RISK)) {
        let settings: RiskSettings = serde_json::from_str(&block.text).unwrap();
        settings.check().unwrap_or_else(|error| panic!("{}: {error}", page.path));
        tried += 1;
    }
    assert_eq!(tried, 1);
}

#[test]
fn every_block_is_tried_or_known_to_show_what_no_program_takes() {
    let (mut untried, mut used) = (Vec::new(), BTreeSet::new());
    for page in Page::all().iter().filter(|page| !page.is_generated()) {
        for block in page.blocks() {
            let place = format!("{}, line {}", page.path, block.begin + 1);
            match block.language.as_str() {
                "sql" | "python" => continue,
                "json" => {
                    let read = serde_json::from_str::<serde_json::Value>(&block.text);
                    untried.extend(read.err().map(|error| format!("{place}: {error}")));
                    continue;
                }
                "" if is_statement(&block.text) => continue,
                _ => {}
            }
            if let Some((of, begin, _)) = shown(page, &block) {
                used.insert((of, begin));
                // A body is one, if nothing more.
                let is_none = begin.starts_with('{') && serde_json::from_str::<serde_json::Value>(&block.text).is_err();
                untried.extend(is_none.then(|| format!("{place}: no JSON")));
                continue;
            }
            for word in commands(&block.text).iter().filter_map(|words| words.first()) {
                match BESIDE.iter().find(|(beside, _)| beside == word) {
                    Some((beside, _)) => {
                        used.insert(("", *beside));
                    }
                    None if TRIED.contains(&word.as_str()) => {}
                    None => untried.push(format!("{place}: {word}")),
                }
            }
        }
    }
    assert!(untried.is_empty(), "nothing tries these: {untried:#?}");
    let known: BTreeSet<(&str, &str)> = SHOWN
        .iter()
        .map(|(page, begin, _)| (*page, *begin))
        .chain(BESIDE.iter().map(|(word, _)| ("", *word)))
        .collect();
    let gone: Vec<_> = known.difference(&used).collect();
    assert!(gone.is_empty(), "these are on no page: {gone:?}");
}
