"""Mails and Pub/Sub messages: written in the transaction of the change, delivered after its commit."""
