"""``python -m watchkeeper_store --listen-address HOST:PORT --data-dir DIR``, or ``… backup --data-dir DIR --to FOLDER``."""

from __future__ import annotations

import sys

from watchkeeper_store.journal import log
from watchkeeper_store.memory import hold_little
from watchkeeper_store.settings import SettingsMistaken, settings_of


def main() -> int:
    """Exit code: 0 after SIGTERM or SIGINT, 1 for anything that prevents serving."""
    if sys.argv[1:2] == ["backup"]:
        from watchkeeper_store.backup.command import backup_command

        return backup_command(sys.argv[2:])
    try:
        settings = settings_of(sys.argv[1:])
    except SettingsMistaken as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    hold_little()
    import uvloop

    from watchkeeper_store.deletes.requests import DeletesUnreadable
    from watchkeeper_store.process import serve
    from watchkeeper_store.storage.folder_lock import FolderInUse
    from watchkeeper_store.storage.manifest import ManifestUnreadable

    try:
        uvloop.run(serve(settings))
    except (FolderInUse, ManifestUnreadable, DeletesUnreadable, OSError) as failure:
        log("error", str(failure))
        text = str(failure)
        sys.stderr.write(f"{text if text.startswith('cannot') else f'cannot use {settings.data_dir}: {text}'}\n")
        return 1
    except (KeyboardInterrupt, SystemExit) as end:
        return 1 if isinstance(end, SystemExit) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
