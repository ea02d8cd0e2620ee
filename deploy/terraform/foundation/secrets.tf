# Terraform's state contains these values: restrict access to it.
resource "random_password" "secret_key" {
  length  = 64
  special = false
}

locals {
  connection_name = google_sql_database_instance.history.connection_name

  # PostgreSQL's name of the service account.
  database_account = trimsuffix(google_service_account.application.email, ".gserviceaccount.com")
  database_login   = var.database_iam_login ? urlencode(local.database_account) : "jitaccess:${random_password.database.result}"
  public_url       = "postgres://${local.database_login}@//cloudsql/${local.connection_name}/jitaccess"
  private_url      = "postgres://${local.database_login}@${google_sql_database_instance.history.private_ip_address}/jitaccess?sslmode=require"
  database_url     = local.is_private ? local.private_url : local.public_url
}

resource "google_secret_manager_secret" "secret_key" {
  project   = var.project_id
  secret_id = "jitaccess-secret-key"

  replication {
    auto {}
  }

  depends_on = [google_project_service.used]
}

resource "google_secret_manager_secret_version" "secret_key" {
  secret      = google_secret_manager_secret.secret_key.id
  secret_data = random_password.secret_key.result
}

resource "google_secret_manager_secret" "database_url" {
  project   = var.project_id
  secret_id = "jitaccess-database-url"

  replication {
    auto {}
  }

  depends_on = [google_project_service.used]
}

resource "google_secret_manager_secret_version" "database_url" {
  secret      = google_secret_manager_secret.database_url.id
  secret_data = local.database_url
}

locals {
  own_secrets = {
    secret_key   = google_secret_manager_secret.secret_key.secret_id
    database_url = google_secret_manager_secret.database_url.secret_id
  }
  mail_secret = var.smtp_secret_id == "" ? {} : { smtp = var.smtp_secret_id }
}

resource "google_secret_manager_secret_iam_member" "reads" {
  for_each = merge(local.own_secrets, local.mail_secret)

  project   = var.project_id
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.application.member
}
