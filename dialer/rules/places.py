"""Own where a number says its person is: the country, and the state where an area code names exactly one.

Never says where somebody is just now: a mobile number keeps the area code of the place where it was issued.
"""

from __future__ import annotations

from typing import NamedTuple

from dialer.rules import numbering


class Place(NamedTuple):
    """A country and, where it is known, the part of it whose public holidays hold."""

    country: str  # ISO 3166 code; 001 for numbers of no country; empty for what is no valid number
    region: str | None = None  # ISO 3166-2 code without the country; None: not known, or no part


NOWHERE = Place("")


def place_of(number: str) -> Place:
    """Give the place of an E.164 number.

    The region is known for the geographic numbers of the US, Canada, Brazil and the large cities of Great
    Britain; area codes that several states share, and all other countries, give the country alone.
    """
    cut = numbering.split(number.removeprefix("+"))
    found = None if cut is None else cut[0].match(cut[1])
    if cut is None or found is None:
        return NOWHERE
    areas = _AREAS.get(found.country)
    if areas is None or not found.is_placed:
        return Place(found.country)
    national = cut[1]
    # No area code here is the beginning of another of its country, so the order does not matter.
    return Place(found.country, areas.get(national[:3]) or areas.get(national[:2]))


# Area codes that the phone library's geographic tables put wholly into one state.
_US: dict[str, str] = {
    "AK": "907",
    "AL": "205 251 256 334 659 938",
    "AR": "327 479 501 870",
    "AZ": "480 520 602 623 928",
    "CA": (
        "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 "
        "714 738 747 760 805 818 820 831 840 858 909 916 925 949 951"
    ),
    "CO": "303 719 720 748 970 983",
    "CT": "203 475 860 959",
    "DC": "202 771",
    "DE": "302",
    "FL": "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
    "GA": "229 404 470 478 678 706 762 770 912 943",
    "HI": "808",
    "IA": "319 515 563 641 712",
    "ID": "208 986",
    "IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    "IN": "219 260 317 463 574 765 812 930",
    "KS": "316 620 785 913",
    "KY": "270 364 502 606 859",
    "LA": "225 318 337 504 985",
    "MA": "339 351 413 508 617 774 781 857 978",
    "MD": "227 240 301 410 443 667",
    "ME": "207",
    "MI": "231 248 269 313 517 586 616 734 810 906 947 989",
    "MN": "218 320 507 612 651 763 952",
    "MO": "235 314 417 557 573 636 660 816 975",
    "MS": "228 601 662 769",
    "MT": "406",
    "NC": "252 336 472 704 743 828 910 919 980 984",
    "ND": "701",
    "NE": "308 402 531",
    "NH": "603",
    "NJ": "201 551 609 640 732 848 856 862 908 973",
    "NM": "505 575",
    "NV": "702 725 775",
    "NY": "212 315 329 332 347 363 516 518 585 607 631 646 680 716 718 838 845 914 917 929 934",
    "OH": "216 220 234 283 326 330 380 419 440 513 567 614 740 937",
    "OK": "405 539 572 580 918",
    "OR": "458 503 541 971",
    "PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "RI": "401",
    "SC": "803 821 839 843 854 864",
    "SD": "605",
    "TN": "423 615 629 731 865 901 931",
    "TX": (
        "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 830 832 903 915 936 940 "
        "945 956 972 979"
    ),
    "UT": "385 435 801",
    "VA": "276 434 540 571 686 703 757 804 826 948",
    "VT": "802",
    "WA": "206 253 360 425 509 564",
    "WI": "262 274 353 414 534 608 715 920",
    "WV": "304 681",
    "WY": "307",
}
_CA: dict[str, str] = {
    "AB": "368 403 587 780 825",
    "BC": "236 250 257 604 672 778",
    "MB": "204 431 584",
    "NB": "428 506",
    "NL": "709 879",
    "ON": "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 905 942",
    "QC": "263 273 354 367 418 438 450 468 514 579 581 819 873",
    "SK": "306 474 639",
}
# DDD codes. Not here: 61, which Goiás shares with the Federal District, and 42, which Santa Catarina shares
# with Paraná.
_BR: dict[str, str] = {
    "AC": "68",
    "AL": "82",
    "AM": "92 97",
    "AP": "96",
    "BA": "71 73 74 75 77",
    "CE": "85 88",
    "ES": "27 28",
    "GO": "62 64",
    "MA": "98 99",
    "MG": "31 32 33 34 35 37 38",
    "MS": "67",
    "MT": "65 66",
    "PA": "91 93 94",
    "PB": "83",
    "PE": "81 87",
    "PI": "86 89",
    "PR": "41 43 44 45 46",
    "RJ": "21 22 24",
    "RN": "84",
    "RO": "69",
    "RR": "95",
    "RS": "51 53 54 55",
    "SC": "47 48 49",
    "SE": "79",
    "SP": "11 12 13 14 15 16 17 18 19",
    "TO": "63",
}
# The large cities, and Northern Ireland as a whole; smaller areas may lie across a border.
_GB: dict[str, str] = {
    "ENG": "20 23 24 113 114 115 116 117 118 121 151 161 191",
    "NIR": "28",
    "SCT": "131 141",
    "WLS": "29",
}


def _by_area(table: dict[str, str]) -> dict[str, str]:
    return {area: region for region, areas in table.items() for area in areas.split()}


_AREAS = {"US": _by_area(_US), "CA": _by_area(_CA), "BR": _by_area(_BR), "GB": _by_area(_GB)}
