"""Compares the records with Google's audit log: who changed which policies, and whether each write of ours is there."""
