//! A trail goes on where the lake has it.

use super::Link;
use crate::Result;
use crate::control::Head;
use pulse_engine::lake::TenantLake;
use pulse_engine::{Engine, TenantId};

/// What a lake has of trails beyond the ends that a copy of their control database knows.
#[derive(Debug, Default)]
pub(crate) struct Beyond {
    /// The events, where each follows from the one before it. So it is where a backup is restored: its lake was copied a while after its
    /// database, and has what went there meanwhile.
    pub(crate) follows: Vec<(TenantId, Vec<Link>)>,
    /// What is said of the trails where they do not: nobody but their own control database can have them go on.
    pub(crate) astray: Vec<String>,
}

/// What a lake has beyond the ends of trails.
///
/// # Errors
/// When storage fails.
pub(crate) async fn beyond(heads: &[(TenantId, Head)], engine: &Engine) -> Result<Beyond> {
    let mut found = Beyond::default();
    for (tenant, head) in heads {
        let Some(trail) = &head.trail else { continue };
        let links = links_after(engine.tenant(tenant).lake(), trail, head.sequence).await?;
        let Some(last) = links.last().map(|link| link.sequence) else { continue };
        let end = links.iter().try_fold((head.sequence, &head.sum), |(last, sum), link| {
            (link.sequence == last + 1 && link.previous == *sum).then_some((link.sequence, &link.sum))
        });
        if end.is_some() {
            found.follows.push((tenant.clone(), links));
        } else {
            found.astray.push(format!(
                "the audit trail of `{tenant}` goes on to event {last} in the lake, and the control database knows it to event {}: what lies \
                 between does not follow from that",
                head.sequence
            ));
        }
    }
    Ok(found)
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
    use crate::control::{Control, Since};
    use pulse_engine::Clock;

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
        let heads = Control::heads(&mut copy.as_slice()).unwrap();
        assert_eq!((heads.len(), &heads[0].0, heads[0].1.sequence), (1, &acme, 2));
        let Beyond { follows, astray } = beyond(&heads, &engine).await.unwrap();
        assert_eq!((follows[0].1.len(), astray.len()), (3, 0));
        let since = Since { beyond: follows, ..Since::default() };
        restored.load(&mut copy.as_slice(), &since).await.unwrap();
        let heads = [(acme.clone(), restored.numbered_head(&acme).await.unwrap())];
        assert_eq!(heads[0].1.sequence, 5);
        assert!(beyond(&heads, &engine).await.unwrap().follows.is_empty());
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
        let heads = [(acme.clone(), control.numbered_head(&acme).await.unwrap())];
        let found = beyond(&heads, &engine).await.unwrap();
        assert!(
            found.follows.is_empty() && found.astray.is_empty(),
            "nothing is further than what the database numbered"
        );
        let fork = Link::after(head.trail.as_deref().unwrap(), START, 3, event("fork", 3)).unwrap();
        append(engine.tenant(&acme).lake(), &[fork]).await.unwrap();
        let found = beyond(&heads, &engine).await.unwrap();
        assert!(found.follows.is_empty() && found.astray[0].contains("does not follow"), "{found:?}");
    }
}
