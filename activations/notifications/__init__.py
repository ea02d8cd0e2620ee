"""Mails and Pub/Sub messages: announced in the transaction, delivered afterwards."""
