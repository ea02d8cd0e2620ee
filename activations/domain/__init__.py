"""The rules as pure functions and values: no Django, no Google, no clock."""
