"""What lines have in common: texts with `<_>` where they differ, and how many lines of each there are over time."""
