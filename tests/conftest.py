"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says nothing on a machine that runs other tests as well; what has to be fast is in benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
