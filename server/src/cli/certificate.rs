//! Whether a certificate and its key are a pair, and when the certificate is good.

use crate::{Error, Result};
use chrono::{DateTime, NaiveDateTime};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// Whether a key is that of the first of some certificates, all in PEM.
///
/// # Errors
/// [`Error::Usage`] when it is not, or nobody could use them.
pub(super) fn check_pair(certificates: &[u8], key: &[u8]) -> Result<()> {
    let wrong =
        |why: &str| Error::Usage(format!("the certificate and key of --tls-cert and --tls-key cannot be used: {why}"));
    let chain = chain(certificates).ok_or_else(|| wrong("a certificate is none"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| wrong("the key is none"))?;
    let pair = CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider());
    pair.map(drop).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => wrong("they are no pair, the key is of another certificate"),
        other => wrong(&other.to_string()),
    })
}

/// What is to be said of the time of some certificates in PEM: that of the first that is not good at an instant, in microseconds since 1970.
pub(super) fn out_of_time(certificates: &[u8], now: i64) -> Option<String> {
    let mut times = chain(certificates)?.into_iter().enumerate().filter_map(|(at, der)| Some((at, validity(&der)?)));
    times.find_map(|(at, (begin, end))| {
        let (is, instant) = match (now < begin, now > end) {
            (true, _) => ("is not good before", begin),
            (_, true) => ("was good until", end),
            _ => return None,
        };
        let instant = DateTime::from_timestamp_micros(instant)?.format("%Y-%m-%d %H:%M UTC");
        let which = if at == 0 { "the certificate".to_owned() } else { format!("certificate {} of the chain", at + 1) };
        Some(format!("{which} of --tls-cert {is} {instant}: clients refuse it"))
    })
}

/// When the first of some certificates in PEM is over, in microseconds since 1970.
pub(super) fn ends_at(certificates: &[u8]) -> Option<i64> {
    chain(certificates)?.iter().filter_map(|der| Some(validity(der)?.1)).min()
}

/// All certificates of a text in PEM; none where one of them is none.
fn chain(certificates: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(certificates).collect::<Result<_, _>>().ok()
}

/// The tag of a certificate's version, which may be left out (RFC 5280, 4.1).
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// From when until when a certificate is good.
fn validity(der: &[u8]) -> Option<(i64, i64)> {
    let (_, certificate, _) = element(der)?;
    let (_, mut body, _) = element(certificate)?;
    if body.first() == Some(&VERSION) {
        (_, _, body) = element(body)?;
    }
    // Its number, how it is signed, and by whom.
    for _ in 0..3 {
        (_, _, body) = element(body)?;
    }
    let (_, validity, _) = element(body)?;
    let (kind, begin, rest) = element(validity)?;
    let (other, end, _) = element(rest)?;
    Some((instant(kind, begin)?, instant(other, end)?))
}

/// An element of DER: its tag, what is in it, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
        (digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The instant that an element tells.
fn instant(tag: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let text = match tag {
        // Years of two digits are those from 1950 to 2049.
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    Some(NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?.and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Good from 1 January 2020 to noon of 1 February.
    const OVER: &[u8] = include_bytes!("../../tests/it/expired.pem");

    fn at(day: &str) -> i64 {
        instant(GENERALIZED_TIME, format!("{day}120000Z").as_bytes()).unwrap()
    }

    #[test]
    fn it_is_told_when_a_certificate_is_not_good() {
        assert_eq!(out_of_time(OVER, at("20200131")), None);
        assert_eq!(out_of_time(OVER, at("20200201")), None);
        let told = out_of_time(OVER, at("20200202")).unwrap();
        assert_eq!(told, "the certificate of --tls-cert was good until 2020-02-01 12:00 UTC: clients refuse it");
        let told = out_of_time(OVER, at("20191231")).unwrap();
        assert!(told.contains("is not good before 2020-01-01 00:00 UTC"), "{told}");
        assert_eq!(out_of_time(b"no certificate", 0), None);
        assert_eq!((ends_at(OVER), ends_at(b"no certificate")), (Some(at("20200201")), None));
    }

    #[test]
    fn an_instant_has_a_year_of_two_digits_or_four() {
        let day = |tag: u8, text: &str| {
            instant(tag, text.as_bytes()).map(|at| DateTime::from_timestamp_micros(at).unwrap().to_string())
        };
        assert_eq!(day(UTC_TIME, "491231235959Z").unwrap(), "2049-12-31 23:59:59 UTC");
        assert_eq!(day(UTC_TIME, "500101000000Z").unwrap(), "1950-01-01 00:00:00 UTC");
        assert_eq!(day(GENERALIZED_TIME, "20610201120000Z").unwrap(), "2061-02-01 12:00:00 UTC");
        for (tag, wrong) in [(UTC_TIME, ""), (UTC_TIME, "2601"), (GENERALIZED_TIME, "now"), (2, "20610201120000Z")] {
            assert_eq!(day(tag, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_element() {
        assert_eq!(element(&[4, 2, 1, 2, 3]), Some((4, &[1, 2][..], &[3][..])));
        assert_eq!(element(&[4, 0x81, 1, 9]), Some((4, &[9][..], &[][..])));
        for cut in [&[][..], &[4], &[4, 2, 1], &[4, 0x81], &[4, 0x82, 1], &[4, 0x85, 0, 0, 0, 0, 1, 9], &[4, 0xff]] {
            assert_eq!(element(cut), None, "{cut:?}");
        }
    }
}
