# terraform init && terraform apply, then follow docs/deploy-cloud-run.md from "The Admin console".
provider "google" {
  project = "example-jitaccess"
  region  = "europe-west1"
}

module "jitaccess" {
  source = "../../cloudrun"

  project_id     = "example-jitaccess"
  region         = "europe-west1"
  image          = "europe-west1-docker.pkg.dev/example-jitaccess/jitaccess/jitaccess:0.2.0"
  resource_scope = "organizations/123456789012"
  customer_id    = "C0123abcd"
  users          = ["domain:example.com"]

  # The database has only a private address, and the service account logs in without a password.
  network            = "projects/example-jitaccess/global/networks/jitaccess"
  subnetwork         = "jitaccess-europe-west1"
  database_iam_login = true

  # With a domain there is a load balancer; without one IAP is on the service itself.
  domain = "jit.example.com"

  environment = {
    ACTIVATION_TIMEOUT    = "60"
    ADMINISTRATORS        = "user:olga@example.com, group:jit-admins@example.com"
    AUDITORS              = "group:jit-auditors@example.com"
    JUSTIFICATION_HINT    = "Bug or case number"
    JUSTIFICATION_PATTERN = "CASE-[0-9]+.*"
    SMTP_SENDER_ADDRESS   = "jit-access@example.com"
  }
}

output "service_account" {
  description = "For the Admin console."
  value       = module.jitaccess.service_account
}

output "service_url" {
  description = "Address of the service."
  value       = module.jitaccess.service_url
}

output "ip_address" {
  description = "For the A record of the domain."
  value       = module.jitaccess.ip_address
}

output "migration_job" {
  description = "Job to run with gcloud run jobs execute before a new version gets traffic."
  value       = module.jitaccess.migration_job
}
