//! E-mail: to the server that the operator named, over TLS, one letter a connection.
//!
//! What a server says before it has the whole letter is certain: 4xx, and whatever goes wrong on the way, is tried again; 5xx to
//! sender, recipient or letter is final. Once the letter goes out, only an answer tells whether it was taken: when none comes, nobody
//! knows. Whoever sends it hears before its first byte does, and may hold it back. Its `Message-ID` is made of the delivery's key, by
//! which it can be looked for.

use super::Ending;
use super::letter::Letter;
use crate::secret::Secret;
use crate::{Error, Result};
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as Said;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as Sender, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use std::fmt::Display;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// How long a mail server is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection, and for the answer to a command.
    pub command: Duration,
    /// For the answer to the whole letter: RFC 5321, 4.5.3.2.6, asks for ten minutes, since who leaves earlier sends it twice.
    pub letter: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { command: Duration::from_secs(60), letter: Duration::from_secs(600) }
    }
}

/// The way to a mail server.
#[derive(Clone, Debug)]
pub struct Mail {
    host: String,
    port: u16,
    security: Security,
    user: Option<(String, Secret)>,
    from: Mailbox,
    patience: Patience,
}

/// How the way to the server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    /// TLS from the first byte on.
    Tls,
    /// TLS from `STARTTLS` on, without which nothing is sent.
    StartTls,
    /// Not at all: for a server on this machine.
    Plain,
}

impl Mail {
    /// The way to `smtps://USER@HOST:465`, over TLS, or `smtp://USER@HOST:587`, with STARTTLS. `smtp://localhost:25?tls=none` sends as
    /// plain text, to this machine alone. `from` is who the letters are from: `Pulse <pulse@example.com>`.
    ///
    /// # Errors
    /// [`Error::Usage`], with what is wrong.
    pub fn new(address: &str, password: Option<Secret>, from: &str) -> Result<Self> {
        let Way { host, port, security, user } = Way::of(address)?;
        let user = match (user.is_empty(), password) {
            (true, None) => None,
            (false, Some(password)) => Some((user, password)),
            (true, Some(_)) => return Err(wrong("names no user, and there is a password")),
            (false, None) => return Err(wrong("names a user, and there is no password: set PULSE_SMTP_PASSWORD")),
        };
        Ok(Self { host, port, security, user, from: mailbox(from)?, patience: Patience::default() })
    }

    /// Whether a mail server may be at an address, whatever its password is.
    ///
    /// # Errors
    /// [`Error::Usage`], with what is wrong.
    pub fn check_address(address: &str) -> Result<()> {
        Way::of(address).map(drop)
    }

    /// Whether letters may be from somebody.
    ///
    /// # Errors
    /// [`Error::Usage`], with what is wrong.
    pub fn check_sender(from: &str) -> Result<()> {
        mailbox(from).map(drop)
    }

    /// The same, as patient as that.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Hands a letter over to `to`. Before its first byte goes out, `goes_out` is told under which name: what it gives back is what
    /// the try comes to where it may not.
    pub(super) async fn send<G, F>(&self, to: &str, letter: &Letter<'_>, goes_out: G) -> Ending
    where
        G: FnOnce(String) -> F,
        F: Future<Output = Option<Ending>>,
    {
        let written = match letter.written(&self.from, to) {
            Ok(written) => written,
            Err(error) => return Ending::Never(error.to_string()),
        };
        let mut connection = match timeout(self.patience.command * 2, self.connect()).await {
            Ok(Ok(connection)) => connection,
            // Whatever is wrong here is wrong with the way to the server, and not with this letter.
            Ok(Err(error)) => {
                let why = format!("there is no way to the mail server {}:{}: {error}", self.host, self.port);
                return Ending::Again(None, why);
            }
            Err(_) => {
                let why = format!("the mail server {}:{} did not answer in time", self.host, self.port);
                return Ending::Again(None, why);
            }
        };
        let ending = match self.announce(&mut connection, to).await {
            Some(ending) => ending,
            None => {
                let known_as = format!("Message-ID {}", letter.message_id(&self.from));
                match goes_out(known_as.clone()).await {
                    Some(held_back) => held_back,
                    None => self.hand_over(&mut connection, &written, &known_as).await,
                }
            }
        };
        // The letter is where it is by now: how this ends changes nothing.
        timeout(Duration::from_secs(2), connection.abort()).await.ok();
        ending
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Said> {
        let (hello, tls) = (ClientId::default(), || TlsParameters::new(self.host.clone()));
        let wrapped = if self.security == Security::Tls { Some(tls()?) } else { None };
        let (server, patience) = ((self.host.as_str(), self.port), Some(self.patience.command));
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, patience, &hello, wrapped, None).await?;
        if self.security == Security::StartTls {
            connection.starttls(tls()?, &hello).await?;
        }
        if let Some((user, password)) = &self.user {
            let credentials = Credentials::new(user.clone(), password.tell().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }

    /// Says from whom and to whom a letter comes; what it comes to where the server does not want it.
    async fn announce(&self, connection: &mut AsyncSmtpConnection, to: &str) -> Option<Ending> {
        let Ok(address) = to.parse() else { return Some(Ending::Never(format!("`{to}` is no address"))) };
        let from = Sender::new(Some(self.from.email.clone()), Vec::new());
        if let Some(ending) = self.command(connection, from).await {
            return Some(ending);
        }
        if let Some(ending) = self.command(connection, Rcpt::new(address, Vec::new())).await {
            return Some(ending);
        }
        self.command(connection, Data).await
    }

    /// Hands over a letter that the server waits for.
    async fn hand_over(&self, connection: &mut AsyncSmtpConnection, written: &[u8], known_as: &str) -> Ending {
        match timeout(self.patience.letter, connection.message(written)).await {
            Ok(Ok(answer)) => {
                Ending::Delivered(format!("{} {}", answer.code(), answer.first_line().unwrap_or_default()))
            }
            Ok(Err(error)) => refused(&error).unwrap_or_else(|| {
                Ending::Unknown(format!("It went out ({known_as}), and the mail server did not answer: {error}"))
            }),
            Err(_) => Ending::Unknown(format!(
                "The mail server had the letter ({known_as}), and did not say in time what it did with it"
            )),
        }
    }

    /// Gives a command; what it comes to where the server does not go on.
    async fn command(&self, connection: &mut AsyncSmtpConnection, command: impl Display + Send) -> Option<Ending> {
        match timeout(self.patience.command, connection.command(command)).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(refused(&error).unwrap_or_else(|| Ending::Again(None, error.to_string()))),
            Err(_) => Some(Ending::Again(None, "the mail server did not answer in time".to_owned())),
        }
    }
}

/// What an address says of the way to a server.
struct Way {
    host: String,
    port: u16,
    security: Security,
    /// Empty where it names none.
    user: String,
}

impl Way {
    fn of(address: &str) -> Result<Self> {
        let url = Url::parse(address).map_err(|_| wrong("should be like smtps://user@mail.example.com"))?;
        if url.password().is_some() {
            return Err(wrong(
                "holds a password, which others on this machine can read: set PULSE_SMTP_PASSWORD, or --smtp-password-file",
            ));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("names no host"))?.to_owned();
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", None) => (Security::StartTls, 587),
            ("smtp", Some("tls=none")) if matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") => {
                (Security::Plain, 25)
            }
            ("smtp", Some("tls=none")) => return Err(wrong("says tls=none, which is for a server on this machine")),
            _ => return Err(wrong("should begin with smtps:// or smtp://")),
        };
        let (port, user) = (url.port().unwrap_or(port), percent_decoded(url.username()));
        Ok(Self { host: host.trim_matches(['[', ']']).to_owned(), port, security, user })
    }
}

fn wrong(why: &str) -> Error {
    Error::Usage(format!("the mail server's address {why}"))
}

fn mailbox(from: &str) -> Result<Mailbox> {
    from.parse::<Mailbox>()
        .map_err(|error| Error::Usage(format!("who mail is from should be like `Pulse <pulse@example.com>`: {error}")))
}

/// What a refusal means; `None` where the server said nothing.
fn refused(error: &Said) -> Option<Ending> {
    if error.is_permanent() {
        Some(Ending::Never(error.to_string()))
    } else if error.is_transient() {
        Some(Ending::Again(None, error.to_string()))
    } else {
        None
    }
}

/// A user's name as it is: in an address `@` and others stand as `%40`.
fn percent_decoded(text: &str) -> String {
    let pair = format!("u={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_private_the_way_is_and_holds_no_password() {
        let secret = || Some(Secret::kept("hunter2hunter2".to_owned()));
        let of = |address: &str, password| Mail::new(address, password, "Pulse <pulse@example.com>");
        let mail = of("smtps://ada%40example.com@mail.example.com", secret()).unwrap();
        assert_eq!((mail.port, mail.security), (465, Security::Tls));
        assert_eq!(mail.user.as_ref().unwrap().0, "ada@example.com");
        assert!(!format!("{mail:?}").contains("hunter2"));
        let mail = of("smtp://mail.example.com:2525", None).unwrap();
        assert_eq!((mail.port, mail.security), (2525, Security::StartTls));
        assert_eq!(of("smtp://127.0.0.1:1025?tls=none", None).unwrap().security, Security::Plain);
        for (address, password, why) in [
            ("smtps://ada:hunter2@mail.example.com", None, "holds a password"),
            ("smtps://ada@mail.example.com", None, "there is no password"),
            ("smtps://mail.example.com", secret(), "names no user"),
            ("smtp://mail.example.com?tls=none", None, "on this machine"),
            ("https://mail.example.com", None, "should begin with"),
            ("mail.example.com", None, "should be like"),
        ] {
            let error = of(address, password).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("hunter2"), "{address}: {error}");
        }
        assert!(Mail::new("smtp://localhost", None, "nobody").is_err());
    }
}
