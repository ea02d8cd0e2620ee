"""The project: settings, urls, wsgi, identity, admin site, health, logging."""
