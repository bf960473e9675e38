//! The pages of `docs/`: what they name is there. The statements on them `docs_sql` asks, the commands `docs_run` runs, the requests
//! `docs_requests` sends, and what is written in Python `docs_python` does. That nothing is left out, `docs_blocks` sees to.
//!
//! - A link leads to a file, and to a heading of it; a file or folder of the repository that is named by its path is there, and
//!   so is a test that is named.
//! - A command line is one that the command takes. A word in capitals stands for a value, what is in brackets may be left out, and `…`
//!   is whatever else. Within a sentence a command may lack what it needs.
//! - A variable is a setting, and a path one of the API.

use crate::rest::{Server, run};
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use pulse_server::cli::Cli;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files whose variables are not Pulse's own, but of what starts or builds it.
const OTHERS: [&str; 4] =
    ["docker/compose.yaml", "docker/compose.production.yaml", "server/web/vite.config.ts", "Makefile"];

/// What of the repository's root pages name files of, and what is made there by a build or a script.
const FOLDERS: [&str; 8] = ["benches", "connectors", "data", "docker", "docs", "engine", "server", "sql"];
const MADE: [&str; 4] = ["benches/report.md", "benches/report-quick.md", "docker/secrets", "server/web/dist"];

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

pub(crate) fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A page: its path in the repository, and its text.
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Page {
    /// All of `docs/`, and those that people read first.
    pub(crate) fn all() -> Vec<Self> {
        let names =
            std::fs::read_dir(root("docs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut paths: Vec<String> =
            names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
        paths.extend(["README.md", "CONTRIBUTING.md"].map(str::to_owned));
        paths.sort();
        assert!(paths.len() > 25, "{paths:?}");
        paths.into_iter().map(|path| Self { text: read(&path), path }).collect()
    }

    pub(crate) fn is_generated(&self) -> bool {
        self.text.contains("\nGenerated from `")
    }

    /// Its blocks of code, fenced or indented.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let lines: Vec<&str> = self.text.lines().collect();
        let (mut blocks, mut at) = (Vec::new(), 0);
        while at < lines.len() {
            let begin = at;
            at += 1;
            if let Some(language) = lines[begin].strip_prefix("```") {
                while lines[at] != "```" {
                    at += 1;
                }
                blocks.push(Block {
                    language: language.to_owned(),
                    text: lines[begin + 1..at].join("\n"),
                    begin,
                    end: at + 1,
                });
                at += 1;
            } else if lines[begin].starts_with("    ") && lines[begin.saturating_sub(1)].is_empty() {
                while at < lines.len() && (lines[at].starts_with("    ") || lines[at].is_empty()) {
                    at += 1;
                }
                blocks.push(Block { language: String::new(), text: lines[begin..at].join("\n"), begin, end: at });
            }
        }
        blocks
    }

    /// Its lines outside of those.
    fn prose(&self) -> Vec<&str> {
        let blocks = self.blocks();
        let within = |line: usize| blocks.iter().any(|block| (block.begin..block.end).contains(&line));
        self.text.lines().enumerate().filter(|(line, _)| !within(*line)).map(|(_, text)| text).collect()
    }

    /// What stands there between backticks.
    pub(crate) fn spans(&self) -> Vec<String> {
        self.prose().join("\n").split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }
}

/// A block of code, with its first line and the one after its last, from 0.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

/// What a heading is called in an address, as GitHub has it.
fn anchor(heading: &str) -> String {
    // Of a link in a heading its words count.
    let address = |part: &str| part.find(')').map_or(0, |end| end + 1);
    let words: String =
        heading.split("](").enumerate().map(|(i, part)| if i == 0 { part } else { &part[address(part)..] }).collect();
    let kept = words.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect::<String>().to_lowercase()
}

fn anchors(page: &Page) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in page.prose() {
        let heading = line.trim_start_matches('#');
        if line.starts_with('#') && heading.starts_with(' ') {
            let anchor = anchor(heading.trim());
            let again = (1..).map(|n| format!("{anchor}-{n}"));
            let free = std::iter::once(anchor.clone()).chain(again).find(|anchor| !anchors.contains(anchor));
            anchors.extend(free);
        }
    }
    anchors
}

#[test]
fn every_link_leads_somewhere() {
    let (mut followed, mut wrong) = (0, Vec::new());
    for page in Page::all() {
        let targets = page.text.match_indices("](").filter_map(|(at, _)| page.text[at + 2..].split(')').next());
        for target in targets.filter(|target| !target.contains(':')) {
            followed += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(&page.path).parent().unwrap();
            let path = if file.is_empty() { PathBuf::from(&page.path) } else { folder.join(file) };
            let path = path.to_str().unwrap().to_owned();
            let known = || anchors(&Page { text: read(&path), path: path.clone() }).contains(heading);
            if !root(&path).exists() || (!heading.is_empty() && !known()) {
                wrong.push(format!("{}: {target}", page.path));
            }
        }
    }
    assert!(wrong.is_empty() && followed > 100, "{followed} links, of which lead nowhere: {wrong:#?}");
}

#[test]
fn the_readme_leads_to_every_page() {
    let readme = read("README.md");
    let pages = Page::all().into_iter().map(|page| page.path);
    let lacking: Vec<String> =
        pages.filter(|path| path != "README.md" && !readme.contains(&format!("({path})"))).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

fn benches() -> Page {
    let path = "benches/README.md".to_owned();
    Page { text: read(&path), path }
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let (mut found, mut wrong) = (0, Vec::new());
    for page in Page::all().into_iter().chain([benches()]) {
        let ends = |letter: char| !letter.is_ascii_alphanumeric() && !"/._-*".contains(letter);
        for word in page.text.split(ends).map(|word| word.trim_end_matches(['.', '/'])) {
            if !word.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder)) {
                continue;
            }
            let stands_for = |part: &str| is_placeholder(part.split('.').next().unwrap_or(part));
            let is_made = MADE.iter().any(|made| Path::new(word).starts_with(made));
            if word.split('/').any(stands_for) || is_made {
                continue;
            }
            found += 1;
            // Of what matches a pattern there is the folder at least.
            let plain = word.split_once('*').and_then(|(before, _)| before.rsplit_once('/'));
            if !root(plain.map_or(word, |(before, _)| before)).exists() {
                wrong.push(format!("{}: {word}", page.path));
            }
        }
    }
    assert!(wrong.is_empty() && found > 150, "{found} files, of which are not there: {wrong:#?}");
}

/// The tests that the sources below a folder have, by name.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("node_modules") {
            tests(&path, names);
        } else if path.extension().is_some_and(|ends| ends == "rs") {
            names.extend(tests_in(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The tests of a source: the function below each line that makes one a test, and those that are named to be run on both databases.
fn tests_in(text: &str) -> BTreeSet<String> {
    let is_test = |line: &str| line.starts_with("#[test]") || line.starts_with("#[tokio::test");
    let name = |line: &str| Some(line.split_once("fn ")?.1.split_once(['(', '<'])?.0.to_owned());
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let below = lines.windows(2).filter(|pair| is_test(pair[0])).filter_map(|pair| name(pair[1]));
    let calls = text.split("on_both! {").skip(1).filter_map(|call| call.split_once('}')?.0.split_once(';'));
    let named = calls.flat_map(|(_, promises)| promises.split_whitespace());
    below.chain(named.map(str::to_owned)).collect()
}

#[test]
fn a_test_is_told_from_a_function_that_is_none() {
    let source = "on_both! { World;\n    one\n    two\n}\nfn help() {}\n    #[tokio::test(flavor = \"multi_thread\")]\n    async fn three() {}\n\
                  // fn four() {}\n#[test]\nfn five() {}\nlet text = \"fn six() {}\";\n";
    assert_eq!(tests_in(source), BTreeSet::from(["one", "two", "three", "five"].map(str::to_owned)));
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let (mut known, mut found, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    ["benches", "connectors", "engine", "server"].iter().for_each(|folder| tests(&root(folder), &mut known));
    for page in Page::all().into_iter().chain([benches()]) {
        // Nothing else has as long a name.
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        for span in page.spans().iter().filter(|span| span.matches('_').count() >= 5 && span.chars().all(is_name)) {
            found += 1;
            if !known.contains(span) {
                wrong.push(format!("{}: {span}", page.path));
            }
        }
    }
    assert!(wrong.is_empty() && found > 15, "{found} tests, of which are not there: {wrong:#?}");
}

/// The commands in a text as a shell reads them: words without their quotes.
pub(crate) fn commands(text: &str) -> Vec<Vec<String>> {
    let (mut all, mut command, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let ended = format!("{text}\n");
    let mut letters = ended.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'\n') => {
                letters.next();
            }
            '"' | '\'' => {
                let quoted: String = letters.by_ref().take_while(|next| *next != letter).collect();
                word.get_or_insert_default().push_str(&quoted);
            }
            '#' if word.is_none() => while letters.next_if(|next| *next != '\n').is_some() {},
            ' ' => command.extend(word.take()),
            '\n' | '|' | ';' | '&' | '<' | '>' => {
                command.extend(word.take());
                all.push(std::mem::take(&mut command));
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    let variable = |word: &String| word.starts_with(|letter: char| letter.is_ascii_uppercase()) && word.contains('=');
    all.into_iter().map(|words| words.into_iter().skip_while(variable).collect()).collect()
}

/// Whether a word stands for a value that is to be put in.
pub(crate) fn is_placeholder(word: &str) -> bool {
    let word = word.trim_end_matches('…');
    !word.is_empty() && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
}

/// Why `pulse` would not take a command line, if it would not.
pub(crate) fn refused(words: &[String], within_a_sentence: bool) -> Option<String> {
    let bare = words.iter().map(|word| word.trim_matches(['[', ']']).to_owned());
    let words: Vec<String> = bare.take_while(|word| word != "…").collect();
    let error = Cli::command().try_get_matches_from(&words).err()?;
    let stands_for = words.iter().any(|word| is_placeholder(word));
    let lacks_value = words.last().is_some_and(|word| word.starts_with("--"));
    let fine = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::InvalidSubcommand | ErrorKind::ValueValidation => stands_for,
        ErrorKind::InvalidValue => stands_for || (within_a_sentence && lacks_value),
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => within_a_sentence,
        _ => false,
    };
    (!fine).then(|| format!("{}: {error}", words.join(" ")))
}

#[test]
fn every_command_is_one() {
    let makefile = format!("\n{}", read("Makefile"));
    let (mut tried, mut wrong) = (0, Vec::new());
    for page in Page::all() {
        let blocks = page.blocks().into_iter().filter(|block| block.language != "sql").map(|block| (block.text, false));
        for (text, within_a_sentence) in blocks.chain(page.spans().into_iter().map(|span| (span, true))) {
            for words in commands(&text) {
                match words.first().map(String::as_str) {
                    Some("pulse") => {
                        wrong.extend(refused(&words, within_a_sentence).map(|why| format!("{}: {why}", page.path)))
                    }
                    // In a container the service's name stands before what it is told to do.
                    Some("docker") => {
                        let service = words.iter().rposition(|word| word == "pulse").filter(|at| at + 1 < words.len());
                        let why = service.and_then(|at| refused(&words[at..], within_a_sentence));
                        wrong.extend(why.map(|why| format!("{}: {why}", page.path)));
                    }
                    Some("make") => {
                        let targets = words.iter().skip(1).filter(|word| !word.contains('='));
                        let unknown = targets.filter(|target| !makefile.contains(&format!("\n{target}:")));
                        wrong.extend(unknown.map(|target| format!("{}: make {target}", page.path)));
                    }
                    _ => continue,
                }
                tried += 1;
            }
        }
    }
    assert!(wrong.is_empty() && tried > 60, "{tried} commands, of which are none: {wrong:#?}");
}

/// What a page should say of a command, and does not: its name, and in the same row of a table the names of those below it.
fn untold(command: &clap::Command, page: &str) -> Vec<String> {
    let said = format!("`pulse {}", command.get_name());
    let rows: Vec<&str> = page.lines().filter(|line| line.contains(&said)).collect();
    if rows.is_empty() {
        return vec![command.get_name().to_owned()];
    }
    let is_told = |name: &str| {
        let first = format!("{said} {name}");
        rows.iter().any(|row| row.contains(&first) || row.contains(&format!("`{name}`")))
    };
    let below = command.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help");
    below.filter(|name| !is_told(name)).map(|name| format!("{} {name}", command.get_name())).collect()
}

#[test]
fn the_page_of_the_command_line_tells_every_command() {
    let (page, line) = (read("docs/cli.md"), Cli::command());
    let commands: Vec<&clap::Command> = line.get_subcommands().filter(|one| one.get_name() != "help").collect();
    let lacking: Vec<String> = commands.iter().flat_map(|command| untold(command, &page)).collect();
    assert!(lacking.is_empty() && commands.len() > 15, "docs/cli.md says nothing of {lacking:?}");
}

/// The variables that a text names.
fn variables(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_uppercase() && !letter.is_ascii_digit() && letter != '_');
    words.filter(|word| word.starts_with("PULSE_") && !word.ends_with('_')).collect()
}

#[test]
fn every_variable_is_a_setting() {
    let files = [["docs/settings.md"].as_slice(), OTHERS.as_slice()].concat().into_iter().map(read).collect::<String>();
    let known = variables(&files);
    assert!(known.contains("PULSE_LAKE") && known.len() > 30, "{known:?}");
    for page in Page::all() {
        let unknown: Vec<&str> = variables(&page.text).difference(&known).copied().collect();
        assert!(unknown.is_empty(), "{} names {unknown:?}, of which docs/settings.md does not know", page.path);
    }
}

/// Whether `path` is `known`, or the beginning of it, whose places in braces take anything.
fn leads(path: &[&str], known: &str) -> bool {
    let known: Vec<&str> = known.split('/').collect();
    path.len() <= known.len() && path.iter().zip(&known).all(|(part, known)| part == known || known.starts_with('{'))
}

#[test]
fn every_path_is_one_of_the_api() {
    run(async {
        let server = Server::start().await;
        let document: Value = server.get("/openapi.json").await.json().await.unwrap();
        let api = document["paths"].as_object().unwrap();
        let mut found = 0;
        for page in Page::all() {
            for (at, _) in page.text.match_indices("/api/v1/") {
                found += 1;
                let (before, rest) = page.text.split_at(at);
                let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"/{}_.-".contains(letter));
                let (path, after) = rest.split_at(end.unwrap_or(rest.len()));
                let path: Vec<&str> = path.trim_end_matches(['/', '.']).split('/').collect();
                let method = METHODS.iter().find(|method| before.ends_with(&format!("{method} ")));
                let place = format!("{}: {method:?} {}", page.path, path.join("/"));
                let mut under = api.iter().filter(|(known, _)| leads(&path, known)).peekable();
                assert!(under.peek().is_some(), "{place} is none");
                let mut whole = under.filter(|(known, _)| known.split('/').count() == path.len());
                if let Some(method) = method.filter(|_| !after.starts_with('…')) {
                    assert!(whole.any(|(_, takes)| takes.get(method.to_lowercase()).is_some()), "{place} is none");
                }
            }
        }
        assert!(found > 100, "{found} paths are named");
    });
}
