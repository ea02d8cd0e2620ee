# Only with a domain. The service needs the backend's number; the backend refers to the endpoint group,
# which refers to the service by name. So there is no dependency cycle.
locals {
  balanced = local.is_behind_load_balancer ? 1 : 0
  audience = local.is_behind_load_balancer ? {
    IAP_BACKEND_SERVICE_ID = tostring(google_compute_backend_service.application[0].generated_id)
  } : {}
}

resource "google_compute_region_network_endpoint_group" "application" {
  count = local.balanced

  project               = var.project_id
  region                = var.region
  name                  = "jitaccess"
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = "jitaccess"
  }

  depends_on = [module.foundation]
}

resource "google_compute_backend_service" "application" {
  count = local.balanced

  project               = var.project_id
  name                  = "jitaccess-backend"
  load_balancing_scheme = "EXTERNAL_MANAGED"

  backend {
    group = google_compute_region_network_endpoint_group.application[0].id
  }

  iap {
    enabled = true
  }
}

resource "google_iap_web_backend_service_iam_member" "users" {
  for_each = local.is_behind_load_balancer ? toset(var.users) : toset([])

  project             = var.project_id
  web_backend_service = google_compute_backend_service.application[0].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.value
}

resource "google_compute_global_address" "application" {
  count = local.balanced

  project = var.project_id
  name    = "jitaccess-ip"

  depends_on = [module.foundation]
}

resource "google_compute_managed_ssl_certificate" "application" {
  count = local.balanced

  project = var.project_id
  name    = "jitaccess"

  managed {
    domains = [var.domain]
  }

  depends_on = [module.foundation]
}

resource "google_compute_url_map" "application" {
  count = local.balanced

  project         = var.project_id
  name            = "jitaccess"
  default_service = google_compute_backend_service.application[0].id
}

resource "google_compute_target_https_proxy" "application" {
  count = local.balanced

  project          = var.project_id
  name             = "jitaccess-proxy"
  url_map          = google_compute_url_map.application[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.application[0].id]
}

resource "google_compute_global_forwarding_rule" "application" {
  count = local.balanced

  project               = var.project_id
  name                  = "jitaccess-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.application[0].id
  target                = google_compute_target_https_proxy.application[0].id
  port_range            = "443"
}
