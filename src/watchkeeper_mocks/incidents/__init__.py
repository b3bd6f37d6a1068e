"""What can go wrong on demand: the known incidents, the ones under way, and their memory on disk."""
