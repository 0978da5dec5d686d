"""The two models of `benches/flow.rs` in SimPy, for comparison.

    pip install simpy==4.1.1
    python benches/peers/flow_simpy.py

An M/M/3 queue with a million customers, and a saturated line of ten stations
with five places between them, failures while working and repairs, until a
hundred thousand parts are through. Processor time of one thread.
"""

import random
import time

import simpy

CUSTOMERS = 1_000_000
PARTS = 100_000
STATIONS = 10
PLACES = 5


def queue():
    chance = random.Random(1)
    environment = simpy.Environment()
    servers = simpy.Resource(environment, capacity=3)
    waits = []

    def customer():
        came = environment.now
        with servers.request() as request:
            yield request
            waits.append(environment.now - came)
            yield environment.timeout(chance.expovariate(1.0))

    def source():
        for _ in range(CUSTOMERS):
            yield environment.timeout(chance.expovariate(2.7))
            environment.process(customer())

    environment.process(source())
    environment.run()
    return f"mean wait {sum(waits) / len(waits):.4f}"


def line():
    chance = random.Random(1)
    environment = simpy.Environment()
    buffers = [simpy.Store(environment, capacity=PLACES) for _ in range(STATIONS - 1)]
    done = []
    end = environment.event()

    def station(number):
        to_failure = chance.expovariate(0.01)
        while True:
            if number > 0:
                yield buffers[number - 1].get()
            left = chance.expovariate(1.0)
            # Failures count the time of work: the next is known when it begins.
            while to_failure < left:
                yield environment.timeout(to_failure)
                left -= to_failure
                yield environment.timeout(chance.expovariate(0.1))
                to_failure = chance.expovariate(0.01)
            yield environment.timeout(left)
            to_failure -= left
            if number < STATIONS - 1:
                yield buffers[number].put(None)
            else:
                done.append(environment.now)
                if len(done) == PARTS:
                    end.succeed()

    for number in range(STATIONS):
        environment.process(station(number))
    environment.run(until=end)
    return f"throughput {PARTS / done[-1]:.4f}"


for name, model in [("M/M/3", queue), ("line of ten", line)]:
    start = time.process_time()
    result = model()
    print(f"{name}: {time.process_time() - start:.2f} s ({result}), SimPy {simpy.__version__}")
