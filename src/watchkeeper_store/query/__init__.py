"""From a parsed LogQL query to its answer: what the storage can do itself is pushed down, the rest is evaluated per line."""
