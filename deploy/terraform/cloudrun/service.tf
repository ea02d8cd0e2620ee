resource "google_cloud_run_v2_service" "application" {
  project             = var.project_id
  location            = var.region
  name                = "jitaccess"
  deletion_protection = var.deletion_protection
  ingress             = local.is_behind_load_balancer ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_ALL"
  iap_enabled         = !local.is_behind_load_balancer

  template {
    service_account                  = module.foundation.service_account_email
    timeout                          = "60s"
    max_instance_request_concurrency = 8

    scaling {
      min_instance_count = 1
      max_instance_count = var.max_instances
    }

    dynamic "volumes" {
      for_each = local.sockets

      content {
        name = volumes.key

        cloud_sql_instance {
          instances = [volumes.value]
        }
      }
    }

    dynamic "vpc_access" {
      for_each = local.networks

      content {
        egress = "PRIVATE_RANGES_ONLY"

        network_interfaces {
          network    = vpc_access.value
          subnetwork = var.subnetwork == "" ? null : var.subnetwork
        }
      }
    }

    containers {
      image = var.image

      ports {
        container_port = 8080
      }

      # Mails are sent in the background after the answer, so CPU is always allocated.
      resources {
        cpu_idle          = false
        startup_cpu_boost = true

        limits = {
          cpu    = "1"
          memory = "512Mi"
        }
      }

      dynamic "volume_mounts" {
        for_each = local.sockets

        content {
          name       = volume_mounts.key
          mount_path = "/cloudsql"
        }
      }

      # A revision that is not ready, for example because a migration is missing, gets no traffic.
      startup_probe {
        period_seconds    = 5
        timeout_seconds   = 4
        failure_threshold = 24

        http_get {
          path = "/health/ready"
        }
      }

      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3

        http_get {
          path = "/health/alive"
        }
      }

      dynamic "env" {
        for_each = merge(local.environment, local.audience)

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.secrets

        content {
          name = env.key

          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }
    }
  }

  depends_on = [module.foundation]
}

# The proxy calls the service with its own account, which this resource creates.
resource "google_project_service_identity" "proxy" {
  provider = google-beta

  project = var.project_id
  service = "iap.googleapis.com"

  depends_on = [module.foundation]
}

resource "google_cloud_run_v2_service_iam_member" "proxy" {
  project  = var.project_id
  location = var.region
  name     = google_cloud_run_v2_service.application.name
  role     = "roles/run.invoker"
  member   = google_project_service_identity.proxy.member
}

resource "google_iap_web_cloud_run_service_iam_member" "users" {
  for_each = local.is_behind_load_balancer ? toset([]) : toset(var.users)

  project                = var.project_id
  location               = var.region
  cloud_run_service_name = google_cloud_run_v2_service.application.name
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = each.value
}
