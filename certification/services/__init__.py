"""What people do with campaigns: one keyword-only function per intent."""
