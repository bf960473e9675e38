"""The figures of every metric, computed a second time from the facts alone, without SQL and without a line of Pulse.

usage: metrics.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

FOLDER has one file of JSON lines a table; instants are in microseconds since 1970, as NOW is, or written out. Prints for each metric, for
each `by`, and for each group that there is, under its key or "" for none: its value, median, 90th percentile, what is divided by what, n, how many
are open and how many excluded, of each period of the span, and last of the whole. Under `empty` stands what no observation at all comes to.
"""

import json
import re
import sys
from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

FOLDER, FIRST, LAST, ZONE, NOW = Path(sys.argv[1]), *map(date.fromisoformat, sys.argv[2:4]), ZoneInfo(sys.argv[4]), int(sys.argv[5])
GRAIN = sys.argv[6]
COUNTS, OPEN, OUT = "n", "open", "excluded"


class Row(dict):
    """A row; a column that is missing is None."""

    __getattr__ = dict.get


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def value_of(told):
    if isinstance(told, str) and INSTANT.match(told):
        at = datetime.fromisoformat(told.removesuffix("Z")).replace(tzinfo=timezone.utc)
        return (at - EPOCH) // timedelta(microseconds=1)
    return told


@cache
def read(table):
    path = FOLDER / f"{table}.ndjson"
    lines = path.read_text().split("\n") if path.exists() else []
    return [Row({name: value_of(told) for name, told in json.loads(line).items()}, table=table) for line in lines if line]


def first(*values):
    return next((value for value in values if value is not None), None)


def ended(r):
    """When an item was open no more: it was done, or abandoned, which is to be closed without being done."""
    return first(r.done_at, r.abandoned_at)


# Each of these gives observations (at, state, a, b, row): b is the denominator of a ratio, or the end of a stay.


def items(at, wanted, a=lambda r: None, b=lambda r: 1.0, out=lambda r: False, is_open=lambda r: False):
    for r in read("facts.work_items"):
        if wanted(r) or r.abandoned_at is not None or r.excluded in ("unmapped status", "abandoned"):
            # What is abandoned is in no figure of what was done, and open no more; of some nobody knows since when.
            state = OUT if r.excluded is not None or r.abandoned_at is not None or out(r) else OPEN if is_open(r) else COUNTS
            yield at(r), state, a(r), b(r), r


def worked(value, out, b=lambda r: 1.0):
    """Items that are done, and those that were begun as open ones."""
    begun = lambda r: r.is_done or r.started_at is not None
    at = lambda r: first(ended(r), r.started_at, r.created_at)
    return items(at, begun, value, b, out, lambda r: not r.is_done)


def done(value=lambda r: None, out=lambda r: False):
    return items(lambda r: first(ended(r), r.created_at), lambda r: r.is_done, value, out=out)


def made(value):
    for r in read("facts.work_items"):
        yield r.created_at, OUT if r.excluded not in (None, "unmapped status") else COUNTS, value(r), 1.0, r


@cache
def coded():
    """The items that merged pull requests or commits name by their keys; of a subtask the item above it."""
    naming = [r for r in read("facts.pull_requests") if r.state == "merged"] + present("core.commits")
    named = {key for r in naming for key in r.work_item_keys or []}
    rows = read("facts.work_items")
    keys, went = {r.key for r in rows}, defaultdict(set)
    for r in rows:
        for was in r.former_keys or []:
            if was not in keys:
                went[was.lower()].add(r.key)
    # A key by which items went that are all called alike now, and by which none goes now, goes on meaning that one.
    folded = {key.lower() for key in named}
    named |= {key for was, now in went.items() if was in folded and len(now) == 1 for key in now}
    return {r.parent_id if r.level == "subtask" else r.id for r in rows if r.key in named}


def in_progress():
    for r in read("facts.work_items"):
        if r.started_at is not None:
            yield r.started_at, OUT if r.excluded is not None else COUNTS, None, ended(r), r


def stays():
    for r in read("facts.work_item_stays"):
        yield r.entered_at, OUT if r.excluded is not None else COUNTS, None, r.left_at, r


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
            out = r.excluded is not None or item.abandoned_at is not None
            state = OUT if out else COUNTS if item.is_done else OPEN
            yield r.left_at, state, (r.left_at - item.started_at) / 1e6, 1.0, Row(r, kind=item.kind)


def sprints(wanted, a, b, out=lambda r: False):
    for r in read("facts.sprint_items"):
        if wanted(r) or r.excluded is not None:
            state = OUT if r.excluded is not None or out(r) else OPEN if r.sprint_state == "active" else COUNTS
            yield r.sprint_ends_at, state, a(r), b(r), r


def sprint_points(wanted, a, b):
    points = lambda times: lambda r: times(r) * (r.points or 0)
    return sprints(wanted, points(a), points(b), lambda r: r.points is None)


def pulls(value, missing=lambda r: False):
    for r in read("facts.pull_requests"):
        if r.state == "open" and r.opened_at is None:
            continue
        left_out = r.by_bot or r.state == "closed" or (r.state == "merged" and missing(r)) or r.excluded is not None
        state = OUT if left_out else OPEN if r.state == "open" else COUNTS
        yield first(r.merged_at, r.closed_at, r.opened_at), state, value(r), 1.0, r


def timed(column):
    return pulls(lambda r: r[column], lambda r: r[column] is None)


def merged(value, out=lambda r: False):
    for r in read("facts.pull_requests"):
        if r.state == "merged":
            yield r.merged_at, OUT if r.by_bot or out(r) else COUNTS, value(r), 1.0, r


def open_pulls():
    for r in read("facts.pull_requests"):
        if r.opened_at is not None:
            lost = r.state != "open" and r.closed_at is None
            is_out = r.by_bot or lost or (r.state == "open" and r.is_draft) or r.excluded is not None
            yield r.opened_at, OUT if is_out else COUNTS, None, r.closed_at, r


def idle_pulls():
    for r in read("facts.pull_request_idles"):
        yield r.idle_from, OUT if r.excluded is not None else COUNTS, None, r.idle_until, r


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
        yield r.submitted_at, OUT if r.excluded is not None or missing(r) else COUNTS, value(r), 1.0, r


def changes(value, out=lambda r: False):
    for r in read("facts.changes"):
        yield first(r.deployed_at, r.merged_at), OUT if out(r) else COUNTS, value(r), 1.0, r


def lead(column):
    return changes(lambda r: r[column], lambda r: r.excluded is not None or r.lead_seconds is None or r[column] is None)


def deployments(value, out=lambda r: False, is_open=lambda r: False, wanted=lambda r: True):
    for r in read("facts.deployments"):
        if wanted(r):
            state = OUT if r.excluded is not None or out(r) else OPEN if is_open(r) else COUNTS
            yield first(r.finished_at, r.started_at), state, value(r), 1.0, r


def present(table):
    return [r for r in read(table) if r.deleted_at is None]


@cache
def of_sprints():
    """The project of each sprint: the first that somebody decided of its board, or else the one that its source says."""
    decided = {}
    for r in present("core.project_scopes"):
        # What the board's own source says stands with its sprints.
        if r.scope_kind == "board" and not r.scope_id.startswith(f"{r.connection}:"):
            decided[r.scope_id] = min(r.project_id, decided.get(r.scope_id, r.project_id))
    return {r.id: decided.get(r.board_id, r.project_id) for r in read("core.sprints")}


def builds(value, out=lambda r: False, wanted=lambda r: True):
    for r in present("core.builds"):
        if wanted(r):
            left_out = r.status == "cancelled" or out(r)
            yield first(r.finished_at, r.started_at), OUT if left_out else OPEN if r.status == "running" else COUNTS, value(r), 1.0, r


@cache
def last_success():
    last = {}
    for r in present("core.builds"):
        if r.status == "succeeded" and r.finished_at is not None:
            key = r.repository_id, r.name, r.sha
            last[key] = max(last.get(key, r.finished_at), r.finished_at)
    return last


def is_flaky(r):
    return r.finished_at < last_success().get((r.repository_id, r.name, r.sha), r.finished_at)


def build_time(r):
    return None if None in (r.started_at, r.finished_at) else (r.finished_at - r.started_at) / 1e6


def releases():
    for r in present("core.releases"):
        yield r.published_at, OUT if r.is_prerelease or r.published_at is None else COUNTS, None, 1.0, r


def incidents(value, out=lambda r: False, is_open=lambda r: False):
    for r in read("facts.incidents"):
        # What was closed as none is one nowhere.
        state = OUT if r.excluded is not None or out(r) else OPEN if is_open(r) else COUNTS
        yield r.began_at, state, None if r.excluded is not None else value(r), 1.0, r


@cache
def began():
    """When incidents of each service and title began, in order, with their ids."""
    began = defaultdict(list)
    for r in read("facts.incidents"):
        if r.excluded is None:
            began[service_and_title(r)].append((r.began_at, r.id))
    return {key: sorted(all) for key, all in began.items()}


def service_and_title(r):
    return first(r.project_id, r.repository_id), (r.title or "").strip().lower()


def is_repeat(r):
    month = 30 * 86_400_000_000
    all = began()[service_and_title(r)]
    place = all.index((r.began_at, r.id))
    return place > 0 and r.began_at - all[place - 1][0] <= month


def open_incidents():
    for r in read("facts.incidents"):
        out = r.excluded is not None or (not r.is_open and r.resolved_at is None)
        yield r.began_at, OUT if out else COUNTS, None, r.resolved_at, r


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
            lambda r: first(ended(r), r.committed_at, r.created_at),
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
            lambda r: r.is_done and None in (r.started_at, r.active_seconds, r.waiting_seconds),
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
            lambda r: first(ended(r), r.started_at, r.created_at),
            lambda r: r.is_done or r.reopened > 0,
            lambda r: r.reopened > 0,
            is_open=lambda r: not r.is_done,
        ),
    ),
    "returned_work": (RATIO, lambda: done(lambda r: (r.returned or 0) > 0, lambda r: r.returned is None)),
    "sprint_commitment": (COUNT, lambda: sprints(lambda r: r.is_committed, lambda r: None, lambda r: None)),
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
    "linked_work_items": (RATIO, lambda: done(lambda r: r.id in coded())),
    "attributed_work_items": (RATIO, lambda: made(lambda r: r.team_id is not None)),
    "linked_incidents": (RATIO, lambda: incidents(lambda r: r.deployment_id is not None)),
    "attributed_incidents": (RATIO, lambda: incidents(lambda r: r.team_id is not None)),
}


# What is a sign of life besides a metric's own observations.
CODE = lambda: [(first(r.first_commit_at, r.merged_at, r.deployed_at), r) for r in read("facts.changes")]
WORK = lambda: [(r.created_at, r) for r in read("facts.work_items")]
DELIVERY = lambda: [(first(r.finished_at, r.started_at), r) for r in read("facts.deployments")]
LIVES = {
    "deployment_frequency": CODE,
    "release_cadence": CODE,
    "review_load": CODE,
    "open_pull_requests": CODE,
    "idle_pull_requests": CODE,
    "throughput": WORK,
    "allocation": WORK,
    "sprint_commitment": WORK,
    "work_in_progress": WORK,
    "cumulative_flow": WORK,
    "incidents": DELIVERY,
    "open_incidents": DELIVERY,
}
EVER, NEVER = float("-inf"), float("inf")


def median(values):
    values = sorted(values)
    if not values:
        return None
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def percentile(values, percent):
    """Between the two that are nearest, in proportion."""
    values = sorted(values)
    if not values:
        return None
    low, part = divmod(percent * (len(values) - 1), 100)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * part / 100


def midnight(day):
    return round(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()) * 1_000_000


def told(kind, seen, days):
    """The figure of observations: value, median, 90th percentile, numerator, denominator, n, open, excluded."""
    of = defaultdict(list)
    for observation in seen:
        of[observation[1]].append(observation)
    counted = of[COUNTS]
    middle = high = above = below = None
    if kind in (PERCENTILE, AGE):
        measured = [a for _, _, a, _, _ in counted]
        value, middle, high = median(measured), median(measured), percentile(measured, 90)
    elif kind == RATIO:
        above, below = sum(float(a or 0) for _, _, a, _, _ in counted), sum(float(b) for *_, b, _ in counted)
        value = above / below if below > 0 else None
    elif kind == COUNT:
        above, below = float(len(counted)), days / 7
        value = len(counted) * 7 / days if days > 0 else None
    else:
        value = float(len(counted))
    return [value, middle, high, above, below, len(counted), len(of[OPEN]), len(of[OUT])]


NOTHING = [None] * 5 + [0] * 3


def days():
    """The first days of the span's periods, each with the first of the next, and whether it is cut, as the first and the last may be."""
    at = {"day": FIRST, "week": FIRST - timedelta(days=FIRST.weekday()), "month": FIRST.replace(day=1)}[GRAIN]
    while at < LAST:
        step = {"day": 1, "week": 7, "month": 32}[GRAIN]
        after = at + timedelta(days=step)
        after = after.replace(day=1) if GRAIN == "month" else after
        yield max(at, FIRST), min(after, LAST), at < FIRST or after > LAST
        at = after


DAYS = list(days())
PERIODS = [(midnight(start), midnight(end), (end - start).days) for start, end, _ in DAYS]
STARTS = [start for start, *_ in PERIODS]
COMPLETE = [not is_cut and end <= NOW for (_, end, _), (*_, is_cut) in zip(PERIODS, DAYS)]


def passed(begins, start, end, days):
    """How many of a period's days have passed since the day on which counts began."""
    if begins >= end:
        return 0
    if begins > start:
        start, days = begins, (local(end) - local(begins)).days
    return days * (min(max(NOW, start), end) - start) / (end - start)


def local(at):
    return datetime.fromtimestamp(at / 1e6, ZONE).date()


def days_of(begins, periods):
    """A rate over less than the first day would say too much."""
    all = sum(passed(begins, *period) for period in periods)
    return 0 if begins > periods[0][0] and all < 1 else all


def figures(kind, observations, begins=EVER):
    """The figure of each period, and that of the whole, of counts that begin then."""
    if kind in (LEVEL, AGE):
        lines = [of_stays(kind, observations, *period[:2]) if period[1] > begins else NOTHING for period in PERIODS]
        begun = [line for line, (start, *_) in zip(lines, PERIODS) if start <= NOW]
        return lines + [beside_the_periods(kind, begun[-1] if begun else NOTHING, lines)]
    inside, undated = defaultdict(list), []
    for observation in observations:
        at = observation[0]
        if at is None:
            # What no time is known of counts nowhere, and is excluded or open in the whole.
            undated.extend([observation] * (observation[1] != COUNTS))
        elif STARTS[0] <= at < PERIODS[-1][1]:
            inside[bisect_right(STARTS, at) - 1].append(observation)
    lines = [told(kind, inside[n], days_of(begins, [period])) for n, period in enumerate(PERIODS)]
    whole = [observation for n in range(len(PERIODS)) for observation in inside[n]] + undated
    return lines + [beside_the_periods(kind, told(kind, whole, days_of(begins, PERIODS)), lines, begins)]


def beside_the_periods(kind, whole, lines, begins=EVER):
    """A figure of the whole: of what is counted with the median and 90th percentile of the complete periods."""
    if kind not in (COUNT, LEVEL):
        return whole
    is_whole = [is_complete and (kind == LEVEL or begins <= start) for is_complete, start in zip(COMPLETE, STARTS)]
    values = [line[0] for line, is_complete in zip(lines, is_whole) if is_complete and line[0] is not None]
    return [whole[0], median(values), percentile(values, 90)] + whole[3:]


def of_stays(kind, observations, start, end):
    if start > NOW:
        return NOTHING

    def is_there(at, left):
        if end > NOW:
            return at <= NOW and (left is None or left > NOW)
        return at < end and (left is None or left >= end)

    there = [(at, state, (min(end, NOW) - at) / 1e6, 1.0, r) for at, state, _, left, r in observations if at is not None and is_there(at, left)]
    return told(kind, there, 0)


@cache
def projects():
    """The projects that each repository belongs to."""
    of = defaultdict(set)
    for r in present("core.project_scopes"):
        if r.scope_kind == "repository":
            of[r.scope_id].add(r.project_id)
    return of


@cache
def owners():
    """The team that owns each project."""
    return {r.id: r.team_id for r in present("core.projects")}


def owning_team(r):
    if r.table.startswith("core."):
        of = projects().get(r.repository_id)
        return owners().get(min(of)) if of else None
    # Nobody makes these alone: their team is the owner.
    return r.team_id if r.table in ("facts.deployments", "facts.incidents") else r.owning_team_id


KEYS = {
    "nothing": lambda r: "",
    "repository": lambda r: r.repository_id,
    "team": lambda r: r.team_id,
    "owning_team": owning_team,
    "class": lambda r: r.get("class"),
    "kind": lambda r: r.kind,
    "severity": lambda r: r.severity,
    "stage": stage,
}


def keys(by, r):
    if by != "project":
        return [KEYS[by](r) or ""]
    own = {r.project_id} - {None}
    return (own | projects().get(r.repository_id, set())) or [""]


PLACES = "repository", "project", "team", "owning_team"


def beginnings(observations, lives, by):
    """The days on which the counts of each key begin. What is no place was always there."""
    begin = defaultdict(lambda: NEVER)
    for at, r in [(at, r) for at, *_, r in observations] + lives:
        for key in keys(by, r) if by in PLACES else [""]:
            begin[key] = min(begin[key], NEVER if at is None else midnight(local(at)))
    of_all = min(begin.values(), default=NEVER)
    return defaultdict(lambda: of_all, begin if by in PLACES else {})


def groups(name, kind, observations, by):
    of = defaultdict(list)
    for observation in observations:
        for key in keys(by, observation[-1]):
            of[key].append(observation)
    begin = beginnings(observations, LIVES[name](), by) if kind in (COUNT, LEVEL) else defaultdict(lambda: EVER)
    return {key: figures(kind, own, begin[key]) for key, own in of.items()}


def answers(name, kind, observations):
    observations = list(observations)
    by = {by: groups(name, kind, observations, by) for by in ("project", *KEYS)}
    return by | {"empty": figures(kind, [], NEVER if kind in (COUNT, LEVEL) else EVER)}


if __name__ == "__main__":
    print(json.dumps({name: answers(name, kind, observations()) for name, (kind, observations) in METRICS.items()}))
