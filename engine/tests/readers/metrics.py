"""The figures of every metric, computed a second time from the facts alone, without SQL and without a line of Pulse.

usage: metrics.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW

FOLDER has one file of JSON lines a table; instants are in microseconds since 1970, as NOW is. Prints for each metric its value, n, how many are
open and how many excluded: of each week of the span, and of the whole.
"""

import json
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

FOLDER, FIRST, LAST, ZONE, NOW = Path(sys.argv[1]), *map(date.fromisoformat, sys.argv[2:4]), ZoneInfo(sys.argv[4]), int(sys.argv[5])
COUNTS, OPEN, OUT = "n", "open", "excluded"


class Row(dict):
    """A row; a column that is missing is None."""

    __getattr__ = dict.get


def read(table):
    path = FOLDER / f"{table}.ndjson"
    return [Row(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def first(*values):
    return next((value for value in values if value is not None), None)


# Each of these gives observations (at, state, a, b): b is the denominator of a ratio, or the end of a stay.


def items(at, wanted, a=lambda r: None, b=lambda r: 1.0, out=lambda r: False, is_open=lambda r: False):
    for r in read("facts.work_items"):
        if wanted(r) or r.excluded == "unmapped status":
            state = OUT if r.excluded is not None or out(r) else OPEN if is_open(r) else COUNTS
            yield at(r), state, a(r), b(r)


def worked(value, out, b=lambda r: 1.0):
    """Items that are done, and those that were begun as open ones."""
    begun = lambda r: r.is_done or r.started_at is not None
    at = lambda r: first(r.done_at, r.started_at, r.created_at)
    return items(at, begun, value, b, out, lambda r: not r.is_done)


def done(value=lambda r: None, out=lambda r: False):
    return items(lambda r: first(r.done_at, r.created_at), lambda r: r.is_done, value, out=out)


def made(value):
    for r in read("facts.work_items"):
        yield r.created_at, OUT if r.excluded not in (None, "unmapped status") else COUNTS, value(r), 1.0


def in_progress():
    for r in read("facts.work_items"):
        if r.started_at is not None:
            yield r.started_at, OUT if r.excluded is not None else COUNTS, None, r.done_at


def stays():
    for r in read("facts.work_item_stays"):
        yield r.entered_at, OUT if r.excluded is not None else COUNTS, None, r.left_at


def stage(r):
    return first(r.stage, r.status_category)


def stage_exits():
    """The last stay of each item in each stage, when it was left after the item was begun."""
    items = {r.id: r for r in read("facts.work_items")}
    last = {}
    for r in read("facts.work_item_stays"):
        if r.status_category != "done":
            key = (r.work_item_id, stage(r))
            late = lambda r: (r.left_at is None, r.left_at or 0, r.position)
            if key not in last or late(last[key]) < late(r):
                last[key] = r
    for r in last.values():
        item = items.get(r.work_item_id)
        if item and None not in (r.left_at, item.started_at) and item.started_at < r.left_at:
            state = OUT if r.excluded is not None else COUNTS if item.is_done else OPEN
            yield r.left_at, state, (r.left_at - item.started_at) / 1e6, 1.0


def sprints(wanted, a, b, out=lambda r: False):
    for r in read("facts.sprint_items"):
        if wanted(r) or r.excluded is not None:
            state = OUT if r.excluded is not None or out(r) else OPEN if r.sprint_state == "active" else COUNTS
            yield r.sprint_ends_at, state, a(r), b(r)


def sprint_points(wanted, a, b):
    points = lambda times: lambda r: times(r) * (r.points or 0)
    return sprints(wanted, points(a), points(b), lambda r: r.points is None)


def pulls(value, missing=lambda r: False):
    for r in read("facts.pull_requests"):
        if r.state == "open" and r.opened_at is None:
            continue
        left_out = r.by_bot or r.state == "closed" or (r.state == "merged" and missing(r))
        state = OUT if left_out else OPEN if r.state == "open" else COUNTS
        yield first(r.merged_at, r.closed_at, r.opened_at), state, value(r), 1.0


def timed(column):
    return pulls(lambda r: r[column], lambda r: r[column] is None)


def merged(value, out=lambda r: False):
    for r in read("facts.pull_requests"):
        if r.state == "merged":
            yield r.merged_at, OUT if r.by_bot or out(r) else COUNTS, value(r), 1.0


def open_pulls():
    for r in read("facts.pull_requests"):
        if r.opened_at is not None:
            lost = r.state != "open" and r.closed_at is None
            yield r.opened_at, OUT if r.by_bot or lost else COUNTS, None, r.closed_at


def idle_pulls():
    for r in read("facts.pull_request_idles"):
        yield r.idle_from, OUT if r.excluded is not None else COUNTS, None, r.idle_until


def month(r):
    at = datetime.fromtimestamp(r.submitted_at / 1e6, ZoneInfo("UTC"))
    return r.repository_id, at.year, at.month


def by_the_busiest():
    made = defaultdict(lambda: defaultdict(int))
    for r in read("facts.reviews"):
        if r.excluded is None and r.reviewer_id is not None:
            made[month(r)][r.reviewer_id] += 1
    busiest = {key: sorted(by, key=lambda who: (-by[who], who))[:2] for key, by in made.items()}
    return reviews(
        lambda r: r.reviewer_id in busiest.get(month(r), []),
        lambda r: r.reviewer_id is None or sum(made[month(r)].values()) < 5,
    )


def reviews(value, missing):
    for r in read("facts.reviews"):
        yield r.submitted_at, OUT if r.excluded is not None or missing(r) else COUNTS, value(r), 1.0


def changes(value, out=lambda r: False):
    for r in read("facts.changes"):
        yield first(r.deployed_at, r.merged_at), OUT if out(r) else COUNTS, value(r), 1.0


def lead(column):
    return changes(lambda r: r[column], lambda r: r.excluded is not None or r.lead_seconds is None or r[column] is None)


def deployments(value, out=lambda r: False, is_open=lambda r: False, wanted=lambda r: True):
    for r in read("facts.deployments"):
        if wanted(r):
            state = OUT if r.excluded is not None or out(r) else OPEN if is_open(r) else COUNTS
            yield first(r.finished_at, r.started_at), state, value(r), 1.0


def present(table):
    return [r for r in read(table) if r.deleted_at is None]


def builds(value, out=lambda r: False, wanted=lambda r: True):
    for r in present("core.builds"):
        if wanted(r):
            left_out = r.status == "cancelled" or out(r)
            yield first(r.finished_at, r.started_at), OUT if left_out else OPEN if r.status == "running" else COUNTS, value(r), 1.0


def is_flaky(r):
    same = lambda o: (o.repository_id, o.name, o.sha, o.status) == (r.repository_id, r.name, r.sha, "succeeded")
    return any(same(o) and o.finished_at is not None and r.finished_at < o.finished_at for o in present("core.builds"))


def build_time(r):
    return None if None in (r.started_at, r.finished_at) else (r.finished_at - r.started_at) / 1e6


def releases():
    for r in present("core.releases"):
        yield r.published_at, OUT if r.is_prerelease or r.published_at is None else COUNTS, None, 1.0


def incidents(value, out=lambda r: False, is_open=lambda r: False):
    for r in read("facts.incidents"):
        yield r.began_at, OUT if out(r) else OPEN if is_open(r) else COUNTS, value(r), 1.0


def is_repeat(r):
    key = lambda o: (first(o.project_id, o.repository_id), (o.title or "").strip().lower())
    month = 30 * 86_400_000_000
    place = lambda o: (o.began_at, o.id)
    return any(key(o) == key(r) and place(o) < place(r) and r.began_at - o.began_at <= month for o in read("facts.incidents"))


def open_incidents():
    for r in read("facts.incidents"):
        yield r.began_at, OUT if not r.is_open and r.resolved_at is None else COUNTS, None, r.resolved_at


def unpicked(r):
    return r.is_open and r.acknowledged_at is None


def lines(r):
    return None if None in (r.additions, r.deletions) else float(r.additions + r.deletions)


no_time = lambda r: r.started_at is None or r.finished_at is None or r.finished_at < r.started_at
unknown_failure = lambda r: r.status == "failed" and None in (r.name, r.sha, r.finished_at)
unclassified = lambda r: r["class"] == "unclassified"

PERCENTILE, RATIO, COUNT, LEVEL, AGE = "percentile", "ratio", "count", "level", "age"
METRICS = {
    "change_lead_time": (PERCENTILE, lambda: lead("lead_seconds")),
    "lead_time_coding": (PERCENTILE, lambda: lead("coding_seconds")),
    "lead_time_pickup": (PERCENTILE, lambda: lead("pickup_seconds")),
    "lead_time_review": (PERCENTILE, lambda: lead("review_seconds")),
    "lead_time_deploy": (PERCENTILE, lambda: lead("deploy_seconds")),
    "deployment_frequency": (COUNT, lambda: deployments(lambda r: None)),
    "change_fail_rate": (RATIO, lambda: deployments(lambda r: r.failed)),
    "failed_deployment_recovery_time": (
        PERCENTILE,
        lambda: deployments(
            lambda r: r.recovery_seconds,
            lambda r: r.recovery_seconds is None and not r.recovery_open,
            lambda r: r.recovery_open,
            lambda r: r.failed,
        ),
    ),
    "deployment_rework_rate": (RATIO, lambda: deployments(lambda r: r.is_rework)),
    "cycle_time": (PERCENTILE, lambda: worked(lambda r: r.cycle_seconds, lambda r: r.is_done and r.cycle_seconds is None)),
    "work_item_lead_time": (
        PERCENTILE,
        lambda: items(
            lambda r: first(r.done_at, r.committed_at, r.created_at),
            lambda r: r.is_done or r.committed_at is not None,
            lambda r: r.lead_seconds,
            out=lambda r: r.is_done and r.lead_seconds is None,
            is_open=lambda r: not r.is_done,
        ),
    ),
    "throughput": (COUNT, done),
    "allocation": (COUNT, done),
    "unplanned_work": (RATIO, lambda: done(lambda r: r["class"] == "unplanned", unclassified)),
    "work_in_progress": (LEVEL, in_progress),
    "work_item_age": (AGE, in_progress),
    "cumulative_flow": (LEVEL, stays),
    "stage_exit_age": (PERCENTILE, stage_exits),
    "flow_efficiency": (
        RATIO,
        lambda: worked(
            lambda r: r.active_seconds,
            lambda r: None in (r.active_seconds, r.waiting_seconds),
            lambda r: (r.active_seconds or 0) + (r.waiting_seconds or 0),
        ),
    ),
    "blocked_time": (
        RATIO,
        lambda: worked(
            lambda r: r.blocked_seconds,
            lambda r: r.blocked_seconds is None or (r.is_done and r.cycle_seconds is None),
            lambda r: r.cycle_seconds,
        ),
    ),
    "reopened_work": (
        RATIO,
        lambda: items(
            lambda r: first(r.done_at, r.started_at, r.created_at),
            lambda r: r.is_done or r.reopened > 0,
            lambda r: r.reopened > 0,
            is_open=lambda r: not r.is_done,
        ),
    ),
    "returned_work": (RATIO, lambda: done(lambda r: (r.returned or 0) > 0, lambda r: r.returned is None)),
    "sprint_completion": (RATIO, lambda: sprints(lambda r: r.is_committed, lambda r: r.is_completed, lambda r: 1.0)),
    "sprint_carry_over": (
        RATIO,
        lambda: sprints(lambda r: r.is_carried_over or r.is_completed, lambda r: r.is_carried_over, lambda r: 1.0),
    ),
    "sprint_scope_change": (
        RATIO,
        lambda: sprints(
            lambda r: r.is_committed or r.is_added or r.is_removed,
            lambda r: r.is_added + r.is_removed,
            lambda r: r.is_committed,
        ),
    ),
    "sprint_completion_points": (RATIO, lambda: sprint_points(lambda r: r.is_committed, lambda r: r.is_completed, lambda r: 1.0)),
    "sprint_carry_over_points": (
        RATIO,
        lambda: sprint_points(lambda r: r.is_carried_over or r.is_completed, lambda r: r.is_carried_over, lambda r: 1.0),
    ),
    "sprint_scope_change_points": (
        RATIO,
        lambda: sprint_points(
            lambda r: r.is_committed or r.is_added or r.is_removed,
            lambda r: r.is_added + r.is_removed,
            lambda r: r.is_committed,
        ),
    ),
    "pull_request_pickup_time": (PERCENTILE, lambda: timed("pickup_seconds")),
    "pull_request_review_time": (PERCENTILE, lambda: timed("review_seconds")),
    "pull_request_rework_time": (PERCENTILE, lambda: timed("rework_seconds")),
    "pull_request_merge_wait": (PERCENTILE, lambda: timed("merge_wait_seconds")),
    "pull_request_open_time": (PERCENTILE, lambda: timed("open_seconds")),
    "pull_request_size": (PERCENTILE, lambda: pulls(lines, lambda r: lines(r) is None)),
    "oversized_pull_requests": (RATIO, lambda: pulls(lambda r: (lines(r) or 0) > 1000, lambda r: lines(r) is None)),
    "reviewers_per_pull_request": (PERCENTILE, lambda: pulls(lambda r: float(r.reviewers))),
    "open_pull_requests": (LEVEL, open_pulls),
    "open_pull_request_age": (AGE, open_pulls),
    "idle_pull_requests": (LEVEL, idle_pulls),
    "unreviewed_merges": (
        RATIO,
        lambda: merged(lambda r: r.is_reviewed is False, lambda r: r.is_to_default is False or r.is_reviewed is None),
    ),
    "revert_rate": (RATIO, lambda: merged(lambda r: r.is_revert)),
    "hotfix_rate": (RATIO, lambda: merged(lambda r: r.is_hotfix)),
    "review_load": (COUNT, lambda: reviews(lambda r: None, lambda r: False)),
    "review_concentration": (RATIO, by_the_busiest),
    "review_wait": (PERCENTILE, lambda: reviews(lambda r: r.wait_seconds, lambda r: r.wait_seconds is None)),
    "direct_pushes": (RATIO, lambda: changes(lambda r: r.kind == "commit", lambda r: r.excluded in ("baseline", "not deployed"))),
    "batch_size": (
        PERCENTILE,
        lambda: deployments(lambda r: r.commits, lambda r: r.is_baseline or not r.commits),
    ),
    "build_time": (
        PERCENTILE,
        lambda: builds(build_time, lambda r: r.status == "failed" or (r.status == "succeeded" and no_time(r))),
    ),
    "build_failure_rate": (RATIO, lambda: builds(lambda r: r.status == "failed")),
    "build_flakiness": (
        RATIO,
        lambda: builds(
            lambda r: r.status == "failed" and not unknown_failure(r) and is_flaky(r),
            unknown_failure,
            lambda r: r.status != "succeeded",
        ),
    ),
    "release_cadence": (COUNT, releases),
    "incidents": (COUNT, lambda: incidents(lambda r: None)),
    "incident_acknowledge_time": (
        PERCENTILE,
        lambda: incidents(lambda r: r.acknowledge_seconds, lambda r: r.acknowledge_seconds is None and not unpicked(r), unpicked),
    ),
    "incident_recovery_time": (
        PERCENTILE,
        lambda: incidents(lambda r: r.recovery_seconds, lambda r: r.recovery_seconds is None and not r.is_open, lambda r: r.is_open),
    ),
    "repeat_incidents": (
        RATIO,
        lambda: incidents(is_repeat, lambda r: r.title is None or first(r.project_id, r.repository_id) is None),
    ),
    "working_hours_incidents": (RATIO, lambda: incidents(lambda r: r.on_hours, lambda r: r.on_hours is None)),
    "open_incidents": (LEVEL, open_incidents),
    "open_incident_age": (AGE, open_incidents),
    "linked_changes": (RATIO, lambda: merged(lambda r: bool(r.work_item_keys))),
    "traced_changes": (RATIO, lambda: changes(lambda r: r.lead_seconds is not None)),
    "attributed_changes": (RATIO, lambda: changes(lambda r: r.team_id is not None)),
    "mapped_work_items": (RATIO, lambda: made(lambda r: r.excluded is None)),
    "classified_work_items": (RATIO, lambda: done(lambda r: not unclassified(r))),
    "attributed_work_items": (RATIO, lambda: made(lambda r: r.team_id is not None)),
    "linked_incidents": (RATIO, lambda: incidents(lambda r: r.deployment_id is not None)),
}


def median(values):
    values = sorted(values)
    if not values:
        return None
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def midnight(day):
    return round(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) * 1_000_000


def told(kind, seen, days):
    """The figure of observations: value, n, open, excluded."""
    of = defaultdict(list)
    for observation in seen:
        of[observation[1]].append(observation)
    counted = of[COUNTS]
    if kind in (PERCENTILE, AGE):
        value = median([a for _, _, a, _ in counted])
    elif kind == RATIO:
        below = sum(float(b) for *_, b in counted)
        value = sum(float(a or 0) for _, _, a, _ in counted) / below if below > 0 else None
    elif kind == COUNT:
        value = len(counted) * 7 / days if days > 0 else None
    else:
        value = float(len(counted))
    return [value, len(counted), len(of[OPEN]), len(of[OUT])]


def figures(kind, observations):
    weeks = [FIRST + timedelta(days=7 * n) for n in range((LAST - FIRST).days // 7)]
    lines = []
    for week in weeks:
        start, end = midnight(week), midnight(week + timedelta(days=7))
        if kind in (LEVEL, AGE):
            at_end = lambda at, left: at is not None and (
                at < end and (left is None or left >= end) if end <= NOW else at <= NOW and (left is None or left > NOW)
            )
            there = [(at, state, (min(end, NOW) - at) / 1e6, 1.0) for at, state, _, left in observations if at_end(at, left)]
            lines.append(told(kind, there, 7))
        else:
            inside = [o for o in observations if o[0] is not None and start <= o[0] < end]
            passed = 7 * (min(max(NOW, start), end) - start) / (end - start)
            lines.append(told(kind, inside, passed))
    if kind in (LEVEL, AGE):
        return lines + [lines[-1]]
    start, end = midnight(FIRST), midnight(LAST)
    # What no time is known of counts nowhere, and is excluded or open in the whole.
    inside = [o for o in observations if (start <= o[0] < end if o[0] is not None else o[1] != COUNTS)]
    passed = sum(7 * (min(max(NOW, midnight(w)), midnight(w + timedelta(days=7))) - midnight(w)) / (midnight(w + timedelta(days=7)) - midnight(w)) for w in weeks)
    return lines + [told(kind, inside, passed)]


if __name__ == "__main__":
    print(json.dumps({name: figures(kind, list(observations())) for name, (kind, observations) in METRICS.items()}))
