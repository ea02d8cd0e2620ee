"""The history as files: fixed and versioned columns, CSV and JSON Lines, streamed."""
