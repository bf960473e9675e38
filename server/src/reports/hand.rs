//! What is delivered of reports that were made: one parcel for those who see the same, with all that was made for them.

use super::format::FileFormat;
use super::keep::{KeptFile, kept_file};
use super::link::{HOUR, MOST_HOURS, Shared};
use super::run::Makes;
use crate::control::{Job, MOST_CHANNELS, Member, REMEMBERED, Refusal, Report, ReportState, Topic, email_key};
use crate::delivery::{Attachment, Channel, Content, MOST_BYTES, MOST_PAGE, Parcel, one_line};
use crate::{Error, Result};
use pulse_engine::TenantId;
use std::collections::{BTreeMap, BTreeSet};

/// Why a job that goes on after long hands nothing over.
const FORGOTTEN: &str = "was begun before, and asked for more than 90 days ago: to whom its reports went may be forgotten by now, and nobody is to get them twice. Ask for them anew";

impl Makes {
    /// Has what a job made delivered, to each of those it is for once, however often the job is begun, and however late: one that somebody
    /// lets go on once it may be forgotten who got it is refused.
    pub(super) async fn hand_over(&self, tenant: &TenantId, job: &Job) -> Result<()> {
        let made = self.control.reports_of(tenant, &job.id).await?;
        let of = made.first().map(|report| (report.title.clone(), report.asked_by.clone()));
        let mut groups: Vec<Vec<Report>> = Vec::new();
        for report in made {
            let is_one = |group: &&mut Vec<Report>| {
                group.first().is_some_and(|one| (&one.recipients, &one.places) == (&report.recipients, &report.places))
            };
            match groups.iter_mut().find(is_one) {
                Some(group) => group.push(report),
                None => groups.push(vec![report]),
            }
        }
        let is_sent = |report: &Report| !report.recipients.is_empty() || !report.places.is_empty();
        let may_be_forgotten = job.epoch() > 1 && self.control.now().saturating_sub(job.created_at) > REMEMBERED;
        if may_be_forgotten && groups.iter().flatten().any(is_sent) {
            return Err(Refusal::invalid("job", FORGOTTEN).into());
        }
        let any = groups.iter().flatten().any(|report| !report.recipients.is_empty());
        let members = if any { self.members(tenant).await? } else { BTreeMap::new() };
        let (mut failed, mut left) = (None, BTreeSet::new());
        for group in groups {
            left.extend(group.iter().filter(|one| one.state == ReportState::Refused).map(|one| one.reason.clone()));
            if group.iter().any(|report| report.state == ReportState::Making) {
                continue;
            }
            // The others get theirs all the same.
            match self.deliver((tenant, job), &members, &group).await {
                Ok(others) => left.extend(others),
                Err(error) => failed = Some(error),
            }
        }
        if let Some((title, asked_by)) = of.filter(|_| !left.is_empty()) {
            self.control.tell_left_out(job, (&title, &asked_by), &left).await?;
        }
        failed.map_or(Ok(()), Err)
    }

    /// Has what was made for those who see the same delivered to them; who of them gets none, and why.
    async fn deliver(
        &self,
        (tenant, job): (&TenantId, &Job),
        members: &BTreeMap<String, Member>,
        group: &[Report],
    ) -> Result<Vec<String>> {
        let ready: Vec<&Report> = group.iter().filter(|report| report.state == ReportState::Ready).collect();
        // The first is what the others go by, made or not: what was sent is known by it, whatever is made later.
        let Some(first) = group.first().filter(|_| !ready.is_empty()) else {
            return Ok(Vec::new());
        };
        let by = first.asked_by.as_str();
        let muted = self.control.all_muted(tenant).await?;
        let mut people = Vec::new();
        let (may, left) = recipients(first, members)?;
        for member in may {
            let wants = |topic: Topic| muted.get(&member.id).is_none_or(|topics| !topics.contains(&topic));
            if wants(Topic::ReportNotification) {
                people.push(Channel::Notification(member.id.clone()));
            }
            let mail = Channel::Mail(member.email.clone());
            // An address that no letter goes to gets the notification alone.
            if self.sends_mail && wants(Topic::ReportMail) && mail.check().is_ok() {
                people.push(mail);
            }
        }
        let (stores, chats): (Vec<_>, Vec<_>) =
            first.places.iter().cloned().partition(|place| matches!(place, Channel::Store(_)));
        let to_read: Vec<Channel> = people.into_iter().chain(chats).collect();
        if !to_read.is_empty() {
            let letter = self.letter(tenant, first, &ready).await?;
            for some in to_read.chunks(MOST_CHANNELS) {
                self.control.deliver_made(job, &letter, some, by).await?;
            }
        }
        if !stores.is_empty() {
            let parcel = Parcel {
                key: format!("files of {}", first.id),
                report: Some(first.id.clone()),
                subject: subject(first),
                attachments: ready.iter().filter_map(|report| file(report)).collect(),
                ..Parcel::default()
            };
            self.control.deliver_made(job, &parcel, &stores, by).await?;
        }
        Ok(left)
    }

    /// What people and chats get: the page and the text where they were made as files, the picture, and the other files beside them.
    async fn letter(&self, tenant: &TenantId, first: &Report, ready: &[&Report]) -> Result<Parcel> {
        let of = |format: FileFormat| ready.iter().find(|report| report.format == format).copied();
        let page = self.read(tenant, of(FileFormat::Html)).await?;
        let text = self.read(tenant, of(FileFormat::Text)).await?;
        let picture = of(FileFormat::Png);
        let stands = Stands { page: page.is_some(), text: text.is_some() };
        let (mut attachments, mut left) = (Vec::new(), MOST_BYTES);
        let mut said = text.unwrap_or_else(|| subject(first));
        if let Some(more) = picture.and_then(|report| report.bytes) {
            left = left.saturating_sub(u64::try_from(more).unwrap_or(u64::MAX));
        }
        for report in ready.iter().filter(|report| stands.leaves(report.format)) {
            let bytes = report.bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(u64::MAX);
            match (left.checked_sub(bytes), file(report)) {
                (Some(rest), Some(file)) => {
                    left = rest;
                    attachments.push(file);
                }
                _ => {
                    let text = "{file} is too large to come along: it is on the page.";
                    said.push('\n');
                    said.push_str(&report.asked.definition.language.fill(text, &[("file", &report.file_name())]));
                }
            }
        }
        let address = |path: &str| self.base.join(path).map_err(|e| Error::Usage(format!("the server's address: {e}")));
        let link = address(&format!("reports?find={}", first.name))?;
        let picture_link = match picture {
            Some(report) => {
                let until = (self.control.now() + MOST_HOURS * HOUR).min(report.expires_at);
                let shared = Shared::new(tenant, report, &report.asked_by, until);
                Some(address(shared.path(&self.vault)?.trim_start_matches('/'))?.to_string())
            }
            None => None,
        };
        Ok(Parcel {
            key: format!("report {}", first.id),
            alerts: Vec::new(),
            alert: None,
            report: Some(first.id.clone()),
            subject: subject(first),
            text: said,
            html: page,
            attachments,
            picture: picture.and_then(|report| report.file.clone()).map(Content::File),
            picture_link,
            link: Some(link.to_string()),
        })
    }

    /// What is in a report that is text; `None` where there is none, or it is too long to stand in a letter.
    async fn read(&self, tenant: &TenantId, report: Option<&Report>) -> Result<Option<String>> {
        let Some((report, path)) = report.and_then(|report| Some((report, report.file.as_ref()?))) else {
            return Ok(None);
        };
        if report.bytes.is_none_or(|bytes| bytes > MOST_PAGE) {
            return Ok(None);
        }
        let of = self.engine.tenant(tenant);
        // This job makes it anew at its next try.
        if let KeptFile::ComesAgain(why) = kept_file(&self.control, &of, path).await? {
            return Err(Error::Data(format!("what stands in its letter cannot go out: {why}")));
        }
        let bytes = of.lake().file(path, u64::MAX).await?;
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()))
    }
}

/// Which files stand in a letter itself. What is too long for that comes along as a file.
#[derive(Clone, Copy, Debug)]
struct Stands {
    page: bool,
    text: bool,
}

impl Stands {
    /// Whether a file of that format comes beside it.
    fn leaves(self, format: FileFormat) -> bool {
        match format {
            FileFormat::Html => !self.page,
            FileFormat::Text => !self.text,
            // It is the letter's picture.
            FileFormat::Png => false,
            _ => true,
        }
    }
}

/// Those of its recipients who may still have it, and why the others get none.
fn recipients<'m>(report: &Report, members: &'m BTreeMap<String, Member>) -> Result<(Vec<&'m Member>, Vec<String>)> {
    let (mut may, mut left) = (Vec::new(), Vec::new());
    // Those of one that was refused were never to have it, which is said of it.
    for address in report.recipients.iter().filter(|_| report.state != ReportState::Refused) {
        let member = members.get(&email_key(address)?);
        match member.filter(|member| member.active && report.may_be_had_by(&member.authority())) {
            Some(member) => may.push(member),
            None => left.push(format!("{address} may not have it any more")),
        }
    }
    Ok((may, left))
}

/// What it is about, on one line.
fn subject(report: &Report) -> String {
    let language = report.asked.definition.language;
    let (title, when) = (one_line(&report.title, 150), language.instant(report.as_of, chrono_tz::Tz::UTC));
    language.fill("{title}, as of {when} UTC", &[("title", &title), ("when", &when)])
}

fn file(report: &Report) -> Option<Attachment> {
    let media_type = report.format.media_type(report.table.as_deref()).to_owned();
    Some(Attachment { name: report.file_name(), media_type, content: Content::File(report.file.clone()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_to_stand_in_a_letter_comes_beside_it() {
        let formats = [FileFormat::Text, FileFormat::Html, FileFormat::Png, FileFormat::Pdf];
        let beside = |page, text| formats.map(|format| Stands { page, text }.leaves(format));
        assert_eq!(beside(true, true), [false, false, false, true]);
        assert_eq!(beside(true, false), [true, false, false, true]);
        assert_eq!(beside(false, true), [false, true, false, true]);
    }
}
