//! How the page looks: tokens for colours and spaces, then the few parts that use them.

/// The style sheet. Text holds 4.5 : 1 and graphics 3 : 1 against their background, light and dark.
pub(super) const SHEET: &str = "
:root { color-scheme: light dark; --ground: #fbfbf9; --card: #ffffff; --ink: #1c1d22; --soft: #5a5d68; --line: #d9d9d3;
  --mark: #2458b8; --quiet: #8790a6; --gap: 1rem; }
@media (prefers-color-scheme: dark) { :root { --ground: #14161b; --card: #1d2027; --ink: #eceef2; --soft: #a9aebc;
  --line: #353a46; --mark: #7fabff; --quiet: #76809a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: calc(2 * var(--gap)) var(--gap); }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 0; font-weight: 600; }
p { margin: .25rem 0; } .soft { color: var(--soft); } small, .small { font-size: .875rem; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: var(--gap) 0 0; }
.door { flex-direction: column; align-items: stretch; max-width: 24rem; }
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
