//! `pulse completions`.

use crate::Result;
use clap::Args;
use clap_complete::Shell;

/// Write a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse completions bash > ~/.local/share/bash-completion/completions/pulse")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, command: &mut clap::Command) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "pulse", &mut script);
        super::write(&String::from_utf8_lossy(&script))
    }
}
