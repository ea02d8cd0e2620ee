# Metrics that count log entries. docs/operations.md has the same filters for gcloud; a test compares them.
locals {
  counters = {
    jitaccess_failed_activations = {
      description = "Activations that failed"
      filter      = "labels.event=\"api.activateRole\" AND severity=ERROR"
    }
    jitaccess_bad_assertions = {
      description = "Requests around or against IAP"
      filter      = "labels.event=\"iap.authenticate\" AND severity=ERROR"
    }
    jitaccess_mistakes = {
      description = "Unexpected errors"
      filter      = "labels.event=\"http.error\""
    }
    jitaccess_database = {
      description = "Answers 503 because of the database"
      filter      = "labels.event=\"database.failed\""
    }
    jitaccess_dead_letters = {
      description = "Messages that could not be delivered"
      filter      = "labels.event=\"notifications.deliver\" AND severity=ERROR"
    }
    jitaccess_late_messages = {
      description = "Minutes in which a message waited for more than 15 minutes"
      filter      = "labels.event=\"metrics\" AND jsonPayload.metrics.outbox_age_seconds>900"
    }
    jitaccess_refused_ends = {
      description = "Access that could not be ended"
      filter      = "labels.event=\"reconcile.endFailed\" OR (labels.event=\"api.endAccess\" AND severity=ERROR)"
    }
    jitaccess_drift = {
      description = "Runs of the reconciler that found access changed by hand"
      filter      = "labels.event=\"reconcile.done\" AND jsonPayload.metrics.drifted>0"
    }
    jitaccess_evidence = {
      description = "Evidence that is not valid, or triggers that were missing"
      filter      = "labels.event=\"evidence.invalid\" OR labels.event=\"evidence.triggers_restored\""
    }
    jitaccess_failed_jobs = {
      description = "Jobs and commands that failed"
      filter      = "labels.event=\"job.failed\""
    }
    jitaccess_refused_starts = {
      description = "Starts that were refused"
      filter      = "labels.event=\"runtime.refused\""
    }
    jitaccess_reconciled = {
      description = "Runs of the reconciler"
      filter      = "labels.event=\"reconcile.done\""
    }
    jitaccess_refreshed = {
      description = "Refreshes of the eligibility index"
      filter      = "labels.event=\"refresh.done\""
    }
    jitaccess_old_index = {
      description = "Minutes in which the eligibility index was too old"
      filter      = "labels.event=\"metrics\" AND jsonPayload.metrics.index_age_seconds>${var.index_age_seconds}"
    }
    jitaccess_numbers = {
      description = "Runs of the job deliver, which logs the numbers"
      filter      = "labels.event=\"metrics\""
    }
    jitaccess_audit_findings = {
      description = "Differences from Google's audit log"
      filter      = "labels.event=\"audit_log.missing\" OR labels.event=\"audit_log.unrecorded\" OR labels.event=\"audit_log.unexpected\" OR labels.event=\"audit_log.touched\""
    }
    jitaccess_access_policy = {
      description = "Starts with an access policy that cannot be applied"
      filter      = "labels.event=\"start.access_policy\" AND severity=ERROR"
    }
    jitaccess_untold_holders = {
      description = "Holders who were not told that their access ends"
      filter      = "labels.event=\"ending_soon.failed\""
    }
    jitaccess_failed_exports = {
      description = "Exports that were not delivered"
      filter      = "labels.event=\"export.failed\""
    }
    jitaccess_compared = {
      description = "Comparisons with Google's audit log"
      filter      = "labels.event=\"audit_log.done\""
    }
    jitaccess_requests = {
      description = "Requests"
      filter      = "labels.event=\"http.request\""
    }
    jitaccess_server_errors = {
      description = "Requests with an answer from 500 on"
      filter      = "labels.event=\"http.request\" AND httpRequest.status>=500"
    }
    jitaccess_activations = {
      description = "Roles that people activated themselves"
      filter      = "labels.event=\"api.activateRole\" AND severity=INFO AND labels.activation_id:\"jit-\""
    }
    jitaccess_approvals = {
      description = "Roles that reviewers approved"
      filter      = "labels.event=\"api.activateRole\" AND severity=INFO AND labels.activation_id:\"mpa-\""
    }
  }

  # Values of log entries. Bounds double from the first one.
  distributions = {
    jitaccess_latency = {
      description = "Duration of requests"
      filter      = "labels.event=\"http.request\""
      extractor   = "REGEXP_EXTRACT(httpRequest.latency, \"([0-9.]+)s\")"
      unit        = "s"
      first       = 0.01
    }
    jitaccess_queue_age = {
      description = "Age of the oldest request that waits for a review"
      filter      = "labels.event=\"metrics\""
      extractor   = "EXTRACT(jsonPayload.metrics.queue_age_seconds)"
      unit        = "s"
      first       = 1
    }
    jitaccess_outbox_age = {
      description = "Age of the oldest message that waits for delivery"
      filter      = "labels.event=\"metrics\""
      extractor   = "EXTRACT(jsonPayload.metrics.outbox_age_seconds)"
      unit        = "s"
      first       = 1
    }
    jitaccess_index_age = {
      description = "Age of the eligibility index"
      filter      = "labels.event=\"metrics\""
      extractor   = "EXTRACT(jsonPayload.metrics.index_age_seconds)"
      unit        = "s"
      first       = 1
    }
    jitaccess_active_grants = {
      description = "Grants that are active"
      filter      = "labels.event=\"metrics\""
      extractor   = "EXTRACT(jsonPayload.metrics.active_grants)"
      unit        = "1"
      first       = 1
    }
  }
}

resource "google_logging_metric" "counts" {
  for_each = local.counters

  project     = var.project_id
  name        = each.key
  description = each.value.description
  filter      = each.value.filter

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
}

resource "google_logging_metric" "values" {
  for_each = local.distributions

  project         = var.project_id
  name            = each.key
  description     = each.value.description
  filter          = each.value.filter
  value_extractor = each.value.extractor

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value.unit
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 24
      growth_factor      = 2
      scale              = each.value.first
    }
  }
}
