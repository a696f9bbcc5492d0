"""Numbers that can ring nobody, by country, and the ways in which people write them.

Owns the ranges and their sources; never picks one. In `#` a digit is free; the last two steer the simulator.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A country of the demonstration."""

    country: str
    weight: int
    language: str
    cities: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    #: International form of the free ranges, and how such a number is written at home.
    mobiles: tuple[tuple[str, str], ...]
    landlines: tuple[tuple[str, str], ...]


# North America: 555-0100 to 555-0199 of every area code are for fiction.
_US_CODES = ("212", "305", "312", "415", "512", "602", "617", "702", "718", "206", "303", "404")
_CA_CODES = ("416", "514", "604", "613")


def _north_american(codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((f"+1{code}55501##", f"({code}) 555-01##") for code in codes)


PLACES = (
    Place(
        "US",
        30,
        "en-us",
        ("Brookhaven", "Port Alder", "Cedar Falls", "New Harbor"),
        ("Avery", "Jordan", "Riley", "Morgan", "Casey", "Harper", "Quinn", "Rowan"),
        ("Thornfield", "Maplewood", "Hollister", "Briarwick", "Stonebrook", "Larkin"),
        _north_american(_US_CODES),
        _north_american(_US_CODES),
    ),
    Place(
        "CA",
        6,
        "en-ca",
        ("Lakeview", "Mont-Clair"),
        ("Elliot", "Noemie", "Dylan", "Camille"),
        ("Fairbank", "Desruisseaux", "Northcote"),
        _north_american(_CA_CODES),
        _north_american(_CA_CODES),
    ),
    # Ofcom keeps 020 7946 0xxx and 496 0xxx of the large cities for drama.
    Place(
        "GB",
        18,
        "en-gb",
        ("Upper Wexcombe", "Little Marsden", "Kingsbridge End"),
        ("Imogen", "Alfie", "Poppy", "Rupert", "Freya", "Callum"),
        ("Ashdown", "Penhallow", "Wetherby", "Oakshott", "Larkham"),
        (("+442079460###", "020 7946 0###"), ("+441614960###", "0161 496 0###")),
        (("+441134960###", "0113 496 0###"), ("+441314960###", "0131 496 0###")),
    ),
    # Arcep keeps 01 99 00, 02 61 91, 03 53 01, 04 65 71 and 05 36 49 for audiovisual works.
    Place(
        "FR",
        12,
        "fr",
        ("Saint-Aubin-les-Prés", "Val-d'Orme", "Montclairval"),
        ("Éloïse", "Théo", "Maëlys", "Bastien", "Anaïs"),
        ("Desmoulins", "Rivoire", "Chantelune", "Beauvallon"),
        (("+3319900####", "01 99 00 ## ##"), ("+3346571####", "04 65 71 ## ##")),
        (("+3326191####", "02 61 91 ## ##"), ("+3353649####", "05 36 49 ## ##")),
    ),
    # ACMA keeps numbers of 0491 570, and 5550 and 7010 xxxx behind each area code, for drama.
    Place(
        "AU",
        8,
        "en-au",
        ("Wattle Creek", "Port Banksia"),
        ("Matilda", "Lachlan", "Isla", "Angus"),
        ("Merriweather", "Kangaloon", "Barrow", "Whitlock"),
        (("+614915701##", "0491 570 1##"),),
        (("+6125550####", "(02) 5550 ####"), ("+6137010####", "(03) 7010 ####")),
    ),
    # The Bundesnetzagentur keeps these blocks of Berlin, Frankfurt, Hamburg, Cologne and Munich for media.
    Place(
        "DE",
        10,
        "de",
        ("Neuhausen am Bach", "Oberlinden", "Grünwalde"),
        ("Jörg", "Annika", "Käthe", "Lennart", "Mareike"),
        ("Birkenfeldt", "Morgenroth", "Süßmilch", "Falkenried"),
        (("+493023125###", "030 23125###"), ("+496990009###", "069 / 90009-###")),
        (("+494066969###", "040 66969 ###"), ("+498999998###", "089 99998###")),
    ),
    # No range is reserved in Brazil and Spain: rows of nines and zeros, plainly invented.
    Place(
        "BR",
        12,
        "pt-br",
        ("Vila das Acácias", "Porto Sereno", "Águas Brandas"),
        ("Iara", "Caio", "Luana", "Otávio", "Thaís", "João"),
        ("Montelvão", "Figueiral", "Sertanejo", "Brandão da Serra"),
        (("+55119999900##", "(11) 99999-00##"), ("+55219999900##", "021 99999 00##")),
        (("+5511555000##", "(11) 5550-00##"),),
    ),
    Place(
        "ES",
        6,
        "es",
        ("Villaclara del Monte", "Puerto Lindero"),
        ("Begoña", "Íñigo", "Rocío", "Andrés"),
        ("Valdeolivas", "Quintanar", "Peñarrubia"),
        (("+346000000##", "600 00 00 ##"),),
        (("+349100000##", "910 00 00 ##"),),
    ),
)
