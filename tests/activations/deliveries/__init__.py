"""Tests of the delivery of exports to a bucket."""
