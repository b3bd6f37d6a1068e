"""Waiting."""

from watchkeeper.observe.wait import until


async def test_the_first_good_answer_ends_the_wait() -> None:
    answers = iter([1, 2, 3, 4])

    async def ask() -> int:
        return next(answers)

    waited = await until(ask, lambda answer: answer == 3, within_s=5, every_s=0.001)
    assert (waited.value, waited.satisfied, waited.tries) == (3, True, 3)


async def test_the_last_answer_is_told_when_time_is_up() -> None:
    async def ask() -> str:
        return "no"

    waited = await until(ask, lambda answer: answer == "yes", within_s=0.02, every_s=0.005)
    assert (waited.value, waited.satisfied) == ("no", False)
    assert waited.tries >= 2


async def test_it_asks_once_even_without_time() -> None:
    async def ask() -> bool:
        return True

    assert (await until(ask, bool, within_s=0)).satisfied
