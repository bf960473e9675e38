//! Handing over what there is to deliver, as a job.

use super::letter::Letter;
use super::{Channel, DestinationKind, Ending, Mail, Parcel, chat, stored, webhook};
use crate::auth::Vault;
use crate::control::{Address, Begun, Control, DELIVER, Job, Outcome, Sending, email_key};
use crate::jobs::{AtWork, Work};
use crate::reports::{KeptFile, kept_file};
use crate::{Error, Result};
use async_trait::async_trait;
use bytes::Bytes;
use pulse_connectors::net::Posting;
use pulse_engine::{Engine, Tenant, TenantId};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::time::{Duration, Instant};

/// Hands over the delivery that its job is about.
pub struct Delivers {
    /// Where deliveries and destinations are known.
    pub control: Control,
    /// What opens destinations.
    pub vault: Vault,
    /// Where files are.
    pub engine: Engine,
    /// What posts.
    pub posting: Posting,
    /// The way to the mail server, where there is one.
    pub mail: Option<Mail>,
}

#[async_trait]
impl Work for Delivers {
    fn kind(&self) -> &'static str {
        DELIVER
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(1800)
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        match self.deliver(job, at).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Delivers {
    async fn deliver(&self, job: &Job, at: &AtWork) -> Result<Outcome> {
        let sending = match self.control.begin_delivery(job).await? {
            Begun::Send(sending) => *sending,
            Begun::Settled(outcome) => return Ok(outcome),
        };
        at.is(0, Some(1), "handing over");
        let began = Instant::now();
        let ending = match self.hand_over(job, &sending).await {
            Ok(ending) => ending,
            // What is not there, or is too large, is so the next time, too.
            Err(Error::Refused(refusal)) => Ending::Never(refusal.to_string()),
            Err(Error::Engine(error @ pulse_engine::Error::Setting(_))) => Ending::Never(error.to_string()),
            // It failed before anything went out.
            Err(error) => {
                tracing::warn!(%error, delivery = sending.delivery.id, "something cannot be handed over now");
                Ending::Again(None, "Pulse could not make it ready: its log says why".to_owned())
            }
        };
        self.control.end_delivery(job, &sending, &ending, began.elapsed()).await
    }

    async fn hand_over(&self, job: &Job, sending: &Sending) -> Result<Ending> {
        let of = self.engine.tenant(&sending.tenant);
        let lake = of.lake();
        let (tenant, delivery) = (&sending.tenant, &sending.delivery);
        if let Some(report) = &sending.parcel.report
            && !self.may_have(tenant, report, &delivery.channel).await?
        {
            return Ok(Ending::Never("whoever it goes to may not have this report any more".to_owned()));
        }
        if let (Some(alert), Channel::Notification(user)) = (&sending.parcel.alert, &delivery.channel)
            && !self.control.may_look_after(tenant, alert, user).await?
        {
            return Ok(Ending::Never("whoever it goes to may not look after this alert any more".to_owned()));
        }
        let has_files = !matches!(delivery.channel, Channel::Notification(_));
        let mut parcel = sending.parcel.clone();
        if has_files && let Some(held_back) = self.held_back(&mut parcel, &of).await? {
            return Ok(held_back);
        }
        // One has none, the other takes them one by one.
        if !matches!(delivery.channel, Channel::Notification(_) | Channel::Store(_)) {
            parcel = parcel.filled(lake).await?;
        }
        Ok(match &delivery.channel {
            // It is kept in the commit that notes the end.
            Channel::Notification(user) => match self.control.member(tenant, user).await? {
                Some(member) if member.active => Ending::Delivered("kept in their notifications".to_owned()),
                _ => Ending::Never(format!("there is no member `{user}` who may come in")),
            },
            Channel::Mail(to) => {
                let Some(mail) = &self.mail else {
                    return Ok(Ending::Never("this server sends no mail: --smtp-url names a mail server".to_owned()));
                };
                let identity = format!("{tenant}/{}/{to}", delivery.key);
                let letter = Letter { parcel: &parcel, identity, at: delivery.created_at };
                mail.send(to, &letter, |known_as| self.goes_out(job, sending, known_as)).await
            }
            Channel::Store(pattern) => stored::put(lake, pattern, &parcel, (&delivery.id, delivery.created_at)).await,
            Channel::Destination(name) => {
                let Some((kind, address)) = self.address(tenant, name).await? else {
                    return Ok(Ending::Never(format!("there is no destination `{name}` any more")));
                };
                let (body, signed) = match kind {
                    DestinationKind::Webhook => (webhook::body(&delivery.id, &parcel)?, address.secret.as_deref()),
                    kind => (chat::body(kind, &parcel)?, None),
                };
                let headers = self.headers(&delivery.id, signed, &body)?;
                if !delivery.channel.folds(kind != DestinationKind::Webhook)
                    && let Some(held_back) = self.goes_out(job, sending, kind.name().to_owned()).await
                {
                    return Ok(held_back);
                }
                let answer = self.posting.post(&address.url, headers.clone(), body).await;
                // A chat refuses a message whose picture it cannot fetch, such as from a server that it does not reach: that has no picture then.
                let is_refused =
                    kind != DestinationKind::Webhook && answer.as_ref().is_ok_and(|said| said.status == 400);
                if is_refused && parcel.picture_link.take().is_some() {
                    let answer = self.posting.post(&address.url, headers, chat::body(kind, &parcel)?).await;
                    return Ok(match webhook::ending(answer) {
                        Ending::Delivered(said) => {
                            Ending::Delivered(format!("{said}, without its picture, with which it was refused"))
                        }
                        other => other,
                    });
                }
                webhook::ending(answer)
            }
        })
    }

    /// What comes of a parcel where a file of it is not what was made: that goes to nobody. What was made anew goes out as it is now.
    async fn held_back(&self, parcel: &mut Parcel, of: &Tenant) -> Result<Option<Ending>> {
        for path in parcel.files_mut() {
            match kept_file(&self.control, of, path).await? {
                KeptFile::Whole => {}
                KeptFile::At(file) => *path = file,
                KeptFile::ComesAgain(why) => {
                    return Ok(Some(Ending::Again(None, format!("it waits for a file: {why}"))));
                }
                KeptFile::Lost => {
                    let said =
                        "a file of it is gone from the storage, or is not what was made, and does not come again";
                    return Ok(Some(Ending::Never(said.to_owned())));
                }
            }
        }
        Ok(None)
    }

    /// Whether whoever reads what comes by a channel may have a report now, which may be days after it was made. Who reads what comes to a
    /// place is not known: it goes there while whoever asked for the report may have it.
    async fn may_have(&self, tenant: &TenantId, id: &str, channel: &Channel) -> Result<bool> {
        let Some(report) = self.control.report(tenant, id).await? else { return Ok(false) };
        let reader = match channel {
            Channel::Notification(user) => Some(user.clone()),
            Channel::Mail(to) => self.control.user_by_email(&email_key(to)?).await?.map(|user| user.id),
            Channel::Destination(_) | Channel::Store(_) => Some(report.asked_by.clone()),
        };
        let Some(reader) = reader else { return Ok(false) };
        let found = self.control.authority_of(tenant, &reader).await?;
        Ok(found.is_some_and(|authority| report.may_be_had_by(&authority)))
    }

    /// Notes that a try goes out now; what it comes to where it may not. What cannot be noted does not go out: were this worker to die,
    /// nobody would know that it did.
    async fn goes_out(&self, job: &Job, sending: &Sending, known_as: String) -> Option<Ending> {
        match self.control.delivery_goes_out(job, sending, &known_as).await {
            Ok(true) => None,
            Ok(false) => Some(Ending::Again(None, "it was taken back, or another worker has it".to_owned())),
            Err(error) => {
                tracing::warn!(%error, delivery = sending.delivery.id, "it cannot be noted that something goes out");
                Some(Ending::Again(None, "Pulse could not note that it goes out: its log says why".to_owned()))
            }
        }
    }

    async fn address(&self, tenant: &TenantId, name: &str) -> Result<Option<(DestinationKind, Address)>> {
        let found = self.control.destination_with_address(tenant, name, &self.vault).await?;
        Ok(found.map(|(destination, address)| (destination.kind, address)))
    }

    fn headers(&self, id: &str, secret: Option<&str>, body: &Bytes) -> Result<HeaderMap> {
        let value = |text: &str| HeaderValue::from_str(text).map_err(|e| Error::Usage(format!("a header: {e}")));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("idempotency-key"), value(id)?);
        if let Some(secret) = secret {
            let signed = webhook::signature(secret.as_bytes(), self.control.now() / 1_000_000, body);
            headers.insert(HeaderName::from_static("pulse-signature"), value(&signed)?);
        }
        Ok(headers)
    }
}
