"""Clients for Google's APIs, with their own types and errors; importable without Django."""
