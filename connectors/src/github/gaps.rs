//! Pages of the list of runs that GitHub does not answer: told ten runs at a time, and one by one where these fail, so that a run that fails
//! keeps none of the others from being read. Nobody says which one it is, but between which others it stands: the time between these is a gap,
//! and is asked for with each reading until GitHub tells it. Where several in a row fail, reading goes on further back.

use super::client::Found;
use super::cursor::{micros, written};
use super::listing::DAY;
use super::reader::Reader;
use super::runs::RUNS;
use super::untold::ENOUGH;
use crate::net::Trouble;
use pulse_engine::land::Payload;
use serde_json::Value;

/// How many runs are asked for at once.
const PAGE: u32 = 100;
/// How many of them are asked for at once where that fails: a page holds as many times as many.
const SOME: u32 = 10;
/// How far back reading goes on behind runs of which several in a row fail.
const FURTHER: [i64; 2] = [DAY, 35 * DAY];
/// How the key of a gap begins, which goes on as the span that it is.
const GAP: &str = "made/";
/// How many pages of a gap are read at once: as many as GitHub hands out of a search.
const PAGES: usize = 10;

/// A span of time, its ends among it, each without one where it is open. GitHub writes all times alike, so that they compare as texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span<'a> {
    pub(super) from: Option<&'a str>,
    pub(super) until: Option<&'a str>,
}

impl<'a> Span<'a> {
    /// The one that is written so.
    fn of(text: &'a str) -> Self {
        let (from, until) = text.split_once("..").unwrap_or((text, "*"));
        let end = |end: &'a str| Some(end).filter(|end| *end != "*");
        Self { from: end(from), until: end(until) }
    }

    /// As GitHub takes it in a search.
    fn text(self) -> String {
        format!("{}..{}", self.from.unwrap_or("*"), self.until.unwrap_or("*"))
    }

    /// Whether both hold some of the same time, and more than an end.
    fn meets(self, other: Self) -> bool {
        let begins_before = |a: Self, b: Self| a.from.zip(b.until).is_none_or(|(from, until)| from < until);
        begins_before(self, other) && begins_before(other, self)
    }

    /// All from the beginning of the one that begins first to the end of the one that ends last.
    fn with(self, other: Self) -> Self {
        let ends = |a: Option<&'a str>, b: Option<&'a str>| a.zip(b);
        Self {
            from: ends(self.from, other.from).map(|(a, b)| a.min(b)),
            until: ends(self.until, other.until).map(|(a, b)| a.max(b)),
        }
    }
}

/// A page of the list of runs.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) runs: Vec<Value>,
    /// When it was told, by GitHub's clock.
    pub(super) at: i64,
    pub(super) etag: Option<String>,
    /// Whether there are more pages.
    pub(super) more: bool,
    /// The spans of it that are not told, as texts, and why.
    pub(super) gaps: Vec<(String, Trouble)>,
}

impl Listed {
    /// When the last of them was made.
    fn last(&self) -> Option<String> {
        self.runs.last().and_then(made).map(str::to_owned)
    }

    fn leave(&mut self, from: Option<&str>, until: Option<&str>, trouble: Trouble) {
        self.gaps.push((Span { from, until }.text(), trouble));
    }
}

/// When a run was made.
fn made(run: &Value) -> Option<&str> {
    run["created_at"].as_str()
}

impl Reader<'_> {
    /// A page of the runs of a span; none where nothing changed. Where GitHub does not answer it, what it tells of it: runs made before `floor`
    /// are not wanted, and where `stuck` it is known to fail, so that all that is not told is a gap where nothing is.
    pub(super) async fn runs_page(
        &self,
        span: Span<'_>,
        page: u32,
        etag: Option<&str>,
        floor: Option<&str>,
        stuck: bool,
    ) -> Result<Option<Listed>, Trouble> {
        match self.some_runs(span, PAGE, page, etag).await {
            Err(Trouble::Again(_) | Trouble::TooMuch(_)) => self.in_pieces(span, page, floor, stuck).await.map(Some),
            told => told,
        }
    }

    /// So many runs of a span.
    async fn some_runs(
        &self,
        span: Span<'_>,
        size: u32,
        page: u32,
        etag: Option<&str>,
    ) -> Result<Option<Listed>, Trouble> {
        let path = format!("repos/{}/actions/runs", self.probe.name());
        let (size, number, created) = (size.to_string(), page.to_string(), span.text());
        let mut query = vec![("per_page", size.as_str()), ("page", number.as_str())];
        query.extend(Some(("created", created.as_str())).filter(|_| span != Span::default()));
        let Some(Found { mut body, at, etag, more }) = self.client.get(&path, &query, etag).await? else {
            return Ok(None);
        };
        let runs = body.get_mut("workflow_runs").map(Value::take);
        let Some(Value::Array(runs)) = runs else {
            return Err(Trouble::Again("it sent no list of workflow runs".to_owned()));
        };
        Ok(Some(Listed { runs, at, etag, more, gaps: Vec::new() }))
    }

    async fn in_pieces(&self, span: Span<'_>, page: u32, floor: Option<&str>, stuck: bool) -> Result<Listed, Trouble> {
        let mut all = Listed { at: self.probe.at, ..Listed::default() };
        // Why those fail that stand behind the last that is told, and how many they are.
        let (mut failing, mut in_a_row) = (None, 0);
        // How many each window holds, and where it stands: the first one is taken first.
        let mut windows: Vec<(u32, u32)> = ((page - 1) * SOME + 1..=page * SOME).rev().map(|at| (SOME, at)).collect();
        let mut behind = page * PAGE;
        loop {
            let (size, place) = match windows.pop() {
                Some(window) => window,
                None if failing.is_none() => return Ok(all),
                // Where the last one of the page stands is told by the one behind it.
                None => {
                    behind += 1;
                    (1, behind)
                }
            };
            match self.some_runs(span, size, place, None).await {
                Ok(None) => return Ok(all),
                Ok(Some(Listed { runs, at, more, .. })) => {
                    (all.at, all.more, in_a_row) = (at, more, 0);
                    if let Some(trouble) = failing.take() {
                        let until = all.last();
                        let from = runs.first().and_then(made).or(floor);
                        all.leave(from, until.as_deref().or(span.until), trouble);
                    }
                    all.runs.extend(runs);
                    if !more {
                        return Ok(all);
                    }
                }
                Err(Trouble::Again(_) | Trouble::TooMuch(_)) if size > 1 => {
                    windows.extend(((place - 1) * size + 1..=place * size).rev().map(|one| (1, one)));
                }
                Err(trouble @ (Trouble::Again(_) | Trouble::TooMuch(_))) => {
                    in_a_row += 1;
                    if in_a_row >= ENOUGH {
                        return self.further_back(span, floor, stuck, all, trouble).await;
                    }
                    failing.get_or_insert(trouble);
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Goes on with what was made a while before those that fail. Where GitHub tells nothing of that either, it is rather the list that fails than
    /// some of them: then it is asked for again with the next reading, unless some of this page are told, or it is known to fail behind others.
    async fn further_back(
        &self,
        span: Span<'_>,
        floor: Option<&str>,
        stuck: bool,
        mut all: Listed,
        failed: Trouble,
    ) -> Result<Listed, Trouble> {
        let last = all.last().or_else(|| span.until.map(str::to_owned));
        let at = last.as_deref().and_then(micros).unwrap_or(self.probe.at);
        for further in FURTHER {
            let until = written(at - further);
            if floor.is_some_and(|floor| until.as_str() < floor) {
                break;
            }
            match self.some_runs(Span { until: Some(until.as_str()), ..span }, PAGE, 1, None).await {
                Ok(Some(Listed { runs, at, more, .. })) => {
                    all.leave(runs.first().and_then(made).or(floor), last.as_deref(), failed);
                    (all.at, all.more) = (at, more);
                    all.runs.extend(runs);
                    return Ok(all);
                }
                Ok(None) | Err(Trouble::Again(_) | Trouble::TooMuch(_)) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        if last.is_none() || (all.runs.is_empty() && !stuck) {
            return Err(failed);
        }
        all.leave(floor, last.as_deref(), failed);
        all.more = false;
        Ok(all)
    }

    /// The gaps that are known, as texts.
    fn gaps(&self) -> impl Iterator<Item = &str> {
        let of_runs = self.part.untold.keys().filter_map(|what| what.strip_prefix(RUNS)?.strip_prefix('/'));
        of_runs.filter_map(gap_of)
    }

    /// Whether some of the list of runs is not told.
    pub(super) fn has_gaps(&self) -> bool {
        self.gaps().next().is_some()
    }

    /// Whether the list of runs is known to fail: it did the last time, or some of it is not told.
    pub(super) fn is_stuck(&self) -> bool {
        self.part.problems.contains_key(RUNS) || self.has_gaps()
    }

    /// Notes what of the list of runs is not told, and what is to be told of that. One that meets others makes one gap of all of them, but for
    /// `within`, which is over.
    pub(super) fn leave_gaps(
        &mut self,
        gaps: Vec<(String, Trouble)>,
        within: Option<&str>,
        at: i64,
    ) -> Result<Vec<Payload>, Trouble> {
        let mut told = Vec::new();
        for (gap, trouble) in gaps {
            let known: Vec<String> = self.gaps().filter(|gap| Some(*gap) != within).map(str::to_owned).collect();
            let span = Span::of(gap.as_str());
            let met: Vec<&String> = known.iter().filter(|known| Span::of(known.as_str()).meets(span)).collect();
            let all = met.iter().copied().fold(span, |span, known| span.with(Span::of(known.as_str()))).text();
            for over in met.into_iter().filter(|over| **over != all) {
                let what = format!("{RUNS}/{GAP}{over}");
                told.extend(self.tell(&what, None, at));
                self.part.untold.remove(&what);
            }
            told.extend(self.leave(RUNS, &format!("{GAP}{all}"), String::new(), trouble, at)?);
        }
        Ok(told)
    }

    /// Runs of a gap, with what has to be asked for of each. Of a long one what is left is a gap of its own.
    pub(super) async fn gap_again(&mut self, gap: &str) -> Result<Vec<Payload>, Trouble> {
        let Span { from, until } = Span::of(gap);
        let (mut until, mut page) = (until.map(str::to_owned), 1_u32);
        let mut gaps: Vec<(String, Trouble)> = Vec::new();
        let (mut payloads, mut now) = (Vec::new(), self.probe.at);
        for pages in 1..=PAGES {
            let span = Span { from, until: until.as_deref() };
            let Some(listed) = self.runs_page(span, page, None, from, true).await? else { break };
            let (more, last) = (listed.more, listed.last());
            now = listed.at;
            payloads.extend(self.whole_runs(&listed.runs, now, |_| true, |_, _| ()).await?);
            gaps.extend(listed.gaps);
            // It is as it was.
            if let Some(same) = gaps.iter().position(|(left, _)| left == gap) {
                return Err(gaps.swap_remove(same).1);
            }
            if !more {
                break;
            }
            match last.filter(|last| until.as_ref() != Some(last)) {
                Some(last) => (until, page) = (Some(last), 1),
                None => page += 1,
            }
            if pages == PAGES {
                let rest = Span { from, until: until.as_deref() }.text();
                gaps.push((rest, Trouble::Again("GitHub tells it again, and it is read bit by bit".to_owned())));
            }
        }
        payloads.extend(self.leave_gaps(gaps, Some(gap), now)?);
        Ok(payloads)
    }
}

/// The gap that something of the stream of runs is by its key; none where it is a run.
pub(super) fn gap_of(key: &str) -> Option<&str> {
    key.strip_prefix(GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_meet_make_one() {
        for text in ["*..*", "a..*", "*..b", "a..b"] {
            assert_eq!(Span::of(text).text(), text);
        }
        for (one, other, both) in [
            ("b..d", "c..e", Some("b..e")),
            ("b..d", "*..c", Some("*..d")),
            ("b..d", "c..*", Some("b..*")),
            ("b..e", "c..d", Some("b..e")),
            ("*..c", "b..*", Some("*..*")),
            ("b..c", "c..d", None),
            ("*..c", "c..*", None),
            ("a..b", "c..d", None),
        ] {
            let (one, other) = (Span::of(one), Span::of(other));
            let met = |a: Span, b: Span| a.meets(b).then(|| a.with(b).text());
            assert_eq!(met(one, other).as_deref(), both);
            assert_eq!(met(other, one).as_deref(), both);
        }
    }
}
