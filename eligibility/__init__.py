"""Who may activate which role: conditions, catalogs, groups."""
