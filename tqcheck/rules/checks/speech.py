"""What stands around speech: the words that name its speaker, and the blanks beside a mark."""

from __future__ import annotations

from tqcheck.rules.checks.hit import lazy
from tqcheck.text.quotes import attribution

REACH = 60
"""How far around a mark its neighbours are looked for (code points)."""
_VERB = (
    "said|says|told|tells|added|adds|stated|states|explained|explains|noted|notes|stressed|stresses|insisted|insists|declared"
    "|declares|argued|argues|warned|warns|wrote|writes|reported|reports|believes|thinks|complained|complains|criticized"
    "|criticised|denounced|confirmed|confirms|admitted|admits|recalled|recalls|concluded|concludes|replied|replies|exclaimed"
    "|lamented|laments|protested|emphasi[sz]ed|underlined|highlighted|commented|comments|continued|continues|recounted"
    "|recounts|shouted|asked|asks|announced|promised|promises|sighs|laughs|jokes|joked"
)
_SPEAKER = lazy(
    rf"(?:(?:{_VERB})\s(?:(?:he|she|they|it|we|I)|(?:the|a|an|one|another|his|her|their|our)\s\w+"
    rf"|(?:[a-z][\w’'\-]*\s){{0,4}}[A-ZÀ-ÖØ-Þ]\w+)"
    rf"|(?:he|she|they|we|I)\s(?:(?:also|then|later)\s)?(?:{_VERB})"
    rf"|(?:[a-z][\w’'\-]*\s){{1,3}}(?:[A-ZÀ-ÖØ-Þ]\w+\s){{1,3}}(?:said|says|told|added|explained|noted|stressed|reported|stated|warned)"
    rf"|(?:[Tt]he|[Hh]is|[Hh]er|[Aa]n?)\s(?:[a-z][\w’'\-]*\s){{1,6}}(?:[A-ZÀ-ÖØ-Þ]\w+\s){{0,3}}(?:said|says|told|added|explained|noted"
    rf"|stressed|reported|stated|warned|insisted|concluded|recalled))(?!\w)"
)


def names_speaker(text: str, position: int) -> bool:
    """Whether the words at ``position`` name a speaker, in more verbs and more shapes than ``attribution`` has."""
    return bool(attribution().match(text, position, position + 80) or _SPEAKER().match(text, position, position + 80))


def char_before(text: str, position: int) -> tuple[str, int]:
    """The character before ``position`` that is no blank (``""`` where none is near), and the number of blanks."""
    at = position
    while at > 0 and position - at < REACH and text[at - 1].isspace():
        at -= 1
    return (text[at - 1] if at > 0 and not text[at - 1].isspace() else ""), position - at


def blanks_after(text: str, position: int) -> int:
    """The number of blanks from ``position`` on."""
    at = position
    while at < len(text) and at - position < REACH and text[at].isspace():
        at += 1
    return at - position
