"""Pretend exporters and logs: seeded, correlated, with incidents on demand. A process of its own, spoken to over HTTP.

Everything it shows follows from one hidden load curve: requests drive queries, cache look-ups, messages, costs and log lines.
It imports nothing of the control plane nor of the other engines.
"""
