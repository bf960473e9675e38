//! Whether settings fit each other and the time, which fit each by itself.

use crate::cli::flight;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// What cannot be together at an instant, where `value` has what is said of a setting, or else its default.
pub(super) fn faults(value: impl Fn(&str) -> Option<String>, now: i64) -> Vec<String> {
    let mut faults = Vec::new();
    if let (Some(certificate), Some(key)) = (value("tls_cert"), value("tls_key")) {
        faults.extend(flight::unfit(Path::new(&certificate), Path::new(&key), now));
    }
    // What is no value of its setting was told before.
    let bind = value("bind").and_then(|bind| bind.parse::<IpAddr>().ok());
    let port = value("port").and_then(|port| port.parse::<u16>().ok()).unwrap_or(0);
    let flight = match value("flight_port") {
        Some(said) if said == "off" => 0,
        // The one after that of REST, unless said.
        said => said.and_then(|said| said.parse().ok()).unwrap_or(if port == 0 { 0 } else { port.wrapping_add(1) }),
    };
    let answers = value("roles").is_some_and(|roles| roles.split(',').any(|role| role == "api"));
    let mut doors = Vec::new();
    if let Some(bind) = bind.filter(|_| answers) {
        doors.extend([("port", SocketAddr::new(bind, port)), ("flight_port", SocketAddr::new(bind, flight))]);
    }
    doors.extend(value("metrics").and_then(|address| Some(("metrics", address.parse().ok()?))));
    for (place, (name, door)) in doors.iter().enumerate() {
        let same = |(_, other): &&(&str, SocketAddr)| {
            let meets = door.ip() == other.ip() || door.ip().is_unspecified() || other.ip().is_unspecified();
            // 0 is any that is free.
            meets && door.port() == other.port() && door.port() != 0
        };
        if let Some((before, _)) = doors.iter().take(place).find(same) {
            faults.push(format!("`{before}` and `{name}` are both at port {}: give one of them another", door.port()));
        }
    }
    faults
}

/// Variables of programs beside this one.
const OF_OTHERS: [&str; 1] = ["PULSE_BIN"];

/// What is to be said of variables that are no setting and have the name of one but for a slip. What else there is, is not ours to judge:
/// Kubernetes sets some for a service of the name `pulse`.
pub(super) fn misspelt(set: impl Iterator<Item = String>, known: &[&str]) -> Vec<String> {
    let is_unknown = |name: &String| {
        let name = name.as_str();
        name.starts_with("PULSE_") && !known.contains(&name) && !OF_OTHERS.contains(&name)
    };
    let told = |name: String| {
        let meant = known.iter().find(|known| is_slip(&name, known))?;
        Some(format!("there is no variable {name}; is `{meant}` meant?"))
    };
    set.filter(is_unknown).filter_map(told).collect()
}

/// Whether two names differ by one letter, or by two neighbours that are swapped.
fn is_slip(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let begin = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[begin..], &other[begin..]);
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&one[..one.len() - end], &other[..other.len() - end]) {
        ([a, b], [c, d]) => a == d && b == c,
        (one, other) => one.len() <= 1 && other.len() <= 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::Line;

    fn told(pairs: &[(&str, &str)]) -> Vec<String> {
        let all = Line::new().settings;
        let value = |key: &str| {
            let said = pairs.iter().find(|(known, _)| *known == key).map(|(_, value)| (*value).to_owned());
            said.or_else(|| all.iter().find(|setting| setting.key == key)?.default())
        };
        faults(value, 0)
    }

    #[test]
    fn two_doors_are_not_at_one_port() {
        assert_eq!(
            told(&[("port", "7878"), ("flight_port", "7878")]),
            ["`port` and `flight_port` are both at port 7878: give one of them another"]
        );
        assert_eq!(told(&[("metrics", "0.0.0.0:7879")]).len(), 1, "that of Flight SQL is the one after");
        for fits in [
            &[("port", "7878"), ("flight_port", "off")][..],
            &[("port", "0"), ("flight_port", "0")],
            &[("metrics", "10.0.0.1:7878"), ("bind", "10.0.0.2")],
            &[("metrics", "127.0.0.1:7878"), ("roles", "worker")],
            &[],
        ] {
            assert_eq!(told(fits), Vec::<String>::new(), "{fits:?}");
        }
    }

    #[test]
    fn a_variable_that_is_nearly_a_setting_is_told() {
        let known = ["PULSE_LAKE", "PULSE_BIND", "PULSE_JOBS", "PULSE_HTTP_PORT"];
        let told = |name: &str| misspelt([name.to_owned()].into_iter(), &known);
        assert_eq!(told("PULSE_LAEK"), ["there is no variable PULSE_LAEK; is `PULSE_LAKE` meant?"]);
        assert_eq!(told("PULSE_JOB").len() + told("PULSE_JOBSS").len() + told("PULSE_JOBZ").len(), 3);
        for name in ["PULSE_LAKE", "PULSE_BIN", "PULSE_PORT", "PULSE_CACHE", "PULSE_PYTHON", "LAEK"] {
            assert_eq!(told(name), Vec::<String>::new(), "{name}");
        }
    }
}
