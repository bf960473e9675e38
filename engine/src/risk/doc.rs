//! `docs/risk-rules.md`, generated.

use super::rules;
use crate::Result;
use std::fmt::Write as _;

/// The rules as Markdown, one section a rule.
///
/// # Errors
/// As [`rules`].
pub fn rules_page() -> Result<String> {
    let mut out = String::from(
        "# Risk rules\n\n\
         Generated from `sql/risk/` by `make docs`; a test fails when it is stale. [risk.md](risk.md) says how they are asked,\n\
         combined and frozen.\n\n\
         `ramp(x)` is 0 up to the threshold `from`, 1 from `full` on, and straight between; in `ramp(z)` those are `z_from` and\n\
         `z_full`. A rule finds nothing where its score is 0.\n",
    );
    for rule in rules()? {
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\n## {}\n\n{}\n\n| | |\n|---|---|\n| rule | `{}`, view `risk.{}` |\n| about | {} |\n| weight | {} |\n\
             | score | {} |\n| says | {} |\n| shown by | {}s |\n| version | {} |\n| source | {} |\n\n| threshold | default | meaning |\n|---|---|---|\n",
            rule.title,
            rule.description,
            rule.name,
            rule.name,
            rule.subject.name(),
            rule.weight,
            rule.formula,
            rule.sentence.to_string().replace('|', "\\|"),
            rule.evidence.name().replace('_', " "),
            rule.version,
            rule.source
        );
        for threshold in &rule.thresholds {
            let _ = writeln!(
                out,
                "| `{}` | {} ({}) | {} |",
                threshold.name,
                threshold.default,
                threshold.unit.name(),
                threshold.description
            );
        }
        let _ = write!(out, "\n```sql\n{}\n```\n", rule.sql);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_of_rules_is_what_the_catalogue_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/risk-rules.md");
        let page = super::rules_page().unwrap();
        if std::env::var_os("PULSE_WRITE_DOCS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        assert!(
            std::fs::read_to_string(path).unwrap_or_default() == page,
            "docs/risk-rules.md is stale: run `make docs`"
        );
    }

    #[test]
    fn the_page_on_risk_names_every_rule_beside_what_it_is_about() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/risk.md")).unwrap();
        for rule in super::rules().unwrap() {
            let (start, name) = (format!("| {} | `", rule.subject.name()), format!("`{}`", rule.name));
            let is_told = page.lines().any(|line| line.starts_with(&start) && line.contains(&name));
            assert!(is_told, "docs/risk.md should name {name} beside {}", rule.subject.name());
        }
    }
}
