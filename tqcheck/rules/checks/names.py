"""Names in the form of a third language: places, people and organisations that English knows under another name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from tqcheck.rules.checks.hit import Check, Hit, once_for_each, vocabulary
from tqcheck.text.document import Document
from tqcheck.text.spelling import fold

# English name: the forms that other languages give it, "+" for a blank.
_PLACES = {
    "Moscow": "Moskva Moskwa Moskau Moscou Moscú Mosca Moskou Moskova",
    "Warsaw": "Varsovia Varsovie Varsavia Warschau Warszawa Varşova Varsó Varšava Warszawie",
    "Kraków": "Krakau Cracovie",
    "The Hague": "La+Haye La+Haya L'Aia Den+Haag 's-Gravenhage Haia Hága",
    "Brussels": "Bruxelles Bruselas Brüssel Brussel Bruxelas Bryssel Bruksela",
    "Antwerp": "Antwerpen Anvers Amberes Anversa Antuérpia",
    "Ghent": "Gand Gante",
    "Bruges": "Brügge",
    "Amsterdam": "Ámsterdam",
    "Copenhagen": "Kopenhagen Copenhague Copenaghen København Kööpenhamina Köpenhamn Kodaň Kopenhaga",
    "Stockholm": "Estocolmo Stoccolma Tukholma Sztokholm",
    "Gothenburg": "Göteborg Gotemburgo Göteburg Goteborg",
    "Helsinki": "Helsingfors Helsínquia",
    "London": "Londres Londra Londen Londýn Londyn",
    "Edinburgh": "Edimburgo Édimbourg Edimbourg",
    "Paris": "Parigi París Parijs Paříž Paryż Pariisi",
    "Marseille": "Marsella Marsiglia",
    "Nice": "Nizza",
    "Strasbourg": "Straßburg Estrasburgo Strasburgo Strassburg Straatsburg",
    "Berlin": "Berlín Berlino Berlijn Berlim",
    "Munich": "München Múnich Monaco+di+Baviera Munique Mnichov Monachium",
    "Cologne": "Köln Keulen",
    "Nuremberg": "Nürnberg Núremberg Norimberga",
    "Hamburg": "Hamburgo Amburgo Hambourg",
    "Vienna": "Wien Viena Vídeň Wiedeń Wenen",
    "Geneva": "Genf Ginebra Ginevra Genebra Ženeva",
    "Zurich": "Zúrich Zurigo Curych",
    "Rome": "Řím Rzym",
    "Milan": "Mailand Milán",
    "Turin": "Turín",
    "Naples": "Neapel Nápoles",
    "Venice": "Venedig Venecia Venise Veneza Benátky",
    "Florence": "Florenz Florença",
    "Genoa": "Génova Gênova Gênes Genua",
    "Lisbon": "Lisboa Lisbonne Lisbona Lissabon",
    "Athens": "Atenas Athènes Atene Athen Atény Ateny",
    "Thessaloniki": "Salónica Tessalónica",
    "Prague": "Praga Praha Prag",
    "Bucharest": "Bucarest Bukarest București Bucareste",
    "Belgrade": "Belgrado Beograd Belgrad",
    "Zagreb": "Zagabria",
    "Ljubljana": "Lubiana Liubliana",
    "Kyiv": "Kijev Kiew Kyjev Kijów Kiova",
    "Kharkiv": "Járkov Jarkov Jalkov Járkiv Charkiw Charkow Charkov Jarkiv Carcóvia Harkov",
    "Kherson": "Jersón Cherson Chersón Kersón",
    "Lviv": "Lwiw Leópolis Leopoli Lvov Lwów Lemberg",
    "Zaporizhzhia": "Saporischschja Zaporiyia Zaporiyya Zaporijia Saporoschje Zaporijjia Zaporiya",
    "Mykolaiv": "Mykolajiw Mikolaiv Mikolayiv",
    "Donetsk": "Donezk",
    "Chernihiv": "Tschernihiw Chernígov Tschernigow",
    "Chernobyl": "Tschernobyl Tchernobyl",
    "Bucha": "Butscha Boutcha",
    "Mariupol": "Marioupol Mariúpol",
    "Saint Petersburg": "Sankt+Petersburg San+Petersburgo Saint-Pétersbourg San+Pietroburgo São+Petersburgo",
    "Grozny": "Grosny Grozni",
    "Chechnya": "Tschetschenien Chechenia Tchétchénie Cecenia Chechênia Tjetjenien",
    "Yerevan": "Jerewan Ereván Jerevan",
    "Baku": "Bakú Bakou",
    "Tbilisi": "Tiflis",
    "Kabul": "Kaboul Cabul",
    "Tehran": "Teherán Téhéran Teerã Teerão",
    "Baghdad": "Bagdad Bagdá Bagdade",
    "Damascus": "Damaskus Damasco Damas",
    "Jerusalem": "Jerusalén Gerusalemme Jérusalem Jerusalém Jeruzalem",
    "Riyadh": "Riad",
    "Khan Younis": "Jan+Yunis",
    "Khartoum": "Jartum Cartum",
    "Cairo": "Kairo Le+Caire Káhira",
    "Algiers": "Argel Alger Algier",
    "Addis Ababa": "Addis+Abeba Adís+Abeba",
    "Beijing": "Pekín Pékin Pechino Pequim Peking",
    "Tokyo": "Tokio Tóquio Tókio",
    "Seoul": "Seúl Séoul Seul",
    "Pyongyang": "Pjöngjang Piongyang",
    "New Delhi": "Nueva+Delhi Nova+Deli Neu-Delhi",
    "New York": "Nueva+York Nova+York Nova+Iorque",
    "Russia": "Rusia Russie Russland Rusland Rússia Rosja",
    "Ukraine": "Ucrania Ucraina Ucrânia Ukraina Oekraïne Ukrajina",
    "Belarus": "Bielorrusia Biélorussie Bielorussia Weißrussland",
    "Poland": "Polonia Pologne Polska Polônia Polónia",
    "Germany": "Alemania Allemagne Deutschland Alemanha Duitsland Tyskland Niemcy",
    "France": "Francia Frankreich Frankrijk Frankrike",
    "Spain": "España Espagne Spanien Spagna Spanje Hiszpania",
    "Italy": "Italien Italie",
    "England": "Inglaterra Angleterre Inghilterra",
    "the United Kingdom": "Reino+Unido Royaume-Uni Regno+Unito Großbritannien",
    "the United States": "Estados+Unidos États-Unis Etats-Unis Stati+Uniti",
    "Belgium": "Bélgica Belgien Belgique Belgio België",
    "the Netherlands": "Holanda Países+Bajos Niederlande Pays-Bas Paesi+Bassi Países+Baixos",
    "Switzerland": "Suiza Schweiz Svizzera Suíça Zwitserland",
    "Sweden": "Suecia Schweden Suède Svezia Sverige Suécia Zweden",
    "Norway": "Noruega Norwegen Norvège Norvegia Norge",
    "Denmark": "Dinamarca Dänemark Danemark Danimarca Danmark",
    "Hungary": "Hungría Ungarn Hongrie Ungheria Hungria",
    "Romania": "Rumanía Rumänien Roumanie Rumania",
    "Greece": "Grecia Griechenland Grèce Grécia",
    "Cyprus": "Chipre Zypern Chypre",
    "Turkey": "Turquía Türkei Turquie Turchia Turquia",
    "Syria": "Syrien Syrie Siria",
    "Iraq": "Irak Iraque",
    "Lebanon": "Líbano Libanon Liban Libano",
    "Jordan": "Jordania Jordanien Jordanie Giordania",
    "Egypt": "Egipto Ägypten Égypte Egitto Egito",
    "Algeria": "Argelia Algerien Algérie Argélia",
    "Morocco": "Marruecos Marokko Maroc Marocco Marrocos",
    "Chad": "Tchad Tschad",
    "Japan": "Japón Japon Giappone Japão",
    "North Korea": "Corea+del+Norte Nordkorea Corée+du+Nord Corea+del+Nord Coreia+do+Norte",
    "South Korea": "Corea+del+Sur Südkorea Corée+du+Sud Corea+del+Sud Coreia+do+Sul",
    "Transnistria": "Transnistrien Pridnestrovie",
    "Crimea": "Krym",
}
_PEOPLE = {
    "Khamenei": "Jamenei Chamenei",
    "Khomeini": "Jomeini Chomeini",
    "Zelensky": "Selenskyj Zelenskij Zelenskyi Selenski",
    "Putin": "Poutine",
    "Lavrov": "Lawrow",
    "Shoigu": "Schoigu Choïgou",
    "Navalny": "Nawalny",
    "Lukashenko": "Lukaschenko Loukachenko",
    "Yeltsin": "Jelzin Eltsine",
    "Gorbachev": "Gorbatschow Gorbatchev Gorbachov",
    "Khrushchev": "Chruschtschow Jrushchov Khrouchtchev",
    "Chekhov": "Tschechow Chéjov Tchekhov",
    "Netanyahu": "Netanjahu Netanyahou Nétanyahou",
    "Poroshenko": "Poroschenko Porochenko",
    "Klitschko": "Klichkó",
    "Medvedev": "Medwedew Medvédev",
    "Prigozhin": "Prigoschin Prigojine Prigozhín",
    "Kadyrov": "Kadyrow Kadírov",
    "Tymoshenko": "Timoschenko Timochenko",
    "Sadat": "Sadate",
}
_BODIES = {
    "NATO": "OTAN",
    "the UN": "ONU",
    "the EU": "UE",
    "the WHO": "OMS",
    "the IMF": "FMI",
    "the ECB": "BCE EZB",
    "the OECD": "OCDE",
    "OPEC": "OPEP",
    "the US": "EUA EEUU EE.UU. EE.+UU.",
    "the USSR": "URSS UdSSR",
    "ECOWAS": "CEDEAO",
}


def _table(names: Mapping[str, str]) -> dict[str, str]:
    return {form.replace("+", " "): name for name, forms in names.items() for form in forms.split()}


_PLACE, _PERSON, _BODY = _table(_PLACES), _table(_PEOPLE), _table(_BODIES)
_CUT = re.compile(r"[\s.\-']")
_CAPITALISED = re.compile(r"[^\W\d_a-z][^\W\d_]{1,20}")


def _by_first_word(*tables: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The forms that begin with each word, the longest first."""
    forms: dict[str, tuple[str, ...]] = {}
    for form in sorted({form for table in tables for form in table}, key=len, reverse=True):
        first = _CUT.split(form)[0]
        if first:
            forms[first] = (*forms.get(first, ()), form)
    return forms


@lru_cache(maxsize=512)
def _any_of(forms: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(map(re.escape, forms))})(?!\\w|[-‐‑]\\w)")


_PLACE_FORMS = _by_first_word(_PLACE, _BODY)
_PERSON_FORMS = _by_first_word(_PERSON)
_FIRST_WORDS = frozenset(map(fold, (*_PLACE_FORMS, *_PERSON_FORMS)))
_LOWER_BEFORE = re.compile(r"(?:^|[\s(])(?P<word>[a-z][\w’'\-]*|The),?\s$")
# Before a plain place name, so that a surname of the same letters is left alone.
_TO_PLACE = re.compile(
    r"in|from|to|near|around|outside|into|over|between|left|leav(?:e|es|ing)|visit(?:ed|ing)?|hit|reach(?:ed|ing)?"
    r"|towards?|via|across|inside|throughout|of|at|against|than|on|about|shelled|attacked|bombed|entered|struck|the"
    r"|occupied|central|downtown|(?:ea|we)stern|(?:nor|sou)thern"
)
# Letters that stand for much else too: they must do or be done what a body of states does.
_SHARED = frozenset({"UE", "OMS", "FMI", "BCE", "EUA"})
_AS_BODY = re.compile("the|by|of|from|with|to|and|at|in")
_ACTS = re.compile(
    r"['’]s\b|[.,;:)]|\s(?:has|have|had|said|says|is|was|will|would|and|in|to|on|for|warn\w*|recommend\w*|announce\w*"
    r"|approv\w+|wants?|estimate\w*|expect\w*|forecast\w*|declared?|countries|members?|chief)\b"
)
_SPOKEN = '"“”„«»‘'
# A club or firm is called after its town: Bayern München, 1. FC Köln.
_NAME_BEFORE = re.compile(r"(?:^|[\s(])(?P<word>(?:[A-ZÀ-Þ]|\d+\b)[\w.&’'\-]*)\s$")
# Places that are surnames or first names too.
_SURNAMES = frozenset({"Alger", "Damas", "Francia", "Gand", "Genova", "Milán", "Prag", "Riad", "Siria", "Wien"})
# What a town was called when it belonged to another state is right of those days.
_FORMER = frozenset({"Lwów", "Lemberg", "Lvov", "Tiflis"})
_PAST = re.compile(
    r"\b(?:1[0-8]\d\d|19[0-4]\d|centur(?:y|ies)|(?:be)?sieged?|Habsburg|Austro-Hungarian|Soviet|[Ee]mpire|[Kk]ingdom"
    r"|[Ii]nterwar|[Pp]re-?war|born)\b"
)
# The ship, the district, the film: names that are right in these words.
_KEPT = re.compile(
    r"\s(?:cruiser|warship|flagship|ship|river|hotel|district|cinema|school|stadium|club|university|café|cafe|square"
    r"|street|festival|[A-ZÀ-Þ])"
)


_capitalised = once_for_each(lambda document: frozenset(_CAPITALISED.findall(document.text)))


def _standing_free(document: Document, forms: Mapping[str, tuple[str, ...]]) -> Iterator[re.Match[str]]:
    """Forms that are no part of a longer word, an address or a quoted title, in order."""
    if vocabulary(document).isdisjoint(_FIRST_WORDS):
        return
    text = document.running
    known = _capitalised(document) & forms.keys()
    found = [match for first in known for match in _any_of(forms[first]).finditer(text)]
    for match in sorted(found, key=re.Match.start):
        before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
        joined_before = before.isalnum() or (before and before in "-‐@#/._'’" + _SPOKEN)
        if not joined_before and not (after and after in _SPOKEN + "@/_"):
            yield match


def third_language_name(document: Document) -> Iterator[Hit]:
    """A place or body as Spanish, German, Russian or another language names it: ``Varsovia``, ``Moskva``, ``OTAN``."""
    text = document.running
    for match in _standing_free(document, _PLACE_FORMS):
        start, end, form = match.start(), match.end(), match[0]
        found = _LOWER_BEFORE.search(text, max(0, start - 40), start)
        before = found["word"].lower() if found else ""
        name = _BODY.get(form) or _PLACE[form]
        named_on = text[end : end + 1] == " " and text[end + 1 : end + 2].isupper()
        if form in _BODY:
            if (
                not before
                or named_on
                or form in _of_its_own(document)
                or (form in _SHARED and not (_ACTS.match(text, end) and _AS_BODY.fullmatch(before)))
            ):
                continue
        elif form.isascii():
            if not _TO_PLACE.fullmatch(before) or _KEPT.match(text, end):
                continue
        elif named_on or _named_before(text, start):
            continue
        if form in _SURNAMES and form in _of_its_own(document):
            continue
        if form in _FORMER and _of_the_past(document, start):
            continue
        if before == "the":
            if form in _PLACE and not name.startswith("the "):
                continue
            name = name.removeprefix("the ")
        yield Hit(start, end, (name,))


def _named_before(text: str, start: int) -> bool:
    """Whether a capitalised word or a number stands before, other than a preposition that opens the sentence."""
    found = _NAME_BEFORE.search(text, max(0, start - 40), start)
    return found is not None and not _TO_PLACE.fullmatch(found["word"].lower())


def _spelt_out(text: str, form: str) -> bool:
    """Whether the letters are the text's own, of words before or in brackets: ``emergency use authorization (EUA)``."""
    place = text.find(f"({form})")
    before = re.findall(r"\w+", text[max(0, place - 100) : place])[-len(form) :] if place >= 0 else []
    place = text.find(f"{form} (")
    behind = re.findall(r"\w+", text[place + len(form) : place + 100])[: len(form)] if place >= 0 else []
    return form in ("".join(word[0] for word in words).upper() for words in (before, behind))


@once_for_each
def _of_its_own(document: Document) -> frozenset[str]:
    """Forms that mean something else in this text: letters that it spells out itself, people's names."""
    text = document.running
    people = (form for form in _SURNAMES if re.search(rf"[A-ZÀ-Þ][\w’'\-]{{0,30}} {form}\b|\b{form} [A-ZÀ-Þ]", text))
    return frozenset((*people, *(form for form in _BODY if _spelt_out(text, form))))


def _of_the_past(document: Document, start: int) -> bool:
    sentence = document.sentence_at(start)
    return sentence is not None and _PAST.search(document.running, sentence.start, sentence.end) is not None


def third_language_person(document: Document) -> Iterator[Hit]:
    """A person as another language transcribes the name: ``Jamenei``, ``Selenskyj``."""
    starts = document.sentence_starts
    for match in _standing_free(document, _PERSON_FORMS):
        # Poutine is a dish too.
        if match[0] != "Poutine" or match.start() not in starts:
            yield Hit(match.start(), match.end(), (_PERSON[match[0]],))


CHECKS: Mapping[str, Check] = {
    "third-language-name": third_language_name,
    "third-language-person": third_language_person,
}
