"""The Django project: settings, urls, Celery app, logging, health pages. It never holds dialing logic."""
