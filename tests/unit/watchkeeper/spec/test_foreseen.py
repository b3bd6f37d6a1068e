from __future__ import annotations

from watchkeeper.spec import load
from watchkeeper.spec.foreseen import port_in_use, unreadable_secret

DOCUMENT = load(
    "ports:\n  base: 24000\n  store: 3100\n  console.http: 8080\nsign_in:\n  password_file: secrets/admin\n", "w.yaml"
)


def test_a_chosen_port_in_use_is_placed_at_the_choice() -> None:
    assert str(port_in_use(DOCUMENT, 8080, "console.http", holder="nginx, process 812")) == (
        "w.yaml:4:17: cannot use port 8080 for console.http: nginx, process 812 listens there; stop it, or write another port"
    )


def test_a_port_chosen_for_a_workload_is_found_by_the_workload_alone() -> None:
    mistake = port_in_use(DOCUMENT, 3100, "store.http")
    assert (mistake.line, mistake.kind) == (3, "port-in-use")
    assert mistake.message == "cannot use port 3100 for store.http: another program listens there"


def test_a_port_that_was_chosen_for_the_user_is_placed_at_the_base_with_the_way_out() -> None:
    mistake = port_in_use(DOCUMENT, 24001, "prometheus.http")
    assert mistake.line == 2
    assert (
        mistake.hint
        == "stop it, or choose another port with ports: {prometheus.http: PORT}, or for all with ports: {base: PORT}"
    )


def test_a_secret_that_cannot_be_read_is_placed_where_it_is_named() -> None:
    assert str(unreadable_secret(DOCUMENT, ("sign_in", "password_file"), "secrets/admin", "it is empty")) == (
        "w.yaml:6:18: cannot read a secret from secrets/admin: it is empty; "
        "it must hold the secret and nothing else, and be readable by you"
    )
