"""Redis as redis_exporter 1.5x and later shows it."""

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.application import CACHES
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

MAX_MEMORY_BYTES = 256 * 1024**2
MAX_CLIENTS = 1000
_WARM_KEYS = 120_000
_BYTES_PER_KEY = 1_150
_FIXED_BYTES = 14 * 1024**2
_SECONDS_PER_COMMAND = {"get": 4e-6, "setex": 7e-6, "del": 5e-6, "ping": 1e-6}


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/redis/metrics`."""
    page.one_gauge("redis_up", "Whether the last scrape could reach the server.", 1)
    page.gauge("redis_instance_info", "The server as labels.")
    page.add(
        1,
        role="master",
        redis_version="7.4.1",
        redis_build_id="3f1c6b8e2a9d4c70",
        redis_mode="standalone",
        os="Linux 6.1.0 x86_64",
        maxmemory_policy="allkeys-lru",
        tcp_port="6379",
        run_id="c4a6f2b8d1e04f5a9b7c3d2e1f0a9b8c7d6e5f4a",
        process_id="1",
    )
    page.one_gauge("redis_uptime_in_seconds", "Seconds since the server started.", int(snapshot.age_s))
    page.one_gauge("redis_start_time_seconds", "When the server started, in Unix seconds.", snapshot.epoch_s)
    page.one_gauge("redis_exporter_last_scrape_error", "Whether the last scrape failed.", 0, err="")
    page.one_counter("redis_exporter_scrapes_total", "Scrapes so far.", snapshot.age_s / 30)
    _clients(page, snapshot)
    _memory(page, snapshot)
    _commands(page, snapshot)
    page.one_gauge("redis_rdb_last_bgsave_status", "Whether the last save to disk went well.", 1)
    page.one_gauge("redis_rdb_changes_since_last_save", "Changes not saved yet.", int(snapshot.age_s * 3 % 900))
    page.one_gauge(
        "redis_rdb_last_save_timestamp_seconds",
        "When data was last saved, in Unix seconds.",
        snapshot.at_s - snapshot.age_s % 300,
    )
    page.one_gauge("redis_connected_slaves", "Connected replicas.", 0)
    page.one_gauge("redis_slowlog_length", "Entries in the slow log.", 3)


def _clients(page: Page, snapshot: Snapshot) -> None:
    page.one_gauge("redis_connected_clients", "Connected clients.", round(8 + 14 * min(snapshot.busy, 6.0)))
    page.one_gauge("redis_blocked_clients", "Clients waiting in a blocking call.", 0)
    page.one_gauge("redis_config_maxclients", "Most clients at once.", MAX_CLIENTS)
    page.one_counter("redis_connections_received_total", "Connections accepted.", snapshot.total(Flow.ARRIVALS) * 0.01)
    page.one_counter("redis_rejected_connections_total", "Connections refused for too many clients.", 0)


def _memory(page: Page, snapshot: Snapshot) -> None:
    keys = round(
        snapshot.wobbled(_WARM_KEYS, share=0.02, phase_s=40.0) * (1.0 - 0.9 * min(1.0, snapshot.conditions.cache_cold))
    )
    used = _FIXED_BYTES + keys * _BYTES_PER_KEY
    page.one_gauge("redis_memory_used_bytes", "Memory the server uses.", used)
    page.one_gauge("redis_memory_used_rss_bytes", "Resident memory of the server.", round(used * 1.12))
    page.one_gauge("redis_memory_used_peak_bytes", "Most memory ever used.", 168 * 1024**2)
    page.one_gauge("redis_memory_max_bytes", "Memory limit; 0 when unset.", MAX_MEMORY_BYTES)
    page.one_gauge("redis_config_maxmemory", "Memory limit as configured.", MAX_MEMORY_BYTES)
    page.one_gauge("redis_mem_fragmentation_ratio", "Resident over used memory.", 1.12)
    page.one_gauge("redis_db_keys", "Keys per database.", keys, db="db0")
    page.one_gauge("redis_db_keys_expiring", "Keys with an expiry.", round(keys * 0.97), db="db0")
    page.one_gauge("redis_db_avg_ttl_seconds", "Mean time to live.", 1740.0, db="db0")


def _commands(page: Page, snapshot: Snapshot) -> None:
    look_ups = sum(CACHES.values())
    hits = look_ups * snapshot.total(Flow.CACHE_HITS)
    misses = look_ups * snapshot.total(Flow.CACHE_MISSES)
    page.one_counter("redis_keyspace_hits_total", "Look-ups that found a key.", hits)
    page.one_counter("redis_keyspace_misses_total", "Look-ups that found none.", misses)
    # A miss is answered by the database and stored afterwards; keys leave by expiry, and a few by eviction.
    page.one_counter("redis_expired_keys_total", "Keys that expired.", misses * 0.96)
    page.one_counter("redis_evicted_keys_total", "Keys evicted for lack of memory.", 0)
    calls = {"get": hits + misses, "setex": misses, "del": misses * 0.01, "ping": snapshot.age_s / 5}
    page.counter("redis_commands_total", "Calls per command.")
    for command, count in calls.items():
        page.add_count(count, cmd=command)
    page.counter("redis_commands_duration_seconds_total", "Seconds spent per command.")
    for command, count in calls.items():
        page.add(round(count * _SECONDS_PER_COMMAND[command], 6), cmd=command)
    processed = sum(calls.values())
    page.one_counter("redis_commands_processed_total", "Commands processed.", processed)
    page.one_counter("redis_net_input_bytes_total", "Bytes received.", processed * 62 + misses * 900)
    page.one_counter("redis_net_output_bytes_total", "Bytes sent.", hits * 910 + processed * 12)
    page.counter("redis_cpu_user_seconds_total", "User processor time.")
    page.add(round(processed * 9e-6, 6))
    page.counter("redis_cpu_sys_seconds_total", "System processor time.")
    page.add(round(processed * 7e-6, 6))
