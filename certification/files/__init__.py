"""What leaves a campaign: the decisions as CSV, and the patch as commands and as a list for Terraform."""
