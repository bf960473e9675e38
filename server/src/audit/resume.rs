//! A trail goes on where the lake has it.

use super::Link;
use crate::control::Control;
use crate::{Error, Result};
use pulse_engine::Engine;
use pulse_engine::lake::TenantLake;

/// Has trails go on after the last event that the lake has of them, where that is further than the control database knows; how many
/// events that is. So it is where a backup was restored: its lake was copied a while after its database, and has what went there meanwhile.
///
/// # Errors
/// When database or storage fails, or an event of a trail is missing; all trails are as they were then, or go on.
pub(crate) async fn resume(control: &Control, engine: &Engine) -> Result<usize> {
    let mut further = 0;
    for tenant in control.trails().await? {
        let head = control.numbered_head(&tenant).await?;
        let Some(trail) = &head.trail else { continue };
        let lake = engine.tenant(&tenant).lake().clone();
        let beyond = links_after(&lake, trail, head.sequence).await?;
        let follow = beyond.iter().try_fold((head.sequence, &head.sum), |(last, sum), link| {
            (link.sequence == last + 1 && link.previous == *sum).then_some((link.sequence, &link.sum))
        });
        if follow.is_none() {
            let (last, known) = (beyond.last().map_or(head.sequence, |link| link.sequence), head.sequence);
            return Err(Error::Data(format!(
                "the audit trail of `{tenant}` goes on to event {last} in the lake, and the control database knows it to event {known}: what lies \
                 between does not follow from that"
            )));
        }
        if !beyond.is_empty() {
            control.resume_trail(&tenant, &beyond).await?;
            further += beyond.len();
        }
    }
    Ok(further)
}

/// The events of a trail after one of this number, in their order.
pub(super) async fn links_after(lake: &TenantLake, trail: &str, sequence: i64) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    super::each(lake, Some(sequence + 1), |link| {
        if link.trail == trail && link.sequence > sequence {
            links.push(link);
        }
    })
    .await?;
    links.sort_unstable_by_key(|link| link.sequence);
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Event, START, Verdict, append, land, verify};
    use pulse_engine::{Clock, TenantId};

    fn event(action: &str, at: i64) -> Event {
        Event { at, action: action.to_owned(), outcome: "done".to_owned(), ..Event::default() }
    }

    async fn control(folder: &tempfile::TempDir, name: &str) -> Control {
        Control::open(&format!("sqlite:{}", folder.path().join(name).display()), Clock::System).await.unwrap()
    }

    async fn actions(engine: &Engine, tenant: &TenantId) -> Vec<(i64, String)> {
        let mut seen = Vec::new();
        super::super::each(engine.tenant(tenant).lake(), None, |link| seen.push((link.sequence, link.event.action)))
            .await
            .unwrap();
        seen.sort();
        seen
    }

    #[tokio::test]
    async fn a_restored_trail_goes_on_after_what_came_to_the_lake_since_its_database_was_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (control, engine) = (control(&folder, "a.db").await, Engine::open("memory://").await.unwrap());
        let acme = TenantId::new("acme").unwrap();
        for (action, at) in [("first", 1), ("second", 2)] {
            control.record(&acme, &event(action, at)).await.unwrap();
        }
        land(&control, &engine).await.unwrap();
        // When the database is copied, two events wait there, alike in all.
        for action in ["waits", "twice", "twice"] {
            control.record(&acme, &event(action, 3)).await.unwrap();
        }
        let mut copy = Vec::new();
        control.dump(&mut copy).await.unwrap();
        // They go to the lake before that is copied, but for the last, and so does what comes meanwhile.
        control.record(&acme, &event("meanwhile", 2)).await.unwrap();
        let links = control.number_events(&acme).await.unwrap();
        append(engine.tenant(&acme).lake(), &links[..3]).await.unwrap();
        let restored = self::control(&folder, "b.db").await;
        restored.load(&mut copy.as_slice()).await.unwrap();
        assert_eq!(resume(&restored, &engine).await.unwrap(), 3);
        assert_eq!(resume(&restored, &engine).await.unwrap(), 0);
        restored.record(&acme, &event("after", 5)).await.unwrap();
        land(&restored, &engine).await.unwrap();
        let expected = ["first", "second", "meanwhile", "twice", "waits", "twice", "after"];
        let mut seen = actions(&engine, &acme).await;
        // Which of two of one moment goes first is told by their keys, which are random.
        seen[2..6].sort_by(|a, b| a.1.cmp(&b.1));
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        expected[2..6].sort();
        assert_eq!(seen.iter().map(|(_, action)| action.clone()).collect::<Vec<_>>(), expected);
        let whole = verify(&restored, &engine, &acme).await.unwrap();
        assert_eq!(whole, Verdict { events: 7, problems: Vec::new() });
    }

    #[tokio::test]
    async fn a_number_that_another_event_has_in_the_lake_is_an_error_and_the_event_waits() {
        let folder = tempfile::tempdir().unwrap();
        let (control, engine) = (control(&folder, "a.db").await, Engine::open("memory://").await.unwrap());
        let acme = TenantId::new("acme").unwrap();
        control.record(&acme, &event("first", 1)).await.unwrap();
        land(&control, &engine).await.unwrap();
        let head = control.numbered_head(&acme).await.unwrap();
        let other = Link::after(head.trail.as_deref().unwrap(), &head.sum, 2, event("elsewhere", 2)).unwrap();
        append(engine.tenant(&acme).lake(), &[other]).await.unwrap();
        let told = verify(&control, &engine, &acme).await.unwrap().problems;
        assert_eq!(
            told,
            ["event 2 stands beyond the end of the trail, event 1: this control database did not write it"]
        );
        control.record(&acme, &event("second", 2)).await.unwrap();
        let error = land(&control, &engine).await.unwrap_err().to_string();
        assert!(error.contains("event 2") && error.contains("another"), "{error}");
        assert_eq!(control.number_events(&acme).await.unwrap().len(), 1, "it waits");
        assert_eq!(actions(&engine, &acme).await.len(), 2);
        // What does not follow from what is known is not taken up.
        let error = resume(&control, &engine).await.map(drop);
        assert!(error.is_ok(), "nothing is further than what the database numbered");
        let fork = Link::after(head.trail.as_deref().unwrap(), START, 3, event("fork", 3)).unwrap();
        append(engine.tenant(&acme).lake(), &[fork]).await.unwrap();
        let error = resume(&control, &engine).await.unwrap_err().to_string();
        assert!(error.contains("does not follow"), "{error}");
    }
}
