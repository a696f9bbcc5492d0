"""Phone numbers as people write them, and the reasons for which they are refused."""

from __future__ import annotations

import pytest

from dialer.rules.phones import InvalidPhone, Phone, parse_phone

LONDON = Phone("+442079460000", "GB", ("Europe/London",))
NEW_YORK = Phone("+12125550123", "US", ("America/New_York",))
PARIS = Phone("+33199001234", "FR", ("Europe/Paris",))
SAO_PAULO = Phone("+5511999990001", "BR", ("America/Sao_Paulo",))


@pytest.mark.parametrize(
    ("text", "country", "phone"),
    [
        ("+442079460000", None, LONDON),
        ("+44 20 7946 0000", None, LONDON),
        ("+44 (0)20 7946 0000", None, LONDON),
        ("020 7946 0000", "GB", LONDON),
        ("(020) 7946-0000", "gb", LONDON),
        ("442079460000", "GB", LONDON),
        ("0044 20 7946 0000", None, LONDON),
        ("0044 20 7946 0000", "FR", LONDON),
        ("0044 20 7946 0000", "US", LONDON),
        ("011 44 20 7946 0000", "US", LONDON),
        ("00 44 20 7946 0000", "BR", LONDON),
        ("tel:+44-20-7946-0000", None, LONDON),
        ("+４４２０７９４６００００", None, LONDON),
        ("  +442079460000\t", None, LONDON),
        ("+1.212.555.0123", None, NEW_YORK),
        ("(212) 555-0123", "US", NEW_YORK),
        ("1-212-555-0123", "US", NEW_YORK),
        ("212 555 0123", "CA", NEW_YORK),
        ("01 99 00 12 34", "FR", PARIS),
        ("01.99.00.12.34", "FR", PARIS),
        ("(11) 99999-0001", "BR", SAO_PAULO),
        ("011 99999 0001", "BR", SAO_PAULO),
        ("0 15 11 99999-0001", "BR", SAO_PAULO),
        ("5511999990001", "BR", SAO_PAULO),
        ("tel:11-99999-0001;phone-context=+55", None, SAO_PAULO),
    ],
)
def test_a_number_is_read_in_each_of_its_spellings(text: str, country: str | None, phone: Phone) -> None:
    assert parse_phone(text, country) == phone


def test_a_number_of_no_country_is_said_so() -> None:
    assert parse_phone("+800 1234 5678") == Phone("+80012345678", "001", ())


def test_a_leading_zero_that_belongs_to_the_number_is_kept() -> None:
    assert parse_phone("02 3661 8300", "IT").number == "+390236618300"


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("", None, "phone_missing"),
        (" \t ", "US", "phone_missing"),
        ("212 555 0123", None, "phone_no_country"),
        ("5511999990001", None, "phone_no_country"),
        ("212 555 0123", "XX", "phone_default_country"),
        ("212 555 0123", "USA", "phone_default_country"),
        ("unknown", "US", "phone_unparseable"),
        ("-", "US", "phone_unparseable"),
        ("+", None, "phone_unparseable"),
        ("00", None, "phone_unparseable"),
        ("\x00", "US", "phone_unparseable"),
        ("+999 123 456 789", None, "phone_country_code"),
        ("00999123456789", None, "phone_country_code"),
        ("555 0123", "US", "phone_too_short"),
        ("+44 20 7946", None, "phone_too_short"),
        ("212 555 0123 4567", "US", "phone_too_long"),
        ("212 555 0123 / 212 555 0124", "US", "phone_too_long"),
        ("+1" + "2" * 300, None, "phone_too_long"),
        ("+1 212 555 0123 x5", None, "phone_extension"),
        ("(212) 555-0123 ext. 5", "US", "phone_extension"),
        ("tel:+1-212-555-0123;ext=5", None, "phone_extension"),
        ("212 055 0123", "US", "phone_invalid"),
        ("+1 012 555 0123", None, "phone_invalid"),
    ],
)
def test_what_is_no_usable_number_is_refused_with_its_reason(
    text: str, country: str | None, code: str
) -> None:
    with pytest.raises(InvalidPhone) as refusal:
        parse_phone(text, country)
    assert refusal.value.code == code


@pytest.mark.parametrize("text", ["2120550123", "+12120550123", "21255501234567", "2125550123 x5", "5550123"])
def test_a_refusal_never_repeats_a_digit_of_the_number(text: str) -> None:
    with pytest.raises(InvalidPhone) as refusal:
        parse_phone(text, "US")
    assert not any(character.isdigit() for character in str(refusal.value))
