//! Work items, their changes, and the sprints that they were in.

use super::luck::{DAY, HOUR, Luck, SECOND, title};
use super::people::People;
use super::pile::{CONNECTION, FILE_ROWS, Pile, RAW, time};
use super::{DAYS, PROJECTS, TEAMS, day, instant, project, shares};
use crate::Fallible;
use arrow::array::{
    ArrayBuilder as _, ArrayRef, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
    TimestampMicrosecondBuilder, new_null_array,
};
use pulse_engine::Tenant;
use pulse_engine::entities::core;
use pulse_engine::lake::When;
use pulse_engine::row::Value;
use std::iter::repeat_n;
use std::sync::Arc;

/// A status: its name, what it means, and for how many hours items are in it on average.
struct Status {
    name: &'static str,
    category: &'static str,
    hours: f64,
}

const fn status(name: &'static str, category: &'static str, hours: f64) -> Status {
    Status { name, category, hours }
}

static STATUSES: [Status; 7] = [
    status("Backlog", "todo", 120.0),
    status("Ready", "todo", 40.0),
    status("In Progress", "doing", 30.0),
    status("In Review", "doing", 12.0),
    status("Testing", "doing", 16.0),
    status("Blocked", "doing", 48.0),
    status("Done", "done", 150.0),
];
const BACKLOG: usize = 0;
const READY: usize = 1;
const DOING: usize = 2;
const BLOCKED: usize = 5;
const DONE: usize = 6;
/// The straight way on from each status, and how many moves it is from done.
const ON: [usize; 7] = [READY, DOING, 3, 4, DONE, DOING, DOING];
const TO_GO: [usize; 7] = [5, 4, 3, 2, 1, 4, 0];

const KINDS: [&str; 10] = ["Story", "Story", "Story", "Story", "Bug", "Bug", "Task", "Task", "Tech debt", "Incident"];
const PRIORITIES: [&str; 8] = ["Highest", "High", "High", "Medium", "Medium", "Medium", "Low", "Lowest"];
const LABELS: [&str; 6] = ["mobile", "partner", "security", "performance", "customer", "on hold"];
const SPRINT: i64 = 14;

/// What an item is called by people.
pub(super) fn key(project: usize, number: usize) -> String {
    format!("P{project:03}-{number}")
}

/// Writes them, and tells how many each project has.
pub(super) async fn write(tenant: &Tenant, people: &People, items: usize, ends: i64) -> Fallible<Vec<usize>> {
    let mut statuses = Pile::new(tenant, "statuses")?;
    for (number, status) in STATUSES.iter().enumerate() {
        let row = statuses.row(format!("bench:a:status-{number}")).set("name", status.name);
        statuses.put(row.set("status_category", status.category)).await?;
    }
    statuses.write().await?;
    sprints(tenant, ends).await?;
    let mut writing = Writing {
        people,
        ends,
        items: Pile::new(tenant, "work_items")?,
        in_sprints: Pile::new(tenant, "sprint_items")?,
        steps: Steps::default(),
    };
    let counts = shares(items, PROJECTS, 0.6);
    let mut place = 0;
    for (project, count) in counts.iter().enumerate() {
        let mut epic = None;
        for number in 0..*count {
            let item = Item { place, project, number, of: *count };
            writing.item(&item, &mut epic).await?;
            if writing.steps.len() >= FILE_ROWS {
                writing.steps.write(tenant).await?;
            }
            place += 1;
        }
    }
    writing.steps.write(tenant).await?;
    writing.items.write().await?;
    writing.in_sprints.write().await?;
    Ok(counts)
}

/// The id of an item.
fn id(place: usize) -> String {
    format!("bench:a:item-{place:08}")
}

/// Sends items back from review at an instant: a change of each.
pub(super) async fn send_back(tenant: &Tenant, places: impl Iterator<Item = usize>, at: i64) -> Fallible<()> {
    let mut steps = Steps::default();
    for item in places.map(id) {
        steps.push([&format!("{item}-{at}"), &item, "status", "bench:a:bot-0"], "In Review", "In Progress", at);
    }
    steps.write(tenant).await
}

/// Fortnights, in each project.
async fn sprints(tenant: &Tenant, ends: i64) -> Fallible<()> {
    let mut sprints = Pile::new(tenant, "sprints")?;
    for number in 0..PROJECTS {
        for turn in 0..=DAYS / SPRINT {
            let starts = begins(turn, ends);
            let over = starts + SPRINT * DAY;
            let row = sprints.row(sprint(number, turn)).set("name", format!("Sprint {turn}"));
            let row = row.set("project_id", project(number)).set("starts_at", Value::Time(starts));
            let row = row.set("state", if over <= ends { "closed" } else { "active" });
            let completed = (over <= ends).then_some(over);
            sprints.put(row.set("ends_at", Value::Time(over)).set("completed_at", time(completed))).await?;
        }
    }
    sprints.write().await
}

fn sprint(project: usize, turn: i64) -> String {
    format!("bench:a:sprint-{project:03}-{turn:02}")
}

fn begins(turn: i64, ends: i64) -> i64 {
    ends - (DAYS - turn * SPRINT) * DAY + 9 * HOUR
}

struct Item {
    place: usize,
    project: usize,
    number: usize,
    of: usize,
}

struct Writing<'t> {
    people: &'t People,
    ends: i64,
    items: Pile<'t>,
    in_sprints: Pile<'t>,
    steps: Steps,
}

/// What became of an item.
struct Walked {
    status: usize,
    begun: Option<i64>,
    done: Option<i64>,
}

impl Writing<'_> {
    async fn item(&mut self, item: &Item, epic: &mut Option<String>) -> Fallible<()> {
        let mut luck = Luck::of("item", item.place);
        let id = id(item.place);
        let team = item.project % TEAMS;
        let on = day(item.number as f64 / item.of as f64, self.ends, &mut luck);
        let created = instant(on, &mut luck);
        let assignee = luck.share(92).then(|| self.people.someone(team, &mut luck));
        let walked = self.walk(&id, item, created, &mut luck);
        let is_epic = item.number.is_multiple_of(100);
        let kind = match (is_epic, luck.below(100)) {
            (true, _) => Some("Epic"),
            (false, 0..2) => None,
            (false, 2..8) => Some("Sub-task"),
            (false, _) => Some(luck.one(&KINDS)),
        };
        let parent = epic.as_deref().filter(|_| !is_epic && luck.share(60));
        let status = &STATUSES[walked.status];
        let labels: Vec<String> = (0..luck.below(3)).map(|_| luck.one(&LABELS).to_owned()).collect();
        let due = luck.share(25).then(|| (on + 10 + luck.below(60)) as i32);
        let row = self.items.row(id.clone()).set("project_id", project(item.project));
        let row = row.set("key", key(item.project, item.number + 1)).set("title", title(&mut luck)).set("kind", kind);
        let row = row.set("status", status.name).set("status_category", status.category).set("assignee_id", assignee);
        let row = row.set("reporter_id", self.people.someone(team, &mut luck)).set("parent_id", parent);
        let row = row.set("priority", luck.share(90).then(|| luck.one(&PRIORITIES)));
        let points: Option<f64> = luck.share(60).then(|| [1.0, 2.0, 3.0, 5.0, 8.0, 13.0][luck.place(6)]);
        let row = row.set("points", points).set("created_at", Value::Time(created));
        let row = row.set("resolved_at", time(walked.done)).set("due_on", due.map_or(Value::Null, Value::Date));
        let row = row.set("labels", labels).set("url", format!("https://work.example.com/browse/{}", item.place));
        self.items.put(row).await?;
        if let Some(begun) = walked.begun.filter(|_| luck.share(55)) {
            // It came into the sprint before it was begun, or while that ran.
            let turn = ((begun - begins(0, self.ends)) / (SPRINT * DAY)).clamp(0, DAYS / SPRINT);
            let added = begins(turn, self.ends).min(begun) - luck.below(DAY) + luck.below(3) * DAY;
            let removed = luck.share(5).then(|| added + luck.hours(72.0));
            let row = self.in_sprints.row(format!("{id}/{turn}")).set("sprint_id", sprint(item.project, turn));
            let row = row.set("work_item_id", id.as_str()).set("added_at", Value::Time(added));
            self.in_sprints.put(row.set("removed_at", time(removed.filter(|at| *at < self.ends)))).await?;
        }
        if is_epic {
            *epic = Some(id);
        }
        Ok(())
    }

    /// The changes of an item: about ten, of its status and of other fields, as far as they came to be before the end.
    fn walk(&mut self, id: &str, item: &Item, created: i64, luck: &mut Luck) -> Walked {
        let spread = Luck::of("pair", item.place / 2).place(5);
        let steps = if item.place.is_multiple_of(2) { 10 - spread } else { 10 + spread };
        // One of eight is left lying.
        let finishes = item.place % 8 != 7;
        let mut walked = Walked { status: BACKLOG, begun: None, done: None };
        let mut at = created;
        for step in 0..steps {
            let now = walked.status;
            let next = if finishes {
                let moves = luck.share(if now == DONE { 6 } else { 62 }).then(|| next(now, luck));
                // What would leave too few moves until it is done is not done.
                let is_in_time = TO_GO[moves.unwrap_or(now)] < steps - step;
                if is_in_time { moves } else { (now != DONE).then_some(ON[now]) }
            } else {
                (now < DOING && luck.share(4)).then_some(ON[now])
            };
            let hours = STATUSES[now].hours;
            at += luck.hours(if next.is_some() { hours } else { hours / 3.0 });
            if at >= self.ends {
                break;
            }
            let place = format!("{id}-{step:02}");
            let by = self.people.someone(item.project % TEAMS, luck);
            match next {
                Some(next) => {
                    self.steps.push([&place, id, "status", &by], STATUSES[now].name, STATUSES[next].name, at);
                    walked.begun = walked.begun.or((next == DOING).then_some(at));
                    walked.done = (next == DONE).then_some(at);
                    walked.status = next;
                }
                None => {
                    let (field, from, to) = other(luck);
                    self.steps.push([&place, id, field, &by], from, to, at);
                }
            }
        }
        walked
    }
}

/// The status after another: mostly straight on, sometimes back, or aside.
fn next(status: usize, luck: &mut Luck) -> usize {
    match (status, luck.below(100)) {
        (BACKLOG, 0..4) => DONE,
        (DOING, 0..10) => BLOCKED,
        (DOING, 10..18) => READY,
        (3, 0..28) | (4, 0..20) => DOING,
        _ => ON[status],
    }
}

/// A change of another field: from what to what.
fn other(luck: &mut Luck) -> (&'static str, &'static str, &'static str) {
    match luck.below(10) {
        0..3 => ("priority", luck.one(&PRIORITIES), luck.one(&PRIORITIES)),
        3..5 => ("points", "3", "5"),
        5..8 => ("labels", "", luck.one(&LABELS)),
        8 => ("flagged", "", "Impediment"),
        _ => ("flagged", "Impediment", ""),
    }
}

/// Changes on their way into the lake. There are ten times as many as of anything else, so that they are columns from the beginning.
#[derive(Default)]
struct Steps {
    ids: StringBuilder,
    items: StringBuilder,
    fields: StringBuilder,
    from: StringBuilder,
    to: StringBuilder,
    authors: StringBuilder,
    at: TimestampMicrosecondBuilder,
}

impl Steps {
    fn len(&self) -> usize {
        self.ids.len()
    }

    fn push(&mut self, [id, item, field, author]: [&str; 4], from: &str, to: &str, at: i64) {
        self.ids.append_value(id);
        self.items.append_value(item);
        self.fields.append_value(field);
        self.authors.append_value(author);
        self.from.append_value(from);
        self.to.append_value(to);
        self.at.append_value(at);
    }

    async fn write(&mut self, tenant: &Tenant) -> Fallible<()> {
        if self.len() > 0 {
            let rows = self.batch()?;
            tenant.lake().table(core("work_item_transitions")?).append(&[rows], &[], When::Changed).await?;
        }
        Ok(())
    }

    fn batch(&mut self) -> Fallible<RecordBatch> {
        let rows = self.len();
        let always = |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(repeat_n(text, rows))) };
        let observed = TimestampMicrosecondArray::from_iter_values(repeat_n(SECOND, rows)).with_timezone("UTC");
        let given: [(&str, ArrayRef); 10] = [
            ("id", Arc::new(self.ids.finish())),
            ("work_item_id", Arc::new(self.items.finish())),
            ("field", Arc::new(self.fields.finish())),
            ("from_value", Arc::new(self.from.finish())),
            ("to_value", Arc::new(self.to.finish())),
            ("changed_at", Arc::new(self.at.finish().with_timezone("UTC"))),
            ("author_id", Arc::new(self.authors.finish())),
            ("connection", always(CONNECTION)),
            ("raw", always(RAW)),
            ("observed_at", Arc::new(observed)),
        ];
        let entity = core("work_item_transitions")?;
        let column = |name: &str| given.iter().find(|(given, _)| *given == name).map(|(_, array)| Arc::clone(array));
        let all = entity
            .columns()
            .map(|declared| column(declared.name).unwrap_or_else(|| new_null_array(&declared.kind.data_type(), rows)));
        Ok(RecordBatch::try_new(entity.schema(), all.collect())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_straight_way_ends_in_done_after_as_many_moves_as_are_to_go() {
        for (status, to_go) in TO_GO.iter().enumerate() {
            let end = (0..*to_go).fold(status, |status, _| ON[status]);
            assert_eq!(STATUSES[end].category, "done", "from {}", STATUSES[status].name);
        }
    }

    #[test]
    fn changes_fit_their_table() {
        let mut steps = Steps::default();
        steps.push(["s", "i", "status", "p"], "Ready", "In Progress", 5);
        let batch = steps.batch().unwrap();
        let entity = core("work_item_transitions").unwrap();
        let rows = pulse_engine::row::rows(entity, &batch).unwrap();
        assert_eq!(rows[0].text("to_value"), Some("In Progress"));
        assert_eq!(rows[0].get("changed_at"), &Value::Time(5));
        assert_eq!(rows[0].get("deleted_at"), &Value::Null);
        assert_eq!(steps.len(), 0, "they were handed over");
    }
}
