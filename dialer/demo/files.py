"""Writes the demonstration's contact files: invented people, numbers that ring nobody, and the usual dirt.

Owns their content, the same for the same seed; never reads a database. The files are shipped beside this module.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from dialer.demo.places import PLACES, Place

SEED, ROWS = 20_260_301, 520
MARKETING_SEED, MARKETING_ROWS = 20_260_302, 60
FOLDER = Path(__file__).resolve().parent
CONTACTS, MARKETING = FOLDER / "contacts.csv", FOLDER / "marketing.csv"

HEADER = (
    "Customer ID",
    "Full name",
    "Phone",
    "Mobile",
    "Work phone",
    "Country",
    "E-mail",
    "Language",
    "City",
    "Tags",
    "Note",
)
_BOM = "\ufeff"
#: The simulator reads the last two digits. Most of these answer or ring out; 07 would never report an end.
_ENDINGS = {"00": 34, "01": 20, "02": 8, "03": 10, "04": 2, "05": 2, "06": 3, "08": 2, "": 19}
_SILENT = "07"
#: A small range has one number an ending, so after some tries the digits are taken as they fall; a file larger
#: than the ranges repeats numbers, as real files do.
_TRIES, _STEERED_TRIES = 40, 4
_NOTES = (
    "",
    "",
    "",
    "prefers mornings",
    'asked for "the blue one"',
    "Side entrance,\nsecond bell",
    "ring twice; speak slowly",
)
_TAGS = ("renewal", "new", "priority", "newsletter")


class Numbers:
    """Gives numbers of a country, none twice while there are free ones."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._used: set[str] = set()

    def number(self, ranges: tuple[tuple[str, str], ...]) -> tuple[str, str]:
        """Pick a number; returns its international and its home spelling."""
        for left in reversed(range(_TRIES)):
            shape, home = self._chance.choice(ranges)
            digits = "".join(self._chance.choice("0123456789") for _ in range(shape.count("#")))
            if left >= _TRIES - _STEERED_TRIES:
                ending = self._chance.choices(list(_ENDINGS), list(_ENDINGS.values()))[0]
                digits = digits[: len(digits) - len(ending)] + ending
            number = _filled(shape, digits)
            is_free = number not in self._used or not left
            if is_free and not number.endswith(_SILENT):
                break
        self._used.add(number)
        return number, _filled(home, digits)


def _filled(shape: str, digits: str) -> str:
    left = iter(digits)
    return "".join(next(left) if character == "#" else character for character in shape)


def contacts_csv(*, seed: int = SEED, rows: int = ROWS, dirt: bool = True) -> bytes:
    """Write a file of this many rows; with dirt about one in twenty cannot be taken."""
    chance = random.Random(seed)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(HEADER)
    written: list[list[str]] = []
    for row in _people(chance, seed, rows):
        spoil = _spoiler(chance) if dirt and len(written) > 20 else None
        cells = spoil(chance, row, written) if spoil else row
        written.append(cells)
        lines.writerow(cells)
    return (_BOM + out.getvalue()).encode()


def _people(chance: random.Random, seed: int, rows: int) -> Iterator[list[str]]:
    numbers = Numbers(chance)
    for position in range(rows):
        place = chance.choices(PLACES, [place.weight for place in PLACES])[0]
        yield _person(chance, numbers, place, f"C-{seed % 1000:03d}{position:05d}")


def _person(chance: random.Random, numbers: Numbers, place: Place, external_id: str) -> list[str]:
    first, last = chance.choice(place.first_names), chance.choice(place.last_names)
    main = _spelled(chance, *numbers.number(place.landlines), place)
    mobile = _spelled(chance, *numbers.number(place.mobiles), place) if chance.random() < 0.45 else ""
    work = _spelled(chance, *numbers.number(place.landlines), place) if chance.random() < 0.12 else ""
    return [
        external_id,
        f"{first} {last}",
        main,
        mobile,
        work,
        place.country,
        f"{external_id.lower()}@example.com" if chance.random() < 0.8 else "",
        place.language,
        chance.choice(place.cities),
        ";".join(chance.sample(_TAGS, chance.randrange(3))),
        chance.choice(_NOTES),
    ]


def _spelled(chance: random.Random, number: str, home: str, place: Place) -> str:
    """Write a number as one person or another would."""
    way = chance.randrange(6)
    if way < 2:
        return home
    if way == 2:
        return f" {number} "
    if way == 3:
        return f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}".strip()
    if way == 4 and place.country in ("GB", "FR", "DE", "ES"):
        return f"00{number[1:]}"
    return number


# -- dirt --------------------------------------------------------------------------------------------------------

Spoil = Callable[[random.Random, list[str], list[list[str]]], list[str]]


def _without_country(chance: random.Random, row: list[str], before: list[list[str]]) -> list[str]:
    """Leave the country out: the numbers are then read as those of the default country."""
    return [*row[:5], "", *row[6:]]


def _twice(chance: random.Random, row: list[str], before: list[list[str]]) -> list[str]:
    """Repeat an earlier person."""
    return list(chance.choice([earlier for earlier in before if len(earlier) == len(HEADER)]))


def _same_number(chance: random.Random, row: list[str], before: list[list[str]]) -> list[str]:
    """Give another person the main number of an earlier one."""
    earlier = chance.choice([earlier for earlier in before if len(earlier) == len(HEADER)])
    return [row[0], row[1], earlier[2], "", "", earlier[5], *row[6:]]


def _no_number(chance: random.Random, row: list[str], before: list[list[str]]) -> list[str]:
    """Write what is no number, or none at all."""
    wrong = chance.choice(("n/a", "12345", "+999 000 000 000", "unknown", ""))
    return [*row[:2], wrong, "", "", *row[5:]]


def _short_row(chance: random.Random, row: list[str], before: list[list[str]]) -> list[str]:
    """Lose cells, or gain one, as a delimiter that was not quoted does."""
    return row[:7] if chance.random() < 0.5 else [*row, "?"]


def _bad_email(chance: random.Random, row: list[str], before: list[list[str]]) -> list[str]:
    """Write an address without its @."""
    return [*row[:6], "no address", *row[7:]]


_SPOILS: tuple[tuple[Spoil, int], ...] = (
    (_without_country, 8),
    (_twice, 8),
    (_same_number, 3),
    (_no_number, 8),
    (_short_row, 4),
    (_bad_email, 3),
)
#: Out of a thousand rows, so many are spoilt.
_SPOILT_PER_THOUSAND = 70


def _spoiler(chance: random.Random) -> Spoil | None:
    if chance.randrange(1000) >= _SPOILT_PER_THOUSAND:
        return None
    return chance.choices([spoil for spoil, _ in _SPOILS], [weight for _, weight in _SPOILS])[0]


def shipped() -> dict[Path, bytes]:
    """Give the content of every shipped file."""
    return {
        CONTACTS: contacts_csv(),
        MARKETING: contacts_csv(seed=MARKETING_SEED, rows=MARKETING_ROWS, dirt=False),
    }
