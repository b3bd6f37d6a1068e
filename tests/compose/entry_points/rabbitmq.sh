#!/bin/sh
# Does what the entry point of the official RabbitMQ image does as an ordinary user: it refuses variables that images of today
# no longer take, and chooses long names of nodes where the machine has a long name. Left out: stepping down from root.
set -eu

for name in RABBITMQ_DEFAULT_PASS_FILE RABBITMQ_DEFAULT_USER_FILE RABBITMQ_VM_MEMORY_HIGH_WATERMARK \
    RABBITMQ_SSL_CACERTFILE RABBITMQ_SSL_CERTFILE RABBITMQ_SSL_KEYFILE RABBITMQ_SSL_VERIFY \
    RABBITMQ_SSL_DEPTH RABBITMQ_SSL_FAIL_IF_NO_PEER_CERT \
    RABBITMQ_MANAGEMENT_SSL_CACERTFILE RABBITMQ_MANAGEMENT_SSL_CERTFILE RABBITMQ_MANAGEMENT_SSL_KEYFILE; do
    if eval "[ -n \"\${$name:-}\" ]"; then
        echo "error: $name is deprecated; use a configuration file" >&2
        exit 1
    fi
done

if [ -z "${RABBITMQ_USE_LONGNAME:-}" ] && [ "$(hostname)" != "$(hostname -s)" ]; then
    # not exported, as in the real one: it counts only where the variable came from outside
    RABBITMQ_USE_LONGNAME=true
fi

exec "$@"
