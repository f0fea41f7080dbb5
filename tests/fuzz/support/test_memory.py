from jaildiff.support.memory import peak_memory

SIZE = 64 << 20


def test_the_peak_is_in_bytes_and_stays() -> None:
    """What is taken for a moment shows, about as large as it is, and is not forgotten."""
    before = peak_memory()
    some = bytearray(before + SIZE)  # More than there ever was, so that the peak must rise.
    some[:: 1 << 12] = bytes(len(some[:: 1 << 12])).replace(b"\0", b"x")
    del some
    after = peak_memory()
    assert SIZE < after - before < 2 * before + 2 * SIZE
    assert peak_memory() >= after
