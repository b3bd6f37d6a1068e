"""A copy of the data folder as of one moment, made while the store runs. To restore it is to start a store on the copy."""

ADDRESS_FILE = "ADDRESS"
"""In the data folder while a store runs there: where it listens."""
