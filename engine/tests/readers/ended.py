"""Which items are done, which were abandoned, and since when, and which incidents were none, told a second time from what their sources say of
them, without SQL and without a line of Pulse.

usage: ended.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

All as for `metrics.py`; of the span and the grain nothing here depends. Prints how many are done, how many abandoned, and how many incidents were none,
and under `wrong` each item, incident and deployment of the facts that says otherwise. The words are those that hold where a tenant says nothing.
"""

import json
import re
from collections import defaultdict
from itertools import groupby, takewhile

from metrics import Row, present, read

ABANDONED = re.compile(
    r"(won't|wont|won’t|will not ).*|not[ _]planned|duplicate.*|declined|rejected|cancel.*|abandoned|obsolete|invalid|incomplete"
    r"|(cannot|can't|can’t) reproduce|not a (bug|problem)|not an i(ssue|ncident)|false (alarm|positive).*|works (as designed|for me)|withdrawn",
    re.IGNORECASE,
)


def gives_up(thing):
    return any(ABANDONED.fullmatch(told) for told in (thing.resolution, thing.status) if told)


def no_incidents():
    """The incidents that are closed as none, but for those of which a person decided which deployment caused them."""
    decisions = sorted(present("core.incident_overrides"), key=lambda r: (r.made_at, r.id))
    decided = {r.incident_id: r.deployment_id for r in decisions}
    closed = [r for r in present("core.incidents") if r.resolved_at is not None and gives_up(r)]
    return {r.id for r in closed if decided.get(r.id) is None}


def blamed(none):
    """What says of an incident that was none that it was one, or of one that it was none."""
    for r in read("facts.incidents"):
        if r.excluded != ("abandoned" if r.id in none else None) or (r.id in none and r.deployment_id is not None):
            yield {"id": r.id, "ours": [r.excluded, r.deployment_id], "theirs": r.id in none}
    for r in read("facts.deployments"):
        if (r.failure_rule == "incident" and r.failure_evidence in none) or (r.rework_rule == "incident" and r.incident_id in none):
            yield {"id": r.id, "ours": [r.failure_evidence, r.rework_rule], "theirs": None}


def left_out(stays, changes, given_up):
    """The places of the stays in which an item was closed without being done. What was taken up again counts as it was until then: by the resolution
    that it had, of which CHANGES tell in order, and the status that it came from."""
    for is_closed, run in groupby(sorted(stays, key=lambda r: r.position), key=lambda r: r.status_category == "done"):
        run = list(run)
        last = run[-1]
        if is_closed and last.left_at is not None:
            until = [c.to_value for c in changes if c.changed_at < last.left_at] or [c.from_value for c in changes[:1]] or [None]
            is_out = gives_up(Row(resolution=until[-1], status=last.status))
        else:
            is_out = is_closed and given_up
        yield from (r.position for r in run if is_out)


def main():
    stays = defaultdict(list)
    for r in read("facts.work_item_stays"):
        stays[r.work_item_id].append(r)
    said = {r.id: r for r in present("core.work_items")}
    resolved = defaultdict(list)
    for r in sorted(present("core.work_item_transitions"), key=lambda r: (r.changed_at, r.position or 0, r.id)):
        if r.field == "resolution":
            resolved[r.work_item_id].append(r)
    done, abandoned, wrong = 0, 0, []
    for fact in read("facts.work_items"):
        item = said[fact.id]
        is_closed = item.status_category == "done"
        last = takewhile(lambda r: r.status_category == "done", sorted(stays[fact.id], key=lambda r: -r.position))
        since = min((r.entered_at for r in last), default=None) if is_closed else None
        given_up = is_closed and gives_up(item)
        theirs = [is_closed and not given_up, None if given_up else since, since if given_up else None]
        ours = [fact.is_done, fact.done_at, fact.abandoned_at]
        # Of those that count, or did until their project went, what they were given up in is in no stage.
        marked = {r.position for r in stays[fact.id] if r.excluded == "abandoned"}
        is_told = fact.excluded in (None, "project deleted")
        if ours != theirs or (is_told and marked != set(left_out(stays[fact.id], resolved[fact.id], given_up))):
            wrong.append({"id": fact.id, "ours": ours, "theirs": theirs})
        done, abandoned = done + theirs[0], abandoned + given_up
    none = no_incidents()
    return {"done": done, "abandoned": abandoned, "no_incidents": len(none), "wrong": wrong + list(blamed(none))}


if __name__ == "__main__":
    print(json.dumps(main()))
