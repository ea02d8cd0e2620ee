output "conditions" {
  description = "The condition of each binding, by its name."
  value       = local.conditions
}
