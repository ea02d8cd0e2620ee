"""Who acts, who may see what, and who may review."""
