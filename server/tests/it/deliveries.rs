//! Deliveries: each once, whoever dies over it; and destinations, whose addresses nobody is told.

use crate::world::{DAY, SECOND, World, acme, on_both, refusal};
use pulse_server::auth::Vault;
use pulse_server::control::*;
use pulse_server::delivery::{Channel, DeliveryState, DestinationKind, Ending, Parcel};
use std::time::Duration;

on_both! { World;
    a_parcel_is_handed_to_each_once_however_often_it_is_made
    what_failed_is_tried_again_when_it_is_due_or_when_a_person_asks
    a_worker_that_died_over_a_delivery_leaves_it_to_the_next_and_notes_nothing_more
    a_letter_that_may_have_arrived_is_sent_again_by_a_person_alone
    letters_that_an_earlier_version_left_are_not_sent_again_by_themselves
    a_letter_that_was_given_up_is_asked_for_again_by_a_person_and_not_by_a_worker_that_leaves_its_job
    what_had_not_gone_out_when_its_worker_died_is_sent_once
    a_delivery_goes_with_its_job
    what_is_over_is_forgotten_and_then_its_key_is_free
    where_something_is_delivered_is_kept_sealed_and_a_secret_is_for_one_address
}

/// Those that do deliveries.
pub(crate) fn delivers() -> Limits {
    Limits { tenant: 100, kinds: Vec::new(), known: vec![DELIVER.to_owned()] }
}

pub(crate) fn parcel(key: &str) -> Parcel {
    Parcel { key: key.into(), subject: format!("About {key}"), text: "It is so.".into(), ..Parcel::default() }
}

async fn claim(world: &World) -> Option<Job> {
    world.control().claim("w", &delivers()).await.unwrap()
}

/// Begins a try; the job comes with it.
async fn begin(world: &World) -> (Job, Box<Sending>) {
    let job = claim(world).await.unwrap();
    match world.control().begin_delivery(&job).await.unwrap() {
        Begun::Send(sending) => (job, sending),
        Begun::Settled(outcome) => panic!("{outcome:?}"),
    }
}

/// Tries once, with that ending; what the job comes to.
async fn tried(world: &World, ending: Ending) -> Outcome {
    let (job, sending) = begin(world).await;
    let outcome = world.control().end_delivery(&job, &sending, &ending, Duration::from_millis(7)).await.unwrap();
    assert!(world.control().finish(&job, &outcome).await.unwrap());
    outcome
}

async fn one(world: &World, channel: Channel) -> String {
    world.control().deliver(&acme(), &parcel("k"), &[channel], "test").await.unwrap().remove(0)
}

async fn known(world: &World, id: &str) -> (Delivery, Vec<String>) {
    let (delivery, attempts) = world.control().delivery(&acme(), id).await.unwrap().unwrap();
    (delivery, attempts.into_iter().map(|attempt| attempt.outcome).collect())
}

fn mail() -> Channel {
    Channel::Mail("ada@example.com".into())
}

fn again() -> Ending {
    Ending::Again(Some(Duration::from_secs(7)), "busy".into())
}

/// Has whoever runs a job be thought dead.
async fn dies(world: &World) {
    for pulse in world.control().pulses().await.unwrap() {
        assert!(world.control().give_up(&pulse).await.unwrap());
    }
}

async fn a_parcel_is_handed_to_each_once_however_often_it_is_made(world: World) {
    let (control, ada) = (world.control(), world.ada.id.clone());
    let to = [Channel::Notification(ada.clone()), mail()];
    let first = control.deliver(&acme(), &parcel("k"), &to[..1], "test").await.unwrap();
    assert!(matches!(tried(&world, Ending::Delivered("kept".into())).await, Outcome::Done(_)));
    let second = control.deliver(&acme(), &parcel("k"), &to, "test").await.unwrap();
    assert_eq!(first[0], second[0], "she has it already");
    let (_, sending) = begin(&world).await;
    assert_eq!((&sending.delivery.id, &sending.delivery.channel), (&second[1], &to[1]));
    assert!(claim(&world).await.is_none());
    let (delivery, attempts) = known(&world, &first[0]).await;
    assert_eq!((delivery.state, delivery.tries, delivery.tries_left), (DeliveryState::Delivered, 1, 0));
    assert_eq!(attempts, ["delivered"]);
    let me = (ada.as_str(), &world.owner().await);
    let kept = control.notifications(&acme(), me, true, &Cursor::new(None, None).unwrap()).await.unwrap().items;
    let [kept] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!((kept.event.kind.as_str(), &kept.event.detail["subject"]), ("message.received", &"About k".into()));
    let other = control.deliver(&acme(), &Parcel { subject: "a\nb".into(), ..parcel("x") }, &to, "test").await;
    assert!(matches!(refusal(other), Refusal::Invalid { field: "subject", .. }));
}

async fn what_failed_is_tried_again_when_it_is_due_or_when_a_person_asks(world: World) {
    let id = one(&world, mail()).await;
    assert_eq!(tried(&world, again()).await, Outcome::Wait(Duration::from_secs(7), "busy".into()));
    let (delivery, _) = known(&world, &id).await;
    let due = world.control().now() + 7 * SECOND;
    assert_eq!((delivery.state, delivery.next_at, delivery.tries_left), (DeliveryState::Failed, Some(due), 7));
    world.pass(7 * SECOND - 1);
    assert!(claim(&world).await.is_none(), "it is not due");
    world.pass(1);
    tried(&world, again()).await;
    let asked = world.control().retry_delivery(&acme(), &id, "ada").await.unwrap();
    assert_eq!((asked.state, asked.tries), (DeliveryState::Queued, 0));
    for _ in 0..7 {
        tried(&world, again()).await;
        world.pass(7 * SECOND);
    }
    assert!(matches!(tried(&world, again()).await, Outcome::Hopeless(why) if why.contains("8 tries")));
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!((delivery.state, attempts.len()), (DeliveryState::Dead, 10), "each try is kept");
    let jobs = world.control().jobs(&acme(), None, Some(JobState::Dead), &Cursor::new(None, None).unwrap()).await;
    assert_eq!(jobs.unwrap().items.len(), 1, "it waits for a person");
    world.control().retry_delivery(&acme(), &id, "ada").await.unwrap();
    tried(&world, Ending::Delivered("250".into())).await;
    let refused = refusal(world.control().retry_delivery(&acme(), &id, "ada").await);
    assert_eq!(refused, Refusal::DeliveryState(DeliveryState::Delivered));
    assert!(matches!(refusal(world.control().retry_delivery(&acme(), "no", "a").await), Refusal::Unknown { .. }));
}

async fn a_worker_that_died_over_a_delivery_leaves_it_to_the_next_and_notes_nothing_more(world: World) {
    let id = one(&world, Channel::Notification(world.ada.id.clone())).await;
    let (old, lost) = begin(&world).await;
    dies(&world).await;
    let (new, sending) = begin(&world).await;
    let control = world.control();
    let end = async |job: &Job, sending: &Sending| {
        control.end_delivery(job, sending, &Ending::Delivered("kept".into()), Duration::ZERO).await.unwrap()
    };
    assert_eq!(end(&old, &lost).await, Outcome::Stopped);
    assert!(matches!(control.begin_delivery(&old).await.unwrap(), Begun::Settled(Outcome::Stopped)));
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!((delivery.state, attempts), (DeliveryState::Sending, vec!["interrupted".into(), String::new()]));
    let outcome = end(&new, &sending).await;
    // It dies once more, before the job knows: nothing is handed over again.
    dies(&world).await;
    let again = claim(&world).await.unwrap();
    assert!(matches!(control.begin_delivery(&again).await.unwrap(), Begun::Settled(Outcome::Done(_))));
    assert!(control.finish(&again, &outcome).await.unwrap());
    let me = (world.ada.id.as_str(), &world.owner().await);
    let kept = control.notifications(&acme(), me, false, &Cursor::new(None, None).unwrap()).await.unwrap().items;
    assert_eq!(kept.iter().filter(|one| one.event.kind == "message.received").count(), 1);
}

/// Has a letter that Ada asked for go out, whose worker then is gone.
async fn goes_out_and_dies(world: &World) {
    let (job, sending) = begin(world).await;
    assert!(world.control().delivery_goes_out(&job, &sending, "Message-ID <1@example.com>").await.unwrap());
    dies(world).await;
    assert!(!world.control().delivery_goes_out(&job, &sending, "again").await.unwrap(), "it is not its any more");
}

async fn a_letter_that_may_have_arrived_is_sent_again_by_a_person_alone(world: World) {
    let ada = world.ada.id.clone();
    let id = world.control().deliver(&acme(), &parcel("k"), &[mail()], &ada).await.unwrap().remove(0);
    goes_out_and_dies(&world).await;
    taken_up_in_vain(&world).await;
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!((delivery.state, attempts), (DeliveryState::Dead, vec!["unknown".to_owned()]));
    for said in ["may have arrived", "`retry`", "Message-ID <1@example.com>", "whoever was at it is gone"] {
        assert!(delivery.reason.contains(said), "{said}: {}", delivery.reason);
    }
    world.pass(DAY);
    // Whoever asked for it is told, once, and nothing else is done.
    assert!(matches!(tried(&world, Ending::Delivered("kept".into())).await, Outcome::Done(_)));
    assert!(claim(&world).await.is_none());
    let me = (ada.as_str(), &world.owner().await);
    let kept = world.control().notifications(&acme(), me, false, &Cursor::new(None, None).unwrap()).await.unwrap();
    let told: Vec<_> = kept.items.iter().filter(|one| one.event.kind == "message.received").collect();
    let [told] = &told[..] else { panic!("{told:?}") };
    let text = told.event.detail["text"].as_str().unwrap();
    assert!(text.starts_with("To ada@example.com: it may have arrived"), "{text}");
    // A person asks for it again; that nobody answers is as little known, and is said at once.
    world.control().retry_delivery(&acme(), &id, "ada").await.unwrap();
    assert!(matches!(tried(&world, Ending::Unknown("no answer".into())).await, Outcome::Hopeless(_)));
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!((delivery.state, attempts), (DeliveryState::Dead, vec!["unknown".to_owned(), "unknown".into()]));
}

/// Does to the database, beside this version, what an earlier one did.
async fn as_before(world: &World, statement: &'static str) {
    sqlx::any::install_default_drivers();
    let address = match world.address().strip_prefix("sqlite:") {
        Some(path) => url::Url::from_file_path(path).unwrap().as_str().replacen("file", "sqlite", 1),
        None => world.address().to_owned(),
    };
    let beside = sqlx::AnyPool::connect(&address).await.unwrap();
    sqlx::query(statement).execute(&beside).await.unwrap();
    beside.close().await;
}

/// Takes up what is given up at once; the job is over by that.
async fn taken_up_in_vain(world: &World) -> Job {
    let job = claim(world).await.unwrap();
    let outcome = match world.control().begin_delivery(&job).await.unwrap() {
        Begun::Settled(outcome @ Outcome::Hopeless(_)) => outcome,
        begun => panic!("{begun:?}"),
    };
    assert!(world.control().finish(&job, &outcome).await.unwrap());
    job
}

async fn letters_that_an_earlier_version_left_are_not_sent_again_by_themselves(world: World) {
    // It tried once more what may have arrived.
    let id = one(&world, mail()).await;
    tried(&world, again()).await;
    as_before(&world, "UPDATE deliveries SET unknown = 1").await;
    world.pass(7 * SECOND);
    taken_up_in_vain(&world).await;
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!((delivery.state, attempts), (DeliveryState::Dead, vec!["again".to_owned()]));
    assert!(delivery.reason.starts_with("it may have arrived") && delivery.reason.ends_with("busy"), "{delivery:?}");
    // It did not say of a try that is under way whether anything went out.
    let id = world.control().deliver(&acme(), &parcel("x"), &[mail()], "test").await.unwrap().remove(0);
    begin(&world).await;
    as_before(&world, "UPDATE delivery_attempts SET said = '' WHERE outcome = ''").await;
    dies(&world).await;
    taken_up_in_vain(&world).await;
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!((delivery.state, attempts), (DeliveryState::Dead, vec!["unknown".to_owned()]));
    assert!(delivery.reason.ends_with("whoever was at it is gone"), "{}", delivery.reason);
    assert!(claim(&world).await.is_none());
}

async fn a_letter_that_was_given_up_is_asked_for_again_by_a_person_and_not_by_a_worker_that_leaves_its_job(
    world: World,
) {
    let control = world.control();
    for (key, is_lost) in [("lost", true), ("ended", false)] {
        let id = control.deliver(&acme(), &parcel(key), &[mail()], "test").await.unwrap().remove(0);
        let (job, sending) = begin(&world).await;
        assert!(control.delivery_goes_out(&job, &sending, "1").await.unwrap());
        let nobody_knows = Ending::Unknown("no answer".into());
        let outcome = control.end_delivery(&job, &sending, &nobody_knows, Duration::ZERO).await.unwrap();
        assert!(matches!(outcome, Outcome::Hopeless(_)), "{outcome:?}");
        // The job is not over by that, and is put back.
        if is_lost {
            dies(&world).await;
        } else {
            assert!(control.finish(&job, &Outcome::Stopped).await.unwrap());
        }
        let (delivery, _) = known(&world, &id).await;
        assert_eq!((delivery.state, delivery.tries), (DeliveryState::Dead, 1), "{key}");
        let job = taken_up_in_vain(&world).await;
        let (delivery, attempts) = known(&world, &id).await;
        assert_eq!((delivery.state, attempts), (DeliveryState::Dead, vec!["unknown".to_owned()]), "{key}");
        control.resume_job(&acme(), &job.id, "ada").await.unwrap();
        let (delivery, _) = known(&world, &id).await;
        assert_eq!((delivery.state, delivery.tries), (DeliveryState::Queued, 0), "{key}");
        assert!(matches!(tried(&world, Ending::Delivered("250".into())).await, Outcome::Done(_)));
    }
}

async fn what_had_not_gone_out_when_its_worker_died_is_sent_once(world: World) {
    let id = one(&world, mail()).await;
    begin(&world).await;
    dies(&world).await;
    let (job, sending) = begin(&world).await;
    assert!(world.control().delivery_goes_out(&job, &sending, "1").await.unwrap());
    // What was answered is known: it did not arrive.
    let outcome = world.control().end_delivery(&job, &sending, &again(), Duration::ZERO).await.unwrap();
    assert!(world.control().finish(&job, &outcome).await.unwrap());
    world.pass(7 * SECOND);
    begin(&world).await;
    dies(&world).await;
    tried(&world, Ending::Delivered("250".into())).await;
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!(attempts, ["interrupted", "again", "interrupted", "delivered"]);
    assert_eq!(delivery.state, DeliveryState::Delivered);
    // One that is taken back while it is at the door stays.
    let id = world.control().deliver(&acme(), &parcel("x"), &[mail()], "test").await.unwrap().remove(0);
    let (job, sending) = begin(&world).await;
    world.control().cancel_delivery(&acme(), &id, "ada").await.unwrap();
    assert!(world.control().finish(&job, &Outcome::Stopped).await.unwrap());
    assert!(!world.control().delivery_goes_out(&job, &sending, "1").await.unwrap());
    let (delivery, attempts) = known(&world, &id).await;
    assert_eq!((delivery.state, attempts), (DeliveryState::Cancelled, vec!["interrupted".to_owned()]));
}

async fn a_delivery_goes_with_its_job(world: World) {
    let (control, id) = (world.control(), one(&world, mail()).await);
    let cancelled = control.cancel_delivery(&acme(), &id, "ada").await.unwrap();
    assert_eq!(cancelled.state, DeliveryState::Cancelled);
    assert!(claim(&world).await.is_none());
    let refused = refusal(control.cancel_delivery(&acme(), &id, "ada").await);
    assert_eq!(refused, Refusal::DeliveryState(DeliveryState::Cancelled));
    control.retry_delivery(&acme(), &id, "ada").await.unwrap();
    tried(&world, Ending::Never("550 no".into())).await;
    assert_eq!(known(&world, &id).await.0.state, DeliveryState::Dead);
    // Who lets the job go on wishes that it is delivered.
    let dead = control.jobs(&acme(), None, Some(JobState::Dead), &Cursor::new(None, None).unwrap()).await.unwrap();
    control.resume_job(&acme(), &dead.items[0].id, "ada").await.unwrap();
    assert_eq!(known(&world, &id).await.0.state, DeliveryState::Queued);
    let (job, _) = begin(&world).await;
    control.cancel_job(&acme(), &job.id, "ada").await.unwrap();
    assert!(control.finish(&job, &Outcome::Stopped).await.unwrap());
    assert_eq!(known(&world, &id).await.0.state, DeliveryState::Cancelled, "it was under way, and is not stuck");
}

async fn what_is_over_is_forgotten_and_then_its_key_is_free(world: World) {
    let id = one(&world, mail()).await;
    tried(&world, Ending::Delivered("250".into())).await;
    world.pass(91 * DAY);
    for _ in 0..3 {
        world.control().forget_old().await.unwrap();
    }
    assert!(world.control().delivery(&acme(), &id).await.unwrap().is_none());
    let anew = one(&world, mail()).await;
    assert_ne!(anew, id);
    tried(&world, Ending::Delivered("250".into())).await;
}

async fn where_something_is_delivered_is_kept_sealed_and_a_secret_is_for_one_address(world: World) {
    let (control, vault) = (world.control(), world.access.signer.vault().clone());
    let new = |kind, url: Option<&str>, secret: Option<&str>| NewDestination {
        name: "ops".into(),
        kind,
        url: url.map(|url| url.parse().unwrap()),
        secret: secret.map(str::to_owned),
    };
    let set = async |new, version| control.set_destination(&acme(), new, &vault, "ada", version).await;
    let webhook = DestinationKind::Webhook;
    let (here, there) = (Some("https://hooks.example.com/T0/secret"), Some("https://evil.example.com/"));
    for (wrong, field) in [
        (new(webhook, here, None), "secret"),
        (new(webhook, here, Some("short")), "secret"),
        (new(webhook, None, Some("plinth-otter-sundial")), "url"),
        (new(DestinationKind::Slack, here, Some("plinth-otter-sundial")), "secret"),
        (NewDestination { name: "Ops!".into(), ..new(DestinationKind::Slack, here, None) }, "name"),
    ] {
        let refused = refusal(set(wrong, 0).await);
        assert!(matches!(refused, Refusal::Invalid { field: of, .. } if of == field), "{refused:?}");
    }
    let made = set(new(webhook, here, Some("plinth-otter-sundial")), 0).await.unwrap();
    assert_eq!((made.host.as_str(), made.has_secret, made.version), ("hooks.example.com", true, 1));
    assert!(!serde_json::to_string(&made).unwrap().contains("secret\":\"") && !format!("{made:?}").contains("T0"));
    let address = async |vault: &Vault| control.destination_with_address(&acme(), "ops", vault).await;
    let (_, kept) = address(&vault).await.unwrap().unwrap();
    assert_eq!((kept.url.as_str(), kept.secret.as_deref()), (here.unwrap(), Some("plinth-otter-sundial")));
    assert!(!format!("{kept:?}").contains("plinth"));
    // What is left out stays, but a secret goes to no other address than it was given for.
    set(new(webhook, None, None), 1).await.unwrap();
    assert!(matches!(refusal(set(new(webhook, there, None), 2).await), Refusal::Invalid { field: "secret", .. }));
    assert_eq!(refusal(set(new(webhook, None, None), 1).await), Refusal::Stale);
    let stranger = Vault::new("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA").unwrap();
    assert!(matches!(address(&stranger).await, Err(pulse_server::Error::Sealed)));
    control.reseal(&vault).await.unwrap();
    assert_eq!(address(&vault).await.unwrap().unwrap().1, kept);
    control.remove_destination(&acme(), "ops").await.unwrap();
    assert!(matches!(refusal(control.remove_destination(&acme(), "ops").await), Refusal::Unknown { .. }));
}
