"""Rules of access reviews as pure functions: no Django, no Google, no clock."""
