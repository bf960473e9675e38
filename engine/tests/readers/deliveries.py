"""Deployments, what they carried and what came of them, changes, incidents and reviews, told a second time from what their sources say of them,
without SQL and without a line of Pulse.

usage: deliveries.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

All as for `metrics.py`; of the span, NOW and the grain nothing here depends. Prints how many deployments failed, were put right, put an older state
back, were hotfixes or carried anything, how many changes have a lead time, are of a first deployment, wait for one or came outside of a pull request,
how many incidents are linked by what, and how many reviews were waited for; and under `wrong` each row of the facts that says otherwise. Who is one
person is taken from `facts.people`. Settings are those that hold where a tenant says nothing, but for the zone. It knows nothing of reverts,
cherry-picks and decisions on what carried a commit, nor of commits that came by time alone: where there are such, they are wrong, too.
"""

import json
from collections import defaultdict
from functools import cache

from ended import no_incidents
from lives import by, in_order, left_out, opened, seconds, who, worked, wrong
from metrics import first, present, read

HOUR = 3_600_000_000
WINDOW, REPAIRED_WITHIN = 24 * HOUR, 7 * 24 * HOUR
# Fewer digits may be short for several commits.
SHORTEST = 7


def place(r):
    """Where a deployment stands among those that succeeded."""
    return r.finished_at, r.started_at is not None, r.started_at or 0, r.id


class Carried:
    """What deployments in a row, the earliest first, each were the first to carry, by their commits."""

    def __init__(self, runs, history):
        self.runs, self.of, self.carrier = runs, {}, {}
        for run in runs:
            new = history.reach(run.sha) - self.carrier.keys() if run.sha in history.commits else set()
            self.of[run.id] = new
            self.carrier.update(dict.fromkeys(new, run))
        known = [run.sha in history.commits for run in runs]
        # What the first one carried may have been there for long, and so may what the first one did that tells its commit.
        self.beginnings = {run.id for i, run in enumerate(runs) if i == 0 or (known[i] and not any(known[:i]))}


class History:
    """The commits and successful deployments of a repository."""

    def __init__(self, repository):
        self.commits = {r.sha: r for r in read("core.commits") if r.sha and r.repository_id == repository}
        own = [r for r in present("core.deployments") if r.repository_id == repository]
        runs = sorted((r for r in own if r.status == "succeeded" and r.finished_at is not None), key=place)
        rows = defaultdict(list)
        for r in runs:
            rows[r.environment, bool(r.is_production)].append(r)
        self.environments = [Carried(rows, self) for rows in rows.values()]
        self.production = Carried([r for r in runs if r.is_production], self)

    @cache
    def reach(self, sha):
        """A commit and all before it, as far as they are known."""
        seen, waiting = set(), [sha]
        while waiting:
            at = waiting.pop()
            if at in self.commits and at not in seen:
                seen.add(at)
                waiting += self.commits[at].parents or []
        return frozenset(seen)

    def is_older(self, one, other):
        if one in self.reach(other) or other in self.reach(one):
            return one in self.reach(other)
        return self.commits[one].committed_at < self.commits[other].committed_at


@cache
def histories():
    return {r.id: History(r.id) for r in present("core.repositories")}


def untold():
    """What there is that is not told again here, so that nobody takes it for told."""
    commits = [r for r in read("core.commits") if r.sha]
    yield from ({"id": r.id, "theirs": "not told"} for r in commits if r.reverts or r.cherry_picked_from)
    yield from ({"id": r.id, "theirs": "not told"} for r in present("core.lineage_overrides"))
    # What came by time, where there are commits, and pull requests that became one without a commit of their own.
    for history in histories().values():
        runs = [run for environment in history.environments for run in environment.runs]
        yield from ({"id": r.id, "theirs": "not told"} for r in runs if history.commits and r.sha not in history.commits)
    own = {r.pull_request_id for r in present("core.pull_request_commits")}
    for r in present("core.pull_requests"):
        if r.merged_at is not None and r.id not in own and (r.merge_commit_sha is not None or r.head_sha is not None):
            yield {"id": r.id, "theirs": "not told"}


def excluded(r):
    if not r.is_production:
        return "not production"
    return r.status if r.status != "succeeded" else "no finish time" if r.finished_at is None else None


def puts_back(run, before, environment, history):
    """Whether a deployment deploys an older state than the one before it did, and could know of that one."""
    if run.sha not in history.commits or before.sha not in history.commits or run.sha == before.sha:
        return False
    if run.started_at is not None and run.started_at < before.finished_at:
        return False
    came, other = (environment.carrier[sha] for sha in (run.sha, before.sha))
    is_older = history.is_older(run.sha, before.sha) if came is other else place(came) < place(other)
    # What nobody recorded has to name what was itself deployed before.
    was_there = any(r.sha == run.sha for r in environment.runs if place(r) < place(run))
    return is_older and (run.inferred_from is None or was_there)


def deployments():
    """What each deployment carried and repaired, and how it failed by the history alone."""
    told = {}
    for r in present("core.deployments"):
        declared = r.kind if r.is_production and r.kind in ("rollback", "hotfix") else None
        said = ["repository_id", "environment", "is_production", "status", "sha", "started_at", "finished_at", "incident_id"]
        nothing = ["previous_id", "lineage", "repairs_id", "history_rule", "history_evidence", "history_recovered_at"]
        told[r.id] = {
            **{name: r.get(name) for name in said},
            **dict.fromkeys(nothing),
            "excluded": excluded(r),
            "is_baseline": False,
            "commits": 0,
            "is_rollback": r.kind == "rollback",
            "is_hotfix": r.kind == "hotfix",
            "own_rework_rule": declared,
        }
    for history in histories().values():
        for environment in history.environments:
            for i, run in enumerate(environment.runs):
                own, new = told[run.id], environment.of[run.id]
                own["is_baseline"] = run.id in environment.beginnings
                own["commits"], own["lineage"] = len(new), "sha" if new else None
                if i == 0:
                    continue
                before = environment.runs[i - 1]
                own["previous_id"] = before.id
                own["is_rollback"] = own["is_rollback"] or puts_back(run, before, environment, history)
                rule = "rollback" if own["is_rollback"] else "hotfix" if own["is_hotfix"] else None
                if run.is_production and rule and run.finished_at - before.finished_at <= REPAIRED_WITHIN:
                    failed = {"history_rule": rule, "history_evidence": run.id, "history_recovered_at": run.finished_at}
                    told[before.id].update(failed)
                    own["repairs_id"] = before.id
                    own["own_rework_rule"] = first(own["own_rework_rule"], rule)
    return told


def carried():
    """What first carried which commit to an environment; of a first deployment that is all there was, and told of production alone."""
    for history in histories().values():
        for environment in history.environments:
            for run in environment.runs:
                if run.is_production or run.id not in environment.beginnings:
                    for sha in environment.of[run.id]:
                        yield (run.id, sha), {
                            "repository_id": run.repository_id,
                            "environment": run.environment,
                            "lineage": "sha",
                            "deployed_at": run.finished_at,
                        }


def causes(told):
    """Which deployment caused each incident, and by which rule that is known; the first that speaks decides."""
    newest = sorted(present("core.incident_overrides"), key=lambda r: (r.made_at, r.id))
    decided = {r.incident_id: r for r in newest}
    runs = {r.id: r for r in present("core.deployments")}
    scopes = [r for r in present("core.project_scopes") if r.scope_kind == "repository"]
    none = no_incidents()
    production = {id: history.production for id, history in histories().items()}
    for r in present("core.incidents"):
        service = {r.repository_id} if r.repository_id else {s.scope_id for s in scopes if s.project_id == r.project_id}
        of_service = [run for id in service for run in (production[id].runs if id in production else [])]
        undoing = [
            run
            for run in runs.values()
            if run.incident_id == r.id and told[run.id]["excluded"] is None and told[run.id]["repairs_id"]
            if told[run.id]["is_rollback"] or not told[run.id]["is_hotfix"]
        ]
        before = [run for run in of_service if run.finished_at < r.began_at]
        cause, rule, id = None, None, None
        if r.id in decided:
            rule, id = "override", decided[r.id].deployment_id
            cause = runs.get(id)
        elif r.id in none:
            pass
        elif r.deployment_id:
            cause = runs.get(r.deployment_id)
            rule = "explicit" if cause else None
        elif r.caused_by_sha:
            named = {
                (repository, sha)
                for repository in (service or production)
                if repository in production and len(r.caused_by_sha) >= SHORTEST
                for sha in production[repository].carrier
                if sha.startswith(r.caused_by_sha)
            }
            # One commit, and where the service is not known, of one repository.
            if len({sha for _, sha in named}) == 1 and (service or len(named) == 1):
                cause = min((production[repository].carrier[sha] for repository, sha in named), key=place)
                rule = "sha"
        elif undoing:
            cause = runs[told[min(undoing, key=place).id]["repairs_id"]]
            rule = "explicit"
        elif before and max(before, key=place).finished_at >= r.began_at - WINDOW:
            cause, rule = max(before, key=place), "window"
        yield r, cause, rule


def incidents(told):
    gone = {r.id for table in ("core.projects", "core.repositories") for r in read(table) if r.deleted_at is not None}
    projects = {r.scope_id: r.project_id for r in present("core.project_scopes") if r.scope_kind == "repository"}
    none = no_incidents()
    for r, cause, rule in causes(told):
        yield r.id, {
            "project_id": first(r.project_id, projects.get(r.repository_id)),
            "repository_id": cause.repository_id if cause else r.repository_id,
            "began_at": r.began_at,
            "resolved_at": r.resolved_at,
            "recovery_seconds": seconds(r.began_at, r.resolved_at),
            "acknowledge_seconds": seconds(r.began_at, r.acknowledged_at),
            # Whether any of what comes next is working time.
            "on_hours": worked(r.began_at, r.began_at + 1) > 0,
            "is_open": r.resolved_at is None and first(r.project_id, r.repository_id) not in gone,
            "deployment_id": cause.id if cause else None,
            "link_rule": rule,
            "link_window_seconds": WINDOW / 1e6 if rule == "window" else None,
            "excluded": "abandoned" if r.id in none else None,
        }


def complete(told, incidents):
    """What incidents, or else the history, say of how each deployment failed, and of what it was made for."""
    caused = defaultdict(list)
    for id, r in incidents.items():
        caused[r["deployment_id"]].append((r["began_at"], id))
    for r in present("core.deployments"):
        own, blamed = told[r.id], [id for _, id in sorted(caused[r.id])]
        is_counted = own["excluded"] is None
        rule, evidence, recovered, is_open = own["history_rule"], own["history_evidence"], own["history_recovered_at"], False
        if blamed:
            those = [incidents[id] for id in blamed]
            rule, evidence, is_open = "incident", blamed[0], any(r["is_open"] for r in those)
            is_known = all(r["recovery_seconds"] is not None for r in those)
            recovered = max(r["resolved_at"] for r in those) if is_known else None
        if not is_counted:
            rule = evidence = recovered = None
        fixes = r.incident_id is not None and r.is_production
        is_none = fixes and r.incident_id in incidents and incidents[r.incident_id]["excluded"] is not None
        rework = "incident" if fixes and not is_none else own["own_rework_rule"]
        own.update(
            failed=rule is not None if is_counted else None,
            failure_rule=rule,
            failure_inferred=None if rule is None else rule != "incident",
            failure_evidence=evidence,
            recovered_at=recovered,
            recovery_seconds=seconds(r.finished_at, recovered),
            recovery_open=is_open if is_counted else None,
            is_rework=rework is not None,
            rework_rule=rework,
        )


def stages(commit, since, looked, merged, production, came):
    """What lies between the times of a change, CAME being what first carried it and how that is known."""
    run, lineage = came or (None, None)
    is_first = run is not None and run.id in production.beginnings
    out = "not deployed" if run is None else "baseline" if is_first else "no first commit" if commit is None else None
    deployed = None if out in ("not deployed", "baseline") else run.finished_at
    return {
        "first_commit_at": commit,
        "opened_at": since,
        "first_review_at": looked,
        "merged_at": merged,
        "deployed_at": run and run.finished_at,
        "deployment_id": run and run.id,
        "lineage": lineage,
        "coding_seconds": seconds(commit, since),
        "pickup_seconds": seconds(since, looked),
        "review_seconds": seconds(looked, merged),
        "deploy_seconds": seconds(merged, deployed),
        "lead_seconds": seconds(commit, deployed),
        "excluded": "negative" if out is None and run.finished_at < commit else out,
    }


def changes():
    """What became of each merged pull request, and of each commit outside of one."""
    own, reviews = by("pull_request_id", present("core.pull_request_commits")), by("pull_request_id", present("core.reviews"))
    pulls = by("repository_id", present("core.pull_requests"))
    for repository, history in histories().items():
        production, covered, waiting, rebased = history.production, set(), set(), set()
        for pull in pulls[repository]:
            shas = {r.sha for r in own[pull.id]} | {pull.head_sha}
            if pull.merged_at is None:
                waiting |= shas
                continue
            covered |= shas | {pull.merge_commit_sha}
            # After a rebase they are other commits, which the same people wrote at the same time.
            rebased |= {(who(r.author_id), r.authored_at) for r in own[pull.id] if r.authored_at is not None}
            became = [sha for sha in (pull.merge_commit_sha, pull.head_sha) if sha in history.commits]
            runs = [production.carrier[sha] for sha in became if sha in production.carrier]
            blind = [r for r in production.runs if r.sha not in history.commits and r.finished_at >= pull.merged_at]
            came = (min(runs, key=place), "sha") if runs else (blind[0], "time") if blind and not became else None
            looks = [r.submitted_at for r in reviews[pull.id] if left_out(pull, r) is None]
            written = min((r.authored_at for r in own[pull.id] if r.authored_at is not None), default=None)
            yield pull.id, {
                "kind": "pull_request",
                "repository_id": repository,
                "author_id": who(pull.author_id),
                "sha": pull.merge_commit_sha,
                "commits": len(own[pull.id]) or None,
                **stages(written, opened(pull), min(looks, default=None), pull.merged_at, production, came),
            }
        for sha, r in history.commits.items():
            is_own = sha not in covered and (who(r.author_id), r.authored_at) not in rebased
            run = production.carrier.get(sha)
            waits = run is None and (sha in waiting or r.deleted_at is not None)
            if is_own and not waits and len(r.parents or []) < 2:
                came = (run, "sha") if run else None
                times = stages(r.authored_at, None, None, None, production, came)
                said = {"repository_id": repository, "author_id": who(r.author_id), "sha": sha}
                yield r.id, {"kind": "commit", **said, "commits": 1, **times}


def reviews():
    """How long each look of another person was waited for, in working hours, since the pull request was opened or the look before."""
    given = by("pull_request_id", present("core.reviews"))
    for pull in present("core.pull_requests"):
        since = None
        for r in in_order(given[pull.id]):
            out = left_out(pull, r)
            yield r.id, {
                "pull_request_id": pull.id,
                "reviewer_id": who(r.reviewer_id),
                "author_id": who(pull.author_id),
                "submitted_at": r.submitted_at,
                "wait_seconds": worked(first(since, opened(pull)), r.submitted_at) if out is None else None,
                "is_first": out is None and since is None,
                "excluded": out,
            }
            since = since if out else r.submitted_at


def main():
    told = deployments()
    facts = {
        "facts.deployments": told,
        "facts.incidents": dict(incidents(told)),
        "facts.changes": dict(changes()),
        "facts.reviews": dict(reviews()),
    }
    complete(told, facts["facts.incidents"])
    commits = dict(carried())
    has = lambda table, holds: sum(1 for r in facts[f"facts.{table}"].values() if holds(r))
    differing = [row for table, rows in facts.items() for row in wrong(table, rows)]
    differing += wrong("facts.deployment_commits", commits, lambda r: (r.deployment_id, r.sha))
    return {
        "failed": has("deployments", lambda r: r["failed"]),
        "by_incident": has("deployments", lambda r: r["failure_rule"] == "incident"),
        "by_history": has("deployments", lambda r: r["failure_inferred"]),
        "recovered": has("deployments", lambda r: r["recovery_seconds"] is not None),
        "put_back": has("deployments", lambda r: r["is_rollback"]),
        "hotfixes": has("deployments", lambda r: r["is_hotfix"]),
        "rework": has("deployments", lambda r: r["is_rework"]),
        "carried": len(commits),
        "lead_times": has("changes", lambda r: r["lead_seconds"] is not None),
        "of_the_first": has("changes", lambda r: r["excluded"] == "baseline"),
        "not_deployed": has("changes", lambda r: r["excluded"] == "not deployed"),
        "by_time": has("changes", lambda r: r["lineage"] == "time"),
        "outside": has("changes", lambda r: r["kind"] == "commit"),
        "decided": has("incidents", lambda r: r["link_rule"] == "override"),
        "named": has("incidents", lambda r: r["link_rule"] == "sha"),
        "in_window": has("incidents", lambda r: r["link_rule"] == "window"),
        "restored": has("incidents", lambda r: r["recovery_seconds"] is not None),
        "on_hours": has("incidents", lambda r: r["on_hours"]),
        "waited_for": has("reviews", lambda r: (r["wait_seconds"] or 0) > 0),
        "looked_again": has("reviews", lambda r: r["excluded"] is None and not r["is_first"]),
        "wrong": [*untold(), *differing],
    }


if __name__ == "__main__":
    print(json.dumps(main()))
