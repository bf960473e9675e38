//! The plan of a day in Jira.

use super::Errand;
use crate::story::Story;
use crate::story::dice::{Dice, hours};
use crate::world::World;
use chrono::TimeDelta;

/// On which days of a sprint what will not be begun in time goes out of it, and how many days' work may wait on then.
const CUTS: [(i64, u32); 2] = [(8, 1), (10, 0)];

/// Plans a day, which is the world's now.
pub(in crate::story) fn plan(story: &mut Story, world: &World, day: i64) {
    let midnight = world.now;
    let load = story.calendar.load(midnight);
    let mut dice = Dice::new(story.seed, "jira day", day as u64);
    let mut planned = Vec::new();
    let mut at = |dice: &mut Dice, errand| planned.push((midnight + hours(dice.between(9.0, 17.5)), errand));
    for (i, (&project, desk)) in story.tracker.desks.iter().enumerate() {
        let i = i as i64;
        let pace = story.team_pace(desk.team, midnight);
        for _ in 0..dice.about(story.written(desk.team, midnight) * load) {
            at(&mut dice, Errand::Arrives { project });
        }
        for _ in 0..dice.about(pace * 0.2 * load) {
            at(&mut dice, Errand::ChoreBegins { project });
        }
        for _ in 0..dice.about(pace * 0.6 * load) {
            at(&mut dice, Errand::Groomed { project });
        }
        for _ in 0..dice.about(3.2 * load) {
            at(&mut dice, Errand::Fidgeted { project });
        }
        let in_sprint = day % 14;
        if in_sprint == 3 || in_sprint == 8 {
            at(&mut dice, Errand::ScopeChanges { project });
        }
        for (_, days) in CUTS.into_iter().filter(|(on, _)| *on == in_sprint) {
            at(&mut dice, Errand::ScopeIsCut { project, days });
        }
        let rare = [
            // On the last Friday of every second sprint: what was planned for a version is done then, or was left.
            ((day + i * 14) % 28 == 25, Errand::VersionTurns { project }),
            ((day + i * 9) % 30 == 24, Errand::EpicBegins { project }),
            ((day + i * 7) % 21 == 15, Errand::Moved { project }),
            ((day + i * 11) % 35 == 25, Errand::Deleted { project }),
        ];
        for (_, errand) in rare.into_iter().filter(|(is_today, _)| *is_today) {
            at(&mut dice, errand);
        }
    }
    if day % 60 == 33 {
        at(&mut dice, Errand::UserLeaves);
    }
    // Sprints turn at nine, before anything else is planned for.
    let turning: Vec<i64> = story.tracker.desks.keys().copied().filter(|_| day > 0 && day % 14 == 0).collect();
    let nine = midnight + TimeDelta::hours(9);
    for project in turning {
        story.tracker.schedule(nine, Errand::SprintTurns { project });
    }
    for (at, errand) in planned {
        story.tracker.schedule(at, errand);
    }
}
