module "foundation" {
  source = "../foundation"

  project_id            = var.project_id
  region                = var.region
  resource_scope        = var.resource_scope
  grantable_roles       = var.grantable_roles
  database_version      = var.database_version
  database_tier         = var.database_tier
  database_availability = var.database_availability
  deletion_protection   = var.deletion_protection
  notification_topic    = var.notification_topic
  smtp_secret_id        = var.smtp_secret_id

  platform_services = [
    "artifactregistry.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "run.googleapis.com",
  ]
}

locals {
  is_behind_load_balancer = var.domain != ""

  base_url = local.is_behind_load_balancer ? "https://${var.domain}" : var.base_url
  topic    = var.notification_topic == "" ? {} : { NOTIFICATION_TOPIC = var.notification_topic }
  address  = local.base_url == "" ? {} : { BASE_URL = local.base_url }

  mail_password = var.smtp_secret_id == "" ? {} : {
    SMTP_SECRET = "projects/${var.project_id}/secrets/${var.smtp_secret_id}/versions/latest"
  }

  # The same for the service and its jobs, because they send the same mails.
  environment = merge(
    {
      RESOURCE_SCOPE       = var.resource_scope
      RESOURCE_CATALOG     = "AssetInventory"
      RESOURCE_CUSTOMER_ID = var.customer_id
      ALLOW_SQLITE         = "false"
    },
    local.topic,
    local.address,
    local.mail_password,
    var.environment,
  )
  secrets = {
    SECRET_KEY   = module.foundation.secret_key_secret_id
    DATABASE_URL = module.foundation.database_url_secret_id
  }
}
