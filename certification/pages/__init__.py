"""The pages of access reviews under `/admin/access-reviews/`."""
