"""A small Google Cloud on your laptop, with an IAP front door; imports nothing of ours."""
