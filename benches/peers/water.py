"""Hydraulics of whole networks, by Counterpart and by EPANET 2.3.5 in turn.

Both read the same file, keep its accuracy, and run hydraulics only, on one thread.
What is counted is the processor time from the first solution to the last, not
reading. Runs alternate, and the least of each is compared, so that neighbours on
the machine count for both.

    pip install owa-epanet==2.3.5
    python benches/peers/water.py [NETWORK ...]

Networks are found in $COUNTERPART_DATA/water/networks.
"""

import os
import re
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
DAY = 86_400
NETWORKS = {
    "C-Town": 7 * DAY,
    "L-TOWN": 7 * DAY,
    "ky4": DAY,
    "ky7": DAY,
    "ky16": DAY,
    "Balerma": DAY,
    "Exnet": DAY,
    "KL": DAY,
    "Wolf": DAY,
    "vitens_benchmark": DAY,
}


def with_epanet(path, seconds):
    """Processor time and steps of EPANET, whose file may run for another time."""
    from epanet import toolkit as en

    with tempfile.TemporaryDirectory() as folder:
        project = en.createproject()
        en.open(project, path, os.path.join(folder, "report"), "")
        en.settimeparam(project, en.DURATION, seconds)
        en.openH(project)
        en.initH(project, 0)
        steps, begin = 0, time.process_time()
        while True:
            en.runH(project)
            steps += 1
            if en.nextH(project) <= 0:
                break
        spent = time.process_time() - begin
        nodes = en.getcount(project, en.NODECOUNT)
        en.closeH(project)
        en.close(project)
        en.deleteproject(project)
    return spent, steps, nodes


def built():
    """The benchmark's program."""
    command = ["cargo", "bench", "--no-default-features", "--bench", "water", "--no-run"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return re.search(r"\((\S+water-[0-9a-f]+)\)", told).group(1)


def with_counterpart(program, path, seconds):
    out = subprocess.run([program, "once", path, str(seconds)], check=True, capture_output=True)
    spent, steps = out.stdout.split()
    return float(spent), int(steps)


def main():
    folder = os.path.join(os.environ.get("COUNTERPART_DATA", "../shared/data"), "water/networks")
    program = built()
    print("| network | nodes | steps | EPANET 2.3.5 | here | ratio |")
    print("|---|---|---|---|---|---|")
    for name in sys.argv[1:] or NETWORKS:
        path = os.path.join(folder, name + ".inp")
        seconds = NETWORKS.get(name, DAY)
        theirs, ours = [], []
        for _ in range(ROUNDS):
            spent, steps, nodes = with_epanet(path, seconds)
            theirs.append(spent)
            spent, own_steps = with_counterpart(program, path, seconds)
            ours.append(spent)
        ratio = min(theirs) / min(ours)
        print(
            f"| {name} | {nodes} | {steps} ({own_steps} here) | {min(theirs) * 1e3:.1f} ms "
            f"| {min(ours) * 1e3:.1f} ms | {ratio:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
