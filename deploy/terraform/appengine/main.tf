# Everything around the application on App Engine; gcloud deploys its code (docs/deploy-app-engine.md).
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
    "appengine.googleapis.com",
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudscheduler.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "vpcaccess.googleapis.com",
  ]
}

# App Engine reaches the database's private address through this connector.
resource "google_vpc_access_connector" "application" {
  count = var.network == "" ? 0 : 1

  project       = var.project_id
  region        = var.region
  name          = "jitaccess"
  network       = var.network
  ip_cidr_range = var.connector_range
  min_instances = 2
  max_instances = 3

  depends_on = [module.foundation]
}

resource "google_app_engine_application" "application" {
  count = var.creates_application ? 1 : 0

  project     = var.project_id
  location_id = var.location

  # Switch on the proxy in the console, which keeps its client secret out of Terraform's state.
  lifecycle {
    ignore_changes = [iap]
  }

  depends_on = [module.foundation]
}

# Roles that App Engine's builds need (its default account stores images).
resource "google_project_iam_member" "builds" {
  for_each = toset(["roles/artifactregistry.createOnPushWriter", "roles/storage.admin"])

  project = var.project_id
  role    = each.value
  member  = "serviceAccount:${var.project_id}@appspot.gserviceaccount.com"

  depends_on = [google_app_engine_application.application]
}

resource "google_iap_web_type_app_engine_iam_member" "users" {
  for_each = toset(var.users)

  project = var.project_id
  app_id  = var.project_id
  role    = "roles/iap.httpsResourceAccessor"
  member  = each.value

  depends_on = [google_app_engine_application.application]
}
