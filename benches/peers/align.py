"""The work of `telemetry_ingest` done by pandas and by Polars, for comparison.

Reads the CSV file that the benchmark writes, parses times and numbers, puts
each channel on a grid of one second (the last sample of each step) and writes
the result to a Parquet file compressed with zstd. Neither checks a contract,
nor is what they write safe before the end: they do less.

    cargo bench --no-default-features --bench telemetry_ingest -- 100 /tmp/plant.csv
    python benches/peers/align.py /tmp/plant.csv

One thread (POLARS_MAX_THREADS=1, pandas has one). Processor time and wall time.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time


def with_pandas(path, out):
    import pandas

    frame = pandas.read_csv(path)
    frame["time"] = pandas.to_datetime(frame["time"], format="ISO8601", utc=True)
    aligned = frame.set_index("time").resample("1s").last()
    aligned.to_parquet(out, compression="zstd")
    return aligned.size, pandas.__version__


def with_polars(path, out):
    import polars

    frame = polars.read_csv(path, try_parse_dates=True).sort("time")
    aligned = frame.group_by_dynamic("time", every="1s").agg(polars.all().last())
    aligned.write_parquet(out, compression="zstd")
    return aligned.height * (aligned.width - 1), polars.__version__


PEERS = {"pandas": with_pandas, "polars": with_polars}


def one(name, path):
    """Runs one peer in this process and prints what it took."""
    with tempfile.TemporaryDirectory() as folder:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        before = usage.ru_utime + usage.ru_stime
        wall = time.perf_counter()
        samples, version = PEERS[name](path, os.path.join(folder, "aligned.parquet"))
        wall = time.perf_counter() - wall
    usage = resource.getrusage(resource.RUSAGE_SELF)
    processor = usage.ru_utime + usage.ru_stime - before
    print(
        f"{name} {version}: {samples / processor / 1e6:.2f} million samples a second of processor "
        f"time ({processor:.2f} s), {samples / wall / 1e6:.2f} by the wall ({wall:.2f} s), "
        f"{usage.ru_maxrss / 1024:.0f} MiB at most"
    )


def main():
    if len(sys.argv) == 3:
        return one(sys.argv[2], sys.argv[1])
    # Each in a process of its own, so that each has its own memory.
    environment = dict(os.environ, POLARS_MAX_THREADS="1", OMP_NUM_THREADS="1")
    for name in PEERS:
        subprocess.run([sys.executable, __file__, sys.argv[1], name], env=environment, check=True)


if __name__ == "__main__":
    main()
