output "service_account" {
  description = "The application's account; assign it the admin role Groups Reader in the Admin console."
  value       = module.foundation.service_account_email
}

output "service_url" {
  description = "Address for people; the application accepts no other host."
  value       = local.base_url
}

output "ip_address" {
  description = "Address for the domain's A record; empty without a load balancer."
  value       = join("", google_compute_global_address.application[*].address)
}

output "migration_job" {
  description = "Job to run before a new version gets traffic."
  value       = google_cloud_run_v2_job.application["migrate"].name
}
