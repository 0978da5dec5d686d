#!/usr/bin/env python3
"""Writes the twin document of Harbour, the bundled water network.

    python3 generate.py                       # twin.ron beside this file
    python3 generate.py --out FILE            # elsewhere
    python3 generate.py --epanet FILE.inp     # the same network for EPANET, for checking

The town is made up. Chance decides where exactly a corner lies, which streets
were built, when their mains were laid and what each house draws; the seed fixes
it. Only `Random.random` is used, whose numbers are the same in every version of
Python for the same seed. Nothing but the standard library is needed.

`design/` holds the parts: terrain, streets, districts, mains, the network that
joins them, its operation, its telemetry, and the two ways of writing it down.
"""

import argparse
import sys
from pathlib import Path
from random import Random

# Nothing is to be left behind in the folder of a scene.
sys.dont_write_bytecode = True

from design import document, epanet, network

SEED = 7


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Write the twin document of Harbour.")
    parser.add_argument("--out", type=Path, default=here / "twin.ron", help="the document to write")
    parser.add_argument("--epanet", type=Path, help="an EPANET input file to write in its place")
    arguments = parser.parse_args()
    built = network.build(Random(SEED))
    if arguments.epanet:
        arguments.epanet.write_text(epanet.text(built), encoding="utf-8", newline="\n")
    else:
        arguments.out.write_text(document.text(built), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
