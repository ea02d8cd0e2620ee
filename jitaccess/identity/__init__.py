"""Identifies people by the assertion of Identity-Aware Proxy, which every request must carry."""
