# Who changes IAM policies of the whole scope, in a log view that the application reads.
locals {
  audit_scope  = var.audit_log ? local.scope_kind : "none"
  audit_filter = "log_id(\"cloudaudit.googleapis.com/activity\") AND protoPayload.methodName:\"SetIamPolicy\""
  audit_writer = concat(
    google_logging_organization_sink.policies[*].writer_identity,
    google_logging_folder_sink.policies[*].writer_identity,
    google_logging_project_sink.policies[*].writer_identity,
  )
}

resource "google_logging_project_bucket_config" "policies" {
  count = var.audit_log ? 1 : 0

  project        = var.project_id
  location       = "global"
  bucket_id      = "jitaccess-audit"
  description    = "Changes of IAM policies, for JIT Access"
  retention_days = var.audit_log_days

  depends_on = [google_project_service.used]
}

resource "google_logging_log_view" "policies" {
  count = var.audit_log ? 1 : 0

  name        = "iam"
  bucket      = google_logging_project_bucket_config.policies[0].id
  description = "What JIT Access reads"
  filter      = "LOG_ID(\"cloudaudit.googleapis.com/activity\")"
}

resource "google_logging_organization_sink" "policies" {
  count = local.audit_scope == "organizations" ? 1 : 0

  org_id           = local.scope_id
  name             = "jitaccess-audit"
  destination      = "logging.googleapis.com/${google_logging_project_bucket_config.policies[0].id}"
  filter           = local.audit_filter
  include_children = true
}

resource "google_logging_folder_sink" "policies" {
  count = local.audit_scope == "folders" ? 1 : 0

  folder           = var.resource_scope
  name             = "jitaccess-audit"
  destination      = "logging.googleapis.com/${google_logging_project_bucket_config.policies[0].id}"
  filter           = local.audit_filter
  include_children = true
}

resource "google_logging_project_sink" "policies" {
  count = local.audit_scope == "projects" ? 1 : 0

  project                = local.scope_id
  name                   = "jitaccess-audit"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.policies[0].id}"
  filter                 = local.audit_filter
  unique_writer_identity = true
}

# Google's account of the sink writes to the bucket.
resource "google_project_iam_member" "writes_audit_log" {
  count = var.audit_log ? 1 : 0

  project = var.project_id
  role    = "roles/logging.bucketWriter"
  member  = local.audit_writer[0]
}

# The application reads this view, and no other log.
resource "google_project_iam_member" "reads_audit_log" {
  count = var.audit_log ? 1 : 0

  project = var.project_id
  role    = "roles/logging.viewAccessor"
  member  = google_service_account.application.member

  condition {
    title      = "Only the view of JIT Access"
    expression = "resource.name == \"${google_logging_log_view.policies[0].id}\""
  }
}
