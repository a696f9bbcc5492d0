"""Own the ASGI entry for servers that want one; the synchronous WSGI entry is the faster of the two."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
