resource "google_monitoring_dashboard" "overview" {
  project        = var.project_id
  dashboard_json = file("${path.module}/dashboard.json")

  depends_on = [google_logging_metric.counts, google_logging_metric.values]
}
