"""Recognises columns by their names where no mapping is given.

Owns the small list of names; never guesses from the values. What is not listed becomes an attribute.
"""

from __future__ import annotations

import re
import unicodedata

#: Field -> names, as `plain` writes them. Languages: English, Portuguese, Spanish, French, German.
#: First and last names go to `name`, in the order of their columns.
_NAMES = {
    "external_id": "external_id id crm_id customer_id client_id contact_id reference",
    "name": "name full_name contact_name customer_name nome nome_completo nombre nombre_completo nom "
    "first_name last_name surname sobrenome apellido apellidos prenom vorname nachname",
    "email": "email e_mail mail email_address correo",
    "language": "language lang idioma langue sprache",
    "timezone": "timezone time_zone tz",
    "country": "country country_code pais pays land",
    "priority": "priority",
    "not_before": "not_before",
    "not_after": "not_after",
    "tags": "tags",
    "phone": "phone phone_number number telephone telephone_number tel fone telefone telefono numero msisdn",
    "phone:mobile": "mobile mobile_phone mobile_number cell cell_phone cellphone celular movil handy mobil "
    "portable whatsapp",
    "phone:home": "home home_phone landline fixo telefone_fixo fijo fixe festnetz",
    "phone:work": "work work_phone office office_phone business_phone trabalho",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
#: phone_2, tel2, mobile 3
_NUMBERED = re.compile(r"(.*?)_?[1-9]")
_API_PHONE = re.compile(r"phones_\d+_(number)")


def plain(column: str) -> str:
    """Write a column name in small ASCII letters with underscores: `E-Mail` is `e_mail`."""
    flat = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", flat).strip("_")


def recognise(column: str) -> str | None:
    """Return the field that a column name stands for: a field of the API, `country`, or `phone:<type>`."""
    name = plain(column)
    if name in _FIELD_OF:
        return _FIELD_OF[name]
    if _API_PHONE.fullmatch(name):
        return "phone"
    numbered = _NUMBERED.fullmatch(name)
    if numbered is not None:
        field = _FIELD_OF.get(numbered[1])
        if field is not None and field.startswith("phone"):
            return field
    if column.startswith("attributes.") and len(column) > len("attributes."):
        return column
    return None
