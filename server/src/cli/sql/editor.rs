//! A terminal's lines: edited, completed, and remembered.

use super::text::statements;
use crate::{Error, Result};
use pulse_engine::session::{DEFAULT_SCHEMA, Listed, ListedSchema, function_names};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};

/// How many inputs are remembered.
const REMEMBERED: usize = 1_000;
/// What may be said beside statements.
pub(super) const COMMANDS: [&str; 5] = ["\\?", "\\d", "\\format", "\\q", "\\timing"];

/// Words of SQL that are completed.
const KEYWORDS: [&str; 52] = [
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS JOIN",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL JOIN",
    "GROUP BY",
    "HAVING",
    "IN",
    "INNER JOIN",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT JOIN",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "NULLS LAST",
    "OFFSET",
    "ON",
    "OR",
    "ORDER BY",
    "OVER",
    "PARTITION BY",
    "RIGHT JOIN",
    "SELECT",
    "SHOW TABLES",
    "THEN",
    "TRUE",
    "UNION ALL",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];

/// What somebody said.
pub(super) enum Said {
    /// Statements, or a command.
    Text(String),
    /// Nothing after all.
    Nothing,
    /// That they are done.
    End,
}

/// The lines of a terminal.
pub(super) struct Lines {
    editor: Editor<Names, FileHistory>,
    history: Option<PathBuf>,
}

impl Lines {
    /// Lines in which these names are completed.
    pub(super) fn new(names: Vec<ListedSchema>) -> Result<Self> {
        let config = Config::builder().history_ignore_space(true).completion_type(CompletionType::List);
        let config = config.max_history_size(REMEMBERED).map_err(failed)?.auto_add_history(true).build();
        let mut editor = Editor::with_config(config).map_err(failed)?;
        editor.set_helper(Some(Names(names)));
        let history = history().filter(|path| is_private(path));
        if let Some(path) = &history {
            // What cannot be remembered is no reason to answer nothing.
            drop(editor.load_history(path));
        }
        Ok(Self { editor, history })
    }

    /// What is said next.
    pub(super) fn next(&mut self) -> Result<Said> {
        match self.editor.readline("pulse> ") {
            Ok(text) => {
                if let Some(path) = &self.history {
                    drop(self.editor.append_history(path));
                }
                Ok(Said::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Said::Nothing),
            Err(ReadlineError::Eof) => Ok(Said::End),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: ReadlineError) -> Error {
    Error::Output(std::io::Error::other(format!("the terminal: {error}")))
}

/// Where what was said is remembered: in the user's folder for states.
fn history() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let states = named("XDG_STATE_HOME").or_else(|| Some(named("HOME")?.join(".local/state")))?;
    Some(states.join("pulse").join("sql-history"))
}

/// Whether there is a file that nobody else may read: statements may have in them what is nobody else's.
fn is_private(path: &Path) -> bool {
    let (mut folder, mut file) = (DirBuilder::new(), File::options());
    folder.recursive(true);
    file.append(true).create(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    }
    let made = path.parent().is_some_and(|parent| folder.create(parent).is_ok());
    let Some(file) = made.then(|| file.open(path).ok()).flatten() else { return false };
    #[cfg(unix)]
    let is_private = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).is_ok();
    #[cfg(not(unix))]
    let is_private = file.sync_all().is_ok();
    is_private
}

/// Names that are completed.
pub(super) struct Names(pub(super) Vec<ListedSchema>);

impl Names {
    /// The table of that name: of that schema, or of the one that bare names are looked up in.
    pub(super) fn table(&self, name: &str) -> Option<&Listed> {
        let (schema, table) = name.rsplit_once('.').unwrap_or((DEFAULT_SCHEMA, name));
        let same = |known: &str, said: &str| known.eq_ignore_ascii_case(said);
        let schema = self.0.iter().find(|known| same(&known.name, schema))?;
        schema.tables.iter().find(|known| same(&known.name, table))
    }

    /// Where the last word of a line begins, and what it may become.
    fn candidates(&self, line: &str) -> (usize, Vec<String>) {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '\\' | '?');
        let start = line
            .rfind(|c| !part(c))
            .map_or(0, |at| at + line.get(at..).and_then(|c| c.chars().next()).map_or(1, char::len_utf8));
        let word = line.get(start..).unwrap_or_default();
        let lower = word.to_ascii_lowercase();
        let tables = self
            .0
            .iter()
            .flat_map(|schema| schema.tables.iter().map(|table| format!("{}.{}", schema.name, table.name)));
        if lower.starts_with('\\') && start == 0 {
            return (
                start,
                COMMANDS.iter().filter(|command| command.starts_with(&lower)).map(|c| (*c).to_owned()).collect(),
            );
        }
        if line.trim_start().starts_with("\\d") {
            return (start, tables.filter(|name| name.starts_with(&lower)).collect());
        }
        let columns = || {
            let words = line.split(|c: char| !part(c)).filter_map(|word| self.table(word));
            words.flat_map(|table| table.columns.iter().map(|column| column.name.clone()))
        };
        let mut found: Vec<String> = match word.rsplit_once('.') {
            Some((before, _)) if !self.0.iter().any(|schema| schema.name.eq_ignore_ascii_case(before)) => {
                columns().map(|column| format!("{before}.{column}")).collect()
            }
            Some(_) => tables.collect(),
            None => {
                let is_upper = word.chars().any(|c| c.is_ascii_uppercase());
                let spelled = |word: &str| if is_upper { word.to_uppercase() } else { word.to_lowercase() };
                let keywords = KEYWORDS.iter().map(|word| spelled(word));
                let functions = if word.is_empty() || awaits_table(line.get(..start).unwrap_or_default()) {
                    Vec::new()
                } else {
                    function_names()
                };
                let functions = functions.iter().map(|name| spelled(name) + "(");
                let schemas = self.0.iter().map(|schema| format!("{}.", schema.name));
                let bare =
                    self.0.iter().filter(|schema| schema.name == DEFAULT_SCHEMA).flat_map(|schema| &schema.tables);
                columns()
                    .chain(bare.map(|table| table.name.clone()))
                    .chain(schemas)
                    .chain(keywords)
                    .chain(functions)
                    .collect()
            }
        };
        found.retain(|name| name.to_ascii_lowercase().starts_with(&lower));
        found.sort();
        found.dedup();
        (start, found)
    }
}

/// Whether what comes next is the name of a table: no function that gives a value stands there.
fn awaits_table(before: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or_default();
    ["from", "join"].iter().any(|word| last.eq_ignore_ascii_case(word))
}

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.candidates(line.get(..at).unwrap_or(line)))
    }
}

impl Validator for Names {
    /// A statement goes on until its semicolon, over as many lines as it takes.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_whole = text.trim_start().starts_with('\\') || statements(text).1.is_empty();
        Ok(if is_whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::session::ListedColumn;

    fn names() -> Names {
        let column =
            |name: &str| ListedColumn { name: name.into(), kind: "Utf8".into(), nullable: true, about: String::new() };
        let table = |name: &str, columns: &[&str]| Listed {
            name: name.into(),
            is_view: false,
            about: String::new(),
            rows: None,
            columns: columns.iter().map(|name| column(name)).collect(),
        };
        let schema = |name: &str, tables| ListedSchema { name: name.into(), about: String::new(), tables };
        Names(vec![
            schema("core", vec![table("commits", &["sha", "title"]), table("teams", &["name"])]),
            schema("facts", vec![table("changes", &["lead_seconds", "team_id"])]),
        ])
    }

    #[test]
    fn a_word_becomes_what_may_stand_in_its_place() {
        let names = names();
        let of = |line: &str| names.candidates(line);
        assert_eq!(of("SELECT * FROM core.c"), (14, vec!["core.commits".to_owned()]));
        assert_eq!(of("SELECT * FROM ch"), (14, vec!["changes".to_owned()]));
        assert_eq!(of("SELECT le").1, ["lead(", "least(", "left join", "left("]);
        assert_eq!(of("SELECT 1 FROM changes WHERE lea").1, ["lead(", "lead_seconds", "least("]);
        assert_eq!(of("SELECT date_tr"), (7, vec!["date_trunc(".to_owned()]));
        assert_eq!(of("SELECT PERIOD").1, ["PERIOD_START("]);
        assert_eq!(of("SELECT 1 FROM changes LEFT JOIN le").1, ["lead_seconds", "left join"]);
        assert_eq!(of("SELECT 1 FROM core.commits c WHERE c.s"), (35, vec!["c.sha".to_owned()]));
        assert_eq!(of("SEL").1, ["SELECT"]);
        assert_eq!(of("sel").1, ["select"]);
        assert_eq!(of("\\").1, COMMANDS);
        assert_eq!(of("\\d fa"), (3, vec!["facts.changes".to_owned()]));
        assert_eq!(of("SELECT 'ü' fr"), (12, vec!["from".to_owned(), "from_unixtime(".to_owned()]));
        assert_eq!(of("").0, 0);
    }

    #[test]
    fn a_bare_name_is_looked_up_where_statements_look_it_up() {
        let names = names();
        assert!(names.table("changes").is_some() && names.table("CORE.Teams").is_some());
        assert!(names.table("teams").is_none() && names.table("core.nothing").is_none());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_what_was_said() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/pulse/sql-history");
        assert!(is_private(&path));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(is_private(&path), "though somebody made it readable");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!is_private(&path.join("below/a/file")));
    }
}
