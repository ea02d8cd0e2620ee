variable "resource" {
  description = "Where people are eligible: projects/ID, folders/NUMBER or organizations/NUMBER."
  type        = string

  validation {
    condition     = can(regex("^(organizations/[0-9]+|folders/[0-9]+|projects/[a-z0-9.:-]+)$", var.resource))
    error_message = "Write projects/ID, folders/NUMBER or organizations/NUMBER."
  }
}

variable "eligible" {
  description = "Who is eligible for which role, by a name of your choice. Members are user: or group:; approval says whether peers must approve; only restricts the role to resources whose name begins so; until ends the eligibility, as 2040-01-31T00:00:00Z."
  type = map(object({
    role     = string
    member   = string
    approval = optional(bool, false)
    only     = optional(string, "")
    until    = optional(string, "")
  }))

  validation {
    condition     = alltrue([for each in values(var.eligible) : can(regex("^(user|group):[^@ ]+@[^@ ]+$", each.member))])
    error_message = "Members are user:ADDRESS or group:ADDRESS; JIT Access ignores all others."
  }

  validation {
    condition     = alltrue([for each in values(var.eligible) : !contains(["roles/owner", "roles/editor", "roles/viewer"], each.role)])
    error_message = "IAM allows no conditions on roles/owner, roles/editor and roles/viewer."
  }

  validation {
    condition     = alltrue([for each in values(var.eligible) : !can(regex("[\"\\\\]", "${each.only}${each.until}"))])
    error_message = "Names of resources and times contain no quotation marks and no backslashes."
  }

  validation {
    condition     = alltrue([for each in values(var.eligible) : each.until == "" || can(regex("^[0-9-]{10}T[0-9:]{8}Z$", each.until))])
    error_message = "Write times as 2040-01-31T00:00:00Z."
  }
}
