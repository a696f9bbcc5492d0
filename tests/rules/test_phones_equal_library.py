"""Every answer is the phone library's own, whichever way it took: all regions, spellings and mutations."""

from __future__ import annotations

import random
from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

from dialer.rules.phones import InvalidPhone, Phone, _short_way, parse_phone
from dialer.rules.zones import candidate_zones

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = PhoneNumberType.values()
FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
DIGITS = "0123456789"


def by_library(text: str, country: str | None) -> Phone | None:
    """Read with the library alone; None where it finds no possible and valid number without extension."""
    try:
        read = phonenumbers.parse(text, country)
    except NumberParseException:
        return None
    if read.extension or not phonenumbers.is_possible_number(read) or not phonenumbers.is_valid_number(read):
        return None
    zones = tuple(zone for zone in time_zones_for_number(read) if zone != "Etc/Unknown")
    number = phonenumbers.format_number(read, PhoneNumberFormat.E164)
    return Phone(number, str(phonenumbers.region_code_for_number(read)), zones)


def expected(text: str, country: str | None) -> Phone | None:
    """Add the one thing that we read and the library doesn't: 00 before a calling code, wherever one is."""
    phone = by_library(text, country)
    if phone is None and text.strip().startswith("00"):
        return by_library("+" + text.strip()[2:], None)
    return phone


def ours(text: str, country: str | None) -> Phone | None:
    try:
        return parse_phone(text, country)
    except InvalidPhone:
        return None


def examples(region: str) -> list[PhoneNumber]:
    """Give the library's example numbers of a region, one of each kind that it has."""
    drawn = (phonenumbers.example_number_for_type(region, kind) for kind in TYPES)
    invalid = phonenumbers.invalid_example_number(region)
    return [number for number in (*drawn, invalid) if number is not None]


def mutated(digits: str, chance: random.Random) -> str:
    """Change, drop or add one digit, or draw new last digits."""
    place = chance.randrange(len(digits))
    return chance.choice(
        (
            digits[:place] + chance.choice(DIGITS) + digits[place + 1 :],
            digits[:place] + digits[place + 1 :],
            digits[:place] + chance.choice(DIGITS) + digits[place:],
            digits[:-4] + f"{chance.randrange(10_000):04d}",
        )
    )


def spellings(number: PhoneNumber, chance: random.Random) -> Iterator[str]:
    """Write a number, and some that are nearly it, as people do."""
    code = str(number.country_code)
    national = phonenumbers.national_significant_number(number)
    for style in FORMATS:
        yield phonenumbers.format_number(number, style)
    for digits in (national, *(mutated(national, chance) for _ in range(2))):
        yield f"+{code}{digits}"
        yield f"00{code} {digits}"
        yield f"+{code} (0) {digits}"
        yield f"{code}{digits}"
        yield digits
        yield f"({digits[:3]}) {digits[3:6]}-{digits[6:]}."
        yield f"{chance.choice(('0', '1', '8', '011', '0015', '90'))}{digits}"


def differences(number: PhoneNumber, region: str, seed: str) -> list[tuple[str, str | None, object, object]]:
    chance = random.Random(seed)
    found = []
    for text in spellings(number, chance):
        for country in (region, chance.choice((None, chance.choice(REGIONS)))):
            wanted, got = expected(text, country), ours(text, country)
            if wanted != got:
                found.append((text, country, wanted, got))
            if wanted is not None and got is not None and candidate_zones(None, got.number) != wanted.zones:
                found.append((text, country, wanted.zones, candidate_zones(None, got.number)))
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_numbers_are_read_as_the_library_reads_them(region: str) -> None:
    numbers = examples(region)
    assert numbers
    assert [
        difference
        for index, number in enumerate(numbers)
        for difference in differences(number, region, f"{region}{index}")
    ] == []


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS))
def test_numbers_of_no_country_are_read_as_the_library_reads_them(code: int) -> None:
    number = phonenumbers.example_number_for_non_geo_entity(code)
    assert number is not None
    assert differences(number, "US", str(code)) == []


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_example_takes_the_short_way_in_its_usual_spellings(region: str) -> None:
    number = phonenumbers.example_number(region)
    assert number is not None
    styles = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
    texts = [phonenumbers.format_number(number, style) for style in styles]
    # Some write a slash or a star at home, which only the library takes apart.
    plain = [text for text in texts if set(text) <= set(DIGITS + "+ -.()")]
    assert [_short_way(text, region) for text in plain] == [by_library(text, region) for text in plain]


@settings(max_examples=1500)
@given(
    st.text(alphabet=DIGITS + DIGITS + "+-. ()", max_size=20)
    | st.text(alphabet=DIGITS + "+-. ()/x#,;~ext", max_size=24),
    st.sampled_from([None, "US", "BR", "GB", "FR", "AR", "MX", "IT", "RU", "KZ", "AU", "DE"])
    | st.sampled_from(REGIONS),
)
def test_any_text_is_read_as_the_library_reads_it(text: str, country: str | None) -> None:
    assert ours(text, country) == expected(text, country)


@settings(max_examples=1500)
@given(
    st.sampled_from(REGIONS), st.text(alphabet=DIGITS, min_size=5, max_size=13), st.sampled_from(["+", ""])
)
def test_any_digits_after_a_calling_code_are_read_as_the_library_reads_them(
    region: str, digits: str, plus: str
) -> None:
    text = f"{plus}{phonenumbers.country_code_for_region(region)}{digits}"
    assert ours(text, region) == expected(text, region)
