"""The application that gunicorn serves."""

import logging
import os
from importlib import import_module

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections

from jitaccess.mail_settings import log_mail_settings
from jitaccess.refusal import APPLICATION_CANNOT_BE_LOADED, refusing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jitaccess.settings")
logger = logging.getLogger("jitaccess.start")


def _started() -> WSGIHandler:
    handler = get_wsgi_application()
    start = import_module("jitaccess.start")  # requires the apps that the line above loads
    start.require_readiness()
    start.limit_statements()
    return handler


with refusing(status=APPLICATION_CANNOT_BE_LOADED):
    application = _started()
connections.close_all()  # the thread that starts a worker handles no requests
for name in settings.NEAR_NAMES:
    logger.warning("%s", name, extra={"event": "runtime.startup"})
log_mail_settings(settings.MAIL_SERVER)
