"""The search for long words in many lines at once finds what a pattern finds in each line."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from watchkeeper_store.model.rows import join_texts, texts_of
from watchkeeper_store.storage.word_search import hash_of, long_words

WORD = re.compile(rb"[0-9A-Za-z]{16,}")
LINES = st.lists(
    st.text(alphabet="azAZ09", max_size=40)
    | st.lists(st.from_regex(r"[a-z0-9A-Z]{0,24}[ =\-ä_]", fullmatch=True), max_size=8).map("".join)
    | st.sampled_from(["x" * 200, "0" * 15, "0" * 16, "@" * 20, "`" * 20, "[{/:" * 5]),
    max_size=8,
)


@settings(max_examples=300)
@given(LINES, LINES)
def test_all_long_words_are_found_and_no_others(some: list[str], others: list[str]) -> None:
    expected = {word for line in [*some, *others] for word in WORD.findall(line.encode())}
    found = long_words(join_texts([texts_of([line.encode() for line in lines]) for lines in (some, others)]))
    assert found is not None
    hashes, longest = found
    assert hashes.tolist() == sorted({hash_of(word) for word in expected})
    assert longest == max(map(len, expected), default=0)
