//! Asks a vendor within what it allows, until it answers.

use super::{Answer, Http, Manner, spread};
use crate::ahead::told_at;
use crate::{Error, Result};
use parking_lot::Mutex;
use reqwest::RequestBuilder;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use url::Url;

/// Why something was not answered.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It is not there, or not for this credential, which vendors do not tell apart.
    Missing(String),
    /// The credential may not see it.
    Refused(String),
    /// It was too much to ask at once: less may be answered.
    TooMuch(String),
    /// The vendor's or the network's fault: another time it may be answered.
    Again(String),
    /// Nothing more may be asked for a while.
    Wait(Duration, String),
    /// Nothing at all will be answered.
    Fatal(Error),
    /// Nobody waits for what is read any more.
    Closed,
    /// It is the turn of another part of the connection: this one goes on later, where it is.
    Rests,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Fatal(error)
    }
}

impl Trouble {
    /// This, when it concerns what was asked and nothing else.
    pub(crate) fn unless_fatal(self) -> Result<Self, Self> {
        match self {
            Trouble::Fatal(_) | Trouble::Closed | Trouble::Rests => Err(self),
            other => Ok(other),
        }
    }

    /// What was said.
    pub(crate) fn reason(&self) -> String {
        match self {
            Trouble::Missing(reason) | Trouble::Refused(reason) | Trouble::TooMuch(reason) | Trouble::Again(reason) => {
                reason.clone()
            }
            Trouble::Wait(_, reason) => reason.clone(),
            Trouble::Fatal(error) => error.to_string(),
            Trouble::Closed => "reading was stopped".to_owned(),
            Trouble::Rests => "it goes on later".to_owned(),
        }
    }

    /// Whether it passes by itself: nobody has to change anything.
    pub(crate) fn passes(&self) -> bool {
        matches!(self, Trouble::TooMuch(_) | Trouble::Again(_) | Trouble::Wait(..) | Trouble::Fatal(Error::Wait { .. }))
    }

    /// What it is to whoever asked for a reading that it ends.
    pub(crate) fn into_error(self, vendor: &'static str) -> Error {
        match self {
            Trouble::Fatal(error) => error,
            Trouble::Refused(reason) | Trouble::Missing(reason) => Error::Refused { vendor, reason },
            Trouble::Wait(wait, reason) => Error::Wait { vendor, wait, reason },
            other => Error::Vendor { vendor, reason: other.reason() },
        }
    }
}

/// Asks one vendor.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) vendor: &'static str,
    pub(crate) http: Http,
    manner: Manner,
    places: Semaphore,
    ended: AtomicBool,
    /// Until when nothing may be asked, and why, as the answer to some question said.
    pause: Mutex<Option<(Instant, String)>>,
}

impl Asking {
    /// Asks a vendor at `place`, so many questions at once.
    ///
    /// # Errors
    /// [`Error::Address`] when that may not be asked.
    pub(crate) fn new(vendor: &'static str, place: &Url, manner: Manner, at_once: usize) -> Result<Self> {
        let http = Http::new(manner.reach)?;
        http.check(place)?;
        let (places, ended) = (Semaphore::new(at_once), AtomicBool::new(false));
        Ok(Self { vendor, http, manner, places, ended, pause: Mutex::default() })
    }

    /// Now, by our clock: for where a vendor told no time.
    pub(crate) fn now(&self) -> i64 {
        self.manner.clock.now()
    }

    /// When an answer was given: by the vendor's clock, which also says when things changed, unless that is far ahead of ours.
    pub(crate) fn at(&self, answer: &Answer) -> i64 {
        let now = self.now();
        answer.date().map_or(now, |date| told_at(date, now))
    }

    /// Asks nothing more: whoever would is told that reading was stopped, and lands what they have.
    pub(crate) fn ends(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Asks until there is a good answer, or nothing is to be gained by asking on. `spent` tells for how long nothing may be
    /// asked; `read` makes something of an answer, or says what is wrong with it. Where `less` may be asked for, what is too
    /// much is tried only once more.
    pub(crate) async fn ask<T>(
        &self,
        less: bool,
        spent: impl Fn() -> Option<Duration>,
        request: impl Fn() -> RequestBuilder,
        read: impl Fn(&Answer) -> Result<T, Trouble>,
    ) -> Result<(Answer, T), Trouble> {
        let patience = self.manner.patience;
        let mut pause = patience.first;
        let mut attempt = 0;
        loop {
            if self.ended.load(Ordering::Relaxed) {
                return Err(Trouble::Closed);
            }
            if let Some(wait) = spent() {
                self.wait(wait, "its hourly budget is used up".to_owned()).await?;
            }
            if let Some((wait, reason)) = self.paused() {
                self.wait(wait, reason).await?;
            }
            // It may have ended while this waited.
            if self.ended.load(Ordering::Relaxed) {
                return Err(Trouble::Closed);
            }
            attempt += 1;
            let mut trouble = match self.once(&request, &read).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            if let Trouble::Wait(wait, reason) = &mut trouble {
                // One that asks to wait for no time, or until a moment that is over, would be asked on and on.
                *wait = (*wait).max(spread(pause));
                self.pauses(*wait, reason);
            }
            let tries = if less && matches!(trouble, Trouble::TooMuch(_)) { 2 } else { patience.tries };
            match trouble {
                Trouble::Again(reason) | Trouble::TooMuch(reason) if attempt < tries => {
                    tracing::debug!(attempt, reason, vendor = self.vendor, "asked once more");
                    tokio::time::sleep(spread(pause)).await;
                    pause *= 2;
                }
                Trouble::Wait(wait, reason) if attempt < patience.tries => {
                    self.wait(wait, reason).await?;
                    pause *= 2;
                }
                Trouble::Wait(wait, reason) => return Err(Error::Wait { vendor: self.vendor, wait, reason }.into()),
                trouble => return Err(trouble),
            }
        }
    }

    async fn once<T>(
        &self,
        request: &impl Fn() -> RequestBuilder,
        read: &impl Fn(&Answer) -> Result<T, Trouble>,
    ) -> Result<(Answer, T), Trouble> {
        let _place = self.places.acquire().await.map_err(|e| Trouble::Again(e.to_string()))?;
        let answer = self.http.send(request()).await?;
        // Half a body, or a page for people, is asked for again like any other broken answer.
        read(&answer).map(|read| (answer, read))
    }

    /// Has every question wait that is asked from now on: a vendor that is asked on meanwhile asks to wait for longer, and may shut us out.
    pub(crate) fn pauses(&self, wait: Duration, reason: &str) {
        let (until, mut pause) = (Instant::now() + wait, self.pause.lock());
        if pause.as_ref().is_none_or(|(known, _)| *known < until) {
            *pause = Some((until, reason.to_owned()));
        }
    }

    /// For how long nothing may be asked, and why.
    pub(crate) fn paused(&self) -> Option<(Duration, String)> {
        let pause = self.pause.lock();
        let (until, reason) = pause.as_ref()?;
        Some((until.checked_duration_since(Instant::now())?, reason.clone()))
    }

    /// Waits a little, or says that it would be too long.
    async fn wait(&self, wait: Duration, reason: String) -> Result<(), Trouble> {
        if wait > self.manner.patience.waits {
            return Err(Trouble::Fatal(Error::Wait { vendor: self.vendor, wait, reason }));
        }
        tracing::debug!(?wait, reason, vendor = self.vendor, "waiting as the vendor asks");
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Patience, Reach};
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::task::JoinSet;

    const NOTHING: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn so_many_questions_are_asked_at_once_and_no_more() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = format!("http://{}", listener.local_addr().unwrap());
        // How many are heard and not answered, and how many were at most.
        let counts = Arc::new(Mutex::new((0_usize, 0_usize)));
        let counted = counts.clone();
        let served = tokio::spawn(async move {
            let mut all = JoinSet::new();
            for _ in 0..6 {
                let (mut socket, _) = listener.accept().await.unwrap();
                let counted = counted.clone();
                all.spawn(async move {
                    let mut asked = [0; 1024];
                    assert!(socket.read(&mut asked).await.unwrap() > 0);
                    {
                        let mut counts = counted.lock();
                        counts.0 += 1;
                        counts.1 = counts.1.max(counts.0);
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    counted.lock().0 -= 1;
                    socket.write_all(NOTHING).await.unwrap();
                });
            }
            while let Some(answered) = all.join_next().await {
                answered.unwrap();
            }
        });
        let manner = Manner { reach: Reach::Anywhere, ..Manner::default() };
        let asking = Asking::new("GitHub", &Url::parse(&place).unwrap(), manner, 2).unwrap();
        let request = || asking.http.client().get(&place);
        let good = |_: &Answer| Ok::<_, Trouble>(());
        let answers = (0..6).map(|_| asking.ask(false, || None, request, good));
        let answers = futures::future::join_all(answers).await;
        assert!(answers.iter().all(|answer| answer.is_ok()), "{answers:?}");
        served.await.unwrap();
        assert_eq!(counts.lock().1, 2);
    }

    #[tokio::test]
    async fn a_vendor_that_asks_to_wait_for_no_time_is_asked_less_and_less_often() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = format!("http://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            for _ in 0..3 {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut asked = [0; 1024];
                assert!(socket.read(&mut asked).await.unwrap() > 0);
                socket.write_all(NOTHING).await.unwrap();
            }
        });
        let patience = Patience { tries: 3, first: Duration::from_millis(8), waits: Duration::from_secs(1) };
        let manner = Manner { reach: Reach::Anywhere, patience, ..Manner::default() };
        let asking = Asking::new("GitHub", &Url::parse(&place).unwrap(), manner, 2).unwrap();
        let request = || asking.http.client().get(&place);
        let at_once = |_: &Answer| Err::<(), _>(Trouble::Wait(Duration::ZERO, "slow down".to_owned()));
        // Half of what comes after 8 and 16 ms, at least: a job that waited for no time would be asked for at once, again and again.
        match asking.ask(false, || None, request, at_once).await {
            Err(Trouble::Fatal(Error::Wait { wait, .. })) => assert!(wait >= Duration::from_millis(16), "{wait:?}"),
            other => panic!("{other:?}"),
        }
        served.await.unwrap();
    }

    #[tokio::test]
    async fn when_one_question_is_to_wait_all_others_wait_too() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = format!("http://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            assert!(socket.read(&mut asked).await.unwrap() > 0);
            socket.write_all(NOTHING).await.unwrap();
            // Nobody is there for a second question.
        });
        let patience = Patience { tries: 3, first: Duration::from_millis(1), waits: Duration::from_secs(1) };
        let manner = Manner { reach: Reach::Anywhere, patience, ..Manner::default() };
        let asking = Asking::new("GitHub", &Url::parse(&place).unwrap(), manner, 2).unwrap();
        let request = || asking.http.client().get(&place);
        let slow = |_: &Answer| Err::<(), _>(Trouble::Wait(Duration::from_secs(60), "slow down".to_owned()));
        for _ in 0..2 {
            let (wait, reason) = match asking.ask(false, || None, request, slow).await {
                Err(Trouble::Fatal(Error::Wait { wait, reason, .. })) => (wait, reason),
                other => panic!("{other:?}"),
            };
            assert!(wait > Duration::from_secs(50) && reason == "slow down", "{wait:?} {reason}");
        }
        served.await.unwrap();
        // The longest counts, and what is over is over.
        asking.pauses(Duration::ZERO, "less");
        assert!(asking.paused().is_some_and(|(_, reason)| reason == "slow down"));
        *asking.pause.lock() = Some((Instant::now(), "over".to_owned()));
        assert_eq!(asking.paused().filter(|(wait, _)| !wait.is_zero()), None);
    }
}
