"""A swarm of agents agrees on a number that none of them knows: pi, from their own random points.

The agents sit on a ring. In each round every agent draws points, updates its own estimate, and
averages what it believes with its two neighbours (dynamic average consensus: Zhu and Martinez
2010). The agents are shared out to workers, which hear from their two neighbours and nobody else.

python swarm.py --agents 64 --rounds 40 --points 800 --seed 1 --workers 1 --serial
python swarm.py --agents 64 --rounds 40 --points 800 --seed 1 --workers 2
"""

import argparse
import multiprocessing
import random
import time
from multiprocessing.connection import Connection

from capstone_report.workloads.emit import metric


class Agent:
    """One agent: its own points, its own estimate of pi, and what it believes."""

    def __init__(self, number: int, seed: int) -> None:
        """Give the agent a source of points that is its own, whoever hosts it."""
        self._draw = random.Random(f"{seed} {number}").random  # noqa: S311 - examples, not secrets
        self._hits = self._points = 0
        self._estimate = 0.0
        self.belief = 0.0

    def think(self, points: int) -> None:
        """Draw points in the unit square, and move the belief as far as the estimate moved."""
        self._points += points
        self._hits += sum(self._draw() ** 2 + self._draw() ** 2 <= 1 for _ in range(points))
        estimate = 4 * self._hits / self._points
        self.belief += estimate - self._estimate
        self._estimate = estimate


def talk(agents: list[Agent], left: float, right: float) -> None:
    """Let each agent of a stretch of the ring average with its two neighbours."""
    beliefs = [left, *(agent.belief for agent in agents), right]
    for place, agent in enumerate(agents):
        agent.belief = sum(beliefs[place : place + 3]) / 3


def live(
    numbers: range, seed: int, rounds: int, points: int, ends: list[Connection]
) -> list[float]:
    """Return what a stretch of agents believes in the end; without ends it is the whole ring."""
    agents = [Agent(number, seed) for number in numbers]
    for _ in range(rounds):
        for agent in agents:
            agent.think(points)
        if not ends:
            talk(agents, agents[-1].belief, agents[0].belief)
            continue
        ends[0].send(agents[0].belief)
        ends[1].send(agents[-1].belief)
        talk(agents, ends[0].recv(), ends[1].recv())
    return [agent.belief for agent in agents]


def be_a_worker(
    numbers: range, task: tuple[int, int, int], ends: list[Connection], home: Connection
) -> None:
    """Live with some of the agents, then report what they believe."""
    home.send(live(numbers, *task, ends))


def live_together(agents: int, task: tuple[int, int, int], workers: int) -> list[float]:
    """Return what all agents believe, with each worker linked to the next one of the ring."""
    links = [multiprocessing.Pipe() for _ in range(workers)]  # link i: worker i and i + 1
    homes = []
    for rank in range(workers):
        numbers = range(agents * rank // workers, agents * (rank + 1) // workers)
        ends = [links[rank - 1][1], links[rank][0]]
        ours, theirs = multiprocessing.Pipe()
        arguments = (numbers, task, ends, theirs)
        multiprocessing.Process(target=be_a_worker, args=arguments, daemon=True).start()
        homes.append(ours)
    return [belief for home in homes for belief in home.recv()]


def main() -> None:
    """Time the rounds; starting the workers is part of the price."""
    parser = argparse.ArgumentParser()
    for name in ("--agents", "--rounds", "--points", "--seed", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--serial", action="store_true")
    options = parser.parse_args()
    task = (options.seed, options.rounds, options.points)
    started = time.perf_counter()
    if options.serial:
        beliefs = live(range(options.agents), *task, [])
    else:
        beliefs = live_together(options.agents, task, options.workers)
    metric("swarm_time", time.perf_counter() - started, "s")
    metric("mean_belief", sum(beliefs) / len(beliefs), "1")
    metric("disagreement", max(beliefs) - min(beliefs), "1")


if __name__ == "__main__":
    main()
