output "service_account_email" {
  description = "The application's account; assign it the admin role Groups Reader in the Admin console."
  value       = google_service_account.application.email
}

output "service_account_member" {
  description = "The same account in IAM's notation."
  value       = google_service_account.application.member
}

output "project_number" {
  description = "Number of the project; part of the addresses of Cloud Run."
  value       = data.google_project.own.number
}

output "connection_name" {
  description = "PROJECT:REGION:INSTANCE of the database."
  value       = local.connection_name
}

output "database_url_secret_id" {
  description = "Secret that holds DATABASE_URL."
  value       = google_secret_manager_secret.database_url.secret_id
  depends_on  = [google_secret_manager_secret_version.database_url]
}

output "secret_key_secret_id" {
  description = "Secret that holds SECRET_KEY."
  value       = google_secret_manager_secret.secret_key.secret_id
  depends_on  = [google_secret_manager_secret_version.secret_key]
}

output "audit_log_view" {
  description = "Value of AUDIT_LOG_VIEWS; empty without audit_log."
  value       = join("", google_logging_log_view.policies[*].id)
}
