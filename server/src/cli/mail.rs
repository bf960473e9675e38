//! By which server e-mail goes out.

use crate::delivery::Mail;
use crate::secret::Secret;
use crate::{Error, Result};
use clap::Args;
use std::path::PathBuf;

/// The mail server of a process that delivers.
#[derive(Clone, Debug, Args)]
pub(super) struct MailArgs {
    /// The server that e-mail goes out by: smtps://USER@HOST (TLS), or smtp://USER@HOST (STARTTLS). Its password is in
    /// PULSE_SMTP_PASSWORD, or in a file
    #[arg(long, value_name = "URL", env = "PULSE_SMTP_URL", requires = "mail_from")]
    smtp_url: Option<String>,
    /// Who e-mail is from, such as "Pulse <pulse@example.com>"
    #[arg(long, value_name = "MAILBOX", env = "PULSE_MAIL_FROM")]
    mail_from: Option<String>,
    /// The file with the password for the mail server
    #[arg(long, value_name = "FILE", env = "PULSE_SMTP_PASSWORD_FILE")]
    smtp_password_file: Option<PathBuf>,
}

impl MailArgs {
    /// The way to the mail server; `None` where no e-mail goes out.
    pub(super) fn open(&self) -> Result<Option<Mail>> {
        let Some((address, from)) = self.smtp_url.as_deref().zip(self.mail_from.as_deref()) else { return Ok(None) };
        let password = match (std::env::var("PULSE_SMTP_PASSWORD"), &self.smtp_password_file) {
            (Ok(password), _) => Some(password),
            (Err(_), Some(path)) => {
                Some(std::fs::read_to_string(path).map_err(|e| Error::file("read", path, e))?.trim_end().to_owned())
            }
            (Err(_), None) => None,
        };
        Mail::new(address, password.map(Secret::kept), from).map(Some)
    }
}
