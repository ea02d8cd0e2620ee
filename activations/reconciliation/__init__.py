"""Makes the ledger and IAM say the same again, after crashes, time and other people's changes."""
