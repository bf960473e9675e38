//! Statements that others hold: each is written once, and stands where they name it.

/// What they are named by, and what they are. Row policies hold for them wherever they stand, as for any other part of a statement.
const PARTS: [(&str, &str); 4] = [
    ("{repository_owners}", include_str!("../../sql/repository_owners.sql")),
    ("{dependencies}", include_str!("../../sql/dependencies.sql")),
    ("{named_project}", include_str!("../../sql/plan/named_project.sql")),
    ("{parents}", include_str!("../../sql/forecast/parents.sql")),
];

/// A statement with those in place of their names, which stand one step in.
pub(crate) fn with_parts(statement: &str) -> String {
    PARTS
        .iter()
        .fold(statement.to_owned(), |whole, (name, part)| whole.replace(name, &part.trim_end().replace('\n', "\n  ")))
}

#[cfg(test)]
mod tests {
    use super::with_parts;

    #[test]
    fn the_parts_stand_where_a_statement_names_them() {
        let whole = with_parts("SELECT 1 FROM (\n  {repository_owners}\n) AS owners, (\n  {dependencies}\n) AS links");
        assert!(whole.starts_with("SELECT 1 FROM (\n  -- ") && whole.contains("IS NULL\n) AS owners, ("), "{whole}");
        assert!(whole.contains("\n  FROM (\n    SELECT\n") && whole.ends_with("'depends on')\n) AS links"), "{whole}");
        assert_eq!(with_parts("SELECT 1"), "SELECT 1");
    }
}
