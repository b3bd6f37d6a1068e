"""However a file's bytes arrive, the same lines come out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper_shipper.lines import LineCutter, Piece

LIMIT = 8
texts = st.lists(st.sampled_from([b"a", b"\n", b"\xc3\xa9", b"\xff", b"\0", b"bcdefghijk"]), max_size=40).map(b"".join)


def cut(chunks: list[bytes]) -> tuple[list[Piece], int]:
    cutter = LineCutter(0, LIMIT)
    pieces = [piece for chunk in chunks for piece in cutter.feed(chunk)]
    return pieces + cutter.release(), cutter.split_lines


@given(text=texts, sizes=st.lists(st.integers(1, 12), min_size=1, max_size=60))
def test_lines_do_not_depend_on_where_reads_ended(text: bytes, sizes: list[int]) -> None:
    chunks, at = [], 0
    for size in sizes:
        chunks.append(text[at : at + size])
        at += size
    assert cut([*chunks, text[at:]]) == cut([text])


@given(text=texts)
def test_nothing_is_lost_and_offsets_lead_back_into_the_file(text: bytes) -> None:
    pieces, _ = cut([text])
    rebuilt, at = b"", 0
    for piece, end in pieces:
        assert text[at : at + len(piece)] == piece
        assert text[at + len(piece) : end] in (b"", b"\n")
        rebuilt += text[at:end]
        at = end
    assert rebuilt == text or text[len(rebuilt) :] == b"\n"
    assert all(len(piece) <= LIMIT and b"\n" not in piece for piece, _ in pieces)
