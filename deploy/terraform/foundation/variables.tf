variable "project_id" {
  description = "Project that JIT Access runs in; preferably a separate one that few people can change."
  type        = string
}

variable "region" {
  description = "Region of the database, such as europe-west1."
  type        = string
}

variable "resource_scope" {
  description = "Scope to manage: organizations/NUMBER, folders/NUMBER or projects/ID."
  type        = string

  validation {
    condition     = can(regex("^(organizations/[0-9]+|folders/[0-9]+|projects/[a-z0-9.:-]+)$", var.resource_scope))
    error_message = "Write organizations/NUMBER, folders/NUMBER or projects/ID."
  }
}

variable "grantable_roles" {
  description = "Roles that the application may grant, at most ten; empty means every role."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.grantable_roles) <= 10
    error_message = "IAM accepts at most ten roles in this condition."
  }
}

variable "platform_services" {
  description = "APIs that the platform needs, in addition to those of the application."
  type        = list(string)
  default     = []
}

variable "database_version" {
  description = "PostgreSQL of Cloud SQL; 14 or newer."
  type        = string
  default     = "POSTGRES_16"
}

variable "database_tier" {
  description = "Machine of the database, one of the Enterprise edition. It limits the number of connections."
  type        = string
  default     = "db-g1-small"
}

variable "database_availability" {
  description = "ZONAL, or REGIONAL for a second machine in another zone."
  type        = string
  default     = "ZONAL"

  validation {
    condition     = contains(["ZONAL", "REGIONAL"], var.database_availability)
    error_message = "Write ZONAL or REGIONAL."
  }
}

variable "network" {
  description = "VPC network for the database's private address: projects/PROJECT/global/networks/NAME; empty for a public address without authorized networks."
  type        = string
  default     = ""
}

variable "creates_peering" {
  description = "Whether to create private services access for the network; false if the network has it."
  type        = bool
  default     = true
}

variable "database_iam_login" {
  description = "Whether the application logs in to the database with its service account instead of a password."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to delete the database, and the evidence in it."
  type        = bool
  default     = true
}

variable "audit_log" {
  description = "Whether to collect changes of IAM policies in the scope, so that records can be compared with them; needs the right to create a sink there."
  type        = bool
  default     = false
}

variable "audit_log_days" {
  description = "How many days these log entries are kept."
  type        = number
  default     = 400
}

variable "export_bucket" {
  description = "Name of a bucket to create for the daily exports; empty for none."
  type        = string
  default     = ""
}

variable "export_retention_days" {
  description = "For how many days nobody can change or delete an export."
  type        = number
  default     = 400
}

variable "export_lock" {
  description = "Whether to lock the retention. This cannot be undone, not even by the owner of the project."
  type        = bool
  default     = false
}

variable "notification_topic" {
  description = "Name of a Pub/Sub topic to create for notifications; empty for none."
  type        = string
  default     = ""
}

variable "smtp_secret_id" {
  description = "Secret in this project that holds the mail server's password; empty for none."
  type        = string
  default     = ""
}
