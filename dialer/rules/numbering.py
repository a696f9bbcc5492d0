"""Own the compiled numbering plans: which country a number belongs to, and whether it is tied to a place.

Never parses what people write (phones.py does) and never differs from the phone library: the patterns are
its own, compiled once a region into one expression each instead of up to a dozen matches a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    REGION_CODE_FOR_NON_GEO_ENTITY,
    PhoneMetadata,
    PhoneNumberType,
    is_number_type_geographical,
)
from phonenumbers.phonemetadata import PhoneNumberDesc

# In the order in which the library asks; all of them outrank fixed line and mobile, none is tied to a place.
_PLACELESS = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
_FIXED, _MOBILE = 2, 3  # groups of the kinds pattern
_CODES = {str(code): tuple(regions) for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}
_NEVER = re.compile("(?!)")


class Match(NamedTuple):
    """What the plans say of a valid number."""

    country: str  # ISO 3166 code, or 001 for numbers of no country
    is_placed: bool  # its digits say where it is, as far as the library's tables go


@dataclass(frozen=True, slots=True)
class Region:
    """One region's dialing habits and its valid numbers, as compiled patterns."""

    country: str
    code: str
    idd: re.Pattern[str]  # what one dials before a country code
    national_prefix: re.Pattern[str] | None
    transform: str | None  # how captured digits are put back
    general: re.Pattern[str]
    lengths: frozenset[int]  # lengths that may be a whole number
    leading: re.Pattern[str] | None
    kinds: re.Pattern[str]  # group 1 placeless, 2 fixed line, 3 mobile
    mobile_is_placed: bool

    def without_prefix(self, digits: str) -> str:
        """Take a national prefix or carrier code off, where the library would."""
        if self.national_prefix is None or not digits:
            return digits
        found = self.national_prefix.match(digits)
        if found is None:
            return digits
        groups = found.groups()
        if not self.transform or groups[-1] is None:
            bare = digits[found.end() :]
        else:
            bare = self.national_prefix.sub(self.transform, digits, count=1)
        if bare != digits and self.general.fullmatch(digits) and not self.general.fullmatch(bare):
            return digits
        return bare

    def match(self, national: str) -> Match | None:
        """Say what a national number is here; None if it is not valid."""
        found = self.kinds.fullmatch(national)
        if found is None:
            return None
        kind = found.lastindex
        return Match(self.country, kind == _FIXED or (kind == _MOBILE and self.mobile_is_placed))


@dataclass(frozen=True, slots=True)
class Plan:
    """One country calling code and the regions that share it, the main one first."""

    code: str
    main: Region
    others: tuple[Region, ...] = field(default=())

    def match(self, national: str) -> Match | None:
        """Say which region's valid number this is; None if no region's."""
        if not self.others:
            return self.main.match(national)
        for region in (self.main, *self.others):
            if region.leading is None:
                found = region.match(national)
                if found is not None:
                    return found
            elif region.leading.match(national):
                # The library stops at the first region whose leading digits fit, valid or not.
                return region.match(national)
        return None


def split(digits: str) -> tuple[Plan, str] | None:
    """Cut the digits of an international number into its plan and the national number."""
    for length in (1, 2, 3):
        if digits[:length] in _CODES:
            return plan_of(digits[:length]), digits[length:]
    return None


@cache
def plan_of(code: str) -> Plan:
    """Compile the plan of a country calling code; raises KeyError for a code that nobody has."""
    regions = tuple(_region(country, code) for country in _CODES[code])
    return Plan(code, regions[0], regions[1:])


@cache
def region_of(country: str) -> Region | None:
    """Compile the plan of one country; None where the library has none."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    return None if metadata is None else _region(country, str(metadata.country_code))


@cache
def _region(country: str, code: str) -> Region:
    data = (
        PhoneMetadata.metadata_for_nongeo_region(int(code))
        if country == REGION_CODE_FOR_NON_GEO_ENTITY
        else PhoneMetadata.metadata_for_region(country)
    )
    if data is None or data.general_desc is None:
        raise LookupError(f"The phone library has no plan for {country} (+{code}).")
    general = data.general_desc
    mobile = None if data.same_mobile_and_fixed_line_pattern else data.mobile
    kinds = "|".join(
        (
            f"({'|'.join(_expression(getattr(data, name)) for name in _PLACELESS)})",
            f"({_expression(data.fixed_line)})",
            f"({_expression(mobile)})",
        )
    )
    return Region(
        country=country,
        code=code,
        idd=re.compile(data.international_prefix) if data.international_prefix else _NEVER,
        national_prefix=re.compile(data.national_prefix_for_parsing)
        if data.national_prefix_for_parsing
        else None,
        transform=data.national_prefix_transform_rule or None,
        general=re.compile(general.national_number_pattern or "(?!)"),
        lengths=frozenset(general.possible_length) - frozenset(general.possible_length_local_only),
        leading=re.compile(data.leading_digits) if data.leading_digits is not None else None,
        kinds=re.compile(rf"(?={_expression(general)}\Z)(?:{kinds})"),
        mobile_is_placed=is_number_type_geographical(PhoneNumberType.MOBILE, int(code)),
    )


def _expression(desc: PhoneNumberDesc | None) -> str:
    """Write one kind of number as an expression that also holds its lengths."""
    if desc is None or not desc.national_number_pattern:
        return "(?!)"
    lengths = [length for length in desc.possible_length if length > 0]
    if desc.possible_length and not lengths:
        return "(?!)"  # the library's way (-1) to say that a region has no such numbers
    ahead = "|".join(f"[0-9]{{{length}}}" for length in lengths)
    return (rf"(?=(?:{ahead})\Z)" if ahead else "") + f"(?:{desc.national_number_pattern})"
