"""Runs the systems in all three simulators and holds them against each other; `run` beside it installs what this needs."""

import argparse
import json
import math
import statistics
import subprocess
import sys

from scipy.stats import t as student

import with_ciw
import with_simpy
from systems import ALL

REPLICATIONS = 20
# All comparisons together are wrong in one of a thousand cases at most.
COMPARISONS = 2 * sum(len(system.metrics) for system in ALL)
LEVEL = 1 - 0.001 / COMPARISONS


def interval(values):
    """Mean and half-width of Student's interval."""
    half = student.ppf((1 + LEVEL) / 2, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.mean(values), half


def of_peer(peer, case):
    runs = [peer.PROGRAMS[case](seed) for seed in range(1, REPLICATIONS + 1)]
    return {metric: interval([run[metric] for run in runs]) for metric in runs[0]}


def of_archsim(binary):
    command = [binary, "validate", "--json", *(system.case for system in ALL)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode not in (0, 3):
        sys.exit(f"`{' '.join(command)}` ended with {answer.returncode}:\n{answer.stderr}")
    cases = json.loads(answer.stdout)["cases"]
    figures = {case["case"]: {it["metric"]: it for it in case["metrics"]} for case in cases}

    def figure(it):
        return it["simulated"], max(it["high"] - it["simulated"], it["simulated"] - it["low"]), it["expected"]

    return {s.case: {m: figure(figures[s.case][m]) for m in s.metrics} for s in ALL}


def agree(one, other):
    """Whether an interval of the difference has zero in it: half-widths add up as standard errors do."""
    return abs(one[0] - other[0]) <= math.hypot(one[1], other[1])


def words(value, half, unit):
    factor, decimals, after = {"share": (100, 2, " %"), "seconds": (1000, 2, " ms"), "number": (1, 3, "")}[unit]
    ends = f"{(value - half) * factor:.{decimals}f}, {(value + half) * factor:.{decimals}f}"
    return f"{value * factor:.{decimals}f} [{ends}]{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archsim", default="target/release/archsim", help="the program")
    parser.add_argument("--page", metavar="DATE", help="print the page of the documentation, dated so")
    asked = parser.parse_args()
    ours = of_archsim(asked.archsim)
    peers = [with_simpy, with_ciw]
    theirs = {peer: {system.case: of_peer(peer, system.case) for system in ALL} for peer in peers}
    rows, failed = [], 0
    for system in ALL:
        for metric, unit in system.metrics.items():
            value, half, exact = ours[system.case][metric]
            cells = [system.case, metric, words(exact, 0, unit).split(" [")[0], words(value, half, unit)]
            verdict = "agree"
            for peer in peers:
                found = theirs[peer][system.case][metric]
                cells.append(words(*found, unit))
                if not agree((value, half), found):
                    verdict = "**differ**"
                    failed += 1
            rows.append([*cells, verdict])
    table(asked.page, peers, rows)
    print(f"\n{COMPARISONS - failed} passed, {failed} failed")
    return 3 if failed else 0


def table(date, peers, rows):
    heads = ["system", "figure", "exact", "archsim", *(peer.VERSION for peer in peers), "verdict"]
    if date:
        print("# Held against other simulators")
        print(f"Written by `bash experiments/cross/run --page {date}`. {REPLICATIONS} replications in each simulator; the")
        print("intervals hold for all comparisons together at 99.9 %, and two figures agree if an interval of their")
        print("difference has zero in it. The programs of the peers stand in `experiments/cross`.\n")
        for system in ALL:
            print(f"- **{system.case}**: {system.title}.")
        print()
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    sys.exit(main())
