# Who is eligible for what. terraform init && terraform apply
provider "google" {
  project = "example-jitaccess"
}

module "shop" {
  source = "../../eligible-roles"

  resource = "projects/shop-prod"

  eligible = {
    operators = {
      role   = "roles/compute.admin"
      member = "group:operators@example.com"
    }

    # Peers must approve, for one bucket, until the end of the contract.
    contractors = {
      role     = "roles/storage.objectAdmin"
      member   = "group:contractors@example.com"
      approval = true
      only     = "projects/_/buckets/invoices"
      until    = "2040-01-31T00:00:00Z"
    }
  }
}

output "conditions" {
  description = "The conditions that were written."
  value       = module.shop.conditions
}
