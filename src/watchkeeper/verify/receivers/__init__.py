"""Servers that speak the protocols of the services people are alerted through, and keep what arrives: for proofs only."""
