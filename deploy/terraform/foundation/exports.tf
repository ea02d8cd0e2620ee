# Exports are delivered to this bucket. Until its retention has passed, nobody can change or delete an object;
# once the policy is locked, nobody can shorten it either, and the bucket cannot be deleted.
resource "google_storage_bucket" "exports" {
  count = var.export_bucket == "" ? 0 : 1

  project                     = var.project_id
  name                        = var.export_bucket
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  retention_policy {
    retention_period = var.export_retention_days * 86400
    is_locked        = var.export_lock
  }

  depends_on = [google_project_service.used]
}

# Creates objects and reads them, but cannot replace or delete any.
resource "google_storage_bucket_iam_member" "delivers" {
  for_each = var.export_bucket == "" ? toset([]) : toset(["roles/storage.objectCreator", "roles/storage.objectViewer", "roles/storage.legacyBucketReader"])

  bucket = google_storage_bucket.exports[0].name
  role   = each.value
  member = google_service_account.application.member
}
