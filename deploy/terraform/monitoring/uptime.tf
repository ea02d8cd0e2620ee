# A client that does not accept HTML gets 401 from IAP instead of the sign-in page. So 401 means that name,
# certificate, load balancer and IAP answer; 200 would mean that IAP is off, because only the application
# answers /health/alive with 200. That the application runs is known from its numbers (jitaccess_numbers).
locals {
  checked = var.host == "" ? {} : { host = var.host }
}

resource "google_monitoring_uptime_check_config" "proxy" {
  for_each = local.checked

  project      = var.project_id
  display_name = "JIT Access: IAP answers at ${each.value}"
  timeout      = "10s"
  period       = "60s"

  http_check {
    path         = "/health/alive"
    port         = 443
    use_ssl      = true
    validate_ssl = true

    headers = {
      Accept = "application/json"
    }

    accepted_response_status_codes {
      status_value = 401
    }
  }

  monitored_resource {
    type = "uptime_url"

    labels = {
      project_id = var.project_id
      host       = each.value
    }
  }
}

resource "google_monitoring_alert_policy" "proxy" {
  for_each = google_monitoring_uptime_check_config.proxy

  project               = var.project_id
  display_name          = "JIT Access: IAP does not answer"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = var.notification_channels

  conditions {
    display_name = "More than one place gets another answer than 401"

    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"${each.value.uptime_check_id}\" AND resource.type=\"uptime_url\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"

      aggregations {
        alignment_period     = "1200s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Nobody can open JIT Access, or IAP is off and the application rejects everybody. Active access ends on time. Access without JIT Access: docs/emergency-access.md."
  }
}
