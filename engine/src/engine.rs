//! The engine as a library: a lake, its tenants, and what may be asked and done of each.

use crate::forecast::{self, ForecastReport};
use crate::lake::{Lake, Options, Seen, TenantLake, TenantTable, Then, Versions, Writer, then};
use crate::land::{self, Crowd, Cursors, Landed, Page};
use crate::map::{self, Ends, MapReport, Mapper};
use crate::metrics::{self, Answer, Definition, Filter, Question};
use crate::model::{self, ModelReport};
use crate::risk::{self, RiskReport};
use crate::session::{Limits, Session};
use crate::{Clock, Error, Policy, Result, Settings, TenantId};
use arrow::array::RecordBatch;
use chrono::NaiveDate;
use std::sync::Arc;

/// An engine over one lake.
///
/// ```no_run
/// # async fn example() -> pulse_engine::Result<()> {
/// use pulse_engine::{Engine, TenantId};
/// let tenant = Engine::open("file:///var/lib/pulse").await?.tenant(&TenantId::new("acme")?);
/// let rows = tenant.sql("SELECT count(*) FROM deployments").await?;
/// # let _ = rows;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    lake: Lake,
}

impl Engine {
    /// Opens the lake at `url` as [`Lake::open`] does, with defaults that suit a laptop.
    ///
    /// # Errors
    /// [`crate::Error::InvalidLake`] when the address cannot be used.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(url, Options::default()).await
    }

    /// Opens the lake at `url`, run as `options` say.
    ///
    /// # Errors
    /// [`crate::Error::InvalidLake`] when the address cannot be used.
    pub async fn open_with(url: &str, options: Options) -> Result<Self> {
        Ok(Self { lake: Lake::open(url, options)? })
    }

    /// An engine over a lake that is open already.
    pub fn over(lake: Lake) -> Self {
        Self { lake }
    }

    /// One tenant of it, all of whose rows may be seen; see [`Tenant::under`].
    pub fn tenant(&self, id: &TenantId) -> Tenant {
        let (lake, limits) = (self.lake.tenant(id), Limits::default());
        Tenant { lake, audit: false, policy: Arc::default(), own: Arc::default(), limits, then: None }
    }

    /// The lake below it.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }
}

/// One tenant: its part of the lake, its steps, its questions. Nothing reached through it can name another tenant's data.
#[derive(Clone, Debug)]
pub struct Tenant {
    lake: TenantLake,
    audit: bool,
    policy: Arc<Policy>,
    own: Arc<[Definition]>,
    /// What each of its questions may use.
    limits: Limits,
    /// What it is read as, where that is not what it is now.
    then: Option<Arc<Then>>,
}

impl Tenant {
    /// Who it is.
    pub fn id(&self) -> &TenantId {
        self.lake.id()
    }

    /// The same tenant, whose questions also see its trail, `audit.events`.
    pub fn with_audit(&self) -> Self {
        Self { audit: true, ..self.clone() }
    }

    /// Whether its questions also see its trail.
    pub fn sees_audit(&self) -> bool {
        self.audit
    }

    /// The tenant as somebody may see it who is limited to these teams and projects: whatever is asked of it, by SQL, of a
    /// metric or for a report, is asked of the rows that belong to them. A tenant that was limited before is not widened.
    ///
    /// ```no_run
    /// # async fn example(tenant: pulse_engine::Tenant) -> pulse_engine::Result<()> {
    /// use pulse_engine::Policy;
    /// let theirs = tenant.under(&Policy::only(["github:acme:payments"], []));
    /// let rows = theirs.sql("SELECT count(*) FROM deployments").await?;
    /// # let _ = rows;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn under(&self, policy: &Policy) -> Self {
        Self { policy: Arc::new(self.policy.and(policy)), ..self.clone() }
    }

    /// The same tenant for what is told to others, whoever asks: its questions see nothing that names people, no payloads and no trail.
    #[must_use]
    pub fn naming_nobody(&self) -> Self {
        Self { audit: false, ..self.under(&Policy::everything().without_people()) }
    }

    /// The same tenant, whose steps are done by somebody who hears how far they are, and can be shut out
    /// ([`crate::lake::Table::shut_out`]).
    #[must_use]
    pub fn written_by(&self, writer: Writer) -> Self {
        Self { lake: self.lake.written_by(writer), ..self.clone() }
    }

    /// The same tenant with metrics of its own, which are asked as those of the catalogue are, and stand in SQL as views of the
    /// schema `own`.
    #[must_use]
    pub fn measuring(&self, own: Arc<[Definition]>) -> Self {
        Self { own, ..self.clone() }
    }

    /// The same tenant, each of whose questions may use so much: what is asked of metrics, risks and forecasts, too.
    #[must_use]
    pub fn using(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// The same tenant as its core and facts tables were at an instant, in microseconds since 1970: each at the version that was the
    /// newest then, the facts of one model. `None` where nothing was modelled by then, and where files or log entries of then are gone:
    /// a vacuum keeps what left a table for a week unless it is told otherwise; and for whoever does not see everything, since what they
    /// may see is told by what is owned now. Payloads and the trail are not there to be asked then.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn at(&self, instant: i64) -> Result<Option<Self>> {
        // What teams and projects own is what they own now, not what they owned then.
        if !self.policy.shows_all_rows() {
            return Ok(None);
        }
        let then = Then::of(&self.lake, instant).await?;
        Ok(then.map(|then| Self { then: Some(Arc::new(then)), ..self.clone() }))
    }

    /// Whether it is as it was at an instant of the past, by [`Tenant::at`]: what is asked of it has the same answer again.
    pub fn is_past(&self) -> bool {
        self.then.is_some()
    }

    /// When its newest model was made, in microseconds since 1970; `None` while there is none.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn modelled_at(&self) -> Result<Option<i64>> {
        then::modelled_at(&self.lake).await
    }

    /// The same tenant, to try something on, see [`TenantLake::trial`].
    pub(crate) fn tried(&self) -> Result<Self> {
        Ok(Self { lake: self.lake.trial()?, ..self.clone() })
    }

    /// Its own metrics, by name.
    pub fn own(&self) -> &[Definition] {
        &self.own
    }

    /// Whose rows may be seen.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Its part of the lake, which no policy stands before: for the steps and for maintenance, and for no question.
    pub fn lake(&self) -> &TenantLake {
        &self.lake
    }

    /// The first step: see [`land::land`].
    ///
    /// # Errors
    /// When storage fails; then nothing of the page is landed.
    pub async fn land(&self, connector: &str, connection: &str, page: Page) -> Result<Landed> {
        land::land(&self.lake, connector, connection, page).await
    }

    /// How far a connection's source has read, in its own words.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn cursors(&self, connector: &str, connection: &str) -> Result<Cursors> {
        land::cursors(&self.lake, connector, connection, None).await
    }

    /// The same, but for the parts of a crowd, which takes them: see [`land::cursors`].
    ///
    /// # Errors
    /// When storage fails.
    pub async fn cursors_beside(
        &self,
        connector: &str,
        connection: &str,
        crowd: Option<&mut dyn Crowd>,
    ) -> Result<Cursors> {
        land::cursors(&self.lake, connector, connection, crowd).await
    }

    /// The settings that a connection's payloads are mapped under, as JSON.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn connection_settings(&self, connector: &str, connection: &str) -> Result<Option<String>> {
        land::settings(&self.lake, connector, connection).await
    }

    /// When each payload of a stream of a connection was read, its key and its body: see [`land::observed`].
    ///
    /// # Errors
    /// When storage fails.
    pub async fn observed(
        &self,
        connector: &str,
        connection: &str,
        stream: &str,
        since: i64,
        show: impl FnMut(i64, &str, &str) + Send,
    ) -> Result<()> {
        land::observed(&self.lake, connector, connection, stream, since, show).await
    }

    /// The second step: see [`map::run`].
    ///
    /// # Errors
    /// When storage fails; running it again resumes.
    pub async fn map(&self, mapper: &dyn Mapper, replay: bool) -> Result<MapReport> {
        map::run(&self.lake, mapper, replay).await
    }

    /// Whether all that a connector ever landed is mapped.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn is_mapped(&self, connector: &str) -> Result<bool> {
        map::is_done(&self.lake, connector).await
    }

    /// Lets go of payloads that were read before an instant, in microseconds since 1970, and that nothing rests on any more: see [`map::forget`].
    ///
    /// # Errors
    /// When storage fails.
    pub async fn forget_payloads(&self, mapper: &dyn Mapper, before: i64) -> Result<u64> {
        map::forget(&self.lake, mapper, before).await
    }

    /// Lets go of rows of core that were over before an instant, in microseconds since 1970: see [`map::forget_aged`].
    ///
    /// # Errors
    /// When storage fails; running it again is safe.
    pub async fn forget_aged(&self, mapper: &dyn Mapper, ends: &Ends, before: i64) -> Result<u64> {
        map::forget_aged(&self.lake, mapper, ends, before).await
    }

    /// Lets go of work items that were done before an instant, in microseconds since 1970: see [`map::forget_items`].
    ///
    /// # Errors
    /// When storage fails; running it again is safe.
    pub async fn forget_items(&self, mapper: &dyn Mapper, before: i64) -> Result<u64> {
        map::forget_items(&self.lake, mapper, before).await
    }

    /// Lets go of all that came through a connection: see [`map::forget_connection`].
    ///
    /// # Errors
    /// When storage fails, or somebody else was at the same files; running it again is safe.
    pub async fn forget_connection(&self, connector: &str, connection: &str) -> Result<u64> {
        map::forget_connection(&self.lake, connector, connection).await
    }

    /// The third step: see [`model::run`].
    ///
    /// # Errors
    /// When storage fails; readers keep the last complete facts, and running it again is safe.
    pub async fn model(&self, settings: &Settings) -> Result<ModelReport> {
        model::run(&self.lake, settings).await
    }

    /// The third step from the first: see [`model::anew`].
    ///
    /// # Errors
    /// As [`Tenant::model`].
    pub async fn model_anew(&self, settings: &Settings) -> Result<ModelReport> {
        model::anew(&self.lake, settings).await
    }

    /// The step after the model: see [`forecast::run`].
    ///
    /// # Errors
    /// When storage fails, or another run wrote first; running it again is safe.
    pub async fn freeze_forecasts(&self, settings: &Settings, clock: Clock) -> Result<ForecastReport> {
        forecast::run(&self.lake, settings, clock).await
    }

    /// The forecasts of sprints that were missed, for a lake whose past was read at once: see [`forecast::retrace`].
    ///
    /// # Errors
    /// As [`Tenant::freeze_forecasts`].
    pub async fn retrace_forecasts(&self, settings: &Settings, clock: Clock) -> Result<ForecastReport> {
        forecast::retrace(&self.lake, settings, clock).await
    }

    /// The last step: see [`risk::run`].
    ///
    /// # Errors
    /// [`Error::Setting`] when the settings of risks are not sound. When storage fails; readers keep the last complete risks,
    /// and running it again is safe.
    pub async fn risk(&self, settings: &Settings, clock: Clock) -> Result<RiskReport> {
        risk::run(&self.lake, settings, clock).await
    }

    /// A session for one question, over this tenant's tables and nothing else: `core`, `facts` as of one whole model, `raw`,
    /// and the views of metrics and risks; all of them as its policy lets them be seen.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] when nothing was ever landed for it.
    pub async fn session(&self) -> Result<Session> {
        self.session_within(self.limits).await
    }

    /// As [`Tenant::session`], with other limits.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] when nothing was ever landed for it.
    pub async fn session_within(&self, limits: Limits) -> Result<Session> {
        self.session_of(limits, self.lake.connectors_seen()).await
    }

    /// As [`Tenant::session`], to look around in: which tables of payloads there are is taken from whatever session of this process was the
    /// last to ask the store, within an hour. So nothing is read to tell what there is; what another process has landed for the first time
    /// is there once anybody asks a question.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] when nothing was ever landed for it.
    pub async fn surroundings(&self) -> Result<Session> {
        self.session_of(self.limits, self.lake.connectors_known()).await
    }

    async fn session_of(
        &self,
        limits: Limits,
        connectors: impl Future<Output = Result<Arc<[String]>>>,
    ) -> Result<Session> {
        let (seen, own) = (Seen::default(), Arc::clone(&self.own));
        if let Some(then) = &self.then {
            let tables = TenantTable::all_then(&self.lake, then, &seen);
            return Ok(Session::measuring(tables, self.lake.runtime(), limits, &self.policy, own)?
                .noting(seen)
                .of(self.id()));
        }
        let connectors = connectors.await?;
        if connectors.is_empty() && !self.audit {
            return Err(Error::UnknownTenant { tenant: self.id().to_string() });
        }
        let mut tables = TenantTable::all(&self.lake, &seen);
        for connector in connectors.iter() {
            tables.push(TenantTable::raw(&self.lake, connector, &seen)?);
        }
        if self.audit {
            tables.push(TenantTable::audit(&self.lake, &seen));
        }
        Ok(Session::measuring(tables, self.lake.runtime(), limits, &self.policy, own)?.noting(seen).of(self.id()))
    }

    /// Whether the tables that answers rest on still stand at these versions, as [`Session::versions`] told them.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn stands(&self, versions: &Versions) -> Result<bool> {
        versions.stand(&self.lake).await
    }

    /// The versions at which these tables stand now.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn versions_now(&self, of: &Versions) -> Result<Versions> {
        of.now(&self.lake).await
    }

    /// All rows that a reading statement returns.
    ///
    /// # Errors
    /// [`Error::Question`] when the statement is refused or cannot be planned, [`Error::TimedOut`] at the time limit.
    pub async fn sql(&self, text: &str) -> Result<Vec<RecordBatch>> {
        self.session().await?.collect(text).await
    }

    /// A metric's figures.
    ///
    /// # Errors
    /// [`Error::Question`] when there is no such metric or it cannot be cut as asked.
    pub async fn ask(&self, question: &Question, settings: &Settings, clock: Clock) -> Result<Answer> {
        metrics::ask(&self.session().await?, question, settings, clock).await
    }
    /// A forecast, also of what is supposed to be otherwise; it is not frozen.
    ///
    /// # Errors
    /// [`Error::Question`] when there is no such subject among what may be seen.
    pub async fn forecast(&self, ask: &forecast::Ask, settings: &Settings, clock: Clock) -> Result<forecast::Answer> {
        forecast::ask(&self.session().await?, ask, settings, clock).await
    }
    /// The frozen forecasts that may be seen, of the projects and teams of a filter: those that stand on a day, and how all have done.
    ///
    /// # Errors
    /// [`Error::UnknownTenant`] when nothing was ever landed for it; else as [`forecast::frozen`].
    pub async fn forecasts(&self, filter: &Filter, day: NaiveDate) -> Result<forecast::Frozen> {
        forecast::frozen(&self.session().await?, filter, day).await
    }
}
