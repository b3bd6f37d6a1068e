"""Judging attempts: equal work for everybody, one hash at a time, and the password file."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.watchkeeper_console.console_stage import Clock

from watchkeeper_console.identity.accounts import Accounts, AdministratorFile, PasswordFileUnusable
from watchkeeper_console.identity.database import instance_secret, open_database
from watchkeeper_console.identity.passwords import Passwords
from watchkeeper_console.identity.sign_in import Accepted, Attempt, Rejected, SignIn, TooSoon


class Identity:
    def __init__(self, folder: Path) -> None:
        self.clock = Clock(0.0)
        self.database = open_database(folder)
        self.passwords = Passwords()
        self.accounts = Accounts(self.database, self.passwords, self.clock)
        self.sign_in = SignIn(self.accounts, self.passwords, instance_secret(self.database), self.clock)
        self.file = folder / "admin-password"

    def write(self, content: str | bytes) -> None:
        self.file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.file.chmod(0o600)

    def administrator(self, name: str = "admin") -> AdministratorFile:
        return AdministratorFile(self.accounts, name, self.file)

    async def judge(self, user: str, password: str, address: str = "10.0.0.1") -> object:
        return await self.sign_in.judge(Attempt(account=user, password=password, address=address))


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[Identity]:
    made = Identity(tmp_path)
    yield made
    made.passwords.close()
    made.database.close()


def test_passwords_are_hashed_with_argon2id_in_the_agreed_profile(identity: Identity) -> None:
    kept = identity.passwords.hash("secret")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "secret" not in kept
    assert identity.passwords.hash("secret") != kept
    assert identity.passwords.matches(kept, "secret")
    assert not identity.passwords.matches(kept, "secreT")
    assert not identity.passwords.matches("nonsense", "secret")


async def test_a_line_break_at_the_files_end_is_not_part_of_the_password(identity: Identity) -> None:
    for content in ("päss wörd", "päss wörd\n", "päss wörd\r\n"):
        identity.write(content)
        identity.administrator().apply()
        assert isinstance(await identity.judge("admin", "päss wörd"), Accepted)
    assert identity.administrator().apply() == "unchanged"


async def test_the_file_is_followed_while_the_console_runs(identity: Identity) -> None:
    identity.write("the first password")
    administrator = identity.administrator()
    assert administrator.apply() == "created"
    assert administrator.apply_if_changed() == "unchanged"
    identity.write("the second password")
    assert administrator.apply_if_changed() == "changed"
    assert isinstance(await identity.judge("admin", "the first password"), Rejected)
    assert isinstance(await identity.judge("admin", "the second password"), Accepted)


async def test_a_renamed_administrator_leaves_no_account_behind(identity: Identity) -> None:
    identity.write("the password")
    identity.administrator("old").apply()
    assert identity.administrator("new").apply() == "created"
    assert identity.accounts.password_hash("old") is None
    assert isinstance(await identity.judge("old", "the password"), Rejected)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "it is empty"),
        ("\n", "it is empty"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        ("a" * 2000, "it is longer than 1024 bytes"),
    ],
)
def test_a_password_file_that_cannot_be_used_is_told(identity: Identity, content: str | bytes, reason: str) -> None:
    identity.write(content)
    with pytest.raises(PasswordFileUnusable, match=f"cannot take the administrator's password from .*: {reason}"):
        identity.administrator().apply()


def test_a_password_file_that_is_not_there_is_told(identity: Identity) -> None:
    with pytest.raises(PasswordFileUnusable, match="No such file or directory"):
        identity.administrator().apply()


async def test_an_unknown_user_costs_as_much_work_as_a_known_one(identity: Identity) -> None:
    identity.write("the password of the administrator")
    identity.administrator().apply()

    async def cost_s(user: str) -> float:
        costs = []
        for number in range(7):
            before = time.process_time()
            assert isinstance(await identity.judge(user, "wrong", f"10.0.{number}.{len(user) % 250}"), Rejected)
            costs.append(time.process_time() - before)
        return statistics.median(costs)

    known, unknown, endless = await cost_s("admin"), await cost_s("nobody"), await cost_s("x" * 500)
    assert unknown > known / 2
    assert endless > known / 2


async def test_parallel_guesses_are_judged_one_after_the_other(identity: Identity) -> None:
    identity.write("the password of the administrator")
    identity.administrator().apply()
    judgements = await asyncio.gather(*(identity.judge("admin", f"guess {number}") for number in range(40)))
    assert sum(isinstance(judgement, Rejected) for judgement in judgements) == 5
    assert sum(isinstance(judgement, TooSoon) for judgement in judgements) == 35


async def test_remembered_credentials_end_with_the_password(identity: Identity) -> None:
    identity.write("the first password")
    administrator = identity.administrator()
    administrator.apply()
    attempt = Attempt(account="admin", password="the first password", address="10.0.0.1")
    assert isinstance(await identity.sign_in.judge_again(attempt), Accepted)
    before = time.process_time()
    assert isinstance(await identity.sign_in.judge_again(attempt), Accepted)
    assert time.process_time() - before < 0.01
    identity.write("the second password")
    administrator.apply_if_changed()
    assert isinstance(await identity.sign_in.judge_again(attempt), Rejected)


def test_a_password_file_that_others_can_read_is_warned_about(identity: Identity, caplog: pytest.LogCaptureFixture) -> None:
    identity.write("a password of more than twenty characters")
    identity.file.chmod(0o644)
    identity.administrator().apply()
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "the password file is readable by others"
    ]
    assert "twenty characters" not in caplog.text
