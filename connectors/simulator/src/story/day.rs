//! The plan of a day: what begins on it.

use super::dice::{Dice, hours};
use super::{Happening, Story};
use crate::world::World;
use chrono::{Datelike as _, Weekday};

/// What happens once in a number of days, and on which of them.
const RARE: [(i64, i64, Happening); 4] = [
    (120, 40, Happening::ExperimentBegins),
    (120, 70, Happening::RepositoryIsRenamed),
    (120, 100, Happening::RepositoryIsDeleted),
    (50, 30, Happening::MemberMoves),
];

/// Plans a day, which is the world's now.
pub(super) fn plan(story: &mut Story, world: &World, day: i64) {
    let midnight = world.now;
    let load = story.calendar.load(midnight);
    let mut dice = Dice::new(story.seed, "day", day as u64);
    let mut planned = Vec::new();
    let mut at = |dice: &mut Dice, happening| planned.push((midnight + hours(dice.between(8.0, 17.5)), happening));
    for (i, (&repository, plot)) in story.plots.iter().enumerate() {
        let i = i as i64;
        let pace = story.pace(plot, midnight);
        for _ in 0..dice.about(pace * load) {
            let author = dice.one(&plot.people).cloned().unwrap_or_default();
            at(&mut dice, Happening::WorkBegins { repository, author });
        }
        for _ in 0..dice.about(pace * plot.habits.issues * load) {
            at(&mut dice, Happening::IssueOpens { repository });
        }
        if midnight.weekday() == Weekday::Mon {
            for _ in 0..dice.about(0.6) {
                at(&mut dice, Happening::BotUpdates { repository });
            }
        }
        if (day + i * 3) % 14 == 9 {
            at(&mut dice, Happening::ReleaseIsDrafted { repository });
        }
        if (day + i) % 91 == 1 {
            at(&mut dice, Happening::MilestoneIsSet { repository });
        }
        if (day + i * 11) % 45 == 20 {
            at(&mut dice, Happening::IssueIsDeleted { repository });
        }
    }
    for (every, on, happening) in RARE {
        if story.surprises && day % every == on {
            at(&mut dice, happening);
        }
    }
    for (at, happening) in planned {
        story.schedule(at, happening);
    }
}
