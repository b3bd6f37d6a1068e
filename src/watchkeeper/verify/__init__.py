"""Claims about a running platform, each with its evidence and with a way to break what it is about."""
