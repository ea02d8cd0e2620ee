resource "google_sql_database_instance" "history" {
  project             = var.project_id
  region              = var.region
  name                = "jitaccess"
  database_version    = var.database_version
  deletion_protection = var.deletion_protection

  settings {
    # Otherwise PostgreSQL 16 would be Enterprise Plus, which does not offer small machines.
    edition           = "ENTERPRISE"
    tier              = var.database_tier
    availability_type = var.database_availability

    backup_configuration {
      enabled                        = true
      start_time                     = "02:00"
      point_in_time_recovery_enabled = true
    }

    # No network is authorized; the platform's socket uses the service account's credentials.
    ip_configuration {
      ipv4_enabled   = true
      ssl_mode       = "ENCRYPTED_ONLY"
      server_ca_mode = "GOOGLE_MANAGED_INTERNAL_CA"
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_sql_database" "history" {
  project  = var.project_id
  instance = google_sql_database_instance.history.name
  name     = "jitaccess"
}

# Letters and digits only, because it becomes part of an address.
resource "random_password" "database" {
  length  = 40
  special = false
}

resource "google_sql_user" "application" {
  project  = var.project_id
  instance = google_sql_database_instance.history.name
  name     = "jitaccess"
  password = random_password.database.result
}
