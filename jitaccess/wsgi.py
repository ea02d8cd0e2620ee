"""The application that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from jitaccess.mail_settings import log_mail_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jitaccess.settings")

application = get_wsgi_application()
log_mail_settings(settings.MAIL_SERVER)
