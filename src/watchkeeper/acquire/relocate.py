"""Makes a program find its own files in an unpacked tree, although an absolute folder is compiled into it.

Distributions build programs that read ``/usr/share/NAME/…``. Unpacked without root, the files are elsewhere, and a statically
linked program can neither be told (there is no option) nor tricked (it calls the kernel directly). So the folder's name is
replaced in a copy of the binary by a relative one of the same length, and the program is started in the tree. It is what
package managers without a fixed prefix do to every binary they install.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def relocate(binary: Path, folders: Iterable[str]) -> bool:
    """Make every occurrence of the absolute ``folders`` in ``binary`` relative; tells whether there was one.

    ``/usr/share/x`` becomes ``usr/share/x/``: the same length, and a doubled slash in what follows does no harm.
    """
    content = binary.read_bytes()
    changed = content
    for folder in folders:
        name = folder.rstrip("/").encode()
        changed = changed.replace(name, name.lstrip(b"/") + b"/")
    if changed == content:
        return False
    # A new file, not the old one rewritten: the old one may have another name (a hard link) elsewhere.
    new = binary.with_name(f"{binary.name}.new")
    new.write_bytes(changed)
    new.chmod(binary.stat().st_mode)
    new.replace(binary)
    return True
