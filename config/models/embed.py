#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a C file of the shipped model, so that the command line carries it and needs no path: embed.py OUT.c IN.json"""
import sys


def main(out, path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    text = "\n".join('    "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in lines)
    with open(out, "w", encoding="utf-8") as file:
        file.write(f'#include "shipped.h"\n\nconst char xf_shipped_model[] =\n{text};\nconst size_t xf_shipped_model_length = sizeof(xf_shipped_model) - 1;\n')


main(*sys.argv[1:])
