"""Tests of the comparison with Google's audit log."""
