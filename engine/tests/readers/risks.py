"""What every risk rule finds, computed a second time from the facts alone, without SQL and without a line of Pulse.

usage: risks.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

All as for `metrics.py`; of the days and the grain nothing here depends, and all is as of NOW. `thresholds.json` in the folder has those of each
rule by name. Prints of each finding, by its rule, and by its subject and the project to which it counts, the score and the ids of all rows that
show it, in the order of the ids. Forecasts are taken as they were frozen: `forecasts.py` makes them again.
"""

import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from functools import cache
from math import sqrt

from metrics import FOLDER, NOW, ZONE, ended, first, local, of_sprints, percentile, present, projects, read

DAY = 86_400_000_000
THRESHOLDS = json.loads((FOLDER / "thresholds.json").read_text())


class Limits(dict):
    __getattr__ = dict.__getitem__


def ramp(value, at, full):
    return 0.0 if value is None else min(max((value - at) / (full - at), 0.0), 1.0)


def over(value, by):
    return None if by == 0 else value / by


def ago(days):
    return NOW - int(days) * DAY


def within(at, days, until=NOW):
    """Whether it happened in the days up to an instant, which itself is one of them."""
    return at is not None and until - int(days) * DAY < at <= until


def there(at):
    return at is not None and at <= NOW


def by(key, rows):
    of = defaultdict(list)
    for r in rows:
        of[key(r)].append(r)
    return of


def of_project(rows):
    return by(lambda r: r.project_id, [r for r in rows if r.project_id is not None])


def of_all(rows):
    """The project that all of them are of, if they are of one."""
    of = {r.project_id for r in rows}
    return of.pop() if len(of) == 1 else None


def of_epic(rows):
    """What stands below each open epic."""
    epics = {r.id: r for r in read("facts.work_items") if r.level == "epic" and is_open(r)}
    return [(epics[epic], items) for epic, items in by(lambda r: r.parent_id, rows).items() if epic in epics]


def flowing():
    return [r for r in read("facts.work_items") if r.excluded is None]


def doing(forgotten=None):
    """The items in progress, but for those that have been where they are for longer than so many days."""
    stays = [r for r in read("facts.work_item_stays") if r.excluded is None and r.status_category == "doing"]
    now = [r for r in stays if there(r.entered_at) and not there(r.left_at)]
    return {r.work_item_id for r in now if forgotten is None or r.entered_at > ago(forgotten)}


def is_open(r):
    return there(r.created_at) and not there(r.done_at) and not there(r.abandoned_at)


def compared(bad, n, bad_before, n_before, t, from_rise):
    """By how much a share rose, and by how much more than chance would have it."""
    rise, d, pooled = bad / n - from_rise, 1 / n + 1 / n_before, (bad + bad_before) / (n + n_before)
    z = over(rise - d / 2, sqrt(pooled * (1 - pooled) * d))
    return min(ramp(rise, t["from"], t.full), ramp(z, t.z_from, t.z_full))


# Each of these gives what it is about, the project to which that counts, the score, and the ids of the rows that show it.


def ids(rows):
    return [r.id for r in rows]


def shown(at):
    """What a clock shows, as the instant at which one of UTC shows it."""
    return round(at.replace(tzinfo=timezone.utc).timestamp() * 1_000_000)


def day_over(day):
    """The instant that is as long ago as a day is over by the clocks of the tenant."""
    return NOW - (shown(datetime.fromtimestamp(NOW / 1e6, ZONE)) - shown(datetime.fromisoformat(day)) - DAY)


def changed(r):
    """When an item was changed last, as far as that is known."""
    return r.last_change_at if there(r.last_change_at) else r.created_at


def held_changes(subject):
    """When that which is forecast, and each item in it, was changed last."""
    held = {subject} | {r.id for r in read("facts.work_items") if r.parent_id == subject}
    held |= {r.work_item_id for r in read("facts.sprint_items") if r.sprint_id == subject}
    held |= {r.work_item_id for r in present("core.work_item_versions") if r.relation == "fix" and r.version_id == subject}
    return [changed(r) for r in read("facts.work_items") if r.id in held and there(r.created_at)]


def forecast_misses_due_date(t):
    today = local(NOW).isoformat()
    made = [r for r in read("facts.forecasts") if within(r.made_at, t.days)]
    last = max((r.made_on for r in made), default=None)
    ended = {r.id for r in read("facts.work_items") if there(r.done_at) or there(r.abandoned_at)} | {r.id for r in read("core.sprints") if there(r.completed_at)}
    out = lambda r: r.is_archived or (r.is_released and (r.release_on is None or r.release_on <= today))
    ended |= {r.id for r in read("core.versions") if out(r)} | {r.id for r in read("facts.work_items") if r.status_category is None}
    for r in made:
        if r.made_on != last or r.due_on is None or r.subject_id in ended or (r.done_on is not None and r.done_on <= today):
            continue
        if r.due_on < r.made_on:
            if max([day_over(r.due_on), *held_changes(r.subject_id)]) >= ago(t.forgotten):
                yield r.subject_id, r.project_id, 1.0, [r.id]
        elif r.reason is None and r.due_probability is not None:
            yield r.subject_id, r.project_id, ramp(1 - r.due_probability, t["from"], t.full), [r.id]


def closing(t, due_on, items, others=()):
    """What it comes to that a day is over, where none of the items is open and not all was forgotten."""
    may_be_open = lambda r: r.level == "item" and r.excluded != "project deleted" and is_open(r)
    if any(may_be_open(r) for r in items) or max([day_over(due_on), *map(changed, [*others, *items])]) < ago(t.forgotten):
        return 0.0
    return ramp((NOW - day_over(due_on)) / DAY, t["from"], t.full)


def done_items(rows):
    return ids(r for r in rows if r.level == "item" and there(r.done_at))


def overdue_epic(t):
    rows = [r for r in read("facts.work_items") if there(r.created_at)]
    below = by(lambda r: r.parent_id, rows)
    for epic in (r for r in rows if r.level == "epic" and is_open(r) and None not in (r.due_on, r.status_category)):
        yield epic.id, epic.project_id, closing(t, epic.due_on, below.get(epic.id, []), [epic]), [epic.id]


def overdue_release(t):
    items = {r.id: r for r in read("facts.work_items") if there(r.created_at)}
    fixed = [r for r in present("core.work_item_versions") if r.relation == "fix" and r.work_item_id in items]
    held = by(lambda r: r.version_id, fixed)
    gone = {r.id for r in read("core.repositories") if there(r.deleted_at)}
    for release in present("core.versions"):
        if release.release_on is not None and not release.is_released and not release.is_archived and release.repository_id not in gone:
            project = first(release.project_id, min(projects().get(release.repository_id, ()), default=None))
            inside = [items[r.work_item_id] for r in held.get(release.id, [])]
            yield release.id, project, closing(t, release.release_on, inside), done_items(inside)


def overdue_sprint(t):
    items = {r.id: r for r in read("facts.work_items") if there(r.created_at)}
    inside = lambda r: (r.added_at is None or there(r.added_at)) and not there(r.removed_at)
    held = by(lambda r: r.sprint_id, [r for r in read("facts.sprint_items") if r.work_item_id in items and inside(r)])
    may_be_open = lambda r: r.level == "item" and r.excluded != "project deleted" and is_open(r)
    for sprint in present("core.sprints"):
        runs = sprint.state == "active" if sprint.completed_at is None else not there(sprint.completed_at)
        rows = [items[r.work_item_id] for r in held.get(sprint.id, [])]
        if there(sprint.ends_at) and runs and not any(map(may_be_open, rows)):
            # What was decided of its board is told by what is in it.
            project = first(of_sprints()[sprint.id] if rows else sprint.project_id, of_all(rows))
            if max([sprint.ends_at, *map(changed, rows)]) >= ago(t.forgotten):
                yield sprint.id, project, ramp((NOW - sprint.ends_at) / DAY, t["from"], t.full), done_items(rows)


def long_abandoned(r, t):
    """Whether it was nobody's to do any more when the days began that are looked at."""
    return r.abandoned_at is not None and r.abandoned_at <= ago(t.days)


def scope_growth(t):
    for project, items in of_project(r for r in flowing() if there(r.created_at) and not long_abandoned(r, t)).items():
        old = [r for r in items if r.created_at <= ago(t.days)]
        new = [r for r in items if r.created_at > ago(t.days)]
        before = sum(1 for r in old if r.done_at is None or r.done_at > ago(t.days))
        added, done, left = len(new), *(sum(1 for r in items if within(r.get(at), t.days)) for at in ("done_at", "abandoned_at"))
        if before >= t.minimum and before > 0:
            net, z = added - left - done, over(added - left - done, sqrt(added + left + done))
            yield project, project, min(ramp(net / max(done, 1), t["from"], t.full), ramp(z, t.z_from, t.z_full)), ids(new)


PARENT = ("parent", "epic link", "parent link", "issueparentassociation")


def epic_scope_growth(t):
    by_key = {(r.connection, r.key): r.id for r in read("core.work_items")}
    moves = [r for r in present("core.work_item_transitions") if r.field in PARENT and within(r.changed_at, t.days)]
    moves = [(r.changed_at, by_key.get((r.connection, r.from_value)), r.work_item_id) for r in moves]
    # What each that was moved was below when the days began.
    was = {}
    for _, epic, item in sorted(moves, key=lambda move: (move[0], move[1] is None, move[1] or "")):
        was.setdefault(item, epic)
    old = lambda r: r.created_at <= ago(t.days)
    was_open = lambda r: (r.done_at is None or r.done_at > ago(t.days)) and not long_abandoned(r, t)
    gone = Counter(was[r.id] for r in flowing() if r.id in was and old(r) and was_open(r) and was[r.id] != r.parent_id)
    is_kept = lambda r: old(r) and was.get(r.id, r.parent_id) == r.parent_id
    for epic, items in of_epic(r for r in flowing() if there(r.created_at) and not long_abandoned(r, t)):
        new = [r for r in items if was_open(r) and not is_kept(r)]
        moved, done = gone[epic.id], sum(1 for r in items if within(r.done_at, t.days))
        removed = moved + sum(1 for r in items if within(r.abandoned_at, t.days))
        before, added = moved + sum(1 for r in items if was_open(r) and is_kept(r)), len(new)
        if before >= t.minimum and before > 0 and any(r.started_at is not None and r.started_at <= ago(t.days) for r in items):
            net, z = added - removed - done, over(added - removed - done, sqrt(added + removed + done))
            yield epic.id, epic.project_id, min(ramp(net / max(done, 1), t["from"], t.full), ramp(z, t.z_from, t.z_full)), ids(new)


def sprint_scope_growth(t):
    known_sprints = {r.id: r for r in read("core.sprints")}
    done = {r.id: ended(r) for r in read("facts.work_items")}
    known = lambda at: at is None or there(at)
    before, running = defaultdict(list), []
    rows = [r for r in read("facts.sprint_items") if r.excluded is None and there(r.sprint_starts_at)]
    for sprint, items in by(lambda r: r.sprint_id, rows).items():
        ends = max((r.sprint_ends_at for r in items if r.sprint_ends_at is not None), default=None)
        project = first(of_sprints().get(sprint), of_all(items))
        planned = [r for r in items if r.is_committed]
        new = [r for r in items if r.is_added and known(r.added_at)]
        out = {r.work_item_id for r in planned + new if r.is_removed and known(r.removed_at)}
        told = (len(new), len(out), len(planned))
        until = [at for at in (ends, known_sprints[sprint].ends_at if sprint in known_sprints else None) if at is not None]
        if min(until) > NOW if until else items[0].sprint_state == "active":
            if any(r.work_item_id not in out and not there(done.get(r.work_item_id)) for r in planned):
                running.append((sprint, project, [r.work_item_id for r in new], *told))
        elif items[0].sprint_state == "closed" and there(ends) and planned:
            before[project].append((ends, sprint, *told))
    for sprint, project, new, added, removed, planned in running:
        last = sorted(before[project], reverse=True)[:6] if project is not None else []
        usual = max(sum(r[2] - r[3] for r in last) / sum(r[4] for r in last), 0) if len(last) >= 3 else t.usual
        if planned >= t.minimum:
            z = over(added - removed - usual * planned, sqrt(added + removed))
            yield sprint, project, min(ramp((added - removed) / planned - usual, t["from"], t.full), ramp(z, t.z_from, t.z_full)), new


def throughput_falling(t):
    for project, items in of_project(r for r in flowing() if there(r.created_at)).items():
        done_late = [r for r in items if within(r.done_at, t.days)]
        done_before = [r for r in items if within(r.done_at, t.before_days, ago(t.days))]
        late, before = len(done_late), len(done_before)
        if before >= t.minimum and before > 0 and any(is_open(r) for r in items):
            rho = t.days / t.before_days
            z = 2 * (sqrt(rho * (before + 0.375)) - sqrt(late + 0.375)) / sqrt(1 + rho)
            score = min(ramp(1 - late / (before * rho), t["from"], t.full), ramp(z, t.z_from, t.z_full))
            yield project, project, score, ids(done_late + done_before)


def carried(t, key):
    begun = doing(t.forgotten)
    wanted = [r for r in flowing() if r.get(key) is not None and (r.id in begun or within(r.done_at, t.days))]
    for of, items in by(lambda r: r.get(key), wanted).items():
        wip, people = [r for r in items if r.id in begun], len({r.assignee_id for r in items} - {None})
        if len(wip) >= t.minimum and people > 0:
            yield of, ramp(len(wip) / people, t["from"], t.full), ids(wip)


def wip_over_limit(t):
    yield from ((project, project, score, wip) for project, score, wip in carried(t, "project_id"))


def team_wip_over_limit(t):
    yield from ((team, None, score, wip) for team, score, wip in carried(t, "team_id"))


def oldest(t):
    """The most days that an item of each project takes."""
    most = defaultdict(lambda: t.fixed)
    for project, items in of_project(flowing()).items():
        times = [r.cycle_seconds for r in items if r.cycle_seconds is not None and within(r.done_at, t.history_days)]
        if times and len(times) >= t.history_minimum:
            most[project] = t.factor * percentile(times, 85) / 86_400
    return most


def aged(items, most, begun, t):
    items = [r for r in items if there(r.started_at) and not there(r.abandoned_at)]
    ages = [(r.id, (NOW - r.started_at) / DAY, most[r.project_id]) for r in items]
    looked_at = [item for item, age, most in ages if most < age <= most + t.days]
    old = [item for item in looked_at if item in begun]
    return ramp(len(old) / len(looked_at), t["from"], t.full) if looked_at and len(old) >= t.minimum else 0.0, old


def ageing_items(t):
    most, begun = oldest(t), doing()
    for project, items in of_project(flowing()).items():
        yield project, project, *aged(items, most, begun, t)


def epic_ageing_items(t):
    most, begun = oldest(t), doing()
    for epic, items in of_epic(flowing()):
        yield epic.id, epic.project_id, *aged(items, most, begun, t)


@cache
def moved():
    """When each item that is not done came to where it is."""
    rows = [r for r in read("facts.work_item_stays") if r.excluded is None and r.status_category != "done"]
    now = by(lambda r: r.work_item_id, [r for r in rows if there(r.entered_at) and not there(r.left_at)])
    return {item: max(r.entered_at for r in stays) for item, stays in now.items()}


def blocked(items, begun, t):
    items = [r for r in items if within(moved().get(r.id), t.forgotten) or within(r.blocked_since, t.forgotten)]
    blocked = {r.id for r in items if r.blocked_since is not None and r.blocked_since <= ago(t.days)}
    wip = sum(1 for r in items if r.id in begun or r.id in blocked)
    return ramp(len(blocked) / wip, t["from"], t.full) if len(blocked) >= t.minimum and wip > 0 else 0.0, blocked


def blocked_work(t):
    begun = doing()
    for project, items in of_project(r for r in flowing() if is_open(r)).items():
        yield project, project, *blocked(items, begun, t)


def epic_blocked_work(t):
    begun = doing()
    for epic, items in of_epic(r for r in flowing() if is_open(r)):
        yield epic.id, epic.project_id, *blocked(items, begun, t)


def carry_over(t):
    rows = [r for r in read("facts.sprint_items") if r.excluded is None and r.sprint_state == "closed" and there(r.sprint_ends_at)]
    ended = defaultdict(list)
    for sprint, items in by(lambda r: r.sprint_id, rows).items():
        taken_along = [r.work_item_id for r in items if r.is_carried_over]
        left, total = len(taken_along), sum(1 for r in items if r.is_carried_over or r.is_completed)
        project = first(of_sprints().get(sprint), of_all(items))
        if total > 0:
            # Those of no project are not one another's.
            of = (project, sprint if project is None else None)
            ended[of].append((max(r.sprint_ends_at for r in items), sprint, left, total, taken_along))
    for (project, _), sprints in ended.items():
        (at, sprint, left, total, taken_along), *others = sorted(sprints, reverse=True)
        before = others[:6]
        if at <= ago(t.days) or total < t.minimum:
            continue
        if len(before) < 3:
            yield sprint, project, ramp(left / total - t.usual, t["from"], t.full), taken_along
        else:
            left_before, total_before = sum(r[2] for r in before), sum(r[3] for r in before)
            yield sprint, project, compared(left, total, left_before, total_before, t, left_before / total_before), taken_along


def open_pulls():
    pulls = [r for r in read("facts.pull_requests") if not r.by_bot and not r.is_draft and r.excluded is None]
    pulls = [r for r in pulls if there(r.opened_at)]
    return [r for r in pulls if not there(r.closed_at) and not there(r.merged_at)]


def of_repository(rows, t, is_so):
    for repository, pulls in by(lambda r: r.repository_id, rows).items():
        so = [r for r in pulls if is_so(r)]
        if len(so) >= t.minimum:
            yield repository, lowest(pulls), ramp(len(so) / len(pulls), t["from"], t.full), ids(so)


def lowest(rows):
    return min((r.project_id for r in rows if r.project_id is not None), default=None)


def worked_ago(days):
    """Since when people worked for as long as so many working days have hours: from nine to five, Monday to Friday."""
    left, day = days * 8 * 3600, local(NOW)
    while True:
        if day.weekday() < 5:
            begins, ends = (datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp() for hour in (9, 17))
            ends = min(ends, NOW / 1e6)
            if ends - begins >= left:
                return round((ends - left) * 1e6)
            left -= max(ends - begins, 0)
        day -= timedelta(days=1)


def review_bottleneck(t):
    seen = lambda r: first(r.last_activity_at, r.first_review_at) if there(r.first_review_at) else r.opened_at
    pulls = [r for r in open_pulls() if seen(r) > ago(t.forgotten)]
    yield from of_repository(pulls, t, lambda r: not there(r.first_review_at) and r.opened_at <= worked_ago(t.days))


def idle_pull_requests(t):
    active = lambda r: first(r.last_activity_at, r.opened_at)
    pulls = [r for r in open_pulls() if active(r) > ago(t.forgotten)]
    yield from of_repository(pulls, t, lambda r: active(r) <= worked_ago(t.days))


def knowledge_concentrated(t):
    bots = {r.id for r in read("facts.people") if r.is_bot}
    made = [r for r in read("facts.changes") if r.author_id is not None and within(first(r.merged_at, r.first_commit_at), t.days)]
    for repository, changes in by(lambda r: r.repository_id, [r for r in made if r.author_id not in bots]).items():
        authors = Counter(r.author_id for r in changes)
        few, reached = set(), 0
        for author in sorted(authors, key=lambda author: (-authors[author], author)):
            if 2 * reached < len(changes):
                few.add(author)
            reached += authors[author]
        if len(changes) >= t.minimum and (len(few) == 1 or 2 * len(few) < len(authors)):
            theirs = [r for r in changes if r.author_id in few]
            yield repository, lowest(theirs), ramp(len(few), t["from"], t.full), ids(theirs)


def reviews_on_one_person(t):
    made = [r for r in read("facts.reviews") if r.excluded is None and None not in (r.team_id, r.reviewer_id)]
    opened = [r for r in read("facts.pull_requests") if not r.by_bot and r.author_id is not None and within(r.opened_at, t.days)]
    for team, reviews in by(lambda r: r.team_id, [r for r in made if within(r.submitted_at, t.days)]).items():
        reviewers = Counter(r.reviewer_id for r in reviews)
        people = set(reviewers) | {r.author_id for r in opened if r.team_id == team}
        if len(reviews) >= t.minimum and len(people) >= t.fewest:
            most = min(reviewers, key=lambda reviewer: (-reviewers[reviewer], reviewer))
            theirs = ids(r for r in reviews if r.reviewer_id == most)
            yield team, None, ramp(len(theirs) / len(reviews), t["from"], t.full), theirs


def change_fail_rate_rising(t):
    of = defaultdict(dict)
    for r in read("facts.deployments"):
        if r.excluded is None and r.failed is not None and within(r.finished_at, t.days + t.before_days):
            for project in ({r.project_id} - {None}) | projects().get(r.repository_id, set()):
                of[project][r.id] = r
    for project, deployments in of.items():
        late = [r.failed for r in deployments.values() if r.finished_at > ago(t.days)]
        before = [r.failed for r in deployments.values() if r.finished_at <= ago(t.days)]
        if min(len(late), len(before)) >= max(t.minimum, 1):
            failed = ids(r for r in deployments.values() if r.finished_at > ago(t.days) and r.failed)
            score = compared(sum(late), len(late), sum(before), len(before), t, sum(before) / len(before))
            yield project, project, score, failed


def still_open(r):
    return r.is_open if r.resolved_at is None else not there(r.resolved_at)


def incident_load(t):
    rows = [r for r in read("facts.incidents") if there(r.began_at) and (still_open(r) or r.excluded is None and r.began_at > ago(t.days))]
    of = defaultdict(list)
    for r in rows:
        for project in ({r.project_id} - {None}) | projects().get(r.repository_id, set()):
            of[project].append(r)
    for project, incidents in of.items():
        yield project, project, ramp(len(incidents), t["from"], t.full), ids(incidents)


def stale_dependencies(t):
    items = {r.id: r for r in read("facts.work_items")}
    stays = by(lambda r: r.work_item_id, [r for r in read("facts.work_item_stays") if there(r.entered_at)])
    moved = {item: max(r.entered_at for r in of_item) for item, of_item in stays.items()}
    waiting = set()
    for link in present("core.work_item_links"):
        kind = (link.kind or "").lower()
        if kind in ("blocks", "is depended on by"):
            waits, blocks = items.get(link.to_id), items.get(link.from_id)
        elif kind in ("is blocked by", "blocked by", "depends on"):
            waits, blocks = items.get(link.from_id), items.get(link.to_id)
        else:
            continue
        known = lambda r: r.excluded is None or (r.excluded != "project deleted" and r.status_category is not None)
        if waits and blocks and all(is_open(r) and known(r) for r in (waits, blocks)):
            if waits.project_id is not None and moved.get(blocks.id, blocks.created_at) <= ago(t.days):
                waiting.add(waits.id)
    for project, rows in of_project(items[item] for item in waiting).items():
        yield project, project, ramp(len(rows), t["from"], t.full), ids(rows)


def unready(t):
    """What is in progress, and the ids of what has no owner or lacks an estimate."""
    kind = lambda r: (r.project_id, r.kind or "")
    done = by(kind, [r for r in flowing() if within(r.done_at, t.days)])
    estimating = {of for of, rows in done.items() if of[0] is not None and 2 * sum(1 for r in rows if r.points is not None) >= len(rows)}
    begun = doing(t.forgotten)
    items = [r for r in flowing() if r.id in begun]
    return items, {r.id for r in items if r.assignee_id is None or (r.points is None and kind(r) in estimating)}


def lacking(items, lack, t):
    unready = [r.id for r in items if r.id in lack]
    return ramp(len(unready) / len(items), t["from"], t.full) if len(unready) >= t.minimum else 0.0, unready


def unready_work(t):
    begun, lack = unready(t)
    for project, items in of_project(begun).items():
        yield project, project, *lacking(items, lack, t)


def epic_unready_work(t):
    begun, lack = unready(t)
    for epic, items in of_epic(begun):
        yield epic.id, epic.project_id, *lacking(items, lack, t)


def flaky_builds(t):
    over_with = [r for r in present("core.builds") if None not in (r.name, r.sha) and r.status in ("succeeded", "failed")]
    rows = [r for r in over_with if within(r.finished_at, t.days)]
    for repository, builds in by(lambda r: r.repository_id, rows).items():
        answers = by(lambda r: (r.name, r.sha), builds)
        if len(answers) >= t.minimum:
            # Each of them stands for the others of its name and commit.
            flaky = [min(ids(rows)) for rows in answers.values() if len({r.status for r in rows}) == 2]
            yield repository, None, ramp(len(flaky) / len(answers), t["from"], t.full), flaky


EVENTS = {
    "facts.work_item_stays": ("entered_at", "left_at"),
    "facts.work_items": ("created_at",),
    "facts.pull_requests": ("opened_at", "last_activity_at", "closed_at"),
    "facts.reviews": ("submitted_at",),
    "facts.changes": ("first_commit_at", "merged_at"),
    "facts.deployments": ("finished_at",),
}


def silent_project(t):
    each = lambda r: ({r.project_id} - {None}) | projects().get(r.repository_id, set())
    last = {}
    for table, columns in EVENTS.items():
        for r in read(table):
            for at in [r.get(column) for column in columns if there(r.get(column))]:
                last |= {project: max(at, last.get(project, at)) for project in each(r)}
    begun = [r for r in read("facts.work_item_stays") if r.excluded is None and r.status_category == "doing"]
    begun = [r for r in begun if there(r.entered_at) and not there(r.left_at) and r.entered_at > ago(t.forgotten)]
    of = defaultdict(set)
    for r in begun:
        for project in each(r):
            of[project].add(r.work_item_id)
    for project, items in of.items():
        yield project, project, ramp((NOW - last[project]) / DAY, t["from"], t.full), items


def silent_epic(t):
    moves, active, begun = defaultdict(list), defaultdict(list), doing(t.forgotten)
    for r in read("facts.work_item_stays"):
        moves[r.work_item_id].append(r.entered_at)
    for r in read("facts.pull_requests"):
        for key in r.work_item_keys or []:
            active[key].append(r.last_activity_at)
    for epic, items in of_epic(flowing()):
        wip = [r.id for r in items if r.id in begun]
        if wip:
            each = [at for r in items for at in (r.created_at, r.last_change_at, *moves[r.id], *active[r.key]) if there(at)]
            yield epic.id, epic.project_id, ramp((NOW - max(each)) / DAY, t["from"], t.full), wip


RULES = [
    forecast_misses_due_date, overdue_epic, overdue_release, overdue_sprint,
    scope_growth, epic_scope_growth, sprint_scope_growth, throughput_falling, wip_over_limit, team_wip_over_limit, ageing_items, epic_ageing_items,
    blocked_work, epic_blocked_work, carry_over, review_bottleneck, reviews_on_one_person, knowledge_concentrated, change_fail_rate_rising, incident_load, stale_dependencies, unready_work, epic_unready_work, idle_pull_requests,
    flaky_builds, silent_project, silent_epic,
]
OF_REPOSITORIES = {review_bottleneck, knowledge_concentrated, idle_pull_requests, flaky_builds}


def findings(rule):
    """A repository counts to each project that has it. Of a project or repository that was deleted nothing is found."""
    gone = {r.id for table in ("core.projects", "core.repositories") for r in read(table) if there(r.deleted_at)}
    found = {}
    for subject, project, score, evidence in rule(Limits(THRESHOLDS[rule.__name__])):
        if subject in gone:
            continue
        counts_to = {project} - gone
        if rule in OF_REPOSITORIES:
            counts_to = (projects().get(subject, set()) - gone) or counts_to or {None}
        if score > 0:
            found |= {f"{subject} {to or ''}": {"score": score, "evidence": sorted(evidence)} for to in counts_to}
    return found


if __name__ == "__main__":
    print(json.dumps({rule.__name__: findings(rule) for rule in RULES}))
