"""LogQL as pure code: text → expression → entries, vectors, matrices.

It reads through `source.LogSource` and does no I/O itself.
"""
