"""The log shipper: reads files and the journal, pushes to a Loki API, at least once.

A line's way through the rooms: ``discover`` and ``follow`` find files, ``tail`` reads one of them, ``lines`` cuts bytes into
lines and events, ``stamp`` gives each its time, ``batch`` collects them, ``send`` delivers (over ``push``, or into ``buffer``
while the store is away), ``positions`` records how far that went. ``journal`` does the same for journald; ``run`` is the loop.
"""
