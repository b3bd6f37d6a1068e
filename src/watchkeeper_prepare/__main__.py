"""``python -m watchkeeper_prepare postgres|kafka|rabbitmq …``: flags, and the exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from watchkeeper_prepare import kafka, postgres, rabbitmq
from watchkeeper_prepare.failure import CannotPrepare
from watchkeeper_process.logfmt import say


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags."""
    parser = argparse.ArgumentParser(prog="watchkeeper-prepare", description="Make a database's data folder, once.")
    programs = parser.add_subparsers(dest="program", required=True, metavar="PROGRAM")
    one = programs.add_parser("postgres", help="make the cluster, its roles and the application's database")
    one.add_argument("--initdb", required=True, type=Path, metavar="FILE")
    one.add_argument("--server", required=True, type=Path, metavar="FILE")
    one.add_argument("--psql", required=True, type=Path, metavar="FILE")
    one.add_argument("--first-start", required=True, type=Path, metavar="FILE", help="SQL that the superuser runs once")
    one.add_argument("--names", type=Path, metavar="FILE", help="library that gives a user without an entry a name")
    two = programs.add_parser("kafka", help="format the folder of the events")
    two.add_argument("--java", required=True, type=Path, metavar="FILE")
    two.add_argument("--jars", required=True, type=Path, metavar="DIR")
    two.add_argument("--configuration", required=True, type=Path, metavar="FILE")
    three = programs.add_parser("rabbitmq", help="start Erlang's port mapper on loopback")
    three.add_argument("--epmd", required=True, type=Path, metavar="FILE")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything is ready for the start, 1 with the reason otherwise."""
    flags = parse(sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)
    try:
        if flags.program == "postgres":
            postgres.prepare(
                postgres.Programs(initdb=flags.initdb, server=flags.server, psql=flags.psql, names=flags.names),
                postgres.settings_from(os.environ, first_start=flags.first_start),
            )
        elif flags.program == "rabbitmq":
            rabbitmq.prepare(flags.epmd, os.environ)
        else:
            kafka.prepare(flags.java, flags.jars, flags.configuration, os.environ)
    except CannotPrepare as failure:
        for line in failure.evidence:
            say("error", line)
        say("error", str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
