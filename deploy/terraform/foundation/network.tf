# With a network the database has a private address in it and no public one.
locals {
  is_private       = var.network != ""
  private_services = local.is_private ? ["compute.googleapis.com", "servicenetworking.googleapis.com"] : []
}

# The range that Google takes the private address from. A network has one such peering, so projects
# that share a network create it once.
resource "google_compute_global_address" "database" {
  count = local.is_private && var.creates_peering ? 1 : 0

  project       = var.project_id
  name          = "jitaccess-database"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 24
  network       = var.network

  depends_on = [google_project_service.used]
}

resource "google_service_networking_connection" "database" {
  count = local.is_private && var.creates_peering ? 1 : 0

  network                 = var.network
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.database[0].name]
}
