"""The application that gunicorn serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections

from jitaccess.mail_settings import log_mail_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jitaccess.settings")

application = get_wsgi_application()
import_module("jitaccess.start").require_readiness()  # requires the apps that the line above loads
connections.close_all()  # the thread that starts a worker handles no requests
log_mail_settings(settings.MAIL_SERVER)
