//! Made-up projects, day by day, as the rows that would be known of them on a day.
//!
//! People take items one by one, oldest first, and work on one each; what is blocked rests, and its owner takes another. What
//! becomes of a project is not set but comes of its pace, of the work that comes in and of the blocks.

use super::testing::DAY;
use crate::metrics::tests::{at, entity};
use crate::row::{Row, Value};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// How a project goes for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Days of work done by a person in a day, on average.
    pub(super) work: f64,
    /// Items that come in on a working day, on average.
    pub(super) inflow: f64,
    /// The chance of an item in progress to be blocked on a working day, for one to four weeks.
    pub(super) blocks: f64,
    /// The chance of a deployment to fail.
    pub(super) fails: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) id: String,
    pub(super) seed: u64,
    pub(super) people: usize,
    /// How many items it starts with.
    pub(super) items: usize,
    /// The day on which the pace changes.
    pub(super) turn: i64,
    pub(super) before: Pace,
    pub(super) after: Pace,
    /// From which day on nothing comes in any more.
    pub(super) closed: i64,
}

struct Item {
    created: i64,
    started: Option<i64>,
    finished: Option<i64>,
    blocked: Option<(i64, i64)>,
    left: f64,
    owner: usize,
}

/// The instant at which a day begins; the first is a Monday.
pub(super) fn day(n: i64) -> i64 {
    at("2025-01-06T00:00:00Z") + n * DAY
}

/// What is known of a project when that day begins, and whether all of it is done. The first days of a longer story are those
/// of a shorter one.
pub(super) fn known(plan: &Plan, until: i64) -> (Vec<Row>, bool) {
    let mut random = StdRng::seed_from_u64(plan.seed);
    let mut items: Vec<Item> = Vec::new();
    let mut deployments = Vec::new();
    let work = |random: &mut StdRng| random.random_range(1.5..6.5);
    for _ in 0..plan.items {
        let left = work(&mut random);
        items.push(Item { created: 0, started: None, finished: None, blocked: None, left, owner: 0 });
    }
    for today in (0..until).filter(|today| today % 7 < 5) {
        let pace = if today < plan.turn { plan.before } else { plan.after };
        let more = pace.inflow.floor() as usize + usize::from(random.random_bool(pace.inflow.fract()));
        for _ in 0..if today < plan.closed { more } else { 0 } {
            let left = work(&mut random);
            items.push(Item { created: today, started: None, finished: None, blocked: None, left, owner: 0 });
        }
        for owner in 0..plan.people {
            let is_active = |item: &Item| {
                item.started.is_some() && item.finished.is_none() && item.blocked.is_none_or(|(_, end)| end <= today)
            };
            let place = items.iter().position(|item| item.owner == owner && is_active(item));
            let Some(place) = place.or_else(|| items.iter().position(|item| item.started.is_none())) else { continue };
            let item = &mut items[place];
            item.owner = owner;
            item.started.get_or_insert(today);
            item.left -= pace.work * random.random_range(0.5..1.5);
            if item.left <= 0.0 {
                item.finished = Some(today);
                deployments.push((today, owner, random.random_bool(pace.fails)));
            } else if random.random_bool(pace.blocks) {
                item.blocked = Some((today, today + random.random_range(7..28)));
            }
        }
    }
    let is_done = items.iter().all(|item| item.finished.is_some());
    let mut rows: Vec<Row> = items.iter().enumerate().flat_map(|(n, item)| plan.item(n, item, until)).collect();
    rows.extend(
        deployments.into_iter().enumerate().flat_map(|(n, (on, owner, failed))| plan.delivery(n, on, owner, failed)),
    );
    (rows, is_done)
}

/// The day on which projects are to be done.
pub(super) const DUE: i64 = 210;

/// What a forecast of a project would say at the beginning of a week: 200 runs of the weeks that are left, each as one of the last
/// eight, with what was done and what came in together.
pub(super) fn forecast(plan: &Plan, rows: &[Row], today: i64) -> [Row; 2] {
    let mut random = StdRng::seed_from_u64(plan.seed ^ today.unsigned_abs().rotate_left(32));
    let items: Vec<(i64, Option<i64>)> = rows
        .iter()
        .filter(|row| row.entity().name == "work_items")
        .filter_map(|row| match (row.get("created_at"), row.get("done_at")) {
            (Value::Time(created), Value::Time(done)) => Some((*created, Some(*done))),
            (Value::Time(created), _) => Some((*created, None)),
            _ => None,
        })
        .collect();
    let weeks: Vec<i64> = (1..=8)
        .map(|back| {
            let week = day(today - 7 * back)..day(today - 7 * (back - 1));
            let done = items.iter().filter(|(_, done)| done.is_some_and(|done| week.contains(&done))).count();
            // What was there from the first day on did not come in.
            let came = items.iter().filter(|(created, _)| *created > day(0) && week.contains(created)).count();
            done as i64 - came as i64
        })
        .collect();
    let open = items.iter().filter(|(_, done)| done.is_none()).count() as i64;
    let runs = (0..200).filter(|_| {
        let mut left = open;
        (today..DUE).step_by(7).any(|_| {
            left -= weeks[random.random_range(0..weeks.len())];
            left <= 0
        })
    });
    let forecast = Row::new(entity("facts/forecasts"))
        .set("id", format!("{}/forecast{today}", plan.id))
        .set("subject_id", plan.id.as_str())
        .set("made_at", Value::Time(day(today) - DAY / 24))
        .set("made_on", Value::Date((day(today) / DAY) as i32))
        .set("due_on", Value::Date((day(DUE) / DAY) as i32));
    let chance = runs.count() as f64 / 200.0;
    let project = Row::new(entity("core/projects")).set("id", plan.id.as_str()).set("name", plan.id.as_str());
    [forecast.set("due_probability", chance), project]
}

impl Plan {
    fn id(&self, kind: &str, n: usize) -> String {
        format!("{}/{kind}{n}", self.id)
    }

    /// An item, and its stay in progress.
    fn item(&self, n: usize, item: &Item, until: i64) -> Vec<Row> {
        // Half a day is between its beginning and its end.
        let begun = item.started.map(|on| day(on) + DAY / 4);
        let done = item.finished.map(|on| day(on) + DAY * 3 / 4);
        let time = |at: Option<i64>| at.map_or(Value::Null, Value::Time);
        let blocked = item.blocked.filter(|(_, end)| item.finished.is_none() && *end > until);
        let row = Row::new(entity("facts/work_items"))
            .set("id", self.id("i", n))
            .set("key", self.id("i", n))
            .set("project_id", self.id.as_str())
            .set("level", "item")
            .set("class", "feature")
            .set("reopened", 0)
            .set("created_at", Value::Time(day(item.created)))
            .set("started_at", time(begun))
            .set("done_at", time(done))
            .set("is_done", done.is_some())
            .set("cycle_seconds", begun.zip(done).map(|(begun, done)| (done - begun) as f64 / 1e6))
            .set("blocked_since", time(blocked.map(|(since, _)| day(since) + DAY / 2)))
            .set("assignee_id", begun.map(|_| format!("{}/person{}", self.id, item.owner)));
        let stay = begun.map(|begun| {
            Row::new(entity("facts/work_item_stays"))
                .set("work_item_id", self.id("i", n))
                .set("position", 0)
                .set("project_id", self.id.as_str())
                .set("level", "item")
                .set("class", "feature")
                .set("status_category", "doing")
                .set("entered_at", Value::Time(begun))
                .set("left_at", time(done))
        });
        [row].into_iter().chain(stay).collect()
    }

    /// The change that an item became, its deployment, and the incident that this caused.
    fn delivery(&self, n: usize, on: i64, owner: usize, failed: bool) -> Vec<Row> {
        let at = day(on) + DAY * 3 / 4;
        let of_it = |row: Row, kind: &str| {
            let row = row.set("id", self.id(kind, n)).set("project_id", self.id.as_str());
            row.set("repository_id", format!("{}/repository", self.id))
        };
        let change = of_it(Row::new(entity("facts/changes")), "c")
            .set("kind", "pull_request")
            .set("author_id", format!("{}/person{owner}", self.id))
            .set("first_commit_at", Value::Time(at - DAY / 4))
            .set("merged_at", Value::Time(at));
        let deployment = of_it(Row::new(entity("facts/deployments")), "d")
            .set("environment", "production")
            .set("is_production", true)
            .set("status", "succeeded")
            .set("finished_at", Value::Time(at))
            .set("failed", failed);
        let incident = failed.then(|| {
            of_it(Row::new(entity("facts/incidents")), "x")
                .set("began_at", Value::Time(at))
                .set("resolved_at", Value::Time(at + DAY / 8))
                .set("is_open", false)
        });
        [change, deployment].into_iter().chain(incident).collect()
    }
}

const STEADY: Pace = Pace { work: 1.0, inflow: 0.0, blocks: 0.001, fails: 0.01 };

/// A team that does as much as comes in, and that nothing blocks for weeks.
pub(super) fn stable(id: &str, seed: u64) -> Plan {
    // Six people need 4.6 days for an item of 4: work ends with the day.
    let before = Pace { inflow: 1.31, blocks: 0.0, ..STEADY };
    Plan { id: id.to_owned(), seed, people: 6, items: 60, turn: 0, before, after: before, closed: i64::MAX }
}

/// A project that was to be done by [`DUE`], and that from day 84 on loses two thirds of its pace while work comes in.
pub(super) fn failing(id: &str, seed: u64) -> Plan {
    let after = Pace { work: 0.35, inflow: 1.2, blocks: 0.03, fails: 0.4 };
    Plan { id: id.to_owned(), seed, people: 6, items: 150, turn: 84, before: STEADY, after, closed: i64::MAX }
}

/// A project that is to be done by [`DUE`], with whatever befalls it.
pub(super) fn any(id: &str, seed: u64) -> Plan {
    let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let people = random.random_range(4..8);
    // What they would do in 150 working days, less some slack.
    let items = people as f64 * 150.0 / 4.6 * random.random_range(0.6..0.95);
    let after = Pace {
        work: random.random_range(0.5..1.1),
        inflow: random.random_range(0.0..0.6),
        blocks: random.random_range(0.0..0.03),
        fails: random.random_range(0.02..0.3),
    };
    let before = Pace { inflow: random.random_range(0.0..0.2), ..STEADY };
    let turn = random.random_range(30..190);
    Plan { id: id.to_owned(), seed, people, items: items as usize, turn, before, after, closed: 182 }
}
