//! `docs/row-policies.md`, generated.

use crate::entities::{CORE, Entity, FACTS, Thing};
use std::fmt::Write as _;

const INTRODUCTION: &str = "# Row policies

Generated from `engine/src/policy/page.rs` and the declarations in `engine/src/entities/` by `make docs`; a test fails when it is
stale.

Somebody may be limited to some teams and projects of a tenant, named by their ids. Whatever they ask then (SQL, a metric, its
evidence, the report), the engine answers from the rows that belong to those, and from no others:

    let theirs = engine.tenant(&id).under(&Policy::only([\"github:acme:payments\"], []));

Every session of such a tenant keeps to the policy, and `under` never widens one that is there. A policy that names nothing shows
no rows.

## What is allowed

- A **team** is allowed when it is named. The teams below it are not: they are named themselves.
- A **project** is allowed when it is named, or when one of the teams owns it.
- A **repository** is allowed when it is in the scope (`core.project_scopes`) of any allowed project. One that belongs to two projects is
  seen by whoever may see either.
- A **pull request**, **work item** or **incident** is allowed when the row in its core table is.

A row is shown when it belongs to any one thing that is allowed. The table below says what the rows of each table belong to.
So a team sees the changes of its own people wherever they were made, and all changes of the repositories of its projects.
Of an allowed team or project, a figure that is asked for by its name is the same as it is for those who see everything;
a figure of the whole is one of all that is seen. Two metrics look at rows beside their own, and so at those that are seen:
*Work items linked to code* at the pull requests and commits that name an item, and *Review concentration* at the other reviews of
a repository. An item that only another team's code names is linked for those alone who see that code.

What is allowed is looked up in the tenant's own tables, once for each session. Facts name the teams that held when they were
modelled, repositories count by what `core.project_scopes` says now.

## What is not shown

- A table of whose rows nothing says whom they belong to is not there: it is in no list, and who names it is told why. The
  payloads in `raw` are not there at all.
- A shown row is shown whole, but for names of other things in it (the key of the work item that a link leads to): where that thing is not
  shown, NULL stands in the place of its name. The row may hold the id of something that is not shown: the deployment that caused an
  incident, the first of a repository's projects. What that id stands for is looked for in vain.
- Names are rows too: a team that only owns an allowed project has an id in the figures, and no name.
- So are the scopes of projects: by project, a change that a team's own people made in another team's repository is among those of no
  project. Likewise by owning team, a build in a repository whose project is not shown is among those of none.

## How it holds

- The policy is an operator of its own right above the reading of each table, and the end of the plan for everybody else. The optimiser
  neither drops it nor moves anything below it; `EXPLAIN` shows it as `PolicyFilter`, and nothing below.
- Conditions are computed above it. Below it they only choose which files to skip, and only such as can't fail: an error would tell of
  the row that it came from.
- Nothing is answered from a table's statistics: counts and bounds come of the rows that are shown.
- A new table says what its rows belong to where it is declared, or it is not shown.

## People

Apart from rows, a policy shows or does not show what names people: `Policy::everything().without_people()`. Then the tables of people
(`core.people`, `core.identities`, `core.identity_overrides`, `core.team_members`, `facts.people`) and the payloads in `raw` are not
there, who names one is told why, and other tables lack the columns that [data-model.md](data-model.md) marks *person*. Metrics and
risks are of nobody and planned over whole tables, so their figures are the same. Over REST, SQL and Flight SQL people are shown to
whoever has `people:read` ([access.md](access.md)). Texts stay as they are: a title or a field that somebody wrote a name into is told.

How long an answer takes still depends on how much there is to read, whoever reads. Answers and pages that are kept are each reader's
own, so that it does not tell what another asked who sees the same ([sql.md](sql.md#answers-that-are-kept)).

## Which rows belong to what

| table | a row is shown for |
|---|---|
";

/// The rules of row policies as Markdown, with one line a table.
pub fn policies_page() -> String {
    let mut out = String::from(INTRODUCTION);
    for entity in CORE.iter().chain(FACTS) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| `{}.{}` | {} |", entity.layer.name(), entity.name, rule(entity));
    }
    out.push_str("| `raw.*` | not there |\n");
    out
}

fn rule(entity: &Entity) -> String {
    let of = |to: Thing, by: &str| match by {
        "id" => format!("itself, a {}", to.label()),
        by => format!("the {} in `{by}`", to.label()),
    };
    match entity.belongs {
        [] => "not there".to_owned(),
        belongs => {
            let shown = belongs.iter().map(|b| of(b.to, b.by)).collect::<Vec<_>>().join(", or ");
            let names = entity.columns().filter_map(|column| column.names.map(|named| (column.name, named)));
            names.fold(shown, |told, (name, named)| {
                format!("{told}; `{name}` where the {} in `{}` is shown", named.to.label(), named.by)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_row_policies_page_is_what_the_declarations_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/row-policies.md");
        if std::env::var_os("PULSE_WRITE_DOCS").is_some() {
            std::fs::write(path, super::policies_page()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == super::policies_page(), "docs/row-policies.md is stale: run `make docs`");
    }
}
