#!/bin/sh
# Kafka's own script of this name as far as the platform calls it: the variables that it reads, the folder that it makes for
# its logs, and the class that it runs. The real one also opens a port for JMX where it is told to.
logs=${LOG_DIR:-/opt/kafka/logs}
mkdir -p "$logs"
# shellcheck disable=SC2086 - the variables hold several words each
exec java ${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G} ${KAFKA_JVM_PERFORMANCE_OPTS:--server} -Dkafka.logs.dir="$logs" \
    "-Xlog:gc*:file=$logs/kafkaServer-gc.log:time,tags:filecount=10,filesize=100M" \
    ${KAFKA_LOG4J_OPTS:-} -cp '/opt/kafka/libs/*' kafka.Kafka "$@"
