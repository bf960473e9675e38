#!/usr/bin/env python3
"""Goes through the steps of the Dockerfile one by one, where no engine is to build it, and then starts what they made as a container would:
as its user, on a root that is read-only, asked by its own health check, and stopped by its own signal.

This machine stands for the base images: each stage is a layer over its root, and nothing of the machine itself changes. What a slim image
lacks is not seen by that, so the libraries that the binary asks for are held against what Debian's has. Needs root, and what the steps need.

    sudo docker/steps.py [--pulse BINARY]    with it that is taken for what cargo builds
"""

import argparse
import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
# Of which every Debian has those that are not named by a program: bookworm-slim's own.
LIBRARIES = re.compile(r"linux-vdso|ld-linux|lib(c|m|gcc_s|dl|rt|pthread)\.so")
# What is put in the place of cargo: it has built the binary already.
STAND_IN = "#!/bin/sh\ninstall -D -m 755 /stand-in/pulse target/dist/pulse\n"
PATIENCE = 60


def run(command, **how):
    subprocess.run(command, check=True, **how)


def steps(text):
    """The instructions of a Dockerfile, each with what it is given, on one line."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            yield line.split(None, 1)


def sent(rules):
    """The files that are sent to the build: those of the repository that the last rule about them lets through."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(asked, cwd=REPOSITORY, text=True).splitlines():
        path, goes = PurePosixPath(name), False
        for rule in rules:
            if any(matches(place, rule.removeprefix("!")) for place in [path, *path.parents][:-1]):
                goes = rule.startswith("!")
        if goes and (REPOSITORY / path).is_file():
            yield path


def matches(place, pattern):
    """Whether a pattern of a .dockerignore means this place: from the root on, unless it begins with `**/`."""
    deep = pattern.startswith("**/")
    pattern = pattern.removeprefix("**/")
    return bool(pattern) and place.match(pattern) and (deep or len(place.parts) == pattern.count("/") + 1)


class Stage:
    """A layer over the root of this machine, with what its instructions say of how it is run."""

    def __init__(self, folder):
        self.root, upper, work = (folder / name for name in ("root", "upper", "work"))
        for made in (self.root, upper, work):
            made.mkdir(parents=True)
        run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", self.root])
        for shared in ("proc", "dev", "sys"):
            run(["mount", "--rbind", f"/{shared}", self.root / shared])
        self.folder, self.user, self.says = PurePosixPath("/"), "0:0", {}

    def at(self, path):
        return self.root / str(self.folder / path).lstrip("/")

    def copy(self, sources, target, into):
        for source in sources:
            for found in sorted(source.parent.glob(source.name)) if "*" in source.name else [source]:
                if found.is_dir():
                    shutil.copytree(found, into, dirs_exist_ok=True, symlinks=True)
                elif target.endswith("/") or into.is_dir():
                    into.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(found, into)
                else:
                    shutil.copy2(found, into)

    def inside(self, command, path, *environment):
        """A command in the stage, as its user, in its folder."""
        group = self.user.rpartition(":")[2]
        begins = ["chroot", f"--userspec={self.user}", f"--groups={group}", self.root]
        return [*begins, "env", *environment, f"--chdir={self.folder}", f"PATH={path}", *command]

    def run_as(self, command):
        """As a container runs it: nothing of this machine's environment is there."""
        return self.inside(command, "/usr/local/bin:/usr/bin:/bin", "--ignore-environment")


def build(folder, binary):
    """Goes through all stages; the last one."""
    context, stages, stage, last = folder / "context", {}, None, None
    for path in sent((HERE / "Dockerfile.dockerignore").read_text().split("\n")):
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / path, context / path)
    for word, given in steps((HERE / "Dockerfile").read_text()):
        print(f"{word} {given}", flush=True)
        if word == "FROM":
            name = given.split(" AS ")[1] if " AS " in given else str(len(stages))
            stages[name] = stage = last = Stage(folder / f"stage-{name}")
        elif word == "WORKDIR":
            stage.folder = stage.folder / given
            stage.at(".").mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            options, paths = re.match(r"((?:--\S+ )*)(.*)", given).groups()
            source = re.search(r"--from=(\S+)", options)
            beneath = stages[source[1]].root if source else context
            *sources, target = paths.split()
            stage.copy([beneath / one.strip("/") for one in sources], target, stage.at(target))
        elif word == "RUN":
            mounts, command = re.match(r"((?:--\S+\s+)*)(.*)", given).groups()
            for n, cache in enumerate(re.findall(r"type=cache,target=(\S+)", mounts)):
                kept = folder / f"cache-{n}"
                kept.mkdir(exist_ok=True)
                stage.at(cache).mkdir(parents=True, exist_ok=True)
                run(["mount", "--bind", kept, stage.at(cache)])
            path = os.environ["PATH"]
            if binary and "cargo build" in command:
                stand_in = stage.at("/stand-in")
                stand_in.mkdir()
                shutil.copy2(binary, stand_in / "pulse")
                (stand_in / "cargo").write_text(STAND_IN)
                (stand_in / "cargo").chmod(0o755)
                path = f"/stand-in:{path}"
            run(stage.inside(["sh", "-c", command], path))
        elif word == "USER":
            stage.user = given
        elif word == "ARG":
            # Of which images stages begin with: this machine stands for each.
            continue
        elif word in ("ENTRYPOINT", "CMD", "HEALTHCHECK", "STOPSIGNAL", "VOLUME", "EXPOSE"):
            stage.says[word] = given
        else:
            sys.exit(f"docker/steps.py: {word} is an instruction that it does not know")
    return last


def look(stage):
    """Starts what was built, asks its health check, and stops it."""
    entry, command = json.loads(stage.says["ENTRYPOINT"]), json.loads(stage.says["CMD"])
    program = shutil.which(entry[0], path=str(stage.at("/usr/local/bin")))
    needed = subprocess.check_output(["ldd", program], text=True).split("\n")
    lacking = [line.strip() for line in needed if line.strip() and not LIBRARIES.search(line)]
    if lacking:
        sys.exit(f"docker/steps.py: the last image has no {', '.join(lacking)}")
    # Nobody else's ports, and of the file system the volume alone, and what is in memory.
    run(["mount", "-t", "tmpfs", "tmpfs", stage.at("/tmp")])
    volume = stage.at(stage.says["VOLUME"])
    run(["mount", "--bind", volume, volume])
    run(["mount", "-o", "remount,ro,bind", stage.root])
    alone()
    outside = subprocess.run(stage.run_as(["touch", "/here"]), stderr=subprocess.DEVNULL)
    if outside.returncode == 0:
        sys.exit("docker/steps.py: the root is not read-only")
    begun = subprocess.Popen(stage.run_as([*entry, *command]))
    try:
        check = json.loads(stage.says["HEALTHCHECK"].split("CMD ", 1)[1])
        until = time.monotonic() + PATIENCE
        while subprocess.run(stage.run_as(check), stderr=subprocess.DEVNULL).returncode != 0:
            if begun.poll() is not None or time.monotonic() > until:
                sys.exit("docker/steps.py: its health check does not find it well")
            time.sleep(0.5)
        begun.send_signal(getattr(signal, stage.says["STOPSIGNAL"]))
        if begun.wait(PATIENCE) != 0:
            sys.exit(f"docker/steps.py: stopped by {stage.says['STOPSIGNAL']}, it ended with {begun.returncode}")
    finally:
        begun.kill()
    print(f"It was well by its health check, as {stage.user} on a read-only root, and ended with 0 once it was stopped.")


def alone():
    """A network of this process's own, with a loopback alone."""
    new_network = 0x40000000
    if ctypes.CDLL(None).unshare(new_network) != 0:
        sys.exit("docker/steps.py: this machine gives no network of one's own")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        set_flags, up_and_running = 0x8914, 0x41
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up_and_running))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pulse", type=Path, metavar="BINARY", help="taken for what cargo builds")
    asked = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("docker/steps.py: layers and users take root: run it by sudo")
    if os.environ.get("STEPS_APART") != "within":
        # What is mounted is seen by nobody else, and gone with the process.
        os.execvpe("unshare", ["unshare", "--mount", sys.executable, *sys.argv], {**os.environ, "STEPS_APART": "within"})
    folder = Path(tempfile.mkdtemp(prefix="pulse-steps-"))
    try:
        look(build(folder, asked.pulse))
    finally:
        for root in folder.glob("stage-*/root"):
            subprocess.run(["umount", "--recursive", "--lazy", root])
        # Nothing is deleted through what may be mounted still.
        run(["rm", "--recursive", "--force", "--one-file-system", folder])


if __name__ == "__main__":
    main()
