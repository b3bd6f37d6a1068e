#!/bin/sh
# Our own exporter, which takes the flags of the one whose name it stands for.
export PYTHONPATH=/opt/code PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
exec python -m watchkeeper_kafka "$@"
