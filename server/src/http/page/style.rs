//! How the page looks: tokens for colours and spaces, then the few parts that use them. The colours are those of the dashboard
//! (`server/web/src/design/tokens.json`, `regular`).

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// What a page of ours may load: nothing but the style sheet that stands in it, which is known by its hash.
pub(in crate::http) static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(SHEET));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    // Without a style sheet it can be read, too.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ))
});

/// The style sheet. Text holds 4.5 : 1 and graphics 3 : 1 against their background, light and dark.
pub(super) const SHEET: &str = "
:root { color-scheme: light dark; --ground: #f4f7fb; --card: #ffffff; --ink: #272b31; --soft: #656a71; --line: #dfe5ec;
  --mark: #276cb3; --on-mark: #ffffff; --quiet: #82888e; --bad: #bf3a34; --bad-tint: #ffefed; --gap: 1rem; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1113; --card: #171a1c; --ink: #e1e8ef; --soft: #8a9096;
  --line: #24282e; --mark: #4e92db; --on-mark: #050608; --quiet: #696f75; --bad: #ea6258; --bad-tint: #36201d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: calc(2 * var(--gap)) var(--gap); }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 0; font-weight: 600; }
p { margin: .25rem 0; } .soft { color: var(--soft); } small, .small { font-size: .875rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: var(--gap) 0 0; }
.alone { max-width: 26rem; margin: 8vh auto 0; } .alone .sign { display: flex; align-items: center; gap: .625rem; margin: 0 0 var(--gap);
  font-size: 1.125rem; font-weight: 600; } .sign svg { width: 2rem; flex: none; }
.alone section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.5rem; }
.alone .wrong { background: var(--bad-tint); color: var(--bad); border-radius: .375rem; padding: .5rem .75rem; margin-top: .75rem; }
.door { flex-direction: column; align-items: stretch; gap: var(--gap); }
.door button { background: var(--mark); color: var(--on-mark); min-height: 2.5rem; }
.door + .door button { background: var(--card); color: var(--mark); } .door + form, .door + p { border-top: 1px solid var(--line); padding-top: var(--gap); margin-top: 1.5rem; }
label { display: grid; gap: .125rem; font-size: .875rem; color: var(--soft); }
input, select, button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--quiet); border-radius: .375rem;
  padding: .25rem .5rem; min-height: 2.25rem; }
button { cursor: pointer; border-color: var(--mark); color: var(--mark); font-weight: 600; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.cards { display: grid; gap: var(--gap); grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); margin-top: var(--gap); }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: var(--gap); display: flex; flex-direction: column; gap: .375rem; }
.value { font-size: 2rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tier { border-inline-start: 3px solid var(--mark); padding-inline-start: .5rem; }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.bar { fill: var(--mark); } .bar.partial { fill: var(--quiet); } .axis { stroke: var(--quiet); }
details { font-size: .875rem; } summary { cursor: pointer; color: var(--mark); min-height: 1.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th, td { text-align: start; padding: .125rem .5rem .125rem 0; border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; max-height: 20rem; } a { color: var(--mark); } ul { margin: .25rem 0; padding-inline-start: 1.25rem; }
@media print { form, .actions { display: none; } body { background: #fff; color: #000; } article { break-inside: avoid; } }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_in_the_sheet_by_its_hash_and_nothing_else_that_stands_in_a_page() {
        let policy = POLICY.to_str().unwrap();
        // 32 bytes in Base64.
        let hash = policy.split_once("style-src 'sha256-").unwrap().1.split_once('\'').unwrap().0;
        assert_eq!(hash.len(), 44, "{policy}");
        assert!(!policy.contains("unsafe") && !SHEET.contains('<'), "{policy}");
    }
}
