#!/usr/bin/env python3
"""Holds the lineage of every deployment against git, and measures time and peak memory against it.

    python3 benches/lineage.py REPO [--deployments PATTERN]... [--pulse PATH] [--report FILE]
    python3 benches/lineage.py REPO --tag-every 4
    python3 benches/lineage.py --synthetic 1000000

Answers come before times: each tag's commits must be what `git rev-list TAG --not EVERY-EARLIER-TAG` says, or the exit
code is 1. Nothing is written outside a temporary folder, but for the report. benches/README.md tells how to read it.
"""

import argparse
import collections
import fnmatch
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", Path.home() / ".cache/pulse/target")) / "release/pulse"
MEGABYTE = 1024 * 1024
TAGGED = "measured/"
# What everything is held against: git reading each commit once, and git reading its own index of them.
WHOLE = "git rev-list --all"
GRAPHED = f"{WHOLE}, with a commit-graph"

Spent = collections.namedtuple("Spent", "wall user system peak anonymous")
Deployment = collections.namedtuple("Deployment", "at id name sha environment production commits")


# Running things


def run(command, text=None, output=subprocess.DEVNULL):
    """Runs a command to its end; what it spent. Peak memory is the kernel's own figure for the process.

    That figure counts mapped files too, such as git's packs. How much of it is the process's own is sampled every
    20 ms, and may so be a little low.
    """
    start = time.perf_counter()
    stdin = subprocess.PIPE if text is not None else subprocess.DEVNULL
    process = subprocess.Popen([str(c) for c in command], stdin=stdin, stdout=output, stderr=subprocess.PIPE)
    watch = Watch(process.pid)
    noise = []
    drain = threading.Thread(target=lambda: noise.append(process.stderr.read()))
    drain.start()
    if text is not None:
        process.stdin.write(text.encode())
        process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.stop()
    drain.join()
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))[:300]}\n{b''.join(noise).decode(errors='replace')}")
    return Spent(wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024, watch.peak)


class Watch(threading.Thread):
    """The peak of a process's own memory."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.02):
            try:
                with open(f"/proc/{self.pid}/status") as status:
                    found = [line for line in status if line.startswith("RssAnon:")]
            except OSError:
                return
            if found:
                self.peak = max(self.peak, int(found[0].split()[1]) * 1024)

    def stop(self):
        self.ended.set()
        self.join()


def read(*command, text=None):
    command = [str(c) for c in command]
    # Names that are not UTF-8 come out as the connector writes them.
    done = subprocess.run(command, input=text, capture_output=True, check=True, encoding="utf-8", errors="replace")
    return done.stdout


# What git says


class Git:
    def __init__(self, path):
        self.path = Path(path)

    def command(self, *arguments):
        return ["git", "-C", str(self.path), *arguments]

    def __call__(self, *arguments, text=None):
        return read(*self.command(*arguments), text=text)

    def tags(self, patterns):
        """Tags of commits that match: name to commit and time, as the connector's documentation defines them."""
        fields = ["refname", "objecttype", "objectname", "*objecttype", "*objectname"]
        fields += ["taggerdate:unix", "committerdate:unix", "*committerdate:unix"]
        lines = self("for-each-ref", "--format=" + "%00".join(f"%({f})" for f in fields), "refs/tags").splitlines()
        found = {}
        for line in lines:
            ref, kind, sha, behind, commit, tagged, committed, committed_behind = line.split("\0")
            name = ref.removeprefix("refs/tags/")
            if not any(fnmatch.fnmatchcase(name, p) for p in patterns):
                continue
            if kind == "commit":
                found[name] = (sha, int(committed))
            elif behind == "commit":
                found[name] = (commit, int(tagged or committed_behind))
        return found

    def new_in(self, sha, earlier):
        """The definition itself."""
        return set(self("rev-list", "--stdin", text="\n".join([sha, "--not", *earlier]) + "\n").split())

    def new_in_exactly(self, sha, earlier):
        """The same by subtraction. Where clocks were wrong, `--not` stops too early, and names some commits as new that
        an earlier tag has; a list without it is always whole."""
        before = self("rev-list", "--stdin", text="".join(f"{sha}\n" for sha in earlier)).split()
        return set(self("rev-list", sha).split()).difference(before)

    def has_commit_graph(self):
        info = Path(self("rev-parse", "--absolute-git-dir").strip()) / "objects/info"
        return (info / "commit-graph").exists() or (info / "commit-graphs").exists()


# What Pulse says


class Pulse:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.settings = 0

    def command(self, *arguments):
        # In the temporary folder, so that no pulse.toml of the caller's counts.
        return ["env", "-C", self.folder, "-u", "PULSE_LAKE", self.binary, "--quiet", "--lake",
                f"file://{self.folder}/lake", *arguments]

    def sync(self, repository, patterns):
        patterns = [word for pattern in patterns for word in ("--deployments", pattern)]
        return run(self.command("sync", Path(repository).resolve(), "--name", "measured", *patterns))

    def replay(self):
        return run(self.command("map", "--replay"))

    def model(self):
        """Models everything anew. A changed setting is what asks for that; this one changes no lineage."""
        self.settings += 1
        settings = Path(self.folder, "measured.toml")
        settings.write_text(f"repair_window_hours = {168 + self.settings % 2}\n")
        return run(self.command("--config", settings, "model"))

    def sql(self, query):
        return json.loads(read(*self.command("sql", "--format", "json", query)) or "[]")

    def deployments(self):
        rows = self.sql(
            "SELECT id, ref_name, sha, environment, is_production, commits, CAST(finished_at AS BIGINT) AS at"
            " FROM facts.deployments WHERE status = 'succeeded' AND finished_at IS NOT NULL"
        )
        columns = ("at", "id", "ref_name", "sha", "environment", "is_production", "commits")
        return [Deployment(*(row[column] for column in columns)) for row in rows]

    def carried(self):
        """The rows of facts.deployment_commits by deployment; a list, so that a row that came twice is seen."""
        found = collections.defaultdict(list)
        for row in self.sql("SELECT deployment_id, sha, lineage FROM facts.deployment_commits"):
            found[row["deployment_id"]].append((row["sha"], row["lineage"]))
        return found


# Answers


def in_order(deployments):
    """Environments, each with its deployments as they finished. Of equal times the smaller id comes first."""
    environments = collections.defaultdict(list)
    for deployment in sorted(deployments, key=lambda d: (d.at, d.id.encode())):
        environments[deployment.environment].append(deployment)
    return environments


def compare(git, pulse, patterns, every):
    """Every way in which Pulse's lineage differs from git's, and what was compared.

    Every Nth deployment is compared with git's answer for it, all of them with git's answer for all together.
    """
    tags, deployments, carried = git.tags(patterns), pulse.deployments(), pulse.carried()
    wrong = []
    said = {d.name: (d.sha, d.at // 1_000_000) for d in deployments}
    for name in sorted(tags.keys() | said.keys()):
        if tags.get(name) != said.get(name):
            wrong.append(f"{name}: git has {tags.get(name)}, Pulse {said.get(name)}")
    strays = carried.keys() - {d.id for d in deployments}
    wrong += [f"{stray}: carries commits and is no deployment" for stray in sorted(strays)]
    total, asked, baselines, skewed = 0, 0, 0, []
    for environment, order in in_order(deployments).items():
        together = len(git.new_in("\n".join(d.sha for d in order), []))
        total += together
        if sum(d.commits for d in order) != together:
            wrong.append(f"{environment}: {together} commits, Pulse counts {sum(d.commits for d in order)}")
        earlier = []
        for place, deployment in enumerate(order):
            earlier.append(deployment.sha)
            if place % every:
                continue
            asked += 1
            expected = git.new_in(deployment.sha, earlier[:-1])
            got = [sha for sha, _ in carried[deployment.id]]
            if place and sorted(got) != sorted(expected):
                shortcut, expected = expected, git.new_in_exactly(deployment.sha, earlier[:-1])
                if shortcut != expected:
                    skewed.append(deployment.name)
            if deployment.commits != len(expected):
                wrong.append(f"{deployment.name}: {len(expected)} commits, Pulse counts {deployment.commits}")
            # What was there before the first deployment outside production is counted, and not listed.
            if place == 0 and not deployment.production:
                baselines += 1
                expected = set()
            if sorted(got) != sorted(expected):
                more, less = sorted(set(got) - expected)[:3], sorted(expected - set(got))[:3]
                wrong.append(f"{deployment.name}: {len(got)} rows for {len(expected)} commits; +{more} -{less}")
            if any(lineage != "sha" for _, lineage in carried[deployment.id]):
                wrong.append(f"{deployment.name}: not all of its rows say that they are known by SHA")
    return wrong, deployments, total, asked, baselines, skewed


# Times


def rev_list_of_every_tag(git, environments):
    """What asking git tag by tag takes, all tags together."""
    spent = []
    for order in environments.values():
        for place, deployment in enumerate(order):
            text = "\n".join([deployment.sha, "--not", *(d.sha for d in order[:place])]) + "\n"
            spent.append(run(git.command("rev-list", "--stdin"), text=text))
    return Spent(*(sum(getattr(s, f) for s in spent) for f in ("wall", "user", "system")),
                 max(s.peak for s in spent), max(s.anonymous for s in spent))


def walk(binary, folder, git, environments, rounds):
    """Milliseconds of building the graph and of walking it, a pair a round."""
    history, tips = Path(folder, "history"), Path(folder, "tips")
    with open(history, "w") as out:
        subprocess.run(git.command("rev-list", "--all", "--parents"), stdout=out, check=True)
    # Environments are walked one by one, as the engine does, and their times added.
    sums = [[0.0, 0.0] for _ in range(rounds)]
    for order in environments.values():
        tips.write_text("".join(d.sha + "\n" for d in order))
        for place, line in enumerate(read(binary, history, tips, rounds).splitlines()[1:]):
            build, walked = map(float, line.split())
            sums[place] = [max(sums[place][0], build), sums[place][1] + walked]
    return sums


def graphed(source, folder):
    """The same repository by reference, in which a commit-graph file is written: nothing is written into that one. None where git
    writes no such file, as of a shallow clone."""
    read("git", "clone", "--quiet", "--mirror", "--shared", Path(source).resolve(), folder)
    git = Git(folder)
    git("commit-graph", "write", "--reachable")
    return git if git.has_commit_graph() else None


def measure(git, with_graph, pulse, environments, rounds, tag_rounds):
    """Alternating, so that what else the machine does falls on all alike."""
    times = collections.defaultdict(list)
    full = {WHOLE: git, **({GRAPHED: with_graph} if with_graph else {})}
    for repository in full.values():
        run(repository.command("rev-list", "--all"))
    for i in range(rounds):
        for name, repository in full.items():
            times[name].append(run(repository.command("rev-list", "--all")))
        if i < tag_rounds:
            times["git rev-list, tag by tag"].append(rev_list_of_every_tag(git, environments))
        times["pulse model"].append(pulse.model())
        times["pulse map --replay"].append(pulse.replay())
    return times


# The report


def cpu(spent):
    return spent.user + spent.system


def seconds(values, scale=1):
    values, unit = sorted(v * scale for v in values), {1: "s", 1000: "ms"}[scale]
    if len(values) == 1:
        return f"{values[0]:.3f} {unit}"
    return f"{statistics.median(values):.3f} {unit} ({values[0]:.3f} to {values[-1]:.3f})"


def wall(spent):
    return spent.wall


def middle(of, spent):
    return statistics.median(map(of, spent))


def table(times, walks):
    heads = ["what", "runs", "wall, median (range)", "CPU, median", "wall ÷ `rev-list --all`", "CPU ÷ the same"]
    yield f"| {' | '.join([*heads, 'wall ÷ that with a commit-graph', 'peak memory', 'its own of that'])} |"
    yield "|---|--:|---|--:|--:|--:|--:|--:|--:|"
    full, graph = times[WHOLE], times.get(GRAPHED)

    def beside(value, form):
        return form.format(value / middle(wall, graph)) if graph else ""

    for name, spent in times.items():
        took, processor = middle(wall, spent), middle(cpu, spent)
        yield (
            f"| {name} | {len(spent)} | {seconds([s.wall for s in spent])} | {processor:.3f} s |"
            f" {took / middle(wall, full):.2f} | {processor / middle(cpu, full):.2f} | {beside(took, '{:.2f}')} |"
            f" {max(s.peak for s in spent) / MEGABYTE:.0f} MB | {max(s.anonymous for s in spent) / MEGABYTE:.0f} MB |"
        )
    for name, values in (
        ("the walk alone, all tags", [w[1] / 1e3 for w in walks]),
        ("building the graph from text, and the walk", [sum(w) / 1e3 for w in walks]),
    ):
        if values:
            took = statistics.median(values)
            yield f"| {name} | {len(values)} | {seconds(values, 1000)} | | {took / middle(wall, full):.4f} | | {beside(took, '{:.4f}')} | | |"


def machine():
    with open("/proc/cpuinfo") as lines:
        models = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        model = next(models, platform.machine())
    with open("/proc/meminfo") as lines:
        memory = int(next(line for line in lines if line.startswith("MemTotal")).split()[1]) / MEGABYTE
    return f"{os.cpu_count()} × {model}, {memory:.0f} GB, Linux {platform.release()}"


def report(args, git, pulse, synced, compared, times, walks):
    wrong, deployments, total, asked, baselines, skewed = compared
    every = len(git("rev-list", "--all").split())
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    yield f"- machine: {machine()}; load {load} at the end"
    yield f"- date: {time.strftime('%Y-%m-%d', time.gmtime())}"
    yield f"- versions: {read(args.pulse, '--version').strip()}, {read('git', '--version').strip()}"
    shown = " ".join(f"`{p}`" for p in args.deployments)
    graph = "with" if git.has_commit_graph() else "without"
    yield f"- repository: {args.label}, {every:,} commits, {graph} a commit-graph file; deployments: {shown}"
    environments = ", ".join(f"{len(order)} in {name}" for name, order in in_order(deployments).items())
    yield f"- deployments: {len(deployments):,} ({environments}), which first carried {total:,} commits"
    yield f"- compared with git's answer: {asked:,} one by one, {len(deployments):,} all together"
    if wrong:
        yield f"- **answers: {len(wrong)} DIFFERENCES**"
        yield from (f"  - {line}" for line in wrong[:20])
    else:
        yield "- **answers: no difference**; what each carries is `git rev-list SHA --not` all earlier ones"
    if skewed:
        yield (
            f"- for {len(skewed)} of them ({', '.join(skewed[:3])}, …) `--not` itself was wrong, since clocks were: it named"
            " commits that an earlier deployment has by git's whole list; there the two whole lists were subtracted"
        )
    if baselines:
        yield f"- of {baselines} baseline(s) outside production only the number was compared: their rows are not kept"
    yield ""
    yield from table({"pulse sync, the first (land, map, model)": [synced], **times}, walks)


# A repository whose tags say nothing


def tagged(source, folder, every):
    """A bare copy in which each Nth commit of the main line is tagged, the last one included."""
    read("git", "clone", "--quiet", "--bare", Path(source).resolve(), folder)
    git = Git(folder)
    line = git("rev-list", "--first-parent", "HEAD").split()[::every]
    refs = (f"create refs/tags/{TAGGED}{place} {sha}\n" for place, sha in enumerate(reversed(line), 1))
    git("update-ref", "--stdin", text="".join(refs))


# A history of any size


def synthetic(folder, count):
    """A bare repository of that many commits: a main line with side branches, maintenance lines, about 500 tags.

    Side branches of two to four commits are merged, about one for each 16 commits. Fifty maintenance lines are never
    merged, and their tags come in between those of the main line. Trees are empty: the connector does not read them.
    """
    git = Git(folder)
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
    importer = subprocess.Popen(git.command("fast-import", "--quiet"), stdin=subprocess.PIPE)
    write = importer.stdin.write
    made, now, tags = 0, 1_000_000_000, []

    def commit(branch, *parents):
        nonlocal made, now
        made, now = made + 1, now + 97
        who = f"Person {made * 7919 % 2000} <person{made * 7919 % 2000}@example.com> {now} +0100"
        message = f"Change number {made}\n\nWhy it was made, in a sentence or two that nobody reads.\n".encode()
        lines = [f"commit refs/heads/{branch}", f"mark :{made}", f"author {who}", f"committer {who}"]
        lines.append(f"data {len(message)}")
        write(("\n".join(lines) + "\n").encode() + message)
        for kind, parent in zip(["from", "merge"], parents):
            write(f"{kind} :{parent}\n".encode())
        return made

    def tag(name, mark):
        tags.append(f"tag {name}\nfrom :{mark}\ntagger Person 1 <person1@example.com> {now + 1} +0000\ndata 0\n")

    main = commit("main")
    every, upkeep = max(1, count // 450), max(60, count // 50)
    released, kept = 0, 0
    while made < count:
        if made % 16 == 0 and count - made > 8:
            side = main
            for _ in range(2 + made // 16 % 3):
                side = commit("side", side)
            main = commit("main", main)
            main = commit("main", main, side)
        elif made // upkeep > kept and count - made > 30:
            kept, line = made // upkeep, main
            for _ in range(20):
                line = commit(f"maintenance-{kept}", line)
                main = commit("main", main) if made < count - 20 else main
            tag(f"v0.{released}.1", line)
        else:
            main = commit("main", main)
        if made // every > released:
            released = made // every
            tag(f"v0.{released}.0", main)
    write("".join(tags).encode())
    importer.stdin.close()
    if importer.wait() != 0:
        sys.exit("git fast-import failed")
    read(*git.command("update-ref", "-d", "refs/heads/side"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository", nargs="?", help="a clone or a bare repository")
    parser.add_argument("--synthetic", type=int, metavar="N", help="measure a made-up history of N commits instead")
    parser.add_argument("--deployments", action="append", metavar="PATTERN", help="as for `pulse sync` [default: v*]")
    parser.add_argument("--tag-every", type=int, metavar="N", help="measure a copy, its main line tagged every N commits")
    parser.add_argument("--pulse", default=str(RELEASE), help="lineage_walk is beside it [default: %(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="how often to measure [default: %(default)s]")
    parser.add_argument("--tag-rounds", type=int, default=3, help="how often git is timed tag by tag [default: 3]")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask git about each Nth deployment [default: 1]")
    parser.add_argument("--label", help="what the report calls the repository [default: its folder's name]")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as Markdown, too")
    args = parser.parse_args()
    if (args.repository is None) == (args.synthetic is None):
        parser.error("give either a repository or --synthetic N")
    if args.tag_every is not None and (args.synthetic or args.deployments or args.tag_every < 1):
        parser.error("--tag-every is a number from 1, and is for a repository, without --deployments")
    args.deployments = [f"{TAGGED}*"] if args.tag_every else args.deployments or ["v*"]
    args.pulse = os.path.abspath(args.pulse)
    walker = os.path.join(os.path.dirname(args.pulse), "lineage_walk")
    for binary in (args.pulse, walker):
        if not os.access(binary, os.X_OK):
            parser.error(f"{binary} is not there: `make build` builds it, or --pulse names the `pulse` of another build")
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        if args.synthetic:
            args.repository = os.path.join(folder, "synthetic.git")
            args.label = args.label or "made up by this script"
            synthetic(args.repository, args.synthetic)
        args.label = args.label or Path(args.repository).resolve().name
        if args.tag_every:
            args.label += f", its main line tagged by this script every {args.tag_every} commits"
            copy = os.path.join(folder, "tagged.git")
            tagged(args.repository, copy, args.tag_every)
            args.repository = copy
        git, pulse = Git(args.repository), Pulse(args.pulse, folder)
        synced = pulse.sync(args.repository, args.deployments)
        print(f"synced in {synced.wall:.1f} s, peak {synced.peak / MEGABYTE:.0f} MB; comparing", file=sys.stderr)
        compared = compare(git, pulse, args.deployments, args.every)
        wrong, deployments = compared[:2]
        if not deployments:
            patterns = " ".join(args.deployments)
            sys.exit(f"no tag of {args.label} matches {patterns}: --deployments names others, --tag-every makes some")
        print(f"{len(wrong)} differences; measuring", file=sys.stderr)
        environments = in_order(deployments)
        with_graph = graphed(args.repository, os.path.join(folder, "graphed.git"))
        times = measure(git, with_graph, pulse, environments, args.rounds, args.tag_rounds)
        walks = walk(walker, folder, git, environments, args.rounds)
        text = "\n".join(report(args, git, pulse, synced, compared, times, walks)) + "\n"
    print(text, end="")
    if args.report:
        args.report.write_text(text)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
