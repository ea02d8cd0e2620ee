"""Settings, read once from the environment; docs/configuration.md describes each variable."""

from __future__ import annotations

import os
from datetime import UTC, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from jitaccess.database import database_settings
from jitaccess.environment import Environment
from jitaccess.google_settings import (
    api_endpoints,
    cron_service_account,
    https_proxy,
    iap_audiences,
    no_proxy,
)
from jitaccess.mail_settings import mail_server, notification_topic, notification_zone
from jitaccess.missing_variables import require_configuration
from jitaccess.near_names import near_names
from jitaccess.public_address import allowed_hosts, public_address
from jitaccess.resource_settings import (
    audit_log_views,
    backend_service_id,
    catalog_name,
    customer_id,
    export_bucket,
    resource_scope,
)
from jitaccess.runtime import platform
from jitaccess.secret_key import secret_key
from jitaccess.telemetry.collector import collector
from jitaccess.version import VERSION, release, revision
from policies.patterns import UnusablePattern, check_pattern

ROOT = Path(__file__).resolve().parent.parent
_problems: list[str] = []
env = Environment(os.environ, _problems)

# --- platform -----------------------------------------------------------------------------------
APPLICATION_VERSION = VERSION
RELEASE = release(env.read(revision, ""))
PLATFORM = platform(env)
K_SERVICE = env.text("K_SERVICE")
GOOGLE_CLOUD_PROJECT = env.text("GOOGLE_CLOUD_PROJECT")
DEBUG = False

# --- Google's APIs ------------------------------------------------------------------------------
GOOGLE_API_ENDPOINT = env.address("GOOGLE_API_ENDPOINT")
_no_endpoints: dict[str, str] = {}
GOOGLE_API_ENDPOINTS = env.read(api_endpoints, _no_endpoints)
HTTPS_PROXY = env.read(https_proxy, "")
NO_PROXY = no_proxy(env)
BACKEND_CONNECT_TIMEOUT = env.integer("BACKEND_CONNECT_TIMEOUT", 5, at_least=0, at_most=3600)
BACKEND_READ_TIMEOUT = env.integer("BACKEND_READ_TIMEOUT", 20, at_least=0, at_most=3600)
BACKEND_WRITE_TIMEOUT = env.integer("BACKEND_WRITE_TIMEOUT", 5, at_least=0, at_most=3600)
# Reads secrets at the start; people are served by a client of its own.
_cloud = Cloud(
    CloudConfig(
        endpoint=GOOGLE_API_ENDPOINT or None,
        endpoints=GOOGLE_API_ENDPOINTS,
        proxy=HTTPS_PROXY,
        no_proxy=NO_PROXY,
        connect_timeout=BACKEND_CONNECT_TIMEOUT,
        read_timeout=BACKEND_READ_TIMEOUT,
        version=VERSION,
    )
)

# --- what is managed ----------------------------------------------------------------------------
RESOURCE_SCOPE = env.read(resource_scope, "")
RESOURCE_CATALOG = env.read(catalog_name, "")
RESOURCE_CUSTOMER_ID = env.read(customer_id, "")
AVAILABLE_PROJECTS_QUERY = env.text("AVAILABLE_PROJECTS_QUERY", "state:ACTIVE")
_no_views: tuple[str, ...] = ()
AUDIT_LOG_VIEWS = env.read(audit_log_views, _no_views)
EXPORT_BUCKET = env.read(export_bucket, "")

# --- rules of activation ------------------------------------------------------------------------
# As in the original, the deprecated name wins where both are set.
_timeout = "ELEVATION_DURATION" if env.is_set("ELEVATION_DURATION") else "ACTIVATION_TIMEOUT"
env.text("ELEVATION_DURATION")
ACTIVATION_TIMEOUT = timedelta(minutes=env.integer(_timeout, 120, at_least=1, at_most=7 * 24 * 60))
env.integer("ACTIVATION_TIMEOUT", 120)
ACTIVATION_REQUEST_TIMEOUT = timedelta(
    minutes=env.integer("ACTIVATION_REQUEST_TIMEOUT", 60, at_least=1, at_most=7 * 24 * 60)
)
ENDING_SOON = timedelta(minutes=env.integer("ENDING_SOON_MINUTES", 10, at_least=0, at_most=24 * 60))
ACTIVATION_REQUEST_MAX_ROLES = env.integer("ACTIVATION_REQUEST_MAX_ROLES", 10, at_least=1)
ACTIVATION_REQUEST_MAX_REVIEWERS = env.integer("ACTIVATION_REQUEST_MAX_REVIEWERS", 10, at_least=1)
ACTIVATION_REQUEST_MIN_REVIEWERS = env.integer(
    "ACTIVATION_REQUEST_MIN_REVIEWERS", 1, at_least=1, at_most=ACTIVATION_REQUEST_MAX_REVIEWERS
)
JUSTIFICATION_HINT = env.text("JUSTIFICATION_HINT", "Bug or case number")
JUSTIFICATION_PATTERN = env.text("JUSTIFICATION_PATTERN", ".*")
try:
    check_pattern(JUSTIFICATION_PATTERN)
except UnusablePattern as _error:
    _problems.append(
        f"JUSTIFICATION_PATTERN is not a regular expression of RE2: {_error}. RE2's syntax is at"
        " https://github.com/google/re2/wiki/Syntax"
    )

POLICY_WRITES_PER_MINUTE = env.integer("POLICY_WRITES_PER_MINUTE", 300, at_least=0)
ASSET_CALLS_PER_MINUTE = env.integer("ASSET_CALLS_PER_MINUTE", 400, at_least=0)
ANALYSES_PER_DAY = env.integer("ANALYSES_PER_DAY", 1000, at_least=0)
REQUESTS_PER_MINUTE = env.integer("REQUESTS_PER_MINUTE", 60, at_least=1)
READS_PER_MINUTE = env.integer("READS_PER_MINUTE", 600, at_least=1)

# --- help for people without eligible roles -----------------------------------------------------
HELP_CONTACT = env.text("HELP_CONTACT")

# --- administrators, auditors, reviewers --------------------------------------------------------
ADMINISTRATORS = env.principals("ADMINISTRATORS")
AUDITORS = env.principals("AUDITORS")
REVIEWERS = env.principals("REVIEWERS")

# --- access policies ----------------------------------------------------------------------------
ACCESS_POLICY_SECOND_PERSON = env.boolean("ACCESS_POLICY_SECOND_PERSON", default=True)

# --- notifications -------------------------------------------------------------------------------
_utc: tzinfo = UTC
MAIL_SERVER = env.read(mail_server, None)
NOTIFICATION_TIMEZONE = env.read(notification_zone, _utc)
NOTIFICATION_TOPIC = env.read(notification_topic, "")
# Whether the process that queues a message also delivers it in the background, after the answer.
NOTIFICATION_BACKGROUND_DELIVERY = True

# --- identity -----------------------------------------------------------------------------------
_no_audiences: tuple[str, ...] = ()
IAP_AUDIENCE = env.read(iap_audiences, _no_audiences)
IAP_BACKEND_SERVICE_ID = env.read(backend_service_id, "")
IAP_KEYS_URL = env.address("IAP_KEYS_URL", "https://www.gstatic.com/iap/verify/public_key")
if not env.boolean("IAP_VERIFY_AUDIENCE", default=True):
    _problems.append(
        "IAP_VERIFY_AUDIENCE=false is refused: without the audience any Google project could sign"
        " people in here. Set IAP_AUDIENCE to the audience of your IAP resource instead."
    )

# --- schedulers ---------------------------------------------------------------------------------
CRON_SERVICE_ACCOUNT = env.read(cron_service_account, "")

# --- telemetry ----------------------------------------------------------------------------------
OTEL_EXPORTER_OTLP_ENDPOINT = env.read(collector, "")

# --- Django -------------------------------------------------------------------------------------
SECRET_KEY_SECRET = "" if env.is_set("SECRET_KEY") else env.text("SECRET_KEY_SECRET")
SECRET_KEY = env.read(partial(secret_key, cloud=_cloud), "")
BASE_URL = env.read(public_address, "")
CRON_AUDIENCE = env.text("CRON_AUDIENCE", BASE_URL)
ALLOWED_HOSTS = allowed_hosts(BASE_URL)
ROOT_URLCONF = "jitaccess.urls"
WSGI_APPLICATION = "jitaccess.wsgi.application"
AUTH_USER_MODEL = "activations.User"
# Nobody signs in, because IAP identifies each request; this backend accepts no credentials.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.BaseBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "jitaccess.admin_config.JitAccessAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "jitaccess.static_config.JitAccessStaticConfig",
    "jitaccess",
    "eligibility",
    "policies",
    "activations",
    "certification",
]
MIDDLEWARE = [
    "jitaccess.tracing.TracingMiddleware",
    "jitaccess.telemetry.middleware.TelemetryMiddleware",
    "jitaccess.security_headers.SecurityHeadersMiddleware",
    "jitaccess.security_headers.BodyLimitMiddleware",
    "jitaccess.open_paths.OpenPathsMiddleware",
    "jitaccess.security_headers.HttpsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jitaccess.static_files.StaticFilesMiddleware",
    "jitaccess.errors.ErrorPagesMiddleware",
    "jitaccess.security_headers.ApiHeaderMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "jitaccess.identity.middleware.IapMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["activations.templatetags.shown"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "activations.pages.context.frame",
            ],
        },
    }
]
ALLOW_SQLITE = env.boolean("ALLOW_SQLITE", default=not PLATFORM.has_ephemeral_disk)
DATABASE_URL_SECRET = "" if env.is_set("DATABASE_URL") else env.text("DATABASE_URL_SECRET")
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.read(
        partial(database_settings, allow_sqlite=ALLOW_SQLITE, platform=PLATFORM, cloud=_cloud),
        {},
    )
}
require_configuration(env, PLATFORM, _problems)
NEAR_NAMES = near_names(os.environ, env.asked)

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "jitaccess.static_files.ManifestStorage"},
}
# Pages name only files with a hash, so the others need no compressed copies.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Nobody signs in, so sessions store nothing; Django's admin requires the middleware.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# Always for https; jitaccess.security_headers removes the flag only on a laptop's plain loopback.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "jitaccess.errors.csrf_failure"
# The proxy in front terminates TLS and says so in this header; other senders cannot reach this process.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if PLATFORM.has_ephemeral_disk else None
)
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL else []
# HttpsMiddleware redirects plain http, except for App Engine's cron and a laptop's loopback. Django's
# own redirect can exempt paths only, so it is not used.
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [""]
SECURE_HSTS_SECONDS = 365 * 24 * 3600  # sent on https answers only
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# An access policy of 256 KiB, percent-encoded by a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["jitaccess.security_headers.RefusedUploads"]

LOGGING_CONFIG = "jitaccess.logging.configure"
LOGGING = {"version": 1}  # Django calls the function above only when this is not empty
