"""What a column of a field says of a row, and how values stand in lines."""

from __future__ import annotations

FIELD_PREFIX = "logfmt."
OPEN = -1
"""Code of a row whose line has to be read to know."""
ABSENT = 0
"""Code of a row that has no such key, or has it without a value: to `| logfmt` these are the same."""

BARE, QUOTED, QUOTED_IN_NEED, UNSURE = 1, 2, 4, 8
"""How values stand in lines: some as ``key=value``, some as ``key="value"``, some of the latter with a blank or a sign in the
value, which could not stand bare. Without `UNSURE`, each row that is not open has ``key=`` in its line once if it has a value,
and not at all if it has none, so that a search of the line for it can be answered by the column."""
