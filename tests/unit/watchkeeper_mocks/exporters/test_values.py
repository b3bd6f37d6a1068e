"""Numbers worked out by hand for ten arrivals a second, and numbers of different exporters that must agree."""

import pytest
from tests.unit.watchkeeper_mocks.stage import BUSY, a_world, page, series, total, value

from watchkeeper_mocks.load.profile import MONDAY_S

DAY_S = 86400.0


def test_requests_are_counted_by_route_and_status() -> None:
    world, _ = a_world(after_s=1010.0)  # 10,100 arrivals
    text = page(world, "application")
    product_list = {"method": "GET", "route": "/api/products"}
    # 27 % of arrivals; 0.04 % of them fail, 0.2 % of the others are the client's fault: 2727 · 0.9996 · 0.998 = 2720.46
    assert value(text, "http_request_duration_seconds_count", **product_list, status_code="200") == 2720
    assert value(text, "http_request_duration_seconds_count", **product_list, status_code="400") == 5  # 5.452
    assert value(text, "http_request_duration_seconds_count", **product_list, status_code="500") == 1  # 1.09
    assert value(text, "http_request_duration_seconds_count", **product_list, status_code="503") == 0
    assert value(text, "http_requests_total", **product_list, status_code="200", organisation="acme") == 2720


def test_look_ups_hit_or_miss() -> None:
    world, _ = a_world(after_s=1010.0)
    text = page(world, "application")
    # 0.43 look-ups of the product cache per arrival, 93 % of them hit.
    assert value(text, "cache_hits_total", cache_name="products") == 4038  # 4038.99
    assert value(text, "cache_misses_total", cache_name="products") == 304  # 304.01


def test_sign_ins_succeed_or_fail() -> None:
    world, _ = a_world(after_s=1010.0)
    text = page(world, "application")
    # 6 % of arrivals, of which 99.96 % are answered: 605.76; 6 % of those give a wrong password.
    assert value(text, "auth_login_attempts_total", organisation="acme", result="success") == 569  # 569.41
    assert value(text, "auth_login_attempts_total", organisation="acme", result="failure") == 36  # 36.35


def test_a_model_costs_its_tokens_times_their_price() -> None:
    world, _ = a_world(after_s=1010.0)
    text = page(world, "ai")
    labels = {"provider": "northwind", "model": "northwind-large", "organisation": "acme"}
    # 2 % of 10,100 arrivals ask, 68 % of those are not cached, 14 % of these go here: 19.2304 calls of 1400 tokens at
    # 5 $ and 380 tokens at 20 $ per million.
    assert value(text, "ai_cost_dollars_total", **labels) == pytest.approx(19.2304 * (1400 * 5 + 380 * 20) / 1e6)
    assert value(text, "ai_tokens_total", **labels, direction="input") == 26922  # 26,922.56
    assert value(text, "ai_cache_hits_total", organisation="acme") == 64  # 64.64


def test_a_day_of_backups_is_a_day() -> None:
    world, clock = a_world(after_s=3 * DAY_S + 3 * 3600.0)  # Thursday 03:00; the backup of 02:00 took nine minutes
    thursday_s = MONDAY_S + 3 * DAY_S
    assert value(page(world, "backup"), "backup_last_success_timestamp_seconds", backup="postgres") == thursday_s + 7740.0
    assert value(page(world, "backup"), "backup_last_success_timestamp_seconds", backup="files") == thursday_s - DAY_S + 12060.0
    world.start_incident("backup_overdue", duration_s=600.0, intensity=1.0)
    clock.now_s += 60.0
    late = value(page(world, "backup"), "backup_last_success_timestamp_seconds", backup="postgres")
    assert clock.now_s - late > 86400.0 * 1.9


def test_a_healthy_group_lags_by_what_it_handles_and_a_stuck_one_by_all_it_left() -> None:
    world, clock = a_world(after_s=36000.0)
    labels = {"consumergroup": "audit-archiver", "topic": "audit"}
    # 0.3 messages per arrival, 10 arrivals · 0.9996 a second, 0.8 s each: 2.4 messages over three partitions.
    assert value(page(world, "kafka"), "kafka_consumergroup_lag_sum", **labels) == 3
    world.start_incident("queue_backlog", duration_s=1200.0, intensity=1.0)
    clock.now_s += 1000.0
    # Full strength from 60 s on, half of it in the minute before: 0.3 · 0.85 · 9.996 · (940 + 30), less a little drained.
    assert value(page(world, "kafka"), "kafka_consumergroup_lag_sum", **labels) == pytest.approx(2450, rel=0.03)


def test_a_database_that_is_down_says_so_and_little_else() -> None:
    world, clock = a_world(after_s=1000.0)
    assert value(page(world, "postgres"), "pg_up") == 1
    world.start_incident("database_down", duration_s=600.0, intensity=1.0)
    clock.now_s += 300.0
    text = page(world, "postgres")
    assert value(text, "pg_up") == 0
    assert {name for name, _ in series(text)} == {
        "pg_up",
        "pg_exporter_last_scrape_duration_seconds",
        "pg_exporter_last_scrape_error",
        "pg_exporter_scrapes_total",
    }


def test_a_full_disk_raises_the_alarm_of_rabbitmq() -> None:
    world, clock = a_world(after_s=1000.0)
    assert value(page(world, "rabbitmq"), "rabbitmq_alarms_free_disk_space_watermark") == 0
    world.start_incident("disk_filling", duration_s=1000.0, intensity=1.0)
    clock.now_s += 500.0
    assert value(page(world, "rabbitmq"), "rabbitmq_alarms_free_disk_space_watermark") == 1
    root = {"device": "/dev/sda1", "fstype": "ext4", "mountpoint": "/"}
    text = page(world, "node")
    assert value(text, "node_filesystem_avail_bytes", **root) / value(text, "node_filesystem_size_bytes", **root) == (
        pytest.approx(0.02)
    )


def test_connections_run_out_when_transactions_stay_open() -> None:
    world, clock = a_world(BUSY, after_s=1000.0)
    before = total(page(world, "postgres"), "pg_stat_activity_count")
    world.start_incident("connection_exhaustion", duration_s=600.0, intensity=1.0)
    clock.now_s += 300.0
    text = page(world, "postgres")
    maximum = value(text, "pg_settings_max_connections", server="postgres:5432")
    assert before < 0.5 * maximum
    assert 0.95 * maximum < total(text, "pg_stat_activity_count") < maximum
    assert total(text, "pg_stat_activity_count") == total(text, "pg_stat_database_numbackends")


def test_idle_and_busy_time_of_a_processor_add_up_to_all_time() -> None:
    world, clock = a_world(BUSY, after_s=5 * DAY_S)
    world.start_incident("cpu_saturation", duration_s=600.0, intensity=1.0)
    clock.now_s += 300.0
    modes = total(page(world, "node"), "node_cpu_seconds_total", cpu="0")
    assert modes == pytest.approx(5 * DAY_S + 300.0, abs=0.1)


def test_a_certificate_is_renewed_in_time_unless_forgotten() -> None:
    world, clock = a_world(after_s=59 * DAY_S)
    labels = {"cn": "shop.example", "sans": "shop.example,www.shop.example", "serial": "4a1f09c3b2d85e67"}

    def left_days() -> float:
        return (value(page(world, "traefik"), "traefik_tls_certs_not_after", **labels) - clock.now_s) / DAY_S

    assert left_days() == pytest.approx(31.0)
    clock.now_s += 2 * DAY_S
    assert left_days() == pytest.approx(89.0)
    world.start_incident("certificate_expiring", duration_s=600.0, intensity=1.0)
    clock.now_s += 60.0
    assert 4.0 <= left_days() <= 5.0


def test_exporters_agree_on_what_they_both_count() -> None:
    world, clock = a_world(BUSY, after_s=12 * DAY_S)
    for name in ("traffic_surge", "error_burst", "cache_cold"):
        world.start_incident(name, duration_s=600.0, intensity=1.0)
    clock.now_s += 300.0
    application, redis, traefik, traces, postgres, kafka, rabbitmq = (
        page(world, exporter) for exporter in ("application", "redis", "traefik", "traces", "postgres", "kafka", "rabbitmq")
    )
    requests = total(application, "http_request_duration_seconds_count")
    # Each sample is rounded down on its own, hence the slack of one per sample.
    assert total(application, "http_requests_total") == pytest.approx(requests, abs=250)
    assert total(traefik, "traefik_entrypoint_requests_total") == pytest.approx(requests, abs=60)
    assert total(traefik, "traefik_service_requests_total") == pytest.approx(requests, abs=60)
    assert total(traces, "traces_spanmetrics_calls_total") == pytest.approx(requests, abs=60)
    assert total(application, "cache_hits_total") == pytest.approx(value(redis, "redis_keyspace_hits_total"), abs=5)
    assert total(application, "cache_misses_total") == pytest.approx(value(redis, "redis_keyspace_misses_total"), abs=5)
    queries = total(application, "db_query_duration_seconds_count")
    assert total(postgres, "pg_stat_statements_calls_total") == pytest.approx(queries, abs=20)
    published = value(rabbitmq, "rabbitmq_global_messages_received_total", protocol="amqp091")
    assert total(kafka, "kafka_topic_partition_current_offset") == pytest.approx(published, abs=20)


def test_queues_of_rabbitmq_add_up_to_the_aggregated_page() -> None:
    world, clock = a_world(BUSY, after_s=DAY_S)
    world.start_incident("queue_backlog", duration_s=600.0, intensity=1.0)
    clock.now_s += 300.0
    per_queue = world.page("rabbitmq", "metrics/per-object") or ""
    aggregated = page(world, "rabbitmq")
    assert total(per_queue, "rabbitmq_queue_messages") == value(aggregated, "rabbitmq_queue_messages") > 0
