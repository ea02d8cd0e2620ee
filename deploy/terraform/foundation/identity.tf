data "google_project" "own" {
  project_id = var.project_id
}

# The application's service account, with the least permissions.
resource "google_service_account" "application" {
  project      = var.project_id
  account_id   = "jitaccess"
  display_name = "JIT Access"

  depends_on = [google_project_service.used]
}

# The account impersonates itself for the Directory API's scope, which the metadata server does not issue.
resource "google_service_account_iam_member" "impersonates_itself" {
  service_account_id = google_service_account.application.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.application.member
}

resource "google_project_iam_member" "uses_database" {
  project = var.project_id
  role    = "roles/cloudsql.client"
  member  = google_service_account.application.member
}

locals {
  scope_kind = split("/", var.resource_scope)[0]
  scope_id   = split("/", var.resource_scope)[1]

  # With this condition even a stolen account can grant only the listed roles.
  quoted_roles  = join(", ", formatlist("'%s'", var.grantable_roles))
  only_these    = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${local.quoted_roles}])"
  is_limited    = length(var.grantable_roles) > 0
  limit_title   = "Only roles that JIT Access may grant"
  reading_roles = toset(["roles/cloudasset.viewer", "roles/iam.roleViewer"])
}

resource "google_organization_iam_member" "reads" {
  for_each = local.scope_kind == "organizations" ? local.reading_roles : toset([])

  org_id = local.scope_id
  role   = each.value
  member = google_service_account.application.member
}

resource "google_organization_iam_member" "grants" {
  count = local.scope_kind == "organizations" ? 1 : 0

  org_id = local.scope_id
  role   = "roles/resourcemanager.projectIamAdmin"
  member = google_service_account.application.member

  dynamic "condition" {
    for_each = local.is_limited ? [local.only_these] : []

    content {
      title      = local.limit_title
      expression = condition.value
    }
  }
}

resource "google_folder_iam_member" "reads" {
  for_each = local.scope_kind == "folders" ? local.reading_roles : toset([])

  folder = var.resource_scope
  role   = each.value
  member = google_service_account.application.member
}

resource "google_folder_iam_member" "grants" {
  count = local.scope_kind == "folders" ? 1 : 0

  folder = var.resource_scope
  role   = "roles/resourcemanager.projectIamAdmin"
  member = google_service_account.application.member

  dynamic "condition" {
    for_each = local.is_limited ? [local.only_these] : []

    content {
      title      = local.limit_title
      expression = condition.value
    }
  }
}

resource "google_project_iam_member" "reads" {
  for_each = local.scope_kind == "projects" ? local.reading_roles : toset([])

  project = local.scope_id
  role    = each.value
  member  = google_service_account.application.member
}

resource "google_project_iam_member" "grants" {
  count = local.scope_kind == "projects" ? 1 : 0

  project = local.scope_id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.application.member

  dynamic "condition" {
    for_each = local.is_limited ? [local.only_these] : []

    content {
      title      = local.limit_title
      expression = condition.value
    }
  }
}
