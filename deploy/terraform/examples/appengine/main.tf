# terraform init && terraform apply, then follow docs/deploy-app-engine.md from "The Admin console".
provider "google" {
  project = "example-jitaccess"
  region  = "europe-west1"
}

module "jitaccess" {
  source = "../../appengine"

  project_id     = "example-jitaccess"
  region         = "europe-west1"
  location       = "europe-west"
  resource_scope = "folders/123456789012"
  users          = ["group:engineering@example.com"]

  grantable_roles = [
    "roles/compute.admin",
    "roles/run.admin",
    "roles/storage.admin",
  ]
}

output "service_account" {
  description = "For app.deployed.yaml, and for the Admin console."
  value       = module.jitaccess.service_account
}

output "database_url_secret" {
  description = "For app.deployed.yaml."
  value       = module.jitaccess.database_url_secret
}

output "secret_key_secret" {
  description = "For app.deployed.yaml."
  value       = module.jitaccess.secret_key_secret
}
