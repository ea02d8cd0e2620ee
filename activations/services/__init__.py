"""What people do, one keyword-only function each."""
