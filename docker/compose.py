#!/usr/bin/env python3
"""What `docker compose config` would refuse of the compose files that are named, without Docker: keys and values that Compose's specification
does not have, and names that nobody defines. Needs PyYAML and compose-spec."""

import json
import re
import sys
from pathlib import Path

import yaml
from compose_spec import PyCompose

# `${NAME}`, `${NAME:-default}`, `${NAME:?why}`; `$$` is a dollar.
VARIABLE = re.compile(r"\$(\$|\{(?P<name>\w+)(?::?(?P<how>[-?])(?P<rest>[^}]*))?\})")
# A volume in short that the file defines; a folder of the host begins with `.`, `/` or `~`.
VOLUME = re.compile(r"(\w[\w.-]*):")


def filled(found):
    if found["name"] is None:
        return "$"
    return found["rest"] if found["how"] == "-" else found["name"]


def volumes(service):
    for one in service.get("volumes") or ():
        if isinstance(one, str):
            named = VOLUME.match(one)
            if named:
                yield named[1]
        elif one.get("type") == "volume" and "source" in one:
            yield one["source"]


def faults(text):
    """What is wrong with a compose file."""
    told = yaml.safe_load(VARIABLE.sub(filled, text))
    try:
        # Merges of anchors are done by now. It looks at networks, secrets and configs, and at no volume in short and at no service.
        PyCompose.from_json(json.dumps(told)).validate()
    except ValueError as error:
        yield str(error)
    services, known = told.get("services") or {}, told.get("volumes") or {}
    for name, service in services.items():
        for missing in sorted(set(volumes(service)) - set(known)):
            yield f"service `{name}` has the volume `{missing}`, which nobody defines"
        for missing in sorted(set(service.get("depends_on") or ()) - set(services)):
            yield f"service `{name}` waits for `{missing}`, which is no service"


def main(files):
    wrong = [f"{name}: {fault}" for name in files for fault in faults(Path(name).read_text())]
    for one in wrong:
        print(f"docker/compose.py: {one}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
