"""Own every setting: one file, read from the environment (or `.env`), typed, failing at start by name.

Never read by `providers/` or `dialer/rules`: what they need is handed to them.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from config import keys
from config.environment import Environment
from config.logging import logging_config

# --- where things are -----------------------------------------------------------------------------
BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env_file = os.environ.get("DIALER_ENV_FILE", str(BASE_DIR / ".env"))
if env_file and Path(env_file).is_file():
    Environment.read_env(env_file)  # setdefault: what the environment says wins

DIALER_DATA_DIR = Path(env.str("DIALER_DATA_DIR", default="") or BASE_DIR / "var").resolve()

# --- the database ---------------------------------------------------------------------------------
# Requests that are with one account's provider at a time, in each process; 1 works without threads.
DIALER_PUSH_THREADS = env.whole("DIALER_PUSH_THREADS", default=4)
# Quoted, for a folder may be called C# or 100%.
_sqlite_file = quote(str(DIALER_DATA_DIR / "dialer.sqlite3"))
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL", default=f"sqlite:///{_sqlite_file}")
}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    database_file = Path(str(DATABASES["default"]["NAME"]))
    database_file.parent.mkdir(parents=True, exist_ok=True)
    # Opening costs a millisecond of pragmas and functions; the ticks would pay it ten times a second.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["OPTIONS"] = {
        # A deferred transaction that upgrades from reading to writing fails at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
        "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;",
    }
else:
    # Opened at the first query, so each worker process has its own. Not from the URL: there it is text.
    # A thread holds its connection while it waits for the lanes it has started, so the pool must have room
    # for both kinds of lanes (four times DIALER_PUSH_THREADS each) and for the web threads.
    pool = {"min_size": 1, "max_size": 8 * DIALER_PUSH_THREADS + 8, "timeout": 10}
    DATABASES["default"]["OPTIONS"] = {"pool": pool}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- secrets --------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY", default="")
CREDENTIALS_KEY = env.str("CREDENTIALS_KEY", default="")
if not (SECRET_KEY and CREDENTIALS_KEY):
    if not IS_SQLITE:
        absent = [name for name in keys.NAMES if not env.str(name, default="")]
        raise ImproperlyConfigured(keys.HOW_TO_MAKE.format(missing=" and ".join(absent)))
    kept = keys.kept_keys(database_file.with_name(f"{database_file.name}.keys"))
    SECRET_KEY = SECRET_KEY or kept["SECRET_KEY"]
    CREDENTIALS_KEY = CREDENTIALS_KEY or kept["CREDENTIALS_KEY"]
# The first encrypts, all decrypt: that is how a key is changed without a stop.
CREDENTIALS_KEYS = [key.strip() for key in CREDENTIALS_KEY.split(",") if key.strip()]

# --- the broker and the cache ---------------------------------------------------------------------
CELERY_BROKER_URL = env.str(
    "CELERY_BROKER_URL", default=""
)  # empty: embedded, `manage.py up` rings its own bell
REDIS_URL = env.str("REDIS_URL", default="")
IS_EMBEDDED = not CELERY_BROKER_URL
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A mute Redis must cost a request one second, not its whole time limit.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }

# --- web ------------------------------------------------------------------------------------------
DEBUG = env.switch("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # both forms of an address answer; a redirected POST would lose its body
# Contact batches of 10,000 rows are read whole; 20 MB is the promise of the API.
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Behind a proxy that ends TLS: it must set this header itself and drop the client's.
BEHIND_TLS_PROXY = env.switch("BEHIND_TLS_PROXY", default=False)
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
# The proxy that ends TLS redirects plain requests and promises HSTS; health checks inside come without TLS.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "dialer",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- admin ----------------------------------------------------------------------------------------
UNFOLD = {"SITE_TITLE": "Dialer", "SITE_HEADER": "Dialer"}

# --- static files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Served from the packages themselves: no collectstatic at a first run, no second copy in a container.
WHITENOISE_USE_FINDERS = True

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is an unknown parameter like any other
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Dialer orchestration API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Everything the readable page loads comes from this server, its icon too.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["dialer.api.schema.without_optional_slash"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "dialer.api.schema.say_what_is_refused",
        "dialer.api.examples.with_examples",
    ],
    # What is read only stands in answers alone, so that a client's types hold no field that a write refuses.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ResultEnum": "dialer.api.attempts.RESULTS",
        "SettledResultEnum": "dialer.api.attempts.SETTLED",
        "AttemptOutStateEnum": "dialer.api.preview_shape.ATTEMPT_STATES",
        "CampaignContactOutStateEnum": "dialer.api.explain_shape.CONTACT_STATES",
        "StatusEnum": "dialer.api.explain_shape.STATUSES",
        "VerdictOutcomeEnum": "dialer.api.explain_shape.OUTCOMES",
    },
}

# One key's share: far above a well-made client, far below what stops the others.
DIALER_REQUESTS_PER_MINUTE = env.whole("DIALER_REQUESTS_PER_MINUTE", default=12_000)

# --- dialing --------------------------------------------------------------------------------------
DIALER_TICK_SECONDS = env.seconds("DIALER_TICK_SECONDS", default=1.0)  # the base tick; others are multiples
DIALER_POLL_SECONDS = env.seconds("DIALER_POLL_SECONDS", default=5.0)  # between two looks at a provider
DIALER_LEASE_SECONDS = env.seconds("DIALER_LEASE_SECONDS", default=60.0)  # a worker's hold on what it claimed
DIALER_RECONCILE_SECONDS = env.seconds(
    "DIALER_RECONCILE_SECONDS", default=15.0
)  # look-ups of what is in doubt
# The address at which providers reach this installation, scheme and host; empty: the address of each API call.
DIALER_PUBLIC_URL = env.str("DIALER_PUBLIC_URL", default="").rstrip("/")
# No setting for people: `manage.py up` alone knows its port, and tells it to what it starts.
LOCAL_URL_NAME = "DIALER_LOCAL_URL"
DIALER_LOCAL_URL = os.environ.get(LOCAL_URL_NAME, "")
# The largest notification that is taken in: vendors send some kilobytes, a whole conversation at most.
DIALER_HOOK_BYTES = env.whole("DIALER_HOOK_BYTES", default=1024 * 1024)
# http:// to a machine that is not this one would carry credentials in the clear.
DIALER_ALLOW_HTTP_BASE_URLS = env.switch("DIALER_ALLOW_HTTP_BASE_URLS", default=False)
# Events are kept in the change feed for so many days; a reader that is further behind is told that it missed some.
DIALER_FEED_DAYS = env.whole("DIALER_FEED_DAYS", default=30)
# Webhooks to addresses inside this network, and over http: whoever may name an endpoint could reach them.
DIALER_WEBHOOK_ALLOW_PRIVATE = env.switch("DIALER_WEBHOOK_ALLOW_PRIVATE", default=False)
DIALER_LEDGER_PATH = env.str("DIALER_LEDGER_PATH", default="") or str(
    DIALER_DATA_DIR / "simulator-ledger.sqlite3"
)

# --- time and language ----------------------------------------------------------------------------
TIME_ZONE = "UTC"  # local time exists only in the rules, by the called party's zone
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"  # a language's own formats go before formats named here

# --- logs -----------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default="auto")  # auto: readable on a terminal, JSON lines elsewhere
LOGGING = logging_config(level=LOG_LEVEL, form=LOG_FORMAT)
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request is enough: its end
