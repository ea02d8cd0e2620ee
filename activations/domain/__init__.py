"""Rules and words that need neither Django nor Google."""
