"""The parts of a network, in the units that a utility writes: m, mm, L/s."""

from dataclasses import dataclass, field


@dataclass
class Draw:
    """What one kind of consumer draws at a junction: average flow [L/s] times a pattern."""

    flow: float
    pattern: str
    category: str


@dataclass
class Junction:
    id: str
    name: str
    x: float
    y: float
    elevation: float
    area: str
    draws: list = field(default_factory=list)
    # Leakage that depends on pressure: flow [L/s] at a pressure of 1 m.
    emitter: float = 0.0


@dataclass
class Reservoir:
    id: str
    name: str
    x: float
    y: float
    head: float
    area: str


@dataclass
class Tank:
    id: str
    name: str
    x: float
    y: float
    elevation: float
    area: str
    diameter: float
    minimum: float
    maximum: float
    initial: float


@dataclass
class Pipe:
    id: str
    name: str
    a: str
    b: str
    length: float
    diameter: int
    material: str
    year: int
    roughness: float
    area: str
    path: list = field(default_factory=list)
    minor_loss: float = 0.0
    closed: bool = False
    check_valve: bool = False


@dataclass
class Pump:
    id: str
    name: str
    a: str
    b: str
    area: str
    head_curve: str
    efficiency_curve: str
    closed: bool = False
    speed_pattern: str = ""


@dataclass
class Valve:
    id: str
    name: str
    a: str
    b: str
    area: str
    kind: str
    diameter: int
    setting: float
    minor_loss: float = 0.0
    closed: bool = False


@dataclass
class Network:
    junctions: dict = field(default_factory=dict)
    reservoirs: dict = field(default_factory=dict)
    tanks: dict = field(default_factory=dict)
    pipes: dict = field(default_factory=dict)
    pumps: dict = field(default_factory=dict)
    valves: dict = field(default_factory=dict)

    def node(self, name):
        for nodes in (self.junctions, self.reservoirs, self.tanks):
            if name in nodes:
                return nodes[name]
        raise KeyError(name)

    def links(self):
        """All links in the order pipes, pumps, valves."""
        return [*self.pipes.values(), *self.pumps.values(), *self.valves.values()]
