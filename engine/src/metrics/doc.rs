//! `docs/metrics.md`, generated.

use super::{Direction, Kind, catalogue};
use crate::Result;
use std::fmt::Write as _;

/// The catalogue as Markdown, one section a metric.
///
/// # Errors
/// As [`catalogue`].
pub fn metrics_page() -> Result<String> {
    let mut out = String::from(
        "# Metrics\n\n\
         Generated from `sql/metrics/` by `make docs`; a test fails when it is stale.\n\n\
         Every metric is a view in the schema `dora` whose rows are its observations: `at` places one in a period,\n\
         `subject_id` is the row of evidence, `open` ones are not finished and `excluded` ones name a reason. Only the rest\n\
         counts. A figure is made from them by the metric's kind:\n\n\
         - *percentile*: median and 90th percentile of `value`, exact, interpolated between neighbours;\n\
         - *ratio*: the sum of `numerator` over the sum of `denominator`; no value over 0;\n\
         - *count*: how many, for each week of seven calendar days; periods without any are zeros.\n\n\
         Periods are days, ISO weeks and months of the tenant's time zone, in SQL\n\
         `period_start(at, 'week', 'Europe/Berlin')`. A period that is cut by the span, or not over yet, is marked partial.\n\n\
         ## Projects and teams\n\n\
         A repository may belong to several projects (`core.project_scopes`). Asked by project, or for one, each of them has all of its\n\
         changes and deployments; what is not grouped counts them once. The views name the first of its projects by id, so that they\n\
         have one row for each observation. The team of a deployment is the one that owns that first project; the team of a change is\n\
         its author's, else likewise.\n\n\
         ## Standings\n\n\
         Below *standing from n* observations a figure stands beside nothing. From there on it is compared with the surveys in\n\
         `data/dora/`: of the years with tiers, and of those with distributions, the best known of those that place the value is named,\n\
         of equally known ones the newest. The better known of the two comes first. `mark` says how well it is known, as well as the\n\
         least known number in it:\n\n\
         - `verified`: read in the report itself;\n\
         - `secondary`: read in a source that quotes it;\n\
         - `recalled`: from memory, not checked.\n\n\
         A tier is of this metric alone: the surveys found theirs over several metrics together.\n",
    );
    for d in catalogue()? {
        let better = match d.direction {
            Direction::Lower => "lower is better",
            Direction::Higher => "higher is better",
        };
        let kind = match d.kind {
            Kind::Percentile => "percentile",
            Kind::Ratio => "ratio",
            Kind::Count => "count",
        };
        let dimensions: Vec<_> = d.dimensions.iter().map(|d| d.name()).collect();
        let grains: Vec<_> = d.grains.iter().map(|g| g.name()).collect();
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\n## {}\n\n{}\n\n| | |\n|---|---|\n| view | `dora.{}` |\n| unit | {}, {better} |\n| kind | {kind} |\n\
             | formula | {} |\n| grain | {} |\n| by | {} |\n| standing from n | {} |\n| version | {} |\n| source | <{}> |\n\n```sql\n{}\n```\n",
            d.title,
            d.description,
            d.name,
            d.unit,
            d.formula,
            grains.join(", "),
            dimensions.join(", "),
            d.minimum_n,
            d.version,
            d.source,
            d.sql
        );
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_metrics_page_is_what_the_catalogue_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md");
        let page = super::metrics_page().unwrap();
        if std::env::var_os("PULSE_WRITE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap_or_default() == page, "docs/metrics.md is stale: run `make docs`");
    }
}
