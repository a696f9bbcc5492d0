"""Own short URLs and images, which other channels' messages use ("Encurtador urls", "Gerador de imagem").

Never fetches or keeps anything: the addresses it makes lead nowhere.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import Any

from providers.sandbox.base import route
from providers.sandbox.messages import Request, Response, answered
from providers.sandbox.nrs360.errors import invalid
from providers.sandbox.nrs360.shapes import body_of, is_url, known, origin, typed
from providers.sandbox.nrs360.state import Account

#: Where short addresses would lead; a name that never resolves.
_SHORT = "https://short.invalid"
_IMAGE: dict[str, type] = {"externalId": str, "extension": str, "base64": str}


class UploadRoutes(Account):
    """POST shorten and POST generate."""

    @route("POST", "/api/rest/shortener/shorten")
    def shorten(self, request: Request) -> Response:
        """Shorten each; a bad one is an error of its own."""
        urls = body_of(request, {"urls": list}, required=("urls",))["urls"]
        return answered({"data": [_shortened(_item(each, {"longUrl": str})["longUrl"]) for each in urls]})

    @route("POST", "/api/rest/images/generate")
    def generate_images(self, request: Request) -> Response:
        """Store each; a bad one is an error of its own."""
        images = body_of(request, {"images": list}, required=("images",))["images"]
        folder = sha256(self.credentials["username"].encode()).hexdigest()[:16]
        return answered(
            {"data": [_stored(_item(each, _IMAGE), f"{origin(request)}/uploads/{folder}") for each in images]}
        )


def _item(given: object, fields: dict[str, type]) -> dict[str, Any]:
    """Read one element, all of whose fields are required."""
    if not isinstance(given, dict):
        raise invalid("an array of objects is required")
    known(given, fields)
    if set(given) != set(fields):
        raise invalid(f"{', '.join(sorted(set(fields) - set(given)))} is required")
    return typed(given, fields)


def _shortened(url: str) -> dict[str, Any]:
    short = f"{_SHORT}/{sha256(url.encode()).hexdigest()[:6]}" if is_url(url) else None
    return {"longUrl": url, "shortUrl": short, "error": short is None}


def _stored(image: dict[str, Any], folder: str) -> dict[str, Any]:
    try:
        content = base64.b64decode(image["base64"], validate=True)
    except (binascii.Error, ValueError):
        content = b""
    is_good = bool(content) and image["extension"] in ("jpg", "png")
    address = f"{folder}/{sha256(content).hexdigest()}.{image['extension']}" if is_good else None
    return {"externalId": image["externalId"], "imageUrl": address, "error": not is_good}
