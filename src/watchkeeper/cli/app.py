"""The application: its commands, and what every kind of failure looks like from outside.

Exit codes: 0 done; 1 the user's mistake; 2 the world failed; 3 a bug of ours; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated, Any

import typer
from rich.text import Text

from watchkeeper import __version__
from watchkeeper.cli import (
    check,
    doctor,
    down,
    init,
    lint,
    logs,
    mock,
    pin,
    plan,
    render,
    report,
    route,
    schema,
    status,
    up,
    verify,
)
from watchkeeper.cli.flags import ENVIRONMENT_VARIABLE, as_json, environments, without_environments
from watchkeeper.cli.screen import err, print_json
from watchkeeper.workload.failure import MistakesFound, WorldFailed

EXIT_USER, EXIT_WORLD, EXIT_BUG, EXIT_INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    name="watchkeeper",
    help="A complete monitoring platform from one description file, and the proof that it works.\n\n"
    "Start with [bold]watchkeeper up[/bold]; then [bold]watchkeeper verify[/bold].",
    epilog="Exit codes: 0 done, 1 your mistake, 2 the world failed, 3 our bug. Every command takes --json and --help.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"watchkeeper {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
    environment: Annotated[
        list[str] | None,
        typer.Option(
            "--environment",
            "-e",
            metavar="NAME",
            help="Read the description in this environment; may be repeated, and stand behind the command. "
            f"Default: {ENVIRONMENT_VARIABLE}.",
        ),
    ] = None,
) -> None:
    pass


app.command("init")(init.init)
app.command("plan")(plan.plan)
app.command("up")(up.up)
app.command("status")(status.status)
app.command("verify")(verify.verify)
app.command("logs")(logs.logs)
app.command("check")(check.check)
app.command("lint")(lint.lint_command)
app.command("render")(render.render)
app.command("down")(down.down)
app.command("pin")(pin.pin)
app.command("report")(report.report)
app.command("doctor")(doctor.doctor)
app.command("schema")(schema.schema)
app.add_typer(mock.app, name="mock")
app.add_typer(route.app, name="route")


def main() -> None:
    """The entry point of ``watchkeeper`` and ``wk``."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every failure has been shown."""
    as_json.set("--json" in arguments)
    arguments, names = without_environments(arguments, os.environ.get(ENVIRONMENT_VARIABLE, ""))
    environments.set(names)
    command = typer.main.get_command(app)
    try:
        result = command.main(args=arguments, prog_name="watchkeeper", standalone_mode=False)
    except MistakesFound as found:
        return _show_mistakes(found)
    except WorldFailed as failure:
        return _show_failure(failure)
    except typer.Exit as ending:
        return ending.exit_code
    except typer.TyperException as misuse:
        return _show_misuse(misuse)
    except (KeyboardInterrupt, typer.Abort):
        err.print("interrupted; nothing is half-done: run the command again to go on", style="yellow")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as in `watchkeeper logs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as bug:  # noqa: BLE001 - the outermost place: whatever arrives here is a bug, and must look like one
        return _show_bug(bug)
    return result if isinstance(result, int) else 0


def _show_mistakes(found: MistakesFound) -> int:
    if as_json.get():
        fields = ("file", "line", "column", "kind", "message", "hint")
        mistakes = [{name: getattr(mistake, name) for name in fields} for mistake in found.mistakes]
        print_json({"error": "mistakes", "mistakes": mistakes})
    for mistake in () if as_json.get() else found.mistakes:
        err.print(Text(str(mistake)))
    if not as_json.get() and len(found.mistakes) > 1:
        err.print(Text(f"{len(found.mistakes)} mistakes; nothing was changed", style="bold"))
    return EXIT_USER


def _show_failure(failure: WorldFailed) -> int:
    if as_json.get():
        print_json({"error": "failed", "message": failure.message, "hint": failure.hint, "evidence": list(failure.evidence)})
        return EXIT_WORLD
    err.print(Text(failure.message, style="bold red"))
    for line in failure.evidence:
        err.print(Text(f"    {line}"))
    if failure.hint:
        err.print(Text(f"hint: {failure.hint}"))
    return EXIT_WORLD


def _show_misuse(misuse: typer.TyperException) -> int:
    if as_json.get():
        print_json({"error": "usage", "message": misuse.format_message()})
        return EXIT_USER
    context = getattr(misuse, "ctx", None)
    if context is not None:
        err.print(Text(context.get_usage()))
        err.print(Text(f"Try '{context.command_path} --help'."))
    err.print(Text(f"cannot run this: {misuse.format_message()}"))
    return EXIT_USER


def _show_bug(bug: Exception) -> int:
    trace: list[str] = traceback.format_exception(bug)
    report: dict[str, Any] = {"error": "bug", "message": str(bug), "type": type(bug).__name__, "trace": trace}
    if as_json.get():
        print_json(report)
    else:
        err.print(Text("".join(trace)))
        err.print(Text("this is a bug in watchkeeper; please report it with the lines above", style="bold red"))
    return EXIT_BUG
