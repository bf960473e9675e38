//! What becomes of a rule's alerts by what it sees: where each stands, and who is told, in one commit.

use super::alert::{alert, all_open, keep, note, note_only};
use super::alert_person::may_look_after;
use super::alert_rule::set_clock;
use super::database::{Whole, failed, number, text};
use super::delivery::{is_at_work, person, post};
use super::job::hold;
use super::member::member_within;
use super::{Alert, AlertRule, Control, Job};
use crate::alerts::machine::advance;
use crate::alerts::{
    AlertState, Condition, Course, Member, Said, Seen, Sight, Standing, Telling, Track, Verdict, missed, own_parcel,
    parcel,
};
use crate::delivery::{Channel, Parcel};
use crate::{Result, secret};
use pulse_engine::TenantId;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};

/// More alerts of a rule that fire, wait or are over at once than these are told in one message.
const MOST_SINGLE: usize = 10;

/// What rules of a tenant see, and how people are told of it.
#[derive(Debug)]
pub struct Settling<'a> {
    /// The job that looks.
    pub job: &'a Job,
    /// The rules.
    pub watches: &'a [Watch],
    /// Where these are the last of those over data: when the others are to be looked at again. The tenant's clock is set in the same commit.
    pub others: Option<LooksNext>,
    /// How people are told.
    pub telling: Telling<'a>,
}

/// When rules are to be looked at again though nothing changes; `None`: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LooksNext(pub Option<i64>);

/// A rule, and what it sees.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The rule.
    pub rule: AlertRule,
    /// What it sees.
    pub tracks: Vec<Track>,
    /// What is so of what is not there.
    pub none: Seen,
}

/// An alert that is open, or has just ended, with the states that it came through by this look.
struct Moved {
    alert: Alert,
    moves: Vec<(i64, Standing)>,
    /// The same as it was before this look, where it was open.
    before: Option<Alert>,
}

impl Moved {
    /// Whether it is over, and was open before this look.
    fn is_over(&self) -> bool {
        self.before.is_some() && self.alert.state == AlertState::Cleared
    }
}

impl Control {
    /// Brings the alerts of rules to where they stand by what those see now, and has those told who are to be, all in one commit. When
    /// the rules are to be looked at again though nothing changes. A rule that was changed meanwhile is left alone, and so are all whose
    /// job somebody else has.
    ///
    /// # Errors
    /// When the database fails, or somebody cannot be told: nothing has changed then.
    pub async fn settle_rules(&self, settling: &Settling<'_>) -> Result<Option<i64>> {
        let Settling { job, watches, others, telling } = *settling;
        let (now, tenant) = (self.now(), job.tenant_id()?);
        let mut whole = self.database.begin().await?;
        hold(&mut whole, &tenant).await?;
        if !is_at_work(&mut whole, job).await? {
            return Ok(None);
        }
        let query = sqlx::query("SELECT name, version, muted_until FROM alert_rules WHERE tenant_id = $1");
        let rows = query.bind(tenant.as_str()).fetch_all(&mut **whole).await.map_err(failed)?;
        let mut known = BTreeMap::new();
        for row in &rows {
            known.insert((text(row, "name")?, number(row, "version")?), number(row, "muted_until")?);
        }
        // Asked for once for all of them: what becomes of the alerts of one rule is no matter of another's.
        let mut open = all_open(&mut whole, &tenant).await?;
        let mut next: Option<i64> = None;
        let mut looked: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
        for watch in watches {
            let rule = &watch.rule;
            let Some(muted_until) = known.get(&(rule.name.clone(), rule.version)) else { continue };
            let before = open.remove(&rule.name).unwrap_or_default();
            let before = before.iter().map(alert).collect::<Result<Vec<Alert>>>()?;
            let mut turn = Turn { whole: &mut whole, tenant: &tenant, job, rule, telling, now, next: None };
            next = next.into_iter().chain(turn.settle(watch, before, *muted_until).await?).min();
            let seen = watch.tracks.iter().filter_map(|track| track.seen.last()).map(|seen| seen.at).max();
            looked.entry(seen.unwrap_or(watch.none.at)).or_default().push(rule.name.as_str());
        }
        // Most see as far as one another.
        for (seen_until, names) in &looked {
            note_looked(&mut whole, &tenant, names, (*seen_until, now)).await?;
        }
        if let Some(LooksNext(others)) = others {
            set_clock(&mut whole, &tenant, next.into_iter().chain(others).min()).await?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(next)
    }
}

/// Notes that rules were looked at, all of which have seen what was known until an instant.
async fn note_looked(
    whole: &mut Whole,
    tenant: &TenantId,
    names: &[&str],
    (seen_until, now): (i64, i64),
) -> Result<()> {
    let places: Vec<String> = (0..names.len()).map(|n| format!("${}", n + 4)).collect();
    let statement = format!(
        "UPDATE alert_rules SET looked_at = $1, fault = '', seen_until = $2 WHERE tenant_id = $3 AND name IN ({})",
        places.join(", ")
    );
    let query = sqlx::query(AssertSqlSafe(statement)).bind(now).bind(seen_until).bind(tenant.as_str());
    let query = names.iter().fold(query, |query, name| query.bind(*name));
    query.execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// A new alert.
fn born(rule: &AlertRule, track: &Track, sight: Sight, standing: Standing, now: i64) -> Result<Alert> {
    let alert = Alert {
        id: secret::id("alert")?,
        rule: rule.name.clone(),
        key: track.key.clone(),
        title: rule.rule.title.clone(),
        severity: rule.rule.severity,
        state: standing.state,
        reason: track.sentence.clone(),
        value: sight.value,
        evidence: Some(track.evidence.clone()).filter(|path| !path.is_empty()),
        members: track.about(),
        since: standing.since,
        fired_at: None,
        clearing_since: None,
        told_at: None,
        escalated_at: None,
        acknowledged_at: None,
        acknowledged_by: None,
        assigned_to: None,
        assigned_at: None,
        assigned_by: None,
        cleared_at: None,
        created_at: now,
        changed_at: now,
        owner: rule.owner.clone(),
        told: BTreeSet::new(),
    };
    Ok(placed(alert, standing, now))
}

/// An alert in the place where it stands.
fn placed(alert: Alert, standing: Standing, now: i64) -> Alert {
    let Standing { state, since, fired_at, clearing_since } = standing;
    let changed_at = if state == alert.state { alert.changed_at } else { now };
    let cleared_at = (state == AlertState::Cleared).then(|| alert.cleared_at.unwrap_or(now));
    Alert { state, since, fired_at, clearing_since, cleared_at, changed_at, ..alert }
}

/// An alert that was there before, as it is seen now. Of what is over it is kept what it was about.
fn seen_again(
    alert: Alert,
    rule: &AlertRule,
    (track, sight, seen_at): (&Track, Sight, i64),
    standing: Standing,
    now: i64,
) -> Alert {
    let members = about(&alert, rule, track, (sight, seen_at));
    let known = sight.verdict != Verdict::Unknown;
    Alert {
        reason: if known { track.sentence.clone() } else { alert.reason.clone() },
        value: if known { sight.value } else { alert.value },
        evidence: Some(track.evidence.clone()).filter(|path| !path.is_empty()).or(alert.evidence.clone()),
        members,
        title: rule.rule.title.clone(),
        severity: rule.rule.severity,
        owner: rule.owner.clone(),
        ..placed(alert, standing, now)
    }
}

/// What an alert is about, as it is seen now. Of much nothing is known but how it is when somebody looks, and of jobs and connections no more
/// than what happened last: that is so since it was first seen.
fn about(before: &Alert, rule: &AlertRule, track: &Track, (sight, seen_at): (Sight, i64)) -> Vec<Member> {
    let mut about = track.about();
    if about.is_empty() {
        return before.members.clone();
    }
    if sight.verdict == Verdict::Fires && before.is_so() {
        let known = before.members.iter().filter(|member| member.since > 0);
        let known: BTreeMap<&str, i64> = known.map(|member| (member.key.as_str(), member.since)).collect();
        // What was seen of a metric's periods says itself when it was otherwise.
        let says_itself = matches!(rule.rule.condition, Condition::Metric(_));
        for member in about.iter_mut().filter(|member| !says_itself || member.since == seen_at) {
            let since = known.get(member.key.as_str()).copied();
            member.since = since.map_or(member.since, |since| since.min(member.since));
        }
    }
    about
}

/// One look at a rule, while it tells people.
struct Turn<'a> {
    whole: &'a mut Whole,
    tenant: &'a TenantId,
    job: &'a Job,
    rule: &'a AlertRule,
    telling: Telling<'a>,
    now: i64,
    /// When there is something to tell next.
    next: Option<i64>,
}

impl Turn<'_> {
    /// Brings the rule's alerts to where they stand. When it is to be looked at again though nothing changes.
    async fn settle(&mut self, watch: &Watch, open: Vec<Alert>, muted_until: i64) -> Result<Option<i64>> {
        let Watch { rule, tracks, .. } = watch;
        let (now, hold) = (self.now, rule.rule.hold());
        let mut moved = self.moved(watch, open)?;
        self.tell(&mut moved, muted_until).await?;
        let soon = moved.iter().filter_map(|one| one.alert.standing().next_at(hold));
        let soon = soon.chain(tracks.iter().filter_map(|track| track.next_at)).chain(self.next);
        let next = soon.filter(|at| *at > now).min();
        for one in &mut moved {
            if one.before.as_ref().is_some_and(|before| !before.has_history_of(&one.alert)) {
                one.alert.changed_at = now;
            }
            // Mostly it is as it was.
            if one.before.as_ref() != Some(&one.alert) {
                keep(self.whole, self.tenant, &one.alert).await?;
            }
            // The reason is the last one's; those before it are only gone through.
            for (n, (at, standing)) in one.moves.iter().enumerate() {
                if n + 1 == one.moves.len() {
                    note(self.whole, self.tenant, &one.alert, &one.alert.reason, *at).await?;
                } else {
                    note_only(self.whole, &one.alert, standing.state, "it was so while nobody looked", *at).await?;
                }
            }
        }
        Ok(next)
    }

    /// Of those that were open, and what is new, the alerts that are open after this look, and those that ended by it.
    fn moved(&self, Watch { rule, tracks, none }: &Watch, open: Vec<Alert>) -> Result<Vec<Moved>> {
        let (now, hold) = (self.now, rule.rule.hold());
        let mut known: BTreeMap<String, Alert> = open.into_iter().map(|alert| (alert.key.clone(), alert)).collect();
        let mut moved = Vec::new();
        for track in tracks {
            let Some(sight) = track.present() else { continue };
            let mut before = known.remove(&track.key);
            let (past, open) = missed(track, before.as_ref().map(Alert::standing), rule.seen_until, hold);
            for course in past {
                let Some((at, ended)) = course.moves.last().copied() else { continue };
                let was = before.take();
                let (alert, reason) = match was.clone() {
                    Some(alert) => (placed(alert, ended, now), "it ended while nobody looked"),
                    None if course.fired() => {
                        let alert = born(rule, track, sight, ended, now)?;
                        (alert, "it began and ended while nobody looked")
                    }
                    // What did not hold for long enough is nobody's history.
                    None => continue,
                };
                let alert = Alert { cleared_at: Some(at), reason: reason.to_owned(), ..alert };
                moved.push(Moved { alert, moves: course.moves, before: was });
            }
            let Course { standing, mut moves } = open;
            let Some(after) = advance(standing, sight.verdict, sight.since, hold, now) else { continue };
            if standing.map(|before| before.state) != Some(after.state) {
                moves.push((now, after));
            }
            let alert = match before.clone() {
                Some(alert) => seen_again(alert, rule, (track, sight, none.at), after, now),
                None => born(rule, track, sight, after, now)?,
            };
            moved.push(Moved { alert, moves, before });
        }
        // What is not there any more.
        for alert in known.into_values() {
            let Some(after) = advance(Some(alert.standing()), none.verdict, none.at, hold, now) else { continue };
            let moves = if after.state == alert.state { Vec::new() } else { vec![(now, after)] };
            let cleared = after.state == AlertState::Cleared;
            let reason = if cleared { "it is not there any more".to_owned() } else { alert.reason.clone() };
            let before = Some(alert.clone());
            let alert = Alert { reason, ..placed(alert, after, now) };
            moved.push(Moved { alert, moves, before });
        }
        Ok(moved)
    }

    /// Has those told who are to be told, and notes that they were.
    async fn tell(&mut self, moved: &mut [Moved], muted_until: i64) -> Result<()> {
        let (now, rule) = (self.now, &self.rule.rule);
        let quiet_until = rule.quiet.as_ref().and_then(|quiet| quiet.ends(self.telling.settings, now));
        let muted = Some(muted_until).filter(|until| *until > now);
        if let Some(held_until) = quiet_until.max(muted) {
            let waits =
                moved.iter().any(|one| one.alert.state == AlertState::Firing || one.alert.joined().next().is_some());
            self.next = Some(held_until).filter(|_| waits);
        } else {
            self.tell_firing(moved).await?;
            self.tell_joined(moved).await?;
            self.escalate(moved).await?;
        }
        // Of what nobody was told of, nobody is told that it is over.
        if muted.is_some() {
            return Ok(());
        }
        let over = moved.iter().filter(|one| one.is_over() && one.alert.told_at.is_some());
        let (escalated, others): (Vec<&Alert>, Vec<&Alert>) =
            over.map(|one| &one.alert).partition(|alert| alert.escalated_at.is_some());
        self.say(Said::Cleared, &others, &rule.to, quiet_until.unwrap_or(0)).await?;
        let mut to = rule.to.clone();
        to.extend(rule.escalation.iter().flat_map(|up| up.to.clone()));
        to.sort();
        to.dedup();
        self.say(Said::Cleared, &escalated, &to, quiet_until.unwrap_or(0)).await?;
        // Whose it is was told that, whether others were told of it or not; and who looks after it, of what joined it.
        for one in moved.iter().filter(|one| one.is_over()) {
            let looks_after = one.alert.acknowledged_by.clone().filter(|_| one.alert.told_at.is_some());
            let mut own = self.persons(&one.alert, [&looks_after, &one.alert.assigned_to]).await?;
            // Of many at once they may have been told with the others, in one message.
            let were_told: &[Channel] = match (one.alert.told_at, one.alert.escalated_at) {
                (None, _) => &[],
                (Some(_), None) => &rule.to,
                (Some(_), Some(_)) => &to,
            };
            own.retain(|channel| !were_told.contains(channel));
            own.dedup();
            self.post_own(Said::Cleared, &one.alert, &own, quiet_until.unwrap_or(0)).await?;
        }
        Ok(())
    }

    async fn tell_firing(&mut self, moved: &mut [Moved]) -> Result<()> {
        let untold: Vec<&Alert> = moved.iter().map(|one| &one.alert).filter(|alert| alert.is_untold()).collect();
        let to = self.rule.rule.to.clone();
        self.say(Said::Fires, &untold, &to, 0).await?;
        for one in moved.iter_mut().filter(|one| one.alert.is_untold()) {
            one.alert.told_at = Some(self.now);
            one.alert.told.extend(one.alert.members.iter().map(|member| member.key.clone()));
        }
        Ok(())
    }

    /// Has those who were told of an alert told of what joined it since, once that has held for as long as the rule says; who looks after
    /// it did so before, and whose it is was told, and they hear of it, too. What leaves it and comes again is not told again.
    async fn tell_joined(&mut self, moved: &mut [Moved]) -> Result<()> {
        let (now, hold) = (self.now, self.rule.rule.hold().fires);
        for one in moved.iter_mut() {
            let due = |member: &Member| member.since.saturating_add(hold);
            let (joined, later): (Vec<Member>, Vec<Member>) =
                one.alert.joined().cloned().partition(|member| due(member) <= now);
            self.next = self.next.into_iter().chain(later.iter().map(due)).min();
            let Some(since) = joined.iter().map(|member| member.since).min() else { continue };
            one.alert.told.extend(joined.iter().map(|member| member.key.clone()));
            one.alert.changed_at = now;
            let names: Vec<&str> = joined.iter().map(|member| member.name.as_str()).collect();
            note(self.whole, self.tenant, &one.alert, &format!("joined by {}", names.join(", ")), now).await?;
            let mut to = self.rule.rule.to.clone();
            if one.alert.escalated_at.is_some() {
                to.extend(self.rule.rule.escalation.iter().flat_map(|up| up.to.clone()));
            }
            to.sort();
            to.dedup();
            let mut own = self.persons(&one.alert, [&one.alert.acknowledged_by, &one.alert.assigned_to]).await?;
            own.retain(|channel| !to.contains(channel));
            own.dedup();
            let told = Alert { members: joined, since, ..one.alert.clone() };
            self.post(Said::Joined, &[&told], &to, 0).await?;
            self.post_own(Said::Joined, &told, &own, 0).await?;
        }
        Ok(())
    }

    /// How those of these people are told who may come in, and may look after the alert still: the rule names its recipients, and not them.
    async fn persons<const N: usize>(&mut self, alert: &Alert, keys: [&Option<String>; N]) -> Result<Vec<Channel>> {
        let mut all = Vec::new();
        for key in keys.into_iter().flatten() {
            let Some(user) = person(self.whole, self.tenant, key).await? else { continue };
            let member = member_within(self.whole, self.tenant, &user).await?;
            if member.is_some_and(|member| may_look_after(&member, alert)) {
                all.push(Channel::Notification(user));
            }
        }
        Ok(all)
    }

    async fn escalate(&mut self, moved: &mut [Moved]) -> Result<()> {
        let Some(up) = self.rule.rule.escalation.clone() else { return Ok(()) };
        let after = i64::from(up.after_seconds) * 1_000_000;
        let mut due_now = Vec::new();
        for one in moved.iter_mut() {
            // Nobody is called to what is well again, and only waits to be over.
            let waits = one.alert.state == AlertState::Firing && one.alert.escalated_at.is_none() && one.alert.is_so();
            let due = one.alert.told_at.filter(|_| waits).map(|told| told.saturating_add(after));
            let Some(due) = due else { continue };
            if due > self.now {
                self.next = Some(self.next.map_or(due, |next| next.min(due)));
                continue;
            }
            one.alert.escalated_at = Some(self.now);
            due_now.push(&one.alert);
        }
        self.say(Said::Waits, &due_now, &up.to, 0).await
    }

    /// Says the same of some alerts: of each by itself, or of many in one message.
    async fn say(&mut self, said: Said, alerts: &[&Alert], to: &[Channel], due_at: i64) -> Result<()> {
        if alerts.len() > MOST_SINGLE {
            return self.post(said, alerts, to, due_at).await;
        }
        for alert in alerts {
            self.post(said, &[alert], to, due_at).await?;
        }
        Ok(())
    }

    async fn post(&mut self, said: Said, alerts: &[&Alert], to: &[Channel], due_at: i64) -> Result<()> {
        self.hand(parcel(said, &self.rule.rule, alerts, self.telling), to, due_at).await
    }

    /// The same of one alert to those who look after it, or are to, as far as they may when it is handed over.
    async fn post_own(&mut self, said: Said, alert: &Alert, to: &[Channel], due_at: i64) -> Result<()> {
        self.hand(own_parcel(said, &self.rule.rule, alert, self.telling), to, due_at).await
    }

    async fn hand(&mut self, parcel: Option<Parcel>, to: &[Channel], due_at: i64) -> Result<()> {
        let Some(parcel) = parcel.filter(|_| !to.is_empty()) else { return Ok(()) };
        let asked = (self.rule.owner.as_str(), self.now, due_at);
        post(self.whole, self.tenant, &parcel, to, asked, Some(self.job)).await.map(drop)
    }
}
