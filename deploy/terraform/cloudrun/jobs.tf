locals {
  jobs = {
    migrate   = { command = ["python", "manage.py", "migrate", "--no-input"], schedule = "", timeout = "600s" }
    deliver   = { command = ["python", "manage.py", "deliver"], schedule = "* * * * *", timeout = "300s" }
    reconcile = { command = ["python", "manage.py", "reconcile", "--seconds", "240"], schedule = "*/5 * * * *", timeout = "300s" }
    packs     = { command = ["python", "manage.py", "make_packs"], schedule = "*/5 * * * *", timeout = "1800s" }
    start     = { command = ["python", "manage.py", "start_scheduled"], schedule = "* * * * *", timeout = "300s" }
    remind    = { command = ["python", "manage.py", "remind"], schedule = "* * * * *", timeout = "300s" }
    campaigns = { command = ["python", "manage.py", "campaigns"], schedule = "0 * * * *", timeout = "300s" }
    refresh   = { command = ["python", "manage.py", "refresh_eligibility", "--seconds", "720"], schedule = "*/15 * * * *", timeout = "900s" }
    verify    = { command = ["python", "manage.py", "verify_evidence"], schedule = "0 3 * * *", timeout = "3600s" }
  }
  scheduled = { for name, job in local.jobs : name => job if job.schedule != "" }
}

resource "google_cloud_run_v2_job" "application" {
  for_each = local.jobs

  project             = var.project_id
  location            = var.region
  name                = "jitaccess-${each.key}"
  deletion_protection = false

  template {
    task_count = 1

    template {
      service_account = module.foundation.service_account_email
      timeout         = each.value.timeout
      max_retries     = 3

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
        image   = var.image
        command = each.value.command

        resources {
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

        dynamic "env" {
          for_each = local.environment

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
  }

  depends_on = [module.foundation]
}

# An account that may start these jobs, and nothing else.
resource "google_service_account" "scheduler" {
  project      = var.project_id
  account_id   = "jitaccess-scheduler"
  display_name = "JIT Access scheduler"

  depends_on = [module.foundation]
}

resource "google_cloud_run_v2_job_iam_member" "starts" {
  for_each = local.scheduled

  project  = var.project_id
  location = var.region
  name     = google_cloud_run_v2_job.application[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_scheduler_job" "starts" {
  for_each = local.scheduled

  project   = var.project_id
  region    = var.region
  name      = "jitaccess-${each.key}"
  schedule  = each.value.schedule
  time_zone = "Etc/UTC"

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project_id}/locations/${var.region}/jobs/${google_cloud_run_v2_job.application[each.key].name}:run"

    # The target is a Google API, which accepts access tokens.
    oauth_token {
      service_account_email = google_service_account.scheduler.email
    }
  }
}
