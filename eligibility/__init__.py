"""Determines who may activate which role, from policies, their conditions and group memberships."""
