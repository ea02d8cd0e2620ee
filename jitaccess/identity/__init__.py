"""One way in for people: a verified assertion of Identity-Aware Proxy on every request."""
