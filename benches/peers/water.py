"""Hydraulics of whole networks, by Counterpart, EPANET 2.3.5 and epanet-rs in turn.

All read the same file, keep its accuracy, and run hydraulics only, on one thread.
What is counted is the processor time from the first solution to the last, not
reading. Runs alternate, and the least of each is compared, so that neighbours on
the machine count for both.

    pip install owa-epanet==2.3.5
    cargo build --release --manifest-path benches/peers/water_epanet_rs/Cargo.toml
    python benches/peers/water.py [NETWORK ...]
    python benches/peers/water.py --age [NETWORK ...]

With `--age` both follow the age of the water as well, in steps of five minutes; what
is counted is hydraulics and age together, and the mean age of all junctions at the end
is told of both.

The crate epanet-rs is left out where it was not built. Its time counts only where it
comes to the heads of EPANET: otherwise the table says by how much it is off.
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
        heads = {
            en.getnodeid(project, node): en.getnodevalue(project, node, en.HEAD)
            for node in range(1, nodes + 1)
        }
        en.closeH(project)
        en.close(project)
        en.deleteproject(project)
    return spent, steps, heads


def age_with_epanet(path, seconds):
    """Processor time of hydraulics and age, the number of nodes, and the mean age at the
    junctions at the end, in hours."""
    from epanet import toolkit as en

    with tempfile.TemporaryDirectory() as folder:
        project = en.createproject()
        en.open(project, path, os.path.join(folder, "report"), "")
        en.settimeparam(project, en.DURATION, seconds)
        en.settimeparam(project, en.QUALSTEP, 300)
        en.setqualtype(project, en.AGE, "Age", "hours", "")
        en.openH(project)
        en.initH(project, 0)
        en.openQ(project)
        en.initQ(project, 0)
        begin = time.process_time()
        while True:
            en.runH(project)
            en.runQ(project)
            step = en.nextH(project)
            en.nextQ(project)
            if step <= 0:
                break
        spent = time.process_time() - begin
        nodes = en.getcount(project, en.NODECOUNT)
        ages = [
            en.getnodevalue(project, node, en.QUALITY)
            for node in range(1, nodes + 1)
            if en.getnodetype(project, node) == en.JUNCTION
        ]
        en.closeQ(project)
        en.closeH(project)
        en.close(project)
        en.deleteproject(project)
    return spent, nodes, sum(ages) / len(ages)


def compare_age(names):
    folder = os.path.join(os.environ.get("COUNTERPART_DATA", "../shared/data"), "water/networks")
    program = built()
    print("| network | nodes | EPANET 2.3.5 | here | ratio | mean age, EPANET | here |")
    print("|---|---|---|---|---|---|---|")
    for name in names or NETWORKS:
        path = os.path.join(folder, name + ".inp")
        seconds = NETWORKS.get(name, DAY)
        theirs, ours = [], []
        for _ in range(ROUNDS):
            spent, nodes, their_age = age_with_epanet(path, seconds)
            theirs.append(spent)
            command = [program, "age", path, str(seconds)]
            out = subprocess.run(command, check=True, capture_output=True)
            spent, our_age = map(float, out.stdout.split())
            ours.append(spent)
        print(
            f"| {name} | {nodes} | {min(theirs) * 1e3:.1f} ms | {min(ours) * 1e3:.1f} ms "
            f"| {min(theirs) / min(ours):.1f} | {their_age:.3f} h | {our_age:.3f} h |",
            flush=True,
        )


def built():
    """The benchmark's program."""
    command = ["cargo", "bench", "--no-default-features", "--bench", "water", "--no-run"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return re.search(r"\((\S+water-[0-9a-f]+)\)", said).group(1)


def with_counterpart(program, path, seconds):
    out = subprocess.run([program, "once", path, str(seconds)], check=True, capture_output=True)
    spent, steps = out.stdout.split()
    return float(spent), int(steps)


def with_epanet_rs(program, path, seconds):
    """Processor time and final heads of epanet-rs, or why there are none."""
    out = subprocess.run([program, path, str(seconds)], capture_output=True, text=True)
    if out.returncode != 0:
        lines = out.stderr.strip().splitlines()
        return None, lines[-1][:60] if lines else "stopped"
    first, *rest = out.stdout.splitlines()
    heads = dict(line.rsplit(" ", 1) for line in rest)
    return float(first.split()[0]), {node: float(head) for node, head in heads.items()}


def told(spent, heads, expected):
    """What the table says of epanet-rs, whose heads are in feet or in metres."""
    if spent is None:
        return heads
    common = heads.keys() & expected.keys()

    def off(scale):
        return max(abs(heads[node] * scale - expected[node]) for node in common)

    difference = min(off(1.0), off(0.3048), off(1 / 0.3048))
    if difference > 0.1:
        return f"off by {difference:.3g}"
    return f"{spent * 1e3:.1f} ms"


def main():
    if sys.argv[1:2] == ["--age"]:
        compare_age(sys.argv[2:])
        return
    folder = os.path.join(os.environ.get("COUNTERPART_DATA", "../shared/data"), "water/networks")
    program = built()
    peer = os.path.join(os.path.dirname(__file__), "water_epanet_rs/target")
    peer = os.path.join(os.environ.get("EPANET_RS_TARGET", peer), "release/water-epanet-rs")
    print("| network | nodes | steps | EPANET 2.3.5 | here | ratio | epanet-rs |")
    print("|---|---|---|---|---|---|---|")
    for name in sys.argv[1:] or NETWORKS:
        path = os.path.join(folder, name + ".inp")
        seconds = NETWORKS.get(name, DAY)
        theirs, ours = [], []
        other = (None, "not built")
        for _ in range(ROUNDS):
            spent, steps, heads = with_epanet(path, seconds)
            theirs.append(spent)
            spent, own_steps = with_counterpart(program, path, seconds)
            ours.append(spent)
            if os.path.exists(peer):
                spent, found = with_epanet_rs(peer, path, seconds)
                if other[0] is None or (spent is not None and spent < other[0]):
                    other = (spent, found)
        ratio = min(theirs) / min(ours)
        print(
            f"| {name} | {len(heads)} | {steps} ({own_steps} here) | {min(theirs) * 1e3:.1f} ms "
            f"| {min(ours) * 1e3:.1f} ms | {ratio:.1f} "
            f"| {told(*other, heads)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
