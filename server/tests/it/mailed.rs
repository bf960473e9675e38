//! Mail over TLS with a password, to a server whose certificate is known, and to one whose is not; and to one that is not there.

use crate::deliveries::parcel;
use crate::delivering::{MailServer, next, work};
use crate::flight_adbc::certificate_of;
use crate::rest::{Server, run};
use crate::world::{SECOND, acme};
use pulse_server::control::Outcome;
use pulse_server::delivery::{Channel, DeliveryState, Mail};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the certificate is that a process of its own knows.
const KNOWN: &str = "PULSE_TEST_KNOWN_CERTIFICATE";

/// What a try to send a letter comes to, with the server that it was for.
async fn tried(scheme: &str, folder: &Path, password: &str) -> Option<(Outcome, MailServer)> {
    let way = if scheme == "smtps" { "tls" } else { "starttls" };
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (file("cert.pem"), file("key.pem"));
    let begun = move || MailServer::speaking(&[way, &certificate, &key]);
    let mails = tokio::task::spawn_blocking(begun).await.unwrap()?;
    let server = Server::over("memory://".to_owned()).await;
    let to = [Channel::Mail("ada@example.com".into())];
    server.world.control().deliver(&acme(), &parcel("k"), &to, "test").await.unwrap();
    let outcome = next(&server, &work(&server, Some(mails.secured(scheme, password)))).await.unwrap();
    Some((outcome, mails))
}

/// A process that knows the certificate. Run without one, it does nothing: the test below begins it.
#[test]
fn a_process_that_knows_the_certificate() {
    let Some(folder) = std::env::var_os(KNOWN).map(PathBuf::from) else { return };
    run(async move {
        for scheme in ["smtps", "smtp"] {
            let (outcome, mails) = tried(scheme, &folder, "hunter2hunter2").await.unwrap();
            assert_eq!(outcome, Outcome::Done(Vec::new()), "{scheme}");
            assert_eq!(mails.told_of("ada@example.com", 1).await.len(), 1, "{scheme}");
            let letter = &mails.letters()[0];
            assert_eq!((&letter["by"], &letter["tls"]), (&json!("ada"), &json!(true)), "{scheme}");
            // It is wrong with the way, and not with the letter.
            let (outcome, mails) = tried(scheme, &folder, "another").await.unwrap();
            let is_refused =
                matches!(&outcome, Outcome::Wait(_, why) if why.contains("127.0.0.1:") && why.contains("535"));
            assert!(is_refused, "{scheme}: {outcome:?}");
            assert!(mails.letters().is_empty(), "{scheme}");
        }
    });
}

#[test]
fn a_letter_goes_over_tls_to_a_server_whose_certificate_is_known_and_that_knows_the_password() {
    let folder = tempfile::tempdir().unwrap();
    // One that vouches for itself alone: the end of a chain that could vouch for others is refused.
    certificate_of(folder.path(), &["-addext", "basicConstraints=critical,CA:FALSE"]);
    let (place, is_there) = (folder.path().to_owned(), crate::readers::python().is_some());
    run(async move {
        for scheme in ["smtps", "smtp"] {
            let Some((outcome, mails)) = tried(scheme, &place, "hunter2hunter2").await else { return };
            let is_refused = matches!(&outcome, Outcome::Wait(_, why) if why.contains("certificate"));
            assert!(is_refused, "{scheme}: {outcome:?}");
            assert!(mails.letters().is_empty(), "{scheme}");
        }
    });
    if !is_there {
        return;
    }
    // Which certificates are known, the environment of a process says.
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["mailed::a_process_that_knows_the_certificate", "--exact", "--nocapture"]);
    process.env(KNOWN, folder.path()).env("SSL_CERT_FILE", folder.path().join("cert.pem"));
    let done = process.output().unwrap();
    let said = [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_letter_for_a_server_that_is_not_there_is_tried_again_and_says_why() {
    run(async {
        let server = Server::over("memory://".to_owned()).await;
        // It is taken, so that nobody else listens there, and nobody does.
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let place = taken.local_addr().unwrap();
        let mail = Mail::new(&format!("smtp://{place}?tls=none"), None, "Pulse <pulse@example.com>").unwrap();
        let work = work(&server, Some(mail));
        let (control, to) = (server.world.control(), [Channel::Mail("ada@example.com".into())]);
        let id = control.deliver(&acme(), &parcel("k"), &to, "test").await.unwrap().remove(0);
        for (tries, seconds) in [(1, 30), (2, 120)] {
            let Some(Outcome::Wait(wait, why)) = next(&server, &work).await else { panic!("it is not tried again") };
            assert_eq!(i64::try_from(wait.as_micros()).unwrap(), seconds * SECOND);
            let said = format!("there is no way to the mail server {place}: ");
            assert!(why.starts_with(&said) && why.contains("refused"), "{why}");
            let (delivery, attempts) = control.delivery(&acme(), &id).await.unwrap().unwrap();
            assert_eq!((delivery.state, delivery.tries, delivery.reason), (DeliveryState::Failed, tries, why.clone()));
            let last = attempts.last().unwrap();
            assert_eq!((attempts.len() as i64, last.outcome.as_str(), &last.said), (tries, "again", &why));
            assert!(next(&server, &work).await.is_none(), "not before it is due");
            server.world.pass(seconds * SECOND);
        }
    });
}
