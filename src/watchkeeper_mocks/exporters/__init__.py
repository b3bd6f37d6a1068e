"""One module per pretend exporter: a snapshot goes in, a page of metrics comes out. Pure; names as the real ones have them."""
