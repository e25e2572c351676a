#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes one C file of the numbered migrations, so that a daemon always carries the schema that it was built for: embed.py OUT.c IN.sql..."""
import os
import re
import sys


def main(out, paths):
    rows = []
    for number, path in enumerate(sorted(paths, key=os.path.basename), start=1):
        name = os.path.basename(path)
        found = re.fullmatch(r"(\d{4})_([a-z_]+)\.sql", name)
        if not found or int(found[1]) != number:
            sys.exit(f"{name}: migrations are named NNNN_name.sql and numbered without a gap; {number:04} is next")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        lines = "\n".join('     "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in text.splitlines())
        rows.append(f'    {{{number}, "{found[2]}",\n{lines}}},\n')
    with open(out, "w", encoding="utf-8") as file:
        file.write('#include "migrate.h"\n\nconst struct xf_migration xf_migrations[] = {\n' + "".join(rows) + "    {0, 0, 0},\n};\n")


main(sys.argv[1], sys.argv[2:])
