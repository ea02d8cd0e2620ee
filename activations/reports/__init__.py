"""Reports about the history: numbers for charts and tables, computed in the database."""
