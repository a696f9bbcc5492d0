"""Own the settings that tests run with: fixed keys, a database of its own in a file, no pool, quiet logs.

A file and not memory, so that threads of a test see each other's commits as they do in service.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Before the real settings are read; child processes that a test starts inherit them.
os.environ.setdefault("SECRET_KEY", "only-for-tests-and-never-for-service-0123456789-0123456789")
os.environ.setdefault("CREDENTIALS_KEY", "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTI=")
os.environ["DIALER_ENV_FILE"] = ""  # a developer's .env must not decide what a test sees
_scratch = tempfile.mkdtemp(prefix="dialer-tests-")
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
os.environ.setdefault("DIALER_DATA_DIR", _scratch)
os.environ.setdefault("LOG_FORMAT", "json")

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, IS_SQLITE  # noqa: E402

if IS_SQLITE:
    DATABASES["default"]["TEST"] = {"NAME": f"{_scratch}/test.sqlite3"}
    # Tests survive no power cut: skip the disk.
    pragmas = DATABASES["default"]["OPTIONS"]["init_command"]
    DATABASES["default"]["OPTIONS"]["init_command"] = pragmas.replace("synchronous=NORMAL", "synchronous=OFF")
else:
    # A pool would keep connections to a database that the test run drops.
    del DATABASES["default"]["OPTIONS"]["pool"]
    # Tests survive no power cut here either.
    DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"

CELERY_BROKER_URL = ""
IS_EMBEDDED = True
DIALER_PUSH_THREADS: int = 1  # everything in the calling thread, in order
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
