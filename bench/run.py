#!/usr/bin/env python3
"""Runs the benchmarks (see README.md): ./dev bench [NAME]."""
import importlib
import sys

NAMES = ["cli_start", "submit_latency", "create_rate", "drain", "planner", "estimate", "logs", "logs_ray", "console_doors",
         "predict"]


def main():
    asked = sys.argv[1:] or NAMES
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        sys.exit(f"bench: no benchmark \"{unknown[0]}\"; there are: {', '.join(NAMES)}")
    for name in asked:
        importlib.import_module(name).run()


if __name__ == "__main__":
    main()
