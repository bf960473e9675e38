//! Many questions of one session.

use super::ask::{Extent, answer};
use super::known::Kept;
use super::{Answer, Dimension, Filter, Question, definition, newest_at};
use crate::lake::Versions;
use crate::session::Session;
use crate::threads::cores;
use crate::{Clock, Error, Result, Settings};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// An answer, and what was read for it.
type Cell<T> = Arc<OnceCell<(T, Versions)>>;

/// Questions of one session at one moment: each is answered once, however often it is asked.
pub struct Asking {
    session: Arc<Session>,
    settings: Settings,
    clock: Clock,
    answers: Mutex<HashMap<(Question, Extent), Cell<Arc<Answer>>>>,
    /// When the newest observation was, of each metric within a filter: whatever span is asked for.
    newest: Mutex<HashMap<(String, Filter), Cell<Option<i64>>>>,
    known: Kept,
    turns: Turns,
}

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Asking {
    /// Questions of a session, which are answered as of the clock's time now.
    pub fn new(session: Arc<Session>, settings: Settings, clock: Clock) -> Self {
        // More at once would be no quicker, and hold more memory.
        let turns = Turns::new(cores());
        Self {
            session,
            settings,
            clock: Clock::Fixed(clock.now()),
            answers: Mutex::default(),
            newest: Mutex::default(),
            known: Kept::default(),
            turns,
        }
    }

    /// The session.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// What the tenant's figures are counted by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The moment.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Has what these questions are about, which differ in what is told apart alone, read once for all of them, when the first of them is
    /// asked. The others are answered as they would be.
    pub fn expect(&self, question: &Question, by: &[Option<Dimension>]) {
        self.expects((question, Extent::Whole), by);
    }

    /// The same of questions of which [figures](Self::figures) alone are asked.
    pub fn expect_figures(&self, question: &Question, by: &[Option<Dimension>]) {
        self.expects((question, Extent::Figures), by);
    }

    fn expects(&self, (question, extent): (&Question, Extent), by: &[Option<Dimension>]) {
        let Ok(definition) = definition(&question.metric, self.session.own()) else { return };
        // What is refused is refused by itself.
        let may_be = |by: &&Option<Dimension>| definition.may_be_asked_by(**by, &question.filter).is_ok();
        self.known.expect((question, extent), by.iter().filter(may_be).copied().collect());
    }

    /// Answers a question, as [`ask`](super::ask()) does.
    ///
    /// # Errors
    /// As there; what failed is asked again.
    pub async fn ask(&self, question: &Question) -> Result<Arc<Answer>> {
        self.answer(question, Extent::Whole).await
    }

    /// The same as far as the groups' own figures go: nothing that they are held against, nor what is typical of them, no figure of all
    /// groups together, not since when they are counted, and not how fresh the data is. Where nothing of a group was observed in the span
    /// its counts are there, which are 0, and medians and shares are not.
    ///
    /// # Errors
    /// As [`Asking::ask`].
    pub async fn figures(&self, question: &Question) -> Result<Arc<Answer>> {
        self.answer(question, Extent::Figures).await
    }

    /// When the newest of the observations that a question is about happened, as [`newest_at`](super::newest_at()) tells it.
    ///
    /// # Errors
    /// As [`Asking::ask`].
    pub async fn newest_at(&self, question: &Question) -> Result<Option<i64>> {
        let key = (question.metric.clone(), question.filter.clone());
        let cell = Arc::clone(self.newest.lock().entry(key).or_default());
        let asked = || async {
            let reads = self.session.reads();
            let newest = newest_at(&self.session, question, &self.settings, self.clock).await?;
            Ok::<_, Error>((newest, self.session.read_since(reads)))
        };
        let (newest, read) = cell.get_or_try_init(|| self.turns.take(asked)).await?;
        self.session.read_again(read);
        Ok(*newest)
    }

    async fn answer(&self, question: &Question, extent: Extent) -> Result<Arc<Answer>> {
        let cell = Arc::clone(self.answers.lock().entry((question.clone(), extent)).or_default());
        let asked = || async {
            let reads = self.session.reads();
            let asked = answer(&self.session, (question, extent), &self.settings, self.clock, &self.known);
            Ok::<_, Error>((Arc::new(asked.await?), self.session.read_since(reads)))
        };
        let (answer, read) = cell.get_or_try_init(|| self.turns.take(asked)).await?;
        self.session.read_again(read);
        Ok(Arc::clone(answer))
    }
}

/// How many questions are answered at once.
struct Turns {
    most: usize,
    free: Semaphore,
}

impl Turns {
    fn new(most: usize) -> Self {
        Self { most, free: Semaphore::new(most) }
    }

    /// Asks when it is its turn. What finds no room in memory beside others is asked once more by itself.
    async fn take<T, F: Future<Output = Result<T>>>(&self, asked: impl Fn() -> F) -> Result<T> {
        // It is never closed.
        let turn = self.free.acquire().await.ok();
        match asked().await {
            Err(Error::Busy(_)) if self.most > 1 => {
                drop(turn);
                let _all = self.free.acquire_many(self.most as u32).await.ok();
                asked().await
            }
            answered => answered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer as alone, berlin, example, now, question};
    use super::super::{Compare, Dimension, Group};
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn what_finds_no_room_beside_others_is_asked_once_more_by_itself() {
        let (turns, running, times) = (Turns::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        let (is_at_it, may_end) = (Notify::new(), Notify::new());
        let other = turns.take(|| async {
            running.fetch_add(1, Ordering::Relaxed);
            is_at_it.notify_one();
            may_end.notified().await;
            running.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        });
        let large = async {
            is_at_it.notified().await;
            let asked = || async {
                times.fetch_add(1, Ordering::Relaxed);
                // The other one ends only after this one was refused.
                may_end.notify_one();
                match running.load(Ordering::Relaxed) {
                    0 => Ok("answered"),
                    _ => Err(Error::Busy("no room".to_owned())),
                }
            };
            turns.take(asked).await
        };
        let (done, answered) = tokio::join!(other, large);
        done.unwrap();
        assert_eq!((answered.unwrap(), times.load(Ordering::Relaxed)), ("answered", 2));
        // Where there is no room for it alone, it says so.
        let refused = turns.take(|| async { Err::<(), _>(Error::Busy("no room".to_owned())) }).await;
        assert!(matches!(refused, Err(Error::Busy(_))));
        assert_eq!(turns.free.available_permits(), 2);
    }

    #[tokio::test]
    async fn beside_others_a_question_is_answered_as_by_itself_and_its_figures_alone_are_the_same() {
        let asking = Asking::new(Arc::new(example()), berlin(), now());
        let figures =
            |group: &Group| (group.key.clone(), group.name.clone(), group.total.clone(), group.points.clone());
        for metric in ["change_lead_time", "deployment_frequency", "change_fail_rate"] {
            for by in [None, Some(Dimension::Repository), Some(Dimension::Team)] {
                let shorter = Question { from: "2026-03-30".parse().unwrap(), ..question(metric, by) };
                for asked in [question(metric, by), shorter] {
                    let whole = asking.ask(&asked).await.unwrap();
                    assert_eq!(*whole, alone(&example(), &asked).await);
                    let of_figures = asking.figures(&asked).await.unwrap();
                    let told = |of: &Answer| of.groups.iter().map(figures).collect::<Vec<_>>();
                    assert_eq!(told(&of_figures), told(&whole), "{metric} by {by:?}");
                    assert!(
                        of_figures.overall.is_none() && of_figures.groups.iter().all(|group| group.typical.is_none())
                    );
                }
            }
        }
        // Nothing of `lib` was observed since.
        let late = |metric: &str| Question {
            from: "2026-04-06".parse().unwrap(),
            ..question(metric, Some(Dimension::Repository))
        };
        for (metric, expected) in [("change_lead_time", &["app"][..]), ("deployment_frequency", &["app", "lib"][..])] {
            let figures = asking.figures(&late(metric)).await.unwrap();
            let names: Vec<&str> = figures.groups.iter().filter_map(|group| group.name.as_deref()).collect();
            assert_eq!(names, expected, "{metric}");
        }
    }

    #[tokio::test]
    async fn figures_that_are_read_once_for_several_questions_are_those_of_each_by_itself() {
        let by = [None, Some(Dimension::Repository), Some(Dimension::Project), Some(Dimension::Team)];
        let (session, apart) = (Arc::new(example()), Asking::new(Arc::new(example()), berlin(), now()));
        for metric in ["change_lead_time", "deployment_frequency", "change_fail_rate", "work_in_progress", "cycle_time"]
        {
            let together = Asking::new(Arc::clone(&session), berlin(), now());
            together.expect_figures(&question(metric, None), &by);
            for by in by {
                let asked = question(metric, by);
                let expected = apart.figures(&asked).await.unwrap();
                assert_eq!(*together.figures(&asked).await.unwrap(), *expected, "{metric} by {by:?}");
                // Of the whole answer nothing was expected.
                assert_eq!(*together.ask(&asked).await.unwrap(), alone(&example(), &asked).await);
            }
            assert_eq!((together.known.passes_measured(), apart.known.passes_measured()), (1, 0), "{metric}");
        }
    }

    #[tokio::test]
    async fn the_newest_observation_is_looked_up_once_whatever_span_is_asked_for() {
        let asking = Asking::new(Arc::new(example()), berlin(), now());
        let of_app = Filter { repositories: vec!["app".into()], ..Filter::default() };
        for (metric, filter, looked_up) in [
            ("change_lead_time", Filter::default(), 1),
            ("change_lead_time", of_app, 2),
            ("deployment_frequency", Filter::default(), 3),
        ] {
            let asked = Question { filter, ..question(metric, None) };
            let newest = newest_at(&example(), &asked, &berlin(), now()).await.unwrap();
            assert!(newest.is_some(), "{metric}");
            for from in ["2026-03-23", "2026-03-30", "2026-04-06"] {
                let asked = Question { from: from.parse().unwrap(), ..asked.clone() };
                assert_eq!(asking.newest_at(&asked).await.unwrap(), newest, "{metric} from {from}");
            }
            assert_eq!(asking.newest.lock().len(), looked_up, "{metric}");
        }
    }

    #[tokio::test]
    async fn signs_of_life_are_looked_for_where_nothing_was_observed_before_the_span() {
        let figures = |group: &Group| (group.key.clone(), group.total.clone(), group.points.clone());
        let told = |of: &Answer| of.groups.iter().map(figures).collect::<Vec<_>>();
        // `app` was deployed first on 29 March, and `lib` on 3 April.
        for (from, by, looked_up) in [
            ("2026-03-30", None, 0),
            ("2026-03-30", Some(Dimension::Repository), 1),
            ("2026-04-06", Some(Dimension::Repository), 0),
            ("2026-03-23", None, 1),
        ] {
            let asking = Asking::new(Arc::new(example()), berlin(), now());
            let asked = Question { from: from.parse().unwrap(), ..question("deployment_frequency", by) };
            let of_figures = asking.figures(&asked).await.unwrap();
            assert_eq!(asking.known.firsts_looked_up(), looked_up, "{from} {by:?}");
            assert_eq!(told(&of_figures), told(&alone(&example(), &asked).await), "{from} {by:?}");
        }
    }

    #[tokio::test]
    async fn what_cannot_be_read_together_is_answered_by_itself() {
        let [together, apart] = [(); 2].map(|()| Asking::new(Arc::new(example()), berlin(), now()));
        let asked = question("change_lead_time", None);
        // Changes have no class.
        together.known.expect((&asked, Extent::Figures), vec![None, Some(Dimension::Class)]);
        let (figures, expected) = (together.figures(&asked).await.unwrap(), apart.figures(&asked).await.unwrap());
        assert_eq!((figures, together.known.passes_measured()), (expected, 0));
    }

    #[tokio::test]
    async fn what_is_read_once_for_several_questions_answers_each_as_by_itself() {
        let by = [
            None,
            Some(Dimension::Repository),
            Some(Dimension::Project),
            Some(Dimension::Class),
            Some(Dimension::Team),
        ];
        let asking = Asking::new(Arc::new(example()), berlin(), now());
        for metric in ["change_lead_time", "deployment_frequency", "change_fail_rate", "work_in_progress", "cycle_time"]
        {
            asking.expect(&question(metric, None), &by);
            for by in by {
                let asked = Question { compare: Some(Compare::Previous), ..question(metric, by) };
                asking.expect(&asked, &[by, None]);
                for asked in [asked, question(metric, by)] {
                    match asking.ask(&asked).await {
                        Ok(answer) => assert_eq!(*answer, alone(&example(), &asked).await, "{metric} by {by:?}"),
                        // Changes have no class.
                        Err(refused) => assert!(refused.to_string().contains("cannot be asked by class"), "{refused}"),
                    }
                }
            }
        }
    }
}
