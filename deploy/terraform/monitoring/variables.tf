variable "project_id" {
  description = "Project that JIT Access runs in; its log is read there."
  type        = string
}

variable "platform" {
  description = "Where the application runs: cloudrun or appengine."
  type        = string

  validation {
    condition     = contains(["cloudrun", "appengine"], var.platform)
    error_message = "Write cloudrun or appengine."
  }
}

variable "host" {
  description = "Host that people open, such as jit.example.com; empty for no uptime check."
  type        = string
  default     = ""
}

variable "notification_channels" {
  description = "Channels that alerts notify: projects/PROJECT/notificationChannels/NUMBER. Without any, incidents are only shown in the console."
  type        = list(string)
  default     = []
}

variable "index_age_seconds" {
  description = "Age of the eligibility index from which on an alert is raised."
  type        = number
  default     = 21600
}

variable "error_share" {
  description = "Share of requests with an answer from 500 on from which on an alert is raised; 0.05 is one of twenty."
  type        = number
  default     = 0.05
}

variable "latency_seconds" {
  description = "Duration that 95 % of requests stay below; otherwise an alert is raised."
  type        = number
  default     = 5
}
