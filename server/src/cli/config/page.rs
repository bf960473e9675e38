//! The page of docs about the settings, which a test holds to what the command line says.

use super::setting::Line;
use crate::config::MODEL;
use std::fmt::Write as _;

const HEAD: &str = "# Settings

What is written here is made from the command line's own words (`PULSE_WRITE_DOCS=1` with the tests writes it anew).

Every option of `pulse serve` is a setting. It may be said on the command line, in the environment, or in a file, `pulse.toml` in the working
folder, or the one that `--config` or `PULSE_CONFIG` names. What is said in several counts in that order: the option, then the variable, then the
file, then the default. A variable that is set to nothing says nothing. Other commands take from the file and the environment what they share with `pulse serve`: the lake, the tenant, the time
zone, the control database and its secrets.

    time_zone = \"Europe/Berlin\"
    port = 8080
    roles = [\"api\"]
    control = { file = \"/run/secrets/database\" }

    [calendar]
    days = [\"mon\", \"tue\", \"wed\", \"thu\"]

- **All that is wrong is told at once**, with the line of the file or the name of the variable, before anything is begun. Exit code 2. A command looks at the settings
  that it has; `pulse config check` and `pulse serve` at all. Files of TLS are looked at.
  `pulse config check` tells, too, of two ports that are the same, of a certificate and a key that are no pair, of a certificate that is over, of a key that seals secrets and is none, and of a variable `PULSE_…` that has the name of a setting but for a slip. Whether a
  database or a store answers is told once a process begins. Of a file with a secret that everybody on the machine may read both say so, and go on.
- **Secrets need not stand in the file**: `{ file = \"…\" }` is read, and `{ command = \"…\" }` is run by `sh`, when a command needs the setting. Of a setting
  that is a secret the environment may name either, too: `DATABASE_URL_FILE`, `DATABASE_URL_COMMAND`.
- `pulse config check` tells whether all of it can be used, `pulse config show` each setting with where its value comes from (no secret, and no password of an address), and
  `pulse config explain KEY` what one is for.
- The object store's own variables (`AWS_…`, `GOOGLE_…`, `AZURE_…`) go to it as they are, those of its kind alone; a file or a command may tell its secrets, too:
  `AWS_SECRET_ACCESS_KEY_FILE`, `AWS_SECRET_ACCESS_KEY_COMMAND`, and so on ([cli.md](cli.md#a-lake-in-object-storage)). `PULSE_KEY` is the key that seals
  secrets, before any file or command; `PULSE_SMTP_PASSWORD` the mail server's password; `PULSE_TOKEN` what `pulse sql --server` shows a server. They are
  in the environment alone.
- What a tenant sets for itself (calendar, flow, people, targets, quotas) is no setting of the process, and goes before the file's
  ([mapping.md](mapping.md)).
- **A setting that changes** holds from the next start on. One with `yes` under reload does so already once the process is asked to read all of them anew
  (SIGHUP: `systemctl reload pulse`), as at a start: where anything is wrong nothing changes, and the log says what. It says, too, which took effect, and which wait
  for a start. What is under way goes on as it began. A process whose standard error is a terminal ends by SIGHUP, as when that is closed.
";

/// The page.
fn page() -> String {
    let mut text = String::from(HEAD);
    let mut group = "";
    for setting in Line::new().settings {
        if group != setting.group {
            group = setting.group;
            write!(text, "\n## {group}\n\n| `pulse.toml` | option | environment | what it is for | takes | default | reload |\n|---|---|---|---|---|---|---|\n").ok();
        }
        let default = setting.default().map(|default| format!("`{default}`")).unwrap_or_default();
        let secret = if setting.is_secret { " A secret." } else { "" };
        let (key, option, variable) = (&setting.key, setting.option(), &setting.variable);
        let words = setting.words().replace('|', "\\|");
        let takes = setting.takes();
        let reload = if setting.is_reloaded() { "yes" } else { "" };
        writeln!(text, "| `{key}` | `{option}` | `{variable}` | {words}.{secret} | {takes} | {default} | {reload} |")
            .ok();
    }
    text.push_str("\n## In the file alone\n\n| `pulse.toml` | what it is for | for example |\n|---|---|---|\n");
    for (key, words, example) in MODEL {
        writeln!(text, "| `{key}` | {words}. | `{example}` |").ok();
    }
    text
}

#[test]
fn the_page_of_settings_is_what_the_command_line_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md");
    if std::env::var_os("PULSE_WRITE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page(), "PULSE_WRITE_DOCS=1 writes it anew");
}
