#!/bin/sh
# Kafka's own script of this name as far as the platform calls it: the variables that it reads, and the class that it runs.
# shellcheck disable=SC2086 - the variables hold several words each
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} ${KAFKA_JVM_PERFORMANCE_OPTS:--server} ${KAFKA_LOG4J_OPTS:-} -cp '/opt/kafka/libs/*' \
    kafka.tools.StorageTool "$@"
