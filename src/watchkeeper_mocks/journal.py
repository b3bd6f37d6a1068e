"""The program's own log: logfmt lines on standard output. Not to be mixed up with the pretend logs in `logs`."""

import sys
from datetime import UTC, datetime

from watchkeeper_mocks.logfmt import logfmt


def note(level: str, message: str, /, **fields: object) -> None:
    """Write one line; `level` is info, warn or error."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    sys.stdout.write(logfmt({"ts": moment, "level": level, "msg": message, **fields}) + "\n")
    sys.stdout.flush()
