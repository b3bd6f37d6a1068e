"""Pipeline stages, one module each: how a stage is written, printed, compiled, and documented."""
