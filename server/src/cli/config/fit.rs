//! Whether a value fits that the command line takes as any text, and a process refuses once it begins.

use crate::auth::Vault;
use crate::cli::{control, flight, place};
use crate::control::Control;
use crate::delivery::Mail;
use crate::jobs::Repositories;
use pulse_engine::{Settings, TenantId};
use std::path::Path;

/// What is wrong with a value of a setting. Nothing is asked of what it leads to.
pub(super) fn fault(key: &str, value: &str) -> Option<String> {
    let fits = match key {
        "lake" => place::check_lake(value),
        "backups" => place::check_backups(value),
        "tenant" => TenantId::new(value).map(drop).map_err(Into::into),
        "time_zone" => Settings::parse_time_zone(value).map(drop).map_err(Into::into),
        "repositories" => Repositories::new(Some(Path::new(value))).map(drop),
        "control" | "control_replica" => Control::check_address(value),
        "public_url" => control::public(value).map(drop),
        "smtp_url" => Mail::check_address(value),
        "mail_from" => Mail::check_sender(value),
        "tls_cert" => flight::check_certificate(Path::new(value)),
        "tls_key" => flight::check_key(Path::new(value)),
        _ => Ok(()),
    };
    fits.err().map(|error| without_passwords(&error.to_string()))
}

/// What is wrong with the key that seals secrets, where it is there already: the environment's, or that of the file, where `value` has what is
/// said of a setting, or else its default. A command that prints it is not run, and a file that may not be read is told by who needs it.
pub(super) fn fault_of_key(value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (place, text) = match std::env::var_os("PULSE_KEY") {
        Some(text) => ("PULSE_KEY".to_owned(), text.to_string_lossy().into_owned()),
        None if value("key_command").is_some_and(|command| !command.is_empty()) => return None,
        None => {
            let path = value("key_file")?;
            let text = std::fs::read_to_string(&path).ok()?;
            (path, text)
        }
    };
    Vault::new(&text).err().map(|error| format!("{place}: {error}"))
}

/// A text without the passwords of addresses in it, `scheme://user:password@host`, and without what is asked for there, behind a `?`.
pub(in crate::cli) fn without_passwords(text: &str) -> String {
    const BEGINS: &str = "://";
    const SECRET: &str = "(secret)";
    let (mut told, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(BEGINS) {
        let (scheme, address) = rest.split_at(at + BEGINS.len());
        // A password may have any letter but those that end an address in a text, also what an address begins with.
        let end = address.find(|c: char| c.is_whitespace() || "'\"`".contains(c)).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        let password = address.rfind('@').and_then(|at| Some((address.get(..at)?.find(':')?, at)));
        told.push_str(scheme);
        let host = match password {
            Some((colon, at)) => {
                told.extend([&address[..=colon], SECRET]);
                &address[at..]
            }
            None => address,
        };
        match host.split_once('?').filter(|(_, query)| !query.is_empty()) {
            Some((place, _)) => told.extend([place, "?", SECRET]),
            None => told.push_str(host),
        }
        rest = after;
    }
    told + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_would_refuse_is_told_before_it_begins() {
        for (key, value, why) in [
            ("lake", "ftp://host/lake", "is the scheme one"),
            ("lake", "lake", "an address looks like"),
            ("backups", "backups", "there can be no backups at backups: "),
            ("tenant", "../acme", "acme"),
            ("time_zone", "Mars", "`Mars` is not a time zone"),
            ("repositories", "/nowhere/at/all", "/nowhere/at/all"),
            ("control", "mysql://pulse:hunter2@host/db", "should begin with postgres:// or sqlite:"),
            ("control_replica", "host", "should begin with"),
            ("public_url", "https://ada:hunter2@host/path", "`https://ada:(secret)@host/path` is no address"),
            ("smtp_url", "smtps://ada:hunter2@host", "holds a password"),
            ("mail_from", "nobody", "should be like"),
            ("tls_cert", "/nowhere/at/all.pem", "/nowhere/at/all.pem"),
            ("tls_cert", "Cargo.toml", "holds no certificate in PEM"),
            ("tls_key", "Cargo.toml", "holds no private key in PEM"),
        ] {
            let told = fault(key, value).unwrap_or_else(|| panic!("{key}: {value}"));
            assert!(told.contains(why) && !told.contains("hunter2"), "{key}: {told}");
        }
        for (key, value) in [
            ("lake", "file://./.pulse/lake"),
            ("lake", "memory://"),
            ("lake", "s3://bucket/prefix"),
            ("backups", "s3://backups/pulse"),
            ("tenant", "acme"),
            ("time_zone", "Europe/Berlin"),
            ("repositories", "."),
            ("control", "sqlite:.pulse/control.db"),
            ("control", "postgres://pulse@host/pulse"),
            ("public_url", "https://pulse.example.com"),
            ("smtp_url", "smtps://ada@host"),
            ("mail_from", "Pulse <pulse@example.com>"),
            ("port", "not looked at here"),
        ] {
            assert_eq!(fault(key, value), None, "{key}: {value}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (text, told) in [
            ("smtps://ada:hunter2@host", "smtps://ada:(secret)@host"),
            ("is 's3://key:a/b@c@bucket/x' one?", "is 's3://key:(secret)@bucket/x' one?"),
            ("smtps://ada:hun://ter2@host and b://c:d@e", "smtps://ada:(secret)@host and b://c:(secret)@e"),
            ("http://ada:h?r@host/v1?key=abc is", "http://ada:(secret)@host/v1?(secret) is"),
            ("s3://bucket/x?token=abc", "s3://bucket/x?(secret)"),
            ("is it http://host/?", "is it http://host/?"),
            ("http://a:1@h, https://b:2@i", "http://a:(secret)@h, https://b:(secret)@i"),
            ("http://h:80\nops@acme.example", "http://h:80\nops@acme.example"),
        ] {
            assert_eq!(without_passwords(text), told);
        }
        for text in ["https://host:8443/", "smtps://ada@host", "ada@host:25", "Pulse <pulse@example.com>", ""] {
            assert_eq!(without_passwords(text), text);
        }
    }
}
