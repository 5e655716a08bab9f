from __future__ import annotations

from tqcheck.text.lines import LineIndex, utf16_column


def test_lines_and_columns() -> None:
    index = LineIndex("ab\r\ncd\re😀f\n")
    assert [index.position(offset) for offset in (0, 2, 4, 6, 7, 9, 11)] == [
        (1, 1),
        (1, 3),
        (2, 1),
        (2, 3),
        (3, 1),
        (3, 3),
        (4, 1),
    ]
    assert [index.line(number) for number in (1, 2, 3, 4)] == ["ab", "cd", "e😀f", ""]
    assert utf16_column("e😀f", 2) == 3
