output "service_account" {
  description = "The application's account; assign it the admin role Groups Reader in the Admin console."
  value       = module.foundation.service_account_email
}

output "service_url" {
  description = "Address of the service; without a domain, the value of base_url from the second run on."
  value       = google_cloud_run_v2_service.application.uri
}

output "ip_address" {
  description = "Address for the domain's A record; empty without a load balancer."
  value       = join("", google_compute_global_address.application[*].address)
}

output "migration_job" {
  description = "Job to run before a new version gets traffic."
  value       = google_cloud_run_v2_job.application["migrate"].name
}
