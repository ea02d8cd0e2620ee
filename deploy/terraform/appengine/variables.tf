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

variable "connector_range" {
  description = "Unused /28 range of that network for the connector."
  type        = string
  default     = "10.8.0.0/28"
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

variable "location" {
  description = "App Engine's location, such as europe-west; it can never be changed."
  type        = string
}

variable "creates_application" {
  description = "Whether to create the App Engine application; false if the project has one."
  type        = bool
  default     = true
}

variable "users" {
  description = "Who may open the pages: user:, group: or domain: principals."
  type        = list(string)
}

variable "creates_monitoring" {
  description = "Whether to create metrics, alerts, an uptime check and a dashboard (deploy/terraform/monitoring)."
  type        = bool
  default     = true
}

variable "notification_channels" {
  description = "Channels that alerts notify: projects/PROJECT/notificationChannels/NUMBER."
  type        = list(string)
  default     = []
}

variable "host" {
  description = "Host of the address that the first deployment prints, for the uptime check; empty for none."
  type        = string
  default     = ""
}
