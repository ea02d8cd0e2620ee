"""Delivers the exports of each day to a bucket of Cloud Storage, where nobody can change them."""
