locals {
  # A condition must name types of resources; the server and its jobs have different ones on Cloud Run.
  services = var.platform == "cloudrun" ? "resource.type=\"cloud_run_revision\"" : "resource.type=\"gae_app\""
  jobs     = var.platform == "cloudrun" ? "resource.type=\"cloud_run_job\"" : "resource.type=\"gae_app\""
  both     = var.platform == "cloudrun" ? "resource.type=one_of(\"cloud_run_revision\", \"cloud_run_job\")" : "resource.type=\"gae_app\""

  prefix = "logging.googleapis.com/user"

  # Raised when more entries than `above` were counted within `seconds`.
  counted = {
    jitaccess_failed_activations = { above = 10, seconds = 600, from = local.services, severity = "WARNING", text = "Google, a quota, or a missing permission: the entries name the error." }
    jitaccess_bad_assertions     = { above = 5, seconds = 600, from = local.services, severity = "ERROR", text = "IAP is off, its audience is wrong, or somebody attacks: the entries name the expected audience." }
    jitaccess_mistakes           = { above = 0, seconds = 300, from = local.services, severity = "WARNING", text = "A bug: the entry has the traceback." }
    jitaccess_database           = { above = 5, seconds = 300, from = local.services, severity = "CRITICAL", text = "The database fails: the label fault names the cause." }
    jitaccess_dead_letters       = { above = 0, seconds = 300, from = local.both, severity = "WARNING", text = "People do not receive their mail: see Messages under /admin/." }
    jitaccess_late_messages      = { above = 5, seconds = 900, from = local.jobs, severity = "WARNING", text = "Messages wait for the mail server or the topic: see notifications.deliver." }
    jitaccess_refused_ends       = { above = 0, seconds = 300, from = local.both, severity = "ERROR", text = "Somebody keeps access that was meant to end, until it expires." }
    jitaccess_drift              = { above = 0, seconds = 300, from = local.jobs, severity = "WARNING", text = "Somebody changed access in IAM that JIT Access granted: see Grants with the status drifted." }
    jitaccess_evidence           = { above = 0, seconds = 300, from = local.both, severity = "CRITICAL", text = "The history was changed outside of the application: run verify_evidence, and keep the database as it is." }
    jitaccess_failed_jobs        = { above = 2, seconds = 900, from = local.both, severity = "ERROR", text = "A scheduled job fails again and again: the label job names it." }
    jitaccess_refused_starts     = { above = 0, seconds = 300, from = local.both, severity = "ERROR", text = "A version does not start: the entry lists all problems." }
    jitaccess_old_index          = { above = 5, seconds = 600, from = local.jobs, severity = "WARNING", text = "Lists show what was eligible hours ago: refresh.failed has the reason. Activation is not affected." }
    jitaccess_audit_findings     = { above = 0, seconds = 300, from = local.jobs, severity = "WARNING", text = "Google's audit log and the records differ: see Audit log under /admin/." }
    jitaccess_access_policy      = { above = 0, seconds = 300, from = local.services, severity = "ERROR", text = "The newest access policy cannot be applied: an older version stays in force, or nothing can be requested or approved. The entry says why." }
    jitaccess_untold_holders     = { above = 0, seconds = 300, from = local.jobs, severity = "WARNING", text = "A bug: holders do not read that their access ends. The entry has the traceback." }
    jitaccess_failed_exports     = { above = 1, seconds = 7200, from = local.jobs, severity = "WARNING", text = "The bucket does not take the exports of a day: the entry says why. The next run tries again." }
  }

  # Raised when nothing was counted for `seconds`. Regular runs come from jobs only.
  silent = {
    jitaccess_reconciled = { seconds = 1800, severity = "ERROR", text = "The reconciler does not run: records lag behind IAM. Check the scheduler." }
    jitaccess_refreshed  = { seconds = 21600, severity = "WARNING", text = "The eligibility index is not refreshed: refresh.failed has the reason." }
    jitaccess_numbers    = { seconds = 600, severity = "ERROR", text = "The job deliver does not run: mails wait, and alerts on numbers are blind. Check the scheduler." }
    jitaccess_compared   = { seconds = 7200, severity = "WARNING", text = "The job audit does not run or fails: changes by others are noticed late. job.failed has the reason." }
  }
}

resource "google_monitoring_alert_policy" "counted" {
  for_each = local.counted

  project               = var.project_id
  display_name          = "JIT Access: ${google_logging_metric.counts[each.key].description}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = var.notification_channels

  conditions {
    display_name = "More than ${each.value.above} in ${each.value.seconds} s"

    condition_threshold {
      filter          = "metric.type=\"${local.prefix}/${google_logging_metric.counts[each.key].name}\" AND ${each.value.from}"
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "0s"

      aggregations {
        alignment_period     = "${each.value.seconds}s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.text
  }
}

resource "google_monitoring_alert_policy" "silent" {
  for_each = local.silent

  project               = var.project_id
  display_name          = "JIT Access: no ${lower(google_logging_metric.counts[each.key].description)}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = var.notification_channels

  conditions {
    display_name = "None in ${each.value.seconds} s"

    condition_absent {
      filter   = "metric.type=\"${local.prefix}/${google_logging_metric.counts[each.key].name}\" AND ${local.jobs}"
      duration = "${each.value.seconds}s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  # Where the metric reports zeros instead of nothing, this condition raises the alert.
  conditions {
    display_name = "Zero in ${each.value.seconds} s"

    condition_threshold {
      filter          = "metric.type=\"${local.prefix}/${google_logging_metric.counts[each.key].name}\" AND ${local.jobs}"
      comparison      = "COMPARISON_LT"
      threshold_value = 1
      duration        = "0s"

      aggregations {
        alignment_period     = "${each.value.seconds}s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.text
  }
}

resource "google_monitoring_alert_policy" "error_share" {
  project               = var.project_id
  display_name          = "JIT Access: share of requests with an answer from 500 on"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = var.notification_channels

  conditions {
    display_name = "More than ${var.error_share} for 10 minutes"

    condition_threshold {
      filter             = "metric.type=\"${local.prefix}/${google_logging_metric.counts["jitaccess_server_errors"].name}\" AND ${local.services}"
      denominator_filter = "metric.type=\"${local.prefix}/${google_logging_metric.counts["jitaccess_requests"].name}\" AND ${local.services}"
      comparison         = "COMPARISON_GT"
      threshold_value    = var.error_share
      duration           = "600s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }

      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "http.refused and database.failed name the causes."
  }
}

resource "google_monitoring_alert_policy" "latency" {
  project               = var.project_id
  display_name          = "JIT Access: slow requests"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.notification_channels

  conditions {
    display_name = "The slowest 5 % take more than ${var.latency_seconds} s for 10 minutes"

    condition_threshold {
      filter          = "metric.type=\"${local.prefix}/${google_logging_metric.values["jitaccess_latency"].name}\" AND ${local.services}"
      comparison      = "COMPARISON_GT"
      threshold_value = var.latency_seconds
      duration        = "600s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Most of the time is spent waiting for Google: see the label google_calls of http.request."
  }
}
