module "foundation" {
  source = "../foundation"

  project_id            = var.project_id
  region                = var.region
  resource_scope        = var.resource_scope
  grantable_roles       = var.grantable_roles
  database_version      = var.database_version
  database_tier         = var.database_tier
  database_availability = var.database_availability
  database_iam_login    = var.database_iam_login
  network               = var.network
  creates_peering       = var.creates_peering
  deletion_protection   = var.deletion_protection
  notification_topic    = var.notification_topic
  smtp_secret_id        = var.smtp_secret_id

  platform_services = [
    "artifactregistry.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "run.googleapis.com",
  ]
}

locals {
  is_behind_load_balancer = var.domain != ""

  # Without a domain, Cloud Run serves this address too, which is known before the service exists.
  run_url  = "https://jitaccess-${module.foundation.project_number}.${var.region}.run.app"
  own_url  = var.base_url == "" ? local.run_url : var.base_url
  base_url = local.is_behind_load_balancer ? "https://${var.domain}" : local.own_url
  topic    = var.notification_topic == "" ? {} : { NOTIFICATION_TOPIC = var.notification_topic }

  # A public address is reached through the platform's socket, a private one through the network.
  sockets   = var.network == "" ? { cloudsql = module.foundation.connection_name } : {}
  networks  = var.network == "" ? [] : [var.network]
  iam_login = var.database_iam_login ? { DATABASE_IAM_LOGIN = "true" } : {}

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
      BASE_URL             = local.base_url
    },
    local.topic,
    local.iam_login,
    local.mail_password,
    var.environment,
  )
  secrets = {
    SECRET_KEY   = module.foundation.secret_key_secret_id
    DATABASE_URL = module.foundation.database_url_secret_id
  }
}
