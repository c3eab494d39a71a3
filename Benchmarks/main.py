#!/usr/bin/env python3
"""Runs the measurements and prints one table: main.py [--only forest,statements]. Status 1 when an aim is missed."""

import argparse
import logging
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
os.environ["TQDM_DISABLE"] = "1"
logging.getLogger("snowflake").setLevel(logging.CRITICAL)

import access  # noqa: E402
import forest  # noqa: E402
import frame  # noqa: E402
import life  # noqa: E402
import listing  # noqa: E402
import mlflow_server  # noqa: E402
import partitions  # noqa: E402
import statements  # noqa: E402
import transfers  # noqa: E402
from measure import Row, note  # noqa: E402

MEASUREMENTS = {"life": life, "statements": statements, "transfers": transfers, "frame": frame, "forest": forest,
                "partitions": partitions, "access": access, "listing": listing, "mlflow": mlflow_server}


def machine():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return f"{len(names)} x {names[0] if names else 'CPU'}, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d %H:%M')}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="names, separated by commas: " + ", ".join(MEASUREMENTS))
    chosen = [name for name in parser.parse_args().only.split(",") if name] or list(MEASUREMENTS)
    if unknown := set(chosen) - set(MEASUREMENTS):
        sys.exit(f"error: no measurement is called {', '.join(sorted(unknown))}. There are: {', '.join(MEASUREMENTS)}")
    rows, began = [], machine()
    for name in chosen:
        print(f"==> {name}", file=sys.stderr, flush=True)
        try:
            rows += MEASUREMENTS[name].measure()
        except Exception as error:
            note(f"{name} failed: {error!r}")
            rows.append(Row(name, f"FAILED: {error!r}"[:200], "", False))
    width = max(len(row.what) for row in rows)
    print(f"\nRoost benchmarks, {began}\n")
    print(f"| {'What':{width}} | Figure | Aim | |")
    print(f"|{'-' * (width + 2)}|---|---|---|")
    for row in rows:
        print(f"| {row.what:{width}} | {row.figure} | {row.aim} | {'' if row.met is None else 'met' if row.met else 'MISSED'} |")
    sys.exit(any(row.met is False for row in rows))


if __name__ == "__main__":
    main()
