"""Own reading a phone number as people write it, into E.164, its country and its candidate zones.

Never accepts what the phone library refuses. Common spellings take a short way whose answers are the
library's own (tests compare them over every region); what is uncommon, and every refusal, is the library's.
"""

from __future__ import annotations

from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, ValidationResult

from dialer.rules import numbering, zones


class Phone(NamedTuple):
    """A valid phone number."""

    number: str  # E.164 with +
    country: str  # ISO 3166 code; 001 for numbers of no country (+800 and the like)
    zones: tuple[str, ...]  # every zone that it may be in; () unknown


class InvalidPhone(ValueError):
    """A text that is no usable phone number: why, for programs and people; the number is never repeated."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(detail)


# Separators that carry no meaning wherever they stand. Others (/ x # , ; ~) may begin an extension.
_SEPARATORS = str.maketrans("", "", " -.()")
# A number has at most 15 digits; twice that leaves room for separators and prefixes.
_SHORT_WAY_LENGTH = 32
_ABROAD = "00"  # the prefix of international calls in most of the world, whatever the default country dials

_FAULTS = {
    NumberParseException.NOT_A_NUMBER: ("phone_unparseable", "This can't be read as a phone number."),
    NumberParseException.TOO_SHORT_AFTER_IDD: (
        "phone_too_short",
        "After the international prefix there are too few digits.",
    ),
    NumberParseException.TOO_SHORT_NSN: ("phone_too_short", "The phone number has too few digits."),
    NumberParseException.TOO_LONG: ("phone_too_long", "The phone number has too many digits."),
    NumberParseException.INVALID_COUNTRY_CODE: (
        "phone_country_code",
        "No country has the calling code that this number begins with.",
    ),
}
_LENGTH_FAULTS = {
    ValidationResult.TOO_SHORT: ("phone_too_short", "too few digits"),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: ("phone_too_short", "no area code"),
    ValidationResult.TOO_LONG: ("phone_too_long", "too many digits"),
}


def parse_phone(text: str, default_country: str | None = None) -> Phone:
    """Read a phone number; one without + or 00 is a number of `default_country` (ISO 3166, any case).

    Raises `InvalidPhone` with code phone_missing, phone_no_country, phone_default_country, phone_unparseable,
    phone_country_code, phone_too_short, phone_too_long, phone_extension or phone_invalid.
    """
    if len(text) <= _SHORT_WAY_LENGTH:
        phone = _short_way(text, default_country)
        if phone is not None:
            return phone
    return _by_library(text, default_country)


def _short_way(text: str, default_country: str | None) -> Phone | None:
    """Read a plain spelling of a valid number; None leaves it to the library."""
    digits = text.translate(_SEPARATORS)
    abroad = digits[:1] == "+"
    if abroad:
        digits = digits[1:]
    if not (digits.isascii() and digits.isdigit()):
        return None
    if abroad:
        return _international(digits)
    if default_country is None:
        return _international(digits[2:]) if digits[:2] == _ABROAD else None
    region = numbering.region_of(default_country.upper())
    return None if region is None else _national(digits, region)


def _international(digits: str) -> Phone | None:
    cut = numbering.split(digits)
    return None if cut is None else _whole(*cut)


def _whole(plan: numbering.Plan, national: str) -> Phone | None:
    """Read what follows a calling code."""
    national = plan.main.without_prefix(national)
    if len(national) not in plan.main.lengths:
        return None
    return _phone(plan, national)


def _national(digits: str, region: numbering.Region) -> Phone | None:
    """Read what is dialed inside a region: abroad, with the own calling code, or at home."""
    idd = region.idd.match(digits)
    if idd is not None:
        rest = digits[idd.end() :]
        # No calling code begins with 0; the library then does not take it for a call abroad.
        return None if rest[:1] in ("", "0") else _international(rest)
    plan = numbering.plan_of(region.code)
    if digits.startswith(region.code):
        rest = region.without_prefix(digits[len(region.code) :])
        if len(digits) > max(region.lengths) or (
            not region.general.fullmatch(digits) and region.general.fullmatch(rest)
        ):
            return _whole(plan, rest)
    national = region.without_prefix(digits)
    if len(national) not in region.lengths or len(national) not in plan.main.lengths:
        return None
    return _phone(plan, national)


def _phone(plan: numbering.Plan, national: str) -> Phone | None:
    found = plan.match(national)
    if found is None:
        return None
    digits = plan.code + national
    return Phone("+" + digits, found.country, zones.zones_of(digits, plan.code, is_placed=found.is_placed))


def _by_library(text: str, default_country: str | None) -> Phone:
    """Read any spelling with the library; what it can't read and begins with 00 is read as if with +."""
    spelling = text.strip()
    if not spelling:
        raise InvalidPhone("phone_missing", "A phone number is needed.")
    try:
        return _library_reading(spelling, default_country)
    except InvalidPhone:
        if not spelling.startswith(_ABROAD):
            raise
        try:
            return _library_reading("+" + spelling[len(_ABROAD) :], None)
        except InvalidPhone as fault:
            if default_country is None:
                raise fault from None
        raise


def _library_reading(spelling: str, default_country: str | None) -> Phone:
    country = default_country.upper() if default_country else None
    try:
        read = phonenumbers.parse(spelling, country)
    except NumberParseException as error:
        raise _parse_fault(error, spelling, country) from None
    if read.extension:
        raise InvalidPhone("phone_extension", "An extension can't be dialed: give the number alone.")
    if not (phonenumbers.is_valid_number(read) and phonenumbers.is_possible_number(read)):
        raise _invalid(read)
    number = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
    found = phonenumbers.region_code_for_number(read)
    return Phone(number, str(found), zones.candidate_zones(None, number))


def _parse_fault(error: NumberParseException, spelling: str, country: str | None) -> InvalidPhone:
    is_national = error.error_type == NumberParseException.INVALID_COUNTRY_CODE and "+" not in spelling
    if is_national and country is None:
        return InvalidPhone(
            "phone_no_country",
            "A number without country needs a default country; or write it with + and its calling code.",
        )
    if is_national and numbering.region_of(str(country)) is None:
        return InvalidPhone("phone_default_country", "The default country is not an ISO 3166 code, as in US.")
    return InvalidPhone(*_FAULTS[error.error_type])


def _invalid(read: phonenumbers.PhoneNumber) -> InvalidPhone:
    where = phonenumbers.region_code_for_country_code(read.country_code or 0)
    length = phonenumbers.is_possible_number_with_reason(read)
    fault = _LENGTH_FAULTS.get(length)
    if fault is not None:
        return InvalidPhone(fault[0], f"The phone number has {fault[1]} for {where}.")
    return InvalidPhone("phone_invalid", f"No such number can exist in {where}.")
