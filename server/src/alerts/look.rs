//! What a rule sees, whatever it looks at. It looks as its owner: what they may not see, it does not see. Nor does it see who did what:
//! what it tells goes out by mail and chat, and to whoever reads alerts, who may not know that.

use super::frozen::{Promise, calibrated};
use super::machine::Verdict;
use super::measure::{self, Measure, nothing};
use super::memory::{Grounds, Look, Memory, Round, Whose};
use super::of_jobs;
use super::rule::{CalibrationCondition, Condition, ForecastCondition, MetricCondition, RiskCondition, SqlCondition};
use super::statement::{self, ALL_ROWS};
use super::track::{Seen, Track};
use crate::control::{AlertRule, Control, Refusal};
use crate::{Error, Result};
use parking_lot::Mutex;
use pulse_engine::forecast::Record;
use pulse_engine::lake::Versions;
use pulse_engine::metrics::{self, Asking, Filter};
use pulse_engine::risk::{self, RiskFilter, StandingFinding, StandingRisk};
use pulse_engine::row::Row;
use pulse_engine::session::Session;
use pulse_engine::{Clock, Error as Engine, Settings, Tenant, forecast};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The jobs that make the facts, and those that freeze forecasts after them.
const MODEL: &str = "model";
const FORECAST: &str = "forecast";

/// Whose eyes rules look with. Those whose owners see the same look at one model, and what several of them ask is answered once.
pub(super) struct Eye<'a> {
    control: &'a Control,
    /// The tenant's data, as the rules' owners see it, and nobody named.
    tenant: Tenant,
    settings: &'a Settings,
    now: i64,
    /// What they ask of figures, and by statements, from the first on that asks anything.
    asking: OnceCell<Asking>,
    /// The same of what is frozen, which is later than the figures, and so is apart from what these rest on.
    frozen: OnceCell<Asking>,
    /// The forecasts that stand, whichever of them a rule is about; nothing where none was made of late.
    standing: OnceCell<Option<Vec<Row>>>,
    /// The risks that stand, by what is looked at and which rule's findings are wanted.
    risks: Mutex<Vec<(RiskFilter, Option<String>, Arc<Vec<StandingRisk>>)>>,
    /// When the newest model was made, or found nothing new.
    modelled_at: OnceCell<i64>,
    /// When forecasts were frozen last, or there was nothing to freeze; `None`: never.
    froze_at: OnceCell<Option<i64>>,
    /// What was seen before, and holds; nothing where nobody remembers it.
    before: Option<Before<'a>>,
    /// What is seen now, and lasts, with what was read for it: of figures and rows, and of what is frozen.
    lasting: Mutex<[BTreeMap<String, (Look, Versions)>; 2]>,
    /// The rules that look with them.
    rules: Vec<&'a AlertRule>,
}

struct Before<'a> {
    memory: &'a Memory,
    whose: Whose,
    owners: usize,
    grounds: Grounds,
    rounds: Vec<Round>,
}

impl Before<'_> {
    /// Whether a rule sees what was seen before.
    fn has(&self, of: &AlertRule) -> bool {
        self.rounds.iter().any(|round| round.has(&of.name, &of.rule))
    }
}

/// What is seen, and what it says where nothing of what it is about is there.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    pub(super) tracks: Vec<Track>,
    pub(super) none: Seen,
}

impl<'a> Eye<'a> {
    /// The eyes of whoever sees a tenant's data so.
    pub(super) fn new(control: &'a Control, tenant: &Tenant, settings: &'a Settings) -> Self {
        let (now, tenant) = (control.now(), tenant.naming_nobody());
        Self {
            control,
            tenant,
            settings,
            now,
            asking: OnceCell::new(),
            frozen: OnceCell::new(),
            standing: OnceCell::new(),
            risks: Mutex::default(),
            modelled_at: OnceCell::new(),
            froze_at: OnceCell::new(),
            before: None,
            lasting: Mutex::default(),
            rules: Vec::new(),
        }
    }

    /// The same, with which these rules look: what they ask of one metric is read once.
    pub(super) fn of_rules(self, rules: Vec<&'a AlertRule>) -> Self {
        Self { rules, ..self }
    }

    /// The same, which remember what the rules of so many owners saw, by the first of them.
    ///
    /// # Errors
    /// When database or storage fails.
    pub(super) async fn remembering(self, memory: &'a Memory, (first, owners): (&str, usize)) -> Result<Self> {
        let whose = (self.tenant.id().to_string(), first.to_owned());
        let grounds = Grounds {
            policy: self.tenant.policy().clone(),
            settings: self.settings.clone(),
            own: self.tenant.own().to_vec(),
            today: self.settings.day(self.now),
            // Before the tables are looked at, as it is where they are asked.
            modelled_on: self.settings.day(self.modelled_at().await?),
        };
        let rounds = memory.recall(&whose, &self.tenant, &grounds).await?;
        Ok(Self { before: Some(Before { memory, whose, owners, grounds, rounds }), ..self })
    }

    /// Remembers what was seen with them.
    pub(super) fn remember(self) {
        let Some(Before { memory, whose, owners, grounds, mut rounds }) = self.before else { return };
        let [figures, frozen] = self.lasting.into_inner();
        for round in &mut rounds {
            round.looks.retain(|name, _| !figures.contains_key(name) && !frozen.contains_key(name));
        }
        for (asking, looks, is_apart) in [(self.asking, figures, true), (self.frozen, frozen, false)] {
            let Some(asking) = asking.into_inner() else { continue };
            let all = asking.session().versions();
            // Under a row policy any table may tell what is seen of another.
            let is_apart = is_apart && asking.session().shows_all_rows();
            let mut apart: HashMap<Versions, BTreeMap<String, Look>> = HashMap::new();
            for (name, (look, read)) in looks {
                // What things are called is looked up once for all rules; facts are each rule's own.
                let versions = if is_apart { all.with_facts_of(&read) } else { all.clone() };
                apart.entry(versions).or_default().insert(name, look);
            }
            rounds.extend(apart.into_iter().map(|(versions, looks)| Round { at: self.now, versions, looks }));
        }
        rounds.retain(|round| !round.looks.is_empty());
        memory.keep((whose, owners), grounds, rounds);
    }

    async fn asking(&self) -> Result<&Asking> {
        let opened = async || {
            let asking = self.opened().await?;
            let asked = self.rules.iter().filter(|of| !self.before.as_ref().is_some_and(|before| before.has(of)));
            let wanted = asked.filter_map(|of| match &of.rule.condition {
                Condition::Metric(metric) => Some(metric),
                _ => None,
            });
            measure::expect(wanted, &asking);
            Ok::<_, Error>(asking)
        };
        self.asking.get_or_try_init(opened).await
    }

    async fn frozen(&self) -> Result<&Asking> {
        let opened = async || {
            // Before the session is: after a model rules are looked at while forecasts are frozen, and of those that came in between none would be
            // seen, where their job says that all are there.
            self.froze_at().await?;
            self.opened().await
        };
        self.frozen.get_or_try_init(opened).await
    }

    async fn froze_at(&self) -> Result<Option<i64>> {
        let found = || self.control.last_success(self.tenant.id(), FORECAST);
        self.froze_at.get_or_try_init(found).await.copied()
    }

    async fn opened(&self) -> Result<Asking> {
        let session = Arc::new(self.tenant.session().await?);
        Ok(Asking::new(session, self.settings.clone(), Clock::Fixed(self.now)))
    }

    async fn modelled_at(&self) -> Result<i64> {
        let found = async || {
            // Where nothing happened a model writes nothing, and says so all the same: its job was done.
            let done_at = self.control.last_success(self.tenant.id(), MODEL).await?;
            Ok::<_, Error>(self.tenant.modelled_at().await?.max(done_at).unwrap_or_default())
        };
        self.modelled_at.get_or_try_init(found).await.copied()
    }

    /// Everything that a rule is about, as it is now: as it was seen before where nothing that it rests on is otherwise.
    pub(super) async fn look(&self, of: &AlertRule) -> Result<Looked> {
        if let Some(Before { memory, rounds, .. }) = &self.before
            && let Some(looked) = memory.of(rounds, (&of.name, &of.rule), self.now)
        {
            return Ok(looked);
        }
        let is_of_figures = matches!(of.rule.condition, Condition::Metric(_) | Condition::Sql(_));
        let asking = if is_of_figures { &self.asking } else { &self.frozen };
        // Rules are looked at one after the other.
        let reads = asking.get().map_or(0, |asking| asking.session().reads());
        let (looked, lasts) = self.looked(of).await?;
        if lasts {
            let (condition, clear_at) = (of.rule.condition.clone(), of.rule.clear.at);
            let read = asking.get().map(|asking| asking.session().read_since(reads)).unwrap_or_default();
            let look = Look { condition, clear_at, looked: looked.clone() };
            if let Some(looks) = self.lasting.lock().get_mut(usize::from(!is_of_figures)) {
                looks.insert(of.name.clone(), (look, read));
            }
        }
        Ok(looked)
    }

    /// What a rule sees, and whether that lasts as long as what it rests on.
    async fn looked(&self, AlertRule { rule, set_at, .. }: &AlertRule) -> Result<(Looked, bool)> {
        let own = self.tenant.own();
        // Nobody looked at what a metric of the tenant's own is told by.
        let is_own = matches!(&rule.condition, Condition::Metric(of)
            if metrics::definition(&of.metric, own).is_ok_and(|found| found.schema == metrics::OWN));
        let (mut lasts, mut is_known) = (rule.condition.lasts() && !is_own, true);
        let looked = match &rule.condition {
            Condition::Metric(of) => self.metric(of, rule.clear.at, *set_at).await,
            Condition::Risk(of) => self.risks(of).await,
            Condition::Forecast(of) => self.forecasts(of, rule.clear.at).await.map(|tracks| {
                is_known = tracks.is_some();
                lasts &= is_known;
                tracks.unwrap_or_default()
            }),
            Condition::Calibration(of) => self.calibrations(of).await,
            Condition::Job(of) => of_jobs::jobs(self.control, self.tenant.id(), of, self.now).await,
            Condition::Connection(of) => of_jobs::connections(self.control, self.tenant.id(), of, self.now).await,
            Condition::Sql(of) => self.rows(of).await.map(|(tracks, is_repeatable)| {
                lasts = is_repeatable;
                tracks
            }),
        };
        let seen = |verdict| Seen { at: self.now, value: None, verdict };
        match looked {
            // Of a metric nobody knows what a figure would be that is not there. A group of which nothing was observed for so long that
            // it has no figures at all is gone, as what else is looked at is well where there is none of it.
            Ok(tracks) if !is_known || (tracks.is_empty() && matches!(rule.condition, Condition::Metric(_))) => {
                Ok((Looked { tracks, none: seen(Verdict::Unknown) }, lasts))
            }
            // Which rows are not there any more nobody knows.
            Ok(tracks) if tracks.iter().any(|track| track.key == ALL_ROWS) => {
                Ok((Looked { tracks, none: seen(Verdict::Unknown) }, lasts))
            }
            Ok(tracks) => Ok((Looked { tracks, none: seen(Verdict::Clear) }, lasts)),
            // Nothing was ever landed.
            Err(Error::Engine(Engine::UnknownTenant { .. })) => {
                let tracks = match &rule.condition {
                    Condition::Metric(of) => nothing(of, own, *set_at, self.now)?,
                    _ => Vec::new(),
                };
                Ok((Looked { tracks, none: seen(Verdict::Unknown) }, false))
            }
            Err(error) => Err(error),
        }
    }

    async fn metric(&self, of: &MetricCondition, clear_at: Option<f64>, set_at: i64) -> Result<Vec<Track>> {
        // Before the session is: what is not modelled yet is not said to be.
        let modelled_at = self.modelled_at().await?;
        let since = Some(set_at);
        Measure { asking: self.asking().await?, modelled_at, of, clear_at, since }.recent().await
    }

    /// Something that is so now.
    fn track(
        &self,
        (key, name): (String, String),
        (verdict, value): (Verdict, Option<f64>),
        sentence: String,
    ) -> Track {
        Track { seen: vec![Seen { at: self.now, value, verdict }], sentence, ..Track::of(key, name) }
    }

    async fn risks(&self, of: &RiskCondition) -> Result<Vec<Track>> {
        let (session, filter) = (self.frozen().await?.session(), of.filter());
        let is_wanted = |finding: &StandingFinding| {
            of.rule.as_ref() == Some(&finding.rule) && finding.score >= of.score.unwrap_or(0.0)
        };
        let mut tracks = Vec::new();
        if of.is_of_teams()? {
            for risk in risk::of_teams(session, &filter).await? {
                let found = risk.findings.iter().filter(|finding| is_wanted(finding));
                tracks.extend(found.map(|finding| self.finding(("team", risk.team_id.as_str()), finding)));
            }
            return Ok(tracks);
        }
        for risk in self.standing_risks(session, filter, of.rule.as_deref()).await?.iter() {
            if of.rule.is_none() {
                tracks.push(self.project(risk, of));
            }
            let found = risk.findings.iter().filter(|finding| is_wanted(finding));
            tracks.extend(found.map(|finding| self.finding(("project", risk.project_id.as_str()), finding)));
        }
        Ok(tracks)
    }

    async fn standing_risks(
        &self,
        session: &Session,
        filter: RiskFilter,
        rule: Option<&str>,
    ) -> Result<Arc<Vec<StandingRisk>>> {
        let is_it = |(of, by, _): &&(RiskFilter, Option<String>, _)| *of == filter && by.as_deref() == rule;
        let known = self.risks.lock().iter().find(is_it).map(|(.., risks)| Arc::clone(risks));
        if let Some(known) = known {
            return Ok(known);
        }
        let risks = Arc::new(risk::standing_of(session, &filter, rule).await?);
        self.risks.lock().push((filter, rule.map(str::to_owned), Arc::clone(&risks)));
        Ok(risks)
    }

    fn project(&self, risk: &StandingRisk, of: &RiskCondition) -> Track {
        let name = risk.project.clone().unwrap_or_else(|| risk.project_id.clone());
        let sentence =
            format!("{name} is {} with a risk of {:.2}: {}", risk.status.replace('_', " "), risk.score, risk.reason);
        let verdict = of.judges(&risk.status, risk.score);
        let track = self.track((risk.project_id.clone(), name), (verdict, Some(risk.score)), sentence);
        Track { evidence: address("/api/v1/risks", &[("project", &risk.project_id)]), ..track }
    }

    /// What was found in a project, or of a team.
    fn finding(&self, (kind, id): (&str, &str), finding: &StandingFinding) -> Track {
        let key = format!("{id}/{}", finding.subject_id);
        let track = self.track(
            (key, finding.subject_id.clone()),
            (Verdict::Fires, Some(finding.score)),
            finding.sentence.clone(),
        );
        Track { evidence: address("/api/v1/risks", &[(kind, id)]), ..track }
    }

    /// What is due; `None` where nobody knows, since no forecasts were frozen for so long that none stands, such as after the model that comes
    /// first after an outage. Where they are frozen all the time, and there was none to freeze, nothing is due.
    async fn forecasts(&self, of: &ForecastCondition, clear_at: Option<f64>) -> Result<Option<Vec<Track>>> {
        let mut tracks = Vec::new();
        let (session, today) = (self.frozen().await?.session(), self.settings.day(self.now));
        let projects = metrics::projects(session, &of.projects).await?;
        let Some(standing) = self.standing.get_or_try_init(|| forecast::standing(session, today)).await? else {
            let froze_at = self.froze_at().await?;
            let until = froze_at.and_then(|at| self.settings.day(at).checked_add_days(forecast::STANDS_FOR));
            return Ok(until.filter(|until| today < *until).map(|_| tracks));
        };
        for row in standing {
            let Some(promise) = Promise::of(row, &projects) else { continue };
            let sentence = promise.said(of.below, today);
            let Promise { key, name, project, probability, .. } = promise;
            let track = self.track((key, name), (of.judges(probability, clear_at), probability), sentence);
            tracks.push(Track { evidence: address("/api/v1/forecasts", &[("project", &project)]), ..track });
        }
        Ok(Some(tracks))
    }

    async fn calibrations(&self, of: &CalibrationCondition) -> Result<Vec<Track>> {
        let (session, today) = (self.frozen().await?.session(), self.settings.day(self.now));
        let records = forecast::frozen(session, &Filter::default(), today).await?.records;
        let wanted = records.into_iter().filter(|(kind, _)| of.kinds.is_empty() || of.kinds.contains(kind));
        let track = |(kind, record): (String, Record)| {
            let (verdict, said) = calibrated(record.all.drifted);
            let p85 = record.all.inside.p85;
            let sentence = format!(
                "Forecasts of the kind {kind} {said}: of all that are over, {} of {} were done by their 85 % day.",
                p85.hits, p85.of
            );
            let track = self.track((kind.clone(), kind), (verdict, p85.share()), sentence);
            Track { evidence: "/api/v1/forecasts".to_owned(), ..track }
        };
        Ok(wanted.map(track).collect())
    }

    /// The rows of a statement, and whether they are the same for as long as its tables are.
    async fn rows(&self, of: &SqlCondition) -> Result<(Vec<Track>, bool)> {
        let found = statement::found(self.asking().await?.session(), of, self.now).await;
        found.map_err(|error| match error {
            Error::Engine(why @ (Engine::Question(_) | Engine::Mistake(_))) => {
                Error::Data(format!("its statement, in which nobody is named, cannot be asked: {why}"))
            }
            error => error,
        })
    }
}

/// Refuses a rule about forecasts that names a project that somebody does not see, or a name that several have.
///
/// # Errors
/// [`Refusal::Invalid`]; when the tables cannot be asked.
pub async fn projects_known(tenant: &Tenant, of: &ForecastCondition) -> Result<()> {
    if of.projects.is_empty() {
        return Ok(());
    }
    let found = match tenant.session().await {
        Ok(session) => metrics::projects(&session, &of.projects).await,
        Err(error) => Err(error),
    };
    match found {
        Err(why @ (Engine::Question(_) | Engine::UnknownTenant { .. })) => {
            Err(Refusal::invalid("condition", format!("names projects, and which they are is not known: {why}")).into())
        }
        found => found.map(drop).map_err(Error::from),
    }
}

/// An address with parameters.
pub(super) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}
