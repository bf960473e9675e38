//! Who owns a repository: one statement, which others hold.

/// The statement. Row policies hold for it wherever it stands, as for any other part of a statement.
const OWNERS: &str = include_str!("../../sql/repository_owners.sql");

/// A statement with that one in place of its `{repository_owners}`, which stands one step in.
pub(crate) fn with_owners(statement: &str) -> String {
    statement.replace("{repository_owners}", &OWNERS.trim_end().replace('\n', "\n  "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_owners_stand_where_a_statement_names_them() {
        let whole = super::with_owners("SELECT 1 FROM (\n  {repository_owners}\n) AS owners");
        assert!(whole.starts_with("SELECT 1 FROM (\n  -- ") && whole.ends_with("IS NULL\n) AS owners"), "{whole}");
        assert!(whole.contains("\n  FROM (\n    SELECT\n"), "{whole}");
        assert_eq!(super::with_owners("SELECT 1"), "SELECT 1");
    }
}
