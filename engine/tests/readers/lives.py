"""The lives of work items and pull requests, told a second time from what their sources say of them, without SQL and without a line of Pulse.

usage: lives.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

All as for `metrics.py`; of the span, NOW and the grain nothing here depends. Prints how many items were begun, committed to before that and done, and
how many pull requests were reviewed, sent back and merged, and under `wrong` each item and pull request of the facts that says otherwise. Who is one
person is taken from `facts.people`. Settings are those that hold where a tenant says nothing, but for the zone.
"""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache

from ended import gives_up
from metrics import ZONE, first, local, present, read


def by(column, rows):
    of = defaultdict(list)
    for r in rows:
        of[r.get(column)].append(r)
    return of


def categories():
    """What each status means: by its id what it is called as well, and by its connection and name; what is there counts before what is gone."""
    told = [r for r in read("core.statuses") if r.status_category is not None]
    named = {}
    for r in sorted(told, key=lambda r: (r.deleted_at is not None, r.id)):
        named.setdefault((r.connection, r.name.lower()), r.status_category)
    return {r.id: (r.name, r.status_category) for r in told}, named


def came(item, moves, statuses, named):
    """Each status that an item came to, with what that means, and when; what its source says of it now counts more than its history."""

    def meant(status, id):
        status, category = statuses.get(id, (status, None))
        category = first(category, None if status is None else named.get((item.connection, status.lower())))
        return status, first(item.status_category, category) if status is not None and status == item.status else category

    is_closed = item.status_category == "done"
    now = (item.status, first(item.status_category, meant(item.status, None)[1]))
    made = min((at for at in (item.created_at, *(r.changed_at for r in moves)) if at is not None), default=None)
    if made is None:
        return []
    if moves:
        was = meant(moves[0].from_value, moves[0].from_status_id)
    else:
        # It was something else before it was done.
        was = (None, None) if is_closed and item.resolved_at is not None and item.resolved_at > made else now
    steps = [(made, *was)] + [(r.changed_at, *meant(r.to_value, r.to_status_id)) for r in moves]
    at, status, category = steps[-1]
    if item.status is not None:
        is_elsewhere = status != item.status
    else:
        is_elsewhere = item.status_category is not None and category != item.status_category
    if is_elsewhere and is_closed and item.resolved_at is not None and item.resolved_at > at:
        steps.append((item.resolved_at, *now))
    elif is_elsewhere:
        steps[-1] = (at, *now)
    return [(at, category) for at, _, category in steps]


def seconds(since, until):
    return None if None in (since, until) or until < since else (until - since) / 1e6


def flows():
    """When each item was committed to, begun and done, and what lies between these."""
    statuses, named = categories()
    moves = by("work_item_id", [r for r in present("core.work_item_transitions") if r.field == "status"])
    held = by("work_item_id", present("core.sprint_items"))
    sprints = {r.id: r for r in present("core.sprints") if r.state != "future" and r.starts_at is not None}
    for item in present("core.work_items"):
        own = sorted(moves[item.id], key=lambda r: (r.changed_at, r.position or 0, r.id))
        steps = came(item, own, statuses, named)
        begun = next((at for at, category in steps if category == "doing"), None)
        closed = None
        for at, category in reversed(steps):
            if category != "done":
                break
            closed = at
        done = closed if item.status_category == "done" and not gives_up(item) else None
        committed = [] if begun is None else [begun]
        for stay in held[item.id]:
            if stay.sprint_id in sprints:
                at = max(sprints[stay.sprint_id].starts_at, stay.added_at or 0)
                committed += [at] if stay.removed_at is None or stay.removed_at > at else []
        committed = min(committed, default=None)
        yield item.id, {
            "committed_at": committed,
            "started_at": begun,
            "done_at": done,
            "cycle_seconds": seconds(begun, done),
            "lead_seconds": seconds(committed, done),
        }


def worked(since, until):
    """For how long people were at work in between: from nine to five, Monday to Friday."""
    if None in (since, until) or until < since:
        return None
    day, worked = local(since), 0
    while day <= local(until):
        if day.weekday() < 5:
            hours = (datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp() for hour in (9, 17))
            begins, ends = (round(at * 1e6) for at in hours)
            worked += max(min(until, ends) - max(since, begins), 0)
        day += timedelta(days=1)
    return worked / 1e6


def who(identity):
    """The person who goes by an identity."""
    people = persons()
    return people[identity].id if identity in people else identity


@cache
def persons():
    return {identity: r for r in read("facts.people") for identity in r.identities or []}


def opened(pull):
    return first(pull.ready_at, None if pull.is_draft else pull.created_at)


def left_out(pull, review):
    """Why a review is no look of another person at what could be reviewed; nothing, where it is one."""
    if None in (pull.author_id, review.reviewer_id):
        return "nobody known"
    if who(pull.author_id) == who(review.reviewer_id):
        return "own"
    if review.reviewer_id in persons() and persons()[review.reviewer_id].is_bot:
        return "bot"
    if opened(pull) is None or review.submitted_at < opened(pull):
        return "draft"
    return "after merge" if pull.merged_at is not None and pull.merged_at < review.submitted_at else None


def in_order(reviews):
    return sorted(reviews, key=lambda r: (r.submitted_at, r.id))


def pull_requests():
    """When others looked at each pull request and approved it, and what lies between these, in working hours."""
    reviews = by("pull_request_id", present("core.reviews"))
    for pull in present("core.pull_requests"):
        since = opened(pull)
        ended = first(pull.merged_at, pull.closed_at)
        counted = [r for r in in_order(reviews[pull.id]) if left_out(pull, r) is None]
        looked = counted[0].submitted_at if counted else None
        approvals = (r.submitted_at for r in counted if r.state == "approved")
        approved = max((at for at in approvals if ended is None or at <= ended), default=None)
        over = first(approved, pull.merged_at)
        rework = None if None in (looked, over) else 0.0
        for place, r in enumerate(counted):
            if rework is not None and r.state == "changes_requested":
                until = min([over, *(later.submitted_at for later in counted[place + 1 : place + 2])])
                rework += worked(r.submitted_at, until) or 0.0
        yield pull.id, {
            "opened_at": since,
            "first_review_at": looked,
            "approved_at": approved,
            "pickup_seconds": worked(since, looked),
            "review_seconds": worked(looked, over),
            "rework_seconds": rework,
            "merge_wait_seconds": worked(approved, pull.merged_at),
            "open_seconds": worked(since, pull.merged_at),
            "reviews": len(counted),
            "change_requests": sum(1 for r in counted if r.state == "changes_requested"),
        }


def is_same(ours, theirs):
    """Fractions may differ in their last digits; instants and counts are whole."""
    are_fractions = isinstance(ours, float) and isinstance(theirs, float)
    return ours == theirs or (are_fractions and abs(ours - theirs) <= 1e-6 * max(abs(theirs), 1.0))


def wrong(table, told, key=lambda r: r.id):
    """What the facts have otherwise than it is told, or not at all, or besides."""
    facts = {key(r): r for r in read(table)}
    for id in facts.keys() | told.keys():
        ours, theirs = facts.get(id), told.get(id)
        if None in (ours, theirs) or not all(is_same(ours.get(name), value) for name, value in theirs.items()):
            yield {"id": id, "ours": ours and {name: ours.get(name) for name in theirs or {}}, "theirs": theirs}


def main():
    items, pulls = dict(flows()), dict(pull_requests())
    has = lambda rows, holds: sum(1 for r in rows.values() if holds(r))
    return {
        "begun": has(items, lambda r: r["started_at"] is not None),
        "committed": has(items, lambda r: r["lead_seconds"] != r["cycle_seconds"]),
        "done": has(items, lambda r: r["cycle_seconds"] is not None),
        "reviewed": has(pulls, lambda r: r["pickup_seconds"] is not None),
        "sent_back": has(pulls, lambda r: (r["rework_seconds"] or 0) > 0),
        "merged": has(pulls, lambda r: r["merge_wait_seconds"] is not None),
        "wrong": [*wrong("facts.work_items", items), *wrong("facts.pull_requests", pulls)],
    }


if __name__ == "__main__":
    print(json.dumps(main()))
