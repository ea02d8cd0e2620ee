output "dashboard" {
  description = "The dashboard's name: projects/NUMBER/dashboards/ID."
  value       = google_monitoring_dashboard.overview.id
}
