//! As what the things of a list were met, so that a reading of all of it lands what differs and nothing else, and tells by their numbers those
//! that it missed.

use super::cursor::Reach;
use super::listing::{Listing, MINUTE, has_its_turn};
use super::reader::Reader;
use crate::net::Trouble;
use crate::source::GONE;
use crate::{Met, met};
use pulse_engine::land::Payload;
use std::collections::HashMap;

impl Listing {
    /// What it is called, of a repository of that number.
    pub(super) fn name(&self, repository: &str) -> String {
        format!("{repository}/{}", self.stream)
    }

    /// Whether it is told what was met of it since it was read whole.
    pub(super) fn is_noted(&self, reach: &Reach) -> bool {
        reach.noted && (self.is_silent || reach.each)
    }

    /// Since when it is asked as what things of it were met, of a repository of that number, at a time by our clock: where it is to be read whole
    /// or is being read so.
    pub(super) fn known_since(&self, number: i64, reach: &Reach, is_whole: bool, now: i64) -> Option<i64> {
        let under_way = reach.lean.or(reach.walk.as_ref().and_then(|walk| walk.lean));
        let read = reach.read.filter(|_| self.is_noted(reach));
        // Whether it is to be read whole is decided later, by GitHub's clock. Where ours is wrong by more than this, all lands.
        let has_turn = |read: i64| [-10, 0, 10].iter().any(|by| has_its_turn(number, now + by * MINUTE, read));
        let may_have = |read: i64| self.is_silent && has_turn(read);
        under_way.or(read.filter(|read| is_whole || may_have(*read)))
    }

    /// What a payload is met as: the number of its thing, and the sum of what it says.
    pub(super) fn met(payload: &Payload) -> Option<(u64, u64)> {
        let (_, number) = payload.key.split_once('/')?;
        Some((number.parse().ok()?, met::sum(payload.body.bytes())))
    }
}

impl<'a> Reader<'a> {
    /// As what each thing of a list was met; nothing where that was not asked.
    pub(super) fn known_of(&self, listing: &Listing) -> Option<&'a Met> {
        self.known.get(&listing.name(&self.probe.id))
    }

    /// What tells as what things of a list were met at a time.
    pub(super) fn noted(&self, listing: &Listing, met: &[(u64, u64)], at: i64) -> Result<Option<Payload>, Trouble> {
        let told = met::payload(met, at)?;
        let key = |first: &str| format!("{}/{first}", listing.name(&self.probe.id));
        Ok(told.map(|told| Payload { key: key(&told.key), ..told }))
    }

    /// What tells that those of a list are gone that were met before a time and not since, and that this is known.
    pub(super) fn missed(&self, listing: &Listing, met: &HashMap<u64, u64>, at: i64) -> Result<Vec<Payload>, Trouble> {
        let missed = self.known_of(listing).into_iter().flat_map(|known| known.missed(at));
        let gone: Vec<(u64, u64)> =
            missed.filter(|number| !met.contains_key(number)).map(|number| (number, met::gone())).collect();
        let told = |(number, _): &(u64, u64)| self.text(listing.stream, &number.to_string(), at, GONE.to_owned());
        let mut payloads: Vec<Payload> = gone.iter().map(told).collect();
        payloads.extend(self.noted(listing, &gone, at)?);
        Ok(payloads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::cursor::Walk;
    use crate::github::listing::{DAY, LISTS};

    fn list(stream: &str) -> &'static Listing {
        LISTS.iter().find(|list| list.stream == stream).unwrap()
    }

    #[test]
    fn a_list_is_asked_of_where_it_is_to_be_read_whole_and_all_of_it_was_noted() {
        let read = |noted: bool| Reach { read: Some(100 * DAY), noted, ..Reach::default() };
        let since = |stream: &str, reach: &Reach, is_whole: bool, day: i64| {
            list(stream).known_since(0, reach, is_whole, day * DAY)
        };
        // The repository with the number 0 has its turn on the 28th day.
        assert_eq!(since("issues", &read(true), false, 127), None);
        assert_eq!(since("issues", &read(true), false, 128), Some(100 * DAY));
        assert_eq!(since("issues", &read(true), true, 101), Some(100 * DAY));
        assert_eq!(since("issues", &read(false), true, 128), None, "not all was noted");
        assert_eq!(since("deployments", &read(true), true, 128), None, "an earlier version did not note it");
        let each = Reach { each: true, ..read(true) };
        assert_eq!(since("deployments", &each, true, 101), Some(100 * DAY));
        assert_eq!(since("deployments", &each, false, 128), None, "it has no turn");
        assert_eq!(since("deployments", &Reach { noted: false, ..each }, true, 128), None, "not all was noted");
        assert_eq!(since("issues", &Reach::default(), true, 128), None, "it was never read");
        let under_way = Reach { walk: Some(Walk::whole(None, Some(7))), ..read(true) };
        assert_eq!(since("issues", &under_way, false, 101), Some(7));
        let to_be_told = Reach { lean: Some(8), ..read(true) };
        assert_eq!(since("issues", &to_be_told, false, 101), Some(8));
    }

    #[test]
    fn a_payload_is_met_by_its_number_as_what_it_says() {
        let payload = |key: &str| Payload {
            stream: "issues".to_owned(),
            key: key.to_owned(),
            observed_at: 1,
            body: "foobar".to_owned(),
        };
        assert_eq!(Listing::met(&payload("7/12")), Some((12, met::sum(*b"foobar"))));
        assert_eq!(Listing::met(&payload("7/main")), None);
    }
}
