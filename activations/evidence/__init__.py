"""The event chain: recording, verification, triggers, anchors."""
