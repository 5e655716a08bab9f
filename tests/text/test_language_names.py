from __future__ import annotations

from tqcheck.text.language_names import language_name


def test_language_names() -> None:
    assert language_name("es") == "Spanish"
    assert language_name("zh-cn") == "Chinese"
    assert language_name("PT-br") == "Portuguese"
    assert language_name("xx") == "xx"
