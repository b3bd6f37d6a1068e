"""The log shipper: reads files and the journal, pushes to a Loki API, at least once.

A line's way through the rooms: `scan` finds files (`discover` by name, `rotation` by what became of them) and puts them on
the `roster`; `follow` decides when each `tail` is read; `lines` cuts bytes into lines and events, `stamp` gives each its time;
`intake` collects them in a `batch`; `send` delivers it over `push`, or into `buffer` while the store is away; `positions`
records how far that went. `journal` does the same for journald. `run` is the loop, `command` the command line.
"""
