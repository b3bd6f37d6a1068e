"""Rows on disk and in memory: write-ahead log, hot rows, Parquet segments, retention. Knows nothing of LogQL's evaluation."""
