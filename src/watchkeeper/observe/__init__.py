"""Read-only clients of a running platform, and the only place that waits. Nothing here changes anything."""
