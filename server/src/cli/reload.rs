//! What `pulse serve` takes anew while it runs: whoever changed settings asks for it by SIGHUP.

use super::Command;
use super::config::{self, Line};
use super::serve::Serve;
use crate::observe::Log;
use crate::queries::Queries;
use crate::{Config, Error, Result};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::AtomicU16;

/// How settings are read anew, and what held of each until now.
pub(super) struct Anew {
    line: Line,
    args: Vec<OsString>,
    values: BTreeMap<String, String>,
    /// Whoever asks for it, where it is heard.
    #[cfg(unix)]
    asked: Option<tokio::signal::unix::Signal>,
}

/// What of a process takes settings anew.
pub(super) struct Parts {
    /// The log, its levels.
    pub(super) log: Log,
    /// For how many seconds it goes on to answer once it is asked to end.
    pub(super) leave: Arc<AtomicU16>,
    /// The queries of one that answers any.
    pub(super) queries: Option<Queries>,
}

impl Anew {
    pub(super) fn new(line: Line, args: Vec<OsString>, values: BTreeMap<String, String>) -> Self {
        Self {
            line,
            args,
            values,
            #[cfg(unix)]
            asked: None,
        }
    }

    /// Hears from now on whoever asks, though nothing comes of it before [`Anew::whenever_asked`]: a process that does not hear the signal
    /// yet would end by it, while it starts.
    #[cfg(unix)]
    pub(super) fn listening(mut self) -> Self {
        use std::io::IsTerminal as _;
        use tokio::signal::unix::{SignalKind, signal};
        // A terminal that is closed ends what was begun in it, by the same signal.
        if !std::io::stderr().is_terminal() {
            self.asked = signal(SignalKind::hangup()).ok();
        }
        self
    }

    /// Nobody can ask here.
    #[cfg(not(unix))]
    pub(super) fn listening(self) -> Self {
        self
    }

    /// What is to be said of files with secrets that others may read.
    pub(super) fn open_to_others(&self, config: &Config) -> Vec<String> {
        config::open_to_others(&self.line, config, &self.values)
    }

    /// From now on, and for as long as the process lives, takes the settings anew whenever it is asked to.
    #[cfg(unix)]
    pub(super) fn whenever_asked(mut self, parts: Parts) {
        let Some(mut asked) = self.asked.take() else { return };
        tokio::spawn(async move {
            while asked.recv().await.is_some() {
                self.takes(&parts).await;
            }
        });
    }

    /// Nobody can ask here.
    #[cfg(not(unix))]
    pub(super) fn whenever_asked(self, _: Parts) {}

    async fn takes(&mut self, parts: &Parts) {
        let (line, args) = (self.line.clone(), self.args.clone());
        // Files are read, and commands may be run that tell secrets.
        let read = tokio::task::spawn_blocking(move || read(&line, &args)).await;
        let (serve, values) = match read.map_err(Error::from).and_then(|read| read) {
            Ok(read) => read,
            Err(error) => {
                return tracing::error!(%error, "the settings were read anew and cannot be used: what held goes on to hold");
            }
        };
        let (taken, waiting) = self.news(values);
        serve.changes(parts);
        // Somebody waits for an answer to what they asked for, and has the log alone: so it is told at the level that it has by default.
        tracing::warn!(taken, waiting_for_a_start = waiting, "the settings were read anew");
    }

    /// The settings that changed: those that are taken now, and those that wait for the next start.
    fn news(&mut self, values: BTreeMap<String, String>) -> (String, String) {
        let (mut taken, mut waiting) = (Vec::new(), Vec::new());
        for (key, value) in values {
            if self.values.get(&key) == Some(&value) {
                continue;
            }
            if self.line.settings.iter().any(|setting| setting.key == key && setting.is_reloaded()) {
                taken.push(key.clone());
                self.values.insert(key, value);
            } else {
                waiting.push(key);
            }
        }
        (taken.join(", "), waiting.join(", "))
    }
}

/// The settings as they are said now.
fn read(line: &Line, args: &[OsString]) -> Result<(Box<Serve>, BTreeMap<String, String>)> {
    let read = super::read(line, args)?;
    match read.cli.command {
        Command::Serve(serve) => Ok((serve, read.values)),
        _ => Err(Error::Usage("only `pulse serve` goes on long enough to read its settings anew".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_is_taken_is_told_once_and_one_that_waits_each_time() {
        let values = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let begun = values(&[("port", "1"), ("log", "warn"), ("query_rows", "10"), ("minimum_n", "None")]);
        let mut anew = Anew::new(Line::new(), Vec::new(), begun.clone());
        let told = |taken: &str, waiting: &str| (taken.to_owned(), waiting.to_owned());
        assert_eq!(anew.news(begun.clone()), told("", ""));
        let changed = values(&[("port", "2"), ("log", "info"), ("query_rows", "9"), ("minimum_n", "Some(5)")]);
        assert_eq!(anew.news(changed.clone()), told("log, query_rows", "minimum_n, port"));
        assert_eq!(anew.news(changed), told("", "minimum_n, port"), "the process has the first port still");
        assert_eq!(anew.news(begun), told("log, query_rows", ""), "it has what was said at its start");
    }
}
