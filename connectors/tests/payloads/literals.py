#!/usr/bin/env python3
"""Prints what files of Python hold of JSON: every dictionary of constants that stands in no other, as one list.

    python3 literals.py ARCHIVE PATTERN

The files are those of a packed program (`.tar.gz`) whose path below its own folder matches the pattern.
"""

import ast
import fnmatch
import json
import sys
import tarfile

# Words of JSON that are names to Python: some programs keep an answer as it came.
WORDS = {"true": True, "false": False, "null": None}


class Words(ast.NodeTransformer):
    def visit_Name(self, node):
        return ast.copy_location(ast.Constant(WORDS[node.id]), node) if node.id in WORDS else node


def literals(node):
    if isinstance(node, ast.Dict):
        try:
            yield ast.literal_eval(node)
            return
        except ValueError:
            # Something in it is reckoned: what else is in it may be constant.
            pass
    for child in ast.iter_child_nodes(node):
        yield from literals(child)


def main(archive, pattern):
    found = []
    with tarfile.open(archive) as packed:
        for member in sorted(packed.getmembers(), key=lambda member: member.name):
            if member.isfile() and fnmatch.fnmatchcase(member.name.partition("/")[2], pattern):
                text = packed.extractfile(member).read()
                found.extend(literals(Words().visit(ast.parse(text))))
    if not found:
        sys.exit(f"{archive}: no file that matches {pattern} holds a dictionary of constants; look whether its files were moved")
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
