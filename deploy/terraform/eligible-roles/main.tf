# Eligible roles as code. A binding of this module grants nothing; it makes its member eligible.
#
# Only resources of the kind *_iam_member are safe where JIT Access grants roles: they leave other bindings
# alone. google_project_iam_policy replaces the whole policy of a project: each apply would remove all access
# that is active at that moment, and all eligible roles that others gave. google_project_iam_binding owns all
# members of a role with the same condition, so it removes those that others added. See docs/eligible-roles.md.
locals {
  kind = split("/", var.resource)[0]
  id   = split("/", var.resource)[1]

  markers = {
    for name, each in var.eligible : name => each.approval ? "has({}.multiPartyApprovalConstraint)" : "has({}.jitAccessConstraint)"
  }
  restrictions = {
    for name, each in var.eligible : name => each.only == "" ? [] : ["resource.name.startsWith(\"${each.only}\")"]
  }
  ends = {
    for name, each in var.eligible : name => each.until == "" ? [] : ["request.time < timestamp(\"${each.until}\")"]
  }
  conditions = {
    for name, marker in local.markers : name => join(" && ", concat([marker], local.restrictions[name], local.ends[name]))
  }
  title = "Eligible for JIT access"
}

resource "google_project_iam_member" "eligible" {
  for_each = local.kind == "projects" ? var.eligible : {}

  project = local.id
  role    = each.value.role
  member  = each.value.member

  condition {
    title      = local.title
    expression = local.conditions[each.key]
  }
}

resource "google_folder_iam_member" "eligible" {
  for_each = local.kind == "folders" ? var.eligible : {}

  folder = var.resource
  role   = each.value.role
  member = each.value.member

  condition {
    title      = local.title
    expression = local.conditions[each.key]
  }
}

resource "google_organization_iam_member" "eligible" {
  for_each = local.kind == "organizations" ? var.eligible : {}

  org_id = local.id
  role   = each.value.role
  member = each.value.member

  condition {
    title      = local.title
    expression = local.conditions[each.key]
  }
}
