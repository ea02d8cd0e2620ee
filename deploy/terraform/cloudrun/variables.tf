variable "project_id" {
  description = "Project that JIT Access runs in; preferably a separate one that few people can change."
  type        = string
}

variable "region" {
  description = "Region of the database and the application, such as europe-west1."
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

variable "subnetwork" {
  description = "Subnetwork of that network, in the region, for private traffic of the application; empty for the one with the network's name."
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

variable "image" {
  description = "Image to run, preferably by its digest: REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:…"
  type        = string
}

variable "customer_id" {
  description = "Customer ID of the Cloud Identity or Workspace account; starts with C."
  type        = string

  validation {
    condition     = can(regex("^C[A-Za-z0-9]+$", var.customer_id))
    error_message = "The customer ID starts with C; see Account settings in the Admin console."
  }
}

variable "users" {
  description = "Who may open the pages: user:, group: or domain: principals."
  type        = list(string)
}

variable "domain" {
  description = "Public name for a load balancer with IAP on it; empty for IAP on the service itself."
  type        = string
  default     = ""
}

variable "base_url" {
  description = "Public address without a domain, if it is not https://jitaccess-PROJECT_NUMBER.REGION.run.app."
  type        = string
  default     = ""
}

variable "environment" {
  description = "Other variables of the application; docs/configuration.md lists them all."
  type        = map(string)
  default     = {}
}

variable "max_instances" {
  description = "Maximum number of instances; each opens up to nine connections to the database, and during an upgrade two versions run."
  type        = number
  default     = 2
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

variable "creates_repository" {
  description = "Whether to create the repository jitaccess for images in Artifact Registry; false if you have one."
  type        = bool
  default     = true
}
