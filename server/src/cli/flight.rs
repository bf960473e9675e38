//! Where `pulse serve` answers over Flight SQL.

use super::certificate;
use crate::flight::Tls;
use crate::{Error, Result};
use clap::Args;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// The options of the door.
#[derive(Debug, Args)]
pub(super) struct FlightArgs {
    /// The port for Flight SQL; `off` when nothing should answer there [default: the one after --port]
    #[arg(long, value_name = "PORT", value_parser = port)]
    flight_port: Option<Port>,
    /// The certificate that the port for Flight SQL shows in TLS, and those that it hangs on, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", env = "PULSE_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", env = "PULSE_TLS_KEY")]
    tls_key: Option<PathBuf>,
}

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Off,
    At(u16),
}

/// A place where it can be listened.
pub(super) struct Opened {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<Tls>,
    /// What clients call it.
    pub(super) address: String,
    /// When the first certificate that it shows is over, in microseconds.
    pub(super) ends_at: Option<i64>,
}

impl FlightArgs {
    /// Opens the door, unless it is to stay shut. `beside` is the port of the REST API. Whether its certificate is good by `now`, which
    /// clients decide, the log says.
    pub(super) async fn open(&self, bind: IpAddr, beside: u16, now: i64) -> Result<Option<Opened>> {
        let port = match self.flight_port {
            Some(Port::Off) => return Ok(None),
            Some(Port::At(port)) => port,
            // Any free port stands beside any free port.
            None if beside == 0 => 0,
            None => beside.wrapping_add(1),
        };
        let mut ends_at = None;
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                let (certificate, key) = (read(certificate)?, read(key)?);
                certificate::check_pair(&certificate, &key)?;
                if let Some(why) = certificate::out_of_time(&certificate, now) {
                    tracing::warn!("{why}");
                }
                ends_at = certificate::ends_at(&certificate);
                Some(Tls::new(&certificate, &key))
            }
            _ => None,
        };
        let address = SocketAddr::new(bind, port);
        let failed = |source| Error::Listen { option: "--flight-port", address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let scheme = if tls.is_some() { "grpc+tls" } else { "grpc" };
        let address = format!("{scheme}://{}", listener.local_addr().map_err(failed)?);
        Ok(Some(Opened { listener, tls, address, ends_at }))
    }
}

fn port(text: &str) -> Result<Port, String> {
    match text {
        "off" | "0" => Ok(Port::Off),
        text => text.parse().map(Port::At).map_err(|_| "should be a port, or `off`".to_owned()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::file("read", path, error))
}

/// Whether a file can be --tls-cert.
///
/// # Errors
/// [`Error::File`], or [`Error::Usage`] when no certificate is in it.
pub(super) fn check_certificate(path: &Path) -> Result<()> {
    is_in::<CertificateDer<'_>>(path, "certificate")
}

/// Whether a file can be --tls-key.
///
/// # Errors
/// [`Error::File`], or [`Error::Usage`] when no private key is in it.
pub(super) fn check_key(path: &Path) -> Result<()> {
    is_in::<PrivateKeyDer<'_>>(path, "private key")
}

/// What is wrong with --tls-cert and --tls-key together, and with the time of the former. Of each by itself it was told before.
pub(super) fn unfit(certificate: &Path, key: &Path, now: i64) -> Vec<String> {
    let (Ok(certificate), Ok(key)) = (read(certificate), read(key)) else { return Vec::new() };
    let pair = certificate::check_pair(&certificate, &key).err().map(|error| error.to_string());
    pair.into_iter().chain(certificate::out_of_time(&certificate, now)).collect()
}

fn is_in<T: PemObject>(path: &Path, what: &str) -> Result<()> {
    let none = |_| Error::Usage(format!("{} holds no {what} in PEM", path.display()));
    T::from_pem_slice(&read(path)?).map(drop).map_err(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_is_at_a_port_or_shut() {
        assert_eq!(port("7879"), Ok(Port::At(7879)));
        assert_eq!((port("off"), port("0")), (Ok(Port::Off), Ok(Port::Off)));
        for wrong in ["", "on", "-1", "65536", "7879x"] {
            assert!(port(wrong).is_err(), "{wrong}");
        }
    }
    #[test]
    fn a_file_of_tls_is_known_by_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let [certificate, key, both] = ["certificate", "key", "both"].map(|name| folder.path().join(name));
        let pem = |what: &str| format!("-----BEGIN {what}-----\nMAA=\n-----END {what}-----\n");
        std::fs::write(&certificate, pem("CERTIFICATE")).unwrap();
        std::fs::write(&key, pem("PRIVATE KEY")).unwrap();
        std::fs::write(&both, pem("PRIVATE KEY") + &pem("CERTIFICATE")).unwrap();
        for (path, fits) in [(&certificate, [true, false]), (&key, [false, true]), (&both, [true, true])] {
            assert_eq!([check_certificate(path).is_ok(), check_key(path).is_ok()], fits, "{}", path.display());
        }
        let told = check_key(&certificate).unwrap_err().to_string();
        assert!(told.ends_with("certificate holds no private key in PEM"), "{told}");
    }
}
