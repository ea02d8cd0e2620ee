"""Words of the document that other rules know."""

PEERS = "peers"
TICKET = "{ticket}"
