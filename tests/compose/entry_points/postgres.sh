#!/bin/sh
# Does what the entry point of the official PostgreSQL image does as an ordinary user, in its order, with its variables:
# PGDATA, POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_INITDB_ARGS,
# POSTGRES_HOST_AUTH_METHOD, and the files of /docker-entrypoint-initdb.d, once, when PGDATA holds no cluster yet.
# Left out: stepping down from root, POSTGRES_INITDB_WALDIR, files that are not .sql or .sh.
set -e

if [ "$1" != postgres ]; then
    exec "$@"
fi

if [ -n "$POSTGRES_PASSWORD" ] && [ -n "$POSTGRES_PASSWORD_FILE" ]; then
    echo "error: POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE exclude each other" >&2
    exit 1
fi
if [ -n "$POSTGRES_PASSWORD_FILE" ]; then
    POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
    unset POSTGRES_PASSWORD_FILE
fi
: "${POSTGRES_USER:=postgres}"
: "${POSTGRES_DB:=$POSTGRES_USER}"
export POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB

mkdir -p "$PGDATA"
chmod 700 "$PGDATA" || :
mkdir -p /var/run/postgresql || :
chmod 775 /var/run/postgresql || :

# a value may hold blanks, and pg_ctl takes all of them as one word
quoted() {
    for word in "$@"; do
        printf "'%s' " "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"
    done
}

run_sql() {
    psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc "$@"
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        echo "error: a cluster cannot be made without POSTGRES_PASSWORD" >&2
        exit 1
    fi
    ls /docker-entrypoint-initdb.d/ >/dev/null

    # the real one gives the password through a pipe, which this shell has no word for
    password=$(umask 077 && mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
    eval "initdb --username=\"\$POSTGRES_USER\" --pwfile=\"\$password\" $POSTGRES_INITDB_ARGS"
    rm -f "$password"

    shift
    : "${POSTGRES_HOST_AUTH_METHOD:=$(postgres -C password_encryption "$@")}"
    printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"

    # a server that nobody outside can reach, with the settings of the one that will run
    export PGPASSWORD="$POSTGRES_PASSWORD"
    PGUSER="$POSTGRES_USER" pg_ctl -D "$PGDATA" -o "$(quoted "$@" -c listen_addresses= -p 5432)" -w start
    if [ -z "$(run_sql --dbname postgres --tuples-only -c "SELECT 1 FROM pg_database WHERE datname = '$POSTGRES_DB'")" ]; then
        run_sql --dbname postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
    fi
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
        *.sh) . "$file" ;;
        *.sql) run_sql --dbname "$POSTGRES_DB" -f "$file" ;;
        *) echo "ignoring $file" ;;
        esac
    done
    PGUSER="$POSTGRES_USER" pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    set -- postgres "$@"
fi

exec "$@"
