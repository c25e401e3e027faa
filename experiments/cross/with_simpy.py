"""The systems in SimPy: each customer a process, each station a resource."""

import random

import simpy

from systems import ERLANG_A, JACKSON, MM3_10, NETWORK, PATIENCE, QUEUE


class Level:
    """A number over time, averaged from `since` on."""

    def __init__(self, env, since):
        self.env, self.since = env, since
        self.now, self.area, self.at = 0, 0.0, since

    def change(self, by):
        self._advance()
        self.now += by

    def _advance(self):
        if self.env.now > self.at:
            self.area += self.now * (self.env.now - self.at)
            self.at = self.env.now

    def mean(self):
        self._advance()
        return self.area / (self.env.now - self.since)


def arrivals(env, dice, rate, customer):
    while True:
        yield env.timeout(dice.expovariate(rate))
        env.process(customer())


def mm3_10(seed):
    env, dice = simpy.Environment(), random.Random(seed)
    station = simpy.Resource(env, QUEUE["servers"])
    asked = refused = served = 0
    stayed = 0.0

    def customer():
        nonlocal asked, refused, served, stayed
        came = env.now
        counts = came >= MM3_10.warmup
        asked += counts
        if station.count + len(station.queue) >= QUEUE["servers"] + QUEUE["places"]:
            refused += counts
            return
        with station.request() as place:
            yield place
            yield env.timeout(dice.expovariate(1 / QUEUE["service"]))
        if counts:
            served += 1
            stayed += env.now - came

    env.process(arrivals(env, dice, QUEUE["rate"], customer))
    env.run(MM3_10.warmup + MM3_10.measure)
    return {"refused": refused / asked, "response": stayed / served}


def erlang_a(seed):
    env, dice = simpy.Environment(), random.Random(seed)
    station = simpy.Resource(env, PATIENCE["servers"])
    busy, waiting = Level(env, ERLANG_A.warmup), Level(env, ERLANG_A.warmup)

    def customer():
        with station.request() as place:
            waiting.change(1)
            patience = env.timeout(dice.expovariate(1 / PATIENCE["patience"]))
            found = yield place | patience
            waiting.change(-1)
            if place in found:
                busy.change(1)
                yield env.timeout(dice.expovariate(1 / PATIENCE["service"]))
                busy.change(-1)

    env.process(arrivals(env, dice, PATIENCE["rate"], customer))
    env.run(ERLANG_A.warmup + ERLANG_A.measure)
    return {"busy": busy.mean() / PATIENCE["servers"], "waiting": waiting.mean()}


def jackson(seed):
    env, dice = simpy.Environment(), random.Random(seed)
    stations = {name: simpy.Resource(env, servers) for name, servers in NETWORK["servers"].items()}
    database = Level(env, JACKSON.warmup)
    served, stayed = 0, 0.0

    def way_on(name):
        coin = dice.random()
        for there, share in NETWORK["to"][name].items():
            coin -= share
            if coin < 0:
                return there
        return None

    def customer():
        nonlocal served, stayed
        came, name = env.now, "gateway"
        while name:
            with stations[name].request() as place:
                yield place
                database.change(name == "database")
                yield env.timeout(dice.expovariate(1 / NETWORK["service"][name]))
                database.change(-(name == "database"))
            name = way_on(name)
        if came >= JACKSON.warmup:
            served += 1
            stayed += env.now - came

    env.process(arrivals(env, dice, NETWORK["rate"], customer))
    env.run(JACKSON.warmup + JACKSON.measure)
    return {"response": stayed / served, "database": database.mean() / NETWORK["servers"]["database"]}


PROGRAMS = {"mm3-10": mm3_10, "erlang-a": erlang_a, "jackson": jackson}
VERSION = f"SimPy {simpy.__version__}"
