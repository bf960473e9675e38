//! Where the simulated vendors call when something happens.

use super::MOMENT;
use super::faults::share;
use crate::Result;
use crate::cli::repositories::note;
use crate::secret::Secret;
use bytes::Bytes;
use clap::Args;
use pulse_connectors::net::{Posting, Reach};
use pulse_simulator::SharedWorld;
use pulse_simulator::webhooks::Carrier;
use reqwest::header::{HeaderName, HeaderValue};
use std::convert::Infallible;
use std::mem;
use std::time::Duration;
use url::Url;

/// For how long they wait for an answer, as GitHub does.
const PATIENCE: Duration = Duration::from_secs(10);

/// The options.
#[derive(Debug, Args)]
pub(super) struct HookArgs {
    /// Where GitHub calls when something happens, such as http://127.0.0.1:8080/hooks/hook_1
    #[arg(long, value_name = "URL", requires = "github_secret", help_heading = "Webhooks")]
    github_hook: Option<Url>,
    /// What it signs its calls with
    #[arg(long, value_name = "SECRET", requires = "github_hook", value_parser = secret, help_heading = "Webhooks")]
    github_secret: Option<Secret>,
    /// Where Jira calls when something happens
    #[arg(long, value_name = "URL", requires = "jira_secret", help_heading = "Webhooks")]
    jira_hook: Option<Url>,
    /// What it signs its calls with
    #[arg(long, value_name = "SECRET", requires = "jira_hook", value_parser = secret, help_heading = "Webhooks")]
    jira_secret: Option<Secret>,
    /// How many hours back what they call about begins
    #[arg(long, value_name = "HOURS", default_value_t = 24, help_heading = "Webhooks")]
    pub(super) hook_hours: u32,
    /// Which share of their calls is lost, such as 0.1
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share, help_heading = "Webhooks")]
    hook_loss: f64,
    /// Which share of their calls comes twice
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share, help_heading = "Webhooks")]
    hook_repeat: f64,
    /// Call about what happens within a second in any order
    #[arg(long, help_heading = "Webhooks")]
    hook_shuffle: bool,
}

impl HookArgs {
    /// Whether anybody is called.
    pub(super) fn are_set(&self) -> bool {
        self.github_hook.is_some() || self.jira_hook.is_some()
    }

    /// What calls, if all addresses can be called.
    pub(super) fn posting(&self) -> Result<Posting> {
        let posting = Posting::new(Reach::Anywhere, PATIENCE)?;
        for url in [&self.github_hook, &self.jira_hook].into_iter().flatten() {
            posting.check(url)?;
        }
        Ok(posting)
    }

    /// Calls about all that happens in a world, for as long as it is polled. What befalls the calls is the same for a seed.
    pub(super) async fn tell_on(&self, world: &SharedWorld, posting: &Posting, seed: u64) {
        let carrier = Carrier { seed, lost: self.hook_loss, twice: self.hook_repeat, mixed: self.hook_shuffle };
        loop {
            self.tell(world, posting, carrier).await;
            tokio::time::sleep(MOMENT).await;
        }
    }

    /// Calls about what happened since the last time.
    async fn tell(&self, world: &SharedWorld, posting: &Posting, carrier: Carrier) {
        let (of_github, of_jira) = {
            let mut world = world.lock();
            (mem::take(&mut world.deliveries), mem::take(&mut world.jira.deliveries))
        };
        if let (Some(url), Some(secret)) = (&self.github_hook, &self.github_secret) {
            for delivery in carrier.carry(of_github, |delivery| &delivery.id) {
                call(posting, url, delivery.event, delivery.request(secret.tell())).await;
            }
        }
        if let (Some(url), Some(secret)) = (&self.jira_hook, &self.jira_secret) {
            for delivery in carrier.carry(of_jira, |delivery| &delivery.id) {
                call(posting, url, delivery.event, delivery.request(secret.tell())).await;
            }
        }
    }
}

/// Calls once. That nobody listens is told, and lost, as with GitHub.
async fn call(posting: &Posting, url: &Url, event: &str, request: (Vec<(&'static str, String)>, String)) {
    let (headers, body) = request;
    let headers = headers.into_iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(&value).ok()?))
    });
    let said = match posting.post(url, headers.collect(), Bytes::from(body)).await {
        Ok(posted) if (200..300).contains(&posted.status) => return,
        Ok(posted) => format!("it answered {} {}", posted.status, posted.said),
        Err(unanswered) => unanswered.reason,
    };
    note(&format!("a call about `{event}` did not arrive: {said}"));
}

fn secret(text: &str) -> std::result::Result<Secret, Infallible> {
    Ok(Secret::kept(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::State;
    use axum::http::HeaderMap;
    use axum::routing::post;
    use pulse_simulator::webhooks::sign;
    use pulse_simulator::{Size, World};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    type Heard = mpsc::UnboundedSender<(HeaderMap, String)>;

    async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: String) {
        heard.send((headers, body)).unwrap();
    }

    /// How many calls of each vendor a week makes, and how many come, each of them signed.
    async fn called(carrier: Carrier) -> ((usize, usize), (usize, usize)) {
        let (heard, mut calls) = mpsc::unbounded_channel();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let router = Router::new().route("/", post(hear)).with_state(heard);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        let mut world = World::at_start(5, Size::tiny());
        world.listening = true;
        world.advance(7);
        let made = (world.deliveries.len(), world.jira.deliveries.len());
        assert!(made.0 > 0 && made.1 > 0, "{made:?}");
        let hooks = HookArgs {
            github_hook: Some(url.clone()),
            github_secret: Some(Secret::kept("of-github".to_owned())),
            jira_hook: Some(url),
            jira_secret: Some(Secret::kept("of-jira".to_owned())),
            hook_hours: 0,
            hook_loss: 0.0,
            hook_repeat: 0.0,
            hook_shuffle: false,
        };
        let (world, posting) = (world.shared(), hooks.posting().unwrap());
        for _ in 0..2 {
            hooks.tell(&world, &posting, carrier).await;
        }
        let mut told = (0, 0);
        while let Ok((headers, body)) = calls.try_recv() {
            let signature = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            match signature("x-hub-signature-256") {
                Some(signature) => {
                    assert_eq!(signature, sign(b"of-github", body.as_bytes()));
                    told.0 += 1;
                }
                None => {
                    assert_eq!(signature("x-hub-signature"), Some(sign(b"of-jira", body.as_bytes())));
                    told.1 += 1;
                }
            }
        }
        serving.abort();
        (made, told)
    }

    #[tokio::test]
    async fn all_that_happens_is_called_about_once_and_signed() {
        let (made, told) = called(Carrier::default()).await;
        assert_eq!(told, made);
    }

    #[tokio::test]
    async fn calls_are_lost_and_come_twice_where_that_is_asked_for() {
        let (made, told) = called(Carrier { twice: 1.0, mixed: true, ..Carrier::default() }).await;
        assert_eq!(told, (2 * made.0, 2 * made.1));
        let (_, told) = called(Carrier { lost: 1.0, ..Carrier::default() }).await;
        assert_eq!(told, (0, 0));
    }
}
