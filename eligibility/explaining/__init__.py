"""Why a person may activate a role now, or why not: live facts, and one pure function over them."""
