//! By which server e-mail goes out.

use super::config::printed;
use crate::delivery::Mail;
use crate::secret::Secret;
use crate::{Error, Result};
use clap::Args;
use std::path::PathBuf;

/// The mail server of a process that delivers.
#[derive(Clone, Debug, Args)]
pub(super) struct MailArgs {
    /// The server that e-mail goes out by: smtps://USER@HOST (TLS), or smtp://USER@HOST (STARTTLS). Its password is in
    /// PULSE_SMTP_PASSWORD, or in a file, or printed by a command
    #[arg(long, value_name = "URL", env = "PULSE_SMTP_URL", requires = "mail_from")]
    smtp_url: Option<String>,
    /// Who e-mail is from, such as "Pulse <pulse@example.com>"
    #[arg(long, value_name = "MAILBOX", env = "PULSE_MAIL_FROM")]
    mail_from: Option<String>,
    /// The file with the password for the mail server
    #[arg(long, value_name = "FILE", env = "PULSE_SMTP_PASSWORD_FILE")]
    smtp_password_file: Option<PathBuf>,
    /// A command whose output is the password for the mail server, in the place of the file
    #[arg(long, value_name = "COMMAND", env = "PULSE_SMTP_PASSWORD_COMMAND")]
    smtp_password_command: Option<String>,
}

impl MailArgs {
    /// The way to the mail server; `None` where no e-mail goes out.
    pub(super) fn open(&self) -> Result<Option<Mail>> {
        let Some((address, from)) = self.smtp_url.as_deref().zip(self.mail_from.as_deref()) else { return Ok(None) };
        Mail::new(address, self.password()?.map(Secret::kept), from).map(Some)
    }

    /// The environment's `PULSE_SMTP_PASSWORD`, or else what the command prints, or else what the file holds.
    fn password(&self) -> Result<Option<String>> {
        if let Ok(password) = std::env::var("PULSE_SMTP_PASSWORD") {
            return Ok(Some(password));
        }
        if let Some(command) = &self.smtp_password_command {
            let failed =
                |why: String| Error::Usage(format!("the command that should print the mail server's password {why}"));
            return printed(command).map(Some).map_err(failed);
        }
        let Some(path) = &self.smtp_password_file else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|e| Error::file("read", path, e))?;
        Ok(Some(text.trim_end().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_what_a_command_prints_before_a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("password");
        std::fs::write(&kept, "kept\n").unwrap();
        let password = |command: Option<&str>| {
            let smtp_password_command = command.map(str::to_owned);
            let smtp_password_file = Some(kept.clone());
            MailArgs { smtp_url: None, mail_from: None, smtp_password_file, smtp_password_command }.password()
        };
        assert_eq!(password(None).unwrap().as_deref(), Some("kept"));
        assert_eq!(password(Some("echo printed")).unwrap().as_deref(), Some("printed"));
        let failed = password(Some("echo hunter2; exit 3")).unwrap_err().to_string();
        assert!(failed.contains("mail server's password ended with exit status: 3"), "{failed}");
        assert!(!failed.contains("hunter2"), "{failed}");
    }
}
