#!/usr/bin/env python3
"""Tells what of others Pulse is made of, and holds its licences against `deny.toml`: what is linked into the binary, what is part of
the page, and what of others stands in this repository. Needs nothing but what a build has brought.

    docs/third-party.py --check         whether the pages are up to date and a bill can be made; fails on a licence that is not allowed in any case
    docs/third-party.py                 writes docs/third-party.md and docs/third-party-notices.txt
    docs/third-party.py --sbom FILE     writes a bill of materials in CycloneDX's JSON
"""

import argparse
import base64
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "server/web"
PAGE, NOTICES = ROOT / "docs/third-party.md", ROOT / "docs/third-party-notices.txt"
# What is shipped: docker/Dockerfile.
PLATFORM = "x86_64-unknown-linux-gnu"
# The binary's own licence. Of what may be had under it, among others, its text is the root's LICENSE.
OURS = "Apache-2.0"
# For fonts alone, which are part of the page and of reports, and not linked with anything: cargo-deny does not see them.
FONTS = {"OFL-1.1"}
FONT_NAMES = re.compile(r"@fontsource|inter-static$")
# What stands in this repository and is of others: name, version, licence, folder (its text is there, too), source.
HELD = [("inter-static", "4.0-beta7", "OFL-1.1", ROOT / "server/assets/fonts", "https://github.com/rsms/inter")]
LICENCE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|unlicense|copyright)")
NOTICE_FILE = re.compile(r"(?i)^notice")


class Package:
    def __init__(self, kind, name, version, licence, folder, sums, source):
        self.kind, self.name, self.version, self.folder, self.sums = kind, name, version, folder, sums
        # `/` is how `OR` was written once.
        self.licence = re.sub(r"\s*/\s*", " OR ", licence or "")
        self.source = source

    def key(self):
        return (self.kind, self.name, self.version)

    def purl(self):
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version.replace('+', '%2B')}"

    def files(self, pattern):
        return sorted(p for p in self.folder.iterdir() if p.is_file() and pattern.match(p.name))


def holds(expression, allowed):
    """Whether an SPDX expression leaves a choice in which all licences are allowed."""
    tokens = re.findall(r"[()]|[^\s()]+", expression)
    at = 0

    def peek():
        return tokens[at] if at < len(tokens) else None

    def take():
        nonlocal at
        at += 1
        return tokens[at - 1]

    def some():
        ok = every()
        while peek() == "OR":
            take()
            ok = every() or ok
        return ok

    def every():
        ok = one()
        while peek() == "AND":
            take()
            ok = one() and ok
        return ok

    def one():
        if peek() == "(":
            take()
            ok = some()
            take()
            return ok
        name = take()
        if peek() == "WITH":
            take()
            name = f"{name} WITH {take()}"
        return name in allowed

    return bool(tokens) and some()


def crates():
    """What the binary is linked with. Crates of this workspace are left out."""
    ask = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", PLATFORM]
    told = json.loads(subprocess.check_output(ask, cwd=ROOT))
    packages = {package["id"]: package for package in told["packages"]}
    nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    sums = {(of["name"], of["version"]): of.get("checksum") for of in lock}
    seen, todo = set(), [i for i, package in packages.items() if package["name"] == "pulse-server"]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += [dep["pkg"] for dep in nodes[at]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    for at in seen:
        of = packages[at]
        if of["source"]:
            where = f"https://crates.io/crates/{of['name']}/{of['version']}"
            checksum = {"SHA-256": sums[of["name"], of["version"]]}
            folder = Path(of["manifest_path"]).parent
            yield Package("cargo", of["name"], of["version"], of["license"], folder, checksum, where)


def modules():
    """What the page may have of npm: tools that only build it are left out."""
    lock = json.loads((WEB / "package-lock.json").read_text())["packages"]
    for place, of in lock.items():
        if place and not of.get("dev") and not of.get("devOptional") and not of.get("optional"):
            name = place.rsplit("node_modules/", 1)[1]
            how, digest = of["integrity"].split("-", 1)
            checksum = {how.upper().replace("SHA", "SHA-"): base64.b64decode(digest).hex()}
            where = f"https://www.npmjs.com/package/{name}/v/{of['version']}"
            yield Package("npm", name, of["version"], of.get("license"), WEB / place, checksum, where)


def held():
    """What this repository holds of others. Its files are what git has."""
    for name, version, licence, folder, where in HELD:
        yield Package("generic", name, version, licence, folder, {}, where)


def untold():
    """Folders of this repository with a licence of their own, of which nobody here is told."""
    files = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    folders = {(ROOT / name).parent for name in files if LICENCE_FILE.match(Path(name).name)}
    return sorted(folders - {ROOT} - {folder for _, _, _, folder, _ in HELD})


def page(packages):
    lines = [
        "# What of others Pulse is made of",
        "",
        "Written by `make docs`, held by `make test`: the crates that the binary is linked with on Linux, macros among them, the npm packages that",
        "the page may have, and (`generic`) what of others stands in this repository, such as the font of reports. Tools that only build or test are not shipped, and not here. Licences are of those that [deny.toml](../deny.toml) allows, and of fonts OFL-1.1; where",
        f"there is a choice with {OURS} in it, that is the one taken. The texts of all others, and what authors want told, are in",
        "[third-party-notices.txt](third-party-notices.txt).",
        "",
        f"{sum(p.kind == 'cargo' for p in packages)} crates, {sum(p.kind == 'npm' for p in packages)} npm packages, {sum(p.kind == 'generic' for p in packages)} that stands in this repository.",
        "",
        "| from | name | version | licence |",
        "|---|---|---|---|",
    ]
    lines += [f"| {p.kind} | [{p.name}]({p.source}) | {p.version} | {p.licence} |" for p in packages]
    return "\n".join(lines) + "\n"


def notices(packages):
    """Each text once, below the names of those that it belongs to."""
    texts, bare = {}, []
    for p in packages:
        files = p.files(NOTICE_FILE)
        if not holds(p.licence, {OURS}):
            licences = p.files(LICENCE_FILE)
            files = licences + files
            if not licences:
                bare.append(p)
        for file in files:
            text = "\n".join(line.rstrip() for line in file.read_text(errors="replace").splitlines()).strip()
            texts.setdefault(text, []).append(f"{p.name} {p.version}")
    parts = ["What of others Pulse is made of: their licences and notices. docs/third-party.md lists all of it."]
    if bare:
        named = "\n".join(f"{p.name} {p.version}: {p.licence} ({p.source})" for p in bare)
        parts.append(f"These have a licence by name, and bring no text of it:\n\n{named}")
    parts += [", ".join(sorted(set(names))) + "\n\n" + text for text, names in texts.items()]
    return ("\n\n" + "=" * 100 + "\n\n").join(parts) + "\n"


def materials(packages):
    """CycloneDX 1.5. Neither time nor number: the same sources give the same bill."""
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    component = lambda p: {  # noqa: E731
        "type": "library",
        "bom-ref": p.purl(),
        "name": p.name,
        "version": p.version,
        "purl": p.purl(),
        "licenses": [{"expression": p.licence}],
        "hashes": [{"alg": alg, "content": value} for alg, value in p.sums.items()],
    }
    us = {"type": "application", "bom-ref": "pulse", "name": "pulse", "version": version, "licenses": [{"license": {"id": OURS}}]}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": us},
        "components": [component(p) for p in packages],
    }
    return json.dumps(bill, indent=1) + "\n"


def faults(bill, packages):
    """What whoever reads a bill would stumble over."""
    components = json.loads(bill)["components"]
    names = {of["bom-ref"] for of in components}
    if len(names) != len(packages):
        yield f"the bill of materials names {len(names)} parts of {len(packages)}"
    for of in components:
        if not re.fullmatch(r"pkg:(cargo|generic|npm)/[^\s@]+@[^\s@]+", of["purl"]) or not of["licenses"][0]["expression"]:
            yield f"the bill of materials says of {of['name']} what no bill may: {of['purl']}"
        if not of["hashes"] and not of["purl"].startswith("pkg:generic/"):
            yield f"the bill of materials has no sum of {of['name']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--sbom", type=Path, metavar="FILE")
    args = parser.parse_args()
    packages = sorted({p.key(): p for p in [*crates(), *held(), *modules()]}.values(), key=Package.key)
    allowed = set(tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]["allow"])
    wrong = []
    for p in packages:
        fonts = FONTS if FONT_NAMES.match(p.name) else set()
        if not holds(p.licence, allowed | fonts):
            wrong.append(f"{p.name} {p.version} has the licence `{p.licence}`, which deny.toml does not allow")
    away = [str(p.folder) for p in packages if not args.sbom and not p.folder.is_dir()]
    if away:
        wrong.append(f"{away[0]} and {len(away) - 1} more are not there: `make web` and `cargo fetch --locked` bring them")
    if args.check:
        wrong += [f"{folder.relative_to(ROOT)} has a licence of its own, and HELD does not name it" for folder in untold()]
    bill = materials(packages)
    wrong += faults(bill, packages)
    if not wrong and args.sbom:
        args.sbom.write_text(bill)
    elif not wrong:
        for path, text in ((PAGE, page(packages)), (NOTICES, notices(packages))):
            if not args.check:
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                wrong.append(f"{path.relative_to(ROOT)} is not up to date: `make docs` writes it anew")
    for one in wrong:
        print(f"docs/third-party.py: {one}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
