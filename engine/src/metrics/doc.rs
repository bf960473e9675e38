//! `docs/metrics.md`, generated.

use super::{Definition, Direction, Kind, SCHEMAS, Subject, catalogue};
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
         Every metric is a view whose rows are its observations: `at` places one in a period, `subject_id` is the row of\n\
         evidence, `open` ones are not finished and `excluded` ones name a reason. Only the rest counts. Where a share tells how much\n\
         is known, `lacks` says of each row that is not what it lacks. A figure is made from them by the metric's kind:\n\n\
         - *percentile*: median and 90th percentile of `value`, exact, interpolated between neighbours;\n\
         - *ratio*: the sum of `numerator` over the sum of `denominator`; no value over 0. Parts are added as decimals of six places, so that\n\
         the same rows make the same figure to the last bit, in whatever order they come (a tenant's own parts as they are);\n\
         - *count*: how many, for each week of seven calendar days; periods without any are zeros, from when on it is known (below);\n\
         - *level*: how many there are at the end of a period. A row is a stay, from `at` to before `left_at`; the figure of a span is\n\
         that of its end, or of now, and its median and 90th percentile are over the ends of the complete periods;\n\
         - *age*: median and 90th percentile of how long those have been there that are there at the end of a period.\n\n\
         Periods are days, ISO weeks and months of the tenant's time zone, in SQL\n\
         `period_start(at, 'week', 'Europe/Berlin')`. A period that is cut by the span, or not over yet, is marked partial.\n\n\
         No metric is of a person, and none can be asked by one.\n\n\
         The rows behind a figure (`GET /api/v1/metrics/{name}/evidence`) are its observations with `counted`, and with the `title` and the\n\
         `url` of what each is of, as its source tells them; the `subject` of a metric says what that is.\n\n\
         ## Beside a figure\n\n\
         - `comparison`, when it is asked for: the total less that of the span just before (`previous`: as many days, or where the grain is\n\
         the month and the span is of whole months as many months), of a year ago (`year_ago`: 52 weeks, by the month 12 months), or a\n\
         target. `better` says which of the two is the better one, where one direction is.\n\
         - `typical`: the 10th and 90th percentile, and the median, of the values of the complete periods of that grain in the year before the\n\
         span; none with fewer than eight periods that have a value.\n\
         - `newest_at`: when the newest observation happened, whatever the span.\n\
         - `overall` and `spread`, when figures are grouped: the figure of all together, and the 10th, 25th, 50th, 75th and 90th percentile\n\
         over the values of the repositories, projects or teams, of either kind. The spread says more of an organization than the one blended number.\n\
         - `share`, of counts and levels that are grouped: a group's part of the whole.\n\n\
         Groups come by name, stages in the order of flow; what belongs to none comes last.\n\n\
         ## When counts begin\n\n\
         Of counts and levels a period without any is 0, but for one before anything was known: that has no value. `since` in an answer\n\
         says for each group when its counts begin: on the day, in the tenant's zone, of the first of its observations or of what its\n\
         definition names as `since`, whichever came first. Those are signs of life of a repository, project or team: of what is about\n\
         code the first `change` (its first commit), of what is about work the first `work_item` that was made, and of incidents the\n\
         first `deployment`. A repository with commits since January whose first deployment was in March has 0 deployments in January;\n\
         one whose first commit was in March has none that anybody could count, and 26 weeks of which it was there for 8 make a rate\n\
         over 8 weeks. The period in which a count begins is `partial`, and less than a day makes no rate; a level is known at the end\n\
         of its first. A `comparison` with a span that begins earlier has no value. A class, type, severity or stage begins with the\n\
         whole: it was always there, and there was nothing of it. All of it is told as far as whoever asks may see.\n\n\
         ## Projects and teams\n\n\
         A repository may belong to several projects (`core.project_scopes`). Asked by project, or for one, each of them has all of its\n\
         changes and deployments; what is not grouped counts them once. The views name the first of its projects by id, so that they\n\
         have one row for each observation. What has a project of its own, as work items and incidents do, belongs to that and to those of\n\
         its repository.\n\n\
         Teams are asked for in two ways. By `team` a figure is of whoever made it: of a change or pull request its author when it was made, of a\n\
         review its reviewer, of a work item its assignee. Where nobody's team is known it is the one that owns the project; of reviews it is none.\n\
         By `owning_team` a figure is of what is owned: of the team that owns the project, of several that first one, whoever made it. So a change of\n\
         Blue's in a repository of Green's is Blue's by `team`, and Green's by `owning_team`. Deployments and incidents nobody makes alone: both\n\
         are the owner's. Builds and releases are asked for by `owning_team` alone.\n\n\
         ## Classes, types and labels\n\n\
         Metrics whose `subject` is a work item are filtered by its `class` and `kind` also where they are not told apart by these.\n\
         Those whose `subject` is a work item, a pull request, a review, a change or a deployment are filtered by `label`, too: by any of those that are\n\
         named, as the source writes them now; `none` means what has no label. A review has the labels of its pull request, a change those of the\n\
         pull request that it is, and a deployment those of each change that it was the first to carry: with `none` one that carried a change without. Figures are\n\
         not told apart by label, since what has two would count twice. In SQL it is\n\
         `WHERE subject_id IN (SELECT id FROM facts.work_items WHERE array_has(labels, 'api'))`; `facts.pull_requests` and `facts.changes` have `labels`, too.\n\
         Labels come with their rows: whoever sees some teams only finds by label all that they may see of items, pull requests and changes, wherever\n\
         their people made them, and of reviews and deployments those whose pull requests and changes they may see.\n\n\
         ## A tenant's own\n\n\
         A tenant may define up to 100 metrics of its own, by `PUT /api/v1/metrics/own/{name}` with `{\"text\": \"…\"}`. The text is what the\n\
         files in `sql/metrics/` are made of, at most 16 KiB: the header's lines, each `-- field: value` with the fields `name`, `title`,\n\
         `unit`, `direction` (`lower`, `higher`, `neither`), `kind`, `description`, `formula`, `grain`, `dimensions`, `minimum_n`\n\
         and `source`, with `subject` if its rows are of something that Pulse knows (`change`, `pull_request`, `review`, `deployment`, `build`,\n\
         `release`, `work_item`, `incident`), so that each row of evidence has its title and address, and of a count or level with `since`\n\
         (`change`, `deployment`, `work_item`) if that, too, is a sign that there was something to count; below it one statement over the\n\
         tables of `core` and `facts`. A line that is indented by three blanks goes on\n\
         with the one before. A `version`, which those files have, is taken and says nothing here. Its columns are those of the views below:\n\n\
         | column | type | of |\n|---|---|---|\n\
         | `at` | instant | all |\n\
         | `repository_id`, `project_id`, `team_id` | VARCHAR, NULL where there is none | all |\n\
         | `owning_team_id`, `class`, `kind`, `severity`, `stage` | VARCHAR, NULL where there is none | those whose `dimensions` name it |\n\
         | `subject_id` | VARCHAR | all |\n\
         | `open` | BOOLEAN | all |\n\
         | `excluded` | VARCHAR, NULL where a row counts | all |\n\
         | `value` | DOUBLE | percentile |\n\
         | `numerator`, `denominator` | DOUBLE or whole number | ratio |\n\
         | `left_at` | instant, NULL while it lasts | level, age |\n\n\
         It is planned before it is kept, and what is wrong is told with its line. From then on it is asked, opened into its rows and aimed at\n\
         as every other metric; in SQL it is a view of the schema `own`. Row policies hold for it, since it runs in the session of whoever asks.\n\
         It has at most 20 tables and SELECTs, names no other view, has sets of CUBE, ROLLUP and GROUPING SETS of 100 columns at most, and cannot have the name of a metric below.\n\n\
         Each change is a version of its own, and the earlier ones stay: `GET /api/v1/metrics/own/{name}/versions` has them, the newest first, each with\n\
         who set it and when; up to 500 of a metric, also of the hundred that were taken away last. The `version` in an answer's\n\
         `definition` is the one that it was asked by, and no other text has its number while they are kept. To bring one back, the metric is set to its text, which\n\
         is a new version. `pulse metric list`, `show`, `set`, `remove` and `history` do this from the shell; `pulse dora`, `pulse report` and `pulse sql` ask\n\
         the lake alone, and know none of them.\n\n\
         ## Standings\n\n\
         Below *standing from n* observations a figure stands beside nothing. From there on it is compared with the surveys in\n\
         `data/dora/`: of the years with tiers, and of those with distributions, the best known of those that place the value is named,\n\
         of equally known ones the newest. The better known of the two comes first. `mark` says how well it is known, as well as the\n\
         least known number in it:\n\n\
         - `verified`: read in the report itself;\n\
         - `secondary`: read in a source that quotes it;\n\
         - `recalled`: from memory, not checked.\n\n\
         A tier is of this metric alone: the surveys found theirs over several metrics together. Each standing carries in `limits`, in sentences,\n\
         what it cannot say: who was asked what, that they chose a range by what they believe, and when. In SQL the view `dora.benchmarks` has all\n\
         published answers, each with its `limits`.\n",
    );
    for (schema, about) in SCHEMAS {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n## {schema}\n\n{about}.\n");
        catalogue()?.iter().filter(|d| d.schema == *schema).for_each(|d| section(&mut out, d));
    }
    Ok(out)
}

fn section(out: &mut String, d: &Definition) {
    let better = match d.direction {
        Direction::Lower => "lower is better",
        Direction::Higher => "higher is better",
        Direction::Neither => "neither direction is better by itself",
    };
    let kind = match d.kind {
        Kind::Percentile => "percentile",
        Kind::Ratio => "ratio",
        Kind::Count => "count",
        Kind::Level => "level",
        Kind::Age => "age",
    };
    let since =
        d.since.map_or_else(String::new, |since| format!(", since the first {}", since.name().replace('_', " ")));
    let dimensions: Vec<_> = d.dimensions.iter().map(|d| d.name()).collect();
    let grains: Vec<_> = d.grains.iter().map(|g| g.name()).collect();
    let source = if d.source.starts_with("https://") { format!("<{}>", d.source) } else { d.source.clone() };
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "\n### {}\n\n{}\n\n| | |\n|---|---|\n| view | `{}` |\n| unit | {}, {better} |\n| kind | {kind}{since} |\n\
         | formula | {} |\n| grain | {} |\n| by | {} |\n| subject | {} |\n| standing from n | {} |\n| version | {} |\n| source | {source} |\n\n```sql\n{}\n```\n",
        d.title,
        d.description,
        d.view(),
        d.unit,
        d.formula,
        grains.join(", "),
        dimensions.join(", "),
        d.subject.map_or("", Subject::name).replace('_', " "),
        d.minimum_n,
        d.version,
        d.sql
    );
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
