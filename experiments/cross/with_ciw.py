"""The systems in Ciw: a network described, then simulated; figures come from its records of all customers."""

import ciw

from systems import ERLANG_A, JACKSON, MM3_10, NETWORK, PATIENCE, QUEUE


def simulate(seed, system, **network):
    ciw.seed(seed)
    simulation = ciw.Simulation(ciw.create_network(**network))
    simulation.simulate_until_max_time(system.warmup + system.measure)
    return simulation


def covered(spans, system):
    """Mean number of the spans that are open, over the measured time."""
    start, end = system.warmup, system.warmup + system.measure
    return sum(max(0.0, min(end, until) - max(start, since)) for since, until in spans) / system.measure


def mm3_10(seed):
    simulation = simulate(
        seed,
        MM3_10,
        arrival_distributions=[ciw.dists.Exponential(QUEUE["rate"])],
        service_distributions=[ciw.dists.Exponential(1 / QUEUE["service"])],
        number_of_servers=[QUEUE["servers"]],
        queue_capacities=[QUEUE["places"]],
    )
    records = simulation.get_all_records(only=["service", "rejection"])
    counted = [it for it in records if it.arrival_date >= MM3_10.warmup]
    served = [it for it in counted if it.record_type == "service"]
    refused = len(counted) - len(served)
    under_way = sum(it.arrival_date >= MM3_10.warmup for it in simulation.nodes[1].all_individuals)
    response = sum(it.exit_date - it.arrival_date for it in served) / len(served)
    return {"refused": refused / (len(counted) + under_way), "response": response}


def erlang_a(seed):
    simulation = simulate(
        seed,
        ERLANG_A,
        arrival_distributions=[ciw.dists.Exponential(PATIENCE["rate"])],
        service_distributions=[ciw.dists.Exponential(1 / PATIENCE["service"])],
        reneging_time_distributions=[ciw.dists.Exponential(1 / PATIENCE["patience"])],
        number_of_servers=[PATIENCE["servers"]],
    )
    end = ERLANG_A.warmup + ERLANG_A.measure
    records = simulation.get_all_records(only=["service", "renege"])
    served = [it for it in records if it.record_type == "service"]
    busy = [(it.service_start_date, it.service_end_date) for it in served]
    waits = [(it.arrival_date, it.service_start_date) for it in served]
    waits += [(it.arrival_date, it.exit_date) for it in records if it.record_type == "renege"]
    for it in simulation.nodes[1].all_individuals:
        if it.service_start_date is False:
            waits.append((it.arrival_date, end))
        else:
            waits.append((it.arrival_date, it.service_start_date))
            busy.append((it.service_start_date, end))
    return {"busy": covered(busy, ERLANG_A) / PATIENCE["servers"], "waiting": covered(waits, ERLANG_A)}


def jackson(seed):
    names = list(NETWORK["servers"])
    database = names.index("database") + 1
    simulation = simulate(
        seed,
        JACKSON,
        arrival_distributions=[ciw.dists.Exponential(NETWORK["rate"]) if name == "gateway" else None for name in names],
        service_distributions=[ciw.dists.Exponential(1 / NETWORK["service"][name]) for name in names],
        number_of_servers=[NETWORK["servers"][name] for name in names],
        routing=[[NETWORK["to"][name].get(there, 0.0) for there in names] for name in names],
    )
    end = JACKSON.warmup + JACKSON.measure
    came, left, busy = {}, {}, []
    for it in simulation.get_all_records(only=["service"]):
        came[it.id_number] = min(came.get(it.id_number, it.arrival_date), it.arrival_date)
        left[it.id_number] = max(left.get(it.id_number, it.exit_date), it.exit_date)
        if it.node == database:
            busy.append((it.service_start_date, it.service_end_date))
    under_way = {it.id_number for node in simulation.transitive_nodes for it in node.all_individuals}
    at_database = simulation.nodes[database].all_individuals
    busy += [(it.service_start_date, end) for it in at_database if it.service_start_date is not False]
    gone = [it for it in came if it not in under_way and came[it] >= JACKSON.warmup]
    response = sum(left[it] - came[it] for it in gone) / len(gone)
    return {"response": response, "database": covered(busy, JACKSON) / NETWORK["servers"]["database"]}


PROGRAMS = {"mm3-10": mm3_10, "erlang-a": erlang_a, "jackson": jackson}
VERSION = f"Ciw {ciw.__version__}"
