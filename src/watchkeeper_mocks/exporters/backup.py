"""Backups: when each last went well, how big it was. There is no real exporter to imitate; a text file collector would do."""

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.snapshot import Snapshot

BACKUPS = {"postgres": (2 * 3600.0, 2.4e9, 540.0), "files": (3 * 3600.0, 8.1e9, 1260.0)}
"""Name → time of day, size in bytes, duration in seconds."""
_DAY_S = 86400.0
_OVERDUE_DAYS = 2


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/backup/metrics`: one backup of each a day, unless they are overdue."""
    last: dict[str, float] = {}
    for name, (time_of_day_s, _, duration_s) in BACKUPS.items():
        done_s = time_of_day_s + duration_s
        days = (snapshot.at_s - done_s) // _DAY_S
        if snapshot.conditions.backup_overdue > 0:
            days -= _OVERDUE_DAYS
        last[name] = days * _DAY_S + done_s
    page.gauge("backup_last_success_timestamp_seconds", "When the backup last went well, in Unix seconds.")
    for name, at_s in last.items():
        page.add(at_s, backup=name)
    page.gauge("backup_last_size_bytes", "Size of the last backup.")
    for name, (_, size_bytes, _) in BACKUPS.items():
        page.add(round(size_bytes), backup=name)
    page.gauge("backup_last_duration_seconds", "How long the last backup took.")
    for name, (_, _, duration_s) in BACKUPS.items():
        page.add(duration_s, backup=name)
    page.gauge("backup_last_status", "Whether the last attempt went well.")
    for name in BACKUPS:
        page.add(int(snapshot.conditions.backup_overdue == 0), backup=name)
