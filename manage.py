#!/usr/bin/env python3
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line

from jitaccess.refusal import reporting
from jitaccess.telemetry.running import job

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jitaccess.settings")
    with reporting(sys.argv), job(sys.argv):
        execute_from_command_line(sys.argv)
