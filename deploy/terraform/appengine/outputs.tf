output "service_account" {
  description = "Value of service_account in app.yaml; also needs the admin role Groups Reader."
  value       = module.foundation.service_account_email
}

output "database_url" {
  description = "Value of DATABASE_URL in app.yaml, with its password."
  value       = module.foundation.database_url
  sensitive   = true
}

output "secret_key_secret" {
  description = "Value of SECRET_KEY_SECRET in app.yaml."
  value       = "projects/${var.project_id}/secrets/${module.foundation.secret_key_secret_id}/versions/latest"
}
