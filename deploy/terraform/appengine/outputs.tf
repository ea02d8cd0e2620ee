output "service_account" {
  description = "Value of service_account in app.deployed.yaml; also needs the admin role Groups Reader."
  value       = module.foundation.service_account_email
}

output "database_url_secret" {
  description = "Value of DATABASE_URL_SECRET in app.deployed.yaml."
  value       = "projects/${var.project_id}/secrets/${module.foundation.database_url_secret_id}/versions/latest"
}

output "vpc_access_connector" {
  description = "Value of vpc_access_connector.name in app.deployed.yaml; empty without a network."
  value       = join("", google_vpc_access_connector.application[*].id)
}

output "secret_key_secret" {
  description = "Value of SECRET_KEY_SECRET in app.deployed.yaml."
  value       = "projects/${var.project_id}/secrets/${module.foundation.secret_key_secret_id}/versions/latest"
}

output "audit_log_view" {
  description = "Value of AUDIT_LOG_VIEWS in app.deployed.yaml; empty without audit_log."
  value       = module.foundation.audit_log_view
}
