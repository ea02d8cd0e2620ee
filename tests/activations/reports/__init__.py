"""Tests of the reports, over HTTP."""
