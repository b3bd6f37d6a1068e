#!/bin/sh
# postgres_exporter before 0.13, as this machine has it, behind the flags of the release whose name it stands for: what
# --collector.stat_statements collects there comes from the file of queries that the platform renders for older releases.
queries=
for argument in "$@"; do
    shift
    case $argument in
    --collector.stat_statements) queries=--extend.query-path=/etc/watchkeeper/queries.yaml ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec /opt/postgres_exporter ${queries:+"$queries"} "$@"
