"""The self-service pages, over HTTP."""
