"""Random series with the flags that ioos_qc gives them.

Makes ioos_qc_flags.csv, which tests/telemetry_ioos_qc.rs reads:

    python3 -m venv /tmp/ioos && /tmp/ioos/bin/pip install ioos_qc==3.0.0
    /tmp/ioos/bin/python tests/reference/ioos_qc_flags.py > tests/reference/ioos_qc_flags.csv

The parameters stand in the first line. Values have three digits after the
point and no limit can be met exactly, so that no comparison hangs on rounding.
"""

import sys

import ioos_qc
import numpy as np
from ioos_qc import qartod

FAIL, SUSPECT = (-3.0005, 8.0005), (-1.0005, 6.0005)
RATE = 0.0300005  # per second
STUCK, RESOLUTION = 600, 0.0505

assert ioos_qc.__version__ == "3.0.0", ioos_qc.__version__
random = np.random.default_rng(20240301)
print(
    f"# ioos_qc {ioos_qc.__version__}; fail {FAIL[0]} {FAIL[1]}; suspect {SUSPECT[0]} {SUSPECT[1]}; "
    f"rate {RATE}; stuck {STUCK}; resolution {RESOLUTION}"
)
print("series,t,value,gross_range,rate_of_change,flat_line")
for series in range(8):
    count = 250
    # A flat line is looked for in windows of a fixed number of samples, so that
    # only evenly spaced series can be compared; the other rules know the times.
    even = series % 2 == 0
    steps = np.full(count, 60) if even else random.integers(1, 200, count)
    t = np.cumsum(steps)
    value = 2.5 + np.cumsum(random.normal(0, 0.4, count))
    # Stretches that are stuck, or nearly so, and spikes.
    for _ in range(8):
        first, length = random.integers(0, count - 30), random.integers(3, 30)
        flicker = random.choice([0.0, 0.02, 0.06])
        value[first : first + length] = value[first] + flicker * random.random(length)
    for at in random.integers(0, count, 6):
        value[at] += random.normal(0, 4)
    value = np.round(value, 3)
    times = t.astype("datetime64[s]")
    gross = qartod.gross_range_test(value, FAIL, SUSPECT)
    rate = qartod.rate_of_change_test(value, times, RATE)
    flat = (
        qartod.flat_line_test(value, times, STUCK // 2, STUCK, RESOLUTION)
        if even
        else [""] * count
    )
    for row in zip(t, value, gross, rate, flat):
        sys.stdout.write(f"{series}," + ",".join(str(cell) for cell in row) + "\n")
