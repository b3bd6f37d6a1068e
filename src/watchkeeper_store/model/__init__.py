"""Words the store's rooms share: limits, durations and sizes, columns of rows. No I/O here."""
