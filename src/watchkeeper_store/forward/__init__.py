"""OTLP metrics on their way to Prometheus: read, translated as Prometheus' own OTLP receiver does it, and written there."""
