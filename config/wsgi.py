"""Own the WSGI entry that gunicorn and `manage.py up` serve; never anything else."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from config.chunked import Dechunked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = Dechunked(get_wsgi_application())
