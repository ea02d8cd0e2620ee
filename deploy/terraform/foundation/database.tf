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

    # No network is authorized on the public address; the platform's socket uses the service account's
    # credentials.
    ip_configuration {
      ipv4_enabled    = !local.is_private
      private_network = local.is_private ? var.network : null
      ssl_mode        = "ENCRYPTED_ONLY"
      server_ca_mode  = "GOOGLE_MANAGED_INTERNAL_CA"
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = var.database_iam_login ? "on" : "off"
    }
  }

  depends_on = [google_project_service.used, google_service_networking_connection.database]
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

# Logs in with an access token instead of a password. It has no rights until it is granted the role
# "jitaccess" in the database: docs/private-networks.md.
resource "google_sql_user" "service_account" {
  count = var.database_iam_login ? 1 : 0

  project  = var.project_id
  instance = google_sql_database_instance.history.name
  name     = local.database_account
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
}

resource "google_project_iam_member" "logs_in" {
  count = var.database_iam_login ? 1 : 0

  project = var.project_id
  role    = "roles/cloudsql.instanceUser"
  member  = google_service_account.application.member
}
